"""One patch of all that differs from the commit: tracked changes, staged or not, and untracked text files."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from trackexp.tracking.code.git import GitError, ObjectStore, Shadow, joined, names
from trackexp.tracking.code.repository import Repository, find_repository
from trackexp.tracking.code.sections import SUBMODULE, Section, sections
from trackexp.tracking.code.untracked import Chosen, choose, is_ours, is_secret

if TYPE_CHECKING:
    from trackexp.record.code import LeftOut, SubmoduleFacts

# A patch larger than this is no code; its largest files are left out. git's own answer is never read beyond the second.
MOST_BYTES, _MOST_READ = 32_000_000, 256_000_000
# Of a binary that is left out, the hash is taken up to this size.
_HASHED = 64_000_000
_KEY_LINE = re.compile(r"[ +-]\s*[\"']?[A-Za-z0-9+/]{40,}={0,2}[\"'\\n,\s]*$")
_DIFF = (
    "diff", "--no-color", "--no-ext-diff", "--no-textconv", "--full-index", "--find-renames", "--src-prefix=a/",
    "--dst-prefix=b/", "--unified=3", "--inter-hunk-context=0", "--submodule=short", "--ignore-submodules=dirty",
    "--no-relative", "--diff-algorithm=myers",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Patch:
    """What differs from a commit.

    Args:
        base: The commit; None in a repository without commits.
        sections: The files, in git's order; bytes that are no UTF-8 stand as surrogates.
        untracked: How many of them git does not track.
        left_out: What differs and is not in the patch, with the reason.
        unnamed: How many more were left out, unnamed; most of them below the folder `unnamed_in`.
        dirty: Tracked files differ, be it by more than the ends of their lines.
    """

    base: str | None
    sections: tuple[Section, ...] = ()
    untracked: int = 0
    left_out: tuple[LeftOut, ...] = ()
    unnamed: int = 0
    unnamed_in: str = ""
    dirty: bool = False
    submodules: tuple[SubmoduleFacts, ...] = ()

    @property
    def changed(self) -> int:
        """How many tracked files differ."""
        return len(self.sections) - self.untracked


def make_patch(repository: Repository, absent: Callable[[str], bool] = lambda _name: False) -> Patch:
    """Compare the working tree with the commit that is checked out; the repository is only read.

    Args:
        repository: As `find_repository` found it.
        absent: Tells of a tracked file that is not there whether that means nothing.

    Raises:
        GitError: Git is missing, or cannot read the repository.
    """
    commit = repository.commit or _asked_commit(repository)
    with Shadow(repository) as shadow:
        base = commit or shadow.ask("hash-object", "-t", "tree", "--stdin").decode().strip()
        converted = _settle_index(shadow, base)
        chosen = choose(repository.root, names(shadow.ask("ls-files", "--others", "--exclude-standard", "-z")))
        _announce(shadow, chosen)
        found = _with_whole_keys(shadow, base, _diff(shadow, base))
        submodules = _submodules(shadow, repository.root)
    differing = [one for one in found if one.new is not None or one.old is None or not absent(one.old)]
    kept, left_out = _kept(differing, repository.root)
    untracked = set(chosen.names)
    return Patch(
        base=commit,
        sections=tuple(kept),
        untracked=sum(section.name in untracked for section in kept),
        left_out=(*left_out, *chosen.left_out),
        unnamed=chosen.unnamed,
        unnamed_in=chosen.unnamed_in,
        dirty=bool({*(section.name for section in kept), *(one["path"] for one in left_out)} - untracked - converted),
        submodules=submodules,
    )


def _diff(shadow: Shadow, base: str, *more: str) -> list[Section]:
    answer = shadow.ask(*_DIFF, base, *more, limit=_MOST_READ)
    return list(sections(answer.decode("utf-8", "surrogateescape")))


def _with_whole_keys(shadow: Shadow, base: str, found: list[Section]) -> list[Section]:
    """Return the sections, those that show a part of what may be a private key with all lines of their file.

    A key is known by the lines that it begins and ends with; three lines of context from its middle betray it.
    """
    cut = [one for one in found if one.old and one.new and any(map(_KEY_LINE.match, one.body))]
    if not cut:
        return found
    names_of_cut = sorted({name for one in cut for name in (one.old, one.new) if name})
    whole = {one.name: one for one in _diff(shadow, base, "--unified=1000000", "--", *names_of_cut)}
    return [whole.get(one.name, one) for one in found]


def _asked_commit(repository: Repository) -> str | None:
    """Return the commit as git tells it: where references lie in a table, they cannot be read from a file."""
    table = repository.common_dir / "reftable"
    if not table.is_dir():
        return None
    store = ObjectStore(repository)
    try:
        shutil.copytree(table, store.git_dir / "reftable")
        (store.git_dir / "HEAD").write_text("ref: refs/heads/.invalid\n")
        with (store.git_dir / "config").open("a") as file:
            file.write("[core]\n\trepositoryformatversion = 1\n[extensions]\n\trefstorage = reftable\n")
        return store.ask("rev-parse", "--verify", "--quiet", "HEAD").decode().strip() or None
    except (GitError, OSError):
        return None
    finally:
        store.close()


def _settle_index(shadow: Shadow, base: str) -> set[str]:
    """Make the copied index one that hides nothing: no conflict, no file that git was told not to look at.

    Returns those whose line ends git converted.
    """
    if not (shadow.git_dir / "index").exists():
        shadow.ask("read-tree", base)
    elif shadow.ask("ls-files", "--unmerged", "-z"):
        shadow.ask("read-tree", "--reset", base)
    flagged = [line for line in names(shadow.ask("ls-files", "-v", "-z")) if line[0].islower() or line[0] == "S"]
    hidden = [line[2:] for line in flagged if line[0].islower()]
    # Files outside a sparse checkout are skipped because they are not there; those that are there are compared.
    there = [line[2:] for line in flagged if line[0] in "Ss" and (shadow.repository.root / line[2:]).exists()]
    for option, paths in [("--no-assume-unchanged", hidden), ("--no-skip-worktree", there)]:
        if paths:
            shadow.ask("update-index", option, "-z", "--stdin", stdin=joined(paths))
    return _distrust_converted(shadow)


def _distrust_converted(shadow: Shadow) -> set[str]:
    """Have the bytes compared of files whose line ends git converted: by time and size it takes them for unchanged.

    Where `core.autocrlf` converts every file, the line ends belong to the machine and not to the code.
    """
    if not _converts(shadow.repository):
        return set()
    entries = {}
    for line in names(shadow.ask("ls-files", "--stage", "-z")):
        stage, _, path = line.partition("\t")
        entries[path] = stage
    doubtful = {}
    for line in names(shadow.ask("ls-files", "--eol", "-z")):
        ends, _, path = line.partition("\t")
        index, worktree = (word.partition("/")[2] for word in ends.split()[:2])
        if worktree and index != worktree and path in entries:
            mode, oid, _ = entries[path].split()
            doubtful[path] = f"{mode} {oid}\t{path}"
    if doubtful:
        shadow.ask("update-index", "-z", "--index-info", stdin=joined(doubtful.values()))
    return set(doubtful)


def _converts(repository: Repository) -> bool:
    if repository.config.get("core.autocrlf", "false").lower() != "false":
        return False
    attributes = [repository.root / ".gitattributes", repository.common_dir / "info" / "attributes"]
    return any(path.is_file() for path in attributes)


def _announce(shadow: Shadow, chosen: Chosen) -> None:
    """Tell the copied index that untracked files are to be added, so that git's diff shows them as new ones."""
    if not chosen.names:
        return
    options = ("--intent-to-add", "--force", "--ignore-errors", "--pathspec-from-file=-", "--pathspec-file-nul")
    shadow.ask("add", *options, stdin=joined(chosen.names))


def _kept(found: Iterable[Section], root: Path) -> tuple[list[Section], list[LeftOut]]:
    """Part what goes into the patch from what is only named."""
    kept: list[Section] = []
    left_out: list[LeftOut] = []
    for section in found:
        if is_ours(section.name):
            continue
        if is_secret(section.name) or is_secret(section.old or ""):
            left_out.append({"path": section.name, "why": "secret by its name", "bytes": 0})
        elif section.binary and section.new is not None:
            left_out.append(_binary(root, section.new))
        else:
            kept.append(section)
    total = sum(map(_size, kept))
    for section in sorted(kept, key=_size, reverse=True):
        if total <= MOST_BYTES:
            break
        kept.remove(section)
        total -= _size(section)
        why = f"the patch would be larger than {MOST_BYTES // 1_000_000} MB"
        left_out.append({"path": section.name, "why": why, "bytes": _size(section)})
    return kept, left_out


def _size(section: Section) -> int:
    return sum(map(len, section.body))


def _binary(root: Path, name: str) -> LeftOut:
    path = root / name
    left_out: LeftOut = {"path": name, "why": "binary", "bytes": 0}
    try:
        left_out["bytes"] = path.stat().st_size
        if left_out["bytes"] <= _HASHED:
            left_out["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        left_out["why"] = "binary, and it cannot be read"
    return left_out


def _submodules(shadow: Shadow, root: Path) -> tuple[SubmoduleFacts, ...]:
    """Return the submodules with the commit that is checked out in each, or that is to be, where none is."""
    if not (root / ".gitmodules").is_file():
        return ()
    found: list[SubmoduleFacts] = []
    for line in names(shadow.ask("ls-files", "--stage", "-z")):
        mode, oid, rest = line.split(" ", 2)
        path = rest.partition("\t")[2]
        if mode == SUBMODULE:
            inside = find_repository(root / path, {})
            there = inside is not None and inside.root == (root / path).resolve()
            commit = inside.commit if inside is not None and there else oid
            found.append({"path": path, "commit": commit or oid, "initialised": there})
    return tuple(found)
