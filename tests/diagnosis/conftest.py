from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.record import RunRecord
from trackexp.testing import make_record


@pytest.fixture
def onehot_fit() -> Callable[..., dict[str, Any]]:
    """Facts of a `fit` with binary crossentropy on one-hot targets; each argument changes one thing."""

    def facts(
        *,
        loss: dict[str, Any] | None = None,
        target: dict[str, Any] | None = None,
        activation: str | None = "softmax",
        source: str = "arrays",
    ) -> dict[str, Any]:
        return {
            "model": {"outputs": [{"name": "digit", "activation": activation}]},
            "compile": {"losses": [{"identifier": "binary_crossentropy", **(loss or {})}]},
            "fit": {"source": source},
            "data": {
                "targets": [
                    {
                        "shape": [1797, 10],
                        "sampled_rows": 1797,
                        "zero_one": True,
                        "integral": True,
                        "row_sums_one": 1.0,
                        **(target or {}),
                    }
                ]
            },
        }

    return facts


@pytest.fixture
def faulty(onehot_fit: Callable[..., dict[str, Any]]) -> RunRecord:
    """A record of one `fit` with the fault."""
    return make_record(facts=onehot_fit())
