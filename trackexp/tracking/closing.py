"""The end of a run: the model as one artifact, the findings as a table, a bounded finish, and what to say."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from trackexp.reading.places import LATER_ROWS
from trackexp.tracking import wandb_gates, wandb_private
from trackexp.tracking.failures import OutOfTimeError, in_time
from trackexp.tracking.live_diagnosis import note_blindness
from trackexp.tracking.opening import leave, open_runs
from trackexp.tracking.options import user_settings
from trackexp.tracking.run import Run
from trackexp.tracking.termination import TERMINATED, termination

logger = logging.getLogger("trackexp")

# W&B's own code for a script that ended by Ctrl-C.
INTERRUPTED = 255
# How long to wait for the last records to reach the disk; with four busy processes on two cores it took under 0.3 s.
FLUSH_SECONDS = 3.0
# Beyond W&B's own limit for a finish, before it is taken to be one that does not end.
SPARE_SECONDS = 4.0


def exit_code_of(error: BaseException | None) -> int:
    """Return the exit code that stands for how a `track` block was left."""
    if error is None:
        return 0
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    if isinstance(error, SystemExit):
        code = error.code
        if code == TERMINATED:  # stopped from outside, as by Ctrl-C
            return INTERRUPTED
        return code if isinstance(code, int) else int(code is not None)
    return 1


def close(run: Run, exit_code: int) -> None:
    """Store what the end of a run must hold, finish it unless it was adopted, and say where it is; once a run."""
    if run.closed or run.detached or run.state.process != os.getpid():  # a fork must not end the run of its parent
        return
    if run.scripted and not run.adopted:
        finish(run, exit_code)  # which comes to `watch_end`, as the script's own call would
        return
    end_trainings(run)
    run.closed = True
    leave(run)
    if not run.recording:
        if not run.adopted:
            run.wandb_run.finish(exit_code=exit_code)
        return
    termination.ending()
    wandb_private.wake_service()  # before the run is asked anything
    try:
        _store_and_end(run, exit_code)
    finally:
        termination.closed()


def _store_and_end(run: Run, exit_code: int) -> None:
    if run.adopted and any(other.wandb_run is run.wandb_run for other in open_runs()):
        return  # the outer `track` stores it all, once
    try:
        store(run)
    finally:  # also when a strict run raises: what was recorded so far must be ended
        if not run.adopted:
            _end(run, exit_code)


def store(run: Run) -> None:
    """Write what the end of a run must hold: its last rows, its code, its model, its findings."""
    if run.state.batch_log is not None:
        run.state.batch_log.close()
    with run.failures.guard("logging the examples"):
        _log_examples(run)
    if run.state.code is not None:
        with run.failures.guard("recording the code"):
            run.state.code.finish(run)
    with run.failures.guard("logging the model artifact"):
        _log_model(run)
    with run.failures.guard("saying what was not looked at"):
        run.state.not_looked_at = note_blindness(run)
    with run.failures.guard("logging the findings"):
        _log_findings(run)
        masked = run.state.scrubber.count
        if run.state.fits or run.findings or run.failures.count or masked:  # wandb loads pandas to write a summary
            run.store_state()


def end_trainings(run: Run) -> None:
    """Let trainings that only end with their run, loops that the script writes itself, record their last epoch."""
    while run.state.endings:
        with run.failures.guard("ending the training"):
            run.state.endings.pop()()


def watch_end(run: Run, ended: Callable[[], None]) -> None:
    """Have a run stored whole also where somebody else ends it: the script with `finish` or `with`, W&B at exit.

    Args:
        run: One that is open.
        ended: Called when that has happened.
    """
    lines: list[_EndLines] = []

    def before() -> None:
        if run.closed:
            return
        end_trainings(run)
        run.closed = True
        leave(run)
        if not run.recording:
            return
        termination.ending()
        wandb_private.wake_service()
        lines.append(_EndLines(run, 0))
        with run.failures.guard("storing the end of the run"):
            store(run)
        with run.failures.guard("storing the last line of the console"):
            wandb_gates.flush_console(run.wandb_run)

    def after() -> None:
        if not lines:
            return
        try:
            lines[0].exit_code = wandb_private.exit_code(run.wandb_run)
            with run.failures.guard("saying how the run ended"):
                run.voice.write("\n".join(lines.pop().text(arrived=wandb_private.has_arrived(run.wandb_run))))
            ended()
        finally:
            termination.closed()

    wandb_private.at_finish(run.wandb_run, before, after)


def _end(run: Run, exit_code: int) -> None:
    """Finish W&B's run and say where it is."""
    lines = _EndLines(run, exit_code)
    with run.failures.guard("storing the last line of the console"):
        wandb_gates.flush_console(run.wandb_run)
    arrived = finish(run, exit_code)
    with run.failures.guard("saying how the run ended"):
        run.voice.write("\n".join(lines.text(arrived)))


def _log_model(run: Run) -> None:
    """Log the best model once, at the end: each `log_artifact` copies the file to the staging folder."""
    path = run.state.best_path
    if path is None or run.state.best_logged or not path.is_file():
        return
    import wandb

    from trackexp.tracking.model_file import sha256

    best = {**run.state.best, "sha256": sha256(path), "bytes": path.stat().st_size}
    run.improve(best, path)
    described = _describe_model(run, path, best)
    artifact = wandb.Artifact(_model_name(run), type="model", metadata={**best, **described})
    artifact.add_file(str(path), name=path.name)
    run.log_artifact(artifact, aliases=["best"])
    run.state.best_logged = True


def _model_name(run: Run) -> str:
    """Return the name of the model's artifact: W&B's own, unless its checkpoint callback has written that one."""
    name = f"run_{run.wandb_run.id}_model"
    if name not in run.logged_artifacts:
        return name
    run.voice.say(f"{name} is what WandbModelCheckpoint writes; trackexp's best model is {name}_best beside it")
    return f"{name}_best"


def _describe_model(run: Run, path: Path, best: dict[str, Any]) -> dict[str, Any]:
    """Write what the model says of itself beside its file, and return it for the metadata of its artifact."""
    from trackexp.record.code import KEY
    from trackexp.record.model_description import describe_model
    from trackexp.record.model_record import ModelRecord, write_model_record

    described: dict[str, Any] = {}
    with run.failures.guard("describing the best model"):
        record = run.as_record()
        code = run.state.notes.get(KEY)
        config = record.config if code is None else {**record.config, KEY: code}
        record = replace(record, entity=run.wandb_run.entity or "", config=config)
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="seconds")
        found = describe_model(record, file=path.name, sha256=best["sha256"], size=int(best["bytes"]), created=written)
        found = replace(found, findings=run.findings)
        data = run.state.scrubber.data(found.to_dict(), "the model record")
        described = {"model_record": data}
        place = write_model_record(ModelRecord.from_dict(data), path)
        run.wandb_run.save(str(place), base_path=str(place.parent), policy="end")
    return described


def _log_examples(run: Run) -> None:
    if run.state.examples:
        from trackexp.tracking.example_table import log_examples  # numpy, which a run without Keras does not need

        log_examples(run)


def _log_findings(run: Run) -> None:
    if not run.findings:
        return
    import wandb

    rows: list[Any] = [[f.code, f.name, str(f.severity), f.message, f.fix, f.fit, f.epoch] for f in run.findings]
    columns: list[str | int] = ["code", "name", "severity", "message", "fix", "fit", "epoch"]
    run.wandb_run.log({"trackexp/findings": wandb.Table(columns=columns, data=rows)})


def finish(run: Run, exit_code: int) -> bool:
    """Finish W&B's run; returns whether it ended in time."""
    try:
        wandb_private.wake_service()
        _finish_in_time(run.wandb_run, exit_code)
    except TimeoutError:
        return False
    except Exception as error:
        if run.failures.strict:
            raise
        logger.debug("finish failed", exc_info=True)
        run.voice.say(f"finishing the run failed: {type(error).__name__}: {error}")
        return False
    return True


def _finish_in_time(wandb_run: Any, exit_code: int) -> None:
    """Finish a run, or give up: W&B has no limit with an artifact on its way to a server that is gone, or offline.

    Raises:
        TimeoutError: It has not ended in time; W&B's process goes on trying for as long as this one lives.
    """
    limit = float(wandb_run.settings.finish_timeout) + SPARE_SECONDS
    try:
        in_time(lambda: wandb_run.finish(exit_code=exit_code), limit, name="finish")
    except OutOfTimeError:
        wandb_private.end_service_at_exit()
        raise


class _EndLines:
    """What is said at the end, in at most eight lines; collected before the finish, which closes W&B's run."""

    def __init__(self, run: Run, exit_code: int) -> None:
        inner = run.wandb_run
        self._run = run
        self._offline = wandb_private.is_offline(inner)
        self._has_file = wandb_private.has_file(inner)
        self._url: str | None = None if self._offline else inner.url
        self._server, self._seconds = str(inner.settings.base_url), float(inner.settings.finish_timeout)
        self._title = f"{inner.project or 'uncategorized'}/{inner.name or inner.id}"
        self.exit_code = exit_code
        self._key = user_settings(run.options).get("api_key")
        self._folder = run.folder
        self._is_empty = not (run.is_touched or run.logged_artifacts or _has_summary(inner))
        self._began = getattr(inner, "start_time", None) or time.time()

    def text(self, arrived: bool) -> list[str]:
        run, folder = self._run, self._run.relative(self._folder)
        best, path, rows = run.state.best, run.state.best_path, len(run.state.rows)
        epochs = f", {rows} epoch{'s' if rows > 1 else ''}" if rows else ""
        whole = self._is_whole()
        gone = not whole and wandb_private.is_service_gone()
        state = {0: "finished", INTERRUPTED: "interrupted"}.get(self.exit_code, f"failed (exit code {self.exit_code})")
        state = "was cut short" if gone else state
        lines = [f"trackexp: {self._title} {state} in {_seconds(time.time() - self._began)}{epochs}"]
        if best:
            lines.append(f"  best      {best['metric']} {best['value']:.6g} at epoch {best['epoch']}")
        if path is not None and path.is_file():
            lines.append(f"  model     {run.relative(path)} ({_size(path)})")
        elif rows and not best and run.options.best_model is not None and run.options.autolog:
            why = f"it could not be saved: {run.state.unsaved}" if run.state.unsaved else None
            lines.append(f"  model     none kept: {why or f'no epoch had a finite {run.options.monitor}'}")
        if run.state.fits > 1:
            lines.append(
                f"  fits      {run.state.fits} in one run; per_fit=True (--per-fit) gives each a run of its own"
            )
        lines += _finding_lines(run)
        if run.failures.count:
            errors = f"{run.failures.count} error{'s' if run.failures.count > 1 else ''}"
            lines.append(f"  tracking  {errors} while recording (trackexp.tracking_errors)")
        if run.state.scrubber.count:
            lines.append(f"  masked    {run.state.scrubber.in_words()}")
        if not whole:
            kept = f"; the rows since are in {LATER_ROWS}" if (self._folder / LATER_ROWS).is_file() else ""
            lost = kept or ", with all that was logged since"
            why = f"W&B's own process is gone{lost}" if gone else "is the disk full?"
            lines.append(f"  damage    the end of the run is not in its file: {why}")
        lines.append(f"  look      {self._url or f'trackexp show {folder}'}")
        if self._is_empty and self.exit_code == 0:
            lines.append(
                "trackexp: no fit seen and nothing logged: a loop of your own? log its rows with run.log or wandb.log"
            )
        return [*lines, *self._missing(folder, arrived=arrived)]

    def _missing(self, folder: str, *, arrived: bool) -> list[str]:
        """Say what is not on the server, which is asked for it: W&B's client says nothing of what was refused."""
        if self._offline:
            return [f"  sync      trackexp sync {folder}"]
        if not arrived:
            late = f"not all of it reached {self._server} within {self._seconds:.0f} s"
            return [f"  missing   {late}; send the rest: trackexp sync {folder}"]
        if not self._has_file:
            return []
        from trackexp.tracking.arrival.checking import arrival_of, known_credentials

        found = known_credentials(self._server, self._key)
        if found is None:
            return [f"  missing   unknown: {self._server} can be asked what arrived with an API key only"]
        lacking = arrival_of(self._folder, found)
        if lacking is None:
            return [f"  missing   unknown: {self._server} did not say what arrived; ask again: trackexp sync {folder}"]
        return [f"  missing   {lacking}: not on {self._server}; send it: trackexp sync {folder}"] if lacking else []

    def _is_whole(self) -> bool:
        """Return whether the run's file has its end, which wandb writes a little after its `finish` has returned.

        Whoever reads the run right after the `track` block finds it whole; what wandb cannot write it drops in silence.
        """
        from trackexp.reading.wandb_file.tail import has_exit

        deadline = time.monotonic() + FLUSH_SECONDS
        while self._has_file and not any(map(has_exit, self._folder.glob("run-*.wandb"))):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.005)
        return True


def _has_summary(wandb_run: Any) -> bool:
    """Return whether the script has put anything into the summary."""
    try:
        return any(not str(key).startswith("_") for key in wandb_run.summary.keys())  # noqa: SIM118  no mapping
    except Exception:  # a run whose process is gone says nothing
        return False


def _finding_lines(run: Run) -> list[str]:
    lines = [f"  findings  {counts}"] if (counts := _counts(run)) else []
    return [*lines, f"  blind     {run.state.not_looked_at}"] if run.state.not_looked_at else lines


def _counts(run: Run) -> str:
    found = [f for f in run.findings if f.message != run.state.not_looked_at]  # that has a line of its own
    words = [f"{f.code} {f.name}" for f in found if f.severity != "info"] or [f.name for f in found]
    return ", ".join(dict.fromkeys(words))


def _seconds(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _size(path: Path) -> str:
    size: Any = float(path.stat().st_size)
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} GB"
