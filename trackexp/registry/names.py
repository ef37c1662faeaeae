"""Names of registered models and of their aliases, such as W&B takes them and every file system keeps them apart."""

from __future__ import annotations

import re
from collections.abc import Iterable

from trackexp.errors import UsageError

LONGEST_NAME = 128  # characters; W&B refuses longer collection names
_FORM = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_VERSION = re.compile(r"v\d+")
_RESERVED = {"latest": "the server moves it by itself"}
# Names that Windows keeps for devices: a clone of the ledger must be possible there.
_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}


def check_model_name(name: str, known: Iterable[str] = ()) -> str:
    """Return the name of a model, or say why it cannot be one.

    Args:
        name: As it was given.
        known: Names of the ledger: one that differs only in case would be the same folder on some machines.

    Raises:
        UsageError: W&B or a file system would refuse it; the message has the nearest name that works.
    """
    checked = _checked(name, "model name")
    if checked.split(".")[0].lower() in _DEVICES:
        raise UsageError(f"model name {name!r} is a device on Windows; take {checked + '-model'!r}.")
    for other in known:
        if other != checked and other.lower() == checked.lower():
            raise UsageError(
                f"model name {name!r} differs from the known model {other!r} only in case; take {other!r}."
            )
    return checked


def check_alias(alias: str) -> str:
    """Return an alias, or say why it cannot be one.

    Raises:
        UsageError: W&B would refuse it, or sets it by itself (`latest`, `v3`).
    """
    checked = _checked(alias, "alias")
    if checked in _RESERVED or _VERSION.fullmatch(checked):
        why = _RESERVED.get(checked, "the server numbers versions by itself")
        raise UsageError(f"alias {alias!r} is W&B's own: {why}; take another, such as 'staging' or 'production'.")
    return checked


def split_name(text: str) -> tuple[str, str, str]:
    """Return model name, alias and digits of the SHA-256 of `NAME`, `NAME:ALIAS` or `NAME@SHA`; absent ones are "".

    >>> split_name("lemon-mold:staging")
    ('lemon-mold', 'staging', '')
    >>> split_name("lemon-mold@3f2a91c")
    ('lemon-mold', '', '3f2a91c')
    """
    name, at, sha = text.partition("@")
    if at:
        return name, "", sha
    name, _, alias = text.partition(":")
    return name, alias, ""


def _checked(name: str, what: str) -> str:
    if not isinstance(name, str) or not name:
        raise UsageError(f"{what} {name!r}: expected text of 1 to {LONGEST_NAME} characters.")
    if len(name) <= LONGEST_NAME and _FORM.fullmatch(name) and ".." not in name and not name.endswith("."):
        return name
    nearest = re.sub(r"\.{2,}", ".", re.sub(r"[^A-Za-z0-9_.-]+", "-", name)).strip(".-")[:LONGEST_NAME]
    instead = f"; take {nearest!r}" if nearest else ""
    raise UsageError(
        f"{what} {name!r}: expected up to {LONGEST_NAME} letters, digits, '.', '_' and '-', "
        f"beginning with a letter or digit{instead}."
    )
