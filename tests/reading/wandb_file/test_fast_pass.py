from __future__ import annotations

import dataclasses
import io
import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wandb.proto import wandb_internal_pb2 as pb

from trackexp.reading.wandb_file.assembly import Assembly, read_file
from trackexp.reading.wandb_file.framing import LogReader
from trackexp.reading.wandb_file.messages import HISTORY, SUMMARY, Bodies, find_items, locate
from trackexp.reading.wandb_file.numbers import read_cells
from trackexp.record import RunRecord

Write = Callable[[Sequence[bytes]], bytes]
RunFile = Callable[[str], Path]
FIXTURES = sorted((Path(__file__).parents[1] / "fixtures").glob("*.wandb"))

names = st.sampled_from(
    ["loss", "a", "b", "_type", "_step", "_timestamp", "x.y", "", "ü", "a\0", "k" * 7, "k" * 8, "k" * 300]
)
paths = st.lists(names, min_size=1, max_size=3)
texts = st.one_of(
    st.floats().map(json.dumps),
    st.integers(-(10**25), 10**25).map(str),
    st.floats(-1e4, 1e4).map(lambda number: f"{number:.17f}"),
    st.sampled_from(
        ["true", "false", "null", '"text"', "[1]", "{}", '{"a":{"b":1},"c":true}', '{"_type":"x","b":[1]}', "",
         "-", "1.2.3", "{1", "1e", "nan", "1_0", "tru", "falsey", "1 ", "\u0082\u0001", "-0.0", "x" * 130, "1" * 40,
         '"' + "y" * 20_000 + '"', "007", "-7", "1\0", "Infinity", "-NaN", "{" + "[" * 50]
    ),
)  # fmt: skip
keyed = st.tuples(st.booleans(), paths, texts)
histories = st.tuples(st.just("history"), st.lists(keyed, max_size=6), st.none() | st.integers(-(2**40), 2**40))
summaries = st.tuples(st.just("summary"), st.lists(keyed, max_size=6), st.lists(paths, max_size=1))
others = st.tuples(
    st.sampled_from(["run", "noise", "typed", "tail"]), st.lists(keyed, max_size=2), st.binary(max_size=20)
)
runs = st.lists(st.one_of(histories, summaries, others), max_size=30)

# What the one pass can prove, so that the drawn runs test it and not only the careful walker: few names, plain values.
short = st.lists(st.sampled_from(["loss", "a", "b", "_type", "a.b"]), min_size=1, max_size=3)
plain_texts = st.sampled_from(["1", "-0.25", "true", '"text"', "NaN", "1e-05", '{"b":1}', "[2]", "123.0625"])
plain_items = st.lists(st.tuples(st.booleans(), short, plain_texts), min_size=1, max_size=5)
steps = st.integers(0, 40).map(lambda step: (True, ["_step"], str(step)))
plain_rows = st.tuples(
    st.just("history"), st.tuples(plain_items, steps).map(lambda parts: [*parts[0], parts[1]]), st.none()
)
plain_summaries = st.tuples(st.just("summary"), plain_items, st.just([]))
plain_runs = st.lists(st.one_of(plain_rows, plain_rows, plain_summaries, plain_summaries, others), max_size=12)


def item(kind: Any, spelled_out: bool, path: list[str], text: str) -> Any:
    """Return an item that spells its key in one of the two ways that releases have."""
    value = {"value_json": text}
    return kind(nested_key=path, **value) if spelled_out or len(path) > 1 else kind(key=path[0], **value)


def payload_of(number: int, kind: str, items: list[tuple[bool, list[str], str]], rest: Any) -> bytes:
    """Return one record of a drawn run, as W&B's own protobuf code writes it."""
    record = pb.Record(num=number)
    if kind == "history":
        record.history.item.extend(item(pb.HistoryItem, *values) for values in items)
        if rest is not None:
            record.history.step.num = rest
    elif kind == "summary":
        record.summary.update.extend(item(pb.SummaryItem, *values) for values in items)
        record.summary.remove.extend(pb.SummaryItem(nested_key=path) for path in rest)
    elif kind == "run":
        record.run.run_id = "drawn"
        record.run.summary.update.extend(item(pb.SummaryItem, *values) for values in items)
    elif kind == "typed":
        record.history.item.extend(pb.HistoryItem(key=path[0], number=1.5) for _, path, _ in items)
    elif kind == "tail":
        record.history.item.extend(item(pb.HistoryItem, *values) for values in items)
        record.control.mailbox_slot = "x\u0082\u0001"
    data = bytes(record.SerializeToString())
    return data + rest if kind == "noise" else data


def located(log: bytes) -> Bodies:
    """Return the messages of a small file's records."""
    return locate(next(LogReader(io.BytesIO(log)).batches()))


def read_carefully(path: Path) -> RunRecord:
    """Return the run as the careful walker alone reads it, record by record."""
    with path.open("rb") as file:
        log = LogReader(file)
        assembly = Assembly(log)
        for frame in log:
            assembly.take(frame)
        return assembly.finish(path)


def written_out(record: RunRecord) -> dict[str, Any]:
    """Return every field of a record in a form that tells -0.0 from 0.0 and NaN from nothing, order included."""
    fields = {field.name: repr(getattr(record, field.name)) for field in dataclasses.fields(record)}
    columns = [(name, series.steps.tobytes(), series.values.tobytes()) for name, series in record.history.items()]
    return {**fields, "history": columns}


@given(st.one_of(runs, plain_runs, plain_runs), st.integers(1, 3))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_pass_reads_what_the_careful_walker_reads(
    tmp_path_factory: pytest.TempPathFactory, write_log: Write, drawn: list[Any], repeats: int
) -> None:
    """Every field of the record is the same, whatever the run holds: odd keys, values, orders and broken messages."""
    path = tmp_path_factory.getbasetemp() / "run-drawn.wandb"
    path.write_bytes(write_log([payload_of(number, *record) for number, record in enumerate(drawn * repeats, 1)]))

    assert written_out(read_carefully(path)) == written_out(read_file(path))


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_one_pass_reads_every_release_as_the_careful_walker_does(path: Path) -> None:
    """Files of five releases give the same record both ways, and none of their rows needed the careful walker."""
    with path.open("rb") as file:
        bodies = locate(next(LogReader(file).batches()))
    cells = read_cells(bodies, find_items(bodies))

    assert written_out(read_carefully(path)) == written_out(read_file(path))
    assert int((bodies.kind == HISTORY).sum()) == len(cells.rows) == 21


@pytest.mark.parametrize("run_id", ["richrun1", "failed1", "ctrlc1", "longrun1"])
def test_one_pass_reads_a_new_run_as_the_careful_walker_does(run_file: RunFile, run_id: str) -> None:
    """Runs of the installed release give the same record both ways."""
    assert written_out(read_carefully(run_file(run_id))) == written_out(read_file(run_file(run_id)))


def plainly_read(path: Path) -> dict[str, list[tuple[int, float]]]:
    """Return the history by W&B's protobuf code and the json module, one value at a time."""
    columns: dict[str, list[tuple[int, float]]] = {}
    with path.open("rb") as file:
        for frame in LogReader(file):
            record = pb.Record.FromString(frame.payload)
            row = {".".join(i.nested_key) or i.key: json.loads(i.value_json) for i in record.history.item}
            for name, value in row.items():
                if isinstance(value, int | float) and name != "_step":
                    columns.setdefault(name, []).append((row["_step"], float(value)))
    return columns


def test_one_pass_reads_what_protobuf_and_json_read(run_file: RunFile) -> None:
    """The plainest possible reader gives the same numbers, bit for bit."""
    path = run_file("longrun1")
    found = {
        name: list(zip(s.steps.tolist(), s.values.tolist(), strict=True)) for name, s in read_file(path).history.items()
    }

    assert plainly_read(path) == found


def test_rows_that_need_the_careful_walker_keep_their_place(write_log: Write, tmp_path: Path) -> None:
    """Plain and odd rows in turn come out in the order they were written, each with its own step."""
    rows = [[(True, ["m"], str(n))] + ([(True, ["_step"], str(n))] if n % 2 else []) for n in range(200)]
    path = tmp_path / "run-turns.wandb"
    path.write_bytes(write_log([payload_of(n, "history", row, n) for n, row in enumerate(rows)]))

    series = read_file(path).history["m"]
    assert (list(range(200)), list(range(200))) == (series.steps.tolist(), series.values.tolist())


def test_the_pass_is_used(write_log: Write) -> None:
    """Ordinary records are all proven, so that equality with the careful walker says something."""
    items = [(True, ["loss"], "0.25"), (False, ["_step"], "3"), (True, ["a", "b"], '"' + "z" * 200 + '"')]
    payloads = [payload_of(5, "history", items, 3), payload_of(200, "summary", items, [])]
    bodies = located(write_log(payloads))
    found = find_items(bodies)

    assert [HISTORY, SUMMARY] == bodies.kind.tolist()
    assert [True, True] == found.proven.tolist()
    assert [("loss",), ("_step",), ("a", "b")] == [found.paths[key] for key in found.key[:3]]
    assert [0.25] == read_cells(bodies, found).value.tolist()


@given(
    st.lists(
        st.one_of(st.floats(), st.integers(-(10**20), 10**20), st.decimals(allow_nan=False, places=17)), min_size=1
    )
)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_numbers_are_what_float_says(write_log: Write, numbers: list[Any]) -> None:
    """Every way of writing a number gives the double that is nearest to it, the sign of zero included."""
    texts = [json.dumps(n) if isinstance(n, float) else f"{n:f}" if not isinstance(n, int) else str(n) for n in numbers]
    items = [(True, [f"m{place}"], text) for place, text in enumerate(texts)]
    bodies = located(write_log([payload_of(1, "history", [*items, (True, ["_step"], "0")], None)]))
    found = find_items(bodies)
    cells = read_cells(bodies, found)
    seen = {cells.names[name]: value for name, value in zip(cells.name, cells.value, strict=True)}

    assert [repr(float(text)) for text in texts] == [repr(float(seen[f"m{n}"])) for n in range(len(texts))]


def test_halfway_cases_are_rounded_to_even(write_log: Write) -> None:
    """Numbers on and beside the middle between two doubles, where rounding twice would go wrong."""
    middles = [f"0.{(2 * odd + 1) * 5**54 // 10**20}" for odd in range(3)]
    texts = [
        *middles,
        "9007199254740993",
        "0.9007199254740993",
        "900719925474099.3",
        "1.0000000000000001110",
        "0.500000000000000055",
    ]
    items = [(True, [f"m{place}"], text[:24]) for place, text in enumerate(texts)]
    bodies = located(write_log([payload_of(1, "history", [*items, (True, ["_step"], "0")], None)]))
    cells = read_cells(bodies, find_items(bodies))

    assert [float(text[:24]) for text in texts] == cells.value[
        np.argsort([cells.names[n] for n in cells.name])
    ].tolist()
    assert not any(map(math.isnan, cells.value))
