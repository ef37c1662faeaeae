"""Secrets that are known by their value, because the environment or a `.env` file holds them."""

from __future__ import annotations

import base64
import html
import json
import logging
import os
import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus

from trackexp.tracking.secrets.names import Telling, telling
from trackexp.tracking.secrets.neighbours import beside_names
from trackexp.tracking.secrets.values import is_placeholder, looks_random
from trackexp.tracking.secrets.words import Words

logger = logging.getLogger("trackexp")

# Shorter ones would be found in every second line; where they stand beside their name they are masked all the same.
MIN_LENGTH = 6
# Passwords that everybody has, and that are words of programs.
_COMMON = frozenset(
    ["postgres", "mysql", "redis", "mongo", "rabbitmq", "guest", "minio", "minioadmin", "admin123", "localhost"]
)
_PLAIN_NAMES = re.compile(
    r"(?i)(?:^|_)(?:project|entity|name|mode|dir|path|home|host|hostname|port|region|zone|model|dataset|level|env|environment"
    r"|backend|devices?|version|tz|lang|debug|seed|size|epochs?|threads|workers|tags?|branch|group|notes|silent|console|url"
    r"|uri|bucket|parallelism|user|username|email|timeout|image|term|shell|flags|type|format|disabled|rank)$"
)
_PLAIN_VALUE = re.compile(
    r"[A-Za-z]+|[+-]?[\d.,:eE_]+|(?:\.{0,2}|~|[A-Za-z]:)[\\/][^:]*|[a-z][a-z0-9+]*://[^@]*|\d+[A-Za-z]{1,3}"
)


def secret_values(environ: Mapping[str, str], dotenv: Iterable[Path] = ()) -> dict[str, str]:
    """Return the values to look for, each with the name of its variable.

    Of the environment those that are named like secrets, and the passwords inside URLs; of a `.env` file all but
    those that are plainly settings: by their name (`WANDB_PROJECT`), or because they are a number, a path, a word.
    Of the netrc file, where `wandb login` leaves W&B's key, every password.
    """
    found: dict[str, str] = {}
    for name, value in environ.items():
        _add(found, name, value, named=True)
    for path in dotenv:
        for name, value in _entries(path).items():
            _add(found, name, value, named=False)
    for password in _netrc_passwords(environ):
        _keep(found, "netrc", password)
    return found


def _netrc_passwords(environ: Mapping[str, str]) -> list[str]:
    home = environ.get("HOME") or environ.get("USERPROFILE") or ""
    places = [environ["NETRC"]] if environ.get("NETRC") else [f"{home}/.netrc", f"{home}/_netrc"] if home else []
    path = next(filter(os.path.isfile, places), None)
    if path is None:
        return []
    import netrc

    try:
        return [password for _, _, password in netrc.netrc(path).hosts.values() if password]
    except (OSError, ValueError, netrc.NetrcParseError):  # W&B says what is wrong with it
        logger.debug("the netrc file cannot be read", exc_info=True)
        return []


def _entries(path: Path) -> dict[str, str]:
    import dotenv

    try:
        values = dotenv.dotenv_values(path, interpolate=False)
    except (OSError, ValueError):
        logger.debug("the .env file cannot be read", exc_info=True)
        return {}
    # Docker does not unquote: whoever has read such a file with it knows the value with its quotes.
    return {name: value for name, value in values.items() if value}


def _add(found: dict[str, str], name: str, value: str, *, named: bool) -> None:
    level = telling(name)
    if "://" in value or "=" in value:
        for start, end, _ in beside_names(Words(value)):
            _keep(found, name, value[start:end])
    if (
        (level is Telling.PASSWORD and not _PLAIN_PATH.fullmatch(value) and not _is_place(value))
        or (level is Telling.KEY and not _PLAIN_VALUE.fullmatch(value))
        or (not named and (looks_random(value) or not (_PLAIN_NAMES.search(name) or _PLAIN_VALUE.fullmatch(value))))
    ):
        _keep(found, name, value)


def _is_place(value: str) -> bool:
    """Return whether a value is the path of something that is there, as that of `PWD` is."""
    try:
        return os.path.isabs(value) and os.path.exists(value)  # noqa: PTH110, PTH117  bytes that are no UTF-8 too
    except (OSError, ValueError):
        return False


_PLAIN_PATH = re.compile(r"(?:\.{0,2}|~)/[\w.-]+(?:/[\w./-]+)?")


def _keep(found: dict[str, str], name: str, value: str) -> None:
    for line in value.replace("\\n", "\n").splitlines():
        part = line.strip()
        is_frame = part.startswith("-----") and part.endswith("-----")  # of a private key
        if len(part) >= MIN_LENGTH and part.lower() not in _COMMON and not is_placeholder(part) and not is_frame:
            found.setdefault(part, name)


def spellings(value: str) -> set[str]:
    """Return the value as it may stand in a text.

    As it is, percent-encoded, escaped as in JSON, Python, YAML, bytes and HTML, with its letters composed or in parts.
    """
    percent = quote(value, safe="", errors="surrogateescape")
    found = {
        value,
        percent,
        re.sub("%[0-9A-F]{2}", lambda code: code[0].lower(), percent),
        quote(value, errors="surrogateescape"),
        quote_plus(value, errors="surrogateescape"),
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        json.dumps(value)[1:-1].replace("/", "\\/"),
        repr(value)[1:-1],
        ascii(value)[1:-1],
        repr(value.encode("utf-8", "surrogateescape"))[2:-1],
        html.escape(value),
        html.escape(value, quote=False),
        value.replace("'", "''"),
        unicodedata.normalize("NFC", value),
        unicodedata.normalize("NFD", value),
    }
    return {one for one in found if len(one) >= MIN_LENGTH}


def in_base64(value: str) -> set[str]:
    """Return the letters that a value has in base64 wherever it begins: those that no neighbour has a part in."""
    data = value.encode("utf-8", "surrogateescape")
    if len(data) < MIN_LENGTH:
        return set()
    found = set()
    for before in range(3):
        text = base64.b64encode(bytes(before) + data).decode().rstrip("=")
        begin = -(-before * 8 // 6)
        whole = text[begin : (before + len(data)) * 8 // 6]
        if len(whole) >= 8:
            found |= {whole, whole.replace("+", "-").replace("/", "_")}
    return found


def environment(environ: Mapping[str, str] | None = None) -> Mapping[str, str]:
    """Return the process's environment, or the one that is given."""
    return os.environ if environ is None else environ
