"""How fast are many runs listed: from both ends of their files, from the cache, from the command line; in what memory?

`python benchmarks/listing_speed.py [--runs 1000] [--many 10000]`. Runs of 500 steps × 10 metrics, copies of one that
wandb recorded. Processor time; the command line against `python -S -c pass`, neither of them with the hooks of an
editable install, which cost more than Python's own start.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import time
from pathlib import Path

import pairs

STEPS, METRICS = 500, 10
TEN = 10


def record_run() -> Path:
    """Record the run with wandb, and return its file."""
    import wandb

    run = wandb.init(project="bench", config={"lr": 0.1, "layers": [64, 10]})
    for _ in range(STEPS):
        run.log({f"metric_{k}": random.random() for k in range(METRICS)})
    run.finish()
    return next(Path("runs").glob("wandb/offline-run-*/*.wandb")).resolve()


def copies(path: Path, count: int, folder: Path, *, linked: bool = False) -> Path:
    """Fill a folder with so many runs: copies, or one file under many names."""
    for number in range(count):
        name = f"r{number:07d}"
        inside = folder / f"offline-run-20260101_{number // 3600:02d}{number // 60 % 60:02d}{number % 60:02d}-{name}"
        inside.mkdir(parents=True)
        target = inside / f"run-{name}.wandb"
        if linked:
            target.hardlink_to(path)
        else:
            shutil.copyfile(path, target)
    return folder


def table_of(folder: Path) -> list[list[object]]:
    """Read all runs whole and make a table of their last values."""
    from trackexp.reading import read_runs

    return [[run.id, run.state, *(series.last for series in run.history.values())] for run in read_runs(folder)]


def listing_of(folder: Path, *, cache: bool, anew: bool = False) -> list[list[object]]:
    """List all runs and make a table of their last values."""
    from trackexp.reading import list_runs

    if anew:
        shutil.rmtree(os.environ["TRACKEXP_CACHE_DIR"], ignore_errors=True)
    return [[run.id, run.state, *run.summary.values()] for run in list_runs(folder, cache=cache)]


def reading(folder: Path, count: int) -> None:
    """Print what one table of many runs costs: whole, by their ends, from the cache."""
    whole, ends, again = "whole, with history", "both ends, into a new cache", "from the cache"
    candidates = {
        whole: pairs.timed(lambda: table_of(folder), time.process_time),
        ends: pairs.timed(lambda: listing_of(folder, cache=True, anew=True), time.process_time),
        again: pairs.timed(lambda: listing_of(folder, cache=True), time.process_time),
    }
    listing_of(folder, cache=True)
    # One order, in which the cache is full when it is read.
    costs: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(3):
        for name, measure in candidates.items():
            costs[name].append(measure())
    rows = []
    for name in candidates:
        cost = sorted(costs[name])[1]
        against = {ends: ("≥ 10", 10.0), again: ("≥ 100", 100.0)}.get(name)
        times = pairs.ratio(costs, whole, name)
        aim = "" if against is None else f"{against[0]}: {'met' if times >= against[1] else 'MISSED'}"
        rows.append([name, f"{cost * 1000:.0f} ms", f"{cost / count * 1e6:.0f} µs", f"{times:.1f}", aim])
    columns = ["how", "median", "a run", "times as quick as whole", "goal"]
    pairs.table(f"{count:,} runs of {STEPS} steps × {METRICS} metrics into one table", columns, rows, "numpy")


def command_line(folder: Path) -> None:
    """Print what `trackexp ls` of ten runs costs from start to end."""
    import typer

    packages = [str(Path(__file__).parents[1]), str(Path(typer.__file__).parents[1])]
    os.environ["PYTHONPATH"] = os.pathsep.join(packages)
    python = [sys.executable, "-S"]
    script = f"import sys; sys.argv = ['trackexp', 'ls', {str(folder)!r}]; from trackexp.cli import main; "
    script += "import os; os.dup2(os.open(os.devnull, os.O_WRONLY), 1); sys.exit(main())"
    floor = "python -S -c pass"
    candidates = {
        floor: lambda: pairs.cpu_seconds([*python, "-c", "pass"]),
        "trackexp ls of ten runs, from the cache": lambda: pairs.cpu_seconds([*python, "-c", script]),
        "import typer": lambda: pairs.cpu_seconds([*python, "-c", "import typer"]),
        "import numpy": lambda: pairs.cpu_seconds([*python, "-c", "import numpy"]),
    }
    pairs.alternate(candidates, rounds=1)
    costs = pairs.alternate(candidates, rounds=11)
    rows = []
    for name in candidates:
        low, high = pairs.spread(costs, name, floor)
        times, cost = pairs.ratio(costs, name, floor), sorted(costs[name])[5]
        aim = pairs.goal(times, 15) if name.startswith("trackexp") else ""
        rows.append([name, f"{cost * 1000:.0f} ms", f"{times:.1f}", f"{low:.1f} – {high:.1f}", aim])
    columns = ["process", "median", "× pass", "quartiles", "goal"]
    pairs.table("A listing of ten runs, start to end of the process", columns, rows, "typer", "numpy")


def memory(folder: Path, count: int) -> None:
    """Print what a sorted listing of very many runs holds in memory at its peak."""
    script = "import os, sys; from trackexp.cli import main; os.dup2(os.open(os.devnull, os.O_WRONLY), 1); "
    script += f"sys.exit(main(['ls', {str(folder)!r}, '--sort', 'summary.metric_3']))"
    process = os.posix_spawn(sys.executable, [sys.executable, "-c", script], os.environ)
    _, status, usage = os.wait4(process, 0)
    assert status == 0
    peak = usage.ru_maxrss / 1024
    seconds = usage.ru_utime + usage.ru_stime
    row = [f"{count:,}", f"{seconds:.1f} s", f"{peak:.0f} MB", pairs.goal(peak, 300)]
    pairs.table("Memory of a sorted listing, nothing in the cache", ["runs", "processor", "peak", "goal"], [row])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--many", type=int, default=10_000)
    arguments = parser.parse_args()
    folder = pairs.quiet_environment()
    os.environ["TRACKEXP_CACHE_DIR"] = str(folder / "listings")
    path = record_run()
    reading(copies(path, arguments.runs, folder / "thousand"), arguments.runs)
    command_line(copies(path, TEN, folder / "ten"))
    shutil.rmtree(folder / "thousand")
    memory(copies(path, arguments.many, folder / "many", linked=True), arguments.many)


if __name__ == "__main__":
    main()
