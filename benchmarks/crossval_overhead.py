"""What a cross-validation costs on top of its trainings, and how fast a finished one is read back.

Ratios of the same sitting: a fold against the same training in a process of its own under `track`; two workers against
one, for folds that sleep; trivial folds through processes and Ray against a process each that does nothing but
`wandb.init` and `finish`; and the seconds until a finished result of 500 folds answers.

    python benchmarks/crossval_overhead.py [--folds 50] [--rounds 3] [--no-ray]
"""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from pairs import alternate, goal, quiet_environment, ratio, spread, table, timed

import trackexp

ALONE = "import wandb; wandb.init(project='p', mode='offline'); wandb.finish()"
TRACKED = """
import time
from trackexp import track
with track(project='p', mode='offline') as run:
    end = time.perf_counter() + {seconds}
    while time.perf_counter() < end:
        sum(range(1000))
    run.log({{'f1_macro': 1.0}})
"""
Y = np.arange(500) % 5
QUIET = {"mode": "offline", "save_code": False}


def cross_validated(folds: int, executor: str, workers: int, *, sleep: float = 0.0, work: float = 0.0) -> None:
    """Cross-validate one setting, with folds that sleep or work for so long."""

    def train(run, fold, *, a):  # noqa: ARG001
        time.sleep(sleep)
        end = time.perf_counter() + work
        while time.perf_counter() < end:
            sum(range(1000))
        return {"f1_macro": 1.0}

    trackexp.cross_validate(
        train, {"a": [1]}, folds, target=Y, executor=executor, workers=workers, storage=tempfile.mkdtemp(), track=QUIET
    )


def alone(source: str, times: int) -> None:
    """Run a source so often, each time in a process of its own."""
    for _ in range(times):
        subprocess.run([sys.executable, "-c", source], check=True, capture_output=True)


def resumed(storage: Path, folds: int, settings: int) -> float:
    """Return the seconds of one call."""
    began = time.perf_counter()
    result = trackexp.cross_validate(
        lambda run, fold, a: {"f1_macro": a / 1000},  # noqa: ARG005
        {"a": list(range(settings))}, folds, target=Y, executor="here", storage=storage,
        track={"mode": "disabled"},
    )  # fmt: skip
    _ = result.table, result.best, result.expected
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folds", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-ray", action="store_true")
    given = parser.parse_args()
    quiet_environment()
    with_ray = not given.no_ray and importlib.util.find_spec("ray") is not None
    measures = {
        "wandb alone": timed(lambda: alone(ALONE, given.folds)),
        "processes": timed(lambda: cross_validated(given.folds, "processes", 1)),
        "tracked alone": timed(lambda: alone(TRACKED.format(seconds=4), 2)),
        "two folds": timed(lambda: cross_validated(2, "processes", 1, work=4)),
        "one worker": timed(lambda: cross_validated(4, "processes", 1, sleep=8)),
        "two workers": timed(lambda: cross_validated(4, "processes", 2, sleep=8)),
    }
    if with_ray:
        measures["ray"] = timed(lambda: cross_validated(given.folds, "ray", 1))
    costs = alternate(measures, rounds=given.rounds)
    pairs = [
        ("processes", "wandb alone", 1.3),
        ("two folds", "tracked alone", 1.1),
        ("two workers", "one worker", 0.56),
    ]
    rows = [
        [f"{name} against {base}", f"{ratio(costs, name, base):.2f}", goal(ratio(costs, name, base), limit,
                                                                          spread(costs, name, base))]
        for name, base, limit in [*pairs, *([("ray", "wandb alone", 1.3)] if with_ray else [])]
    ]  # fmt: skip
    storage = Path(tempfile.mkdtemp())
    resumed(storage, 5, 100)
    again = min(resumed(storage, 5, 100) for _ in range(3))
    rows.append(["500 finished folds, read back (s)", f"{again:.2f}", goal(again, 2.0)])
    table("What does cross-validation cost?", ["", "ratio", "goal"], rows, "wandb", "numpy")


if __name__ == "__main__":
    main()
