"""The run as it was: the one thing that rules, comparisons and reports read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, cast

from trackexp.record.best import best_value, metric_names
from trackexp.record.code import KEY as CODE_KEY
from trackexp.record.code import CodeFacts
from trackexp.record.conforming import conforming
from trackexp.record.facts import Facts
from trackexp.record.finding import Confidence, Finding, Severity
from trackexp.record.flat import dotted
from trackexp.record.metric_names import KeyIndex
from trackexp.record.series import History

_TEXTS = ("code", "name", "severity", "message", "fix")  # of a finding
_SHOWN = 100  # rows of a table in a notebook, and characters of a value

# Job types of runs that hold what others made against rows or gates, and train nothing themselves
JUDGING_JOBS = frozenset({"evaluation", "monitor", "promotion"})
PARENT_JOB = "crossval"  # job type of a run that sums up others, and is no training to be compared


class State(StrEnum):
    """How a run ended, by evidence; `unknown` where there is too little of it."""

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    KILLED = "killed"
    CRASHED = "crashed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file of the run: its name on the Files tab, and where it lies (None: not on this disk)."""

    name: str
    path: Path | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class ArtifactRecord:
    """An artifact that the run logged or used: names, and the digest of its manifest where it is known."""

    name: str
    type: str
    aliases: tuple[str, ...] = ()
    digest: str | None = None
    size: int | None = None
    used: bool = False


@dataclass(frozen=True, slots=True)
class Damage:
    """A part of the run's file that could not be read.

    Args:
        offset: Where it begins, in bytes from the start of the file.
        length: How many bytes were passed over.
        kind: What is wrong there: `"truncated"`, `"checksum"`, `"zeros"`, `"garbage"`, `"malformed"`.
        path: The file.
    """

    offset: int
    length: int
    kind: str
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class MetricDefinition:
    """What `define_metric` said of a metric.

    Args:
        name: The key, or a pattern such as `"val/*"`.
        axis: The metric it is drawn over; empty for W&B's step.
        summary: What the summary keeps of it: `"min"`, `"max"`, `"mean"`, `"last"`, …; empty when nothing was said.
        goal: `"min"`, `"max"`, or None when it was not said.
    """

    name: str
    axis: str = ""
    summary: tuple[str, ...] = ()
    goal: Literal["min", "max"] | None = None
    hidden: bool = False


@dataclass(frozen=True)
class RunRecord:
    """Everything that is known of one run; plain data, no connection to where it came from.

    Args:
        id: W&B's id of the run, such as `"6tviu1ge"`.
        config: Nested, without W&B's own `_wandb` entry.
        summary: Nested as it was logged: `{"val/loss": {"min": 0.2}}` where W&B keeps the best value.
        history: The metrics, by key.
        system: Peak of every system metric by its W&B key, such as `{"proc.memory.rssMB": 512.0}`.
        environment: Python, host, hardware, command line, commit: what W&B knows of them.
        started_at: Begin of the run, with time zone.
        runtime: Seconds from the first to the last thing recorded.
        metric_definitions: By name or pattern.
        console: What the run printed, as W&B recorded it: the end of it, where that is very long.
        path: The run folder or file it was read from, None for a live run or one from the server.
        damage: Parts of the file that could not be read; empty for a sound file.
    """

    id: str
    name: str = ""
    project: str = ""
    entity: str = ""
    group: str = ""
    job_type: str = ""
    tags: tuple[str, ...] = ()
    notes: str = ""
    state: State = State.UNKNOWN
    exit_code: int | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    summary: Mapping[str, Any] = field(default_factory=dict)
    history: History = field(default_factory=History)
    system: Mapping[str, float] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[FileRecord, ...] = ()
    artifacts: tuple[ArtifactRecord, ...] = ()
    alerts: tuple[Mapping[str, Any], ...] = ()
    metric_definitions: Mapping[str, MetricDefinition] = field(default_factory=dict)
    console: str = ""
    started_at: datetime | None = None
    runtime: float | None = None
    path: Path | None = None
    damage: tuple[Damage, ...] = ()

    @property
    def title(self) -> str:
        """The name people know the run by: its display name, or its id where it has none."""
        return self.name or self.id

    @cached_property
    def _checked_facts(self) -> tuple[Facts, tuple[str, ...]]:
        """The entry of trackexp, and the names of what in it is not of its documented type."""
        latest = self.config.get("trackexp")
        if not isinstance(latest, Mapping) or "schema" not in latest:
            return Facts(), ()
        found, wrong = conforming(latest, Facts)
        return found, wrong

    @property
    def facts(self) -> tuple[Facts, ...]:
        """What trackexp noted of each `fit` of the run, oldest first; empty for a run that trackexp did not record.

        What is not of the type that `Facts` declares is left out, and named in `malformed`.
        """
        latest = self._checked_facts[0]
        return (*latest.get("earlier_fits", []), latest) if latest else ()

    @cached_property
    def _checked_code(self) -> tuple[CodeFacts, tuple[str, ...]]:
        noted = self.config.get(CODE_KEY)
        if not isinstance(noted, Mapping) or "schema" not in noted:
            return CodeFacts(), ()
        found, wrong = conforming(noted, CodeFacts)
        return found, wrong

    @property
    def code(self) -> CodeFacts:
        """Which code ran: what trackexp noted, else the commit and remote that W&B did; empty where nobody did."""
        if self._checked_code[0]:
            return self._checked_code[0]
        git = self.environment.get("git")
        known = {key: git[key] for key in ("commit", "remote") if git.get(key)} if isinstance(git, Mapping) else {}
        return cast(CodeFacts, known)

    @property
    def malformed(self) -> tuple[str, ...]:
        """Dotted names in the config of what trackexp should have written, and what is of another type; left out."""
        facts = (f"trackexp.{name}" for name in self._checked_facts[1])
        return (*facts, *(f"{CODE_KEY}.{name}" for name in self._checked_code[1]))

    @property
    def fits(self) -> int:
        """How many fits the run had; of those that were set up alike, the facts are there once."""
        stored = self.summary.get("trackexp", {})
        count = stored.get("fits") if isinstance(stored, Mapping) else None
        return count if isinstance(count, int) else len(self.facts)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings that the run itself carries, as its own session saw them; `diagnose` computes them anew."""
        stored = self.summary.get("trackexp", {})
        rows = stored.get("findings", []) if isinstance(stored, Mapping) else []
        return tuple(Finding.from_dict(row) for row in rows if _is_finding(row)) if isinstance(rows, list) else ()

    @property
    def settings(self) -> dict[str, Any]:
        """The config that the user set: without the facts, which trackexp wrote."""
        return {key: value for key, value in self.config.items() if key not in ("trackexp", CODE_KEY, "_wandb")}

    @property
    def script(self) -> str | None:
        """The script that ran, as far as W&B knows it: relative to the repository where it lies in one."""
        found = self.environment.get("codePath") or self.environment.get("program")
        return found if isinstance(found, str) and found else None

    @property
    def argv(self) -> list[str] | None:
        """The arguments of the script; None where they are not known."""
        found = self.environment.get("args")
        known = isinstance(found, list) and all(isinstance(part, str) for part in found)
        return found if known else [] if self.script else None

    @property
    def command(self) -> str | None:
        """Script and arguments as they would be typed; None where the script is not known."""
        if self.script is None:
            return None
        from shlex import join

        return join([self.script, *(self.argv or ())])

    @cached_property
    def history_keys(self) -> KeyIndex:
        """The keys of the history, to be found by any name of a metric."""
        return KeyIndex(self.history)

    @cached_property
    def summary_keys(self) -> KeyIndex:
        """The keys of the summary, likewise."""
        return KeyIndex(self.summary)

    def file(self, name: str) -> FileRecord | None:
        """Return the file of that name, or None."""
        return next((file for file in self.files if file.name == name), None)

    def metrics(self) -> Iterator[str]:
        """Yield the keys of the history that a user logged: W&B's own `_step`, `_runtime` and the like left out."""
        return (key for key in self.history if not key.startswith("_"))

    def __repr__(self) -> str:
        """Return who the run is, how it ended and how much it holds, in a line: a record itself may be megabytes."""
        parts = [f"{len(self.history)} metrics", f"{len(self.config)} settings"] if self.history or self.config else []
        place = "/".join(filter(None, (self.entity, self.project, self.id)))
        return f"<RunRecord {self.title[:100]!r} ({place[:200]}), {', '.join([str(self.state), *parts])}>"

    def _repr_html_(self) -> str:
        from html import escape  # a listing has no use for it

        found = (best_value(self, name) for name in metric_names(self))
        metrics = [
            (one.metric, f"{one.value:.4g}" if one.direction else "–", f"{one.last:.4g}") for one in found if one
        ]
        settings = [(key, str(value)[:_SHOWN]) for key, value in dotted(self.settings).items()]
        place = "/".join(filter(None, (self.entity, self.project, self.id)))
        return (
            f"<p><strong>{escape(self.title)}</strong> {escape(str(self.state))} <code>{escape(place)}</code></p>"
            + _html_table(("metric", "best", "last"), metrics[:_SHOWN])
            + _html_table(("config", "value"), settings[:_SHOWN])
        )


def _html_table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return what a notebook shows as a table; nothing where there is no row."""
    from html import escape

    lines = (f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    titles = "".join(f"<th>{title}</th>" for title in head)
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{''.join(lines)}</tbody></table>" if rows else ""


def _is_finding(row: object) -> bool:
    """Return whether a summary entry is what a finding is stored as: anyone may have written there."""
    if not isinstance(row, Mapping) or not all(isinstance(row.get(key), str) for key in _TEXTS):
        return False
    numbers = all(type(row.get(key, 0)) is int for key in ("fit", "epoch"))
    confidence = row.get("confidence")
    return numbers and row["severity"] in list(Severity) and (confidence is None or confidence in list(Confidence))
