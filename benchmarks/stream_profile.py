"""What does the profile of a stream cost the first epoch that draws it?

The batches of a `tf.data.Dataset` and of a `PyDataset` are those of one epoch of training. The profile (rows kept,
classes counted, digests, and what is made of them when the epoch ends) is timed by itself over the same batches, in
alternation with the epoch, and stands as a share of it; only the first epoch of a fit pays it.

    python benchmarks/stream_profile.py [--rounds N]
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable
from typing import Any

from pairs import alternate, goal, quiet_environment, ratio, spread, table, timed

EPOCH, PROFILE = "an epoch", "its profile"
LONG, LONG_SHARE, SHORT_SHARE, SHORT_EXTRA = 2.0, 0.01, 0.05, 0.05  # seconds and shares: what is promised


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    quiet_environment()
    rows = [measured(build, options.rounds) for build in (short_tabular, long_tabular, images)]
    columns = ["stream", "batches", "epoch", "profile", "share", "quartiles", "goal"]
    table("The profile of a stream, against the first epoch that draws it", columns, rows, "keras", "tensorflow")


def measured(build: Callable[[], tuple[Any, Any, Any, int]], rounds: int) -> list[str]:
    """Return the row of one stream."""
    from trackexp.fit.data.stream import StreamRows, stream_facts

    model, x, y, size = build()
    batches = [(x[start : start + size], y[start : start + size]) for start in range(0, len(x), size)]

    def train() -> None:
        model.fit(iter_forever(batches), steps_per_epoch=len(batches), epochs=1, verbose=0)

    def profile() -> None:
        seen = StreamRows()
        for part, target in batches:
            seen.add(part, target, None)
        stream_facts(seen, None)

    train(), profile()  # what is loaded and compiled once
    costs = alternate({EPOCH: timed(train), PROFILE: timed(profile)}, rounds=rounds)
    epoch, share = statistics.median(costs[EPOCH]), ratio(costs, PROFILE, EPOCH)
    limit = LONG_SHARE if epoch >= LONG else SHORT_SHARE + SHORT_EXTRA / epoch
    quartiles = spread(costs, PROFILE, EPOCH)
    return [
        build.__name__.replace("_", " "),
        f"{len(batches):,} of {size}",
        f"{epoch:.2f} s",
        f"{statistics.median(costs[PROFILE]) * 1000:.0f} ms",
        f"{share:.2%}",
        f"{quartiles[0]:.2%} – {quartiles[1]:.2%}",
        goal(share, round(limit, 4), quartiles),
    ]


def iter_forever(batches: list[Any]) -> Any:
    """Yield the batches again and again."""
    while True:
        yield from batches


def short_tabular() -> tuple[Any, Any, Any, int]:
    return dense(6_400, 20, (64,), 32)


def long_tabular() -> tuple[Any, Any, Any, int]:
    return dense(200_000, 50, (512, 512), 256)


def images() -> tuple[Any, Any, Any, int]:
    import keras
    import numpy as np

    layers = keras.layers
    shape = (64, 64, 3)
    inside = [layers.Conv2D(32, 3, activation="relu"), layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D()]
    model = keras.Sequential(
        [keras.Input(shape), *inside, layers.GlobalAveragePooling2D(), layers.Dense(10, "softmax")]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    rng = np.random.default_rng(0)
    return model, rng.uniform(size=(2_000, *shape)).astype("float32"), rng.integers(0, 10, 2_000), 32


def dense(rows: int, columns: int, hidden: tuple[int, ...], size: int) -> tuple[Any, Any, Any, int]:
    """Return a classifier, its rows and the size of a batch."""
    import keras
    import numpy as np

    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((columns,)), *(layers.Dense(units, "relu") for units in hidden), layers.Dense(10, "softmax")]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    rng = np.random.default_rng(0)
    return model, rng.normal(size=(rows, columns)).astype("float32"), rng.integers(0, 10, rows), size


if __name__ == "__main__":
    main()
