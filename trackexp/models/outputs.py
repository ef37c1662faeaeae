"""What a model puts out (probabilities, logits, numbers) and what the answers are: inferred, and said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax

from trackexp.errors import UsageError

Kind = Literal["probabilities", "logits", "numbers"]

_SLACK = 1e-3  # of a row's sum, in float32
_PROBABILITIES = frozenset({"softmax", "sigmoid", "hard_sigmoid", "sparsemax"})
_LOGITS = frozenset({"linear", "log_softmax", "log_sigmoid"})


@dataclass(frozen=True, slots=True)
class Outputs:
    """How outputs are to be read.

    Args:
        kind: What they are.
        why: What said so, in words.
        shared: Whether a row's probabilities share out 1 (softmax), or every column stands alone (sigmoid).
    """

    kind: Kind
    why: str
    shared: bool = True

    def probabilities(self, outputs: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
        """Return outputs as probabilities: logits through a softmax, or a sigmoid where columns stand alone."""
        if self.kind != "logits":
            return outputs
        one = outputs.ndim == 1 or outputs.shape[1] == 1
        scaled = expit(outputs) if one or not self.shared else softmax(outputs, axis=1)
        return np.asarray(scaled, dtype=outputs.dtype if outputs.dtype.kind == "f" else np.float64)

    def __str__(self) -> str:
        how = "" if self.kind != "logits" else "; softmax applied" if self.shared else "; sigmoid applied"
        return f"{self.kind}, by {self.why}{how}"


def read_outputs(
    outputs: NDArray[np.floating[Any]], targets: NDArray[Any], activation: str | None, *, regression: bool | None = None
) -> Outputs:
    """Find out what outputs are, from the last activation where the model tells it, else from their values.

    Args:
        outputs: Some rows `(n,)` or `(n, n_outputs)`.
        targets: Their answers.
        activation: Of the model's last layer, None where it cannot be told.
        regression: Whether numbers are predicted; None finds out from the answers.

    >>> read_outputs(np.array([[2.0, -1.0]]), np.array([0]), None).kind
    'logits'
    >>> read_outputs(np.array([[0.9, 0.1]]), np.array([0]), None).kind
    'probabilities'
    >>> read_outputs(np.array([[3.2]]), np.array([3.5]), "linear").kind
    'numbers'
    """
    columns = 1 if outputs.ndim == 1 else outputs.shape[1]
    counts = activation not in _PROBABILITIES and are_counts(targets)
    if regression or (regression is None and columns == 1 and (are_numbers(targets) or counts)):
        return Outputs("numbers", "answers that are no classes")
    several = targets.ndim == 2 and bool((targets.sum(axis=1) != 1).any())
    if activation in _PROBABILITIES:
        return Outputs("probabilities", f"the last activation, {activation}", activation in ("softmax", "sparsemax"))
    low, high = float(np.min(outputs)), float(np.max(outputs))
    inside = low >= 0.0 and high <= 1.0 + _SLACK
    sums_to_one = columns > 1 and bool(np.abs(outputs.sum(axis=1, dtype=np.float64) - 1).max() <= _SLACK)
    # also behind a "linear" layer: a function after the last layer may be a softmax
    if inside and sums_to_one:
        return Outputs("probabilities", "their values, 0 to 1 with sums of 1")
    if inside and activation not in _LOGITS:
        return Outputs("probabilities", "their values, 0 to 1", shared=False)
    why = f"the last activation, {activation}" if activation else f"their values, {low:.3g} to {high:.3g}"
    return Outputs("logits", why, shared=columns > 1 and not several)


def are_counts(targets: NDArray[Any]) -> bool:
    """Return whether whole answers lie outside 0 and 1: of one output they can only be numbers to predict."""
    return targets.dtype.kind in "iuf" and targets.ndim == 1 and bool(((targets != 0) & (targets != 1)).any())


def are_numbers(targets: NDArray[Any]) -> bool:
    """Return whether answers are numbers to predict rather than classes: some of them are no whole numbers."""
    if targets.dtype.kind != "f" or targets.ndim != 1:
        return False
    known = targets[np.isfinite(targets)]
    return bool((known != np.floor(known)).any())


def class_targets(
    truth: NDArray[Any], prob: NDArray[Any], names: tuple[str, ...] | None, *, shared: bool
) -> tuple[NDArray[Any], tuple[str, ...] | None, list[str]]:
    """Return answers, class names, and what is to be said about either.

    Args:
        truth: Answers `(n,)`, or `(n, n_classes)` one-hot or several a row.
        prob: Probabilities of the same rows.
        names: Class names in the order of the columns; None where nobody gave them.
        shared: Whether probabilities share out 1; if not, answers of several columns stay as they are.
    """
    n_classes = 2 if prob.ndim == 1 or prob.shape[1] == 1 else prob.shape[1]
    if truth.ndim == 2 and truth.shape[1] == 1:
        truth = truth[:, 0]
    if truth.ndim == 2:
        one_hot = bool((truth.sum(axis=1) == 1).all())
        if one_hot and (shared or prob.ndim == 1):
            return truth.argmax(axis=1), names, ["the answers are one-hot: the place of their 1 is the class"]
        return truth, names, []
    if truth.dtype.kind in "OUST" and names is None:
        found = tuple(sorted({str(label) for label in truth.tolist()}))
        if len(found) != n_classes:
            raise UsageError(
                f"the answers hold {len(found)} names ({', '.join(found[:10])}), the model has {n_classes} outputs; "
                "give the names in the order of the outputs: --labels names.txt"
            )
        note = f"classes are taken in alphabetical order: {', '.join(found[:20])}; --labels FILE gives another order"
        return truth, found, [note]
    if truth.dtype.kind in "iu" and names is not None and set(names) >= {str(x) for x in np.unique(truth).tolist()}:
        return truth.astype(str), names, []  # numbers that are the names, such as digits 3 and 8
    return truth, names, []
