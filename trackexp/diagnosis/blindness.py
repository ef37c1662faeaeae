"""What the rules could not look at, where it matters.

## How it is detected
At least a tenth of the rules that were asked had no facts to judge by, and there is a reason beyond a model that simply
has no such part: the training loop is the script's own (it logs a training loss, and no `fit` was seen), the model
computes its loss in a step of its own, the layers of a subclassed model are not known, the data or the validation data
are a stream that could not be sampled or whose length is unknown, or a busy machine left no time for a look at the end.

## Why it matters
Silence must not be taken for health: a check that could not look has not passed.

## What to do
`trackexp diagnose RUN --verbose` lists each check that could not look, with its reason. A loop of one's own can be
written as a `train_step` and trained with `fit`; what is known of the run may also be logged.

## References
- Keras documentation, Customizing what happens in fit():
  https://keras.io/guides/custom_train_step_in_tensorflow/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.probes import stale_probes
from trackexp.diagnosis.fit import Fit, fits_of
from trackexp.diagnosis.outcome import Diagnosis, Status
from trackexp.diagnosis.rule import AnyRule
from trackexp.record import Confidence, Finding, RunRecord, Severity

_MIN_SHARE = 0.1  # of the rules; fewer that cannot look leave the verdict what it is


@dataclass(frozen=True)
class ChecksNotMade(AnyRule[tuple[RunRecord, Diagnosis]]):
    """What the other rules could not look at; it is asked last, of a run and of what they said of it."""

    code = "TX000"
    name = "checks-not-made"
    severity = Severity.INFO
    confidence = Confidence.CERTAIN

    def examine(self, subject: tuple[RunRecord, Diagnosis]) -> Iterator[Finding]:
        """Yield the remark, where it matters."""
        found = blindness(*subject)
        if found is not None:
            yield found


def blindness(record: RunRecord, diagnosis: Diagnosis, *, own_loop: bool = False) -> Finding | None:
    """Return a remark that says how many checks could not look, and why; None where it does not matter.

    Args:
        record: The run, at its end.
        diagnosis: What the rules say of it.
        own_loop: Whether a model was trained in a loop of the script's own, without `fit`.

    It matters where the data of a whole epoch were not seen, the training step is the user's, the graph of the model is
    not known, or a busy machine left no time for probes. A plain fit of arrays leaves some rules without their subject
    too (no embedding, no validation): that is no blindness.
    """
    asked = [outcome for outcome in diagnosis.outcomes if outcome.status is not Status.IGNORED]
    blind = [outcome.reason for outcome in asked if outcome.status is Status.NOT_APPLICABLE]
    fits = list(fits_of(record))
    reasons = ["the training loop is the script's own, and only what it logs was seen"] if own_loop else []
    reasons += [] if own_loop or not fits else list(_reasons(fits[-1]))
    least = _MIN_SHARE * len(asked)
    if not own_loop and fits and (skipped := stale_probes(fits[-1])):
        if not reasons:  # it is known which of the checks that is about
            blind, least = [reason for reason in blind if skipped in reason], 1
        reasons.append("the machine left no time for a probe at the end")
    if not reasons or len(blind) < least:
        return None
    return Finding(
        code=ChecksNotMade.code,
        name=ChecksNotMade.name,
        severity=ChecksNotMade.severity,
        message=f"{len(blind)} of {len(asked)} checks could not look: {'; '.join(reasons)}",
        fix="what was not looked at has not passed; trackexp diagnose --verbose lists each check with its reason",
        fit=fits[-1].index if fits else 0,
        confidence=ChecksNotMade.confidence,
    )


def _reasons(fit: Fit) -> Iterator[str]:
    facts, model, data = fit.facts.get("fit", {}), fit.facts.get("model", {}), fit.facts.get("data", {})
    source = facts.get("source", "unknown")
    if fit.own_step:
        yield "the model computes its loss in a step of its own"
    elif model.get("kind") == "subclassed":
        yield "the layers of a subclassed model are joined in its own call"
    if not data.get("inputs") and source not in ("arrays", "unknown"):
        yield f"the data ({source}) could not be sampled"
    elif source not in ("arrays", "unknown") and data.get("rows") is None:
        drawn, epoch = data.get("batches_seen") or 0, next(iter(facts.get("batches_done", [])), None)
        if epoch is None or drawn < epoch:
            seen = data.get("rows_seen") or data["inputs"][0].get("sampled_rows", 0)
            yield f"the data are a stream of unknown length, of which {seen:,} rows were seen"
    if facts.get("validation") == "stream" and not data.get("validation_inputs"):
        yield "the validation data are a stream that was not sampled"
