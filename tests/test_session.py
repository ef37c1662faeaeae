from __future__ import annotations

import asyncio
import contextvars
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from trackexp import track
from trackexp.reading import read_run, read_runs
from trackexp.session import Session, current_run, current_session
from trackexp.tracking import TrackOptions


@pytest.fixture
def logged(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], dict[str, list[float]]]:
    """Returns what each run of the workspace holds under the key `mine`, by the run's name."""
    monkeypatch.setenv("WANDB_MODE", "offline")

    def read() -> dict[str, list[float]]:
        records = read_runs(workspace / "wandb")
        return {r.name: list(r.history["mine"].values) if "mine" in r.history else [] for r in records}

    return read


def log_here(value: float) -> None:
    """Log into whatever run is current."""
    run = current_run()
    if run is not None:
        run.log({"mine": value})


def test_tracked_calls_in_threads_are_runs_of_their_own(logged: Callable[[], dict[str, list[float]]]):
    """Two `track` blocks that are open at the same time in two threads are two runs, each with its own rows."""
    both_open = threading.Barrier(2, timeout=60)

    def train(seed: int) -> None:
        with track(name=f"thread{seed}"):
            both_open.wait()
            log_here(seed)
            both_open.wait()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(train, range(2)))

    assert {"thread0": [0.0], "thread1": [1.0]} == logged()


def test_tracked_coroutines_that_run_together_are_runs_of_their_own(logged: Callable[[], dict[str, list[float]]]):
    """`asyncio.gather` of tracked coroutines gives a run each, though they share one thread."""

    async def train(seed: int) -> None:
        with track(name=f"task{seed}"):
            await asyncio.sleep(0.01)
            log_here(seed)
            await asyncio.sleep(0.01)

    async def main() -> None:
        await asyncio.gather(*(train(seed) for seed in range(3)))

    asyncio.run(main())

    assert {"task0": [0.0], "task1": [1.0], "task2": [2.0]} == logged()


def test_a_thread_records_into_the_run_that_was_open_where_it_was_started(logged: Callable[[], dict[str, list[float]]]):
    """Helpers of two concurrent runs record into the run of the thread that started each of them."""
    both_open = threading.Barrier(2, timeout=60)

    def train(seed: int) -> None:
        with track(name=f"run{seed}"):
            both_open.wait()
            helper = threading.Thread(target=log_here, args=(10.0 + seed,))
            helper.start()
            helper.join()
            both_open.wait()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(train, range(2)))

    assert {"run0": [10.0], "run1": [11.0]} == logged()


def test_a_thread_without_a_run_has_none(logged: Callable[[], dict[str, list[float]]]):
    """A thread that was started before any run was opened belongs to none of them."""
    opened, seen = threading.Event(), []

    def wait_and_look() -> None:
        opened.wait(60)
        seen.append(current_session())

    thread = threading.Thread(target=wait_and_look)
    thread.start()
    with track(name="main"):
        opened.set()
        thread.join()

    assert [None] == seen


def test_a_tracked_call_in_a_thread_of_a_run_is_its_own_run(logged: Callable[[], dict[str, list[float]]]):
    """What a thread tracks is a run of its own also inside an outer run; in the outer run's thread it is nested."""

    @track
    def train(value: float) -> None:
        log_here(value)

    with track(name="outer"):
        train(1.0)
        thread = threading.Thread(target=lambda: track(name="inner")(log_here)(2.0))
        thread.start()
        thread.join()

    assert {"outer": [1.0], "inner": [2.0]} == logged()


def test_a_run_that_outlives_its_task_is_current_in_the_next_one(logged: Callable[[], dict[str, list[float]]]):
    """A notebook gives each cell a task and a context of its own; a run begun in one is current in the next."""
    opened: list[Session] = []

    async def first_cell() -> None:
        opened.append(Session(TrackOptions(name="notebook")))

    async def second_cell() -> None:
        log_here(5.0)

    loop = asyncio.new_event_loop()
    try:
        for cell in (first_cell, second_cell):
            loop.run_until_complete(loop.create_task(cell(), context=contextvars.Context()))
    finally:
        loop.close()
        opened[0].end()

    assert ({"notebook": [5.0]}, None) == (logged(), current_session())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_has_no_run(logged: Callable[[], dict[str, list[float]]]):
    """A child is no writer of its parent's run, and leaving the block there ends nothing."""
    with track(name="parent") as run:
        read_end, write_end = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(write_end, b"none" if current_session() is None else b"some")
            os._exit(0)
        os.waitpid(child, 0)
        run.log({"mine": 1.0})

    assert (b"none", {"parent": [1.0]}) == (os.read(read_end, 4), logged())
    os.close(read_end)
    os.close(write_end)


def test_ending_twice_ends_once(logged: Callable[[], dict[str, list[float]]], workspace: Path):
    """`run.finish()` ends the session, and the end of the block has nothing left to do."""
    before = threading.Thread.start
    with track(name="once") as run:
        run.log({"mine": 1.0})
        run.finish(exit_code=3)
        after_finish = (current_session(), threading.Thread.start is before)

    (file,) = workspace.glob("wandb/*run-*/*.wandb")
    assert (None, True) == after_finish
    assert ({"once": [1.0]}, 3) == (logged(), read_run(file).exit_code)
