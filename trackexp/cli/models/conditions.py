"""Options given as text: conditions under which the command fails, and names of classes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trackexp.errors import UsageError
from trackexp.record.query import Threshold, parse_threshold


def read_condition(text: str) -> Threshold:
    """Return the condition that `--fail-if` states.

    >>> failed_condition(read_condition("log_loss > 0.3"), {"log_loss": 0.5})
    'log_loss is 0.5: log_loss > 0.3'
    """
    return parse_threshold(text, "--fail-if ", "log_loss > 0.3")


def failed_condition(condition: Threshold, numbers: Mapping[str, Any]) -> str | None:
    """Return in words what was seen where the condition for exit code 1 holds, None where it does not.

    A number that is undefined fails: a gate must not open because something could not be measured.

    Raises:
        UsageError: There is no such number.
    """
    value = condition.value_in(numbers, "--fail-if: there is no number")
    if value is None:
        return f"{condition.name} is undefined here, so `{condition}` cannot be ruled out"
    return f"{condition.name} is {value:.6g}: {condition}" if condition.holds(value) else None


def read_labels(path: Path) -> tuple[str, ...]:
    """Return class names from a text file, one a line, in the order of the model's outputs."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--labels {path} cannot be read as text in UTF-8: {error}") from error
    names = tuple(line.strip() for line in lines if line.strip())
    if not names:
        raise UsageError(f"--labels {path} is empty; expected one class name per line.")
    return names
