"""Options about money, checked before any work is done."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from trackexp.cli.models.request import Money
from trackexp.errors import UsageError, nearest
from trackexp.evaluation import Costs, HumanBaseline
from trackexp.evaluation.costs import Business
from trackexp.models.data.csv_file import read_csv

_COSTS = {
    "fp": "false_positive", "fn": "false_negative", "tp": "true_positive", "tn": "true_negative", "running": "running",
    "labour": "labour", "human_fp": "false_positive_rate", "human_fn": "false_negative_rate",
}  # fmt: skip
_HUMAN = ("labour", "false_positive_rate", "false_negative_rate")


def by_threshold(money: Money) -> bool:
    """Return whether costs are of flagging one class, not a table by class pair."""
    return money.cost is not None and not Path(money.cost).is_file()


def check_money(money: Money) -> None:
    """Raise for what no rows could make right.

    Raises:
        UsageError: Costs, units, shares or a threshold that make no sense.
    """
    if money.threshold is not None and math.isnan(money.threshold):
        raise UsageError("--threshold is NaN; expected a probability.")
    if money.cost is None and (money.units is not None or money.baseline is not None):
        raise UsageError("--units and --baseline say what a unit costs today; --cost fp=…,fn=… is missing.")
    Business(money.units, money.baseline, money.prevalence)
    if money.cost is not None and by_threshold(money):
        costs_of(money.cost)


def costs_of(text: str) -> tuple[dict[str, float], HumanBaseline | None]:
    """Return costs by the names that `Evaluation.profit` gives them, and the people that do the same, if any.

    Raises:
        UsageError: A cost is lacking, unknown, or makes no sense.
    """
    costs = read_costs(text)
    people = {name: costs.pop(name) for name in _HUMAN if name in costs}
    Costs(**costs)
    return costs, HumanBaseline(people.pop("labour", 0.0), **people) if people else None


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
                f"--cost {text!r}: {item.strip()!r} is not a cost{nearest(key, _COSTS)}; expected fp=MONEY,fn=MONEY, "
                f"and perhaps {', '.join(name for name in _COSTS if name not in ('fp', 'fn'))}."
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
    table = read_csv(path)
    table = table.set_index(table.columns[0])
    table.index, table.columns = table.index.astype(str), table.columns.astype(str)
    lacking = [name for name in names if name not in table.index or name not in table.columns]
    if lacking:
        raise UsageError(f"--cost {path} lacks {', '.join(lacking)}; expected a row and a column for every class.")
    return table.loc[list(names), list(names)].to_numpy(dtype=float)
