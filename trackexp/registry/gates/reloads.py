"""The file loads in a fresh process and answers as it did when it was saved."""

from __future__ import annotations

from trackexp.errors import TrackexpError
from trackexp.models.verification import verify_best_model
from trackexp.registry.candidate import Asked, Candidate, Champion
from trackexp.registry.event import GateResult


def check_reloads(candidate: Candidate, champion: Champion | None, asked: Asked) -> GateResult:
    """Load the model in a process of its own and compare its outputs for the kept rows."""
    del champion, asked
    try:
        found = verify_best_model(candidate.record)
    except TrackexpError as error:
        return GateResult("reloads", "cannot tell", str(error))
    if found.outcome == "not verified":
        return GateResult("reloads", "cannot tell", found.text)
    return GateResult("reloads", found.outcome, found.text)
