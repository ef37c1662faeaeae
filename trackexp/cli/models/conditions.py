"""What is typed as text and means numbers: costs, and conditions under which the command fails."""

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
_COSTS = {
    "fp": "false_positive", "fn": "false_negative", "tp": "true_positive", "tn": "true_negative", "running": "running",
    "labour": "labour", "human_fp": "false_positive_rate", "human_fn": "false_negative_rate",
}  # fmt: skip


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


def read_costs(text: str) -> dict[str, float]:
    """Return costs from a text such as `fp=0.25,fn=1.5`, by the names that `Evaluation.profit` gives them.

    >>> read_costs("fp=0.25,fn=1.5")
    {'false_positive': 0.25, 'false_negative': 1.5}
    """
    found: dict[str, float] = {}
    for item in text.split(","):
        key, sign, value = (part.strip() for part in item.partition("="))
        if not sign or key not in _COSTS:
            raise UsageError(
                f"--cost {text!r}: {item.strip()!r} is no cost{nearest(key, _COSTS)}; expected fp=MONEY,fn=MONEY, and "
                f"perhaps {', '.join(name for name in _COSTS if name not in ('fp', 'fn'))}."
            )
        try:
            found[_COSTS[key]] = float(value)
        except ValueError as error:
            raise UsageError(f"--cost {text!r}: {key} is {value!r}; expected money, such as 0.25.") from error
    missing = [key for key in ("fp", "fn") if _COSTS[key] not in found]
    if missing:
        raise UsageError(f"--cost {text!r} lacks {' and '.join(missing)}; expected fp=MONEY,fn=MONEY.")
    return found


def read_cost_table(path: Path, names: tuple[str, ...]) -> Any:
    """Return costs by class pair from a `.csv`: a row a true class, a column a predicted one, both by name."""
    import pandas as pd

    try:
        table = pd.read_csv(path, index_col=0)
    except (OSError, ValueError) as error:
        raise UsageError(f"--cost {path} cannot be read: {error}") from error
    table.index, table.columns = table.index.astype(str), table.columns.astype(str)
    lacking = [name for name in names if name not in table.index or name not in table.columns]
    if lacking:
        raise UsageError(f"--cost {path} lacks {', '.join(lacking)}; expected a row and a column for every class.")
    return table.loc[list(names), list(names)].to_numpy(dtype=float)


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
