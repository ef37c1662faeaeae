from __future__ import annotations

from typing import Any

import pytest

from trackexp.diagnosis import Fit
from trackexp.diagnosis.evidence.graph import chain, consumers, first_layers, scales_its_inputs
from trackexp.diagnosis.fit import fits_of
from trackexp.testing import make_record


def fit_with(*kinds: str) -> Fit:
    """A fit whose model is a chain of layers of these classes, named 0, 1, …."""
    layers: Any = [
        {"name": str(i), "layer": kind, "depth": 0, "inputs": [str(i - 1)] if i else []} for i, kind in enumerate(kinds)
    ]
    return Fit(0, {"model": {"layers": layers}}, make_record())


def test_a_chain_is_told_from_a_graph():
    """Each layer feeds just the next."""
    fit = fit_with("InputLayer", "Dense", "Dense")
    branched: Any = [*fit.layers, {"name": "3", "layer": "Add", "inputs": ["1", "2"]}]

    assert fit.layers == chain(fit)
    assert chain(Fit(0, {"model": {"layers": branched}}, make_record())) is None
    assert ["2"] == [layer["name"] for layer in consumers(fit, "1")]


@pytest.mark.parametrize(
    ("kinds", "first", "scales"),
    [
        (["InputLayer", "Flatten", "Dense"], ["Dense"], False),
        (["InputLayer", "RandomFlip", "Rescaling", "Conv2D"], ["Rescaling"], True),
        (["InputLayer", "BatchNormalization", "Dense"], ["BatchNormalization"], True),
        (["InputLayer", "Embedding", "LSTM"], ["Embedding"], True),
        (["InputLayer", "MyLayer", "Dense"], ["MyLayer"], None),
        ([], [], None),
    ],
)
def test_what_meets_the_inputs_first(kinds: list[str], first: list[str], scales: bool | None):
    """Layers that change no value are passed; what is unknown may scale."""
    fit = fit_with(*kinds)

    assert first == [layer["layer"] for layer in first_layers(fit)]
    assert scales is scales_its_inputs(fit)


def nested(*inner: dict[str, Any]) -> dict[str, Any]:
    """A model of an input, a nested model and a Dense."""
    layers = [
        {"name": "x", "layer": "InputLayer", "depth": 0},
        {"name": "backbone", "layer": "Functional", "depth": 0, "inputs": ["x"]},
        {"name": "inside", "layer": "InputLayer", "depth": 1},
        *inner,
        {"name": "end", "layer": "Dense", "depth": 0, "inputs": ["backbone"]},
    ]
    return {"model": {"layers": layers}}


def test_a_nested_model_is_met_by_its_own_first_layers():
    """A Rescaling inside a backbone scales the inputs of the whole."""
    facts = nested({"name": "r", "layer": "Rescaling", "depth": 1, "inputs": ["inside"]})
    (fit,) = fits_of(make_record(facts=facts))

    assert ["r"] == [layer["name"] for layer in first_layers(fit)]
    assert scales_its_inputs(fit) is True


def test_a_nested_chain_is_part_of_the_chain():
    """Without its own input; a nested model that branches makes no chain."""
    row = [
        {"name": "a", "layer": "Dense", "depth": 1, "inputs": ["inside"]},
        {"name": "b", "layer": "Dense", "depth": 1, "inputs": ["a"]},
    ]
    (straight,) = fits_of(make_record(facts=nested(*row)))
    (branching,) = fits_of(make_record(facts=nested(row[0], {**row[1], "inputs": ["inside"]})))

    assert ["x", "a", "b", "end"] == [layer["name"] for layer in chain(straight) or []]
    assert chain(branching) is None
