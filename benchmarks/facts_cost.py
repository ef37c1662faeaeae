"""What does looking at data and model before a fit cost, whatever the size of the arrays?

The baseline of the data's facts is one pass of numpy's `max` over the same inputs: the least that any look at every
value could take. Then, each time in a new process, which loads all of it: facts and rules together, from the call of
`fit` until Keras has it.

    python benchmarks/facts_cost.py [--rounds N]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from pairs import alternate, goal, quiet_environment, ratio, table, timed

GOAL, GOAL_BEFORE = 200, 300  # milliseconds
SHAPES = {"images, 60,000 × 28 × 28": (60_000, 28, 28), "a table, 10,000,000 × 20": (10_000_000, 20)}
FACTS, PASS = "facts of inputs, targets and validation data", "numpy.max over the inputs"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--before", choices=SHAPES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    script = Path(__file__).resolve()
    quiet_environment()
    if options.before:
        sys.stdout.write(json.dumps(before_fit(SHAPES[options.before])) + "\n")
        return
    rows = [facts_row(title, shape, options.rounds) for title, shape in SHAPES.items()]
    columns = ["arrays of float32, integer targets", "median", "slowest", "against numpy.max", "goal (ms)"]
    table(f"Time of the {FACTS}", columns, rows, "numpy", "keras")
    rows = [before_row(script, title, max(1, options.rounds // 3)) for title in SHAPES]
    columns = ["arrays of float32, integer targets", "wall", "processor", "rules of it", "goal (ms)"]
    table("Facts and rules before the first update, in a new process", columns, rows, "numpy", "keras")


def facts_row(title: str, shape: tuple[int, ...], rounds: int) -> list[str]:
    """Return the row of one kind of arrays: their facts alone, everything loaded."""
    from trackexp.fit.data import data_facts

    inputs, targets = arrays(shape)
    given = inputs, targets, None, (inputs[:10_000], targets[:10_000])
    look, sweep = timed(lambda: data_facts(*given)), timed(lambda: inputs.max())
    look()
    costs = alternate({FACTS: look, PASS: sweep}, rounds=rounds)
    median, worst = statistics.median(costs[FACTS]) * 1000, max(costs[FACTS]) * 1000
    times = f"{ratio(costs, FACTS, PASS):.1f}"
    return [title, f"{median:.0f} ms", f"{worst:.0f} ms", times, goal(median, GOAL)]


def before_row(script: Path, title: str, rounds: int) -> list[str]:
    """Return the row of one kind of arrays: everything that comes before the first update, nothing loaded."""
    command = [sys.executable, str(script), "--before", title]
    found = [
        json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1])
        for _ in range(rounds)
    ]
    wall, processor, rules = (statistics.median(row[place] for row in found) * 1000 for place in range(3))
    return [title, f"{wall:.0f} ms", f"{processor:.0f} ms", f"{rules:.0f} ms", goal(wall, GOAL_BEFORE)]


def before_fit(shape: tuple[int, ...]) -> tuple[float, float, float]:
    """Return the wall time, the processor time, and the wall time of the rules, in seconds."""
    import keras

    from trackexp import track
    from trackexp.fit import FitSession, session
    from trackexp.keras.recording import plan_of
    from trackexp.keras.trainee import KerasTrainee

    inputs, targets = arrays(shape)
    stack = [keras.Input(shape[1:]), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")]
    model = keras.Sequential(stack)
    model.compile("adam", "sparse_categorical_crossentropy")
    given = {"x": inputs, "y": targets, "validation_data": (inputs[:10_000], targets[:10_000])}
    rules: list[float] = []
    run_rules = session.run_rules
    session.run_rules = lambda run, *epoch: rules.append(timed(lambda: run_rules(run, *epoch))())
    with track(mode="offline", dir=".", best_model=None) as run:
        fit = FitSession(run, KerasTrainee(run, model, given), plan_of(given))
        wall, processor = time.perf_counter(), time.process_time()
        fit.begin()
        return time.perf_counter() - wall, time.process_time() - processor, sum(rules)


def arrays(shape: tuple[int, ...]):
    """Return inputs and integer targets."""
    import numpy as np

    rng = np.random.default_rng(0)
    return rng.random(shape, dtype=np.float32), rng.integers(0, 10, shape[0])


if __name__ == "__main__":
    main()
