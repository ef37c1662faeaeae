"""What the arrays of inputs hold that no weight can be multiplied with."""

from __future__ import annotations

from collections.abc import Set

from trackexp.diagnosis.fit import Fit


def handles_itself(fit: Fit, layers: Set[str]) -> bool:
    """Tell whether the model may deal with such values: code of its own, or one of these layers and operations."""
    unseen = fit.own_step or fit.facts.get("model", {}).get("kind") == "subclassed"
    return bool(unseen or layers & {layer.get("layer", "") for layer in fit.layers})


def spoilt_input(fit: Fit, share: str, accepted: float) -> tuple[float, str, str] | None:
    """Return the first input of which more than an accepted share of the values is spoilt; None where none is.

    Args:
        fit: The fit.
        share: The fact to look at, `"nan_share"` or `"infinite_share"`.
        accepted: Largest share that is let pass, 0 to 1.

    Returns:
        The share, how to call the input, and how many of its rows were looked at, in words.
    """
    inputs = fit.facts["data"]["inputs"]
    for place, array in enumerate(inputs):
        seen = float(array.get(share) or 0.0)  # type: ignore[arg-type]
        if seen > accepted:
            which = f"input {array.get('name') or place!r}" if len(inputs) > 1 else "the inputs"
            return seen, which, f"in {array.get('scanned_rows', 0):,} rows"
    return None
