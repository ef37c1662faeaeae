from __future__ import annotations

import os
from pathlib import Path

import pytest

from trackexp.settings import Environment


@pytest.mark.parametrize(("value", "disabled"), [("1", True), ("true", True), ("Yes", True), ("0", False), ("", False)])
def test_disabled_is_read_as_a_truth_value(value: str, disabled: bool):
    """TRACKEXP_DISABLED is on for 1, true, yes and on."""
    assert disabled == Environment.read({"TRACKEXP_DISABLED": value}).disabled


@pytest.mark.parametrize(("value", "rank"), [("0", 0), ("3", 3), (" 2 ", 2), ("x", 0), ("-1", 0)])
def test_rank_is_read_as_a_number(value: str, rank: int):
    """RANK is a number; what is none counts as 0, the process that records."""
    assert rank == Environment.read({"RANK": value}).rank


def test_the_environment_itself_is_read_by_default(monkeypatch: pytest.MonkeyPatch):
    """Without an argument the process's own environment is read."""
    monkeypatch.setenv("WANDB_DIR", "somewhere")
    monkeypatch.delenv("WANDB_MODE", raising=False)

    assert (Path("somewhere"), os.environ.get("WANDB_MODE")) == (Environment.read().directory, Environment.read().mode)


def test_the_environment_is_read_once_and_shows_no_key():
    """Every variable that is read stands in one place, empty ones count as unset, and a key is never shown."""
    environment = Environment.read({"WANDB_API_KEY": "secret" * 7, "RANK": "2", "WANDB_MODE": " ", "WANDB_DIR": "a"})

    assert (2, None, Path("a"), False) == (
        environment.rank,
        environment.mode,
        environment.directory,
        environment.disabled,
    )
    assert "secret" not in repr(environment)
