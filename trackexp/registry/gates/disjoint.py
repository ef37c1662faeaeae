"""The rows of the evaluation were not among those the model was trained on."""

from __future__ import annotations

from trackexp.errors import UsageError
from trackexp.registry.candidate import Asked, Candidate, Champion
from trackexp.registry.event import GateResult
from trackexp.stats.sketch import RowSketch

MAX_SHARE = 0.01  # of the rows looked up: rows that repeat by chance in tables of few values stay below it


def check_disjoint(candidate: Candidate, champion: Champion | None, asked: Asked) -> GateResult:
    """Look the evaluation's rows up among the training's, as far as the two sketches tell.

    A hit is proof. No hit is none: a row that was scaled or encoded in between has another digest.
    """
    del champion, asked
    rows = None if candidate.evidence is None else candidate.evidence.rows
    if rows is None or rows.sketch is None:
        return GateResult("disjoint", "cannot tell", "the evaluation kept no sketch of its rows: evaluate with --data")
    if candidate.training_sketch is None:
        return GateResult("disjoint", "cannot tell", "the run kept no sketch of the rows it was trained on")
    try:
        training = RowSketch.from_dict(candidate.training_sketch)
        found = training.overlap(RowSketch.from_dict(rows.sketch))
    except UsageError as error:
        return GateResult("disjoint", "cannot tell", str(error))
    evidence = {"looked_up": found.looked_up, "hits": found.hits, "n": found.n}
    if not found.looked_up:
        return GateResult("disjoint", "cannot tell", "none of the rows could be looked up in the sketch", evidence)
    high = found.interval().high
    seen = f"{found.hits:,} of {found.looked_up:,} different rows looked up were trained on"
    if (found.share or 0.0) > MAX_SHARE:
        return GateResult("disjoint", "failed", f"{seen} (at most {high:.1%} of all)", evidence)
    if not candidate.training_sketch.get("whole", True):
        part = f"{seen}, and the sketch holds but the first {training.n:,} rows trained on"
        return GateResult("disjoint", "cannot tell", part, evidence)
    return GateResult(
        "disjoint", "passed", f"{seen}; at most {high:.2%} of all, rows changed in between aside", evidence
    )
