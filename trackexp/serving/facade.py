"""The facade of a model: typed, the same for every framework, and without a server."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.errors import RequestError, TrackexpError, UsageError, first_line
from trackexp.models.loading import from_object, load_model
from trackexp.models.model import Model
from trackexp.record.model_record import ModelRecord
from trackexp.serving.entities import ModelMetadata
from trackexp.serving.inputs import InputSchema
from trackexp.serving.places import Place, find_model
from trackexp.serving.prediction import OutputReader, Prediction

_WARM_SIZES = (1, 2, 8, 32)  # Keras traces anew until a size is the third of its kind


class Facade:
    """A model with what is known of it: rows in, classes, probabilities and flags out.

    Args:
        model: From `load_model` or `from_object`.
        record: What it says of itself; None serves it by its shape alone.
        name: Under which it answers.
        version: Twelve digits of its file's SHA-256, or of its function's name.

    Raises:
        UsageError: The model does not answer a row in the middle of its training range.
    """

    def __init__(self, model: Model, record: ModelRecord | None = None, *, name: str = "", version: str = "") -> None:
        self.model, self.record = model, record
        self.name = name or (record.name if record is not None else "") or model.name
        self.version = version or (record.version if record is not None else _digits(model.name))
        self.schema = InputSchema.of(model, record)
        self.notes = tuple(model.notes) if record is not None else (
            *model.notes,
            "no record lies beside the model: it is served by its shape alone, without training ranges, class names, "
            "threshold or metrics",
        )  # fmt: skip
        self._reader = OutputReader.of(model, record, self._warmed())

    @classmethod
    def load(
        cls,
        place: str | Path,
        *,
        folder: str | Path | None = None,
        root: str | Path | None = None,
        constructor: str | None = None,
        trust: bool = False,
        imports: Sequence[str] = (),
    ) -> Facade:
        """Load and warm up a model.

        Args:
            place: A model file, `NAME:ALIAS`, `NAME@SHA`, a run, or `package.module:function`.
            folder: Of the ledgers, as for `trackexp.model`.
            root: The folder that holds `wandb/`, as for `read_run`.
            constructor: As for `load_model`.
            trust: As for `load_model`.
            imports: As for `load_model`.

        Raises:
            UsageError: There is no such model, or it lacks what it needs to be loaded.
        """
        found = find_model(str(place), folder=folder, root=root)
        return cls.at(found, constructor=constructor, trust=trust, imports=imports)

    @classmethod
    def at(cls, place: Place, **loading: Any) -> Facade:
        """Load the model at a place that was found; a record whose SHA-256 is another file's is refused.

        Raises:
            UsageError: The record describes another file, or the model does not load.
        """
        record = place.record
        if record is not None and place.sha256 and record.sha256 != place.sha256:
            raise UsageError(
                f"{place.text}: the record beside it describes {record.version}, the file is {place.sha256[:12]}; "
                "restore the file, or remove the record to serve it by its shape alone."
            )
        model = load_model(str(place.path or place.text), **loading)
        return cls(model, record, name=place.name, version=place.sha256[:12] or _digits(place.text))

    @classmethod
    def of(cls, model: Any, record: ModelRecord | None = None, *, name: str = "model") -> Facade:
        """Return the facade of a model that is there already, or of a function from rows to outputs."""
        return cls(from_object(model, name), record, name=name)

    def __repr__(self) -> str:
        return f"<Facade {self.name} {self.version} {self.model.framework}>"

    @cached_property
    def metadata(self) -> ModelMetadata:
        """What the model says of itself, typed."""
        return ModelMetadata.of(self.record, name=self.name, version=self.version, framework=self.model.framework)

    @property
    def class_names(self) -> tuple[str, ...]:
        """In the order of the probabilities, as far as they are known before an answer."""
        return self._reader.class_names

    @property
    def gives_classes(self) -> bool:
        """Whether it answers classes, not numbers."""
        return self._reader.kind not in ("values", "unknown")

    def predict(self, rows: Any) -> Prediction:
        """Return classes, probabilities and flags of some rows.

        Args:
            rows: Nested lists, an array `(n, …)`, a data frame, or a mapping from column names to values.

        Raises:
            RequestError: The model does not take the rows; with the place of the first value that is wrong.
        """
        return self.answer(self.schema.read(rows))

    def answer(self, rows: Any) -> Prediction:
        """Return the prediction of rows that `schema.read` has checked."""
        classes, prob, values, names = self._reader.read(self.outputs(rows))
        return Prediction(self.name, self.version, classes, prob, values, self.schema.outside(rows), names)

    def outputs(self, rows: Any) -> NDArray[Any]:
        """Return what the model itself gives, `(n,)` or `(n, n_outputs)`.

        Raises:
            RequestError: The model does not take the rows.
        """
        call = self.model.call
        try:
            found = np.asarray(self.model.run(rows, len(rows)) if call is None else call(rows))
        except Exception as error:
            raise RequestError(
                f"the model does not take these rows ({type(error).__name__})", detail=first_line(error)
            ) from error
        if found.ndim > 2 or found.dtype.kind not in "fiub" or len(found) != len(rows):
            raise RequestError(f"the model gives outputs of shape {found.shape}; expected one row of numbers a row")
        return found

    def _warmed(self) -> NDArray[Any] | None:
        """Run the model on rows of the middle of its range, in the sizes that matter, and return the outputs."""
        found = None
        for size in _WARM_SIZES:
            rows = self.schema.sample(size)
            if rows is None:
                return None
            try:
                found = self.outputs(rows)
            except TrackexpError as error:
                if None in (self.schema.shape or ()):  # an axis of any length: not of length 1, for this model
                    return None
                detail = getattr(error, "detail", "")
                raise UsageError(f"{self.name} does not answer a row of its own shape: {error} {detail}") from error
        return found


def _digits(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
