"""The run as the script holds it: a thin shell over `wandb.Run` that never stops a training."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from trackexp.errors import MetricKeyError
from trackexp.record.fits import with_fit
from trackexp.tracking import wandb_private
from trackexp.tracking.failures import Failures, Notifier, is_writable
from trackexp.tracking.options import TrackOptions
from trackexp.tracking.secrets import Scrubber, read_back
from trackexp.tracking.values import KeyMap, as_table, is_loggable, json_config, more, scalars, sortable_key, unsortable
from trackexp.tracking.wandb_methods import WandbMethods

if TYPE_CHECKING:  # numpy stands behind a record; a run that logs nothing of Keras needs none
    from pandas import DataFrame

    from trackexp.diagnosis import Policy
    from trackexp.record import Facts, Finding, RunRecord
    from trackexp.tracking.batch_log import BatchLog
    from trackexp.tracking.code.capture import Capture

# Not for users: they stay out of `dir(run)`.
_INTERNAL = frozenset(
    {
        "wandb_run", "options", "voice", "failures", "recording", "adopted", "closed", "state", "log_epoch",
        "define", "update_config", "summarise", "improve", "record_facts", "update_facts", "add_findings",
        "store_state", "as_record", "relative", "note", "served_by", "follow", "bind", "detached",
        "ensure_open", "reopened_by", "scripted", "is_touched", "logged_artifacts",
    }
)  # fmt: skip


@dataclass(slots=True)
class RunState:
    """What a run has gathered so far; one a run, shared by every `track` that adopts it.

    Args:
        best: The best model so far, as it stands in the summary; empty before the first improvement.
        best_path: Its file.
        unsaved: Why the best model of late could not be written; empty where it was.
        best_logged: Whether that file is in the run's artifact already.
        next_epoch: The next value of the axis `epoch`, so that a second `fit` goes on where the first ended.
        fits: How many fits have begun.
        first_epochs: Where each of them begins on the axis `epoch`.
        endings: What is called before the run ends: trainings that end with it.
        rows: The rows logged per epoch.
        best_values: Of every metric with a direction, its best value so far and the epoch of it.
        batch_log: What keeps the metrics of every batch; None where that was not asked for.
        next_batch: The next value of the axis `batch/step`.
        examples: Columns of the rows that the last fit was asked about at its end.
        policy: Which rules run, with which thresholds; None until they first run.
        not_looked_at: What the rules could not look at, in one line for the ending; empty where they saw it all.
        look_only: The first fit is looked at and not trained.
        code: The look at the code that goes on beside the start; None where there is none.
        notes: Our own entries of the config, by key.
        scrubber: What masks secrets in all that the run stores, and knows what it masked.
        process: The process that opened the run; one that was forked from it leaves the run alone.
    """

    best: dict[str, Any] = field(default_factory=dict)
    best_path: Path | None = None
    unsaved: str = ""
    best_logged: bool = True
    next_epoch: int = 0
    fits: int = 0
    first_epochs: list[int] = field(default_factory=list)
    endings: list[Callable[[], None]] = field(default_factory=list)
    rows: list[dict[str, float]] = field(default_factory=list)
    facts: list[Facts] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    defined: set[str] = field(default_factory=set)
    keys: KeyMap = field(default_factory=KeyMap)
    best_values: dict[str, tuple[float, int]] = field(default_factory=dict)
    batch_log: BatchLog | None = None
    next_batch: int = 0
    examples: dict[str, list[Any]] = field(default_factory=dict)
    code: Capture | None = None
    policy: Policy | None = None
    not_looked_at: str = ""
    look_only: bool = False
    notes: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    scrubber: Scrubber = field(default_factory=Scrubber)
    process: int = field(default_factory=os.getpid)


class Run(WandbMethods):
    """What `track` hands out; every attribute that is not listed here is `wandb.Run`'s own.

    Args:
        wandb_run: The run to write to.
        recording: False for a run that keeps nothing: disabled, or a process of rank other than 0.
        adopted: The run was open before this `track`: it is written to and not finished here.
        state: What was gathered for the same run before.
    """

    _own = _INTERNAL

    def __init__(
        self,
        wandb_run: Any,
        options: TrackOptions,
        voice: Notifier,
        *,
        recording: bool = True,
        adopted: bool = False,
        state: RunState | None = None,
        failures: Failures | None = None,
    ) -> None:
        self.wandb_run = wandb_run
        self.options = options
        self.voice = voice
        self.failures = failures or Failures(voice, strict=options.strict)
        self.recording = recording
        self.adopted = adopted
        self.closed = False
        self.state = state or RunState()
        self.detached = wandb_run is None
        self.scripted = False
        self.logged_artifacts: set[str] = set()
        self._end: Callable[..., None] | None = None
        self._reopen: Callable[[], None] | None = None

    def bind(self, wandb_run: Any, state: RunState, *, recording: bool) -> None:
        """Write to another run of W&B's from now on: the first one, or one that follows a run which has ended."""
        state.look_only = self.state.look_only
        self.wandb_run, self.state, self.recording = wandb_run, state, recording
        self.closed = self.detached = self.scripted = False
        self.logged_artifacts = set()

    def ensure_open(self) -> None:
        """Begin a run of W&B's where none is behind this one: none has begun yet, or the script has ended it."""
        if self.detached and self._reopen is not None:
            self._reopen()

    @property
    def is_touched(self) -> bool:
        """Whether anything was written to the run since it began, by us or by the script."""
        if self.state.fits or self.state.rows or self.state.facts:
            return True
        try:
            return bool(self.wandb_run.step > self.wandb_run.starting_step)
        except Exception:  # W&B refuses every question to a run whose process is gone
            return True

    def reopened_by(self, reopen: Callable[[], None]) -> None:
        """Say what `ensure_open` is to call."""
        self._reopen = reopen

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if name not in _INTERNAL]

    def __repr__(self) -> str:
        return f"<trackexp.Run {self.wandb_run.id!r} {'recording' if self.recording else 'keeping nothing'}>"

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with the run, as far as it is known; a loop of PyTorch is judged as if it ended here."""
        judge = self.__dict__.get("_judge")
        known = {(finding.code, finding.fit) for finding in self.state.findings}
        so_far = judge() if judge and not self.closed else ()
        return (*self.state.findings, *(found for found in so_far if (found.code, found.fit) not in known))

    @property
    def folder(self) -> Path:
        """The run's folder on this disk, `wandb/offline-run-…` or `wandb/run-…`."""
        return Path(self.wandb_run.dir).parent

    @property
    def files_folder(self) -> Path:
        """Where the run's own files lie; what is to be uploaded must also be registered by `save`."""
        return Path(self.wandb_run.dir)

    def log(self, data: Mapping[str, Any], step: int | None = None, commit: bool | None = None) -> None:
        """Log one row of metrics, as `wandb.Run.log` does.

        A key that W&B could not sort or filter by is logged under the nearest one that it can, and said once.

        Raises:
            MetricKeyError: Such a key, when the run is strict.
        """
        if not self.recording:
            return
        with self.failures.guard("logging metrics"):
            if self.wandb_run is None:  # else the script has finished it
                self.ensure_open()
            row = self._sortable(self._with_names(data))
            try:
                self.wandb_run.log(row, step=step, commit=commit)
            except (TypeError, ValueError) as error:
                good = {key: value for key, value in row.items() if is_loggable(value)}
                if self.failures.strict or len(good) == len(row):
                    raise
                self.wandb_run.log(good, step=step, commit=commit)
                bad = [key for key in row if key not in good]
                raise TypeError(f"only the rest is kept: {', '.join(bad[:5])}{more(bad)}: {error}") from error

    def _with_names(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a row without what has no string for a name, which is said and counted."""
        keys: list[Any] = [] if self.failures.strict else list(data)  # a strict run raises with the first
        for key in filter(lambda key: not isinstance(key, str), keys):
            with self.failures.guard("logging a metric"):
                self.state.keys(key)  # raises
            data = {name: value for name, value in data.items() if name is not key}
        return data

    def log_epoch(self, row: Mapping[str, float]) -> None:
        """Log one row of the axis `epoch`, and keep it for the rules that speak while the script runs."""
        with self.failures.guard("logging the epoch"):
            row = self._sortable(row)
            self.state.rows.append({**row, "_step": len(self.state.rows)})
            self.wandb_run.log(dict(row))
            self._check_disk()

    def _check_disk(self) -> None:
        """Say once when the disk takes no more: wandb's own process drops what it cannot write, and says nothing."""
        if self.recording and not is_writable(self.folder):
            self.voice.say(
                f"cannot write to {self.relative(self.folder)} any more, rows will be lost: is the disk full?"
            )

    def _sortable(self, metrics: Mapping[str, Any]) -> dict[str, Any]:
        row: dict[str, Any] = {}
        for key, value in metrics.items():
            if self.failures.strict and isinstance(key, str) and sortable_key(key) != key:
                raise MetricKeyError(unsortable(key, sortable_key(key)))
            name = self.state.keys(key)
            row[name] = value
            if name != key:
                self.voice.say(f"{unsortable(key, name)}: logged under it")
        return row

    def define(self, key: str, axis: str | None = None, summary: str | None = None) -> None:
        """Tell W&B the axis of a metric and what its summary keeps ("min", "max"); once a key."""
        if key in self.state.defined:
            return
        self.state.defined.add(key)
        with self.failures.guard("defining a metric"):
            self.wandb_run.define_metric(self.state.keys(key), step_metric=axis, summary=summary, overwrite=True)

    def update_config(self, config: Mapping[str, Any]) -> None:
        """Add to the config; what is no JSON is stored as text, and said with its place."""
        with self.failures.guard("storing the config"):
            clean, changed = json_config(config)
            if changed:
                self.voice.say(f"stored as text, because it is no JSON: config {', '.join(changed[:5])}{more(changed)}")
            self.wandb_run.config.update(clean, allow_val_change=True)

    def summarise(self, values: object) -> None:
        """Put the scalars of a mapping into the summary; anything else is left alone."""
        with self.failures.guard("storing the result in the summary"):
            for key, value in scalars(values).items():
                self.wandb_run.summary[self.state.keys(key)] = value

    def log_table(self, key: str, table: DataFrame, images: str | None = None) -> None:
        """Log a data frame as a W&B table; `images` names a column of pixel arrays to be shown as pictures."""
        if not self.recording:
            return
        with self.failures.guard(f"logging the table {key}"):
            self.ensure_open()
            self.wandb_run.log({self.state.keys(key): as_table(table, images)})

    def log_curve(self, key: str, table: DataFrame, x: str, y: str, by: str | None = None) -> None:
        """Log curves as W&B draws them, from all points of a data frame; the column `by` tells several apart."""
        if not self.recording:
            return
        with self.failures.guard(f"logging the curve {key}"):
            self.ensure_open()
            import wandb

            self.wandb_run.log({self.state.keys(key): wandb.plot.line(as_table(table), x, y, stroke=by, title=key)})

    def improve(self, best: dict[str, Any], path: Path) -> None:
        """Note a better model: what it is measured by, its value, epoch and fit; and the file that holds it."""
        self.state.best, self.state.best_path, self.state.best_logged = best, path, False
        with self.failures.guard("noting the best model"):
            self._note_summary("best", dict(best))

    def record_facts(self, facts: Facts) -> None:
        """Write the facts of a fit into the config; what was known of the same fit, or of its like, is not repeated."""
        entries = with_fit(self.state.facts, facts)
        if entries == self.state.facts:
            return
        self.state.facts = entries
        self._store_facts()

    def update_facts(self, index: int, part: str, values: Mapping[str, Any], *, store: bool = False) -> None:
        """Add to one part of the facts of a fit, by its index; the config is written again only when asked to."""
        for entry in self.state.facts:
            if entry.get("fit", {}).get("index", 0) == index:
                entry[part] = {**cast(dict[str, Any], entry.get(part, {})), **values}  # type: ignore[literal-required]
        if store:
            self._store_facts()

    def _store_facts(self) -> None:
        with self.failures.guard("storing the facts of the fit"):
            entry, _ = json_config(self._entry())
            self.note("trackexp", entry)

    def note(self, key: str, entry: Mapping[str, Any]) -> None:
        """Write an entry of ours into the config of the record; the script does not read it back from its own."""
        self.state.notes[key] = entry
        read_back.send_config(self.wandb_run, {key: entry})

    def _note_summary(self, key: str, value: Mapping[str, Any]) -> None:
        """Write an entry of ours into the summary of the record, likewise."""
        with read_back.hidden_summary():
            self.wandb_run.summary[key] = value

    def _entry(self) -> dict[str, Any]:
        facts = self.state.facts
        return {**facts[-1], "earlier_fits": facts[:-1]} if facts else {}

    def add_findings(self, findings: list[Finding]) -> list[Finding]:
        """Keep the findings that are new to this run, in its summary and tags too, and return them."""
        new: list[Finding] = []
        known = {(finding.code, finding.fit): finding for finding in self.state.findings}
        for finding in findings:
            earlier = known.get((finding.code, finding.fit))
            if earlier is None or (earlier.severity == "info" != finding.severity):
                known[finding.code, finding.fit] = finding  # what was a remark has become an alarm
                new.append(finding)
            elif finding.fix.startswith(earlier.fix):
                known[finding.code, finding.fit] = finding  # what came of the advice has been added to it
        self.state.findings = list(known.values())
        if new:
            with self.failures.guard("storing the findings"):
                self._store_findings(new)
        return new

    def _store_findings(self, new: list[Finding]) -> None:
        self.store_state()
        names = [finding.name for finding in new if finding.severity != "info"]
        self.wandb_run.tags = tuple(dict.fromkeys((*(self.wandb_run.tags or ()), *names)))
        for finding in new:
            if finding.severity == "error" and not wandb_private.is_offline(self.wandb_run):
                self.wandb_run.alert(title=f"{finding.code} {finding.name}", text=f"{finding.message} → {finding.fix}")

    def store_state(self) -> None:
        """Write trackexp's own entry of the summary: the findings, their counts, what went wrong in tracking."""
        severities = [str(finding.severity) for finding in self.state.findings]
        entry = {
            "findings": [finding.to_dict() for finding in self.state.findings],
            "errors": severities.count("error"),
            "warnings": severities.count("warning"),
            "tracking_errors": self.failures.count,
            "fits": self.state.fits,
            **({"first_epochs": self.state.first_epochs[:500]} if self.state.fits > 1 else {}),
            **{k: v for k, v in (("failures", self.failures.said), ("unsaved", self.state.unsaved)) if v},
            **({"policy": said} if (said := self.state.policy.to_dict() if self.state.policy else {}) else {}),
            **({"masked": self.state.scrubber.summary()} if self.state.scrubber.count else {}),
        }
        self._note_summary("trackexp", entry)

    def as_record(self) -> RunRecord:
        """Return the run as the rules read it, as far as it has come."""
        from trackexp.record import History, RunRecord, State

        config = {key: value for key, value in dict(self.wandb_run.config).items() if key not in read_back.OUR_KEYS}
        return RunRecord(
            id=str(self.wandb_run.id),
            name=self.wandb_run.name or "",
            project=self.wandb_run.project or "",
            state=State.RUNNING,
            config={**config, **({"trackexp": self._entry()} if self.state.facts else {})},
            summary={"trackexp": {"fits": self.state.fits}},
            history=History.from_rows(list(self.state.rows)),
        )

    def finish(self, exit_code: int | None = None) -> None:
        """Finish the run now, in at most about 30 s; leaving the `track` block does it otherwise."""
        if self._end is not None:
            self._end(exit_code=exit_code or 0)

    def follow(self, model: Any) -> None:
        """Take this PyTorch module for the model of the training, where several are trained or the step is compiled.

        W&B's own `watch` is another thing, and stays what it is.
        """
        if follow := self.__dict__.get("_follow"):
            with self.failures.guard("following the model"):
                follow(model)

    def served_by(self, end: Callable[..., None], follow: Callable[[Any], None], judge: Callable[[], Any]) -> None:
        """Say what `finish`, `follow` and `findings` call: those of the session that the run belongs to."""
        self._end, self._follow, self._judge = end, follow, judge

    def relative(self, path: Path) -> str:
        """Return a path as it is best typed: relative to the working folder where it lies below it."""
        try:
            return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)
        except (OSError, ValueError):
            return str(path)
