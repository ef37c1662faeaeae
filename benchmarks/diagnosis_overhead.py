"""What does the live diagnosis cost a fit, against the same fit tracked without it?

Fits of a compiled model are taken by turns, with `track(diagnose=True)` and `track(diagnose=False)`; a fit counts from
its first batch to its end, and what comes before the first batch (facts, rules) is shown apart. Beside the ratio of
wall times, which a busy machine moves by some hundredths, stand that of processor times and the share of the fit that
looks, rules and small models took by their own clock, with how many epochs were looked at. Then: how long records take
to be judged, against the time to read them.

    KERAS_BACKEND=tensorflow python benchmarks/diagnosis_overhead.py [--only TEXT] [--rounds N]
"""

from __future__ import annotations

import argparse
import io
import os
import statistics
import time
from contextlib import redirect_stderr
from dataclasses import dataclass, field
from typing import Any

from pairs import alternate, quiet_environment, ratio, spread, table, timed

WITH, WITHOUT = "with diagnosis", "without"
GOALS = {"long": "≤ 1.01", "short": "≤ 1.05 + 50 ms an epoch"}


@dataclass
class Work:
    """A model, its data, and the arguments of a fit whose epochs are long (2 s and more) or short."""

    model: Any
    x: Any
    y: Any
    kind: str
    fit: dict[str, Any]
    start: dict[str, list[float]] = field(default_factory=lambda: {WITH: [], WITHOUT: []})
    processor: dict[str, list[float]] = field(default_factory=lambda: {WITH: [], WITHOUT: []})
    own: list[float] = field(default_factory=list)
    looks: int = 0
    run: Any = None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    quiet_environment()
    rows, read = [], []
    for build in (cnn, transformer, mlp, short):
        if options.only in build.__name__:
            work = build()
            rows.append(measured(build.__name__, work, options.rounds))
            read.append(judged(build.__name__, work.run))
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    columns = ["fit", "epoch", "wall", "quartiles", "processor", "by its clock", "looks", "before the first", "goal"]
    table(f"A fit with diagnosis against the same fit without, on {backend}", columns, rows, "keras", backend)
    columns = ["run of", "reading", "judging", "ratio", "goal"]
    table("Reading and judging a record, 100 times each", columns, read, "keras")


def measured(title: str, work: Work, rounds: int) -> list[str]:
    """Return the row of one kind of fit."""
    for diagnose in (True, False):  # what is loaded and compiled once
        one_fit(work, diagnose=diagnose)
    work.start, work.processor, work.own = {WITH: [], WITHOUT: []}, {WITH: [], WITHOUT: []}, []
    costs = alternate(
        {WITH: lambda: one_fit(work, diagnose=True), WITHOUT: lambda: one_fit(work, diagnose=False)}, rounds=rounds
    )
    low, high = spread(costs, WITH, WITHOUT)
    epoch = statistics.median(costs[WITHOUT]) / work.fit["epochs"]
    before = statistics.median(work.start[WITH]) * 1000, statistics.median(work.start[WITHOUT]) * 1000
    return [
        title,
        f"{epoch * 1000:,.0f} ms",
        f"{ratio(costs, WITH, WITHOUT):.3f}",
        f"{low:.3f} – {high:.3f}",
        f"{ratio(work.processor, WITH, WITHOUT):.3f}",
        f"{statistics.median(work.own):.2%}",
        f"{work.looks} of {work.fit['epochs']}",
        f"{before[0]:.0f}, without {before[1]:.0f} ms",
        GOALS[work.kind],
    ]


def one_fit(work: Work, *, diagnose: bool) -> float:
    """Return the seconds of a fit from its first batch to its end."""
    import keras

    from trackexp import track

    class Begin(keras.callbacks.Callback):
        at = processor = 0.0

        def on_epoch_begin(self, *_):
            if not self.at:
                self.at, self.processor = time.perf_counter(), time.process_time()

    begin = Begin()
    with (
        redirect_stderr(io.StringIO()),
        track(project="bench", mode="offline", dir=".", best_model=None, diagnose=diagnose) as run,
    ):
        called = time.perf_counter()
        work.model.fit(work.x, work.y, verbose=0, callbacks=[begin], **work.fit)
        ended, processor = time.perf_counter(), time.process_time()
    work.start[WITH if diagnose else WITHOUT].append(begin.at - called)
    work.processor[WITH if diagnose else WITHOUT].append(processor - begin.processor)
    if diagnose:
        probes = run.state.facts[-1].get("probes", {})
        work.looks = len(probes.get("epochs", []))
        work.own.append(probes.get("seconds", 0.0) / (ended - begin.at))
        work.run = run
    return ended - begin.at


def judged(title: str, run: Any) -> list[str]:
    """Return the row of one run: read from disk, and judged."""
    from trackexp import diagnose, read_run

    record = read_run(run.folder)
    diagnose(record)
    costs = alternate(
        {"reading": timed(lambda: read_run(run.folder)), "judging": timed(lambda: diagnose(record))}, rounds=100
    )
    times = ratio(costs, "judging", "reading")
    medians = [f"{statistics.median(costs[name]) * 1000:.2f} ms" for name in ("reading", "judging")]
    return [title, *medians, f"{times:.2f}", f"≤ 2: {'met' if times <= 2 else 'MISSED'}"]


def cnn() -> Work:
    """Images of 28 × 28, epochs of some seconds."""
    import keras
    import numpy as np
    from keras import layers

    rng = np.random.default_rng(0)
    stack = [layers.Conv2D(16, 3, activation="relu"), layers.MaxPooling2D(), layers.Conv2D(32, 3, activation="relu")]
    model = keras.Sequential([keras.Input((28, 28, 1)), *stack, layers.Flatten(), layers.Dense(10, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    images, labels = rng.random((24_000, 28, 28, 1), dtype=np.float32), rng.integers(0, 10, 24_000)
    return Work(model, images, labels, "long", {"epochs": 5, "batch_size": 64})


def transformer() -> Work:
    """Sequences of 32 tokens through two blocks of attention."""
    import keras
    import numpy as np
    from keras import layers

    rng = np.random.default_rng(0)
    tokens = keras.Input((32,), dtype="int32")
    hidden = layers.Embedding(1_000, 64)(tokens)
    for _ in range(2):
        hidden = layers.LayerNormalization()(hidden + layers.MultiHeadAttention(4, 16)(hidden, hidden))
        hidden = layers.LayerNormalization()(hidden + layers.Dense(64)(layers.Dense(128, "gelu")(hidden)))
    model = keras.Model(tokens, layers.Dense(2, "softmax")(layers.GlobalAveragePooling1D()(hidden)))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return Work(model, rng.integers(0, 1_000, (6_000, 32)), rng.integers(0, 2, 6_000), "long", {"epochs": 5})


def mlp() -> Work:
    """A table of a million rows and 20 columns."""
    import keras
    import numpy as np
    from keras import layers

    rng = np.random.default_rng(0)
    model = keras.Sequential([keras.Input((20,)), layers.Dense(64, "relu"), layers.Dense(64, "relu"), layers.Dense(1)])
    model.compile("adam", "mse")
    x = rng.random((1_000_000, 20), dtype=np.float32)
    return Work(model, x, x.sum(axis=1), "long", {"epochs": 5, "batch_size": 512})


def short() -> Work:
    """A small network whose epochs take some 50 ms."""
    import keras
    import numpy as np
    from keras import layers

    rng = np.random.default_rng(0)
    model = keras.Sequential([keras.Input((20,)), layers.Dense(32, "relu"), layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    x = rng.random((1_000, 20), dtype=np.float32)
    return Work(model, x, (x.sum(axis=1) > 10).astype("float32"), "short", {"epochs": 30})


if __name__ == "__main__":
    main()
