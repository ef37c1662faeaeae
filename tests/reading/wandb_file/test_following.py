from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trackexp.errors import UnreadableRunError
from trackexp.reading.wandb_file.assembly import read_file
from trackexp.reading.wandb_file.following import FollowedFile
from trackexp.record import RunRecord

FIXTURES = sorted((Path(__file__).parents[1] / "fixtures").glob("*.wandb"))


def without_files(record: RunRecord) -> RunRecord:
    """Return a record as a followed file tells it."""
    return replace(record, files=())


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda path: path.stem)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.floats(0, 1), max_size=5))
def test_a_file_read_as_it_grows_is_the_file_read_at_once(fixture: Path, cuts: list[float], tmp_path: Path):
    """Wherever the writer had come to at each look, also within a record."""
    data, path = fixture.read_bytes(), tmp_path / fixture.name
    path.write_bytes(data[:16])
    followed = FollowedFile(path)
    for size in sorted(int(cut * len(data)) for cut in cuts):
        path.write_bytes(data[: max(size, 16)])
        followed.poll()
        followed.record()
    path.write_bytes(data)
    followed.poll()

    assert without_files(read_file(path)) == followed.record()


def test_what_was_read_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A look at a long file that has grown by a little reads a little."""
    data, path = FIXTURES[-1].read_bytes(), tmp_path / "run-x.wandb"
    path.write_bytes(data[:-100])
    followed = FollowedFile(path)
    followed.poll()
    begun = followed._resume
    path.write_bytes(data)
    followed.poll()

    assert len(data) - 33_000 < begun
    assert len(data) == followed._resume


def test_an_unchanged_file_is_no_news(tmp_path: Path):
    """It is not even opened."""
    path = tmp_path / "run-x.wandb"
    path.write_bytes(FIXTURES[0].read_bytes())
    followed = FollowedFile(path)

    assert [True, False, False] == [followed.poll() for _ in range(3)]


@pytest.mark.parametrize("how", ["shorter", "another"])
def test_a_file_that_was_replaced_is_begun_again(tmp_path: Path, how: str):
    """Nothing of the old one stays."""
    path, first, second = tmp_path / "run-x.wandb", FIXTURES[0].read_bytes(), FIXTURES[-1].read_bytes()
    path.write_bytes(second)
    followed = FollowedFile(path)
    followed.poll()
    if how == "another":
        (tmp_path / "new").write_bytes(first)
        (tmp_path / "new").replace(path)
    else:
        path.write_bytes(first[: len(second) // 2])
    followed.poll()

    assert 2 == followed.beginnings
    assert without_files(read_file(path)) == followed.record()


def test_an_earlier_record_does_not_change_when_the_file_grows(tmp_path: Path):
    """It is a run as it was then."""
    data, path = FIXTURES[-1].read_bytes(), tmp_path / "run-x.wandb"
    path.write_bytes(data[: len(data) // 2])
    followed = FollowedFile(path)
    followed.poll()
    early = followed.record()
    before = (dict(early.summary), {name: len(series) for name, series in early.history.items()})
    path.write_bytes(data)
    followed.poll()
    followed.record()

    assert before == (dict(early.summary), {name: len(series) for name, series in early.history.items()})


@pytest.mark.parametrize("content", [b"", b"no run at all", None])
def test_what_is_no_run_is_said(tmp_path: Path, content: bytes | None):
    """An empty file may still become one."""
    path = tmp_path / "run-x.wandb"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(UnreadableRunError):
        FollowedFile(path).poll()


def test_system_metrics_are_kept_as_curves(run_file: Callable[[str], Path]):
    """Not their peaks alone."""
    followed = FollowedFile(run_file("richrun1"))
    followed.poll()
    peaks = followed.record().system

    assert peaks == {name: max(values) for name, (_, values) in followed.system.items()}
    assert all(sorted(times) == times for times, _ in followed.system.values())
