"""What does recording a fit epoch by epoch cost, once the run is open, against the bare fit?

Whole fits, taken by turns, differ by a fifth on a busy machine. So one fit of a CNN goes through the candidates in
blocks of a few epochs, and epochs of one round are compared; the first of a block, into which the writing of the block
before may reach, does not count. All write to the same run. What a fit costs once, before its first batch, is
measured apart, with fits of a single step: facts of the data and the rules are in it.
"""

from __future__ import annotations

import io
import statistics
import time
from contextlib import redirect_stderr
from itertools import product
from typing import Any

from pairs import alternate, goal, quiet_environment, ratio, spread, table

ROUNDS, BLOCK = 30, 3
IMAGES, BATCH = 2_000, 64
BARE, OURS, WANDB = "bare fit", "TrackMetrics", "WandbMetricsLogger"


def main() -> None:
    quiet_environment()
    model, data = network(), arrays()
    with redirect_stderr(io.StringIO()):  # what a run says at its end
        costs, inside = epochs_of(model, data)
        once = first_steps_of(model, data)
    rows = []
    for name in costs:
        times = ratio(costs, name, BARE)
        low, high = spread(costs, name, BARE)
        spent = f"{statistics.median(inside[name]) * 1000:.1f} ms"
        rows.append(
            [
                name,
                f"{times:.3f}",
                f"{low:.3f} – {high:.3f}",
                spent,
                goal(times, 1.01, (low, high)) if name == OURS else "",
            ]
        )
    epoch = statistics.median(costs[BARE]) * 1000
    title = f"Wall time of an epoch of {epoch:.0f} ms, a CNN on {IMAGES:,} images, after init, against the bare fit"
    table(title, ["", "ratio", "quartiles", "in the callback", "goal"], rows, "wandb", "keras", "tensorflow")
    rows = [[name, f"{statistics.median(seconds) * 1000:.0f} ms"] for name, seconds in once.items()]
    table("Wall time of a fit of one step: what a fit costs once", ["", "median"], rows, "wandb", "keras", "tensorflow")


def epochs_of(model: Any, data: tuple) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Return the seconds of each counted epoch by candidate, and those spent in its callback at the epoch's end."""
    from wandb.integration.keras import WandbMetricsLogger

    from trackexp import track
    from trackexp.keras import TrackMetrics

    with track(project="bench", mode="offline", dir=".", autolog=False) as run:
        turns = by_turns({BARE: None, OURS: TrackMetrics(run), WANDB: WandbMetricsLogger()})
        fit(model, data, epochs=ROUNDS * BLOCK * 3, callbacks=[turns])
    return turns.seconds, turns.inside


def by_turns(callbacks: dict[str, Any]) -> Any:
    """Return a callback that hands the epochs to one of several, by turns."""
    import keras

    class ByTurns(keras.callbacks.Callback):
        def __init__(self) -> None:
            super().__init__()
            self.seconds: dict[str, list[float]] = {name: [] for name in callbacks}
            self.inside: dict[str, list[float]] = {name: [] for name in callbacks}
            names = list(callbacks)
            orders = (names[turn % len(names) :] + names[: turn % len(names)] for turn in range(ROUNDS))
            self.plan = [name for order in orders for name, _ in product(order, range(BLOCK))]

        def on_train_begin(self, logs=None):
            for callback in filter(None, callbacks.values()):
                callback.set_model(self.model)
                callback.set_params(self.params)
                callback.on_train_begin(logs)

        def on_epoch_begin(self, epoch, logs=None):
            self.began = time.perf_counter()
            if callbacks[self.plan[epoch]] is not None:
                callbacks[self.plan[epoch]].on_epoch_begin(epoch, logs)

        def on_epoch_end(self, epoch, logs=None):
            name, called = self.plan[epoch], time.perf_counter()
            if callbacks[name] is not None:
                callbacks[name].on_epoch_end(epoch, logs)
            ended = time.perf_counter()
            if epoch % BLOCK:
                self.seconds[name].append(ended - self.began)
                self.inside[name].append(ended - called)

    return ByTurns()


def first_steps_of(model: Any, data: tuple) -> dict[str, list[float]]:
    """Return the seconds of fits of a single step, bare and inside `track`."""
    from trackexp import track

    def one_step() -> float:
        began = time.perf_counter()
        fit(model, data, epochs=1, steps_per_epoch=1, validation_steps=1)
        return time.perf_counter() - began

    def recorded() -> float:
        with track(project="bench", mode="offline", dir=".", best_model=None):
            return one_step()

    one_step(), recorded()
    return alternate({BARE: one_step, "inside track, no best model": recorded}, rounds=9)


def fit(model: Any, data: tuple, **arguments: Any) -> None:
    """Train the model on the images."""
    images, labels = data
    model.fit(images, labels, batch_size=BATCH, verbose=0, validation_data=(images[:320], labels[:320]), **arguments)


def arrays() -> tuple:
    """Return random images with labels."""
    import numpy as np

    rng = np.random.default_rng(0)
    return rng.random((IMAGES, 28, 28, 1), dtype=np.float32), rng.integers(0, 10, IMAGES)


def network() -> Any:
    """Build a small CNN; its weights take about 0.5 MB."""
    import keras
    from keras import layers

    model = keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


if __name__ == "__main__":
    main()
