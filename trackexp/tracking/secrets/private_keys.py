"""Private keys, which span lines: the header and the footer stay, what is between them is masked line by line."""

from __future__ import annotations

import re
from collections.abc import Iterator

BEGIN = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----|---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----"
)
END = re.compile(r"---- ?-?END ")
PUTTY = re.compile(r"Private-Lines: (\d{1,3})")
# A line of an encoded key, with what a patch, a list of strings or an escape puts around it.
BODY = re.compile(r"(?:\\[nrt])|[A-Za-z0-9+/=]{4,}")
_HEADER = re.compile(r"(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset): ")
MAX_LINES = 400
_MAX_LENGTH = 65_536


def private_keys(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield the encoded parts of every private key; a key that is cut ends where no line of it follows."""
    position, footer = 0, -1
    while text.find("PRIVATE KEY", position) >= 0 and (match := BEGIN.search(text, position)):
        if footer < match.end():
            found = END.search(text, match.end())
            footer = found.start() if found else len(text) + _MAX_LENGTH
        position = footer if footer - match.end() < _MAX_LENGTH else _last_line(text, match.end())
        yield from _parts(text, match.end(), position)
    position = 0
    while match := PUTTY.search(text, position):
        position = _lines_further(text, match.end(), int(match[1]) + 1)
        yield from _parts(text, match.end(), position)


def _parts(text: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    for part in BODY.finditer(text, start, end):
        if not part[0].startswith("\\"):
            yield part.start(), part.end(), "private-key"


def _lines_further(text: str, start: int, lines: int) -> int:
    end = start
    for _ in range(lines):
        end = text.find("\n", end + 1)
        if end < 0:
            return len(text)
    return end


def _last_line(text: str, start: int) -> int:
    """Return where the lines of a key without a footer stop."""
    limit = min(len(text), start + _MAX_LENGTH)
    position = start
    for _ in range(MAX_LINES):
        following = text.find("\n", position, limit)
        line_end = limit if following < 0 else following
        if position != start and not is_body(text[position:line_end]):
            return position
        if following < 0:
            return limit
        position = following + 1
    return position


def is_body(line: str) -> bool:
    """Return whether a line can be inside a private key."""
    words = line.strip(" \t\r\n\"'+-,\\").removesuffix("\\n").strip(" \"'")
    return bool(re.fullmatch(r"[A-Za-z0-9+/=]{1,100}|", words)) or bool(_HEADER.match(words))
