"""What differs between the code of runs: the commit, and what was changed since."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from trackexp.comparison.differing.patches import between
from trackexp.comparison.differing.values import ByRun, differing_where_told
from trackexp.record import RunRecord

PATCHES = ("code.patch", "diff.patch")  # trackexp's own, which has untracked files too, before W&B's
_MOST_BYTES = 8_000_000  # of a patch that is read; beyond it somebody committed data


@dataclass(frozen=True, slots=True)
class CodeState:
    """What a run says of its code.

    Args:
        commit: None where the run does not say.
        patch: Unified diff of what was changed since the commit; "" for nothing, None where it is not known.
    """

    commit: str | None = None
    patch: str | None = None


def code_of(record: RunRecord) -> CodeState:
    """Return the run's commit, and the patch among its files that trackexp or W&B left there."""
    git = record.environment.get("git")
    commit = git.get("commit") if isinstance(git, dict) else record.environment.get("commit")
    return CodeState(str(commit) if commit else None, _patch(record))


def code_differences(records: Iterable[RunRecord]) -> ByRun:
    """Return what differs of commit, repository, program and patch, with the value by run id.

    A patch stands for itself by its length in lines; `code_diff` has the lines. A run that does not say is no
    difference.
    """
    return differing_where_told({record.id: _told(record) for record in records})


def code_diff(first: RunRecord, second: RunRecord) -> str:
    """Return what changes from the first run's code to the second's, as a unified diff; "" where nothing is known to.

    Of two runs on one commit the lines that lead from one working tree to the other; of two commits, whose files are
    not in the records, the changes that each has on top of its own.
    """
    a, b = code_of(first), code_of(second)
    if a.patch is None and b.patch is None:
        return ""
    if a.commit == b.commit:
        return between(a.patch or "", b.patch or "")
    parts = (
        f"# {record.title}, on top of {state.commit or 'an unknown commit'}\n{state.patch}"
        for record, state in ((first, a), (second, b))
        if state.patch
    )
    return "\n".join(parts)


def _told(record: RunRecord) -> dict[str, Any]:
    state, git = code_of(record), record.environment.get("git")
    remote = git.get("remote") or git.get("remoteUrl") if isinstance(git, dict) else None
    return {
        "commit": state.commit,
        "repository": remote,
        "program": record.environment.get("codePath"),
        "changes since the commit": state.patch,
    }


def _patch(record: RunRecord) -> str | None:
    for name in PATCHES:
        file = record.file(name)
        if file is not None and file.path is not None:
            try:
                with file.path.open(encoding="utf-8", errors="replace", newline="") as stream:
                    return stream.read(_MOST_BYTES)
            except OSError:  # it vanished, or is not ours to read: then it is not known
                continue
    return None
