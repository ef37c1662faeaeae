"""What is known of each run beside its metrics: findings, damage, system peaks, where it ran, what it printed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from trackexp.comparison.writing import by_merit
from trackexp.record import Finding, Severity, State
from trackexp.reporting import duration, plural, shorten, value_text
from trackexp.reporting.html import Cell, Column, Content, Row, definitions, element, findings_list, folded, note, table
from trackexp.reporting.system import system_peaks

if TYPE_CHECKING:
    from trackexp.comparison.entry import Entry
    from trackexp.comparison.result import Comparison
    from trackexp.record import RunRecord

_MOST_NAMED = 8
_MOST_ROWS = 1000
_MOST_DETAILS = 60  # runs
_CONSOLES, _CONSOLE_LINES, _CONSOLE_CHARACTERS = 20, 25, 3_000
_LONGEST = 300  # characters of notes and command lines
_ENDED_BADLY = (State.FAILED, State.KILLED, State.CRASHED)
_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


def findings_content(comparison: Comparison) -> Content:
    """Return every finding once, with the runs that have it, the worst first."""
    runs: dict[Finding, list[str]] = {}
    for entry in by_merit(comparison):
        for finding in entry.findings:
            runs.setdefault(finding, []).append(entry.label)
    ordered = sorted(runs, key=lambda finding: (_ORDER[finding.severity], finding.code))
    about = [_named(runs[finding]) for finding in ordered]
    general = ["the comparison itself"] * len(comparison.findings)
    return findings_list([*comparison.findings, *ordered], [*general, *about])


def damage_content(comparison: Comparison) -> Content:
    """Return which parts of which files could not be read; None where all could."""
    rows = [
        Row([entry.label, part.kind, f"{part.offset:,}", f"{part.length:,}", part.path.name if part.path else ""])
        for entry in by_merit(comparison)
        for part in entry.record.damage[:_MOST_NAMED]
    ][:_MOST_ROWS]
    if not rows:
        return None
    numbers = (Column("at byte", numeric=True, sortable=False), Column("bytes", numeric=True, sortable=False))
    columns = [Column("run"), Column("damage"), *numbers, Column("file")]
    return [note("What lies around these parts was read, and is what this page shows."), table("Damage", columns, rows)]


def system_content(comparison: Comparison) -> Content:
    """Return time and system peaks of the runs; None where no run says any."""
    peaks = {entry.id: dict(system_peaks(entry.record.system)) for entry in comparison.entries}
    names = list(dict.fromkeys(name for found in peaks.values() for name in found))
    if not names and all(entry.record.runtime is None for entry in comparison.entries):
        return None
    columns = [Column("run"), Column("time", numeric=True), *(Column(name, True, sortable=False) for name in names)]
    rows = [
        Row(
            [
                entry.label,
                Cell(duration(entry.record.runtime), entry.record.runtime, True),
                *(peaks[entry.id].get(name, "–") for name in names),
            ]
        )
        for entry in by_merit(comparison)[:_MOST_ROWS]
    ]
    return table("Time, and the highest value of each system metric", columns, rows)


def details_content(comparison: Comparison) -> Content:
    """Return a folded part for each run: where it ran, how it was started, how its console ends."""
    entries = by_merit(comparison)
    consoles = sorted(
        (entry for entry in entries if entry.record.console.strip()),
        key=lambda entry: entry.record.state not in _ENDED_BADLY,
    )
    with_console = {entry.id for entry in consoles[:_CONSOLES]}
    parts: list[Content] = [
        folded(entry.label, definitions(_facts(entry.record)), _console(entry) if entry.id in with_console else None)
        for entry in entries[:_MOST_DETAILS]
    ]
    if (left := len(entries) - _MOST_DETAILS) > 0:
        parts.append(note(f"… and {plural(left, 'run')} more."))
    return parts


def _named(labels: list[str]) -> str:
    more = len(labels) - _MOST_NAMED
    return ", ".join(labels[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _facts(record: RunRecord) -> Iterator[tuple[str, Content]]:
    environment = record.environment
    git = environment.get("git")
    told = {
        "id": record.id,
        "project": "/".join(filter(None, (record.entity, record.project))),
        "group": record.group,
        "job type": record.job_type,
        "tags": ", ".join(record.tags),
        "notes": record.notes,
        "state": str(record.state) + ("" if record.exit_code is None else f", exit code {record.exit_code}"),
        "started": record.started_at.strftime("%Y-%m-%d %H:%M:%S %Z") if record.started_at else "",
        "time": "" if record.runtime is None else duration(record.runtime),
        "python": environment.get("python"),
        "host": environment.get("host"),
        "gpu": environment.get("gpu"),
        "commit": git.get("commit") if isinstance(git, dict) else None,
        "program": environment.get("program"),
        "arguments": environment.get("args"),
        "files": plural(len(record.files), "file") if record.files else "",
        "artifacts": ", ".join(artifact.name for artifact in record.artifacts[:_MOST_NAMED]),
    }
    for name, value in told.items():
        if value:
            yield name, shorten(value_text(value), _LONGEST)


def _console(entry: Entry) -> Content:
    lines = entry.record.console.rstrip().splitlines()[-_CONSOLE_LINES:]
    text = "\n".join(lines)[-_CONSOLE_CHARACTERS:]
    name = f"The end of what {entry.label} printed"
    return [note("The end of its console:"), element("pre", text, tabindex=0, role="region", aria_label=name)]
