"""What the probes saw of a fit: columns over its looks, and how the model compares with small ones."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from trackexp.diagnosis.evidence.curves import constant_of, has_ended, is_complete, loss_of
from trackexp.diagnosis.evidence.graph import WEIGHTED, consumers
from trackexp.diagnosis.evidence.losses import constant_loss
from trackexp.diagnosis.fit import Fit
from trackexp.record import ProbeFacts, ReferenceFacts

Columns = NDArray[np.float64]

# By how much a small model must beat a trained one, before it counts: 0.1 of the rows, or 0.2 of the variance. A
# program of the benchmark that is correct and has a held-out ceiling stays within half of either.
CLASS_MARGIN, VALUE_MARGIN = 0.1, 0.2
_ERRORS = 4.0  # standard errors that the gap must pass as well
_END = 0.1  # share of the epochs at the end, of which a probe must be to speak for the whole training
_STILL = 0.02  # mean relative fall of the loss over the last three epochs below which it has come to rest


def probes_of(fit: Fit) -> ProbeFacts:
    """Return what the probes saw; empty where there were none."""
    return fit.facts.get("probes", ProbeFacts())


def stale_probes(fit: Fit) -> str:
    """Return, in words, that the last probe of an ended training is not of its end; "" where it is.

    A busy machine leaves no time for probes. What an earlier one saw says nothing of the end: the checks are skipped,
    so that the verdict does not depend on the load.
    """
    epochs, done = probes_of(fit).get("epochs", []), len(loss_of(fit))
    if not epochs or not has_ended(fit) or epochs[-1] >= (1 - _END) * (done - 1):
        return ""
    return f"fit {fit.index}: skipped, the last probe is of epoch {epochs[-1]} of {done}: time ran out"


def last(fit: Fit, scalar: str) -> float | None:
    """Return the last value of a scalar; None where the last probe did not see it, or is not of the training's end."""
    if stale_probes(fit):
        return None
    values = probes_of(fit).get("scalars", {}).get(scalar, [])
    return values[-1] if values else None


def inference_loss(fit: Fit) -> float | None:
    """Return the loss of the fixed training rows as inference sees them at the end, with what layers add to it."""
    loss = last(fit, "loss")
    return None if loss is None else loss + (last(fit, "regularization") or 0.0) + (last(fit, "added") or 0.0)


def column(fit: Fit, name: str) -> Columns:
    """Return a measure of the layers, shape (looks, layers), NaN where it was not seen; (0, 0) for none."""
    rows = probes_of(fit).get("layers", {}).get(name, [])
    return np.array(rows, dtype=np.float64) if rows else np.zeros((0, 0))


def layers_beyond(fit: Fit, measure: str, limit: float, looks: int = 2) -> list[tuple[str, float]]:
    """Return the layers whose measure was above a limit in the last looks, each with its last value."""
    values, names = column(fit, measure), probes_of(fit).get("names", [])
    if len(values) < looks:
        return []
    beyond = np.all(values[-looks:] > limit, axis=0).tolist()
    return [(name, float(value)) for name, value, over in zip(names, values[-1], beyond, strict=True) if over]


def lost_weights(fit: Fit, looks: int) -> list[str]:
    """Return the layers whose weights were numbers before the first update, and none in the last looks."""
    probes, values = probes_of(fit), column(fit, "weight_scale")
    names, start, count = probes.get("names", []), probes.get("initial_scale", []), len(probes.get("epochs", []))
    if count < looks or len(start) != len(names):
        return []
    recent = values[-looks:] if len(values) else np.full((looks, len(names)), np.nan)  # NaN throughout: no column
    return [
        name
        for place, (name, scale) in enumerate(zip(names, start, strict=True))
        if scale is not None and np.isnan(recent[:, place]).all()
    ]


def reference_of(fit: Fit) -> ReferenceFacts | None:
    """Return how well small models do on the rows, where that was seen."""
    return fit.facts.get("data", {}).get("reference")


def shortfall(fit: Fit, *, neighbours: bool = True) -> str:
    """Return, in words, that small models beat the trained one by a margin; else "".

    The model is scored on rows that it was trained on, the small ones on rows that they have not seen: the comparison
    favours the model. A model without a hidden layer is held against ridge regression alone. Of classes both the share
    of right answers and the mean recall must fall short: weighted classes trade one for the other.

    Args:
        fit: The fit.
        neighbours: Whether nearest neighbours are a rival, beside ridge regression.
    """
    reference, score = reference_of(fit), last(fit, "score")
    if reference is None or score is None:
        return ""
    rivals = {"ridge regression": reference["linear"], "five nearest neighbours": reference["neighbours"]}
    if not neighbours or not has_hidden_layer(fit):
        rivals.pop("five nearest neighbours")
    name, best = max(rivals.items(), key=lambda item: item[1])
    rows = probes_of(fit).get("rows", 0)
    if reference["kind"] == "values":
        return f"R² {score:.2f} where {name} has {best:.2f}" if best > 0.3 and best - score > VALUE_MARGIN else ""
    error = math.sqrt(max(0.01, best * (1 - best)) * (1 / max(1, rows) + 1 / reference["rows"]))
    margin = max(CLASS_MARGIN, _ERRORS * error)
    balanced = last(fit, "balanced")
    recall_short = balanced is not None and reference.get("balanced", 0.0) - balanced > margin
    if best - score > margin and recall_short:
        return f"{score:.0%} of the rows it was trained on are right, {name} has {best:.0%} on rows it has not seen"
    return ""


def has_hidden_layer(fit: Fit) -> bool:
    """Tell whether more than one layer has weights that mix features."""
    mixing = WEIGHTED | {"LSTM", "GRU", "SimpleRNN", "Bidirectional", "MultiHeadAttention", "Embedding"}
    known = [layer for layer in fit.layers if layer.get("layer") in mixing]
    return len(known) != 1


def at_chance(fit: Fit) -> str:
    """Return, in words, that the outputs are no better than one constant on rows that were trained on; else ""."""
    score, rows = last(fit, "score"), probes_of(fit).get("rows", 0)
    heads = list(fit.heads())
    if score is None or len(heads) != 1 or rows < 30:
        return ""
    counts = list((heads[0].target.get("class_counts") or {}).values())
    reference = reference_of(fit)
    if (reference and reference["kind"] == "values") or not counts:
        return f"R² is {score:.2g} on rows it was trained on" if score < 0.05 else ""
    chance = max(counts) / sum(counts)
    balanced = last(fit, "balanced")
    guess = 1 / len(counts) if len(counts) > 1 else 1.0
    error = math.sqrt(chance * (1 - chance) / rows)
    low = score <= chance + error and (
        balanced is None or balanced <= guess + 2 * math.sqrt(guess * (1 - guess) / rows)
    )
    return f"{score:.0%} of the rows it was trained on are right, one class has {chance:.0%}" if low else ""


def unlearnt(fit: Fit, share: float = 0.9, *, rivals: bool = True) -> str:
    """Return, in words, why the training counts as failed by its end; else "".

    Its loss is not finite; or it is above a share of the best constant's; or the outputs are no better than a
    constant; or small models beat them. Before the end of the training nothing of it counts.

    Args:
        fit: The fit.
        share: Of the best constant's loss.
        rivals: Whether it counts that small models beat the outputs.
    """
    values = loss_of(fit)
    if len(values) and not np.isfinite(values[-1]):
        return f"the loss is {values[-1]:g}"
    if not is_complete(fit) or len(values) < 3:
        return ""
    constant = constant_of(fit)
    if constant is not None and values[-1] > share * constant:
        return f"after {len(values)} epochs the loss is {values[-1]:.4g}, and a constant prediction has {constant:.4g}"
    return data_loss_high(fit, share) or at_chance(fit) or (shortfall(fit) if rivals else "")


def data_loss_high(fit: Fit, share: float) -> str:
    """Return, in words, that the loss without penalties is above a share of the best constant's at the last look."""
    heads, loss = list(fit.heads()), last(fit, "loss")
    weighted = fit.facts.get("fit", {}).get("class_weight") or fit.facts.get("fit", {}).get("sample_weight")
    if len(heads) != 1 or loss is None or weighted or probes_of(fit).get("rows", 0) < 64:
        return ""
    constant = constant_loss(heads[0])
    if constant is None or loss <= share * constant or heads[0].loss.get("config", {}).get("label_smoothing"):
        return ""
    return f"the loss without penalties is {loss:.4g}, and a constant prediction has {constant:.4g}"


def at_rest(fit: Fit, still: float = _STILL) -> bool:
    """Tell whether the loss of the complete training has come to rest: it is not on its way down any more.

    Args:
        fit: The fit.
        still: Mean relative fall an epoch, over the last three, below which it is at rest.
    """
    values = loss_of(fit)
    if not is_complete(fit) or len(values) < 5 or not np.isfinite(values).all():
        return False
    return bool((values[-4] - values[-1]) / 3 < still * max(1e-12, abs(values[-1])))


def feeds_trained(fit: Fit, name: str) -> bool | None:
    """Tell whether a layer feeds one whose weights have a gradient; None where the graph is not known."""
    if not any(layer.get("inputs") for layer in fit.layers):
        return None
    without = set(probes_of(fit).get("without_gradient", []))
    seen, waiting = {name}, [name]
    while waiting:
        last = waiting.pop()
        fed = consumers(fit, last)
        if not fed:  # what ends a nested model feeds what follows that model
            waiting += [around for around in _around(fit, last) if around not in seen]
            seen.update(waiting)
        for layer in fed:
            if layer["name"] in seen:
                continue
            if layer.get("trainable") and layer.get("parameters") and layer["name"] not in without:
                return True
            seen.add(layer["name"])
            waiting.append(layer["name"])
    return False


def _around(fit: Fit, name: str) -> list[str]:
    """Return the nested model that a layer lies in, if any: it stands before its layers in the list, one level up."""
    holders: dict[int, str] = {}
    for layer in fit.layers:
        depth = layer.get("depth", 0)
        if layer["name"] == name:
            return [holders[depth - 1]] if depth - 1 in holders else []
        holders[depth] = layer["name"]
    return []
