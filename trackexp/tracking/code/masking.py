"""The patch as it is stored: its secrets masked, line by line, so that its line numbers stay true."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from trackexp.tracking.code.patch import Patch
from trackexp.tracking.code.sections import Section

if TYPE_CHECKING:
    from trackexp.record.code import LeftOut
    from trackexp.tracking.secrets import Scrubber

_HUNK = re.compile(r"@@ [^@]* @@ ?")
_NAMED = 50  # files left out that are named in the patch itself, and in the run


def masked(patch: Patch, scrubber: Scrubber) -> tuple[str, Patch]:
    """Return the text of `code.patch` without secrets, and what is in it now.

    The scrubber sees the contents without their marks, in one text that has the line numbers of `code.patch`. A file
    whose very name holds a secret is left out: it could not be put back under that name.
    """
    patch = _without_secret_names(patch, scrubber)
    rows = [(f"# {line}", "") for line in _preamble(patch)]
    for section in patch.sections:
        rows += [(line, "") for line in section.header]
        rows += map(_mark_and_content, section.body)
    clean = scrubber.text("\n".join(content for _, content in rows), "code.patch").split("\n")
    lines = [mark + content for (mark, _), content in zip(rows, clean, strict=True)]
    return "".join(f"{line}\n" for line in lines), patch


def _mark_and_content(line: str) -> tuple[str, str]:
    if line.startswith("\\"):  # "\ No newline at end of file"
        return line, ""
    match = _HUNK.match(line)
    return (match[0], line[match.end() :]) if match else (line[:1], line[1:])


def _preamble(patch: Patch) -> Iterator[str]:
    """Yield what a reader of the patch needs; git passes over what stands before the first file."""
    yield f"what differs from commit {patch.base}" if patch.base else "all files: there was no commit yet"
    yield "trackexp restore-code RUN DIR makes the working tree from it; so does git apply, where nothing is masked"
    for one in patch.left_out[:_NAMED]:
        size = f", {one['bytes']:,} bytes" if one.get("bytes") else ""
        yield f"left out: {_one_line(one['path'])} ({one['why']}{size})"
    more = len(patch.left_out[_NAMED:]) + patch.unnamed
    if more:
        below = f", most of them in {_one_line(patch.unnamed_in)}/" if patch.unnamed_in else ""
        yield f"left out: {more:,} more files{below}"


def _one_line(name: str) -> str:
    return name if name.isprintable() else ascii(name)


def _without_secret_names(patch: Patch, scrubber: Scrubber) -> Patch:
    named = [*(one["path"] for one in patch.left_out), *(_names(section) for section in patch.sections)]
    clean = _scrubbed(named, scrubber)
    left_out: list[LeftOut] = [
        {**one, "path": name} for one, name in zip(patch.left_out, clean[: len(patch.left_out)], strict=True)
    ]
    kept = []
    for section, before, after in zip(
        patch.sections, named[len(patch.left_out) :], clean[len(patch.left_out) :], strict=True
    ):
        if before == after:
            kept.append(section)
        else:
            left_out.append({"path": after, "why": "a secret in its name", "bytes": 0})
    return replace(patch, sections=tuple(kept), left_out=tuple(left_out))


def _names(section: Section) -> str:
    return section.name if section.old in (None, section.new) else f"{section.old} {section.name}"


def _scrubbed(names: Iterable[str], scrubber: Scrubber) -> list[str]:
    """Return names without secrets; a line break in a name must not shift the next one."""
    flat = [name.replace("\n", " ") for name in names]
    clean = scrubber.text("\n".join(flat), "file names").split("\n") if flat else []
    return [name if after == before else after for name, before, after in zip(names, flat, clean, strict=True)]
