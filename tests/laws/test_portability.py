from __future__ import annotations

import re
from pathlib import Path

# Home folders and the places where checkouts and packages lie on one machine only.
A_MACHINE = re.compile(r"(?<![\w.>$}~-])/(?:work|root|Users/\w+|home/(?!user\b|me\b)\w+|opt/(?:pypi|wheels)\S*)/")
A_REGISTRY = re.compile(
    r"--(?:extra-)?index-url|--find-links|--trusted-host|^\s*(?:index-url|find-links)\s*=", re.MULTILINE
)


def test_no_file_holds_a_path_of_one_machine(texts: dict[Path, str], repository: Path):
    """What is written here works on every machine: no home folder, no place of this checkout."""
    places = {str(path): match[0] for path, text in texts.items() if (match := A_MACHINE.search(text))}
    checkout = [str(path) for path, text in texts.items() if f"{repository}/" in text]

    assert ({}, []) == (places, checkout)


def test_no_file_chooses_a_package_registry(texts: dict[Path, str]):
    """Where packages come from is the choice of whoever installs."""
    chosen = {str(path): match[0] for path, text in texts.items() if (match := A_REGISTRY.search(text))}

    assert {} == {path: seen for path, seen in chosen.items() if not path.startswith("tests/laws/")}
