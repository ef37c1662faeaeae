"""A person's words for a report: `MODEL.md`, by heading."""

from __future__ import annotations

import re
from pathlib import Path

from trackexp.errors import UsageError

FILE_NAME = "MODEL.md"
_HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t#]*$")
_MOST_BYTES = 1 << 20


def read_words(path: Path) -> dict[str, str]:
    """Return what stands under each heading, by the heading in small letters; nothing where there is no such file.

    Raises:
        UsageError: It is no text, or larger than a megabyte.
    """
    if not path.is_file():
        return {}
    data = path.read_bytes()
    if len(data) > _MOST_BYTES:
        raise UsageError(f"{path} has {len(data):,} bytes; expected the words of a report, at most {_MOST_BYTES:,}.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is no UTF-8 text ({error}).") from error
    found: dict[str, list[str]] = {}
    heading, fenced = "", False
    for line in text.splitlines():
        fenced = fenced != line.lstrip().startswith("```")
        match = None if fenced else _HEADING.match(line)
        if match:
            heading = " ".join(match[1].lower().split())
            found.setdefault(heading, [])
        elif heading:
            found[heading].append(line)
    return {name: "\n".join(lines).strip() for name, lines in found.items() if any(map(str.strip, lines))}
