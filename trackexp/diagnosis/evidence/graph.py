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
    """Return the layers in their order where each feeds just the next; None for any other graph.

    A nested model that is a chain itself stands there as its layers, without its own input.
    """
    row = _chain(fit.layers, 0)
    return row if row else None


def _chain(layers: list[LayerFacts], depth: int) -> list[LayerFacts] | None:
    """Return one level of layers as a chain, nested models resolved; None where it is none."""
    here = [place for place, layer in enumerate(layers) if layer.get("depth", 0) == depth]
    row: list[LayerFacts] = []
    before = ""
    if not here:
        return None
    for place, end in zip(here, [*here[1:], len(layers)], strict=True):
        layer, inner = layers[place], layers[place + 1 : end]
        if (before and layer.get("inputs") != [before]) or layer.get("calls", 1) != 1:
            return None
        before = layer["name"]
        if not inner:
            row.append(layer)
            continue
        nested = _chain(inner, depth + 1) if inner[0].get("layer") == "InputLayer" else None
        if nested is None:
            return None
        row += nested[1:]
    return row


def nested_in(fit: Fit, layer: LayerFacts) -> list[LayerFacts]:
    """Return the layers inside a nested model or wrapper, of all levels below it."""
    place = next(place for place, known in enumerate(fit.layers) if known is layer)
    depth, found = layer.get("depth", 0), []
    for inner in fit.layers[place + 1 :]:
        if inner.get("depth", 0) <= depth:
            break
        found.append(inner)
    return found


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
            doors = [one["name"] for one in nested_in(fit, layer) if one.get("layer") == "InputLayer"]
            if doors:  # a nested model: what meets its input meets ours
                names.append(doors[0])
            elif layer.get("layer") in _PASSING or layer.get("layer", "").startswith("Random"):
                names.append(layer["name"])
            else:
                found.append(layer)
    return found


def averages_left(fit: Fit, updates: int) -> float:
    """Return the share of their initial values that the moving averages of batch normalisation still hold.

    It is momentum ** updates, of the slowest layer that is trained; 0 for a model without one.
    """
    momenta = [
        float(layer.get("config", {}).get("momentum", 0.99))
        for layer in fit.layers
        if layer.get("layer") == "BatchNormalization" and layer.get("trainable", True)
    ]
    return max(momenta, default=0.0) ** updates if momenta else 0.0


def scales_its_inputs(fit: Fit) -> bool | None:
    """Tell whether the model itself scales or encodes every input first; None where that cannot be seen."""
    first = first_layers(fit)
    if not first:
        return None
    kinds = {layer.get("layer", "") for layer in first}
    if kinds & (_SCALING | _MEANING):
        return True
    return False if kinds <= WEIGHTED | {"LSTM", "GRU", "SimpleRNN", "Bidirectional"} else None
