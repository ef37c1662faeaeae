from __future__ import annotations

import json
import math
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import wandb.util
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trackexp.errors import UnreadableRunError
from trackexp.reading.listing.ends import read_title
from trackexp.reading.wandb_file.assembly import read_file
from trackexp.reading.wandb_file.contents import run_id_of
from trackexp.reading.wandb_file.framing import MAGIC
from trackexp.record import ArtifactRecord, Damage, RunRecord, State

RunFile = Callable[[str], Path]
WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def leet_records(path: Path) -> list[dict[str, Any]]:
    """Return the records of a run as W&B's own viewer prints them."""
    flags = ["leet", "inspect", "--no-observability", "--json", "--run-file", str(path), str(path.parent)]
    command = [wandb.util.get_core_path(), *flags]
    lines = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout.splitlines()
    return [json.loads(line) for line in lines]


def leet_columns(records: list[dict[str, Any]]) -> dict[str, list[tuple[int, str]]]:
    """Return the history's numbers by metric, as pairs of step and written-out value."""
    columns: dict[str, list[tuple[int, str]]] = {}
    for record in records:
        row = record.get("history", {}).get("item", {})
        media = [name.removesuffix("_type") for name in row if name.endswith("._type")]
        for name, value in row.items():
            number = WORDS.get(value, value) if isinstance(value, str) else value
            if isinstance(number, int | float) and name != "_step" and not any(map(name.startswith, media)):
                columns.setdefault(name, []).append((row["_step"], repr(float(number))))
    return columns


def columns_of(record: RunRecord) -> dict[str, list[tuple[int, str]]]:
    """Return a record's history in the same form, -0.0 as 0.0, which is how leet prints it."""
    return {
        name: list(zip(series.steps.tolist(), map(repr, (series.values + 0.0).tolist()), strict=True))
        for name, series in record.history.items()
    }


def flat(values: Any, prefix: str = "") -> dict[str, str]:
    """Return nested values by dotted name, written out; the words that leet prints are the numbers they stand for."""
    if isinstance(values, dict) and (values or not prefix):
        parts = [flat(value, f"{prefix}.{name}") for name, value in values.items()]
        return {name: text for part in parts for name, text in part.items()}
    number = WORDS.get(values, values) if isinstance(values, str) else values
    return {prefix: repr(float(number)) if isinstance(number, int | float) else repr(number)}


@pytest.mark.parametrize("run_id", ["richrun1", "failed1", "ctrlc1", "longrun1"])
def test_history_is_what_wandbs_own_viewer_reads(run_file: RunFile, run_id: str) -> None:
    """Every metric, step and value agrees with `wandb leet inspect`, NaN and infinities included."""
    path = run_file(run_id)

    assert leet_columns(leet_records(path)) == columns_of(read_file(path))


@pytest.mark.parametrize("run_id", ["richrun1", "longrun1"])
def test_config_is_what_wandbs_own_viewer_reads(run_file: RunFile, run_id: str) -> None:
    """The config after its last update agrees with `wandb leet inspect`."""
    expected: dict[str, Any] = {}
    for record in leet_records(run_file(run_id)):
        change = record.get("config") or record.get("run", {}).get("config", {})
        expected.update(change.get("update", {}))
    expected.pop("_wandb")

    assert flat(expected) == flat(read_file(run_file(run_id)).config)


def test_summary_is_what_wandbs_own_viewer_reads(run_file: RunFile) -> None:
    """The last value of every summary key that was not removed agrees with `wandb leet inspect`."""
    expected: dict[str, str] = {}
    for record in leet_records(run_file("richrun1")):
        expected.update(flat(record.get("summary", {}).get("update", {})))
    removed = {".gone"}
    seen = {name: text for name, text in expected.items() if name not in removed and not name.startswith("._wandb")}

    assert seen == flat(read_file(run_file("richrun1")).summary)


def test_everything_about_a_rich_run_is_there(run_file: RunFile) -> None:
    """Names, tags, notes, group, times, environment, alerts and artifacts come back as they were given."""
    run = read_file(run_file("richrun1"))

    assert ("richrun1", "rich ü, renamed", "reading", "someone") == (run.id, run.name, run.project, run.entity)
    assert ("g1", "train", ("a", "b"), "ein\nWort") == (run.group, run.job_type, run.tags, run.notes)
    assert (State.FINISHED, 0, ()) == (run.state, run.exit_code, run.damage)
    assert {"lr": 0.002, "dropped": {"y": 2}, "ünïcode": 'é\n"日本'}.items() <= run.config.items()
    assert "_wandb" not in run.config
    assert {"min": 0.5} == run.summary["val/loss"]
    assert {"loss": 0.2, "epoch": 1, "worst": math.inf} == run.summary["best"]
    assert "gone" not in run.summary
    assert [0, 1, 2, 3, 4] == run.history["nest.b.c"].steps.tolist()
    assert math.copysign(1, run.history["negative zero"].last) < 0
    assert [50] == run.history["late"].steps.tolist()
    assert run.started_at is not None
    assert run.started_at.tzinfo is not None
    assert run.runtime is not None
    assert 0 < run.runtime < 120
    assert "CPython" in run.environment["python"]
    assert run.environment["startedAt"].endswith("+00:00")
    assert run.environment["args"] == ["rich"]
    assert [{"title": "a title", "text": "a text", "level": "WARN"}] == [
        {name: alert[name] for name in ("title", "text", "level")} for alert in run.alerts
    ]
    [artifact] = run.artifacts
    assert ("weights", "model", ("best", "latest"), 4, False) == (
        artifact.name, artifact.type, artifact.aliases, artifact.size, artifact.used,
    )  # fmt: skip
    assert artifact.digest


def test_peaks_are_the_largest_samples(run_file: RunFile) -> None:
    """Every system metric has its peak over all samples of the run."""
    samples = [record["stats"]["item"] for record in leet_records(run_file("richrun1")) if "stats" in record]
    expected = {name: max(s[name] for s in samples if name in s) for sample in samples for name in sample}

    assert len(samples) > 1
    assert expected == read_file(run_file("richrun1")).system


def test_files_of_a_rich_run_are_listed(run_file: RunFile) -> None:
    """Saved files and W&B's own have path and size; what merely lies in the folder is not listed."""
    run = read_file(run_file("richrun1"))

    note = run.file("note.txt")
    assert note is not None
    assert note.path is not None
    assert (5, "noted") == (note.size, note.path.read_text(encoding="utf-8"))
    assert run.file("requirements.txt") is not None
    assert run.file("unregistered.txt") is None


@pytest.mark.parametrize(
    ("run_id", "state", "exit_code"), [("failed1", State.FAILED, 1), ("ctrlc1", State.INTERRUPTED, 255)]
)
def test_the_exit_code_tells_failure_from_ctrl_c(run_file: RunFile, run_id: str, state: State, exit_code: int) -> None:
    """An uncaught exception is a failure, Ctrl-C an interruption."""
    run = read_file(run_file(run_id))

    assert (state, exit_code) == (run.state, run.exit_code)


def test_a_living_run_is_running_and_a_killed_one_is_killed(
    endless_run: tuple[Path, Callable[[], None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run is read as it stands while it is written; after kill -9 all that was flushed is still there."""
    path, kill = endless_run
    living = read_file(path)
    kill()
    monkeypatch.setattr("trackexp.reading.wandb_file.evidence._LOOK_AGAIN", 1e-9)
    killed = read_file(path)

    assert (State.RUNNING, None, ()) == (living.state, living.exit_code, living.damage)
    assert [float(step) for step in range(20)] == living.history["loss"].values.tolist()
    assert (State.KILLED, None) == (killed.state, killed.exit_code)
    assert living.history["loss"] == killed.history["loss"]


@pytest.fixture(scope="session")
def damaged(run_file: RunFile, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, bytes], RunRecord]:
    """What reads the bytes of a damaged copy, in a folder of its own."""
    folder = tmp_path_factory.mktemp("damaged")

    def read(run_id: str, content: bytes) -> RunRecord:
        path = folder / f"run-{run_id}.wandb"
        path.write_bytes(content)
        return read_file(path)

    return read


def holds_only_truth(part: RunRecord, whole: RunRecord) -> bool:
    """Return whether every row of `part` is one of `whole`."""
    truth = columns_of(whole)
    return all(set(rows) <= set(truth[name]) for name, rows in columns_of(part).items())


fuzz = settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(st.floats(0, 1, exclude_max=True))
@fuzz
def test_any_cut_gives_the_rows_before_it(
    damaged: Callable[[str, bytes], RunRecord], run_file: RunFile, where: float
) -> None:
    """A truncated file gives a prefix of every metric, and a run without its exit record is not called finished."""
    content = run_file("richrun1").read_bytes()
    whole = read_file(run_file("richrun1"))
    cut = len(MAGIC) + int((len(content) - len(MAGIC)) * where)

    part = damaged("richrun1", content[:cut])

    for name, series in part.history.items():
        assert whole.history[name].values[: len(series)].tobytes() == series.values.tobytes()
    assert part.state in (State.KILLED, State.RUNNING)
    assert "richrun1" == part.id
    assert all(damage.offset + damage.length == cut for damage in part.damage)


@given(st.floats(0, 1, exclude_max=True), st.integers(1, 255))
@fuzz
def test_any_flipped_byte_costs_at_most_one_row(
    damaged: Callable[[str, bytes], RunRecord], run_file: RunFile, where: float, change: int
) -> None:
    """One wrong byte anywhere is noted, never raises, loses at most one row and never changes a value."""
    content = bytearray(run_file("richrun1").read_bytes())
    whole = read_file(run_file("richrun1"))
    place = int(len(content) * where)
    content[place] ^= change

    part = damaged("richrun1", bytes(content))

    assert holds_only_truth(part, whole)
    assert len(part.history["_timestamp"]) >= len(whole.history["_timestamp"]) - 1
    assert part.state is not State.KILLED or part.damage
    if part.state is not State.RUNNING:
        assert any(damage.offset <= place < damage.offset + damage.length for damage in part.damage)


@given(st.floats(0, 1), st.floats(0, 1), st.sampled_from([b"\0", b"\x01", b"\xff\xff\x01", b"W&B"]))
@settings(fuzz, max_examples=40)
def test_a_hole_in_a_long_run_hides_only_what_it_covers(
    damaged: Callable[[str, bytes], RunRecord], run_file: RunFile, a: float, b: float, filling: bytes
) -> None:
    """Garbage over several blocks leaves the rows on both sides of it, unchanged."""
    content = bytearray(run_file("longrun1").read_bytes())
    whole = read_file(run_file("longrun1"))
    start, stop = sorted(len(MAGIC) + int((len(content) - len(MAGIC)) * share) for share in (a, b))
    content[start:stop] = (filling * (stop - start))[: stop - start]

    part = damaged("longrun1", bytes(content))

    assert holds_only_truth(part, whole)
    assert set(part.config) <= {"long"}
    assert all(value == whole.config["long"] for value in part.config.values())


def test_a_sound_record_with_a_malformed_message_is_passed_over(
    damaged: Callable[[str, bytes], RunRecord], write_log: Callable[[list[bytes]], bytes]
) -> None:
    """Bytes with a right checksum that are no protobuf are damage of their own kind; the rest is read."""
    good = b"\x8a\x01\x08\x0a\x06worked"  # Record.run.run_id
    log = write_log([b"\x12\xff\xff\xff\x7f", good, b"\xba\x3e\x00"])

    run = damaged("odd", log)

    assert "worked" == run.id
    assert [("malformed", 7, 7 + 5)] == [(damage.kind, damage.offset, damage.length) for damage in run.damage]


def test_a_used_artifact_says_so(
    damaged: Callable[[str, bytes], RunRecord], write_log: Callable[[list[bytes]], bytes]
) -> None:
    """Input artifacts are told from those the run logged."""
    from wandb.proto import wandb_internal_pb2 as pb

    record = pb.Record(use_artifact=pb.UseArtifactRecord(id="x", type="dataset", name="e/p/digits:v3"))

    assert (ArtifactRecord("e/p/digits:v3", "dataset", used=True),) == damaged(
        "used", write_log([record.SerializeToString()])
    ).artifacts


def test_a_run_without_any_record_is_known_by_its_file(damaged: Callable[[str, bytes], RunRecord]) -> None:
    """A file with a header and nothing else is a run that has just begun."""
    assert ("begun", {}, ()) == (damaged("begun", MAGIC).id, dict(damaged("begun", MAGIC).history), ())


@pytest.mark.parametrize(
    ("content", "words"), [(b"", "is empty"), (b"PK\x03\x04" * 100, "is no W&B run"), (b":W&", "is no W&B run")]
)
def test_a_file_that_is_no_run_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    """The message says which file, what was expected and what to pass."""
    path = tmp_path / "run-x.wandb"
    path.write_bytes(content)

    with pytest.raises(UnreadableRunError, match=words):
        read_file(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """A file that vanished between listing and reading is told as such."""
    with pytest.raises(UnreadableRunError, match="cannot be read"):
        read_file(tmp_path / "gone.wandb")


def test_a_title_is_the_last_name_of_the_run(run_file: RunFile, tmp_path: Path) -> None:
    """The display name after its last change; a file that cannot be read has none."""
    assert "the failed one" == read_title(run_file("failed1"))
    assert "rich ü, renamed" == read_title(run_file("richrun1"))
    assert "" == read_title(tmp_path / "gone.wandb")
    assert "failed1" == run_id_of(run_file("failed1"))


def test_damage_says_which_file(run_file: RunFile, tmp_path: Path) -> None:
    """Each damaged part carries the path, so that several files of one run can be told apart."""
    copy = tmp_path / "run-failed1.wandb"
    shutil.copy(run_file("failed1"), copy)
    size = copy.stat().st_size
    with copy.open("ab") as file:
        file.write(b"\x09" * 20)

    assert (Damage(size, 20, "garbage", copy),) == read_file(copy).damage
