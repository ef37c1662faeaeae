from __future__ import annotations

import csv
import json
import os
import struct
import subprocess
import sys
import tracemalloc
import zlib
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from wandb.proto import wandb_internal_pb2 as pb

from trackexp.cli.runs import ls

Cli = Callable[..., subprocess.CompletedProcess[str]]


def test_runs_are_listed_with_state_and_metrics(pair: Path, cli: Cli, golden: Callable[[str, str], str]) -> None:
    """One line each, oldest first, with the metrics that most of them have."""
    answer = cli("ls", "--columns", "id,name,state,config.lr,val/loss,val/accuracy", cwd=pair)

    assert (0, "") == (answer.returncode, answer.stderr)
    assert golden("ls.txt", answer.stdout) == answer.stdout


def test_a_filter_and_an_order_choose_and_sort(pair: Path, cli: Cli) -> None:
    """The largest first with a minus; --limit takes the first ones after sorting."""

    def ids(*arguments: str) -> list[str]:
        lines = cli("ls", "--columns", "id", *arguments, cwd=pair).stdout.splitlines()
        return lines[1:]

    both = ids("--sort", "id")
    assert ["dense", "densebce"] == both
    assert both[::-1] == ids("--sort", "-id")
    assert ["densebce"] == ids("--sort", "-id", "--limit", "1")
    assert ["densebce"] == ids("--filter", "config.loss == 'binary_crossentropy'")


def test_nothing_that_matches_is_said_on_stderr(pair: Path, cli: Cli) -> None:
    """And is no failure."""
    answer = cli("ls", "--filter", "state == 'crashed'", cwd=pair)

    assert (0, "") == (answer.returncode, answer.stdout)
    assert "trackexp: no run matches --filter (2 read)\n" == answer.stderr


def test_json_and_csv_have_every_run(pair: Path, cli: Cli, tmp_path: Path) -> None:
    """JSON with a schema number, whole; CSV with the columns that were asked for, in a file or on stdout."""
    data = json.loads(cli("ls", "--json", cwd=pair).stdout)
    path = tmp_path / "runs.csv"
    cli("ls", "--csv", str(path), "--columns", "id,config.lr,tags", cwd=pair)
    rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))

    assert 1 == data["schema"]
    assert {"dense", "densebce"} == {run["id"] for run in data["runs"]}
    assert all({"config", "summary", "state", "started_at"} <= run.keys() for run in data["runs"])
    assert ["id", "config.lr", "tags"] == rows[0]
    assert [["dense", "0.001", "[]"], ["densebce", "0.001", "[]"]] == sorted(rows[1:])
    assert (
        path.read_text(encoding="utf-8") == cli("ls", "--csv", "-", "--columns", "id,config.lr,tags", cwd=pair).stdout
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--filter", "config.lr < "], "config.lr < \n              ^"),
        (["--filter", "stat == 1"], "did you mean 'state'"),
        (["--sort", "-nam"], "did you mean 'name'"),
        (["--columns", "id,nothing"], "no run has 'nothing'"),
        (["./gone"], "./gone does not exist"),
        (["--colour"], "unrecognized arguments"),
    ],
)
def test_what_cannot_be_is_refused(pair: Path, cli: Cli, arguments: list[str], words: str) -> None:
    """Exit 2, the reason on stderr, nothing on stdout."""
    answer = cli("ls", *arguments, cwd=pair)

    assert (2, "") == (answer.returncode, answer.stdout)
    assert words in answer.stderr


def test_a_folder_without_runs_says_what_was_looked_for(cli: Cli, tmp_path: Path) -> None:
    """And where."""
    (tmp_path / "empty").mkdir()
    answer = cli("ls", "empty")

    assert 2 == answer.returncode
    assert f"no run in {tmp_path}/empty: looked for *.wandb" in answer.stderr


def run_file(record: pb.Record) -> bytes:
    """Return a file of W&B's with this one record."""
    payload = record.SerializeToString()
    return b":W&B\xe1\xbe\x00" + struct.pack("<IHB", zlib.crc32(b"\x01" + payload), len(payload), 1) + payload


def tiny_runs(folder: Path, count: int) -> Path:
    """Return a folder with that many runs, of which each file has a config of 3,000 letters and nothing else."""
    content = run_file(pb.Record(config=pb.ConfigRecord(update=[pb.ConfigItem(key="k", value_json=f'"{"x" * 3000}"')])))
    for number in range(count):
        run = folder / f"offline-run-20260101_000000-{number:06}"
        run.mkdir(parents=True)
        (run / f"run-{number:06}.wandb").write_bytes(content)
    return folder


@pytest.mark.parametrize(
    ("how", "each"), [(["--json"], 600), (["--sort", "-id", "--limit", "3"], 600), (["--sort", "-id"], 1500)]
)
def test_many_runs_are_listed_in_bounded_memory(
    how: list[str], each: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand runs more take the names of their folders, and sorted what is shown of them: a million fit."""
    peaks = []
    for count in (600, 1600):
        folder = tiny_runs(tmp_path / str(count), count)
        with (tmp_path / f"{count}.txt").open("w") as file:
            monkeypatch.setattr(sys, "stdout", file)
            tracemalloc.start()
            assert 0 == ls.main([str(folder), "--no-cache", *how])
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()

    assert peaks[1] - peaks[0] < 1000 * each
    assert (3 if how[-1:] == ["3"] else 1600) <= len((tmp_path / "1600.txt").read_text("utf-8").splitlines())


class Stream(StringIO):
    """What a terminal, or a pipe, is given."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self.isatty = lambda: terminal  # type: ignore[method-assign]


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("how", [[], ["--sort", "id"], ["--filter", "id == 'nobody'"]])
def test_how_far_it_is_is_said_on_a_terminal_alone(
    how: list[str], terminal: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On stderr, in one line that is gone at the end; whoever reads stdout never sees it."""
    out, talk = Stream(terminal=False), Stream(terminal=terminal)
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", talk)
    monkeypatch.setattr(ls, "_EVERY", 0.0)
    assert 0 == ls.main([str(tiny_runs(tmp_path / "runs", 40)), "--no-cache", *how])
    said = talk.getvalue()

    assert terminal == ("\r40 runs read …\x1b[K" in said)
    assert not terminal or said.rpartition("\r")[2].startswith("\x1b[K")
    assert "read …" not in out.getvalue()
    assert (0 if "--filter" in how else 41) == len(out.getvalue().splitlines())


def test_foreign_text_cannot_steer_the_terminal(cli: Cli, tmp_path: Path) -> None:
    """A name with an escape sequence is written out."""
    path = tmp_path / "run-x.wandb"
    path.write_bytes(run_file(pb.Record(run=pb.RunRecord(run_id="x", display_name="\x1b[31mred\n"))))

    assert r"\x1b[31mred\n" in cli("ls", str(path), "--columns", "name").stdout


def test_a_reader_that_has_seen_enough_is_no_error(pair: Path, cli: Cli) -> None:
    """`trackexp ls | head` ends quietly."""
    command = f"{sys.executable} -m trackexp ls --json | head -c 1"
    answer = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"], cwd=pair, capture_output=True, text=True, env={**os.environ}
    )

    assert (0, "") == (answer.returncode, answer.stderr)
