"""Tools that wrap Keras too: whatever they wrap, and in whatever order they come and go, a fit is recorded whole."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import pytest

from trackexp import read_run, track

METHODS = ["fit", "compile", "train_step", "evaluate"]


class Tool:
    """Another library's autologging: it puts its own method into `keras.Model`, and takes it out again."""

    def __init__(self, methods: list[str], *, keeps_names: bool) -> None:
        self.methods, self.keeps_names = methods, keeps_names
        self.calls = 0
        self._undo: list[Callable[[], None]] = []

    def patch(self) -> None:
        for name in self.methods:
            inherited = name not in vars(keras.Model)
            original = getattr(keras.Model, name)
            setattr(keras.Model, name, self._around(original))
            undo = functools.partial(delattr, keras.Model, name)
            self._undo.append(undo if inherited else functools.partial(setattr, keras.Model, name, original))

    def _around(self, original: Any) -> Any:
        def method(model: Any, *args: Any, **kwargs: Any) -> Any:
            self.calls += 1
            return original(model, *args, **kwargs)

        return functools.wraps(original)(method) if self.keeps_names else method

    def unpatch(self) -> None:
        while self._undo:
            self._undo.pop()()


@pytest.fixture(params=[True, False], ids=["kept names", "bare"])
def tool(request: pytest.FixtureRequest) -> Iterator[Tool]:
    """A tool that wraps everything."""
    made = Tool(METHODS, keeps_names=request.param)
    before = {(owner, name): vars(owner).get(name) for owner in keras.Model.__mro__ for name in METHODS}
    yield made
    made.unpatch()

    assert before == {(owner, name): vars(owner).get(name) for owner in keras.Model.__mro__ for name in METHODS}


def recorded(run: Any) -> tuple[int, list[str], int, bool]:
    """Return epochs, overridden methods, profiled rows, and whether there are probes."""
    record = read_run(run.folder)
    facts = record.facts[-1]
    return (
        len(record.history["train/loss"]),
        facts["model"]["overrides"],
        facts["data"]["rows"],
        bool(facts["probes"].get("epochs")),
    )


WHOLE = (3, [], 240, True)


def test_a_tool_that_came_before_hides_nothing(workspace: Path, model: Any, data: Any, tool: Tool) -> None:
    """Its wrap is no step of the user's own, and the arguments of `fit` are seen through it."""
    tool.patch()
    with track("tools", mode="offline") as run:
        model().fit(data.x, data.y, epochs=3, verbose=0)

    assert WHOLE == recorded(run)
    assert tool.calls > 1


def test_a_tool_that_comes_while_a_run_is_open_hides_nothing(
    workspace: Path, model: Any, data: Any, tool: Tool
) -> None:
    """What it wraps is ours, and what it puts back after the run does nothing."""
    with track("tools", mode="offline") as run:
        tool.patch()
        model().fit(data.x, data.y, epochs=3, verbose=0)
    assert WHOLE == recorded(run)

    model().fit(data.x, data.y, epochs=1, verbose=0)
    tool.unpatch()
    with track("tools", mode="offline") as second:
        model().fit(data.x, data.y, epochs=3, verbose=0)

    assert WHOLE == recorded(second)


def test_a_tool_that_leaves_while_a_run_is_open_takes_nothing_along(
    workspace: Path, model: Any, data: Any, tool: Tool
) -> None:
    """Taking its wrap out of `keras.Model` leaves ours on the way."""
    tool.patch()
    with track("tools", mode="offline") as run:
        tool.unpatch()
        model().fit(data.x, data.y, epochs=3, verbose=0)

    assert WHOLE == recorded(run)


def test_a_step_of_the_users_own_is_told_by_the_class(workspace: Path, data: Any, tool: Tool) -> None:
    """A `train_step` below `keras.Model` is the user's, wrapped by another tool or not."""

    class Own(keras.Sequential):
        def train_step(self, *args: Any, **kwargs: Any) -> Any:
            return super().train_step(*args, **kwargs)

    tool.patch()
    made = Own([keras.Input((6,)), keras.layers.Dense(3, "softmax")])
    made.compile("adam", "categorical_crossentropy")
    with track("tools", mode="offline") as run:
        made.fit(data.x, data.y, epochs=3, verbose=0)

    assert ["train_step"] == recorded(run)[1]
