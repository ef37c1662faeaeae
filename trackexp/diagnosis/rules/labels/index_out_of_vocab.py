"""Token ids beyond the vocabulary of the Embedding that they index.

## How it is detected
An Embedding is fed by an input of the model itself, and the array for that input holds a value at or above its
`input_dim`, or below 0. Silent where a layer in between may map the ids.

## Why it matters
On a CPU the first batch that holds one raises. On a GPU, and on some backends everywhere, the row is zeros or another
token's, silently.

## What to do
Set `input_dim` to the largest id plus 1, or map rare tokens to an id of their own.

## References
- TensorFlow documentation, `tf.gather`: out-of-bound indices raise on CPU, and give 0 on GPU.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import ArrayFacts, Confidence, Finding, Severity


@dataclass(frozen=True)
class IndexOutOfVocab(FitRule):
    """Ids that have no row in the table."""

    code = "TX604"
    name = "index-out-of-vocab"
    severity = Severity.ERROR
    confidence = Confidence.CERTAIN
    explains = ("nan-in-loss",)
    requires = ("data.inputs", "model.layers")

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding for every Embedding that is too small."""
        doors = [layer["name"] for layer in fit.layers if layer.get("layer") == "InputLayer" and not layer.get("depth")]
        for layer in fit.layers:
            size = layer.get("config", {}).get("input_dim")
            source = layer.get("inputs", [])
            if layer.get("layer") != "Embedding" or not isinstance(size, int) or len(source) != 1:
                continue
            array = _array_for(source[0], doors, fit.facts["data"]["inputs"])
            low, high = (array or {}).get("minimum"), (array or {}).get("maximum")
            if low is None or high is None:
                if source[0] in doors:
                    yield NotApplicable(f"fit {fit.index}: the ids for {layer['name']!r} were not seen")
            elif high >= size or low < 0:
                yield self.finding(
                    f"the ids for {layer['name']!r} go from {low:g} to {high:g}, and its input_dim is {size}",
                    f"set input_dim={int(high) + 1}, or map rare tokens to an id of their own",
                    fit=fit.index,
                )


def _array_for(door: str, doors: list[str], arrays: list[ArrayFacts]) -> ArrayFacts | None:
    """Return the array that an input of the model is given: by name where arrays have names, else by place."""
    if door not in doors:
        return None
    named = {array["name"]: array for array in arrays if array.get("name")}
    if named:
        return named.get(door)
    return arrays[doors.index(door)] if len(arrays) == len(doors) and len(doors) == 1 else None
