"""Images with their channels first, in a model that expects them last.

## How it is detected
Rows of shape (c, s, s) with c of 1, 3 or 4 and s ≥ 8 reach a two-dimensional convolution or pooling with
`data_format="channels_last"`, through nothing but layers that keep the axes. A spectrogram of shape (1, W, C) has no
two equal sides, and passes.

## Why it matters
The kernel slides over channels and rows, and takes the columns for channels. It trains, and learns far less.

## What to do
Transpose: `np.moveaxis(x, 1, -1)`.

## References
- Keras documentation, Conv2D: https://keras.io/api/layers/convolution_layers/convolution2d/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.graph import first_layers
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity

_SLIDING = frozenset({"Conv2D", "DepthwiseConv2D", "SeparableConv2D", "MaxPooling2D", "AveragePooling2D", "Rescaling",
                      "Normalization", "BatchNormalization"})  # fmt: skip


@dataclass(frozen=True)
class ChannelsFirstData(FitRule):
    """Channels where rows are expected.

    Args:
        min_image_side: Least size of an image.
    """

    code = "TX508"
    name = "channels-first-data"
    severity = Severity.WARNING
    requires = ("data.inputs", "model.layers")

    min_image_side: int = 8

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the first axis looks like the channels."""
        shapes = [array.get("shape", []) for array in fit.facts["data"]["inputs"]]
        sliding = [
            layer for layer in fit.layers if layer.get("layer") in ("Conv2D", "DepthwiseConv2D", "SeparableConv2D")
        ]
        plain = {layer.get("layer") for layer in first_layers(fit)} <= _SLIDING
        permuted = any(layer.get("layer") in ("Permute", "Transpose", "Reshape", "Moveaxis") for layer in fit.layers)
        if len(shapes) != 1 or not sliding or not plain or permuted or len(shapes[0]) != 4:
            return
        _, channels, rows, columns = shapes[0]
        last = sliding[0].get("config", {}).get("data_format") == "channels_last"
        if last and channels in (1, 3, 4) and rows == columns and (rows or 0) >= self.min_image_side:
            yield self.finding(
                f"the inputs have shape {tuple(shapes[0])}, which looks like {channels} channels first, and "
                f"{sliding[0]['name']!r} expects them last",
                "transpose: np.moveaxis(x, 1, -1)",
                fit=fit.index,
            )
