"""What differs between the code of runs: the commit, what was changed since, and the sources where they were kept."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from trackexp.comparison.differences import ByRun, differing_where_told
from trackexp.comparison.patches import between, files_of
from trackexp.record import FileRecord, RunRecord
from trackexp.record.code import KEY as CODE_KEY
from trackexp.record.code import PATCH_FILE, SOURCES_FOLDER
from trackexp.reporting import plural

PATCHES = (PATCH_FILE, "diff.patch")  # trackexp's own, which has untracked files too, before W&B's
_SOURCES = f"{SOURCES_FOLDER}/"  # the folder among the run's files, W&B's and ours

_MOST_BYTES = 8_000_000  # of a file that is read; beyond it somebody committed data
_MOST_SOURCES = 500


@dataclass(frozen=True, slots=True)
class CodeState:
    """What a run says of its code.

    Args:
        commit: None where the run does not say.
        remote: None where the run does not say.
        patch: Unified diff of what was changed since the commit; "" for nothing, None where it is not known.
    """

    commit: str | None = None
    remote: str | None = None
    patch: str | None = None


def code_of(record: RunRecord) -> CodeState:
    """Return the run's commit, and the patch among its files that trackexp or W&B left there."""
    noted, git = _mapping(record.config.get(CODE_KEY)), _mapping(record.environment.get("git"))
    commit = noted.get("commit") or git.get("commit") or record.environment.get("commit")
    remote = noted.get("remote") or git.get("remote") or git.get("remoteUrl")
    patch = next((text for name in PATCHES if (text := _text(record.file(name))) is not None), None)
    if patch is None and noted.get("commit") and noted.get("dirty") is False and "problem" not in noted:
        patch = ""
    return CodeState(str(commit) if commit else None, str(remote) if remote else None, patch)


def code_differences(records: Iterable[RunRecord]) -> ByRun:
    """Return what differs of commit, repository, program, patch and submodules, with the value by run id.

    A patch stands for itself by its size and hash; `code_diff` has the lines. A run that does not say is no difference.
    """
    return differing_where_told({record.id: _told(record) for record in records})


def code_diff(first: RunRecord, second: RunRecord) -> str:
    """Return what changes from the first run's code to the second's, as a unified diff; "" where nothing is known to.

    Of two runs on one commit the lines that lead from one working tree to the other; else what differs between the
    sources that both kept; else, of two commits, whose files are in no record, the changes that each has on top of
    its own.
    """
    a, b = code_of(first), code_of(second)
    if a.commit is not None and a.commit == b.commit:
        return between(a.patch or "", b.patch or "") if a.patch is not None or b.patch is not None else ""
    sources = _sources(first), _sources(second)
    if all(sources):
        return "\n".join(_between_sources(*sources))
    parts = (
        f"# {record.title}, on top of {state.commit or 'an unknown commit'}\n{state.patch.rstrip()}"
        for record, state in ((first, a), (second, b))
        if state.patch
    )
    return "\n".join(parts) if a.patch != b.patch else ""


def code_identity(record: RunRecord) -> tuple[str, str] | None:
    """Return what makes the code of two runs the same: commit and hash of the patch; None where one is not known."""
    state = code_of(record)
    if state.commit is None or state.patch is None:
        return None
    return state.commit, _digest(state.patch)


def _told(record: RunRecord) -> dict[str, Any]:
    state, noted = code_of(record), _mapping(record.config.get(CODE_KEY))
    submodules = {one.get("path"): one.get("commit") for one in noted.get("submodules", ()) if isinstance(one, Mapping)}
    sources = {} if state.commit else {name: _digest(text) for name, text in _sources(record).items()}
    return {
        "commit": state.commit,
        "repository": state.remote,
        "program": record.environment.get("codePath"),
        "changes since the commit": None if state.patch is None else _size(state.patch),
        **{f"submodule {path}": commit for path, commit in submodules.items()},
        **{f"source {name}": digest for name, digest in sources.items()},
    }


def _size(patch: str) -> str:
    if not patch.strip():
        return "none"
    lines = sum(line[:1] in ("+", "-") for _, hunk in _hunks(patch) for line in hunk)
    return f"{plural(lines, 'line')} in {plural(len(files_of(patch)), 'file')} ({_digest(patch)})"


def _hunks(patch: str) -> Iterator[tuple[int, list[str]]]:
    for file in files_of(patch).values():
        yield from file.hunks


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=4).hexdigest()


def _sources(record: RunRecord) -> dict[str, str]:
    """Return the texts that lie below the run's folder of sources, by their names there."""
    kept = [file for file in record.files if file.name.startswith(_SOURCES)][:_MOST_SOURCES]
    texts = {file.name.removeprefix(_SOURCES): _text(file) for file in kept}
    return {name: text for name, text in texts.items() if text is not None}


def _between_sources(first: Mapping[str, str], second: Mapping[str, str]) -> Iterator[str]:
    for name in sorted({*first, *second}):
        old, new = first.get(name, ""), second.get(name, "")
        if old != new:
            names = f"a/{name}" if name in first else "/dev/null", f"b/{name}" if name in second else "/dev/null"
            yield f"diff --git a/{name} b/{name}"
            yield from difflib.unified_diff(old.splitlines(), new.splitlines(), *names, lineterm="")


def _text(file: FileRecord | None) -> str | None:
    if file is None or file.path is None:
        return None
    try:
        with file.path.open(encoding="utf-8", errors="surrogateescape", newline="") as stream:
            return stream.read(_MOST_BYTES)
    except OSError:  # it vanished, or is not ours to read: then it is not known
        return None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
