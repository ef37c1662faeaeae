"""How the layers of a model are joined, as far as the facts tell."""

from __future__ import annotations

from trackexp.diagnosis.fit import Fit
from trackexp.record import LayerFacts

# Keras's layers with weights of their own that mix all features; depthwise ones are not among them.
WEIGHTED = frozenset({"Dense", "EinsumDense", *(f"Conv{n}D{kind}" for n in (1, 2, 3) for kind in ("", "Transpose"))})
_SCALING = frozenset({"Rescaling", "Normalization", "BatchNormalization", "LayerNormalization", "GroupNormalization",
                      "UnitNormalization", "RMSNormalization"})  # fmt: skip
_MEANING = frozenset({"Embedding", "TextVectorization", "StringLookup", "IntegerLookup", "Hashing", "CategoryEncoding",
                      "Discretization", "HashedCrossing"})  # fmt: skip
_PASSING = frozenset({"InputLayer", "Reshape", "Flatten", "Permute", "ZeroPadding1D", "ZeroPadding2D", "Dropout",
                      "Masking", "Identity", "Cropping2D", "Resizing", "CenterCrop"})  # fmt: skip


def consumers(fit: Fit, name: str) -> list[LayerFacts]:
    """Return the layers that a layer feeds, as far as the graph is known."""
    return [layer for layer in fit.layers if name in layer.get("inputs", [])]


def chain(fit: Fit) -> list[LayerFacts] | None:
    """Return the layers in their order where each feeds just the next; None for any other graph."""
    if any(layer.get("depth") for layer in fit.layers) or not fit.layers:
        return None
    for before, layer in zip(fit.layers, fit.layers[1:], strict=False):
        if layer.get("inputs") != [before["name"]] or layer.get("calls", 1) != 1:
            return None
    return fit.layers


def first_layers(fit: Fit) -> list[LayerFacts]:
    """Return what meets the inputs first, behind layers that change no value; empty where the graph is not known."""
    found: list[LayerFacts] = []
    names = [layer["name"] for layer in fit.layers if layer.get("layer") == "InputLayer" and not layer.get("depth")]
    seen: set[str] = set()
    while names:
        name = names.pop()
        for layer in consumers(fit, name):
            if layer["name"] in seen:
                continue
            seen.add(layer["name"])
            if layer.get("layer") in _PASSING or layer.get("layer", "").startswith("Random"):
                names.append(layer["name"])
            else:
                found.append(layer)
    return found


def scales_its_inputs(fit: Fit) -> bool | None:
    """Tell whether the model itself scales or encodes every input first; None where that cannot be seen."""
    first = first_layers(fit)
    if not first:
        return None
    kinds = {layer.get("layer", "") for layer in first}
    if kinds & (_SCALING | _MEANING):
        return True
    return False if kinds <= WEIGHTED | {"LSTM", "GRU", "SimpleRNN", "Bidirectional"} else None
