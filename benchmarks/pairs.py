"""Measure by ratio: every candidate is timed against its baseline in alternation, and the median of the pairs counts.

A machine that is busy, or slows down when hot, moves both halves of a pair alike; absolute numbers from two runs of a
script never stand beside each other. No figure is kept here: each script prints what it saw, where it ran.
"""

from __future__ import annotations

import atexit
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

Measure = Callable[[], float]


def alternate(candidates: Mapping[str, Measure], *, rounds: int) -> dict[str, list[float]]:
    """Call every measure once a round, in an order that turns by one place each round.

    Args:
        candidates: What each measure returns is its cost: seconds, bytes, whatever is compared.
        rounds: How many values each gets.
    """
    names = list(candidates)
    costs: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            costs[name].append(candidates[name]())
            progress(f"round {turn + 1} of {rounds}: {name}")
    return costs


def ratio(costs: Mapping[str, list[float]], name: str, baseline: str) -> float:
    """Return the median, over the rounds, of one candidate's cost divided by the baseline's in the same round."""
    return statistics.median(own / base for own, base in zip(costs[name], costs[baseline], strict=True))


def spread(costs: Mapping[str, list[float]], name: str, baseline: str) -> tuple[float, float]:
    """Return the quartiles of the same ratios: a goal inside them is neither met nor missed by this run."""
    ratios = [own / base for own, base in zip(costs[name], costs[baseline], strict=True)]
    low, _, high = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else (ratios[0], 0.0, ratios[0])
    return low, high


def timed(action: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> Measure:
    """Return a measure of the seconds that an action takes, by a clock of wall time or of processor time."""

    def measure() -> float:
        began = clock()
        action()
        return clock() - began

    return measure


def cpu_seconds(command: list[str]) -> float:
    """Run a program to its end and return the processor time that it and its children took."""
    mute = [(os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)]  # some packages greet on stderr at import
    process = os.posix_spawn(command[0], command, os.environ, file_actions=mute)
    _, status, usage = os.wait4(process, 0)
    if status:
        raise RuntimeError(f"{command} ended with {os.waitstatus_to_exitcode(status)}")
    return usage.ru_utime + usage.ru_stime


@contextmanager
def stopwatch(seconds: list[float]):
    """Append the wall time of the block to `seconds`."""
    began = time.perf_counter()
    yield
    seconds.append(time.perf_counter() - began)


def quiet_environment() -> Path:
    """Point every writer at a new folder, with no key, no network and no chatter; return the folder."""
    place = Path(tempfile.mkdtemp(prefix="trackexp-bench-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    for name in [name for name in os.environ if name.startswith(("WANDB_", "TRACKEXP_"))]:
        del os.environ[name]
    own = {
        "HOME": "home",
        "WANDB_DIR": "runs",
        "WANDB_DATA_DIR": "data",
        "WANDB_CACHE_DIR": "cache",
        "WANDB_CONFIG_DIR": "config",
    }
    for name, folder in own.items():
        (place / folder).mkdir()
        os.environ[name] = str(place / folder)
    os.environ |= {
        "WANDB_MODE": "offline",
        "WANDB_SILENT": "true",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTHONWARNINGS": "ignore",
    }
    os.chdir(place)
    return place


def progress(text: str) -> None:
    """Say on a terminal how far the measuring is; nothing where nobody watches."""
    if sys.__stderr__ is not None and sys.__stderr__.isatty():
        sys.__stderr__.write(f"\r\033[K{text}")


def table(question: str, columns: list[str], rows: list[list[str]], *packages: str) -> None:
    """Print the answer to one question, with the machine and the versions that gave it."""
    progress("")
    drawn = Table(*columns)
    for column in drawn.columns[1:]:
        column.justify = "right"
    for row in rows:
        drawn.add_row(*row)
    Console(width=120).print(question, drawn, machine(*packages), "", sep="\n", highlight=False)


def machine(*packages: str) -> str:
    """Return processor, cores, Python and the versions of the packages that took part."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        processor = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        processor = platform.processor() or platform.machine()
    parts = [processor, f"{os.cpu_count()} cores", f"Python {platform.python_version()}"]
    return " · ".join(parts + [f"{name} {version(name)}" for name in packages])


def goal(value: float, limit: float, quartiles: tuple[float, float] | None = None) -> str:
    """Return whether a value is within its goal; one whose quartiles lie on both sides of it is not decided here."""
    if quartiles and quartiles[0] <= limit < quartiles[1] and value > limit:
        return f"≤ {limit:g}: not decided, within the noise"
    return f"≤ {limit:g}: {'met' if round(value, 3) <= limit else 'MISSED'}"
