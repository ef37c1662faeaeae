"""Promotion through gates, and back: every decision, a refusal too, is an event of the ledger."""

from __future__ import annotations

import getpass
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from trackexp.diagnosis import findings_of
from trackexp.errors import TrackexpError, UsageError, nearest
from trackexp.models.best_model import find_best_model
from trackexp.record import RunRecord
from trackexp.registry.candidate import Asked, Candidate, Champion, Evidence
from trackexp.registry.event import EvaluationEvidence, Event, GateResult, Version
from trackexp.registry.evidence import DigestedRows, find_evidence, row_outcomes
from trackexp.registry.gates import GATES
from trackexp.registry.ledger import Ledger, LedgerFolder
from trackexp.registry.names import check_alias, check_model_name
from trackexp.registry.places import ledger_folder
from trackexp.registry.versions import RegisteredModel, version_of
from trackexp.tracking.code.repository import find_repository
from trackexp.tracking.model_file import sha256
from trackexp.tracking.secrets import Scrubber


@dataclass(frozen=True)
class Promotion:
    """What came of asking for a promotion.

    Args:
        granted: Whether every gate let it pass.
        gates: What each of them said.
        event: As it stands in the ledger; of a dry run, as it would.
    """

    granted: bool
    gates: tuple[GateResult, ...]
    event: Event

    def __repr__(self) -> str:
        word = "granted" if self.granted else f"refused by {', '.join(g.gate for g in self.gates if g.blocks)}"
        return f"<Promotion of {self.event.model}@{self.event.version.short} to {self.event.alias}: {word}>"

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as JSON-ready data."""
        event = self.event.to_dict()
        return {"schema": 1, "granted": self.granted, "gates": event["gates"], "event": event, "hash": self.event.hash}


# fmt: off
def promote(
    record: RunRecord, name: str, *, to: str = "staging", data: Any = None, require: str | Iterable[str] = (),
    margin: float | None = None, waive: Mapping[str, str] | None = None, reason: str = "", dry_run: bool = False,
    folder: str | Path | None = None, root: str | Path | None = None, constructor: str | None = None,
    trust: bool = False,
) -> Promotion:
    # fmt: on
    """Point an alias at the best model of a run, if every gate lets it pass; write down the decision either way.

    Args:
        record: The run, from `read_run`.
        name: Under which the model is known, such as `"lemon-mold"`.
        to: The alias.
        data: Rows to evaluate this model and the holder of the alias on: a place as `open_data` takes it. None takes
            the latest evaluation of this very file that lies on this disk.
        require: Thresholds such as `"log_loss < 0.3"`, held by the bad end of the interval.
        margin: Let pass what is not worse than the holder by more than it, in the score's unit; None: only better.
        waive: Reasons, by the names of gates that are to let pass what they would block.
        reason: A person's words on the decision.
        dry_run: Ask the gates, write nothing.
        folder: Of the ledgers; default `models/` of the project.
        root: The folder that holds `wandb/`, as for `read_run`.
        constructor: As for `load_model`.
        trust: As for `load_model`.

    Raises:
        UsageError: An argument cannot be right, or the run kept no model.
        LedgerError: The ledger or the model file was changed.
        ConfigurationError: The ledger cannot be written.
    """
    if not isinstance(record, RunRecord):
        raise UsageError(f"promote takes the record of a run, got {type(record).__name__}; read it with read_run(...).")
    ledgers = LedgerFolder(ledger_folder(folder))
    ledger = ledgers.read(check_model_name(name, ledgers.names()))
    asked = Asked(
        require=(require,) if isinstance(require, str) else tuple(require), margin=margin,
        waive=_checked_waivers(waive or {}),
    )  # fmt: skip
    source = _Source(data, None if root is None else Path(root), {"constructor": constructor, "trust": trust})
    event = scrubbed(replace(_decided(record, ledger, check_alias(to), asked, source), reason=reason))
    written = event if dry_run else ledgers.append(event)
    return Promotion(written.action == "promote", written.gates, written)


@dataclass(frozen=True)
class _Source:
    """Where evidence comes from: rows to evaluate on, the runs on this disk, and how a model is loaded."""

    data: Any
    root: Path | None
    loading: Mapping[str, Any]


def _decided(record: RunRecord, ledger: Ledger, alias: str, asked: Asked, source: _Source) -> Event:
    """Ask every gate, and return the event that tells what came of it."""
    path = find_best_model(record, otherwise="promote a run that did")
    version = version_of(record, path)
    candidate = Candidate(
        record=record,
        model=path,
        version=version,
        findings=tuple(findings_of(record)),
        evidence=_evidence(path, version, source),
        training_sketch=_training_sketch(record),
    )
    champion = _champion(ledger, alias, candidate, source)
    asked = replace(asked, looks=_looks(ledger, candidate.evidence))
    gates = tuple(_asked_gate(gate, candidate, champion, asked) for gate in GATES)
    return Event(
        model=ledger.model,
        action="refuse" if any(gate.blocks for gate in gates) else "promote",
        alias=alias,
        version=version,
        previous="" if champion is None else champion.version.sha256,
        gates=gates,
        evaluation=_evaluation_of(candidate.evidence, asked.looks + 1),
        by=author(),
        trackexp=_own_version(),
    )


def roll_back(
    name: str,
    *,
    alias: str = "staging",
    reason: str = "",
    folder: str | Path | None = None,
    root: str | Path | None = None,
) -> Event:
    """Point an alias back at the version that held it before, after that file was checked; nothing is deleted.

    Raises:
        UsageError: Nobody held it before, or the file is not there any more.
        LedgerError: The ledger was changed, or the alias was moved to two places.
    """
    ledgers = LedgerFolder(ledger_folder(folder))
    ledger = ledgers.read_known(name)
    holder = ledger.holder(check_alias(alias))
    before = ledger.previous_holder(alias)
    if holder is None or before is None:
        known = ", ".join(sorted(ledger.aliases)) or "none"
        why = "nobody holds it" if holder is None else "nobody held it before"
        raise UsageError(
            f"{name}:{alias} cannot be rolled back: {why}{nearest(alias, ledger.aliases)}; it has {known}."
        )
    target = RegisteredModel(name, alias, before, None if root is None else Path(root))
    candidate = Candidate(record=target.record, model=target.path, version=before.version)
    reloads = _asked_gate("reloads", candidate, None, Asked())
    if reloads.outcome == "failed":
        raise UsageError(f"{name}@{before.version.short}, which held {alias} before, does not load: {reloads.text}")
    event = Event(
        model=name,
        action="rollback",
        alias=alias,
        version=before.version,
        previous=holder.version.sha256,
        gates=(reloads,),
        evaluation=before.evaluation,
        by=author(),
        reason=reason,
        trackexp=_own_version(),
    )
    return ledgers.append(scrubbed(event))


def author() -> dict[str, str]:
    """Return who decides, on which machine, at which commit of the working folder."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        user = ""
    repository = find_repository(Path.cwd())
    commit = (repository.commit or "") if repository else ""
    return {"user": user, "host": platform.node(), "commit": commit}


def scrubbed(event: Event) -> Event:
    """Return the event without secrets: names, reasons and numbers pass the same filter as everything that is kept."""
    return Event.from_dict(Scrubber.from_environment().data(event.to_dict(), "the ledger"))


def _asked_gate(name: str, candidate: Candidate, champion: Champion | None, asked: Asked) -> GateResult:
    found = GATES[name](candidate, champion, asked)
    if found.blocks and name in asked.waive:
        return replace(found, outcome="waived", reason=asked.waive[name])
    return found


def _checked_waivers(waive: Mapping[str, str]) -> dict[str, str]:
    for gate, why in waive.items():
        if gate not in GATES:
            raise UsageError(f"no gate {gate!r}{nearest(gate, GATES)}; there are {', '.join(GATES)}.")
        if not why.strip():
            raise UsageError(f"waiving {gate} needs a reason: it stands in the ledger for whoever asks later.")
    return dict(waive)


def _evidence(path: Path, version: Version, source: _Source) -> Evidence | None:
    """Return the evaluation that is to decide: made now on the rows given, or the latest that was made of this file."""
    if source.data is None:
        return find_evidence(version.sha256, root=source.root)
    if isinstance(source.data, Evidence):
        return source.data
    return evaluate_version(path, source.data, **source.loading)


def evaluate_version(path: Path, data: Any, *, constructor: str | None = None, trust: bool = False) -> Evidence:
    """Evaluate a model file on rows, and note the digest of each row.

    Args:
        path: The model file.
        data: A place as `open_data` takes it.
        constructor: As for `load_model`.
        trust: As for `load_model`.
    """
    from trackexp.models import DataOptions, evaluate_model, load_model, open_data  # with the file's framework

    loaded = load_model(path, constructor=constructor, trust=trust)
    shape = loaded.input_shape
    sized = None if shape is None or len(shape) != 3 or None in shape else tuple(int(size or 0) for size in shape)
    rows = DigestedRows(open_data(str(data), DataOptions(image_shape=sized)))
    found = evaluate_model(loaded, rows)
    outcomes = row_outcomes(found.result, model_sha256=sha256(path), digests=rows.digests)
    return Evidence(outcomes, data=str(data))


def _champion(ledger: Ledger, alias: str, candidate: Candidate, source: _Source) -> Champion | None:
    """Return who holds the alias, with its answers on the candidate's rows where they can be had.

    Where two machines moved the alias differently, the next promotion settles it: against the better known of both.
    """
    moves = ledger.aliases.get(alias, ())
    holder = next((move for move in reversed(moves) if move.action != "remove"), None)
    if holder is None:
        return None
    evidence = candidate.evidence
    if evidence is None or holder.version.sha256 == candidate.version.sha256:
        return Champion(holder.version)
    known = find_evidence(holder.version.sha256, rows_digest=evidence.rows.rows_digest, root=source.root)
    if known is not None:
        return Champion(holder.version, known)
    if source.data is None or isinstance(source.data, Evidence):
        why = f"{holder.version.short}, which holds the alias, was never evaluated on these rows: pass --data"
        return Champion(holder.version, None, why)
    try:
        path = RegisteredModel(ledger.model, alias, holder, source.root).path
        return Champion(holder.version, evaluate_version(path, source.data, **source.loading))
    except TrackexpError as error:
        return Champion(
            holder.version, None, f"{holder.version.short}, which holds the alias, cannot be evaluated: {error}"
        )


def _training_sketch(record: RunRecord) -> Mapping[str, Any] | None:
    """Return the sketch of the rows that the last fit trained on, as its facts have it."""
    facts = record.facts[-1] if record.facts else {}
    data: Mapping[str, Any] = facts.get("data", {})
    sketch = data.get("rows_sketch")
    return sketch if isinstance(sketch, Mapping) else None


def _looks(ledger: Ledger, evidence: Evidence | None) -> int:
    """Return how many versions these rows have judged before, this one aside."""
    if evidence is None or not evidence.rows.rows_digest:
        return 0
    judged = {
        event.version.sha256
        for event in ledger.events.values()
        if event.evaluation is not None and event.evaluation.rows == evidence.rows.rows_digest
    }
    return len(judged - {evidence.rows.model_sha256})


def _evaluation_of(evidence: Evidence | None, looks: int) -> EvaluationEvidence | None:
    if evidence is None:
        return None
    rows = evidence.rows
    return EvaluationEvidence(
        run=evidence.run,
        data=evidence.data,
        rows=rows.rows_digest,
        n=len(rows),
        numbers=dict(rows.numbers),
        looks=looks,
    )


def _own_version() -> str:
    import trackexp  # the package itself: it imports nothing of ours but the front door

    return trackexp.__version__
