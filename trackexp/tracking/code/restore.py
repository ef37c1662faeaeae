"""The working tree of a run: the commit's files, the patch over them, and what could not be brought back."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from trackexp.errors import UsageError
from trackexp.record.code import PATCH_FILE, SOURCES_FOLDER
from trackexp.tracking.code.commit_files import Base, opened_base
from trackexp.tracking.code.git import GitError, has_git
from trackexp.tracking.code.sections import SUBMODULE, Section, sections
from trackexp.tracking.code.writing import TreeWriter, empty_folder
from trackexp.tracking.secrets.scrubber import MASK

if TYPE_CHECKING:
    from trackexp.record import RunRecord
    from trackexp.record.code import LeftOut, SubmoduleFacts

_ORDINARY = "100644"
_LINES = re.compile(rb"[^\n]*\n|[^\n]+")


class PatchError(Exception):
    """The patch does not fit the base."""


@dataclass(slots=True)
class Restored:
    """What was brought back.

    Args:
        commit: The commit that the run was of.
        place: Where its files came from; None where it was nowhere, and `missing` says why.
        files: How many were written.
        patched: Those that the patch changed or added.
        from_sources: Those that are the run's own copies, for want of the commit.
        masked: Places of masked values, `train.py:12`.
        refused: Names, each with the reason why it is not there or not as it was.
        left_out: What the run itself had left out.
    """

    folder: Path
    commit: str | None
    place: str | None = None
    missing: str | None = None
    files: int = 0
    patched: list[str] = field(default_factory=list)
    from_sources: list[str] = field(default_factory=list)
    masked: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    submodules: list[SubmoduleFacts] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether all that the run kept is there."""
        return not self.refused and not self.missing


def restore_code(record: RunRecord, target: Path, repo: Path | None = None, *, fetch: bool = False) -> Restored:
    """Write the working tree that a run was started from into an empty folder.

    Args:
        record: The run.
        target: The folder; made where it is missing.
        repo: A folder of the repository that has the commit; by default the one around the current folder, then that
            in which the run was recorded, then the recorded remote where it is a folder of this disk.
        fetch: Whether git may ask a recorded remote on a network.

    Raises:
        UsageError: The target holds something, or the run holds no code.
    """
    code = record.code
    patch, sources = _stored_patch(record), _stored_sources(record)
    commit = code.get("commit")
    if not commit and not patch and not sources:
        raise UsageError(
            f"run {record.title} holds neither a commit nor code: it was recorded with save_code=False, without "
            "trackexp, or by a process that found no sources"
        )
    program, root = record.environment.get("program"), record.environment.get("root")
    recorded = [*([Path(program).parent] if program else []), *([Path(root)] if root else [])]
    known = code.get("patch", {}).get("left_out", [])
    restored = Restored(target, commit, left_out=list(known), submodules=list(code.get("submodules", [])))
    if commit and not has_git():
        raise UsageError("restoring a commit needs git, and git is not installed here")
    with opened_base(commit, repo, recorded, code.get("remote"), fetch=fetch) as base:
        restored.folder = empty_folder(target)
        writer = TreeWriter(restored.folder)
        tree = _Tree(base if isinstance(base, Base) else None, restored, empty=not commit)
        for section in sections(patch):
            tree.apply(section)
        tree.write(writer)
        if isinstance(base, Base):
            restored.place = base.place
        else:
            restored.missing = base if commit else None
            _write_sources(writer, sources, restored, tree.outputs)
        writer.finish()
    restored.refused += writer.refused
    restored.files = len(writer.written)
    return restored


def _stored_patch(record: RunRecord) -> str:
    file = record.file(PATCH_FILE)
    if file is None and "patch" not in record.code:
        return ""
    if file is None or file.path is None:
        raise UsageError(f"{PATCH_FILE} of run {record.title} is not on this disk; name the run's own folder")
    return file.path.read_bytes().decode("utf-8", "surrogateescape")


def _stored_sources(record: RunRecord) -> dict[str, Path]:
    """Return the source files that the run keeps, by their names in the working tree."""
    prefix = f"{SOURCES_FOLDER}/"
    return {file.name.removeprefix(prefix): file.path for file in record.files if file.path and prefix in file.name[:5]}


def _write_sources(
    writer: TreeWriter, sources: dict[str, Path], restored: Restored, done: dict[str, tuple[str, bytes]]
) -> None:
    """Write the run's own copies of what the patch alone does not give."""
    for name, path in sources.items():
        if name not in done:
            content = path.read_bytes()
            writer.write(name, _ORDINARY, content)
            restored.from_sources.append(name)
            restored.masked += _masks(name, content)
    restored.refused = [(name, why) for name, why in restored.refused if name not in restored.from_sources]


class _Tree:
    """The files of the commit, and what the patch makes of them.

    Args:
        base: The commit; None where it is not there.
        restored: What is refused is noted here.
        empty: There was no commit at all, so nothing of the patch can lack its base.
    """

    def __init__(self, base: Base | None, restored: Restored, *, empty: bool) -> None:
        self._base, self._restored, self._empty = base, restored, empty
        self._kept = dict(base.files) if base else {}
        self.outputs: dict[str, tuple[str, bytes]] = {}

    def apply(self, section: Section) -> None:
        """Work out what one file becomes."""
        try:
            content = self._content(section)
        except (PatchError, GitError) as error:
            self._restored.refused.append((section.name, str(error)))
            self._kept.pop(section.old or "", None)  # no file is better than one that is not what ran
            return
        if section.old is not None:
            self._kept.pop(section.old, None)
        if section.new is None:
            return
        mode = section.new_mode or section.old_mode or self._base_file(section)[0]
        self.outputs[section.new] = mode, content
        self._restored.patched.append(section.new)
        self._restored.masked += _masks(section.new, content)

    def _content(self, section: Section) -> bytes:
        if section.new is None:
            if self._base is None:
                raise PatchError("deleted in the working tree")
            return b""
        if SUBMODULE in (section.new_mode, section.old_mode):
            return b""
        if section.old is None:
            return applied(b"", section)
        if self._base is None:
            raise PatchError("a change to a file of the commit, which is not there")
        _, oid = self._base_file(section)
        if section.base is not None and section.base != oid:
            raise PatchError(f"the commit holds another content ({oid[:10]}) than the patch was made from")
        return applied(self._base.content(oid), section)

    def _base_file(self, section: Section) -> tuple[str, str]:
        found = self._base.files.get(section.old or "") if self._base else None
        if found is None:
            raise PatchError(f"the commit has no file {section.old}")
        return found

    def write(self, writer: TreeWriter) -> None:
        """Write the commit's files that the patch leaves alone, and then those that it makes."""
        for name, (mode, oid) in self._kept.items():
            if name in self.outputs:
                continue
            try:
                content = b"" if self._base is None or mode == SUBMODULE else self._base.content(oid)
            except GitError as error:
                self._restored.refused.append((name, str(error)))
            else:
                writer.write(name, mode, content)
        for name, (mode, content) in self.outputs.items():
            writer.write(name, mode, content)


def _masks(name: str, content: bytes) -> list[str]:
    """Return the places of masked values in a file."""
    if b"<masked:" not in content:
        return []
    text = content.decode("utf-8", "replace")
    return [f"{name}:{text.count(chr(10), 0, match.start()) + 1}" for match in MASK.finditer(text)]


def applied(base: bytes, section: Section) -> bytes:
    """Return what a file becomes: kept lines are the base's own, added ones the patch's.

    By line numbers alone: the base is known exactly, so no line has to match, and masks do no harm.

    Raises:
        PatchError: A hunk lies outside the base.
    """
    lines = _LINES.findall(base)
    result: list[bytes] = []
    at = 0
    for hunk in section.hunks():
        start = hunk.start - 1 if hunk.count else hunk.start
        if not at <= start <= len(lines) or start + hunk.count > len(lines):
            raise PatchError(f"line {hunk.start} of the base is not there")
        result += lines[at:start]
        at = start
        for place, line in enumerate(hunk.lines):
            mark = line[:1]
            if mark == "+":
                ends = hunk.lines[place + 1 : place + 2]
                result.append(_bytes(line[1:]) + (b"" if ends and ends[0].startswith("\\") else b"\n"))
            elif mark in (" ", "-"):
                result += lines[at : at + 1] if mark == " " else []
                at += 1
        if at != start + hunk.count:
            raise PatchError(f"the hunk at line {hunk.start} covers {at - start} lines and says {hunk.count}")
    return b"".join([*result, *lines[at:]])


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
