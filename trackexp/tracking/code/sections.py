"""A patch in git's format, cut into its files: what each is called, what becomes of it, and its hunks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_ESCAPES = {"a": 7, "b": 8, "t": 9, "n": 10, "v": 11, "f": 12, "r": 13, '"': 34, "\\": 92}
_QUOTED = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
LINK, SUBMODULE = "120000", "160000"


@dataclass(frozen=True, slots=True)
class Hunk:
    """A run of lines.

    Args:
        start: The first line of the base that it covers, from 1; where `count` is 0, the line it comes after.
        count: How many lines of the base it covers.
        lines: Its lines, each with its mark (space, +, -, backslash) and without the line feed.
    """

    start: int
    count: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """What a patch says of one file.

    Args:
        header: Its lines up to the first hunk.
        old: The name in the base, None for a file that is new.
        new: The name in the working tree, None for one that is gone.
        old_mode: Git's mode in the base, such as "100755"; None where it is not said.
        new_mode: The same in the working tree, where it differs or the file is new.
        base: The full object name of its content in the base, all zeros for a new file; None where none is said.
        binary: The content differs and is no text, so that it is not in the patch.
        body: The lines of all hunks, as they stand.
    """

    header: tuple[str, ...]
    old: str | None
    new: str | None
    old_mode: str | None
    new_mode: str | None
    base: str | None
    binary: bool
    body: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name of the file in the working tree, or the one it had."""
        return self.new or self.old or ""

    @property
    def text(self) -> str:
        """The section as it stands in a patch."""
        return "".join(f"{line}\n" for line in (*self.header, *self.body))

    def hunks(self) -> Iterator[Hunk]:
        """Yield the hunks, by the line numbers of the base."""
        found: tuple[int, int] | None = None
        lines: list[str] = []
        for line in self.body:
            match = _HUNK.match(line)
            if match:
                if found:
                    yield Hunk(*found, tuple(lines))
                found, lines = (int(match[1]), int(match[2] or 1)), []
            else:
                lines.append(line)
        if found:
            yield Hunk(*found, tuple(lines))


def sections(patch: str) -> Iterator[Section]:
    """Yield the files of a patch; what stands before the first one is passed over.

    A line of a hunk begins with its mark, therefore `diff --git` at the begin of a line is always a new file.
    """
    lines: list[str] = []
    for line in patch.split("\n"):
        if line.startswith("diff --git "):
            if lines:
                yield _section(lines)
            lines = [line]
        elif lines:
            lines.append(line)
    if lines:
        yield _section(lines[:-1] if lines[-1] == "" else lines)


def _section(lines: list[str]) -> Section:
    cut = next((place for place, line in enumerate(lines) if line.startswith("@@ ")), len(lines))
    header = lines[:cut]
    said = {}
    for line in header[1:]:
        for key in ("old mode ", "new mode ", "deleted file mode ", "new file mode ", "index ", "--- ", "+++ "):
            if line.startswith(key):
                said[key.strip()] = line.removeprefix(key)
        for key in ("rename from ", "rename to "):
            if line.startswith(key):
                said[key.strip()] = unquoted(line.removeprefix(key))
    names = header[0].removeprefix("diff --git ")
    both = _without_prefix(names[: (len(names) - 1) // 2])  # where it was not renamed, the name stands there twice
    oids, _, mode = said.get("index", "").partition(" ")
    return Section(
        header=tuple(header),
        old=None if "new file mode" in said else said.get("rename from") or _named(said.get("---"), both),
        new=None if "deleted file mode" in said else said.get("rename to") or _named(said.get("+++"), both),
        old_mode=said.get("old mode") or said.get("deleted file mode") or mode or None,
        new_mode=said.get("new mode") or said.get("new file mode") or None,
        base=oids.partition("..")[0] or None,
        binary=any(line.startswith("Binary files ") for line in header),
        body=tuple(lines[cut:]),
    )


def _named(name: str | None, both: str) -> str:
    """Return the name in a `---` or `+++` line; a name with a space in it is followed by a tab there."""
    return both if name is None or name == "/dev/null" else _without_prefix(name.removesuffix("\t"))


def _without_prefix(name: str) -> str:
    return unquoted(name).partition("/")[2]


def unquoted(name: str) -> str:
    r"""Return a name that git quotes because of what is in it.

    >>> unquoted('"a/\\303\\274.py"')
    'a/ü.py'
    """
    if not (name.startswith('"') and name.endswith('"') and len(name) > 1):
        return name
    raw = name[1:-1].encode("utf-8", "surrogateescape")
    return _QUOTED.sub(lambda match: _byte(match[1].decode("latin-1")), raw).decode("utf-8", "surrogateescape")


def _byte(escape: str) -> bytes:
    return bytes([int(escape, 8) & 255 if len(escape) == 3 else _ESCAPES.get(escape, ord(escape[0]) & 255)])
