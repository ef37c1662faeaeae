"""A small CNN on Fashion-MNIST, cross-validated over its settings: curves with bands, confusion matrix, best weights.

    python examples/fashion_folds.py --folds 5 --epochs 8 --executor processes --workers 2
    python examples/fashion_folds.py --executor ray --address 10.0.0.1:6379

Without a network (or with `--data digits`) it takes scikit-learn's 8 × 8 digits. The same command again goes on where
the last one ended; every fold is a run of its own in `wandb/`, and `fashion.html` shows them all.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import trackexp
from trackexp.crossval import CrossValidation, Fold
from trackexp.errors import first_line
from trackexp.tracking import Run

SETTINGS = [
    {"filters": 8, "dropout": 0.0, "learning_rate": 1e-2},
    {"filters": 16, "dropout": 0.2, "learning_rate": 3e-3},
    {"filters": 16, "dropout": 0.2, "learning_rate": 1e-4},
]
CLASSES = 10


def load(name: str, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Return images `(n, height, width, 1)` from 0 to 1, and their classes `(n,)`."""
    if name == "fashion":
        try:
            import keras

            (x, y), _ = keras.datasets.fashion_mnist.load_data()
            return x[:rows, ..., None].astype("float32") / 255, y[:rows].astype("int64")
        except Exception as error:  # no network: whatever the download says
            print(f"Fashion-MNIST cannot be loaded ({first_line(error)}); taking the digits")
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    return x[:rows].reshape(-1, 8, 8, 1).astype("float32") / 16, y[:rows]


def training(x: np.ndarray, y: np.ndarray, epochs: int) -> Callable[..., np.ndarray]:
    """Return the function that trains one fold on these rows."""

    def train(run: Run, fold: Fold, *, filters: int, dropout: float, learning_rate: float) -> np.ndarray:  # noqa: ARG001
        import keras
        from keras import layers

        keras.utils.set_random_seed(fold.seed)
        model = keras.Sequential(
            [
                keras.Input(x.shape[1:]),
                layers.Conv2D(filters, 3, activation="relu"),
                layers.MaxPooling2D(),
                layers.Flatten(),
                layers.Dropout(dropout),
                layers.Dense(CLASSES, activation="softmax"),
            ]
        )
        model.compile(keras.optimizers.Adam(learning_rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
        stop = keras.callbacks.EarlyStopping("val_loss", patience=3, restore_best_weights=True)
        model.fit(
            x[fold.train], y[fold.train], validation_data=(x[fold.inner], y[fold.inner]),
            epochs=epochs, batch_size=64, callbacks=[stop], verbose=0,
        )  # fmt: skip
        return model.predict(x[fold.valid], verbose=0)

    return train


def main(arguments: Sequence[str] | None = None) -> CrossValidation:
    """Cross-validate, say what was found, and load the best weights."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", choices=("fashion", "digits"), default="fashion")
    parser.add_argument("--rows", type=int, default=6_000)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--executor", default="here", help="here, processes or ray")
    parser.add_argument("--workers", type=int)
    parser.add_argument("--address", help="HOST:PORT of a Ray cluster")
    parser.add_argument("--storage", default="crossval/fashion")
    given: Any = parser.parse_args(arguments)
    x, y = load(given.data, given.rows)
    result = trackexp.cross_validate(
        training(x, y, given.epochs), SETTINGS, given.folds, target=y, metric="f1_macro", project="fashion-folds",
        executor=given.executor, workers=given.workers, address=given.address, storage=given.storage,
    )  # fmt: skip
    print(result.table.to_string())
    print(f"best {result.best}; simplest {result.simplest}; expected {result.expected}")
    print(result.evaluation.confusion.to_string())
    print(f"all curves: {result.to_html('fashion.html')}")
    model = result.load_best()
    print(f"the best weights give the first row class {int(np.argmax(model.predict(x[:1], verbose=0)))}, it is {y[0]}")
    return result


if __name__ == "__main__":
    main()
