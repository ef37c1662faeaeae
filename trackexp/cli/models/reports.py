"""What is made of an evaluation: text, JSON, one HTML file, a folder of results."""

from __future__ import annotations

from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from trackexp.cli.models.evaluating import Evaluated

SCHEMA = 1


def report(
    found: Evaluated, stream: IO[str], *, json: bool, html: Path | None, out: Path | None, intervals: bool
) -> None:
    """Write everything that was asked for, and print the page or the JSON."""
    if out is not None:
        from trackexp.cli.models.results_folder import write_results

        for line in write_results(found, out):
            typer.echo(f"trackexp: {line}", err=True)
    if html is not None:
        _write_page(found, html)
        typer.echo(f"trackexp: report written to {html}", err=True)
    if json:
        from trackexp.reporting import to_json

        typer.echo(to_json(as_dict(found, intervals=intervals)))
        return
    _print(found, stream, intervals=intervals)


def as_dict(found: Evaluated, *, intervals: bool) -> dict[str, Any]:
    """Return the evaluation as data, with its money, categories and notes."""
    data: dict[str, Any] = {**found.result.to_dict(intervals=intervals), "title": found.title, "notes": found.notes}
    data["schema"] = SCHEMA
    if hasattr(found.result, "report"):
        data["classes"] = found.result.report.reset_index(names="class").to_dict("records")
    if found.at_threshold is not None:
        data["at_threshold"] = found.at_threshold
    if found.pair_cost is not None:
        data["average_cost"] = found.pair_cost
    if found.profit is not None:
        names = ("best", "at_present", "flag_all", "flag_none")
        data["profit"] = {name: getattr(found.profit, name).to_dict() for name in names}
        data["profit"]["human_cost"] = found.profit.human_cost
    if found.validation is not None:
        data["validation"] = found.validation.to_dict()
    if found.categories is not None:
        data["categories"] = found.categories.to_dict("records")
    data["failed"] = found.failed
    return data


def _print(found: Evaluated, stream: IO[str], *, intervals: bool) -> None:
    from trackexp.evaluation.pages.terminal import show_evaluation
    from trackexp.reporting import console, heading, number, paragraph, printable, table

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
    from trackexp.cli.models.results_folder import clusters_of
    from trackexp.evaluation import Evaluation
    from trackexp.evaluation.pages.html import Extras, evaluation_page

    kept = isinstance(found.result, Evaluation) and found.result.rows is not None
    clusters = [cluster for _, cluster in clusters_of(found, found.result)] if kept else None  # type: ignore[arg-type]
    extras = Extras(found.notes, found.profit, clusters, found.categories, found.validation)
    evaluation_page(found.result, found.title, extras).save(path)
