from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trackexp.errors import ConfigurationError, LedgerError, UsageError
from trackexp.registry.event import Action, Event, GateResult, Version
from trackexp.registry.ledger import Ledger, LedgerFolder, file_name

_ticks = count()


def an_event(sha: str = "a", action: Action = "promote", alias: str = "staging", previous: str = "") -> Event:
    """Return an event about the version whose SHA-256 is this digit 64 times, at a time of its own."""
    at = f"2026-01-01T00:00:{next(_ticks) % 60:02d}.000+00:00"
    return Event(
        model="lemon",
        action=action,
        alias=alias,
        version=Version(sha256=sha * 64, file="model-best.h5", run="e/p/1"),
        previous=previous and previous * 64,
        gates=(GateResult("findings", "passed", "no finding", {"warnings": 0}),),
        by={"user": "ada", "host": "one"},
        at=at,
    )


@pytest.fixture
def folder(tmp_path: Path) -> LedgerFolder:
    """A folder for ledgers that does not exist yet."""
    return LedgerFolder(tmp_path / "models")


def _files_of(folder: LedgerFolder, model: str = "lemon") -> list[Path]:
    return sorted((folder.path / model).glob("*.json"))


def test_what_was_appended_is_read_back_in_order(folder: LedgerFolder):
    """Each event names the one before it as its parent."""
    written = [folder.append(an_event("a")), folder.append(an_event("b", previous="a"))]

    ledger = folder.read("lemon")

    assert written == list(ledger.events.values())
    assert [(), (written[0].hash,)] == [event.parents for event in ledger.events.values()]


def test_an_event_survives_json():
    """Read from its canonical JSON, an event equals itself and keeps its hash."""
    event = an_event()
    again = Event.from_dict(json.loads(event.to_bytes()))

    assert (event, event.hash) == (again, again.hash)


def test_an_alias_points_where_it_was_moved_last(folder: LedgerFolder):
    """A refusal moves nothing."""
    folder.append(an_event("a"))
    folder.append(an_event("b", previous="a"))
    folder.append(an_event("c", action="refuse"))

    holder = folder.read("lemon").holder("staging")

    assert holder is not None
    assert "b" * 64 == holder.version.sha256


def test_a_removed_alias_points_nowhere(folder: LedgerFolder):
    """After `remove`, nobody holds the alias."""
    folder.append(an_event("a"))
    folder.append(an_event("a", action="remove", previous="a"))

    assert folder.read("lemon").holder("staging") is None


def test_two_clones_merge_by_taking_both_sets_of_files(folder: LedgerFolder, tmp_path: Path):
    """Different aliases moved on two machines do not contradict each other."""
    folder.append(an_event("a"))
    other = _clone(folder, tmp_path / "other")
    folder.append(an_event("b", alias="staging", previous="a"))
    other.append(an_event("a", alias="production"))
    _merge(other, folder)

    ledger = folder.read("lemon")

    assert {"staging": "b" * 64, "production": "a" * 64} == {
        alias: moves[0].version.sha256 for alias, moves in ledger.aliases.items()
    }
    assert 2 == len(ledger.heads)


def test_one_alias_moved_to_two_places_is_a_conflict_that_the_next_promotion_settles(
    folder: LedgerFolder, tmp_path: Path
):
    """Both places are named, and whoever promotes after it has both as parents."""
    folder.append(an_event("a"))
    other = _clone(folder, tmp_path / "other")
    folder.append(an_event("b", previous="a"))
    other.append(an_event("c", previous="a"))
    _merge(other, folder)
    with pytest.raises(LedgerError, match=r"bbbbbbbbbbbb .* and cccccccccccc|cccccccccccc .* and bbbbbbbbbbbb"):
        folder.read("lemon").holder("staging")
    folder.append(an_event("c"))

    holder = folder.read("lemon").holder("staging")

    assert holder is not None
    assert ("c" * 64, 2) == (holder.version.sha256, len(holder.parents))


def test_one_alias_moved_to_the_same_place_twice_is_no_conflict(folder: LedgerFolder, tmp_path: Path):
    """Two machines that came to the same decision agree."""
    folder.append(an_event("a"))
    other = _clone(folder, tmp_path / "other")
    folder.append(an_event("b", previous="a"))
    other.append(an_event("b", previous="a"))
    _merge(other, folder)

    holder = folder.read("lemon").holder("staging")

    assert holder is not None
    assert "b" * 64 == holder.version.sha256


@pytest.mark.parametrize("damage", ["cut", "edited", "renamed", "doubled", "emptied"])
def test_a_file_that_is_not_as_it_was_written_is_named(folder: LedgerFolder, damage: str):
    """Nothing is decided on a ledger that was changed."""
    folder.append(an_event("a"))
    folder.append(an_event("b", previous="a"))
    victim = _files_of(folder)[0]
    raw = victim.read_bytes()
    if damage == "cut":
        victim.write_bytes(raw[: len(raw) // 2])
    elif damage == "edited":
        victim.write_bytes(raw.replace(b'"user":"ada"', b'"user":"eve"'))
    elif damage == "renamed":
        victim.rename(victim.with_name(f"20200101T000000Z-{victim.name.partition('-')[2]}"))
    elif damage == "doubled":
        shutil.copy(victim, victim.with_name(f"20200101T000000Z-{victim.name.partition('-')[2]}"))
    else:
        victim.write_bytes(b"")

    with pytest.raises(LedgerError, match=r"models.lemon.\d{8}T\d{6}Z-[0-9a-f]{12}\.json"):
        folder.read("lemon")


def test_a_missing_event_that_others_follow_is_found(folder: LedgerFolder):
    """The gap is told by the file that follows it."""
    first = folder.append(an_event("a"))
    second = folder.append(an_event("b", previous="a"))
    _files_of(folder)[0].unlink()

    with pytest.raises(LedgerError, match=f"lacks the event {first.hash[:12]}, which {file_name(second)} follows"):
        folder.read("lemon")


def test_a_clock_that_runs_behind_changes_no_order(folder: LedgerFolder):
    """Events are ordered by their parents, not by their times."""
    folder.append(replace(an_event("a"), at="2030-01-01T00:00:00.000+00:00"))
    folder.append(replace(an_event("b", previous="a"), at="2020-01-01T00:00:00.000+00:00"))

    ledger = folder.read("lemon")

    assert ["a" * 64, "b" * 64] == [event.version.sha256 for event in ledger.events.values()]


def test_a_name_that_differs_only_in_case_is_refused(folder: LedgerFolder):
    """On a file system that ignores case both would be one folder."""
    folder.append(an_event())

    with pytest.raises(UsageError, match="differs from the known model 'lemon' only in case"):
        folder.append(replace(an_event(), model="Lemon"))


def test_an_unknown_model_is_told_with_the_nearest_name(folder: LedgerFolder):
    """The message lists what the folder has."""
    folder.append(an_event())

    with pytest.raises(UsageError, match=r"no model 'lemmon'.*lemon"):
        folder.read_known("lemmon")


@pytest.mark.skipif(os.name == "nt", reason="permissions of folders are POSIX's")
def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path):
    """A file in the place of the folder stands for every reason: the error names the ledger and the remedy."""
    (tmp_path / "models").write_text("")

    with pytest.raises(ConfigurationError, match=r"models.lemon cannot be written"):
        LedgerFolder(tmp_path / "models").append(an_event())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.booleans(), st.sampled_from("abc"), st.sampled_from(["staging", "production"]))))
def test_merging_is_the_same_from_both_sides(tmp_path_factory: pytest.TempPathFactory, steps: list):
    """Whatever two clones did, both have the same state once each has the other's files."""
    place = tmp_path_factory.mktemp("ledger")
    one, two = LedgerFolder(place / "one"), LedgerFolder(place / "two")
    for first, sha, alias in steps:
        (one if first else two).append(an_event(sha, alias=alias))
    _merge(one, two)
    _merge(two, one)

    assert _state_of(one.read("lemon")) == _state_of(two.read("lemon"))


def _clone(folder: LedgerFolder, path: Path) -> LedgerFolder:
    shutil.copytree(folder.path, path)
    return LedgerFolder(path)


def _merge(source: LedgerFolder, target: LedgerFolder) -> None:
    if source.path.exists():
        shutil.copytree(source.path, target.path, dirs_exist_ok=True)


def _state_of(ledger: Ledger) -> dict[str, set[str]]:
    return {alias: {move.hash for move in moves} for alias, moves in ledger.aliases.items()}
