"""`trackexp show RUN`: one run, what it reached and what is wrong with it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from trackexp.cli.naming import resolved
from trackexp.cli.runs.diagnose import command_policy
from trackexp.diagnosis import Status, diagnose, findings_of
from trackexp.models import verify_best_model
from trackexp.reading import read_run
from trackexp.reporting import Gap, console, heading, paragraph, run_to_dict, show_run, to_json

if TYPE_CHECKING:
    from trackexp.models import Verification
    from trackexp.record import RunRecord


def show(
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN", help="A run folder, .wandb file, id, name, entity/project/id, latest, or MODEL:ALIAS."
        ),
    ] = "latest",
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Reload the best model and compare its outputs; exit 1 if it is wrong.")
    ] = False,
) -> None:
    """Show one run, what it reached and what is wrong with it.

    Config, best values with their epoch and a curve, findings, code, system peaks, files and artifacts. Findings do
    not change the exit code: it is 1 only for a model that fails --verify.
    """
    record = read_run(resolved(run))
    verification = _verified(record) if verify else None
    if json:
        _print_json(record, verification)
    else:
        _print_page(record, verification)
    if verification is not None and verification.outcome == "failed":
        raise typer.Exit(1)


def _verified(record: RunRecord) -> Verification:
    return verify_best_model(record)


def _print_json(record: RunRecord, verification: Verification | None) -> None:
    diagnosis = diagnose(record, policy=command_policy())
    findings = [finding.to_dict() for finding in findings_of(record, diagnosis)]
    data = run_to_dict(record, {**diagnosis.to_dict(), "findings": findings})
    if verification is not None:
        data["verification"] = {
            "outcome": verification.outcome,
            "passed": verification.passed,
            "text": verification.text,
        }
    typer.echo(to_json(data))


def _print_page(record: RunRecord, verification: Verification | None) -> None:
    diagnosis = diagnose(record, policy=command_policy())
    gaps = [
        Gap(outcome.code, outcome.name, outcome.reason, crashed=outcome.status is Status.CRASHED)
        for outcome in diagnosis.outcomes
        if outcome.status in (Status.CRASHED, Status.NOT_APPLICABLE)
    ]
    out = console(sys.stdout)
    show_run(out, record, findings_of(record, diagnosis), gaps)
    if verification is not None:
        heading(out, "Best model", verification.outcome)
        paragraph(out, verification.text)
