"""The batch passes through the model once, forward and backward, as inference sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from trackexp import keras_private
from trackexp.fit.batch import Batch
from trackexp.keras.probes.gradients import norm_of, recorded
from trackexp.keras.probes.layers import LayerValues, Observer, Watched


@dataclass(slots=True)
class Passed:
    """What the pass gave; what was not computed is None.

    Args:
        outputs: In the model's own nesting, as numpy; half precision as float32.
        values: Of each watched layer.
        penalty: Of the regularizers of weights.
        added: What layers gave to `add_loss`, activity regularizers among them; how many they were.
        loss: Of what compile was given, the mean of what it returns.
        norms: Of the gradient by each trainable variable.
        failures: What of it failed, and how.
    """

    outputs: Any = None
    values: Sequence[LayerValues | None] = ()
    penalty: float | None = None
    added: tuple[float, int] = (0.0, 0)
    loss: float | None = None
    norms: Sequence[float | None] | None = None
    failures: dict[str, Exception] = field(default_factory=dict)


def eager_pass(
    model: Any, layers: Sequence[Watched], batch: Batch, *, loss: bool, gradients: bool, augment: bool = False
) -> Passed:
    """Pass the batch through, operation by operation; to be called where nothing is disturbed.

    Raises:
        Exception: Whatever the model's own `call` does; what fails behind it is among the failures.
    """
    found = Passed()
    observer = Observer(layers, augment=augment)
    with recorded() as gradients_of, keras.StatelessScope(collect_losses=True) as scope:
        with observer.watching():
            outputs = model(tensors(batch.x), training=False)
        penalties, added = penalties_of(model), [keras.ops.sum(part) for part in scope.losses]
        data_loss: Any = None
        if loss:
            try:
                data_loss = keras_private.compile_loss(model)(tensors(batch.y), outputs, tensors(batch.sample_weight))
                found.loss = float(np.mean(keras.ops.convert_to_numpy(data_loss)))
            except Exception as error:  # the user's own function may do anything when it is called from here
                found.failures["loss"] = error
        if gradients and data_loss is not None:
            try:
                total = sum([*added, *penalties], keras.ops.sum(data_loss))
                variables = list(model.trainable_variables)
                found.norms = [norm_of(gradient) for gradient in gradients_of(total, variables)]
            except Exception as error:  # as above: a custom operation without a derivative raises
                found.failures["gradients"] = error
    found.values = [observer.values.get(place) for place in range(len(layers))]
    found.outputs = plain(outputs)
    found.penalty = sum(float(keras.ops.convert_to_numpy(part)) for part in penalties)
    found.added = sum(float(keras.ops.convert_to_numpy(part)) for part in added), len(added)
    return found


def penalties_of(model: Any) -> list[Any]:
    """Return what the regularizers of the trainable weights add to the loss."""
    return [weight.regularizer(weight) for weight in model.trainable_weights if weight.regularizer is not None]


def tensors(part: Any) -> Any:
    """Return nested arrays as the backend's tensors; what is no number stays as it is."""
    return keras.tree.map_structure(_tensor, part, none_is_leaf=False)


def _tensor(array: Any) -> Any:
    array = array.to_numpy() if hasattr(array, "to_numpy") else array
    return keras.ops.convert_to_tensor(array) if array.dtype.kind not in "OUS" else array


def plain(part: Any) -> Any:
    """Return outputs as numpy; bfloat16 and the like as float32."""
    return keras.tree.map_structure(_array, part, none_is_leaf=False)


def _array(tensor: Any) -> NDArray[Any]:
    return np.asarray(keras.ops.convert_to_numpy(keras.ops.cast(tensor, "float32")))
