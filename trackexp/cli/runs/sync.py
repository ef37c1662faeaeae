"""`trackexp sync [RUN…]`: send what the server does not hold, and know that it arrived."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import nullcontext
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from trackexp.errors import ConfigurationError
from trackexp.reading.places import find_groups
from trackexp.reporting import console, to_json
from trackexp.tracking.arrival.checking import known_credentials
from trackexp.tracking.arrival.held import held_of
from trackexp.tracking.arrival.lock import locked
from trackexp.tracking.arrival.missing import missing
from trackexp.tracking.arrival.sending import send
from trackexp.tracking.arrival.sent import is_marked, sessions_sent
from trackexp.tracking.opening.credentials import ServerUnreachableError
from trackexp.tracking.opening.environment import load_dotenv

if TYPE_CHECKING:
    from trackexp.tracking.arrival.lock import Held
    from trackexp.tracking.arrival.missing import Missing
    from trackexp.tracking.arrival.sent import Sent
    from trackexp.tracking.opening.credentials import Credentials

SCHEMA = 1


def sync(
    runs: Annotated[
        list[str] | None,
        typer.Argument(metavar="RUN", help="Runs, or folders of runs; without any, all that W&B wrote here."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what is missing, send nothing.")] = False,
    timeout: Annotated[
        float | None, typer.Option(min=1, help="Seconds that sending one run may take; default as long as it needs.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print what is missing of each run as JSON.")] = False,
) -> None:
    """Send what the server lacks of these runs, and verify that it arrived.

    It may be repeated, and started twice at once: a second one waits for the first, what is there is not sent again,
    and no row is doubled. Exit 1 when something is still missing.
    """
    load_dotenv()
    found = known_credentials()
    if found is None:
        _no_key()
    talk = console(sys.stderr)
    rows: list[dict[str, object]] = []
    for sent, lock in _in_turn(_files(runs or []), wait=timeout, lock=not dry_run):
        if sent.running:
            typer.echo(f"trackexp: {sent.run_id} is still running: passed over", err=True)
            continue
        with talk.status(f"{sent.file.parent.name} …") if talk.is_terminal else nullcontext():
            lacking, said = _send(sent, found, lock, dry_run=dry_run, timeout=timeout)
        rows.append({"run": sent.run_id, "path": str(sent.file.parent), **_missing(lacking), "said": said})
        if not json:
            typer.echo(_line(sent, lacking, said))
    if json:
        typer.echo(to_json({"schema": SCHEMA, "runs": rows}))
    if any(row["missing"] for row in rows):
        raise typer.Exit(1)


def _files(runs: list[str]) -> list[Path]:
    """Return the files of every session of the runs that are meant, oldest first."""
    files: dict[Path, None] = {}
    places: list[str | None] = [*runs] or [None]
    for where in places:
        for group in find_groups(where):
            files.update(dict.fromkeys(map(Path, group)))
    return list(files)


def _in_turn(files: list[Path], *, wait: float | None, lock: bool) -> Iterator[tuple[Sent, Held | None]]:
    """Yield the sessions, those of one run while all its folders here are locked; read anew if that took waiting."""
    by_run: dict[str, list[Sent]] = {}
    for sent in sessions_sent(files):
        by_run.setdefault(sent.run_id, []).append(sent)
    for run_id, sessions in by_run.items():
        if not lock:
            yield from ((sent, None) for sent in sessions)
            continue
        folders = [
            place
            for sent in sessions
            for place in (sent.file.parent, *sent.file.parent.parent.glob(f"*run-*-{escape(run_id)}"))
        ]
        with locked(folders, lambda line: typer.echo(f"trackexp: {line}", err=True), wait) as held:
            if held.waited or any(is_marked(sent.file) and not sent.marked for sent in sessions):
                sessions = sessions_sent([sent.file for sent in sessions])
            yield from ((sent, held) for sent in sessions)


def _send(
    sent: Sent, found: Credentials, lock: Held | None, *, dry_run: bool, timeout: float | None
) -> tuple[Missing, str]:
    try:
        if dry_run:
            return missing(sent, held_of(sent, found)), ""
        return send(sent, found, timeout, lock)
    except ServerUnreachableError as reason:
        raise ConfigurationError(
            f"{found.base_url} does not answer ({reason}): what it holds of {sent.run_id} is not known; try again later"
        ) from None


def _line(sent: Sent, lacking: Missing, said: str) -> str:
    if not lacking:
        return f"{sent.run_id}  arrived   {sent.file.parent}"
    return f"{sent.run_id}  missing   {lacking}{f' ({said})' if said else ''}   {sent.file.parent}"


def _missing(lacking: Missing) -> dict[str, object]:
    return {
        "missing": bool(lacking),
        "whole_run": lacking.run,
        "rows": lacking.rows,
        "files": list(lacking.files),
        "artifacts": [artifact.name for artifact in lacking.artifacts],
    }


def _no_key() -> NoReturn:
    raise ConfigurationError(
        "no W&B key was found (an identity token is none): set WANDB_API_KEY or run `wandb login`, then sync again"
    )
