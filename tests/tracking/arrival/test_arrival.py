from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
import wandb

from trackexp import read_run, track
from trackexp.cli import main
from trackexp.tracking.arrival.checking import known_credentials
from trackexp.tracking.arrival.held import held_by, held_of
from trackexp.tracking.arrival.missing import missing
from trackexp.tracking.arrival.sent import sent_of, sessions_sent

REFUSED = {"action": "status", "status": 403}


def record(project: str = "arrival", mode: str = "online", rows: int = 5, **options: Any) -> Any:
    """Record a run with rows, a file and an artifact, and return it."""
    with track(project, mode=mode, **options) as run:
        for step in range(rows):
            run.log({"val/loss": 1 / (step + 1)})
        path = run.files_folder / "weights.bin"
        path.write_bytes(run.id.encode() * 100)
        run.save(str(path), base_path=str(path.parent), policy="end")
        artifact = wandb.Artifact(f"run_{run.id}_weights", type="model", metadata={"rows": rows})
        artifact.add_file(str(path))
        run.log_artifact(artifact, aliases=["best"])
    return run


def steps(server: Any, run: Any, project: str = "arrival") -> list[int]:
    """Return the steps of the rows that the server holds, doubled ones twice."""
    return [row["_step"] for row in server.run(project, run.id)["history"] if "val/loss" in row]


def lacking(run: Any) -> Any:
    """Return what the server does not hold of a run."""
    sent = sent_of(next(run.folder.glob("*.wandb")))
    found = known_credentials()
    assert found is not None
    return missing(sent, held_of(sent, found))


def test_of_a_run_that_arrived_nothing_is_missing_and_nothing_is_said(
    online: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rows, files and artifacts are compared with the server's own word for them."""
    run = record()

    assert not lacking(run)
    assert "missing" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        ({"op": "^put$", **REFUSED}, "weights.bin"),
        ({"op": "^CommitArtifact$", "action": "status", "status": 400}, "artifact run_{id}_weights"),
    ],
)
def test_what_was_refused_is_said_and_sent_later(
    online: Any, capsys: pytest.CaptureFixture[str], rule: dict[str, Any], named: str
) -> None:
    """The end of the run names what the server refused; sync sends it, and no row is doubled."""
    online.fault(**rule)
    run = record()
    said = capsys.readouterr().err
    online.admin("faults", method="DELETE")
    exits = [main(["sync", str(run.folder)]) for _ in range(2)]

    assert f"trackexp sync {run.relative(run.folder)}" in said
    assert named.format(id=run.id) in said or "more files" in said
    assert [0, 0] == exits
    assert list(range(5)) == steps(online, run)
    assert not lacking(run)


def test_a_refused_artifact_is_logged_again_as_it_was(online: Any) -> None:
    """Name, type, aliases, metadata and content are those of the first attempt."""
    online.fault(op="^CommitArtifact$", action="status", status=400)
    run = record()
    online.admin("faults", method="DELETE")
    main(["sync", str(run.folder)])
    artifact = wandb.Api().artifact(f"tester/arrival/run_{run.id}_weights:best")

    assert ("model", {"rows": 5}, ["weights.bin"]) == (
        artifact.type,
        artifact.metadata,
        list(artifact.manifest.entries),
    )
    assert "finished" == online.run("arrival", run.id)["state"]


def test_sync_exits_1_while_something_is_missing(online: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """As long as the server refuses the upload, each sync says so."""
    run = record(mode="offline")
    online.fault(op="^put$", **REFUSED)

    assert 1 == main(["sync", str(run.folder), "--timeout", "60"])
    assert "weights.bin" in capsys.readouterr().out


def test_an_offline_run_is_sent_whole_and_once(online: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """The first sync sends it, the second finds it there; the JSON says the same."""
    run = record(mode="offline")
    line = next(line for line in capsys.readouterr().err.splitlines() if line.startswith("  sync"))
    exits = [main(line.split()[2:]) for _ in range(2)]
    capsys.readouterr()
    main(["sync", run.id, "--json"])
    found = json.loads(capsys.readouterr().out)

    assert "  sync      trackexp sync " in line
    assert ([0, 0], list(range(5))) == (exits, steps(online, run))
    assert (1, run.id, False) == (found["schema"], found["runs"][0]["run"], found["runs"][0]["missing"])


def test_a_dry_run_sends_nothing(online: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """With --dry-run it is only said what is missing."""
    run = record(mode="offline")

    assert 1 == main(["sync", str(run.folder), "--dry-run"])
    assert "the whole run" in capsys.readouterr().out
    assert 1 == main(["sync", str(run.folder), "--dry-run"])


def test_a_file_that_a_later_session_wrote_is_not_put_back(online: Any) -> None:
    """Of a resumed run each session's file is the last one's: the older content does not return."""
    first = record()
    second = record(id=first.id, resume="must", rows=3)
    files = [next(run.folder.glob("*.wandb")) for run in (first, second)]

    assert [False, True] == ["weights.bin" in sent.files for sent in sessions_sent(files)]
    assert 0 == main(["sync"])
    assert list(range(8)) == steps(online, first)


def test_without_a_key_sync_says_what_to_do(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run cannot be sent by nobody: exit 2, and how to log in."""
    record(mode="offline", rows=1)
    capsys.readouterr()

    assert 2 == main(["sync"])
    assert "wandb login" in capsys.readouterr().err


def test_a_server_that_is_silent_is_not_blamed_on_the_run(online: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the server cannot be asked, sync exits 2: nothing is known."""
    run = record(mode="offline", rows=1)
    online.fault(path="graphql", action="status", status=500)

    assert 2 == main(["sync", str(run.folder)])
    assert "does not answer" in capsys.readouterr().err


def test_many_files_are_asked_for_page_by_page(online: Any) -> None:
    """A run with more files than a page holds is compared whole."""
    from trackexp.tracking.arrival import held

    with track("arrival") as run:
        for place in range(7):
            path = run.files_folder / f"part-{place}.txt"
            path.write_text(str(place))
            run.save(str(path), base_path=str(path.parent), policy="end")
    found = known_credentials()
    assert found is not None
    whole = held_by(found, "", "arrival", run.id)
    query = held._QUERY
    held._QUERY = query.replace("500", "2")
    try:
        paged = held_by(found, "", "arrival", run.id)
    finally:
        held._QUERY = query

    assert whole == paged
    assert whole is not None
    assert {f"part-{place}.txt" for place in range(7)} <= whole.files.keys()


def test_offline_sessions_of_one_run_all_arrive_once(online: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Each counts its steps from 0 again: the server has the rows of all of them, one session behind the other."""
    record(mode="offline", id="again", rows=4)
    for rows in (2, 6):
        time.sleep(1.1)  # W&B names the folder by the second
        record(mode="offline", id="again", rows=rows)
    exits = [main(["sync"]) for _ in range(2)]
    values = [row["val/loss"] for row in online.run("arrival", "again")["history"] if "val/loss" in row]

    assert [0, 0] == exits
    assert [1 / (step + 1) for rows in (4, 2, 6) for step in range(rows)] == values


def test_an_offline_session_behind_rows_of_another_machine_is_sent(online: Any) -> None:
    """The server has more rows than this disk, and none of this session's: they are not taken for its own."""
    run = record(id="elsewhere", rows=7)
    shutil.rmtree(run.folder)
    record(mode="offline", id="elsewhere", rows=3)

    assert [0, 0] == [main(["sync"]) for _ in range(2)]
    values = [row["val/loss"] for row in online.run("arrival", run.id)["history"] if "val/loss" in row]
    assert [1 / (step + 1) for rows in (7, 3) for step in range(rows)] == values


def test_the_key_may_stand_in_a_dotenv_file(
    online: Any, workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As `track` does, sync reads the `.env` of the folder; the mode of the training is not the sync's."""
    run = record(mode="offline")
    for name in ("WANDB_API_KEY", "WANDB_BASE_URL"):
        monkeypatch.delenv(name)
    (workspace / ".env").write_text(
        f"WANDB_API_KEY={online.key}\nWANDB_BASE_URL={online.url}\nWANDB_MODE=offline\n", encoding="utf-8"
    )

    assert 0 == main(["sync"]), capsys.readouterr().err
    assert list(range(5)) == steps(online, run)


def test_a_damaged_file_is_sent_as_far_as_it_can_be_read(online: Any) -> None:
    """W&B's own reader gives up at flipped bytes; what this library reads behind it arrives too."""
    run = record(mode="offline", rows=900)
    file = next(run.folder.glob("*.wandb"))
    data = bytearray(file.read_bytes())
    for place in range(40_000, 43_000, 100):  # history and summary take turns: some of them hit a row
        data[place] ^= 0xFF
    file.write_bytes(data)
    kept = read_run(file).history["val/loss"].values.tolist()

    assert 0 == main(["sync", str(run.folder)])
    assert kept == [row["val/loss"] for row in online.run("arrival", run.id)["history"] if "val/loss" in row]
    assert 500 < len(kept) < 900


@pytest.mark.parametrize("how", ["a path", "plain wandb", "log_model", "a table"])
def test_an_artifact_that_was_refused_is_missed_however_it_was_logged(online: Any, tmp_path: Path, how: str) -> None:
    """W&B's own functions, and tables, pass through the same check as `run.log_artifact`."""
    path = tmp_path / "notes.txt"
    path.write_text("notes")
    online.fault(op="^CommitArtifact$", action="status", status=400)
    with track("arrival", autolog=False) as run:
        if how == "a path":
            run.log_artifact(str(path), how.replace(" ", "-"), "text", ["first"])
        elif how == "plain wandb":
            wandb.log_artifact(path, name=how.replace(" ", "-"), type="text", aliases=["first"])
        elif how == "log_model":
            run.log_model(path, how, aliases=["first"])
        else:
            run.log({"notes": wandb.Table(columns=["a"], data=[[1]])})
    before = [artifact.name for artifact in lacking(run).artifacts]
    online.admin("faults", method="DELETE")

    name = f"run-{run.id}-notes" if how == "a table" else how.replace(" ", "-")
    assert [name] == before
    assert 0 == main(["sync", str(run.folder)])
    if how != "a table":
        assert "notes.txt" in wandb.Api().artifact(f"tester/arrival/{name}:first").manifest.entries


def test_an_artifact_that_another_run_logged_alike_is_there(online: Any, tmp_path: Path) -> None:
    """The server keeps one version of the same content: neither run misses it."""
    path = tmp_path / "data.txt"
    path.write_text("rows")
    runs = []
    for _ in range(2):
        with track("arrival", autolog=False) as run:
            run.log_artifact(str(path), name="rows", type="dataset")
        runs.append(run)

    assert [False, False] == [bool(lacking(run)) for run in runs]
