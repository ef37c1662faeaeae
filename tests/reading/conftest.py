from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

BLOCK = 32_768
MAGIC = b":W&B\xe1\xbe\x00"
SCRIPT = Path(__file__).with_name("record_runs.py")


def isolated(folder: Path) -> dict[str, str]:
    """Return an environment in which W&B neither reads nor writes anything outside `folder`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WANDB_")}
    home = folder / "home"
    home.mkdir(exist_ok=True)
    data = {f"WANDB_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "CACHE", "DATA")}
    return {**kept, **data, "HOME": str(home), "WANDB_DIR": str(folder), "WANDB_MODE": "offline"}


def record(kind: str, folder: Path, **variables: str) -> int:
    """Record a run of that kind with the real client, and return the exit code of its script."""
    command, environ = [sys.executable, str(SCRIPT), kind], {**isolated(folder), **variables}
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, timeout=120).returncode


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose `wandb/` holds a rich, a failed, an interrupted and a long run, in this order."""
    folder = tmp_path_factory.mktemp("runs")
    codes = [record(kind, folder) for kind in ("rich", "failed", "interrupted", "long")]
    assert codes == [0, 1, -signal.SIGINT, 0]
    return folder


@pytest.fixture(scope="session")
def own_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose `wandb/` holds a rich run of the entity that the test server knows."""
    folder = tmp_path_factory.mktemp("own-run")
    assert 0 == record("rich", folder, READING_ENTITY="tester")
    return folder


@pytest.fixture(scope="session")
def run_file(runs: Path) -> Callable[[str], Path]:
    """The `.wandb` file of a run by its id."""
    return lambda run_id: next(runs.glob(f"wandb/*{run_id}/*.wandb"))


@pytest.fixture
def endless_run(tmp_path: Path) -> Iterator[tuple[Path, Callable[[], None]]]:
    """The file of a run that is being written, and what kills its script with SIGKILL and waits for wandb to notice."""
    command = [sys.executable, str(SCRIPT), "endless"]
    output = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=tmp_path, env=isolated(tmp_path), stdout=output, stderr=subprocess.DEVNULL
    ) as job:
        assert job.stdout is not None
        assert job.stdout.readline().startswith(b"logged")
        path = next(tmp_path.glob("wandb/*run-*/*.wandb"))

        def kill() -> None:
            os.kill(job.pid, signal.SIGKILL)
            job.wait()
            deadline = time.monotonic() + 60
            while holders(path) and time.monotonic() < deadline:
                time.sleep(0.1)

        yield path, kill
        job.kill()


def holders(path: Path) -> list[str]:
    """Return the processes that hold a file open."""
    found = []
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if descriptor.readlink() == path.resolve():
                found.append(descriptor.parts[2])
        except OSError:
            continue
    return found


@pytest.fixture(scope="session")
def write_log() -> Callable[[Sequence[bytes]], bytes]:
    """A writer of LevelDB's log, as plain as its description: payloads → the bytes of a `.wandb` file."""

    def write(payloads: Sequence[bytes]) -> bytes:
        log = bytearray(MAGIC)
        for payload in payloads:
            rest, first = payload, True
            while first or rest:
                room = BLOCK - len(log) % BLOCK
                if room < 7:
                    log += bytes(room)
                    continue
                part, rest = rest[: room - 7], rest[room - 7 :]
                kind = {(True, True): 1, (True, False): 2, (False, False): 3, (False, True): 4}[first, not rest]
                log += struct.pack("<IHB", zlib.crc32(bytes([kind]) + part), len(part), kind) + part
                first = False
        return bytes(log)

    return write
