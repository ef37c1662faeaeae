"""Counted both ways: forms of secrets that are masked, lookalikes that stay."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from trackexp.tracking.secrets import Scrubber


def _beside(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"_secrets_{name}", Path(__file__).parent / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


FORMS: dict[str, tuple[str, str]] = _beside("forms").FORMS
LOOKALIKES: tuple[str, ...] = _beside("lookalikes").LOOKALIKES
HEX = "0123456789abcdef"


def _value(kind: str, make: Any) -> str:
    return {
        "password": lambda: make(12),
        "key": lambda: make(28),
        "hex": lambda: make(40, HEX),
        "hex32": lambda: make(32, HEX),
        "hex48": lambda: make(48, HEX),
        "HEX": lambda: make(64, HEX),
        "base64": lambda: make.base64(32),
        "apr": lambda: f"{make(8)}${make(22)}",
    }[kind]()


@pytest.mark.parametrize("kind", FORMS)
def test_a_form_is_masked(kind: str, make: Any, scrubber: Scrubber) -> None:
    """Of ten values of its kind none is left, nor a part of one; the lines around it stay."""
    form, sort = FORMS[kind]
    values = [_value(sort, make) for _ in range(10)]
    texts = [form.replace("%%", "\0").replace("%s", value).replace("\0", "%") for value in values]
    masked = [scrubber.text(f"x = 1\n{text}\ny = 2\n", "train.py") for text in texts]

    assert [] == [text for value, text in zip(values, masked, strict=True) if value[:12] in text or value[-12:] in text]
    assert [True] * 10 == [text.startswith("x = 1\n") and text.endswith("\ny = 2\n") for text in masked]
    assert [text.count("\n") + 3 for text in texts] == [text.count("\n") for text in masked]


@pytest.mark.parametrize("text", LOOKALIKES)
def test_a_lookalike_stays(text: str, scrubber: Scrubber) -> None:
    """Letter by letter."""
    assert text == scrubber.text(text, "train.py")


def test_both_are_counted_over_at_least_250() -> None:
    """Those of this table and of the ones before it."""
    others = [_beside(name) for name in ("test_planted", "test_further_forms", "test_lookalikes")]
    planted, further, before = others
    forms = len(FORMS) + len(planted.FORMS) + len(planted.NEIGHBOURS) + len(further.TEXTS) + len(further.DATA)
    lookalikes = {*LOOKALIKES, *further.LOOKALIKES, *before.LOOKALIKES.values()}

    assert (True, True) == (forms >= 350, len(lookalikes) >= 280)
