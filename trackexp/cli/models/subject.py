"""The subject of an evaluation, found by its name: predictions, a model, a run's best model, or an artifact."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from trackexp.errors import RunNotFoundError, UnreadableRunError, UsageError
from trackexp.models.best_model import find_best_model
from trackexp.models.data import is_predictions_file
from trackexp.models.formats.registry import model_suffixes
from trackexp.models.python_code import names_an_object
from trackexp.reading.runs import read_trained_run
from trackexp.record import RunRecord
from trackexp.registry.versions import is_registered, model

_ARTIFACT = re.compile(r"([\w.-]+/){0,2}[\w.-]+:[\w.-]+")
_RUNS = (".wandb",)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is to be evaluated; exactly one of the first three fields is set.

    Args:
        predictions: A file of them.
        model: A model's file, or `package.module:function`.
        artifact: A name on the W&B server.
        record: The run whose best model it is.
        alias: By which a registered model was named.
    """

    predictions: Path | None = None
    model: str | None = None
    artifact: str | None = None
    record: RunRecord | None = None
    alias: str = ""


def names_an_artifact(text: str) -> bool:
    """Return whether a text can only be an artifact on the W&B server, such as `team/project/testset:v3`."""
    return bool(_ARTIFACT.fullmatch(text)) and not Path(text).expanduser().exists() and not names_an_object(text)


def find_subject(text: str) -> Subject:
    """Return what a text names.

    Raises:
        UsageError: Nothing that is there.
    """
    path = Path(text).expanduser()
    if is_predictions_file(path):
        return Subject(predictions=path)
    if path.is_file() and path.suffix not in _RUNS:
        return Subject(model=str(path))
    if not path.exists():
        if path.suffix in (".csv", ".parquet", ".npz"):
            raise UsageError(f"{text} does not exist (current folder: {Path.cwd()}).")
        if is_registered(text):
            found = model(text)
            return Subject(model=str(found.path), record=found.record, alias=found.alias)
        if names_an_object(text):
            return Subject(model=text)
        if names_an_artifact(text):
            return Subject(artifact=text)
    return _best_of_run(text)


def _best_of_run(text: str) -> Subject:
    try:
        record = read_trained_run(text)
    except (RunNotFoundError, UnreadableRunError) as error:
        raise UsageError(
            f"{text!r} is not a model file ({', '.join(model_suffixes())}), a file of predictions (.csv, .parquet, "
            f".npz) or a run: {error}"
        ) from error
    path = find_best_model(record, otherwise="pass a model file instead")
    return Subject(model=str(path), record=record)
