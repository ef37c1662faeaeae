from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from trackexp import track
from trackexp.errors import TrackingError
from trackexp.record import Finding, RunRecord, Severity, State
from trackexp.tracking import Run, exit_code_of

FINDING = Finding(
    code="TX000", name="a-mistake", severity=Severity.ERROR, message="it is wrong", fix="do it right", fit=0
)


def normal(text: str, run_id: str) -> list[str]:
    """Return the lines with what differs from run to run replaced."""
    text = text.replace(run_id, "ID")
    return re.sub(r"\d{8}_\d{6}", "TIME", re.sub(r"in \d+ s\b", "in N s", text)).splitlines()


def improve(run: Run, times: int = 1) -> None:
    """Keep a model in the run's files, and better ones after it."""
    model = run.files_folder / "model-best.h5"
    for epoch in range(times):
        model.write_bytes(b"%d" % epoch)
        run.improve({"metric": "val/loss", "value": 1 / (epoch + 1), "epoch": epoch}, model)


def spoil(run: Run, error: BaseException | None = None) -> None:
    """Make the end of the run fail, whose model is a file that cannot be read; then raise."""
    run.state.best_path, run.state.best_logged = Path("/proc/self/mem"), False
    run.state.best = {"metric": "loss", "value": 1.0, "epoch": 0}
    if error is not None:
        raise error


def improve_and_raise(run: Run) -> None:
    """Raise after three improvements."""
    improve(run, 3)
    raise ValueError("on purpose")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (None, 0),
        (ValueError("x"), 1),
        (KeyboardInterrupt(), 255),
        (SystemExit(), 0),
        (SystemExit(0), 0),
        (SystemExit(3), 3),
        (SystemExit("words"), 1),
        (GeneratorExit(), 1),
    ],
)
def test_the_exit_code_says_how_the_block_was_left(error: BaseException | None, code: int):
    """An exception is 1, Ctrl-C is W&B's 255, `sys.exit` its own code."""
    assert code == exit_code_of(error)


@pytest.mark.parametrize(
    ("error", "state", "code"),
    [
        (None, State.FINISHED, 0),
        (ValueError("on purpose"), State.FAILED, 1),
        (KeyboardInterrupt(), State.INTERRUPTED, 255),
        (SystemExit(3), State.FAILED, 3),
        (SystemExit(0), State.FINISHED, 0),
    ],
)
def test_the_state_of_the_record_is_how_the_block_was_left(
    error: BaseException | None, state: State, code: int, read: Callable[..., RunRecord]
):
    """What left the block comes out of it as it is, and the record says it."""
    caught: BaseException | None = None
    try:
        with track(mode="offline") as run:
            run.log({"loss": 1.0})
            if error is not None:
                raise error
    except BaseException as seen:
        caught = seen

    record = read()
    assert (error, state, code) == (caught, record.state, record.exit_code)
    assert [1.0] == list(record.history["loss"].values)


def test_the_end_of_a_plain_run_is_three_lines(workspace: Path, capfd: pytest.CaptureFixture[str]):
    """A run without a fit says its name, where to look and how to sync."""
    with track(project="p", name="first", mode="offline") as run:
        run.log({"loss": 1.0})

    folder = "wandb/offline-run-TIME-ID"
    expected = [
        "trackexp: p/first finished in N s",
        f"  look      trackexp show {folder}",
        f"  sync      trackexp sync {folder}",
    ]
    assert expected == normal(capfd.readouterr().err, run.id)


def test_the_end_of_a_full_run_is_at_most_eight_lines(
    workspace: Path, capfd: pytest.CaptureFixture[str], read: Callable[..., RunRecord]
):
    """Epochs, best value, model, findings, tracking errors, where to look and how to sync: eight lines at most."""
    with track(project="p", name="first", mode="offline") as run:
        run.log_epoch({"epoch": 0, "val/loss": 0.25})
        run.log_epoch({"epoch": 1, "val/loss": 0.5})
        improve(run)
        run.add_findings([FINDING, FINDING])
        with run.failures.guard("dancing"):
            raise OSError("no floor")

    folder = "wandb/offline-run-TIME-ID"
    expected = [
        "trackexp: dancing failed, the training goes on: OSError: no floor",
        "trackexp: p/first finished in N s, 2 epochs",
        "  best      val/loss 1 at epoch 0",
        f"  model     {folder}/files/model-best.h5 (1 B)",
        "  findings  TX000 a-mistake",
        "  tracking  1 error while recording (trackexp.tracking_errors)",
        f"  look      trackexp show {folder}",
        f"  sync      trackexp sync {folder}",
    ]
    assert expected == normal(capfd.readouterr().err, run.id)
    assert (1, 1) == (read().summary["trackexp"]["tracking_errors"], len(read().findings))


def test_the_best_model_is_one_artifact_also_after_an_exception(workspace: Path, read: Callable[..., RunRecord]):
    """However often it improved, the model is logged once, as the artifact `run_<id>_model` with the alias best."""
    with pytest.raises(ValueError, match="on purpose"), track(mode="offline") as run:
        improve_and_raise(run)

    record = read()
    artifacts = [(item.name, "best" in item.aliases) for item in record.artifacts if item.type == "model"]
    assert [(f"run_{run.id}_model", True)] == artifacts
    assert (2, 1) == (record.summary["best"]["epoch"], record.summary["best"]["bytes"])
    assert "d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35" == record.summary["best"]["sha256"]


def test_the_server_has_model_findings_and_tags(online, workspace: Path):
    """Online the artifact, the findings and their tags arrive, and the error-level one is an alert."""
    with track(project="p", tags=["own"]) as run:
        improve(run)
        run.add_findings([FINDING])

    stored = online.run("p", run.id)
    assert "finished" == stored["state"]
    assert {"own", "a-mistake"} == set(stored["tags"])
    assert ["TX000 a-mistake"] == [alert["title"] for alert in stored["alerts"]]
    assert "trackexp/findings" in str(stored["summary"])
    sent = [entry for entry in online.admin("requests?since=0") if entry["op"] == "CreateArtifact"]
    assert [200] == [entry["status"] for entry in sent if f"run_{run.id}_model" in str(entry["variables"])]


def test_a_run_without_a_file_of_its_own_is_not_damaged(online, workspace: Path, capfd: pytest.CaptureFixture[str]):
    """An online run that was told to write no `.wandb` file misses nothing at its end."""
    with track(project="p", settings={"x_skip_transaction_log": True}) as run:
        run.log({"loss": 1.0})

    assert ([1.0], 2) == (
        [row["loss"] for row in online.run("p", run.id)["history"]],
        len(capfd.readouterr().err.splitlines()),
    )


def test_the_model_and_findings_of_an_adopted_run_are_stored_once(
    workspace: Path, read: Callable[..., RunRecord], finish_plain
):
    """In a run of plain wandb the end of `track` stores the model and the findings, and ends nothing."""
    import wandb

    outer = wandb.init(mode="offline")
    with track(), track() as run:
        improve(run)
        run.add_findings([FINDING])
    with track() as again:
        best = dict(again.state.best)
    finish_plain(outer)

    record = read()
    assert (1.0, ["TX000"]) == (best["value"], [finding.code for finding in record.findings])
    assert 1 == len([item for item in record.artifacts if item.type == "model"])


def test_finishing_twice_is_finishing_once(workspace: Path, capfd: pytest.CaptureFixture[str], read):
    """`run.finish()` inside the block ends the run there; the block's end says nothing more."""
    with track(mode="offline") as run:
        run.finish(exit_code=4)

    assert (4, 1) == (read().exit_code, capfd.readouterr().err.count("failed (exit code 4)"))


def test_a_run_that_wandb_finished_is_no_crash(workspace: Path, capfd: pytest.CaptureFixture[str], read):
    """`wandb.finish()` inside the block, behind the back of `track`, stops nothing."""
    import wandb

    with track(mode="offline") as run:
        run.log({"loss": 1.0})
        wandb.finish()
        run.log({"loss": 2.0})

    assert ([1.0], State.FINISHED) == (list(read().history["loss"].values), read().state)
    assert capfd.readouterr().err.count("logging metrics failed, the training goes on") == 1


def test_a_strict_run_whose_end_fails_is_ended_all_the_same(workspace: Path, read: Callable[..., RunRecord]):
    """Under strict=True a failure at the end is raised, after the run was finished."""
    with pytest.raises(TrackingError, match="logging the model artifact"), track(mode="offline", strict=True) as run:
        spoil(run)

    assert State.FINISHED == read().state


def test_the_users_exception_is_never_hidden_by_ours(workspace: Path, read: Callable[..., RunRecord]):
    """When the block itself raised, what fails at the end of a strict run is said, not raised in its place."""
    with pytest.raises(ZeroDivisionError), track(mode="offline", strict=True) as run:
        spoil(run, ZeroDivisionError())

    assert State.FAILED == read().state


CLOSED = {
    "the stream": "sys.stderr.close()",
    "the descriptor, and a socket has its number": "os.close(2); import socket; taken = socket.socket()",
    "the descriptor, and a file has its number": "os.close(2); taken = open('mine.txt', 'w')",
}


@pytest.mark.parametrize("closing", CLOSED.values(), ids=CLOSED)
def test_a_closed_stderr_is_no_crash(script, tmp_path: Path, closing: str):
    """A script whose stderr is closed runs, records and ends with 0, and no file of its own gets what we say."""
    source = f"""
import os, sys
from trackexp import track
{closing}
with track(mode="offline") as run:
    run.log({{"bad key!": 1.0}})
print("done")
"""
    ended = script(source, environ={"PYTHONUNBUFFERED": ""})  # what cannot be written stays in the buffer
    written = {
        path: path.read_text(errors="replace") for path in tmp_path.rglob("*") if path.suffix in (".txt", ".log")
    }

    assert (0, "done\n") == (ended.returncode, ended.stdout)
    assert [] == [path for path, text in written.items() if "cannot sort or filter by" in text]


AWAY = """
import os, sys, time, urllib.request, json
from trackexp import track
with track(project="p", settings={"finish_timeout": 3}) as run:
    run.log({"loss": 1.0})
    time.sleep(0.5)
    rule = json.dumps({"path": "^/(graphql|files|storage)", "action": "hang", "seconds": 300, "times": -1}).encode()
    urllib.request.urlopen(urllib.request.Request(os.environ["WANDB_BASE_URL"] + "/_admin/faults", rule, method="POST"))
    run.log({"loss": 2.0})
print("done")
"""


def test_the_process_ends_in_time_when_the_server_goes_away(mortal_server, script, tmp_path, isolated_environ):
    """A server that goes silent in the middle costs `finish_timeout`; then comes the line that sends the rest."""
    variables = {"WANDB_BASE_URL": mortal_server.url, "WANDB_API_KEY": mortal_server.key}
    ended = script(AWAY, environ=variables, timeout=120)  # the server would be silent for 300 s
    mortal_server.admin("faults", method="DELETE")
    line = next(line for line in ended.stderr.splitlines() if line.startswith("  missing"))
    command = line.partition("send the rest: ")[2].split()
    folder = tmp_path / "work"
    subprocess.run(
        [str(Path(sys.executable).parent / command[0]), *command[1:]],
        cwd=folder,
        env={**isolated_environ, **variables},
        check=True,
        capture_output=True,
        timeout=60,
    )

    run_id = command[-1].rpartition("-")[2]
    assert (0, "done\n") == (ended.returncode, ended.stdout)
    assert f"not all of it reached {mortal_server.url} within 3 s" in line
    assert [1.0, 2.0] == [row["loss"] for row in mortal_server.run("p", run_id)["history"]]


def test_a_server_that_dies_in_the_middle_costs_no_exit_code(mortal_server, workspace, monkeypatch, capfd):
    """A server that is gone at the end: the block is left in time, with the line that sends the rest."""
    monkeypatch.setenv("WANDB_BASE_URL", mortal_server.url)
    monkeypatch.setenv("WANDB_API_KEY", mortal_server.key)
    with track(project="p", settings={"finish_timeout": 2}) as run:
        run.log({"loss": 1.0})
        mortal_server.stop()

    assert f"trackexp sync {run.relative(run.folder)}" in capfd.readouterr().err


def last_logged(file: Path) -> float:
    """Return when the newest row that a run's file holds was logged, in seconds since 1970; 0 without a row."""
    from trackexp.reading import read_run

    history = read_run(file).history
    return float(max(history["at"].values)) if "at" in history else 0.0


def test_kill_9_loses_at_most_about_a_second(isolated_environ, tmp_path: Path):
    """While the script logs, its file lags by less than two seconds; what it held then outlives the kill."""
    import os
    import signal
    import time

    from trackexp.reading import read_run

    source = """
import time
from trackexp import track
with track(mode="offline") as run:
    print("open", flush=True)
    while True:
        run.log({"at": time.time()})
        time.sleep(0.01)
"""
    folder = tmp_path / "killed"
    folder.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", source],
        cwd=folder,
        env=isolated_environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as job:
        assert job.stdout is not None
        assert b"open\n" == job.stdout.readline()
        file = next(folder.glob("wandb/*run-*/*.wandb"))
        deadline = time.monotonic() + 60
        while (lag := time.time() - last_logged(file)) >= 2 and time.monotonic() < deadline:
            time.sleep(0.05)  # 1 s between flushes; on a busy machine W&B's process may have to wait for its turn
        held = last_logged(file)
        os.kill(job.pid, signal.SIGKILL)
        job.wait()
    deadline = time.monotonic() + 60
    while (record := read_run(file)).state != State.KILLED and time.monotonic() < deadline:
        time.sleep(0.2)  # wandb's own process notices the end of ours and ends itself

    assert State.KILLED == record.state
    assert lag < 2
    assert max(record.history["at"].values) >= held
