"""Seeds that disagree more than the configs that are compared.

## How it is detected
Of two groups or more, at least two with several runs: the standard deviation within the groups, pooled, is larger than
the standard deviation of the groups' means.

## Why it matters
Another seed then moves the number by more than another config does: from one run each, the order is a draw. A test may
still tell the means apart where there are many seeds; the difference is small all the same.

## What to do
Judge by means over seeds and not by single runs; add seeds (the verdict says how many would be needed), or take the
config that is cheaper.

## References
- Henderson et al., Deep Reinforcement Learning that Matters, AAAI 2018.
- Picard, torch.manual_seed(3407) is all you need, arXiv:2109.08203: the spread over seeds on common benchmarks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from trackexp.diagnosis.across import AcrossFinding, AcrossRule, Field
from trackexp.diagnosis.rule import NotApplicable
from trackexp.record import Severity


@dataclass(frozen=True)
class SeedsOutweighConfigs(AcrossRule):
    """The draw decides.

    Args:
        min_spread_ratio: How many times as large the spread within groups must be as that between their means.
    """

    code = "TX954"
    name = "seeds-outweigh-configs"
    severity = Severity.WARNING

    min_spread_ratio: float = 1.0

    def examine(self, field: Field) -> Iterator[AcrossFinding | NotApplicable]:
        """Yield a finding where the seeds spread more than the configs."""
        groups = [scores for scores in field.groups.values() if scores]
        repeated = [scores for scores in groups if len(scores) > 1]
        if len(groups) < 2 or len(repeated) < 2:
            yield NotApplicable("fewer than two groups have several runs")
            return
        with np.errstate(all="ignore"):  # runs that diverged may be far beyond what can be squared
            within, between = _pooled(repeated), float(np.std([np.mean(scores) for scores in groups], ddof=1))
        if within > self.min_spread_ratio * between:
            yield self.finding(
                f"{field.metric} varies by {within:.3g} (standard deviation) from run to run of one group, and by "
                f"{between:.3g} from group to group: another seed moves it more than another config",
                "judge by means over more seeds, not by single runs",
                field.compared,
            )


def _pooled(groups: Sequence[Sequence[float]]) -> float:
    squares = sum(float(np.var(scores)) * len(scores) for scores in groups)
    return float(np.sqrt(squares / sum(len(scores) - 1 for scores in groups)))
