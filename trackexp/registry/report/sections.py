"""What a report says, as data: sections of sentences, tables and code; what nobody stated reads "Not stated"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from trackexp.comparison import Comparison, compare
from trackexp.diagnosis import Policy, diagnose, findings_of
from trackexp.errors import UsageError
from trackexp.record import Finding, RunRecord, Severity
from trackexp.record.model_record import ModelRecord
from trackexp.registry.event import Event
from trackexp.registry.ledger import Ledger
from trackexp.registry.overview import lineage_of, overview_of
from trackexp.reporting.formats import number, plural, size, value_text

NOT_STATED = "Not stated"
_MOST_ROWS = 50


@dataclass(frozen=True, slots=True)
class Table:
    """Foreign texts under titles of our own."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Code:
    """Text in its own lines; `language` as in a fence of Markdown."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """A person's own words, in Markdown."""

    text: str


Block = str | Table | Code | Words


@dataclass(frozen=True, slots=True)
class ReportSection:
    """A part of a report.

    Args:
        card: The heading of Hugging Face's model card that it stands under.
    """

    title: str
    card: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Report:
    """A report.

    Args:
        title: The model's name, or the project's.
        lead: What a reader must know who reads nothing else.
        sections: In order.
        metrics: Of the chosen model's evaluation, by name: what a model card's `model-index` lists.
        data: What it was evaluated on.
        framework: Of the chosen model; "" where there is none.
    """

    title: str
    lead: str
    sections: tuple[ReportSection, ...]
    metrics: Mapping[str, float] = field(default_factory=dict)
    data: str = ""
    framework: str = ""


@dataclass(frozen=True)
class _Chosen:
    """What the report is about."""

    record: RunRecord | None
    model: ModelRecord | None
    event: Event | None
    ledger: Ledger | None
    name: str

    @property
    def numbers(self) -> dict[str, float]:
        found = {} if self.event is None or self.event.evaluation is None else self.event.evaluation.numbers
        return {name: float(value) for name, value in found.items() if isinstance(value, int | float)}


def report_of(
    records: Sequence[RunRecord],
    *,
    title: str = "",
    event: Event | None = None,
    ledger: Ledger | None = None,
    model: ModelRecord | None = None,
    words: Mapping[str, str] | None = None,
    policy: Policy | None = None,
) -> Report:
    """Return the report of runs, and of the version that was chosen among them.

    Args:
        records: The experiments; the first is the chosen one where `event` tells of a version.
        title: Default the model's or the project's name.
        event: Of the ledger, about the chosen version; None reports the runs, and the best of them.
        ledger: That the event is of.
        model: What the chosen model says of itself.
        words: A person's, by heading; see `read_words`.
        policy: Which rules speak.

    Raises:
        UsageError: There is no run at all.
    """
    if not records:
        raise UsageError("a report needs a run at least; none was found.")
    comparison = _compared(records, policy)
    best = comparison.best if comparison is not None and event is None else records[0]
    chosen = _Chosen(best, model, event, ledger, ledger.model if ledger is not None else "")
    own = {" ".join(key.lower().split()): text for key, text in (words or {}).items()}
    name = title or chosen.name or (records[0].project or "Report")
    data = "" if event is None or event.evaluation is None else event.evaluation.data
    lead = comparison.verdict.text if comparison is not None and event is None else _decided(chosen)
    found = {record.id: findings_of(record, diagnose(record, policy=policy)) for record in records}
    sections = tuple(_sections(records, comparison, chosen, found, own))
    return Report(name, lead, sections, chosen.numbers, data, "" if model is None else model.framework)


def _sections(
    records: Sequence[RunRecord],
    comparison: Comparison | None,
    chosen: _Chosen,
    found: Mapping[str, Sequence[Finding]],
    words: Mapping[str, str],
) -> Iterator[ReportSection]:
    def said(title: str, card: str, *names: str) -> ReportSection:
        return ReportSection(title, card, [_stated(words, title, *names)])

    yield said("Problem", "Model Details")
    yield ReportSection("Chosen model", "Model Details", list(_model(chosen)))
    yield said("Intended use", "Uses", "uses", "direct use")
    yield said("Out-of-scope use", "Uses", "out of scope use")
    yield said("Limitations", "Bias, Risks, and Limitations", "bias, risks, and limitations")
    yield ReportSection("Findings", "Bias, Risks, and Limitations", list(_findings(records, found)))
    yield ReportSection("How to load it", "How to Get Started with the Model", list(_loading(chosen)))
    yield ReportSection("Data", "Training Details", list(_data(chosen, words)))
    yield ReportSection("Experiments", "Training Details", list(_experiments(records, comparison)))
    yield ReportSection("Evaluation approach", "Evaluation", list(_evaluation(chosen, words)))
    yield ReportSection("Gates and history", "Evaluation", list(_history(chosen)))
    yield ReportSection("Compute", "Environmental Impact", list(_compute(records)))
    yield ReportSection("Lineage", "Technical Specifications", list(_lineage(chosen)))
    yield said("Authors", "Model Card Contact", "contact", "model card contact")


def _stated(words: Mapping[str, str], *titles: str) -> Block:
    text = next((words[title.lower()] for title in titles if title.lower() in words), "")
    return Words(text) if text else NOT_STATED


def _compared(records: Sequence[RunRecord], policy: Policy | None) -> Comparison | None:
    try:
        return compare(records, policy=policy)
    except UsageError:  # no metric that they share, or a run twice: they are listed all the same
        return None


def _decided(chosen: _Chosen) -> str:
    if chosen.event is None:
        return "The runs share no metric, so none of them can be believed before the others."
    event = chosen.event
    waived = ", ".join(f"{gate.gate} ({gate.reason})" for gate in event.gates if gate.outcome == "waived")
    numbers = ", ".join(f"{name} {number(value)}" for name, value in list(chosen.numbers.items())[:3])
    return (
        f"{chosen.name}@{event.version.short}: {event.action} to {event.alias} on {event.at[:10]}"
        f"{f', waiving {waived}' if waived else ''}{f'; {numbers}' if numbers else ''}."
    )


def _model(chosen: _Chosen) -> Iterator[Block]:
    record, event, model = chosen.record, chosen.event, chosen.model
    if record is None:
        yield "None: the comparison believes no run."
        return
    rows = [("run", f"{record.title} ({record.id})")]
    if event is not None:
        rows += [("SHA-256", event.version.sha256), ("file", f"{event.version.file}, {size(event.version.bytes)}")]
    if model is not None:
        rows += [("framework", " ".join(filter(None, (model.framework, model.backend))))]
        rows += [(name, version) for name, version in sorted(model.versions.items())]
    commit = (model.origin.commit if model is not None else "") or record.code.get("commit", "")
    rows.append(("commit", str(commit or NOT_STATED)))
    rows += [(f"parameter {name}", value_text(value)) for name, value in list(record.settings.items())[:_MOST_ROWS]]
    yield Table(("", ""), rows)


def _findings(records: Sequence[RunRecord], found: Mapping[str, Sequence[Finding]]) -> Iterator[Block]:
    rows = [
        (record.title, f"{one.code} {one.name}", str(one.severity), one.message)
        for record in records
        for one in found[record.id]
        if one.severity in (Severity.ERROR, Severity.WARNING)
    ]
    if not rows:
        yield f"No rule found an error or a warning in {plural(len(records), 'run')}."
        return
    yield Table(("run", "rule", "severity", "what was seen"), rows[:_MOST_ROWS])
    if len(rows) > _MOST_ROWS:
        yield Words(f"{len(rows) - _MOST_ROWS:,} more are not shown; `trackexp diagnose` tells them.")


def _loading(chosen: _Chosen) -> Iterator[Block]:
    if chosen.event is None:
        yield Words("The model is not registered; `trackexp promote` does that.")
        return
    name = f"{chosen.name}@{chosen.event.version.short}"
    yield Code(f'import trackexp\n\nmodel = trackexp.model("{name}").load()', "python")
    if chosen.event.version.runs_code:
        yield "Loading this file runs code that is in it: pass trust=True only where you trust its author."


def _data(chosen: _Chosen, words: Mapping[str, str]) -> Iterator[Block]:
    yield _stated(words, "Data", "training data")
    model = chosen.model
    if model is not None and model.parts:
        rows = [
            (name, "–" if part.rows is None else f"{part.rows:,}", part.digest[:12] or "–", _classes(part.classes))
            for name, part in model.parts.items()
        ]
        yield Table(("part", "rows", "digest", "classes"), rows)


def _classes(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name}: {count:,}" for name, count in list(counts.items())[:12]) or "–"


def _experiments(records: Sequence[RunRecord], comparison: Comparison | None) -> Iterator[Block]:
    if comparison is None:
        yield Table(("run", "state"), [(record.title, str(record.state)) for record in records[:_MOST_ROWS]])
        return
    yield comparison.verdict.text
    entries = comparison.entries[:_MOST_ROWS]
    rows = [
        (
            entry.label,
            str(entry.record.state),
            "–" if entry.best is None else number(entry.best.value),
            ", ".join(f"{one.code} {one.name}" for one in entry.errors) or "–",
        )
        for entry in entries
    ]
    yield Table(("run", "state", comparison.metric, "disqualified for"), rows)
    differing = [
        (key, *(value_text(by.get(one.id, "–")) for one in entries)) for key, by in comparison.differences.items()
    ]
    if differing:
        yield Table(("what differed", *(entry.label for entry in entries)), differing[:_MOST_ROWS])


def _evaluation(chosen: _Chosen, words: Mapping[str, str]) -> Iterator[Block]:
    yield _stated(words, "Evaluation approach", "evaluation")
    evidence = None if chosen.event is None else chosen.event.evaluation
    if evidence is None:
        yield "No evaluation is on record for this version." if chosen.event else "No version was promoted."
        return
    used = f"; {plural(evidence.looks, 'other version')} had been judged on them before" if evidence.looks else ""
    yield f"{evidence.n:,} rows of {evidence.data or 'a set without a name'} (digest {evidence.rows[:12]}){used}."
    intervals = {} if chosen.model is None else chosen.model.metrics
    rows = []
    for name, value in chosen.numbers.items():
        known = intervals.get(name)
        span = f"{number(known.low)} to {number(known.high)}" if known is not None and known.low is not None else "–"
        rows.append((name, number(value), span))
    yield Table(("metric", "value", "95 % interval"), rows[:_MOST_ROWS])


def _history(chosen: _Chosen) -> Iterator[Block]:
    if chosen.event is None or chosen.ledger is None:
        yield "No version was promoted."
        return
    rows = [(gate.gate, gate.outcome, gate.text, gate.reason or "–") for gate in chosen.event.gates]
    if rows:
        yield Table(("gate", "outcome", "what was seen", "waived because"), rows)
    yield Table(*overview_of(chosen.ledger).history())


def _compute(records: Sequence[RunRecord]) -> Iterator[Block]:
    known = [record.runtime for record in records if record.runtime is not None]
    hours = sum(known) / 3600
    yield f"{plural(len(known), 'run')} took {number(hours)} hours together; energy was not measured."
    machines = dict.fromkeys(
        str(record.environment.get(name))
        for record in records
        for name in ("gpu", "cpu")
        if record.environment.get(name)
    )
    if machines:
        yield f"On {', '.join(list(machines)[:5])}."


def _lineage(chosen: _Chosen) -> Iterator[Block]:
    if chosen.ledger is None:
        yield NOT_STATED
    else:
        yield Code(lineage_of(chosen.ledger).to_mermaid().removeprefix("```mermaid\n").rstrip("`\n"), "mermaid")
        yield Code(lineage_of(chosen.ledger).to_text())
