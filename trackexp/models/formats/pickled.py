"""scikit-learn and its like: estimators that were pickled, by joblib or by pickle itself."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trackexp.errors import UsageError, first_line
from trackexp.models.formats.registry import Format, LoadOptions
from trackexp.models.model import Model


def load_pickled(path: Path, options: LoadOptions) -> Model:
    """Return a pickled estimator.

    Raises:
        UsageError: It is not trusted, no pickle, or nothing that predicts.
    """
    if not options.trust:
        raise UsageError(
            f"{path} is a pickle: loading it runs whatever code it holds. Do you trust whoever made it? Then pass "
            "--trust; otherwise store the model as ONNX (skl2onnx), which holds no code."
        )
    joblib = import_module("joblib")  # comes with scikit-learn, whose way of storing models it is
    try:
        estimator = joblib.load(path)
    except Exception as error:
        raise UsageError(f"{path} does not unpickle: {type(error).__name__}: {first_line(error)}") from error
    return from_estimator(estimator, path.name, path.stat().st_size)


def from_estimator(estimator: Any, name: str, size: int | None = None) -> Model:
    """Return an estimator that is there already, as `Model`: `predict_proba`, `decision_function`, or `predict`."""
    classes = getattr(estimator, "classes_", None)
    if hasattr(estimator, "predict_proba"):
        call, activation = estimator.predict_proba, "softmax"
    elif classes is not None and hasattr(estimator, "decision_function"):
        call, activation = estimator.decision_function, "linear"
    elif hasattr(estimator, "predict") and classes is None:
        call, activation = estimator.predict, "linear"
    else:
        raise UsageError(
            f"{name} holds {type(estimator).__name__}; expected an estimator with predict_proba, decision_function, "
            "or, for numbers, predict."
        )
    columns = getattr(estimator, "feature_names_in_", None)
    wanted = getattr(estimator, "n_features_in_", None)
    names = None if classes is None or isinstance(classes, list) else tuple(str(label) for label in classes)
    return Model(
        name,
        "scikit-learn",
        _runner(call, columns),
        None if wanted is None else (int(wanted),),
        activation,
        size,
        class_names=names,
        columns=None if columns is None else tuple(map(str, columns)),
    )


def _runner(call: Any, columns: Any) -> Any:
    def run(rows: Any, batch_size: int) -> NDArray[Any]:
        found = []
        for start in range(0, len(rows), max(batch_size, 8192)):  # calls cost more than rows here
            piece = slice(start, start + max(batch_size, 8192))
            batch = rows.iloc[piece] if hasattr(rows, "iloc") else rows[piece]
            if hasattr(batch, "iloc"):
                batch = batch if columns is None else batch[list(columns)]
                batch = batch.to_numpy() if columns is None else batch
            elif columns is not None:
                batch = pd.DataFrame(batch, columns=list(columns))  # it was fitted on named columns, and warns without
            found.append(np.asarray(call(batch)))
        return np.concatenate(found)

    return run


def _predicts(model: Any) -> bool:
    return hasattr(model, "predict_proba") or (hasattr(model, "predict") and hasattr(model, "fit"))


FORMAT = Format("scikit-learn", (".pkl", ".pickle", ".joblib"), load_pickled, _predicts, from_estimator)
