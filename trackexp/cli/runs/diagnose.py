"""`trackexp diagnose RUN…`: what is wrong with runs, and which rules could not tell."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from trackexp.cli.naming import resolved
from trackexp.cli.runs.sarif import check_formats, run_subject, sarif_text
from trackexp.diagnosis import Status, resolve_policy
from trackexp.diagnosis import diagnose as diagnosed
from trackexp.diagnosis.policy import severity_of
from trackexp.reading import read_runs
from trackexp.reporting import Gap, console, printable, show_findings, table, to_json
from trackexp.reporting.findings import diagnoses_markdown

if TYPE_CHECKING:
    from trackexp.diagnosis import Diagnosis, Policy
    from trackexp.record import RunRecord

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
    verbose: Annotated[bool, typer.Option("--verbose", help="Show the outcome of every rule.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown, for a pull request.")] = False,
    sarif: Annotated[bool, typer.Option("--sarif", help="Print SARIF 2.1.0, for code scanning and editors.")] = False,
) -> None:
    """Say what is wrong with recorded runs; exit 1 on an error or a warning.

    A project's pyproject.toml ([tool.trackexp]) or setup.cfg ([tool:trackexp]) may select and ignore rules and set
    their thresholds. --select replaces its selection, --ignore adds to what it ignores.
    """
    check_formats(json=json, markdown=markdown, sarif=sarif)
    policy = command_policy(select, ignore, fail_on)
    pairs = [(record, diagnosed(record, policy=policy)) for record in _records(runs or ["latest"])]
    if json:
        typer.echo(to_json({"schema": SCHEMA, "runs": [_data(record, found) for record, found in pairs]}))
    elif sarif:
        typer.echo(sarif_text([run_subject(record, found) for record, found in pairs]))
    elif markdown:
        typer.echo(diagnoses_markdown([(record.title, found.findings) for record, found in pairs]))
    else:
        for place, (record, found) in enumerate(pairs):
            show_diagnosis(record, found, first=place == 0, verbose=verbose)
    refuse_crashed(*(found for _, found in pairs))
    if not exit_zero and any(policy.failing(found.findings) for _, found in pairs):
        raise typer.Exit(1)


def refuse_crashed(*diagnoses: Diagnosis) -> None:
    """Exit 2 where a rule could not be applied for a mistake of its own, and say which."""
    from trackexp.diagnosis import Status

    outcomes = (outcome for found in diagnoses for outcome in found.outcomes)
    crashed = sorted({f"{outcome.code} {outcome.name}" for outcome in outcomes if outcome.status is Status.CRASHED})
    if crashed:
        typer.echo(
            f"trackexp: {', '.join(crashed)} crashed, which is a mistake of trackexp: please report it", err=True
        )
        raise typer.Exit(2)


def command_policy(
    select: list[str] | None = None, ignore: list[str] | None = None, fail_on: str | None = None
) -> Policy:
    """Return the policy of a command: the project's with its options on top; words that have new names are said.

    Raises:
        UsageError: A word is no rule or no severity; before anything is read or run.
    """
    if fail_on is not None:
        severity_of("--fail-on", fail_on)
    policy = resolve_policy(select=select or None, ignore=ignore or None, fail_on=fail_on)
    for line in policy.deprecations:
        typer.echo(f"trackexp: {line}", err=True)
    return policy


def _records(places: list[str]) -> list[RunRecord]:
    talk = console(sys.stderr)
    with talk.status("reading runs …") if talk.is_terminal else nullcontext():
        found = {(record.id, record.path): record for place in places for record in read_runs(resolved(place))}
    return list(found.values())


def _data(record: RunRecord, found: Diagnosis) -> dict[str, Any]:
    return {"id": record.id, "name": record.name, "path": str(record.path or ""), **found.to_dict()}


def show_diagnosis(
    record: RunRecord, found: Diagnosis, *, title: str = "", first: bool = True, verbose: bool = False
) -> None:
    """Print what was found in a run; `title` names a script that was only looked at, and not trained."""
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
