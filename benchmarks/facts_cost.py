"""What does looking at the data before a fit cost, whatever the size of the arrays?

The baseline is one pass of numpy's `max` over the same inputs: the least that any look at every value could take.
"""

from __future__ import annotations

from pairs import alternate, quiet_environment, ratio, table, timed

ROUNDS = 15
GOAL = 200  # milliseconds
SHAPES = {"images, 60,000 × 28 × 28": (60_000, 28, 28), "a table, 10,000,000 × 20": (10_000_000, 20)}
FACTS, PASS = "facts of inputs, targets and validation data", "numpy.max over the inputs"


def main() -> None:
    quiet_environment()
    import numpy as np

    from trackexp.keras import facts

    rng = np.random.default_rng(0)
    rows = []
    for title, shape in SHAPES.items():
        inputs = rng.random(shape, dtype=np.float32)
        targets = rng.integers(0, 10, shape[0])
        given = inputs, targets, None, (inputs[:10_000], targets[:10_000])
        look = timed(lambda given=given: facts.data_facts(*given))
        sweep = timed(lambda inputs=inputs: inputs.max())
        look()
        costs = alternate({FACTS: look, PASS: sweep}, rounds=ROUNDS)
        median, worst = sorted(costs[FACTS])[ROUNDS // 2] * 1000, max(costs[FACTS]) * 1000
        verdict = f"≤ {GOAL} ms: {'met' if median <= GOAL else 'MISSED'}"
        rows.append([title, f"{median:.0f} ms", f"{worst:.0f} ms", f"{ratio(costs, FACTS, PASS):.1f}", verdict])
    columns = ["arrays of float32, integer targets", "median", "slowest", "against numpy.max", "goal"]
    table(f"Time of the {FACTS}", columns, rows, "numpy", "keras")


if __name__ == "__main__":
    main()
