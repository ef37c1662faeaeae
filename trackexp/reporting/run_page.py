"""One run on the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console
from rich.text import Text

from trackexp.record import (
    BestValue,
    Damage,
    Finding,
    RunRecord,
    Severity,
    State,
    best_value,
    canonical_name,
    dotted,
    metric_names,
)
from trackexp.record.code import KEY
from trackexp.record.facts import DataFacts
from trackexp.record.fit_bests import fit_bests
from trackexp.reporting.findings import finding_lines
from trackexp.reporting.formats import duration, number, plural, printable, size, sparkline, value_text
from trackexp.reporting.gaps import Gap, gaps_count, gaps_reasons
from trackexp.reporting.system import system_peaks
from trackexp.reporting.terminal import heading, table

_NOTHING = "no fit seen and nothing logged: a loop of your own? run.log(…), or run.follow(model)"
_MOST_ROWS = 40  # of one section; what is left out is counted, and JSON has all
_STATE_STYLES = {State.FINISHED: "green", State.RUNNING: "cyan", State.UNKNOWN: "dim"}
_TOLD_ELSEWHERE = ("best", "best_epoch", "trackexp", "epoch")
_QUIET = ("batch/", "probe/")  # families of metrics that are no result


def show_run(out: Console, record: RunRecord, findings: Sequence[Finding], gaps: Sequence[Gap] = ()) -> None:
    """Print one run: what it was, what it reached, what is wrong with it and who could not tell, what it left."""
    _title(out, record)
    _section(out, "Config", [(key, value_text(value)) for key, value in dotted(record.settings).items()])
    _section(out, "Training", list(_training(record)))
    _best(out, record)
    _section(out, "Best of each fit", list(_fits(record)))
    _section(out, "While recording", list(_failures(record)))
    _section(out, "Summary", list(_summary(record)))
    show_findings(out, findings, gaps)
    _section(out, "Code", list(_code(record)))
    _section(out, "Masked", list(_masked(record)))
    _section(out, "System peaks", system_peaks(record.system))
    _section(out, "Files", [(file.name, "" if file.size is None else size(file.size)) for file in record.files])
    _section(out, "Artifacts", list(_artifacts(record)))
    show_damage(out, record)


def show_findings(out: Console, findings: Sequence[Finding], gaps: Sequence[Gap] = ()) -> None:
    """Print the section of the findings, also when there are none, and in at most three lines why rules are silent."""
    counts = Counter(finding.severity for finding in findings)
    nouns = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
    seen = ", ".join(plural(counts[s], noun) for s, noun in nouns.items() if counts[s]) or "none"
    heading(out, "Findings", "; ".join(filter(None, (seen, gaps_count(gaps)))))
    for finding in findings:
        lines = finding_lines(finding, width=out.width, colour=not out.no_color and out.is_terminal)
        out.print(Text.from_ansi(lines), soft_wrap=True)
    for line in gaps_reasons(gaps):
        text = Text(f"  {line}", "dim")
        text.truncate(max(out.width, 40), overflow="ellipsis")
        out.print(text, soft_wrap=True)


def show_damage(out: Console, record: RunRecord) -> None:
    """Print which parts of the run's file could not be read; nothing for a sound one."""
    if record.malformed:
        heading(
            out, "Malformed", f"{plural(len(record.malformed), 'fact')} of another type than trackexp writes, left out"
        )
        table(out, ("",), [(printable(name),) for name in record.malformed[:_MOST_ROWS]])
        _left_out(out, len(record.malformed))
    if record.damage:
        heading(out, "Damage", f"{plural(sum(part.length for part in record.damage), 'byte')} could not be read")
        rows = [(part.kind, _damage_text(part)) for part in record.damage]
        table(out, ("", ""), rows[:_MOST_ROWS])
        _left_out(out, len(rows))


def _damage_text(part: Damage) -> str:
    if part.kind == "excess":
        return "the run has more than 20,000 metrics; the others are left out"
    if part.length == 0:
        return f"a value at offset {part.offset:,} that is not JSON or nested too deeply; left out"
    return f"{part.length:,} bytes at offset {part.offset:,}"


def _title(out: Console, record: RunRecord) -> None:
    place = "/".join(part for part in (record.entity, record.project, record.id) if part)
    state = Text(str(record.state), _STATE_STYLES.get(record.state, "bold yellow"))
    exit_code = f" (exit code {record.exit_code})" if record.exit_code else ""
    out.print(
        Text.assemble((printable(record.title), "bold"), "  ", state, exit_code, (f"  {printable(place)}", "dim"))
    )
    details = [
        f"started {record.started_at:%Y-%m-%d %H:%M:%S %Z}".rstrip() if record.started_at else "",
        f"ran {duration(record.runtime)}" if record.runtime is not None else "",
        f"group {printable(record.group)}" if record.group else "",
        f"tags {', '.join(map(printable, record.tags))}" if record.tags else "",
    ]
    if any(details):
        out.print(Text(" · ".join(filter(None, details)), "dim"))
    if record.notes:
        out.print(printable(record.notes))


def _masked(record: RunRecord) -> Iterator[tuple[str, str]]:
    """Yield how many secrets were masked, and each by its place and its name."""
    ours = record.summary.get("trackexp")
    masked = ours.get("masked") if isinstance(ours, Mapping) else None
    if not isinstance(masked, Mapping):
        return
    yield "secrets", number(masked.get("count", 0))
    for entry in masked.get("places", ()):
        line = f", line {entry.get('line')}" if entry.get("line", 1) != 1 else ""
        yield printable(f"{entry.get('place')}{line}"), printable(f"{entry.get('name')}")


def _code(record: RunRecord) -> Iterator[tuple[str, str]]:
    """Yield which code ran, and how far it is kept."""
    code, environment = record.code, record.environment
    arguments = environment.get("args")
    if program := environment.get("codePath") or environment.get("program"):
        yield "script", printable(" ".join(map(str, (program, *(arguments if isinstance(arguments, list) else ())))))
    commit, branch, patch = code.get("commit"), code.get("branch"), code.get("patch", {})
    if commit:
        stamped = ", by the stamp of its image" if code.get("source") == "stamp" else ""
        yield "commit", printable(commit[:10]) + (f" ({printable(branch)})" if branch else "") + stamped
    elif code.get("source") == "git":
        yield "commit", "none yet"
    if code.get("remote"):
        yield "remote", printable(code["remote"])
    if changed := patch.get("changed", 0) + patch.get("untracked", 0):
        yield "patch", f"{plural(changed, 'file')} differ{'s' if changed == 1 else ''} from the commit"
    if patch.get("left_out_count"):
        yield "left out", plural(patch["left_out_count"], "file")
    if code.get("problem"):
        yield "patch", printable(f"none: {code['problem']}")
    for name, seed in code.get("seeds", {}).items():
        yield f"seed ({name})", printable(seed)


def _training(record: RunRecord) -> Iterator[tuple[str, str]]:
    """Yield what trackexp noted of the latest fit, in the words of `compile` and `fit`."""
    if not record.facts:
        return
    facts = record.facts[-1]
    model, compiled, fit = facts.get("model", {}), facts.get("compile", {}), facts.get("fit", {})
    if "parameters" in model:
        kind = f"{model.get('kind', '')} {model.get('model', '')}".strip()
        yield "model", f"{printable(kind)}, {plural(model['parameters'], 'parameter')}"
    if compiled.get("loss"):  # without one the losses are the layers' own
        yield "loss", printable(compiled["loss"])
    optimizer = compiled.get("optimizer") or {}
    if optimizer.get("identifier"):
        rate = optimizer.get("learning_rate")
        yield "optimizer", printable(optimizer["identifier"]) + ("" if rate is None else f", rate {number(rate)}")
    if rows := _rows(facts.get("data", {})):
        yield "rows", rows
    if fit.get("batch_size"):
        yield "batch size", str(fit["batch_size"])
    if record.fits > 1:
        yield "fits", str(record.fits)


def _rows(data: DataFacts) -> str:
    """Return how many rows were trained on; of a stream how many of its first pass were seen."""
    if rows := data.get("rows"):
        return f"{rows:,}"
    seen = f"{data['rows_seen']:,} seen of a stream" if data.get("rows_seen") else ""
    valid = f"{data['validation_rows_seen']:,} of its validation" if data.get("validation_rows_seen") else ""
    return ", ".join(part for part in (seen, valid) if part)


def _best(out: Console, record: RunRecord) -> None:
    names = [name for name in metric_names(record) if not name.startswith(_QUIET)]
    found = [best for name in names if (best := best_value(record, name))]
    if not found:
        heading(out, "Best values", _NOTHING if KEY in record.config and not record.facts else "no metric was logged")
        return
    heading(out, "Best values")
    ordered = sorted(found, key=lambda best: best.direction is None)
    rows = [_best_row(best, record) for best in ordered[:_MOST_ROWS]]
    table(out, ("metric", "best", "epoch", "last", "curve"), rows, right=(1, 2, 3))
    _left_out(out, len(ordered))


def _fits(record: RunRecord) -> Iterator[tuple[str, str]]:
    """Yield the best value of each fit, where there were several in the run."""
    for fit, metric, value, epoch in fit_bests(record):
        yield f"fit {fit + 1}", f"{printable(metric)} {number(value)} at epoch {epoch}"


def _failures(record: RunRecord) -> Iterator[tuple[str, str]]:
    """Yield what went wrong in tracking, each with its cause."""
    ours = record.summary.get("trackexp")
    if not isinstance(ours, Mapping):
        return
    if ours.get("unsaved"):
        yield "best model", f"not saved: {printable(str(ours['unsaved']))}"
    said = ours.get("failures")
    for text in said if isinstance(said, list) else ():
        what, _, why = str(text).partition(" failed: ")
        yield printable(what), printable(why)


def _best_row(best: BestValue, record: RunRecord) -> tuple[Text, str, str, str, str]:
    kept = record.summary.get("best")
    watched = isinstance(kept, dict) and kept.get("metric") == best.metric
    name = Text.assemble(printable(best.metric), ("  ← monitored" if watched else "", "dim"))
    curve = sparkline(record.history[best.key].values.tolist()) if best.key in record.history else ""
    if best.direction is None:
        return name, "", "", number(best.last), curve
    return name, number(best.value), "–" if best.epoch is None else str(best.epoch), number(best.last), curve


def _summary(record: RunRecord) -> Iterator[tuple[str, str]]:
    """Yield what stands in the summary alone: a returned result, say, that no history has."""
    told = set(metric_names(record))
    for key, value in record.summary.items():
        ours = key.startswith(("_", "trackexp/")) or key in _TOLD_ELSEWHERE
        stored_file = isinstance(value, Mapping) and "_type" in value  # W&B's tables, images and the like
        if not (ours or stored_file or canonical_name(key) in told):
            rows = dotted(value, f"{key}.") if isinstance(value, Mapping) else {key: value}
            yield from ((name, value_text(item)) for name, item in rows.items() if canonical_name(name) not in told)


def _artifacts(record: RunRecord) -> Iterator[tuple[str, str]]:
    for artifact in record.artifacts:
        aliases = f" ({', '.join(map(printable, artifact.aliases))})" if artifact.aliases else ""
        use = ", used" if artifact.used else ""
        weight = "" if artifact.size is None else f", {size(artifact.size)}"
        yield artifact.name, f"{printable(artifact.type)}{aliases}{weight}{use}"


def _section(out: Console, title: str, rows: Sequence[tuple[str, str]]) -> None:
    """Print a section of names and texts; nothing at all when it is empty."""
    if rows:
        heading(out, title)
        table(out, ("", ""), [(printable(name), text) for name, text in rows[:_MOST_ROWS]])
        _left_out(out, len(rows))


def _left_out(out: Console, total: int) -> None:
    if total > _MOST_ROWS:
        out.print(Text(f"  … and {total - _MOST_ROWS:,} more: --json has all", "dim"))
