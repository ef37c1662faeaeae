"""`trackexp monitor`: whether a model is still good; or all versions of one on a test set."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

What = Annotated[
    str, typer.Argument(metavar="LOG|DATA|FOLDER|NAME", help="A log's folder, a table; or models, with --on.")
]


Reference = Annotated[
    str | None, typer.Option(metavar="PLACE", help="What it was when it was good: rows, or a model with its record.")
]
Labels = Annotated[Path | None, typer.Option(metavar="FILE", help="Targets that came later: id, target.")]
Window = Annotated[str | None, typer.Option(help="Rows such as 1000, or a time such as 1d; default: all.")]
On = Annotated[str | None, typer.Option(metavar="PLACE", help="A test set: all versions of a model on it.")]
Train = Annotated[str | None, typer.Option(metavar="PLACE", help="Training rows, for --on: what is different.")]
Metric = Annotated[str, typer.Option(help="What --on orders the versions by.")]
Html = Annotated[Path | None, typer.Option(metavar="FILE", help="Write the report as one HTML file.")]
Json = Annotated[bool, typer.Option("--json", help="Print everything as JSON.")]
FailOn = Annotated[str, typer.Option(help="Exit 1 from here on: error, warning, info or never.")]
Export = Annotated[Path | None, typer.Option(metavar="FILE", help="Write the log as .parquet or .csv.")]
ToRun = Annotated[bool, typer.Option("--log", help="Record the report as a W&B run of job type monitor.")]
Trust = Annotated[bool, typer.Option("--trust", help="Load files that can run code.")]
Folder = Annotated[Path | None, typer.Option("--folder", metavar="DIR", help="Of the ledgers.")]


def monitor(
    current: What,
    reference: Reference = None,
    labels: Labels = None,
    window: Window = None,
    on: On = None,
    train: Train = None,
    metric: Metric = "accuracy",
    html: Html = None,
    json: Json = False,
    fail_on: FailOn = "warning",
    export: Export = None,
    to_run: ToRun = False,
    trust: Trust = False,
    folder: Folder = None,
) -> None:
    """Hold a log of predictions against a reference, or compare all versions of a model.

    Drift alone is info; a warning is a broken contract, a large drift, or an estimate; an error is measured harm. Exit
    1 if a finding is as severe as --fail-on.
    """
    from trackexp.cli.models.monitoring import checked_severity, read_current, read_reference, write_table
    from trackexp.reporting import to_json

    limit = checked_severity(fail_on)
    if on is not None:
        from trackexp.cli.models.versions import versions_report

        report: Any = versions_report(current, on, train=train, metric=metric, trust=trust, folder=folder)
        findings = [finding for _, finding in report.findings]
    else:
        from trackexp.monitoring import monitor as look

        table, frame = read_current(current)
        if export is not None:
            write_table(frame, export)
            if reference is None:
                typer.echo(f"trackexp: {len(frame):,} rows written to {export}", err=True)
                return
        report = look(table, read_reference(reference), _labels(labels), window=window)
        findings = list(report.findings)
    if html is not None:
        report.to_html(html)
    if to_run:
        _record(report)
    sys.stdout.write(f"{to_json(report.to_dict()) if json else report}\n")
    if limit is not None and any(finding.severity.at_least(limit) for finding in findings):
        raise typer.Exit(1)


def _labels(path: Path | None) -> Any:
    if path is None:
        return None
    from trackexp.cli.models.monitoring import read_frame

    return read_frame(path)


def _record(report: Any) -> None:
    from trackexp import track

    with track(job_type="monitor") as run:
        report.log(run)
