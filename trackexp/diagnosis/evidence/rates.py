"""What learning rates are usual."""

from __future__ import annotations

# Defaults of Keras 3's optimizers (their signatures, keras.optimizers), by identifier.
DEFAULT_RATES = {
    "sgd": 0.01, "adam": 0.001, "adamw": 0.004, "rmsprop": 0.001, "nadam": 0.001, "adamax": 0.001, "lion": 0.001,
    "adagrad": 0.001, "ftrl": 0.001, "lamb": 0.001, "muon": 0.001,
}  # fmt: skip
