"""`trackexp compare RUN…`: what differs, what it did, and which run to believe."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from trackexp.record import RunRecord


def compare(
    runs: Annotated[
        list[str] | None,
        typer.Argument(metavar="RUN", help="Runs, or folders of runs; without any, all that W&B wrote here."),
    ] = None,
    metric: Annotated[
        str | None, typer.Option(help="The metric that decides, such as val/loss; default what the runs monitored.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Compare runs and say which one to believe.

    It shows what differs between them and nothing that does not, what each reached, and what is wrong with it. A
    better number with an error-level finding never wins. Findings do not change the exit code.
    """
    from trackexp.comparison import compare as compared

    comparison = compared(_records(runs or []), metric=metric)
    if json:
        from trackexp.reporting import to_json

        typer.echo(to_json(comparison.to_dict()))
    else:
        comparison.show(sys.stdout)


def _records(places: list[str]) -> list[RunRecord]:
    """Read the runs at every place, each run once: of a resumed one the session that started last."""
    from trackexp.reading import read_runs
    from trackexp.reporting import console

    newest: dict[str, RunRecord] = {}
    doubled: dict[str, str] = {}
    everywhere: list[str | None] = [*places] or [None]
    talk = console(sys.stderr)
    with talk.status("reading runs …") if talk.is_terminal else nullcontext():
        for record in chain.from_iterable(map(read_runs, everywhere)):
            before = newest.setdefault(record.id, record)
            if before is not record and _place(before) != _place(record):
                doubled[record.id] = record.title
                newest[record.id] = max(before, record, key=_started)
    for run, title in doubled.items():
        typer.echo(f"trackexp: {title} ({run}) lies in several folders; its latest session is compared", err=True)
    return list(newest.values())


def _place(record: RunRecord) -> Path | None:
    return record.path.resolve() if record.path else None  # `latest` comes through a symlink


def _started(record: RunRecord) -> float:
    return record.started_at.timestamp() if record.started_at else 0.0
