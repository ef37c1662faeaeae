from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from trackexp.reading.wandb_file.framing import MAGIC, LogReader
from trackexp.reading.wandb_file.rewriting import _fragments
from trackexp.viewing import Board, Server

RECORDED = Path(__file__).parents[1] / "reading" / "fixtures" / "0.31.0-1.wandb"
_GROWING = Path(__file__).with_name("growing_run.py")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of runs, with a cache of its own."""
    monkeypatch.setenv("TRACKEXP_CACHE_DIR", str(tmp_path / "cache"))
    made = tmp_path / "wandb"
    made.mkdir()
    return made


@pytest.fixture
def add_run(folder: Path) -> Callable[..., Path]:
    """Puts a run that wandb recorded into the folder, under another id of eight letters, and returns its file."""
    with RECORDED.open("rb") as file:
        payloads = [frame.payload for frame in LogReader(file)]

    def add(run_id: str) -> Path:
        place = folder / f"offline-run-20260101_120000-{run_id}" / f"run-{run_id}.wandb"
        place.parent.mkdir()
        text = bytearray(MAGIC)
        for payload in payloads:
            renamed = payload.replace(b"sessions", run_id.encode())
            text += b"".join(_fragments(renamed, len(text)))
        place.write_bytes(text)
        return place

    return add


@pytest.fixture
def board(folder: Path, add_run: Callable[..., Path]) -> Iterator[Board]:
    """An open board of two runs."""
    for run_id in ("firstrun", "otherrun"):
        add_run(run_id)
    with Board([folder]) as opened:
        yield opened


@pytest.fixture
def server(board: Board) -> Iterator[Server]:
    """A server of the board, on any free port."""
    with Server(board, port=0) as opened:
        yield opened


@pytest.fixture
def growing_run(folder: Path, isolated_environ: dict[str, str]) -> Iterator[Callable[..., None]]:
    """Begins a real run in the folder when it is called; each further call has it log one more row of that loss."""
    started: list[subprocess.Popen[str]] = []

    def go_on(loss: float) -> None:
        if not started:
            environ = {**isolated_environ, "WANDB_DIR": str(folder.parent), "WANDB_MODE": "offline"}
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
            started.append(subprocess.Popen([sys.executable, str(_GROWING)], env=environ, text=True, **pipes))
        process = started[0]
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{loss}\n")
        process.stdin.flush()
        assert "logged\n" == process.stdout.readline()

    yield go_on
    for process in started:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        assert 0 == process.wait(60)
        process.stdout.close()
