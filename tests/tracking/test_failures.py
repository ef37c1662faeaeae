from __future__ import annotations

import sys

import pytest

from trackexp.errors import TrackingError, UsageError
from trackexp.tracking.failures import Failures, Notifier


class Broken:
    """A stream whose other end is gone."""

    def write(self, text: str) -> int:
        raise BrokenPipeError

    def flush(self) -> None:
        raise BrokenPipeError


def test_each_thing_is_said_once(capsys: pytest.CaptureFixture[str]):
    """The same text is said once a run, topics decide where they are given, and a silent voice says nothing."""
    voice, silent = Notifier(), Notifier(silent=True)
    for text in ("a", "a", "b"):
        voice.say(text)
        silent.say(text)
    voice.say("first words", topic="t")
    voice.say("other words", topic="t")

    assert ["trackexp: a", "trackexp: b", "trackexp: first words"] == capsys.readouterr().err.splitlines()


@pytest.mark.parametrize("stream", [None, Broken()])
def test_a_stderr_that_is_gone_is_no_failure(stream: object, monkeypatch: pytest.MonkeyPatch):
    """Saying something where nobody listens does nothing."""
    monkeypatch.setattr(sys, "stderr", stream)
    voice = Notifier()
    voice.say("a")

    assert voice._said == {"a"}


def test_a_guarded_failure_is_counted_and_said_once_by_its_work(capsys: pytest.CaptureFixture[str]):
    """Each failure counts; of each kind of work the first one is said, with the first line of its message."""
    failures = Failures(Notifier(), strict=False)
    for number in range(3):
        with failures.guard("logging"):
            raise OSError(f"number {number}\nmore")
    with failures.guard("saving"):
        raise ValueError

    assert 4 == failures.count
    assert [
        "trackexp: logging failed, the training goes on: OSError: number 0",
        "trackexp: saving failed, the training goes on: ValueError",
    ] == capsys.readouterr().err.splitlines()


def test_what_is_no_exception_passes():
    """Ctrl-C and `sys.exit` inside a guard are the user's."""
    failures = Failures(Notifier(), strict=False)
    for stop in (KeyboardInterrupt, SystemExit):
        with pytest.raises(stop), failures.guard("logging"):
            raise stop

    assert 0 == failures.count


def test_strict_raises_ours_as_they_are_and_others_as_tracking_errors():
    """A TrackexpError passes, anything else becomes a TrackingError with its cause."""
    failures = Failures(Notifier(), strict=True)
    with pytest.raises(UsageError, match="mine"), failures.guard("logging"):
        raise UsageError("mine")
    with pytest.raises(TrackingError, match="logging failed") as caught, failures.guard("logging"):
        raise OSError("theirs")

    assert isinstance(caught.value.__cause__, OSError)


@pytest.mark.parametrize(("error", "raised"), [(None, True), (ValueError(), False)])
def test_a_strict_run_yields_to_the_scripts_own_error(error: BaseException | None, raised: bool):
    """While the script's error is on its way nothing of ours is raised; afterwards strictness is as before."""
    failures = Failures(Notifier(silent=True), strict=True)
    seen = False
    try:
        with failures.yielding_to(error), failures.guard("logging"):
            raise OSError
    except TrackingError:
        seen = True

    assert (raised, True) == (seen, failures.strict)
