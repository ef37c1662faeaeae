from __future__ import annotations

import asyncio
import functools
import inspect
import sys
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import trackexp
from trackexp import track
from trackexp.errors import UnsupportedVersionError, UsageError
from trackexp.record import RunRecord, State
from trackexp.tracking.opening import open_runs

Records = Callable[[], list[RunRecord]]


def test_the_front_door_has_one_name():
    """`track` is the function by each of its three imports."""
    import trackexp.track as module
    from trackexp.track import track as direct

    assert trackexp.track is direct is track
    assert callable(module)


def test_a_bare_decorator_records_each_call(offline: Path, records: Records):
    """`@track` alone: arguments with their defaults are the config, a returned mapping the summary, each call a run."""
    result = {"accuracy": 0.97, "curve": [1, 2], "name": "x"}

    @track
    def train(lr=1e-3, epochs=5, *, tag="a"):
        assert len(open_runs()) == 1
        return result

    returned = [train(lr=3e-4), train(0.5, tag="b")]

    first, second = sorted(records(), key=lambda record: record.settings["lr"])
    assert [True, True] == [value is result for value in returned]
    assert {"lr": 3e-4, "epochs": 5, "tag": "a"} == first.settings
    assert {"lr": 0.5, "epochs": 5, "tag": "b"} == second.settings
    assert (0.97, "x", False) == (first.summary["accuracy"], first.summary["name"], "curve" in first.summary)
    assert [State.FINISHED] * 2 == [first.state, second.state]


def test_with_brackets_the_options_hold_for_each_call(offline: Path, records: Records):
    """`@track(…)`: the options' config is joined by the arguments."""

    @track(project="digits", config={"seed": 1, "lr": "overridden"}, tags=["t"], name="n")
    def train(lr):
        return None

    train(0.1)

    (record,) = records()
    assert ("digits", ("t",), "n") == (record.project, record.tags, record.name)
    assert {"seed": 1, "lr": 0.1} == record.settings


def test_variable_arguments_and_methods(offline: Path, records: Records):
    """`*args` is a list in the config, `**kwargs` are keys of their own, `self` and `cls` are none."""

    class Trainer:
        @track
        def train(self, first, *rest, lr=0.1, **more):
            return {"n": len(rest)}

        @classmethod
        @track
        def build(cls, depth=2):
            return None

        @staticmethod
        @track
        def run(width=3):
            return None

    assert {"n": 2} == Trainer().train(1, 2, 3, depth=4)
    Trainer.build()
    Trainer.run()

    settings = [record.settings for record in records()]
    expected = [{"first": 1, "rest": [2, 3], "lr": 0.1, "depth": 4}, {"depth": 2}, {"width": 3}]
    assert sorted(map(str, (dict(sorted(row.items())) for row in expected))) == sorted(
        map(str, (dict(sorted(row.items())) for row in settings))
    )


@dataclass
class Arguments:
    lr: float = 0.1
    layers: tuple[int, ...] = (8, 4)


@pytest.mark.parametrize("wrap", [Namespace, Arguments, dict])
def test_one_argument_that_holds_them_all_is_stored_by_its_names(wrap: Any, offline: Path, records: Records):
    """A function of one Namespace, dataclass or mapping gets the very object, and the config its names and values."""
    seen = []

    @track
    def train(args):
        seen.append(args)

    given = wrap(lr=0.5, layers=(2, 2))
    train(given)

    (record,) = records()
    assert [True] == [args is given for args in seen]
    assert {"args": {"lr": 0.5, "layers": [2, 2]}} == record.settings


def test_arrays_and_models_are_fair_arguments(offline: Path, records: Records, capfd: pytest.CaptureFixture[str]):
    """An array is kept as its numbers, with no warning, and reaches the function as it is."""
    array = np.zeros((3, 2))

    @track
    def train(x, model=object, *, callback=print):
        assert x is array
        assert (model, callback) == (object, print)

    train(array)

    (record,) = records()
    assert [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]] == record.settings["x"]
    assert "no JSON" not in capfd.readouterr().err


def test_a_raising_function_is_a_failed_run_and_its_own_exception(offline: Path, records: Records):
    """The exception comes out as it is, the run is failed with exit code 1."""
    error = ValueError("on purpose")

    @track
    def train():
        raise error

    with pytest.raises(ValueError, match="on purpose") as caught:
        train()

    (record,) = records()
    assert caught.value is error
    assert (State.FAILED, 1, []) == (record.state, record.exit_code, open_runs())


@pytest.mark.parametrize(
    ("error", "state", "code"),
    [
        (KeyboardInterrupt(), State.INTERRUPTED, 255),
        (SystemExit(3), State.FAILED, 3),
        (SystemExit(), State.FINISHED, 0),
    ],
)
def test_ctrl_c_and_exit(error: BaseException, state: State, code: int, offline: Path, records: Records):
    """Ctrl-C interrupts the run, `sys.exit` gives it its code."""

    @track
    def train():
        raise error

    with pytest.raises(type(error)):
        train()

    (record,) = records()
    assert (state, code) == (record.state, record.exit_code)


def test_wrong_arguments_open_no_run(offline: Path, records: Records):
    """A call that Python refuses is refused before a run is opened."""

    @track
    def train(lr):
        return None

    with pytest.raises(TypeError, match="lr"):
        train()

    assert [] == records()


def test_an_async_function_is_one_run_until_it_ends(offline: Path, records: Records):
    """The run of an async function is open until it has been awaited to its end."""

    @track
    async def train(lr=0.1):
        await asyncio.sleep(0)
        assert len(open_runs()) == 1
        return {"accuracy": lr}

    assert inspect.iscoroutinefunction(train)
    assert {"accuracy": 0.5} == asyncio.run(train(lr=0.5))
    (record,) = records()
    assert ({"lr": 0.5}, 0.5, []) == (record.settings, record.summary["accuracy"], open_runs())


def test_a_cancelled_async_function_is_a_failed_run(offline: Path, records: Records):
    """Cancelling a task ends its run as failed."""

    @track
    async def train():
        await asyncio.sleep(60)

    async def main():
        task = asyncio.create_task(train())
        await asyncio.sleep(0)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(main())

    assert [State.FAILED] == [record.state for record in records()]


def _generator():
    yield 1


async def _async_generator():
    yield 1


@pytest.mark.parametrize(
    ("thing", "message"),
    [
        (_generator, "generator _generator.*with track"),
        (_async_generator, "generator _async_generator"),
        (dict, "<class 'dict'>: expected a function"),
    ],
)
@pytest.mark.parametrize("brackets", [False, True])
def test_generators_and_classes_are_refused(thing: Any, message: str, brackets: bool):
    """What has no end that a run could share is refused when it is decorated, with what to do instead."""
    with pytest.raises(UsageError, match=message):
        track()(thing) if brackets else track(thing)


def test_a_project_that_is_no_string_is_refused():
    """`track(3)` is neither a project nor a function."""
    with pytest.raises(UsageError, match="project=3: expected a string"):
        track(3)
    with pytest.raises(UsageError, match="None: expected a function"):
        track()(None)


def test_the_decorated_function_is_still_itself():
    """Name, docstring, module, signature and the function inside are kept."""

    def train(lr: float = 0.1, *rest: int, depth: int = 2, **more: str) -> dict[str, float]:
        """Train."""
        return {}

    wrapped = track(train)

    assert inspect.signature(train) == inspect.signature(wrapped)
    assert (train.__name__, train.__doc__, train.__module__, train) == (
        wrapped.__name__,
        wrapped.__doc__,
        wrapped.__module__,
        wrapped.__wrapped__,
    )


def test_a_partial_and_a_callable_object_work(offline: Path, records: Records):
    """What can be called and has a signature can be tracked."""

    class Train:
        def __call__(self, lr=0.1):
            return {"lr": lr}

    def train(depth, lr=0.2):
        return None

    track(Train())(lr=0.3)
    track(functools.partial(train, 4))()

    assert [{"lr": 0.3}, {"lr": 0.2}] == sorted((record.settings for record in records()), key=lambda c: -c["lr"])


def test_decorated_functions_nest_into_one_run(offline: Path, records: Records):
    """A tracked function inside a tracked one adds to the same run; only the outer one ends it."""

    @track
    def inner(depth):
        return {"inner": depth}

    @track(project="outer")
    def outer(lr):
        inner(3)
        return {"outer": lr}

    outer(0.1)

    (record,) = records()
    assert {"lr": 0.1, "depth": 3} == record.settings
    assert (3, 0.1) == (record.summary["inner"], record.summary["outer"])


def test_a_config_file_is_refused_beside_arguments(offline: Path):
    """A decorated function's arguments are its config: a file's name beside them is an error that says so."""

    @track(config="config.yaml")
    def train(lr=0.1):
        return None

    with pytest.raises(UsageError, match=r"config='config.yaml': a decorated function's arguments are its config"):
        train()


def test_outside_a_sweep_an_adopted_runs_config_changes_no_argument(offline: Path, records: Records):
    """A run that is open already has a config of its own: the inner call's defaults are not replaced by it."""
    seen = []

    @track
    def train(lr=0.1):
        seen.append(lr)

    with track(config={"lr": 0.9}):
        train()

    assert [0.1] == seen


def test_disabled_everything_runs_as_ever(workspace: Path, monkeypatch: pytest.MonkeyPatch):
    """TRACKEXP_DISABLED=1: the function's value and exceptions are its own, and nothing is kept."""
    monkeypatch.setenv("TRACKEXP_DISABLED", "1")

    @track(monitor="val_loss")
    def train(lr=0.1):
        if lr > 1:
            raise ZeroDivisionError
        return lr

    assert 0.1 == train()
    with pytest.raises(ZeroDivisionError):
        train(2)
    assert [] == list(workspace.iterdir())


def test_keras_2_leaves_no_run_open(offline: Path, monkeypatch: pytest.MonkeyPatch, records: Records):
    """When Keras 2 is loaded `track` refuses, and the run that was opened for it is ended."""
    old = type(sys)("keras")
    old.__version__ = "2.15.0"
    monkeypatch.setitem(sys.modules, "keras", old)
    with pytest.raises(UnsupportedVersionError, match=r"Keras 2\.15\.0 cannot be recorded"):
        track().__enter__()

    assert ([State.FAILED], []) == ([record.state for record in records()], open_runs())


def test_one_tracker_may_be_entered_again(offline: Path, records: Records):
    """What `track(…)` returns can be used for one `with` after the other, and inside itself."""
    tracker = track(project="p")
    with tracker as first:
        pass
    with tracker as second, tracker as third:
        pass

    assert (True, True, 2) == (first.id != second.id, second.id == third.id, len(records()))
