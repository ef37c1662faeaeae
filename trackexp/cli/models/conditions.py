"""What is typed as text: conditions under which the command fails, and names of classes."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trackexp.errors import UsageError, nearest

_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
_CONDITION = re.compile(r"\s*([\w@.-]+)\s*(>=|<=|==|!=|>|<)\s*([-+\w.]+)\s*")


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition under which the command exits with 1, such as `log_loss > 0.3`."""

    name: str
    sign: str
    limit: float

    def failed(self, numbers: Mapping[str, Any]) -> str | None:
        """Return in words what was seen when the condition holds, None when it does not.

        A number that is undefined fails: a gate must not open because something could not be measured.

        Raises:
            UsageError: There is no such number.
        """
        value = numbers.get(self.name)
        if self.name not in numbers or not isinstance(value, int | float | None):
            names = [name for name, known in numbers.items() if isinstance(known, int | float)]
            raise UsageError(
                f"--fail-if: there is no number {self.name!r}{nearest(self.name, names)}; there are {', '.join(names)}."
            )
        if value is None or math.isnan(value):
            return f"{self.name} is undefined here, so `{self}` cannot be ruled out"
        return f"{self.name} is {value:.6g}: {self}" if _OPERATORS[self.sign](value, self.limit) else None

    def __str__(self) -> str:
        return f"{self.name} {self.sign} {self.limit:g}"


def read_condition(text: str) -> Condition:
    """Return the condition that a text states.

    >>> read_condition("log_loss > 0.3").failed({"log_loss": 0.5})
    'log_loss is 0.5: log_loss > 0.3'
    """
    match = _CONDITION.fullmatch(text)
    try:
        if match is not None:
            return Condition(match[1], match[2], float(match[3]))
    except ValueError:
        match = None
    raise UsageError(f"--fail-if {text!r}: expected a number's name, a sign and a limit, such as 'log_loss > 0.3'.")


def read_labels(path: Path) -> tuple[str, ...]:
    """Return class names from a text file, one a line, in the order of the model's outputs."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--labels {path} cannot be read as text in UTF-8: {error}") from error
    names = tuple(line.strip() for line in lines if line.strip())
    if not names:
        raise UsageError(f"--labels {path} is empty; expected one class name a line.")
    return names
