"""Many requests that the model does not take.

## How it is detected
Of all requests at least `min_share`, and at least `min_requests`, were refused for what they held: a wrong shape,
text for numbers, too large.

## Why it matters
Whoever asks sends something else than the model was made for, and gets no answer.

## What to do
Read the server's log for the place of the first fault; tell whoever asks, or adapt the schema.

## References
- JSON Schema and the contract between services: M. Fowler, Consumer-driven contracts, 2006.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.rule import NotApplicable
from trackexp.monitoring.evidence import Window
from trackexp.monitoring.rule import MonitorFinding, MonitorRule
from trackexp.record import Confidence, Severity


@dataclass(frozen=True)
class RequestsRefused(MonitorRule):
    """Refusals.

    Args:
        min_share: Least share of the requests.
        min_requests: Fewest refused ones.
    """

    code = "TX966"
    name = "requests-refused"
    severity = Severity.WARNING
    confidence = Confidence.CERTAIN

    min_share: float = 0.05
    min_requests: int = 20

    def examine(self, window: Window) -> Iterator[MonitorFinding | NotApplicable]:
        """Yield a finding where it is so."""
        table = window.table
        if not table.requests and not table.refused:
            yield NotApplicable("the log counts no requests")
            return
        share = table.refused / (table.requests + table.refused)
        if table.refused >= self.min_requests and share >= self.min_share:
            yield self.finding(
                window,
                f"{table.refused:,} of {table.requests + table.refused:,} requests ({share:.0%}) were refused",
                "read the server's log for the place of the fault, and tell whoever asks",
                refused=table.refused, requests=table.requests,
            )  # fmt: skip
