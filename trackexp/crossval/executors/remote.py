"""What Ray runs on a worker: a fold in a fresh process, with everything that is to be kept in what it returns."""

from __future__ import annotations

import io
import os
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from trackexp.crossval.task import FoldTask, Outcome, Program
from trackexp.optional import require

_MOST_LOG = 1 << 20  # bytes, from the end


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the driver's process has and the training may need.

    Args:
        environment: Variables of W&B, ours, and the frameworks'.
        paths: Where Python looks for modules there.
        version: Of trackexp.
    """

    environment: Mapping[str, str]
    paths: Sequence[str]
    version: str


@dataclass(frozen=True, slots=True, eq=False)
class Delivery:
    """What comes back: the outcome, the run's folder packed, and what was printed."""

    outcome: Outcome
    archive: bytes | None
    log: bytes


def train_remotely(program: Sequence[Any], task: FoldTask, surroundings: Surroundings) -> Delivery:
    """Train a fold on this worker.

    Args:
        program: A reference to the program, in a list: it is read only once the environment is as it must be.
        task: The fold.
        surroundings: Of the driver.
    """
    import trackexp

    os.environ.update(surroundings.environment)
    sys.path.extend(path for path in surroundings.paths if path not in sys.path and Path(path).exists())
    if Path(task.folder).is_dir():
        os.chdir(task.folder)
    if surroundings.version != trackexp.__version__:
        said = f"this worker has trackexp {trackexp.__version__}, and the driver {surroundings.version}"
        return Delivery(Outcome("failed", error=f"{said}; install one version on all nodes"), None, b"")
    place = Path(tempfile.mkdtemp(prefix="trackexp-fold-"))
    try:
        with _printed_into(place / "fold.log"):
            outcome = _trained(program, task, place)
        log = (place / "fold.log").read_bytes()[-_MOST_LOG:]
        archive = _packed(outcome.run_folder) if outcome.run_folder else None
        return Delivery(outcome, archive, log)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _trained(program: Sequence[Any], task: FoldTask, place: Path) -> Outcome:
    from trackexp.crossval.working import run_fold

    found: Program = require("ray", extra="ray").get(program[0])
    return run_fold(replace(found, tracking={**found.tracking, "dir": str(place)}), task)


@contextmanager
def _printed_into(path: Path) -> Iterator[None]:
    """Have everything that is printed in the block written into a file, by libraries in C too."""
    kept = [os.dup(number) for number in (1, 2)]
    try:
        with path.open("ab") as file:
            for number in (1, 2):
                os.dup2(file.fileno(), number)
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        for number, copy in zip((1, 2), kept, strict=True):
            os.dup2(copy, number)
            os.close(copy)


def _packed(folder: str) -> bytes:
    """Return a run's folder as bytes, for another machine's disk; links to W&B's own logs lead nowhere there."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.add(folder, arcname=Path(folder).name, filter=lambda entry: None if entry.issym() else entry)
    return buffer.getvalue()
