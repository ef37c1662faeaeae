"""`trackexp report`: what was tried, what was chosen and why, as a page or a model card."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from trackexp.cli.runs.diagnose import command_policy
from trackexp.errors import UsageError
from trackexp.reading import read_runs
from trackexp.record import RunRecord
from trackexp.record.model_record import ModelRecord
from trackexp.registry.ledger import LedgerFolder
from trackexp.registry.places import ledger_folder
from trackexp.registry.report import Report, read_words, report_of, to_html, to_markdown
from trackexp.registry.report.words import FILE_NAME
from trackexp.registry.versions import RegisteredModel, is_registered, model

Where = Annotated[
    list[str] | None, typer.Argument(metavar="WHERE", help="Runs, folders of runs, or one MODEL:ALIAS; default: all.")
]
Html = Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a page that opens without a network.")]
Markdown = Annotated[Path | None, typer.Option("--markdown", metavar="FILE", help="Write a model card; - for stdout.")]
Words = Annotated[Path, typer.Option("--words", metavar="FILE", help="A person's words, by heading.")]


def report(where: Where = None, html: Html = None, markdown: Markdown = None, words: Words = Path(FILE_NAME)) -> None:
    """Report what was tried, what was chosen and why, from the runs and the ledger.

    A person's words come from MODEL.md: Problem, Intended use, Out-of-scope use, Data, Evaluation approach,
    Limitations, Authors. What nobody stated reads "Not stated". Without --html or --markdown the card is printed.
    """
    places = where or []
    found = _of_model(places, words) if len(places) == 1 and is_registered(places[0]) else _of_runs(places, words)
    if html is not None:
        typer.echo(f"trackexp: report written to {to_html(found).save(html)}", err=True)
    if markdown is not None and str(markdown) != "-":
        try:
            markdown.write_text(to_markdown(found), encoding="utf-8")
        except OSError as error:
            raise UsageError(f"{markdown}: the report cannot be written ({error.strerror}).") from error
        typer.echo(f"trackexp: report written to {markdown}", err=True)
    elif markdown is not None or html is None:
        sys.stdout.write(to_markdown(found))


def _of_runs(places: list[str], words: Path) -> Report:
    everywhere: list[str | None] = [*places] or [None]
    read = {record.id: record for place in everywhere for record in read_runs(place)}
    records = [record for record in read.values() if record.job_type not in ("evaluation", "promotion")]
    return report_of(records, words=read_words(words), policy=command_policy())


def _of_model(places: list[str], words: Path) -> Report:
    chosen = model(places[0])
    ledger = LedgerFolder(ledger_folder()).read_known(chosen.name)
    return report_of(
        _versions(chosen), event=chosen.event, ledger=ledger, model=_metadata(chosen), words=read_words(words),
        policy=command_policy(),
    )  # fmt: skip


def _versions(chosen: RegisteredModel) -> list[RunRecord]:
    """Return the run of the version, and those of the others that the ledger knows and that lie on this disk."""
    ledger = LedgerFolder(ledger_folder()).read_known(chosen.name)
    others = {event.version.sha256: event for event in ledger.events.values()}
    records = {chosen.record.id: chosen.record}
    for event in others.values():
        try:
            record = RegisteredModel(chosen.name, "", event, chosen.root).record
        except UsageError:  # of another machine
            continue
        records.setdefault(record.id, record)
    return list(records.values())


def _metadata(chosen: RegisteredModel) -> ModelRecord | None:
    try:
        return chosen.metadata
    except UsageError:  # the file is not on this disk: the ledger and the run still tell
        return None
