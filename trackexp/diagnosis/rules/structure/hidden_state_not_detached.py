"""A hidden state carried on with its graph.

## How it is detected
The model has a recurrent layer, and either the script ended with *backward through the graph a second time*, or the
graph that `backward` walks has grown threefold over the training.

## Why it matters
Every batch goes back through all batches before it: it fails, or with `retain_graph=True` gets slower and larger
until the memory is full.

## What to do
Detach the state between batches: `hidden = hidden.detach()`.

## References
- PyTorch: [My model reports out of memory](https://docs.pytorch.org/docs/stable/notes/faq.html#my-model-reports-cuda-runtime-error-2-out-of-memory).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.loop import loop_of
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class HiddenStateNotDetached(FitRule):
    """A graph that never ends.

    Args:
        min_growth: How many times its first size the graph must have.
    """

    code = "TX063"
    name = "hidden-state-not-detached"
    severity = Severity.ERROR
    requires = ("loop",)

    min_growth: float = 3.0

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the loop shows it."""
        loop = loop_of(fit)
        recurrent = any(
            layer.get("layer") in ("RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell") for layer in fit.layers
        )
        sizes = loop.get("graph_nodes", [])
        again = "backward through the graph a second time" in loop.get("error", "")
        grown = len(sizes) >= 3 and sizes[-1] > self.min_growth * sizes[0] and sizes[-1] > sizes[-2]
        if recurrent and (again or grown):
            yield self.finding(
                "the hidden state of the recurrent layer is carried on with its graph"
                + (f", which has grown from {sizes[0]:,} to {sizes[-1]:,} nodes" if grown else ""),
                "detach it between batches: hidden = hidden.detach()",
                fit=fit.index,
            )
