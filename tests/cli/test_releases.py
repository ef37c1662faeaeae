"""Runs that plain wandb wrote with five of its releases, read by every command that looks at runs."""

from __future__ import annotations

import json
import struct
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

Cli = Callable[..., subprocess.CompletedProcess[str]]
FIXTURES = sorted((Path(__file__).parents[1] / "reading" / "fixtures").glob("*-1.wandb"))
RELEASES = [path.name.removesuffix("-1.wandb") for path in FIXTURES]
HEADER, BEGIN = struct.Struct("<IHB"), 7  # of a record: checksum, length, type; where the first one stands


def renamed(content: bytes, old: bytes, new: bytes) -> bytes:
    """Return a run file, of one block, with another id in its records; all five were recorded under one."""
    assert len(old) == len(new)
    place, out = BEGIN, bytearray(content)
    while place + HEADER.size <= len(out):
        _, length, kind = HEADER.unpack_from(out, place)
        payload = bytes(out[place + HEADER.size : place + HEADER.size + length]).replace(old, new)
        out[place : place + HEADER.size + length] = (
            HEADER.pack(zlib.crc32(bytes([kind]) + payload), length, kind) + payload
        )
        place += HEADER.size + length
    return bytes(out)


@pytest.fixture
def releases(tmp_path: Path) -> Path:
    """A folder with a run of each release, `release0` the oldest."""
    for number, path in enumerate(FIXTURES):
        folder = tmp_path / "old" / f"offline-run-2026010{number + 1}_120000-release{number}"
        folder.mkdir(parents=True)
        content = renamed(path.read_bytes(), b"sessions", f"release{number}".encode())
        (folder / f"run-release{number}.wandb").write_bytes(content)
    return tmp_path / "old"


def test_runs_of_every_release_are_listed(releases: Path, cli: Cli):
    """One table; the metric of the best value is a number in all of them, although W&B keeps a mapping."""
    answer = cli("ls", str(releases), "--json")
    filtered = cli("ls", str(releases), "--filter", "val/loss < 0.6 and state = 'finished'")
    runs = json.loads(answer.stdout)["runs"]

    assert (0, "") == (answer.returncode, answer.stderr)
    assert [(f"release{number}", "finished") for number in range(5)] == [(run["id"], run["state"]) for run in runs]
    assert 5 == len(filtered.stdout.splitlines()) - 1


@pytest.mark.parametrize("number", range(5), ids=RELEASES)
def test_a_run_of_every_release_is_shown(releases: Path, here: Cli, number: int):
    """With its best value, the rule that needs no facts of ours, and no damage."""
    told = json.loads(here("show", str(next(releases.glob(f"*release{number}"))), "--json").stdout)

    assert (0.5, 1, "min") == tuple(told["best"]["val/loss"][name] for name in ("value", "epoch", "direction"))
    assert ["TX001"] == [finding["code"] for finding in told["findings"]]
    assert "damage" not in told


def test_runs_of_all_releases_are_compared(releases: Path, here: Cli):
    """They logged the same numbers: all are tied, and nothing in their configs differs."""
    answer = here("compare", str(releases), "--json")
    told = json.loads(answer.stdout)
    verdict = told["verdict"]

    assert 0 == answer.returncode
    assert {"val/loss"} == {told["metric"]} | {run["best"]["metric"] for run in told["runs"]}
    assert {f"release{n}" for n in range(5)} == {run["id"] for run in (verdict["best"], *verdict["tied"])}
    assert {} == told["differences"]


@pytest.mark.parametrize("number", range(1, 5), ids=RELEASES[1:])
def test_the_oldest_run_is_held_against_every_other(releases: Path, here: Cli, number: int):
    """No metric and no setting differs."""
    places = [str(next(releases.glob(f"*release{one}"))) for one in (0, number)]
    told = json.loads(here("diff", *places, "--json").stdout)

    assert ["release0", f"release{number}"] == [run["id"] for run in told["runs"]]
    assert {} == told["metrics"] == told["config"] == told["findings"]
