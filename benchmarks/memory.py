"""How much more memory does a fit take at its peak when it is recorded?

Each candidate is a process of its own. The peak is that of the fit alone: Linux is told to forget the earlier one
right before it, and what the process held at that moment is taken off.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path

from pairs import alternate, quiet_environment, table

ROUNDS = 5
BATCH = 256
GOAL = 20  # megabytes, and one batch
BARE, CHECKPOINT, PLAIN, OURS, WANDB = (
    "bare fit",
    "bare fit, ModelCheckpoint",
    "track, no best model",
    "track as it comes",
    "WandbMetricsLogger",
)


def main() -> None:
    if len(sys.argv) > 1:
        print(json.dumps(peak(sys.argv[1])))
        return
    quiet_environment()

    def measured(name: str) -> float:
        ran = subprocess.run([sys.executable, __file__, name], capture_output=True, text=True, check=False)
        if ran.returncode:
            raise RuntimeError(f"{name} failed:\n{ran.stderr[-3000:]}")
        return json.loads(ran.stdout.splitlines()[-1])

    costs = alternate({name: partial(measured, name) for name in (BARE, CHECKPOINT, PLAIN, OURS, WANDB)}, rounds=ROUNDS)
    rows = []
    batch = BATCH * 64 * 64 * 3 * 4 / 1e6
    for name, values in costs.items():
        more = statistics.median(own - base for own, base in zip(values, costs[BARE], strict=True))
        met = "met" if more <= GOAL + batch else "MISSED"
        verdict = f"≤ {GOAL} + {batch:.1f} of one batch: {met}" if name in {PLAIN, OURS} else ""
        rows.append([name, f"{statistics.median(values):.0f} MB", f"{more:+.0f} MB", verdict])
    title = "Peak of memory during a fit, above what the process held when it began"
    table(title, ["", "peak", "against bare", "goal"], rows, "wandb", "keras", "tensorflow")


def peak(name: str) -> float:
    """Train once and return the peak of the fit in megabytes."""
    quiet_environment()
    import keras
    import numpy as np

    data = np.random.default_rng(0).random((4_096, 64, 64, 3), dtype=np.float32)
    labels = np.arange(len(data)) % 10
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((64, 64, 3)),
            layers.Conv2D(8, 5, strides=4, activation="relu"),
            layers.Flatten(),
            layers.Dense(64),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(data[:BATCH], labels[:BATCH], verbose=0)  # what Keras and TensorFlow themselves allocate once
    keep = [keras.callbacks.ModelCheckpoint("best.h5", save_best_only=True)] if name == CHECKPOINT else []
    with run_of(name) as callback:
        Path("/proc/self/clear_refs").write_text("5")
        before = memory("VmRSS")
        held = data, labels
        model.fit(
            *held,
            batch_size=BATCH,
            epochs=3,
            validation_split=0.1,
            verbose=0,
            callbacks=keep + ([callback] if name == WANDB else []),
        )
        return memory("VmHWM") - before


def run_of(name: str) -> AbstractContextManager:
    """Open the run that the candidate needs."""
    if name in {BARE, CHECKPOINT}:
        return nullcontext()
    if name == WANDB:
        import wandb
        from wandb.integration.keras import WandbMetricsLogger

        wandb.init(project="bench", mode="offline", dir=".")
        return nullcontext(WandbMetricsLogger())
    from trackexp import track

    return track(project="bench", mode="offline", dir=".", best_model="model-best.h5" if name == OURS else None)


def memory(field: str) -> float:
    """Return a field of /proc/self/status in megabytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:")) / 1024


if __name__ == "__main__":
    main()
