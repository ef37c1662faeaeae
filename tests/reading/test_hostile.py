from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wandb.proto import wandb_internal_pb2 as pb

from trackexp.comparison.curves import series_of
from trackexp.errors import UnreadableRunError
from trackexp.reading import list_runs, read_run, read_runs
from trackexp.reading.api import fetching
from trackexp.reading.api.converting import listed
from trackexp.reading.places import ServerPlace
from trackexp.reading.wandb_file import assembly
from trackexp.reading.wandb_file.nested import load_value
from trackexp.reporting.formats import printable
from trackexp.testing import make_record

Write = Callable[[Sequence[bytes]], bytes]


def payload(number: int, key: str, text: str) -> bytes:
    """Return a record that sets one value of the config."""
    record = pb.Record(num=number)
    record.config.update.add(key=key, value_json=text)
    return bytes(record.SerializeToString())


def run_folder(above: Path, run_id: str) -> Path:
    """Return the place of a run's file, in a folder as W&B makes it."""
    folder = above / "wandb" / f"offline-run-20260101_000000-{run_id}"
    folder.mkdir(parents=True)
    return folder / f"run-{run_id}.wandb"


def test_a_pipe_among_the_runs_is_passed_over(write_log: Write, tmp_path: Path) -> None:
    """Nobody writes into it, and nobody waits for it."""
    run_folder(tmp_path, "sound001").write_bytes(write_log([payload(1, "lr", "0.1")]))
    pipe = run_folder(tmp_path, "pipe0001")
    os.mkfifo(pipe)

    assert ["sound001"] == [run.id for run in list_runs(tmp_path, cache=False)]
    assert ["sound001"] == [run.id for run in read_runs(tmp_path)]
    with pytest.raises(UnreadableRunError, match="it is a pipe, not a file"):
        read_run(pipe)


def test_the_holes_of_a_sparse_file_are_not_read(write_log: Write, tmp_path: Path) -> None:
    """Fifty gigabytes that are nowhere take no time, and are told as damage."""
    place = run_folder(tmp_path, "sparse01")
    place.write_bytes(write_log([payload(1, "lr", "0.1")]))
    os.truncate(place, 50 << 30)
    os.utime(place, (0, 0))  # long finished: an open end is damage

    record = read_run(place)

    assert {"lr": 0.1} == record.config
    assert ["zeros"] == [part.kind for part in record.damage]


@pytest.mark.parametrize("text", ["[" * 900 + "]" * 900, '{"a":' * 101 + "1" + "}" * 101, "[" * 100_000, "nope"])
def test_a_value_too_deep_is_damage(write_log: Write, tmp_path: Path, text: str) -> None:
    """It is left out, its place is told, and the others are there."""
    place = run_folder(tmp_path, "deep0001")
    place.write_bytes(write_log([payload(1, "lr", "0.1"), payload(2, "deep", text)]))

    record = read_run(place)

    assert {"lr": 0.1} == record.config
    assert ["malformed"] == [part.kind for part in record.damage]


@given(st.recursive(st.none() | st.integers() | st.text(st.characters()), st.lists, max_leaves=20))
def test_every_value_can_be_printed_and_written(value: object) -> None:
    """Halves of surrogate pairs and numbers of any length included."""
    found = load_value(json.dumps(value).encode())

    assert json.dumps(found, ensure_ascii=False, allow_nan=False).encode("utf-8")


def test_whole_numbers_beyond_all_doubles_stay_text() -> None:
    """Python's own limit of 4,300 digits is no error either."""
    assert ["9" * 5_000, 7] == load_value(b"[" + b"9" * 5_000 + b", 7]")


@pytest.fixture
def abyss(tmp_path: Path) -> Iterator[Path]:
    """A folder with twelve hundred folders in each other; gone afterwards: pytest itself cannot clear it."""
    here = Path.cwd()
    place = tmp_path / "abyss"
    place.mkdir()
    try:
        os.chdir(place)
        for _ in range(1200):
            Path("d").mkdir()
            os.chdir("d")
        os.chdir(here)
        yield place
    finally:
        os.chdir(here)
        subprocess.run(["rm", "-rf", str(place)], check=True)


def test_folders_deeper_than_the_stack_are_walked(abyss: Path) -> None:
    """Twelve hundred levels down there is nothing, and that is said by nothing more."""
    run_folder(abyss, "pipe0001").write_bytes(b"")

    assert [] == list(read_runs(abyss))


def test_what_nobody_foresaw_is_said_and_the_others_are_read(
    write_log: Write, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a warning, with the run's place and the reason, whose control characters are written out."""
    for name in ("sound001", "broken01", "large001"):
        run_folder(tmp_path, name).write_bytes(write_log([payload(1, "lr", "0.1")]))
    read_file = assembly.read_file

    def broken(path: Path) -> object:
        if "broken01" in str(path):
            raise KeyError("\x1b[31mred")
        if "large001" in str(path):
            raise MemoryError
        return read_file(path)

    monkeypatch.setattr(assembly, "read_file", broken)
    found = [run.id for run in read_runs(tmp_path)]
    told = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]

    assert ["sound001"] == found
    assert ["broken01", "large001"] == sorted(name for name in ("broken01", "large001") if name in "".join(told))
    assert all(text.isprintable() for text in told)
    assert "more memory than there is" in "".join(told)


def test_a_misshapen_answer_is_no_run() -> None:
    """Of a proxy, or of an older server: it is said, and no crash."""
    answer = SimpleNamespace(_attrs=None, summary_metrics=[1], id="x")
    with pytest.raises(UnreadableRunError, match="is not shaped as W&B's"):
        fetching._shaped(lambda: listed(answer), ServerPlace("team", "p", "x", None))


def test_pages_of_a_name_of_a_megabyte_are_bounded() -> None:
    """JSON has all of it; a page shows the beginning and says how long it is."""
    assert 4050 > len(printable("n" * 1_000_000))


def test_a_metric_among_many_thousands_is_found_without_a_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its own name or another one: the index over the keys is built once."""
    record = make_record(metrics={f"m{number}": [1.0] for number in range(3_000)})
    named: list[str] = []
    metric_names = sys.modules["trackexp.record.metric_names"]  # a function of the package has the same name
    original = metric_names.canonical_name
    monkeypatch.setattr(metric_names, "canonical_name", lambda key: named.append(key) or original(key))
    found = [series_of(record, f"train/m{number}") for number in range(0, 3_000, 10)]

    assert None not in found
    assert len(named) <= 3_000 + 300
