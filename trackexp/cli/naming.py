"""A run by the name of the model that it trained: every command that takes a RUN takes NAME:ALIAS and NAME@SHA too."""

from __future__ import annotations

from pathlib import Path


def resolved(place: str) -> str:
    """Return the file of the run behind `NAME:ALIAS` or `NAME@SHA` of a model that has a ledger here; else the place.

    Raises:
        UsageError: The model has no such alias or version; with the nearest.
        LedgerError: The ledger was changed, or the alias was moved to two places.
    """
    if not (":" in place or "@" in place) or Path(place).expanduser().exists():
        return place
    from trackexp.registry.versions import is_registered, model

    if not is_registered(place):
        return place
    path = model(place).record.path
    return place if path is None else str(path)
