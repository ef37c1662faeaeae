"""How often this test set has judged before: each look makes the best of the looks look better than it is."""

from __future__ import annotations

import math

from trackexp.registry.candidate import Asked, Candidate, Champion
from trackexp.registry.event import GateResult


def check_holdout(candidate: Candidate, champion: Champion | None, asked: Asked) -> GateResult:
    """Tell the look's number and what the best of so many looks gains by chance; it blocks nothing by itself.

    The expected largest of m independent standard normal errors is at most √(2 ln m) standard errors.
    """
    del champion
    rows = None if candidate.evidence is None else candidate.evidence.rows
    if rows is None:
        return GateResult("holdout", "cannot tell", "there is no evaluation whose rows could be counted")
    look = asked.looks + 1
    if look == 1:
        return GateResult("holdout", "passed", "the first look at these rows", {"look": 1})
    scores = rows.scores
    error = float(scores.std(ddof=1)) / math.sqrt(len(scores)) if len(scores) > 1 else math.inf
    optimism = math.sqrt(2 * math.log(look)) * error
    unit = f"{100 * optimism:.1f} points" if rows.task == "classes" else f"{optimism:.3g}"
    text = (
        f"look {look} at these rows: the best of so many gains up to {unit} by chance; "
        f"the comparison's intervals are widened to 1 − 0.05/{look}"
    )
    return GateResult("holdout", "passed", text, {"look": look, "optimism": optimism})
