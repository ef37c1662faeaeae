"""Workers that draw the same random numbers.

## How it is detected
The dataset holds a NumPy generator of its own, the loader has two or more workers, and no `worker_init_fn`. PyTorch
seeds its own and NumPy's global generator in each worker; one that the dataset holds is copied as it stands.

## Why it matters
Every worker augments with the same numbers, and every epoch begins with them again.

## What to do
Make the generator in `worker_init_fn`, or draw from `torch`'s or NumPy's global one.

## References
- PyTorch issue 5059: https://github.com/pytorch/pytorch/issues/5059
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.loop import loop_of
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class WorkerSeedDuplicate(FitRule):
    """One stream of numbers, many times."""

    code = "TX553"
    name = "worker-seed-duplicate"
    severity = Severity.WARNING
    requires = ("loop",)

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the loop shows it."""
        loader = loop_of(fit).get("loader", {})
        names = loader.get("copied_generators", [])
        if names:
            yield self.finding(
                f"each of {loader['workers']} workers copies the dataset's generator {names[0]!r}",
                "make the generator in worker_init_fn, from torch.initial_seed()",
                fit=fit.index,
            )
