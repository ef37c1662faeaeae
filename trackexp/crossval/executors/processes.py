"""One process a fold, so that memory ends with it and one that dies takes no other with it."""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import cloudpickle

from trackexp.crossval.carrying import carried_whole
from trackexp.crossval.executors.protocol import Place
from trackexp.crossval.task import FoldTask, Outcome, Program

GRACE_SECONDS = 20.0  # for a run that is interrupted to be ended
_SHOWN_LINES = 15  # of a log, of a process that died without a word
_WORKER = "from trackexp.crossval.executors.worker import main; main()"


class Processes:
    """Starts Python anew for every fold; what it prints goes into the fold's log.

    The process ends itself when this one does, however that comes: its standard input is a pipe from here.
    """

    def __init__(self, program: Program, place: Place) -> None:
        self._place = place
        self._folder = Path(tempfile.mkdtemp(prefix="trackexp-crossval-"))
        self._running: dict[subprocess.Popen[bytes], threading.Thread] = {}
        self._lock = threading.Lock()
        self._stopping = False
        with (self._folder / "program.pkl").open("wb") as file, carried_whole(program.train):
            cloudpickle.dump(program, file, protocol=pickle.HIGHEST_PROTOCOL)

    def submit(self, task: FoldTask) -> Future[Outcome]:
        """Start a process, and return a future that is done when it has ended."""
        found: Future[Outcome] = Future()
        log = self._place.log_of(task)
        job = self._folder / f"{task.key}-{task.attempt}"
        job.mkdir()
        (job / "task.pkl").write_bytes(cloudpickle.dumps(task))
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-P", "-c", _WORKER, str(self._folder / "program.pkl"), str(job)],
                stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT, cwd=task.folder,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(_search_path()), "PYTHONUNBUFFERED": "1"},
                start_new_session=True,  # Ctrl-C comes to us, and we end the runs in order
            )  # fmt: skip
        watcher = threading.Thread(target=self._watch, args=(process, job, log, found), daemon=True)
        with self._lock:
            self._running[process] = watcher
        watcher.start()
        return found

    def _watch(self, process: subprocess.Popen[bytes], job: Path, log: Path, found: Future[Outcome]) -> None:
        code = process.wait()
        if process.stdin is not None:
            process.stdin.close()
        with self._lock:
            self._running.pop(process, None)
        outcome = _outcome(job, code, log, stopped=self._stopping)
        shutil.rmtree(job, ignore_errors=True)
        found.set_result(outcome)

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *_: object) -> None:
        """Interrupt what still runs, as Ctrl-C would, and kill what does not end."""
        self._stopping = True
        with self._lock:
            left = dict(self._running)
        for process in left:
            with suppress(OSError):
                process.send_signal(signal.SIGINT)
        deadline = time.monotonic() + GRACE_SECONDS
        for process, watcher in left.items():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
            watcher.join(5)
        shutil.rmtree(self._folder, ignore_errors=True)


def _search_path() -> Iterator[str]:
    """Yield where Python looks for modules here, so that functions of the user's modules are found there too."""
    yield from dict.fromkeys(os.path.abspath(entry) for entry in sys.path)  # noqa: PTH100  "" is the working folder


def _outcome(job: Path, code: int, log: Path, *, stopped: bool) -> Outcome:
    """Return what the process left behind; one that died without a word is described by its exit and its log."""
    try:
        outcome: Any = pickle.loads((job / "outcome.pkl").read_bytes())
        if isinstance(outcome, Outcome):
            return replace(outcome, log=str(log))
    except (OSError, EOFError, pickle.UnpicklingError, AttributeError, ImportError):
        pass
    if stopped:
        return Outcome("stopped", error="it was stopped", log=str(log))
    run, folder = _begun(job)
    return Outcome("failed", error=exit_text(code), trace=last_lines(log), log=str(log), run=run, run_folder=folder)


def _begun(job: Path) -> tuple[str, str]:
    """Return id and folder of the run that a process had begun before it died; empty for none."""
    with suppress(OSError, ValueError):
        run, folder = (job / "run.txt").read_text("utf-8").splitlines()
        return run, folder
    return "", ""


def exit_text(code: int) -> str:
    """Return why a process ended without a word.

    >>> exit_text(-9), exit_text(3)
    ('it was killed by SIGKILL (often: out of memory)', 'its process ended with exit code 3')
    """
    if code >= 0:
        return f"its process ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"it was killed by {name}{' (often: out of memory)' if name == 'SIGKILL' else ''}"


def last_lines(log: Path) -> str:
    """Return the end of a log."""
    try:
        return "\n".join(log.read_text("utf-8", errors="replace").splitlines()[-_SHOWN_LINES:])
    except OSError:
        return ""
