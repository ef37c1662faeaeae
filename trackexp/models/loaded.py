"""A model of any framework, as evaluation sees it: rows in, numbers out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Model:
    """A predict function with what is known of it.

    Args:
        name: File or place it came from.
        framework: `"keras"`, `"torch"`, `"onnx"`, `"scikit-learn"` or `"python"`.
        run: Outputs of some rows `(n, …)`, taking (inputs, batch size).
        input_shape: Without the batch axis, None where a size is free; None where the model does not say.
        activation: Of the last layer, such as `"softmax"` or `"linear"`; None where it cannot be told.
        size: Bytes of its file.
        embed: Vectors of some rows before the last layer, taking (inputs, batch size); None where there are none.
        class_names: As the model itself knows them.
        notes: What is to be said about loading it.
    """

    name: str
    framework: str
    run: Callable[[Any, int], NDArray[Any]]
    input_shape: tuple[int | None, ...] | None = None
    activation: str | None = None
    size: int | None = None
    embed: Callable[[Any, int], NDArray[Any]] | None = None
    class_names: tuple[str, ...] | None = None
    notes: tuple[str, ...] = field(default=())

    def predict(self, inputs: Any, batch_size: int = 256) -> NDArray[np.floating[Any]]:
        """Return the outputs of some rows as they come, `(n,)` or `(n, n_outputs)`.

        Raises:
            UsageError: The model takes rows of another shape; both are said.
        """
        from trackexp.models.shapes import fitted, refuse_outputs

        rows = fitted(self, inputs)
        try:
            outputs = np.asarray(self.run(rows, batch_size))
        except Exception as error:
            from trackexp.models.shapes import explained

            raise explained(self, rows, error) from error
        refuse_outputs(self, outputs, len(rows))
        return outputs
