"""`trackexp sync [RUN…]`: send what the server does not hold, and know that it arrived."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
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
    """Send what the server does not hold of these runs, and ask it what has arrived.

    It may be repeated: what is there is not sent again, and no row is doubled. Exit 1 when something is still missing.
    """
    from trackexp.reporting import console, to_json
    from trackexp.tracking.arrival.checking import known_credentials
    from trackexp.tracking.opening.environment import load_dotenv

    load_dotenv()
    found = known_credentials()
    if found is None:
        _no_key()
    talk = console(sys.stderr)
    rows: list[dict[str, object]] = []
    for sent in _sessions(runs or []):
        if sent.running:
            typer.echo(f"trackexp: {sent.run_id} is still running: passed over", err=True)
            continue
        with talk.status(f"{sent.file.parent.name} …") if talk.is_terminal else nullcontext():
            lacking, said = _send(sent, found, dry_run=dry_run, timeout=timeout)
        rows.append({"run": sent.run_id, "path": str(sent.file.parent), **_missing(lacking), "said": said})
        if not json:
            typer.echo(_line(sent, lacking, said))
    if json:
        typer.echo(to_json({"schema": SCHEMA, "runs": rows}))
    if any(row["missing"] for row in rows):
        raise typer.Exit(1)


def _sessions(runs: list[str]) -> list[Sent]:
    """Return every session of the runs that are meant, oldest first."""
    from trackexp.reading.places import find_groups
    from trackexp.tracking.arrival.sent import sessions_sent

    files: dict[Path, None] = {}
    places: list[str | None] = [*runs] or [None]
    for where in places:
        for group in find_groups(where):
            files.update(dict.fromkeys(map(Path, group)))
    return sessions_sent(files)


def _send(sent: Sent, found: Credentials, *, dry_run: bool, timeout: float | None) -> tuple[Missing, str]:
    from trackexp.errors import ConfigurationError
    from trackexp.tracking.arrival.held import held_of
    from trackexp.tracking.arrival.missing import missing
    from trackexp.tracking.arrival.sending import send
    from trackexp.tracking.opening.credentials import ServerUnreachableError

    try:
        if dry_run:
            return missing(sent, held_of(sent, found)), ""
        return send(sent, found, timeout)
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
    from trackexp.errors import ConfigurationError

    raise ConfigurationError(
        "no W&B key was found (an identity token is none): set WANDB_API_KEY or run `wandb login`, then sync again"
    )
