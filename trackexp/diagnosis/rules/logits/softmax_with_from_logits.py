"""A softmax output under a loss with `from_logits=True`.

## How it is detected
The last effective activation of the output, walked back through layers that change nothing, is a softmax, and Keras's
own crossentropy has `from_logits=True`. Silent where the end of the model cannot be told.

## Why it matters
On JAX and torch, and on TensorFlow wherever a layer stands between the softmax and the loss, a second softmax is
applied: the probabilities are squeezed towards 1 / K, gradients shrink and the loss has a floor above 0. On TensorFlow,
where the output tensor comes straight from the softmax, Keras takes the tensor before it, and the same program trains
well: a result that hangs on the backend.

## What to do
Drop the softmax, or `from_logits=True`.

## References
- Schoop, Huang and Hartmann, UMLAUT: Debugging Deep Learning Programs, CHI 2021.
- Keras documentation, Probabilistic losses: https://keras.io/api/losses/probabilistic_losses/
"""

from __future__ import annotations

from dataclasses import dataclass

from trackexp.diagnosis.evidence.logits import ProbabilitiesWithFromLogits


@dataclass(frozen=True)
class SoftmaxWithFromLogits(ProbabilitiesWithFromLogits):
    """Probabilities that the loss takes for logits."""

    code = "TX201"
    name = "softmax-with-from-logits"
    activations = ("softmax",)
