"""What `trackexp serve` is given → the model file, the name it is served under, and what it says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from trackexp.errors import RunNotFoundError, UnreadableRunError, UsageError
from trackexp.models.best_model import find_best_model
from trackexp.models.formats.registry import model_suffixes
from trackexp.models.python_code import names_an_object
from trackexp.reading.runs import read_trained_run
from trackexp.record.model_record import ModelRecord, read_model_record
from trackexp.registry.names import split_name
from trackexp.registry.versions import is_registered, model
from trackexp.tracking.model_file import sha256


@dataclass(frozen=True, slots=True)
class Place:
    """Where a model lies.

    Args:
        text: As it was typed.
        name: Under which it is served.
        path: The file; None for a function.
        sha256: Of the file; "" for a function.
        record: What it says of itself; None where no record lies beside it.
        moves: Whether an alias may point elsewhere later.
    """

    text: str
    name: str
    path: Path | None = None
    sha256: str = ""
    record: ModelRecord | None = None
    moves: bool = False


def find_model(text: str, *, folder: str | Path | None = None, root: str | Path | None = None) -> Place:
    """Return where a model lies: a file, `NAME:ALIAS`, `NAME@SHA`, a run, or `package.module:function`.

    Args:
        text: What names it.
        folder: Of the ledgers; default as for `trackexp.model`.
        root: The folder that holds `wandb/`.

    Raises:
        UsageError: Nothing that is there.
    """
    path = Path(text).expanduser()
    if path.is_file() and path.suffix != ".wandb":
        return Place(text, _safe(path.stem), path, sha256(path), read_model_record(path))
    if is_registered(text, folder=folder):
        found = model(text, folder=folder, root=root)
        return Place(text, found.name, found.path, found.sha256, found.metadata, bool(split_name(text)[1]))
    if not path.exists() and names_an_object(text):
        return Place(text, _safe(text.rpartition(":")[2]))
    try:
        path = find_best_model(read_trained_run(text, root=None if root is None else Path(root)))
    except (RunNotFoundError, UnreadableRunError) as error:
        raise UsageError(
            f"{text!r} is no model file ({', '.join(model_suffixes())}), no NAME:ALIAS of the registry, no "
            f"package.module:function and no run: {error}"
        ) from error
    return Place(text, _safe(path.stem), path, sha256(path), read_model_record(path))


def _safe(name: str) -> str:
    """Return a name that can stand in a URL.

    >>> _safe("model best.v2")
    'model-best.v2'
    """
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in name)
    return kept.strip("-.") or "model"
