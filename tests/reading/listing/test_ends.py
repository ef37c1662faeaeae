from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trackexp.errors import UnreadableRunError
from trackexp.reading.listing import ends
from trackexp.reading.listing.ends import read_ends
from trackexp.reading.wandb_file.assembly import read_file
from trackexp.record import RunRecord

WriteLog = Callable[[Sequence[bytes]], bytes]
ROWS = 3000  # about 900 kB: the middle is some twenty blocks


def message(number: int, *, marked: bool = False, **parts: Any) -> bytes:
    """Return a record as W&B's core writes it: what the script caused carries the run's id before anything else."""
    from wandb.proto import wandb_internal_pb2 as pb

    said = bytes(pb.Record(**parts).SerializeToString())
    head = bytes(pb.Record(num=number).SerializeToString())
    mark = b"\xc2\x0c\x0a\x0a\x08longrun7" if marked else b""
    return head + mark + said


def update(kind: str, values: dict[str, Any]) -> Any:
    """Return a message that sets config or summary; a dotted key is nested."""
    from wandb.proto import wandb_internal_pb2 as pb

    found = pb.ConfigRecord() if kind == "config" else pb.SummaryRecord()
    for key, value in values.items():
        found.update.add(nested_key=key.split("."), value_json=json.dumps(value))
    return found


def row(values: dict[str, Any]) -> Any:
    """Return a row of the history."""
    from wandb.proto import wandb_internal_pb2 as pb

    found = pb.HistoryRecord()
    for key, value in values.items():
        found.item.add(nested_key=[key], value_json=json.dumps(value))
    return found


def run_of(extra: dict[int, list[dict[str, Any]]], *, ended: bool = True) -> list[bytes]:
    """Return the records of a long run; `extra` are further ones before the row of that number."""
    from wandb.proto import wandb_internal_pb2 as pb

    began = pb.RunRecord(
        run_id="longrun7", display_name="long", config=update("config", {"lr": 0.1, "opt.name": "adam"})
    )
    records: list[dict[str, Any]] = [{"header": pb.HeaderRecord(), "marked": True}, {"run": began, "marked": True}]
    for step in range(ROWS):
        records += extra.get(step, [])
        values = {"batch/loss": 1 / (step + 1), "text": "ü" * (step % 7), "_step": step}
        records += [{"summary": update("summary", values)}, {"history": row(values)}]
    records += extra.get(ROWS, [])
    if ended:
        records.append({"exit": pb.RunExitRecord(exit_code=0, runtime=7), "marked": True})
    return [message(number, **parts) for number, parts in enumerate(records, start=1)]


def listed(record: RunRecord) -> tuple[Any, ...]:
    """Return what a listing has to get right."""
    return record.id, record.name, record.state, record.exit_code, record.config, record.summary, record.damage


def config(values: dict[str, Any]) -> dict[str, Any]:
    """Return a change of the config as the script caused it."""
    return {"config": update("config", values), "marked": True}


def logged(values: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a row of its own, as at the end of an epoch."""
    return [{"summary": update("summary", values)}, {"history": row(values)}]


def console(line: str) -> dict[str, Any]:
    """Return a line of the console."""
    from wandb.proto import wandb_internal_pb2 as pb

    return {"output_raw": pb.OutputRawRecord(line=line), "marked": True}


MIDDLE = ROWS // 2
CASES: dict[str, dict[int, list[dict[str, Any]]]] = {
    "nothing": {},
    "config in the middle": {MIDDLE: [config({"lr": 0.2, "opt.rate": 3})]},
    "config twice": {900: [config({"lr": 0.2})], 2000: [config({"lr": 0.3})], 2600: [config({"late": [1]})]},
    "a config of several blocks": {MIDDLE: [config({"facts": "x" * 100_000})]},
    "a summary of the script's own": {MIDDLE: [{"summary": update("summary", {"best": {"loss": 1}}), "marked": True}]},
    "a metric that ends early": {10: logged({"val/loss": 3.0}), MIDDLE: logged({"val/loss": 2.0})},
    "console in between": {step: [console(f"line {step}\n")] for step in range(0, ROWS, 3)},
    "a late name": {MIDDLE: []},
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("ended", [True, False])
def test_a_listing_of_a_long_run_misses_nothing(case: str, ended: bool, write_log: WriteLog, tmp_path: Path) -> None:
    """Whatever stands in the middle that the ends do not say is found, as a full reading finds it."""
    path = tmp_path / "run-longrun7.wandb"
    path.write_bytes(write_log(run_of(CASES[case], ended=ended)))

    assert path.stat().st_size > 2 * ends._SMALL
    assert listed(read_file(path)) == listed(read_ends(path))


def test_a_defined_metric_is_looked_for(write_log: WriteLog, tmp_path: Path) -> None:
    """One that neither end knows is found when the run defined it."""
    from wandb.proto import wandb_internal_pb2 as pb

    defined = {"metric": pb.MetricRecord(name="val/loss"), "marked": True}
    path = tmp_path / "run-longrun7.wandb"
    path.write_bytes(write_log(run_of({0: [defined], MIDDLE: logged({"val/loss": 2.0})})))

    assert 2.0 == read_ends(path).summary["val/loss"]


def test_the_middle_of_a_plain_run_is_not_parsed(
    write_log: WriteLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A finished run whose ends say everything is not gone through."""
    path = tmp_path / "run-longrun7.wandb"
    path.write_bytes(write_log(run_of(CASES["console in between"])))
    monkeypatch.setattr(ends, "_from_all", lambda _: pytest.fail("gone through"))

    assert "long" == read_ends(path).name


@pytest.fixture(scope="session")
def long_run(write_log: WriteLog, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A long run with a change of its config in the middle."""
    path = tmp_path_factory.mktemp("ends") / "run-longrun7.wandb"
    path.write_bytes(write_log(run_of(CASES["config twice"])))
    return path


@given(st.floats(0, 1), st.floats(0, 1), st.sampled_from(["cut", "flip", "zeros"]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_listing_of_a_damaged_run_never_raises(
    long_run: Path, tmp_path: Path, where: float, size: float, kind: str
) -> None:
    """Cut, flipped or zero-filled, it says what is true, or less."""
    content = bytearray(long_run.read_bytes())
    place = 7 + int((len(content) - 8) * where)
    if kind == "cut":
        del content[place:]
    elif kind == "flip":
        content[place] ^= 1 + int(254 * size)
    else:
        stop = place + int((len(content) - place) * size)
        content[place:stop] = bytes(stop - place)
    path = tmp_path / "run-longrun7.wandb"
    path.write_bytes(content)
    whole, seen = read_file(long_run), read_ends(path)

    assert "longrun7" == seen.id
    assert seen.config.get("lr") in (0.1, 0.2, 0.3, None)
    assert set(seen.summary) <= set(whole.summary)


def test_damage_near_the_beginning_of_a_long_run_is_told(write_log: WriteLog, tmp_path: Path) -> None:
    """A record that is lost there may be one of the config, and what it was nobody knows."""
    data = bytearray(write_log(run_of({})))
    data[4000] ^= 0xFF
    path = tmp_path / "run-longrun7.wandb"
    path.write_bytes(data)
    whole, listed = read_file(path), read_ends(path)

    assert whole.damage
    assert (whole.damage, whole.config, whole.summary) == (listed.damage, listed.config, listed.summary)


def test_a_file_that_is_no_run_is_refused(tmp_path: Path) -> None:
    """As by a full reading."""
    path = tmp_path / "run-x.wandb"
    path.write_bytes(b"PK\x03\x04" * 100)

    with pytest.raises(UnreadableRunError, match="is no W&B run"):
        read_ends(path)
    with pytest.raises(UnreadableRunError, match="cannot be read"):
        read_ends(tmp_path / "gone.wandb")


def test_listing_needs_neither_numpy_nor_typer_nor_wandb(runs: Path, tmp_path: Path) -> None:
    """Start to end, from the command line."""
    source = (
        "import sys; from trackexp.cli import main; code = main(['ls', sys.argv[1]]); "
        "print(code, {'numpy', 'pandas', 'typer', 'rich', 'wandb'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", source, str(runs)]
    answer = subprocess.run(
        command, check=True, capture_output=True, text=True, env={"TRACKEXP_CACHE_DIR": str(tmp_path)}, cwd=Path.cwd()
    )

    assert "0 set()" == answer.stdout.splitlines()[-1]
