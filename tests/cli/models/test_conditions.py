from __future__ import annotations

import pytest

from trackexp.cli.models.conditions import failed_condition, read_condition, read_labels
from trackexp.errors import UsageError


@pytest.mark.parametrize(
    ("text", "value", "fails"),
    [
        ("log_loss > 0.3", 0.31, True), ("log_loss > 0.3", 0.3, False), ("accuracy<0.9", 0.8, True),
        ("n >= 1e3", 1000, True), ("n <= 5", 6, False), ("x == 2", 2, True), ("x != 2", 2, False),
        ("log_loss > 0.3", float("nan"), True), ("total_saving < -1.5", None, True),
    ],
)  # fmt: skip
def test_a_condition_holds_or_not(text, value, fails):
    """What is undefined fails: a gate does not open because something could not be measured."""
    condition = read_condition(text)

    assert fails == (failed_condition(condition, {condition.name: value}) is not None)


@pytest.mark.parametrize("text", ["", "log_loss", "log_loss > much", "> 3", "a > b > c"])
def test_what_is_no_condition_is_said(text):
    """With an example."""
    with pytest.raises(UsageError, match=r"such as 'log_loss > 0\.3'"):
        read_condition(text)


def test_a_number_that_is_not_there_is_said():
    """With the nearest one."""
    with pytest.raises(UsageError, match="did you mean 'log_loss'"):
        failed_condition(read_condition("logloss > 1"), {"log_loss": 0.5, "task": "binary"})


def test_labels_are_lines_of_text(tmp_path):
    """In UTF-8, with or without its mark; an empty file is said."""
    (tmp_path / "n.txt").write_bytes("\ufeffKäse\n犬\n\n".encode())
    (tmp_path / "e.txt").write_text("\n")

    assert ("Käse", "犬") == read_labels(tmp_path / "n.txt")
    for name in ("e.txt", "none.txt"):
        with pytest.raises(UsageError, match="--labels"):
            read_labels(tmp_path / name)
