"""The process of one fold: reads program and task, trains, and leaves the outcome in the job's folder."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from trackexp.crossval.task import Outcome
from trackexp.errors import first_line

if TYPE_CHECKING:
    from trackexp.tracking import Run

LOST_PARENT = 70


def main() -> None:
    """Train the fold that lies in the job's folder (`sys.argv[2]`) by the program (`sys.argv[1]`)."""
    program_file, job = Path(sys.argv[1]), Path(sys.argv[2])
    sys.argv[1:] = []  # what the user's code reads is nothing of ours
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell in the background has it ignored
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        with program_file.open("rb") as file:
            program = pickle.load(file)
        task = pickle.loads((job / "task.pkl").read_bytes())
    except Exception as error:
        _leave(job, Outcome("failed", error=f"its process could not read the training function: {first_line(error)}"))
        return
    from trackexp.crossval.working import run_fold

    try:
        outcome = run_fold(program, task, begun=partial(_note_run, job))
    except KeyboardInterrupt:
        outcome = Outcome("stopped", error="it was stopped")
    _leave(job, outcome)


def _note_run(job: Path, run: Run) -> None:
    """Note the run for the case that this process dies without a word."""
    if run.recording:
        (job / "run.txt").write_text(f"{run.wandb_run.id}\n{run.folder.resolve()}\n", "utf-8")


def _leave(job: Path, outcome: Outcome) -> None:
    """Write the outcome whole or not at all."""
    beside = job / "outcome.part"
    beside.write_bytes(pickle.dumps(outcome, protocol=pickle.HIGHEST_PROTOCOL))
    beside.replace(job / "outcome.pkl")


def _end_with_parent() -> None:
    """Wait for the end of the pipe from the parent, which only its end brings, and end at once."""
    while os.read(0, 4096):
        continue
    os._exit(LOST_PARENT)
