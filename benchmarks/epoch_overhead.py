"""What does recording a fit epoch by epoch cost, once the run is open, against the bare fit?

One compiled model is trained again and again by turns: bare, with our callback, with autolog as it comes (facts, rules
and best model included), and with W&B's callback. Opening and closing the runs is outside the clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from pairs import alternate, goal, quiet_environment, ratio, spread, table

ROUNDS = 9
EPOCHS = 3
IMAGES = 6_000
BARE, OURS = "bare fit", "TrackMetrics"
Fit = Callable[..., tuple[float, float]]


def main() -> None:
    quiet_environment()
    fit = prepared_fit()
    candidates: dict[str, Callable[[], tuple[float, float]]] = {
        BARE: fit,
        OURS: partial(by_hand, fit),
        "track (autolog, facts, rules), no best model": partial(autolog, fit, None),
        "track as it comes, best model kept": partial(autolog, fit, "model-best.h5"),
        "WandbMetricsLogger": partial(wandbs, fit),
    }
    processor: dict[str, list[float]] = {name: [] for name in candidates}

    def measured(name: str) -> float:
        wall, cpu = candidates[name]()
        processor[name].append(cpu)
        return wall

    for name in candidates:
        measured(name)
        processor[name].clear()
    costs = alternate({name: partial(measured, name) for name in candidates}, rounds=ROUNDS)
    rows = []
    for name in candidates:
        times, work = ratio(costs, name, BARE), ratio(processor, name, BARE)
        (low, high), (least, most) = spread(costs, name, BARE), spread(processor, name, BARE)
        ratios = [f"{times:.3f}", f"{low:.3f} – {high:.3f}", f"{work:.3f}", f"{least:.3f} – {most:.3f}"]
        rows.append([name, *ratios, goal(times, 1.01) if name == OURS else ""])
    seconds = sorted(costs[BARE])[ROUNDS // 2]
    title = f"{EPOCHS} epochs of a CNN on {IMAGES:,} images, after init, against the bare fit of {seconds:.1f} s"
    columns = ["", "wall time", "quartiles", "processor time", "quartiles", "goal"]
    table(title, columns, rows, "wandb", "keras", "tensorflow")


def prepared_fit() -> Fit:
    """Return a fit, warmed up, that takes callbacks and returns its seconds of wall and of processor time."""
    import numpy as np

    rng = np.random.default_rng(0)
    images = rng.random((IMAGES, 28, 28, 1), dtype=np.float32)
    labels = rng.integers(0, 10, IMAGES)
    model = network()

    def fit(callbacks: list | None = None) -> tuple[float, float]:
        began, busy = time.perf_counter(), time.process_time()
        model.fit(
            images,
            labels,
            batch_size=64,
            epochs=EPOCHS,
            verbose=0,
            validation_data=(images[:640], labels[:640]),
            callbacks=callbacks,
        )
        return time.perf_counter() - began, time.process_time() - busy

    fit()
    return fit


def network():
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


def by_hand(fit: Fit) -> tuple[float, float]:
    """Our callback, passed by hand."""
    from trackexp import track
    from trackexp.keras import TrackMetrics

    with track(project="bench", mode="offline", dir=".", autolog=False) as run:
        return fit([TrackMetrics(run)])


def autolog(fit: Fit, best_model: str | None) -> tuple[float, float]:
    """No callback at all: the fit is recorded because it runs inside `track`."""
    from trackexp import track

    with track(project="bench", mode="offline", dir=".", best_model=best_model):
        return fit()


def wandbs(fit: Fit) -> tuple[float, float]:
    """W&B's own callback."""
    import wandb
    from wandb.integration.keras import WandbMetricsLogger

    with wandb.init(project="bench", mode="offline", dir="."):
        return fit([WandbMetricsLogger()])


if __name__ == "__main__":
    main()
