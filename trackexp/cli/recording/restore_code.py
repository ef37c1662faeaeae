"""`trackexp restore-code RUN DIR`: the working tree that a run was started from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trackexp.cli.naming import resolved
from trackexp.reading import read_run
from trackexp.reporting import plural, printable, to_json
from trackexp.tracking.code.restore import restore_code as restore

if TYPE_CHECKING:
    from trackexp.record.code import LeftOut
    from trackexp.tracking.code.restore import Restored

SCHEMA = 1
_NAMED = 10  # of each kind; --json has all


def restore_code(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run folder, a .wandb file, an id, a name, or latest.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="An empty folder, or one that does not exist yet.")],
    repo: Annotated[
        Path | None,
        typer.Option(
            metavar="REPO",
            help="A clone that has the commit; default: the one around the current folder, then where the run was "
            "recorded, then its remote if that is on this disk.",
        ),
    ] = None,
    fetch: Annotated[
        bool, typer.Option("--fetch", help="Let git fetch from the run's remote, with your credentials.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print what was restored as JSON.")] = False,
) -> None:
    """Restore the working tree that a run was started from.

    The commit's files, and over them the run's code.patch: byte for byte, except masked values. Exit 1 if something
    that the run kept could not be brought back.
    """
    restored = restore(read_run(resolved(run)), folder, repo, fetch=fetch)
    if json:
        typer.echo(to_json(_to_dict(restored)))
    else:
        typer.echo("\n".join(_lines(restored)))
    if not restored.complete:
        raise typer.Exit(1)


def _to_dict(restored: Restored) -> dict[str, Any]:
    data = {name: getattr(restored, name) for name in ("folder", "commit", "complete", "place", "missing", "files")}
    lists = {name: getattr(restored, name) for name in ("patched", "from_sources", "masked", "left_out", "submodules")}
    return {"schema": SCHEMA, **data, **lists, "refused": [{"path": p, "why": why} for p, why in restored.refused]}


def _lines(restored: Restored) -> Iterator[str]:
    yield f"{plural(restored.files, 'file')} in {restored.folder}"
    if restored.commit and restored.place:
        yield f"  commit     {restored.commit} from {printable(restored.place)}"
    if restored.missing:
        why = printable(restored.missing)
        yield f"  commit     {restored.commit} was not found: {why}; name a clone that has it with --repo"
    if restored.patched:
        yield f"  patch      {plural(len(restored.patched), 'file')} changed or added by code.patch"
    if restored.from_sources:
        yield f"  sources    {plural(len(restored.from_sources), 'file')} as the run keeps them under code/"
    yield from _some("masked", restored.masked)
    yield from _some("left out", [_left_out(restored, one) for one in restored.left_out])
    yield from _some("submodule", [f"{one['path']} at {one['commit']}: clone it there" for one in restored.submodules])
    yield from _some("missing", [f"{name}: {why}" for name, why in restored.refused])


def _left_out(restored: Restored, one: LeftOut) -> str:
    """Return what was left out; where the commit has a file of that name, an older one is there in its place."""
    try:
        stale = (restored.folder / one["path"]).is_file()
    except (OSError, ValueError):
        stale = False
    return f"{one['path']} ({one['why']})" + (": the file there is the commit's" if stale else "")


def _some(title: str, items: list[str]) -> Iterator[str]:
    for place, item in enumerate(items[:_NAMED]):
        yield f"  {title if place == 0 else '':<10} {printable(item)}"
    if len(items) > _NAMED:
        yield f"  {'':<10} and {len(items) - _NAMED:,} more: --json has all"
