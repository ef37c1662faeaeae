"""What does keeping the metrics of every batch cost a fit whose steps are short, against the bare fit?

Whole fits of one epoch, taken by turns; wall time, and processor time of this process with all that it started (wandb's
own process does the writing). Every candidate logs each batch. The run is open before the first fit, and the disk gets
what the last batches left inside the measured time.
"""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

from pairs import alternate, goal, quiet_environment, ratio, spread, table

STEPS, BATCH, WIDTH, ROUNDS, GOAL = 2_000, 64, 192, 9, 1.05
BARE, OURS, WANDB, BOARD = "bare fit", "TrackBatches", "WandbMetricsLogger", "TensorBoard"


def main() -> None:
    folder = quiet_environment()
    with redirect_stderr(io.StringIO()):  # what a run says at its end
        wall, processor = fits(folder)
    rows = []
    for name in wall:
        quartiles = spread(wall, name, BARE)
        verdict = goal(ratio(wall, name, BARE), GOAL, quartiles) if name == OURS else ""
        low, high = quartiles
        cells = [f"{ratio(wall, name, BARE):.3f}", f"{low:.3f} – {high:.3f}", f"{ratio(processor, name, BARE):.3f}"]
        rows.append([name, *cells, verdict])
    step = sorted(wall[BARE])[ROUNDS // 2] / STEPS * 1000
    title = f"A fit of {STEPS:,} steps of {step:.2f} ms, every batch logged, against the bare fit"
    columns = ["", "wall", "quartiles", "processor", "goal for wall"]
    table(title, columns, rows, "wandb", "keras", "tensorflow")


def fits(folder: Path) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Return the wall and the processor seconds of each fit by candidate."""
    from keras.callbacks import TensorBoard
    from wandb.integration.keras import WandbMetricsLogger

    from trackexp import track
    from trackexp.keras import TrackBatches

    model, images, labels = network()
    processor: dict[str, list[float]] = {name: [] for name in (BARE, OURS, WANDB, BOARD)}

    def measured(name: str, callbacks: Callable[[], list[Any]]) -> Callable[[], float]:
        def measure() -> float:
            cpu, began = processor_seconds(), time.perf_counter()
            model.fit(images, labels, batch_size=BATCH, verbose=0, shuffle=False, callbacks=callbacks())
            wall = time.perf_counter() - began
            processor[name].append(processor_seconds() - cpu)
            return wall

        return measure

    with track(project="bench", mode="offline", dir=".", autolog=False) as run:
        model.fit(images, labels, batch_size=BATCH, verbose=0)
        candidates = {
            BARE: measured(BARE, list),
            OURS: measured(OURS, lambda: [TrackBatches(run)]),
            WANDB: measured(WANDB, lambda: [WandbMetricsLogger(log_freq="batch")]),
            BOARD: measured(
                BOARD, lambda: [TensorBoard(str(folder / "board"), write_graph=False, update_freq="batch")]
            ),
        }
        return alternate(candidates, rounds=ROUNDS), processor


def processor_seconds() -> float:
    """Return the processor time that this process and those that it started have taken so far."""
    children = [child for task in Path("/proc/self/task").iterdir() for child in _text(task / "children").split()]
    return time.process_time() + sum(map(_seconds_of, children))


def _seconds_of(process: str) -> float:
    fields = _text(Path("/proc", process, "stat")).rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") if fields else 0.0


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # it has ended
        return ""


def network() -> tuple[Any, Any, Any]:
    """Return a small dense network whose step takes about a millisecond, and its data."""
    import keras
    import numpy as np
    from keras import layers

    rng = np.random.default_rng(0)
    rows = STEPS * BATCH
    dense = [layers.Dense(WIDTH, activation="relu") for _ in range(2)]
    model = keras.Sequential([layers.Input((64,)), *dense, layers.Dense(10, activation="softmax")])
    model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, rng.random((rows, 64), dtype=np.float32), rng.integers(0, 10, rows)


if __name__ == "__main__":
    main()
