"""What does recording a fit epoch by epoch cost, once the run is open, against the bare fit?

One compiled model is trained again and again by turns: bare, with our callback, with autolog as it comes (facts, rules
and best model included), and with W&B's callback. Opening and closing the runs is outside the clock.
"""

from __future__ import annotations

import time

from pairs import alternate, goal, quiet_environment, ratio, spread, table

ROUNDS = 9
EPOCHS = 3
IMAGES = 6_000


def main() -> None:
    quiet_environment()
    import numpy as np

    rng = np.random.default_rng(0)
    images = rng.random((IMAGES, 28, 28, 1), dtype=np.float32)
    labels = rng.integers(0, 10, IMAGES)
    model = network()

    def fit(callbacks: list | None = None) -> float:
        began = time.perf_counter()
        model.fit(
            images,
            labels,
            batch_size=64,
            epochs=EPOCHS,
            verbose=0,
            validation_data=(images[:640], labels[:640]),
            callbacks=callbacks,
        )
        return time.perf_counter() - began

    fit()
    candidates = {
        "bare fit": fit,
        "TrackMetrics": lambda: by_hand(fit),
        "track (autolog, facts, rules), no best model": lambda: autolog(fit, None),
        "track as it comes, best model kept": lambda: autolog(fit, "model-best.h5"),
        "WandbMetricsLogger": lambda: wandbs(fit),
    }
    for name in candidates:
        candidates[name]()
    costs = alternate(candidates, rounds=ROUNDS)
    rows = []
    for name in candidates:
        times = ratio(costs, name, "bare fit")
        low, high = spread(costs, name, "bare fit")
        rows.append(
            [name, f"{times:.3f}", f"{low:.3f} – {high:.3f}", goal(times, 1.01) if name == "TrackMetrics" else ""]
        )
    seconds = sorted(costs["bare fit"])[ROUNDS // 2]
    title = (
        f"Wall time of {EPOCHS} epochs of a CNN on {IMAGES:,} images, after init; the bare fit takes {seconds:.1f} s"
    )
    table(title, ["", "ratio", "quartiles", "goal"], rows, "wandb", "keras", "tensorflow")


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


def by_hand(fit) -> float:
    """Our callback, passed by hand."""
    from trackexp import track
    from trackexp.keras import TrackMetrics

    with track(project="bench", mode="offline", dir=".", autolog=False) as run:
        return fit([TrackMetrics(run)])


def autolog(fit, best_model: str | None) -> float:
    """No callback at all: the fit is recorded because it runs inside `track`."""
    from trackexp import track

    with track(project="bench", mode="offline", dir=".", best_model=best_model):
        return fit()


def wandbs(fit) -> float:
    """W&B's own callback."""
    import wandb
    from wandb.integration.keras import WandbMetricsLogger

    with wandb.init(project="bench", mode="offline", dir="."):
        return fit([WandbMetricsLogger()])


if __name__ == "__main__":
    main()
