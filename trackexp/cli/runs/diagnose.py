"""`trackexp diagnose RUN…`: what is wrong with runs, and which rules could not tell."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from trackexp.diagnosis import Diagnosis
    from trackexp.diagnosis.configuration import Configuration
    from trackexp.record import RunRecord, Severity

SCHEMA = 1
Words = Annotated[
    list[str] | None,
    typer.Option(metavar="RULES", help="Codes, names or beginnings of codes, with commas; may be repeated."),
]


def diagnose(
    runs: Annotated[
        list[str] | None,
        typer.Argument(metavar="RUN", help="Runs, or folders of runs; without any, the latest run."),
    ] = None,
    select: Words = None,
    ignore: Words = None,
    fail_on: Annotated[
        str | None, typer.Option(metavar="SEVERITY", help="Exit 1 from this severity on: error, warning or info.")
    ] = None,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Exit 0 whatever is found.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Show how it went with every rule.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown, for a pull request.")] = False,
) -> None:
    """Say what is wrong with runs, by their records alone; exit 1 when it is an error or a warning.

    A project's pyproject.toml ([tool.trackexp]) or setup.cfg ([tool:trackexp]) may select and ignore rules and set
    their thresholds. --select replaces its selection, --ignore adds to what it ignores.
    """
    from trackexp.diagnosis.configuration import read_configuration
    from trackexp.reporting import to_json

    configured = read_configuration()
    limit = limit_of(fail_on, configured)
    check_words(select, ignore)
    pairs = [(record, judged(record, configured, select, ignore)) for record in _records(runs or ["latest"])]
    if json:
        typer.echo(to_json({"schema": SCHEMA, "runs": [_data(record, found) for record, found in pairs]}))
    elif markdown:
        from trackexp.reporting.findings import diagnoses_markdown

        typer.echo(diagnoses_markdown([(record.title, found.findings) for record, found in pairs]))
    else:
        for place, (record, found) in enumerate(pairs):
            show_diagnosis(record, found, first=place == 0, verbose=verbose)
    if not exit_zero and any(fails(found, limit) for _, found in pairs):
        raise typer.Exit(1)


def limit_of(fail_on: str | None, configured: Configuration) -> Severity:
    """Return the least severity that fails: the option's, else the project's, else a warning."""
    from trackexp.diagnosis.configuration import severity_of
    from trackexp.record import Severity

    return severity_of("--fail-on", fail_on) if fail_on is not None else configured.fail_on or Severity.WARNING


def check_words(select: list[str] | None, ignore: list[str] | None) -> None:
    """Raise for a word that is no rule, before anything is read or run."""
    from trackexp.diagnosis import all_rules
    from trackexp.diagnosis.selection import selection

    selection(select, ignore, all_rules())


def fails(found: Diagnosis, limit: Severity) -> bool:
    """Return whether a finding is at least as severe as the limit."""
    from trackexp.record import Severity

    order = [Severity.INFO, Severity.WARNING, Severity.ERROR]
    return any(order.index(finding.severity) >= order.index(limit) for finding in found.findings)


def judged(
    record: RunRecord, configured: Configuration, select: list[str] | None, ignore: list[str] | None
) -> Diagnosis:
    """Diagnose a run as the project and the options say."""
    from trackexp.diagnosis import diagnose as diagnosed

    return diagnosed(
        record,
        select=select or configured.select,
        ignore=[*configured.ignore, *(ignore or ())] or None,
        rules=configured.rules(),
        preview=configured.preview,
    )


def _records(places: list[str]) -> list[RunRecord]:
    from trackexp.reading import read_runs
    from trackexp.reporting import console

    talk = console(sys.stderr)
    with talk.status("reading runs …") if talk.is_terminal else nullcontext():
        found = {(record.id, record.path): record for place in places for record in read_runs(place)}
    return list(found.values())


def _data(record: RunRecord, found: Diagnosis) -> dict[str, Any]:
    return {"id": record.id, "name": record.name, "path": str(record.path or ""), **found.to_dict()}


def show_diagnosis(
    record: RunRecord, found: Diagnosis, *, title: str = "", first: bool = True, verbose: bool = False
) -> None:
    """Print what was found in a run; `title` names a script that was only looked at, and not trained."""
    from rich.text import Text

    from trackexp.diagnosis import Status
    from trackexp.reporting import Gap, console, printable, show_findings, table

    out = console(sys.stdout)
    if not first:
        out.print()
    out.print(
        Text.assemble((printable(title or record.title), "bold"), ("" if title else f"  {printable(record.id)}", "dim"))
    )
    telling = (Status.CRASHED,) if title else (Status.CRASHED, Status.NOT_APPLICABLE)
    silent = [o for o in found.outcomes if o.status in telling]
    gaps = [Gap(o.code, o.name, o.reason, crashed=o.status is Status.CRASHED) for o in silent]
    show_findings(out, found.findings, [] if verbose else gaps)
    if verbose:
        out.print()
        rows = [(o.code, o.name, str(o.status), printable(o.reason)) for o in found.outcomes]
        table(out, ("code", "name", "outcome", "reason"), rows)
