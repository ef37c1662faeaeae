"""`trackexp evaluate`: a model on data, or predictions that are there already."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from trackexp.cli.models.request import Money, Request

What = Annotated[
    list[str],
    typer.Argument(
        metavar="MODEL", help="A model file, package.module:function, a file of predictions, a run, or an artifact."
    ),
]
Data = Annotated[
    str | None, typer.Option(help="Rows: .npz, .csv, .parquet, a folder of images per class, an artifact, or code.")
]
Valid = Annotated[
    str | None,
    typer.Option(metavar="PLACE", help="Validation rows: temperature and threshold chosen on them, checked on --data."),
]
Labels = Annotated[Path | None, typer.Option(metavar="FILE", help="Class names, one per line, in output order.")]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Write tables, plots and false positives there.")]
Html = Annotated[Path | None, typer.Option(metavar="FILE", help="Write the report as one HTML file.")]
Cost = Annotated[str | None, typer.Option(help="fp=0.25,fn=1.5, or a .csv of costs by true and predicted class.")]
Units = Annotated[float | None, typer.Option(help="Number of units over which the saving is counted.")]
Baseline = Annotated[float | None, typer.Option(help="What a unit costs today.")]
Prevalence = Annotated[float | None, typer.Option(help="Share of the positive class in production.")]
Threshold = Annotated[float | None, typer.Option(help="The threshold in use; default 0.5.")]
Positive = Annotated[str | None, typer.Option(metavar="CLASS", help="The class that is flagged, of more than two.")]
Part = Annotated[str | None, typer.Option(help="Part to evaluate, such as test.")]
BatchSize = Annotated[int, typer.Option(help="Rows per batch.")]
FailIf = Annotated[list[str] | None, typer.Option(help="Exit 1 if it holds, such as 'log_loss > 0.3'; repeatable.")]
Categories = Annotated[Path | None, typer.Option(metavar="FILE", help="errors.csv with its category column filled in.")]
Constructor = Annotated[str | None, typer.Option("--model", help="package.module:build, for a file of weights.")]
Trust = Annotated[bool, typer.Option("--trust", help="Load files that can run code: pickles, Lambda layers.")]
Import = Annotated[
    list[str] | None,
    typer.Option(
        "--import", metavar="FILE", help="Import this .py file or module first, for layers of your own; repeatable."
    ),
]
Encoding = Annotated[str | None, typer.Option(help="Of a .csv file, such as cp1251; otherwise it is inferred.")]
MaxBatches = Annotated[
    int | None, typer.Option(metavar="N", min=0, help="Batches to take from a stream of unknown length; 0: all.")
]
Target = Annotated[str | None, typer.Option(metavar="COLUMN", help="Column of the targets in a table.")]
Group = Annotated[str | None, typer.Option(metavar="COLUMN", help="Column of groups in a table.")]
Scale = Annotated[float | None, typer.Option(help="Multiply the inputs, such as 0.00392157 for pixels by 255.")]
SkipBad = Annotated[bool, typer.Option("--skip-bad", help="Leave out unreadable images, and count them.")]
Intervals = Annotated[bool, typer.Option("--intervals", help="A confidence interval for every number, by bootstrap.")]
Json = Annotated[bool, typer.Option("--json", help="Print everything as JSON.")]


def evaluate(
    models: What,
    data: Data = None,
    valid: Valid = None,
    labels: Labels = None,
    out: Out = None,
    html: Html = None,
    cost: Cost = None,
    units: Units = None,
    baseline: Baseline = None,
    prevalence: Prevalence = None,
    threshold: Threshold = None,
    positive: Positive = None,
    part: Part = None,
    batch_size: BatchSize = 256,
    fail_if: FailIf = None,
    categories: Categories = None,
    constructor: Constructor = None,
    trust: Trust = False,
    imports: Import = None,
    target: Target = None,
    group: Group = None,
    scale: Scale = None,
    skip_bad: SkipBad = False,
    encoding: Encoding = None,
    max_batches: MaxBatches = None,
    intervals: Intervals = False,
    json: Json = False,
) -> None:
    """Evaluate a model on data, or existing predictions.

    Numbers with their intervals, calibration, knees, the worst errors, and with --cost the money. The best model of a
    run is evaluated in a run of its own. Several models on the same data give a leaderboard. Exit 1 if a --fail-if
    holds.
    """
    from trackexp.cli.models.reports import evaluate_and_report  # pandas and more, which `--help` does not need

    money = Money(cost, units, baseline, prevalence, threshold, positive)
    request = Request(
        models[0], data, labels, part, batch_size, constructor, trust, target, group, scale, skip_bad, money,
        categories, tuple(fail_if or ()), valid, tuple(imports or ()), encoding, max_batches,
    )  # fmt: skip
    failed = evaluate_and_report(models, request, sys.stdout, json=json, html=html, out=out, intervals=intervals)
    for line in failed:
        typer.echo(f"trackexp: failed: {line}", err=True)
    if failed:
        raise typer.Exit(1)
