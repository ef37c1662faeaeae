"""An evaluation of this very file is at hand, not one of another file of the same run."""

from __future__ import annotations

from trackexp.registry.candidate import Asked, Candidate, Champion
from trackexp.registry.event import SHOWN_DIGITS, GateResult


def check_evaluated(candidate: Candidate, champion: Champion | None, asked: Asked) -> GateResult:
    """Compare the SHA-256 of the model that was evaluated with that of the model to be promoted."""
    del champion, asked
    evidence = candidate.evidence
    if evidence is None:
        text = "no evaluation of this model is at hand: pass --data, or run `trackexp evaluate RUN --data …` first"
        return GateResult("evaluated", "cannot tell", text)
    if not evidence.rows.model_sha256:
        return GateResult("evaluated", "cannot tell", "the evaluation did not note which model file it evaluated")
    if evidence.rows.model_sha256 != candidate.version.sha256:
        text = (
            f"the evaluation is of {evidence.rows.model_sha256[:SHOWN_DIGITS]}, "
            f"this model is {candidate.version.short}: it was trained on, or replaced, since"
        )
        return GateResult("evaluated", "failed", text)
    n = len(evidence.rows)
    seen = {"n": n, "rows": evidence.rows.rows_digest, "run": evidence.run}
    where = f" of {evidence.data}" if evidence.data else ""
    return GateResult("evaluated", "passed", f"this file was evaluated on {n:,} rows{where}", seen)
