from __future__ import annotations

import signal
from pathlib import Path

import pytest

from trackexp import track
from trackexp.reading import read_run
from trackexp.record import State

# One run in a process of its own; `BODY` is inside of it.
SCRIPT = """
import os, signal, sys, time
from trackexp import track
HANDLER
try:
    with track(project="p") as run:
        print(run.folder, flush=True)
        run.log({"a": 1})
        BODY
finally:
    print("finally", signal.getsignal(signal.SIGTERM) is signal.SIG_DFL)
print("after")
"""
TERM = "os.kill(os.getpid(), signal.SIGTERM)"


def ended(script, body: str, handler: str = ""):
    """Return how the script ended, what it printed after its run's folder, and the run."""
    answer = script(SCRIPT.replace("BODY", body).replace("HANDLER", handler), environ={"WANDB_MODE": "offline"})
    folder, *said = answer.stdout.splitlines()
    return answer, said, read_run(folder)


def test_sigterm_ends_the_run_and_then_the_process(script):
    """The run is interrupted and whole, `finally` blocks run, the exit code is the shell's for SIGTERM."""
    answer, said, run = ended(script, f"{TERM}; time.sleep(60)")

    assert (143, ["finally True"]) == (answer.returncode, said), answer.stderr
    assert (State.INTERRUPTED, 255) == (run.state, run.exit_code)
    assert "trackexp: SIGTERM: ending the run" in answer.stderr


def test_a_handler_of_the_user_has_the_last_word(script):
    """One that only makes a note lets the script go on, and stands again afterwards."""
    handler = "noted = []; signal.signal(signal.SIGTERM, lambda *_: noted.append(1))"
    answer, said, run = ended(script, f"{TERM}; print(noted)", handler)

    assert (0, ["[1]", "finally False", "after"]) == (answer.returncode, said), answer.stderr
    assert State.FINISHED == run.state


def test_a_handler_that_is_set_inside_the_run_stays(script):
    """What the script put there last is the script's."""
    answer, said, _ = ended(script, "signal.signal(signal.SIGTERM, signal.SIG_IGN); " + TERM)

    assert (0, ["finally False", "after"]) == (answer.returncode, said), answer.stderr


def test_a_script_that_ignores_the_signal_goes_on(script):
    """`SIG_IGN` is left alone."""
    answer, said, run = ended(script, TERM, "signal.signal(signal.SIGTERM, signal.SIG_IGN)")

    assert (0, ["finally False", "after"]) == (answer.returncode, said), answer.stderr
    assert State.FINISHED == run.state


def test_a_forked_worker_dies_of_the_signal_as_ever(script):
    """It neither ends its parent's run nor says a word."""
    body = (
        "child = os.fork()\n"
        "        if child == 0:\n            time.sleep(60); os._exit(0)\n"
        "        os.kill(child, signal.SIGTERM)\n"
        "        print(os.WTERMSIG(os.waitpid(child, 0)[1]))"
    )
    answer, said, run = ended(script, body)

    assert (0, ["15", "finally True", "after"]) == (answer.returncode, said), answer.stderr
    assert State.FINISHED == run.state
    assert "SIGTERM" not in answer.stderr


def test_a_signal_while_the_run_is_ending_waits_for_the_end(workspace: Path, monkeypatch: pytest.MonkeyPatch):
    """The run is whole, and the process ends after it."""
    monkeypatch.setenv("WANDB_MODE", "offline")
    tracker = track(project="p")
    run = tracker.__enter__()
    finish = run.wandb_run.finish

    def finish_in_a_storm(**given: int) -> None:
        signal.raise_signal(signal.SIGTERM)
        finish(**given)

    monkeypatch.setattr(run.wandb_run, "finish", finish_in_a_storm)
    with pytest.raises(SystemExit, match="143"):
        tracker.__exit__(None, None, None)

    assert State.FINISHED == read_run(run.folder).state
    assert signal.SIG_DFL == signal.getsignal(signal.SIGTERM)


def test_with_two_runs_the_last_to_close_gives_the_signal_back(workspace: Path, monkeypatch: pytest.MonkeyPatch):
    """A nested `track` changes nothing about it."""
    monkeypatch.setenv("WANDB_MODE", "offline")
    with track(project="p"):
        heard = signal.getsignal(signal.SIGTERM)
        with track(project="p"):
            assert heard == signal.getsignal(signal.SIGTERM)

        assert heard == signal.getsignal(signal.SIGTERM) != signal.SIG_DFL

    assert signal.SIG_DFL == signal.getsignal(signal.SIGTERM)
