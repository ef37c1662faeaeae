"""What does `trackexp evaluate` cost against a bare `predict`?

    python benchmarks/evaluate_command.py [--rows 10000] [--pairs 5]

A small convolutional model of 28 × 28 images. Both are processes of their own, by turns: one loads the model and the
rows and predicts, the other is the command with its page on stdout. What starting costs (Python, the framework, the
model) is measured by both on ten rows and taken off; the ratio is of what the rows themselves cost.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

BARE = """
import sys, keras, numpy as np
model = keras.saving.load_model(sys.argv[1], compile=False)
with np.load(sys.argv[2]) as data:
    x, y = data["x"], data["y"]
model.predict(x, batch_size=256, verbose=0).argmax(axis=1) == y
"""


def make(folder: Path, rows: int) -> None:
    import keras
    import numpy as np

    rng = np.random.default_rng(0)
    for name, n in (("rows", rows), ("ten", 10)):
        np.savez(folder / f"{name}.npz", x=rng.random((n, 28, 28, 1), dtype=np.float32), y=rng.integers(0, 10, n))
    layers = [
        keras.layers.Conv2D(32, 3, activation="relu"),
        keras.layers.MaxPooling2D(),
        keras.layers.Conv2D(64, 3, activation="relu"),
        keras.layers.MaxPooling2D(),
        keras.layers.Flatten(),
        keras.layers.Dense(10, "softmax"),
    ]
    keras.Sequential([keras.Input((28, 28, 1)), *layers]).save(folder / "model.keras")


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--pairs", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder, options.rows)
        model = str(folder / "model.keras")
        calls = {
            "bare": [sys.executable, "-c", BARE, model],
            "ours": [sys.executable, "-m", "trackexp", "evaluate", model, "--data"],
        }
        whole: dict[str, list[float]] = {"bare": [], "ours": []}
        ten: dict[str, list[float]] = {"bare": [], "ours": []}
        for _ in range(options.pairs):
            for kind, call in calls.items():
                whole[kind].append(seconds([*call, str(folder / "rows.npz")]))
                ten[kind].append(seconds([*call, str(folder / "ten.npz")]))
    start = {kind: statistics.median(found) for kind, found in ten.items()}
    rows = {kind: statistics.median(found) for kind, found in whole.items()}
    print(f"{time.strftime('%Y-%m-%d')}, {options.rows:,} images of 28 x 28, median of {options.pairs} pairs")
    print(f"{'':24}{'bare predict':>14}{'evaluate':>14}{'ratio':>8}")
    for title, found in (("whole process", rows), ("ten rows: start-up", start)):
        print(f"{title:24}{found['bare']:>12.2f} s{found['ours']:>12.2f} s{found['ours'] / found['bare']:>8.2f}")
    own = {kind: rows[kind] - start[kind] for kind in rows}
    print(f"{'the rows themselves':24}{own['bare']:>12.2f} s{own['ours']:>12.2f} s{own['ours'] / own['bare']:>8.2f}")


if __name__ == "__main__":
    main()
