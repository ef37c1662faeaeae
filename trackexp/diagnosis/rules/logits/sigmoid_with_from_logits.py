"""A sigmoid output under a loss with `from_logits=True`.

## How it is detected
The last effective activation of the output, walked back through layers that change nothing, is a sigmoid (or a hard
one), and Keras's own crossentropy has `from_logits=True`. Silent where the end of the model cannot be told.

## Why it matters
A second sigmoid of a number between 0 and 1 lies between 0.5 and 0.73: no row can be called negative with confidence.
On TensorFlow Keras may take the tensor before the activation instead, and the result hangs on the backend.

## What to do
Drop the sigmoid, or `from_logits=True`.

## References
- Schoop, Huang and Hartmann, UMLAUT: Debugging Deep Learning Programs, CHI 2021.
- Keras documentation, Probabilistic losses: https://keras.io/api/losses/probabilistic_losses/
"""

from __future__ import annotations

from dataclasses import dataclass

from trackexp.diagnosis.evidence.logits import ProbabilitiesWithFromLogits


@dataclass(frozen=True)
class SigmoidWithFromLogits(ProbabilitiesWithFromLogits):
    """Probabilities of yes-or-no questions that the loss takes for logits."""

    code = "TX202"
    name = "sigmoid-with-from-logits"
    activations = ("sigmoid", "hard_sigmoid")
