"""`trackexp gc`: what W&B left on the disk, freed where nobody needs it any more."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trackexp.errors import RunNotFoundError
from trackexp.reading.places import wandb_folder
from trackexp.reporting import console, plural, size, table, to_json
from trackexp.tracking.garbage import free, home_folders, leftovers
from trackexp.tracking.opening.environment import load_dotenv

if TYPE_CHECKING:
    from trackexp.tracking.garbage import Leftover

Groups = dict[tuple[str, str, str], list["Leftover"]]


def gc(
    where: Annotated[
        list[Path] | None, typer.Argument(metavar="WHERE", help="More folders with runs, besides those here.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be freed, and free nothing.")] = False,
    orphans: Annotated[
        bool,
        typer.Option("--orphans", help="Also free staged files, older than a day, of no run in WHERE or here."),
    ] = False,
    days: Annotated[float, typer.Option(min=0, help="The cache keeps what was used in the last days.")] = 7,
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Free what W&B left in staging, cache and /tmp.

    A file that a run not sent yet refers to is never touched. What no run seen here refers to stays too, because its
    run may lie elsewhere, unless --orphans says that all runs were named.
    """
    began = time.time()  # wandb makes temporary folders of its own as it is loaded
    folders = {name: folder for name, folder, _ in home_folders()}
    runs = _places(where or [])
    found = leftovers(runs, folders["staging"], folders["cache"], days=days, orphans=orphans, began=began)
    groups = _grouped(found, dry_run=dry_run)
    if json:
        _print_json(groups)
    else:
        _print(groups, dry_run=dry_run)


def _places(where: Iterable[Path]) -> list[Path]:
    """Return where runs are looked for: what was named, which must be there, and what W&B would write to from here."""
    load_dotenv()
    for place in where:
        if not place.exists():
            raise RunNotFoundError(f"{place} does not exist; name folders that hold runs")
    return [*where, wandb_folder()]


def _grouped(found: Iterable[Leftover], *, dry_run: bool) -> Groups:
    groups: Groups = {}
    for leftover in list(found):  # all verdicts stand before the first file goes
        fate = "kept"
        if leftover.goes:
            fate = "would be freed" if dry_run else "freed" if free(leftover) else "could not be removed"
        groups.setdefault((leftover.place, leftover.reason, fate), []).append(leftover)
    return groups


def _print_json(groups: Groups) -> None:
    rows = [
        {
            "place": place,
            "reason": reason,
            "fate": fate,
            "bytes": _bytes(group),
            "paths": [str(one.path) for one in group],
        }
        for (place, reason, fate), group in groups.items()
    ]
    freed = sum(_bytes(group) for (_, _, fate), group in groups.items() if "freed" in fate)
    typer.echo(to_json({"schema": 1, "freed_bytes": freed, "leftovers": rows}))


def _print(groups: Groups, *, dry_run: bool) -> None:
    out = console(sys.stdout)
    rows = [
        (place, plural(len(group), "folder" if place == "temporary" else "file"), size(_bytes(group)), fate, reason)
        for (place, reason, fate), group in groups.items()
    ]
    table(out, ["", "", "", "", ""], rows, right=(1, 2))
    freed = sum(_bytes(group) for (_, _, fate), group in groups.items() if "freed" in fate)
    out.print(f"{size(freed)} {'would be freed' if dry_run else 'freed'}")


def _bytes(group: Iterable[Leftover]) -> int:
    return sum(leftover.bytes for leftover in group)
