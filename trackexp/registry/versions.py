"""From a name to a model: `lemon-mold:staging` → the file, the run behind it and its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trackexp.errors import LedgerError, TrackexpError, UsageError, nearest
from trackexp.models.best_model import find_best_model, noted_digest
from trackexp.reading import read_run
from trackexp.record import RunRecord
from trackexp.record.model_record import ModelRecord, read_model_record
from trackexp.registry.event import EvaluationEvidence, Event, Version
from trackexp.registry.ledger import LedgerFolder
from trackexp.registry.names import split_name
from trackexp.registry.places import ledger_folder
from trackexp.tracking.model_file import sha256

if TYPE_CHECKING:
    from trackexp.models import Model

_PICKLES = frozenset({".pkl", ".pickle", ".joblib", ".pt", ".pth", ".ckpt", ".bin"})


@dataclass(frozen=True)
class RegisteredModel:
    """A version that the ledger knows, with what stands behind it.

    Args:
        name: Of the model.
        alias: By which it was asked for; "" where it was asked for by its digits.
        event: The latest event that put it there, or that is about it.
        root: The folder that holds `wandb/`; None as for `read_run`.
    """

    name: str
    alias: str
    event: Event
    root: Path | None = None

    def __repr__(self) -> str:
        return f"<RegisteredModel {self.name}{f':{self.alias}' if self.alias else ''} {self.version.short}>"

    @property
    def version(self) -> Version:
        """Which file it is."""
        return self.event.version

    @property
    def sha256(self) -> str:
        """Of the model file."""
        return self.version.sha256

    @cached_property
    def record(self) -> RunRecord:
        """The run that trained it."""
        return read_run(self.version.run.rpartition("/")[2], root=self.root)

    @property
    def config(self) -> Mapping[str, Any]:
        """The parameters of that run, without trackexp's own entries."""
        return self.record.settings

    @property
    def evaluation(self) -> EvaluationEvidence | None:
        """The evaluation that the promotion rested on."""
        return self.event.evaluation

    @cached_property
    def path(self) -> Path:
        """The model file on this disk, after its SHA-256 was checked.

        Raises:
            UsageError: It is not on this disk, or another file lies in its place.
        """
        path = find_best_model(self.record)
        if sha256(path) != self.sha256:
            raise UsageError(
                f"{path} is not {self.name}@{self.version.short}: the file was changed since; "
                "restore it, or promote it anew."
            )
        return path

    @property
    def metadata(self) -> ModelRecord | None:
        """What the model says of itself; None where no record lies beside its file."""
        return read_model_record(self.path)

    def load(self, *, constructor: str | None = None, trust: bool = False) -> Model:
        """Load the model; see `load_model` for the arguments."""
        from trackexp.models import load_model  # with the framework that the file needs, and only then

        return load_model(self.path, constructor=constructor, trust=trust)


def model(text: str, *, folder: str | Path | None = None, root: str | Path | None = None) -> RegisteredModel:
    """Return a registered model by `NAME:ALIAS` or `NAME@SHA`.

    Args:
        text: Such as `"lemon-mold:staging"` or `"lemon-mold@3f2a91c"`; a bare name stands for its only version.
        folder: Of the ledgers; default `models/` of the project, see `[tool.trackexp] models`.
        root: The folder that holds `wandb/`, as for `read_run`.

    Raises:
        UsageError: There is no such model, alias or version; with the nearest.
        LedgerError: The ledger was changed, or the alias was moved to two places.
    """
    name, alias, digits = split_name(text)
    ledger = LedgerFolder(ledger_folder(folder)).read_known(name)
    place = None if root is None else Path(root)
    if digits:
        return RegisteredModel(name, "", ledger.find(digits), place)
    if not alias:
        held = {moves[0].version.sha256: moves[0] for moves in ledger.aliases.values() if len(moves) == 1}
        if len(held) != 1:
            raise UsageError(
                f"{name!r} has {len(held)} versions under an alias; say which: {_choices(name, ledger.aliases)}."
            )
        return RegisteredModel(name, "", next(iter(held.values())), place)
    holder = ledger.holder(alias)
    if holder is None:
        raise UsageError(
            f"{name} has no alias {alias!r}{nearest(alias, ledger.aliases)}; it has {_choices(name, ledger.aliases)}."
        )
    return RegisteredModel(name, alias, holder, place)


def is_registered(text: str, *, folder: str | Path | None = None) -> bool:
    """Return whether a text reads as `NAME:ALIAS` or `NAME@SHA` of a model that has a ledger here."""
    name, alias, digits = split_name(text)
    if not (alias or digits) or "/" in text or "\\" in text:
        return False
    try:
        return name in LedgerFolder(ledger_folder(folder)).names()
    except TrackexpError:
        return False


def version_of(record: RunRecord, path: Path) -> Version:
    """Return the identity of a run's model file.

    Raises:
        LedgerError: The file is not the one that the run ended with.
    """
    digest = sha256(path)
    noted = noted_digest(record)
    if noted and noted != digest:
        raise LedgerError(
            f"{path} was changed since the run ended: its SHA-256 is {digest[:12]}…, noted was {noted[:12]}…; "
            "restore it, or train again."
        )
    home = "/".join(part for part in (record.entity, record.project, record.id) if part)
    artifact = next((one for one in record.artifacts if one.type == "model" and not one.used), None)
    return Version(
        sha256=digest,
        bytes=path.stat().st_size,
        file=path.name,
        run=home,
        artifact=artifact.name if artifact else f"run_{record.id}_model",
        manifest=artifact.digest or "" if artifact else "",
        runs_code=path.suffix.lower() in _PICKLES or None,
    )


def _choices(name: str, aliases: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}:{alias}" for alias in sorted(aliases)) or "none"
