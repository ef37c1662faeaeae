"""Reports of an evaluation: text, JSON, one HTML file, a folder of results."""

from __future__ import annotations

from pathlib import Path
from typing import IO

import typer

from trackexp.cli.models.evaluating import Evaluated, evaluated
from trackexp.cli.models.leaderboard import leaderboard
from trackexp.cli.models.request import Request
from trackexp.cli.models.results_folder import clusters_of, write_results
from trackexp.evaluation import Evaluation
from trackexp.evaluation.pages.html import Extras, evaluation_page
from trackexp.evaluation.pages.terminal import show_evaluation
from trackexp.reporting import console, heading, number, paragraph, printable, table, to_json


def evaluate_and_report(
    subjects: list[str], request: Request, stream: IO[str], *, json: bool, html: Path | None, out: Path | None,
    intervals: bool,
) -> list[str]:  # fmt: skip
    """Evaluate and report one model, or several as a leaderboard, and return the conditions that hold."""
    if len(subjects) > 1:
        return leaderboard(subjects, request, stream, json=json, html=html, out=out)
    found = evaluated(request)
    report(found, stream, json=json, html=html, out=out, intervals=intervals)
    return found.failed


def report(
    found: Evaluated, stream: IO[str], *, json: bool, html: Path | None, out: Path | None, intervals: bool
) -> None:
    """Write everything that was asked for, and print the page or the JSON."""
    if out is not None:
        for line in write_results(found, out):
            typer.echo(f"trackexp: {line}", err=True)
    if html is not None:
        _write_page(found, html)
        typer.echo(f"trackexp: report written to {html}", err=True)
    if json:
        typer.echo(to_json(found.to_dict(intervals=intervals)))
        return
    _print(found, stream, intervals=intervals)


def _print(found: Evaluated, stream: IO[str], *, intervals: bool) -> None:
    out = console(stream)
    show_evaluation(out, found.result, title=found.title, notes=found.notes, profit=found.profit, intervals=intervals)
    if found.at_threshold is not None:
        at = found.at_threshold
        heading(out, f"At the threshold {at['threshold']:g}")
        told = ", ".join(f"{name} {at[name]:.4f}" for name in ("precision", "recall", "specificity", "f1"))
        paragraph(out, f"{told}; {at['false_positives']} false positives, {at['false_negatives']} false negatives")
    if found.pair_cost is not None:
        heading(out, "Money")
        paragraph(out, f"{number(found.pair_cost)} a row, by the costs of each pair of classes")
    if found.validation is not None:
        heading(out, "Against validation")
        for line in found.validation.lines():
            paragraph(out, line)
    if found.categories is not None:
        heading(out, "Categories of errors")
        rows = [
            (printable(line["category"]), str(line["n"]), number(line["cost"]), f"{line['share']:.1%}")
            for line in found.categories.to_dict("records")
        ]
        table(out, ("category", "errors", "cost", "share"), rows, right=(1, 2, 3))


def _write_page(found: Evaluated, path: Path) -> None:
    kept = isinstance(found.result, Evaluation) and found.result.rows is not None
    clusters = [cluster for _, cluster in clusters_of(found, found.result)] if kept else None  # type: ignore[arg-type]
    extras = Extras(found.notes, found.profit, clusters, found.categories, found.validation)
    evaluation_page(found.result, found.title, extras).save(path)
