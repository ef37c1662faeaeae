"""`trackexp stamp [DIR]`: writes what git knows of the code, for an image that will have no `.git`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trackexp.errors import UsageError
from trackexp.reporting import plural, to_json
from trackexp.tracking.code.patch import Patch
from trackexp.tracking.code.stamp import NoRepositoryError, write_stamp


def stamp(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder of the repository.")] = Path(),
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to write it; default: .trackexp-stamp.json in DIR.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print what was stamped as JSON.")] = False,
) -> None:
    """Write commit, branch, remote and uncommitted changes into a file.

    For an image that has no .git: copy the file in with the code, and its runs have commit and patch as on the host.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder")
    try:
        made, path = write_stamp(folder, out)
    except NoRepositoryError as error:
        raise UsageError(str(error)) from error
    if json:
        data = {key: value for key, value in made.to_dict().items() if key != "patch"}
        typer.echo(to_json({**data, "path": path}))
        return
    commit = f"commit {made.commit[:10]}" if made.commit else "no commit yet"
    branch = f" ({made.branch})" if made.branch else ""
    typer.echo(f"{path}: {commit}{branch}, {_differs(made.patch, made.problem)}")


def _differs(patch: object, problem: str | None) -> str:
    if not isinstance(patch, Patch):
        return f"what differs from it is not known: {problem}"
    left_out = len(patch.left_out) + patch.unnamed
    parts = [plural(patch.changed, "changed file"), plural(patch.untracked, "untracked one")]
    return ", ".join([*parts, *([f"{left_out:,} left out"] if left_out else [])])
