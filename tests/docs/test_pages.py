from __future__ import annotations

import configparser
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
DOCS = REPOSITORY / "docs"
RUNNER = Path(__file__).with_name("run_page.py")
MADE = {"_build", "_generated"}  # what the site generates
PAGES = sorted(path for path in DOCS.rglob("*.md") if not MADE & set(path.relative_to(DOCS).parts))
FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CHECKED = {"yaml": yaml.safe_load, "json": json.loads, "toml": tomllib.loads}


def name_of(page: Path) -> str:
    """Return a page's path from the folder of pages, as an id of a test."""
    return str(page.relative_to(DOCS))


def blocks(page: Path) -> list[tuple[str, str, int]]:
    """Return language, text and line of each fenced block."""
    text = page.read_text("utf-8")
    return [(match[1], match[2], text.count("\n", 0, match.start()) + 1) for match in FENCE.finditer(text)]


RUN = [page for page in PAGES if any(language in ("python", "bash") for language, _, _ in blocks(page))]


@pytest.mark.heavy
@pytest.mark.parametrize("page", RUN, ids=name_of)
def test_the_blocks_of_a_page_run_and_print_what_they_say(page: Path, tmp_path: Path):
    """Whoever follows a page from its beginning gets through, and sees what stands behind `# →`, in that order."""
    theirs = ("WANDB_", "TRACKEXP_", "PYTEST_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(theirs)}
    (home := tmp_path / "home").mkdir()
    (folder := tmp_path / "reader").mkdir()
    own = {
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    command = [sys.executable, str(RUNNER), str(page), str(tmp_path / "results.json")]
    done = subprocess.run(command, cwd=folder, env={**kept, **own}, capture_output=True, text=True, timeout=600)
    ran = json.loads((tmp_path / "results.json").read_text("utf-8"))

    assert [] == [f"line {one['line']} ended with {one['status']}" for one in ran if one["status"]], done.stderr[-4000:]
    assert len(ran) == sum(language in ("python", "bash") for language, _, _ in blocks(page))
    for one in ran:
        rest = one["stdout"]
        for line in re.findall(r"^ *# → (.+)$", one["text"], re.MULTILINE):
            assert line in rest, f"line {one['line']} does not print {line!r}, but:\n{one['stdout']}"
            rest = rest.partition(line)[2]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_block_escapes_by_its_language(page: Path):
    """Python and bash are run; YAML, JSON, TOML and INI are read; `text` is output."""
    for language, text, line in blocks(page):
        if language in CHECKED:
            assert CHECKED[language](text) is not None, line
        elif language == "ini":
            configparser.ConfigParser().read_string(text)
        else:
            assert language in {"python", "bash", "text"} or language.startswith("{"), f"line {line}: {language!r}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_of_a_page_leads_to_a_file(page: Path):
    """As GitHub shows the page, without the site."""
    text = FENCE.sub("", page.read_text("utf-8"))
    targets = [target for target in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in target]

    assert [] == [target for target in targets if not (page.parent / target).exists()]


def test_there_are_pages():
    """An empty folder would pass every test above."""
    assert {"tutorial.md", "torch.md", "partition.md"} <= {name_of(page) for page in RUN}
