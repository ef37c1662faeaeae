"""Several models on one test set: who leads, who is tied, and which rows changed side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO

import typer

from trackexp.cli.models.evaluating import evaluated
from trackexp.cli.models.request import Request
from trackexp.errors import UsageError
from trackexp.evaluation import Evaluation, ModelComparison, compare_models
from trackexp.evaluation.pages.terminal import show_leaderboard
from trackexp.reporting import console, guarded_frame, to_json


def leaderboard(
    subjects: Sequence[str], request: Request, stream: IO[str], *, json: bool, html: Path | None, out: Path | None
) -> list[str]:
    """Evaluate every subject on the same rows, and write how they compare.

    Returns:
        Conditions that hold for a model, in words.

    Raises:
        UsageError: A subject is named twice, or the rows are not the same.
    """
    _check(subjects, request)
    found: dict[str, Evaluation] = {}
    failed: list[str] = []
    for name, subject in zip(short_names(subjects), subjects, strict=True):
        one = evaluated(replace(request, subject=subject))
        found[name] = _with_rows(subject, one.result)
        failed += [f"{name}: {line}" for line in one.failed]
        for note in [*([] if name == subject else [f"is {subject}"]), *one.notes]:
            typer.echo(f"trackexp: {name}: {note}", err=True)
    comparison = compare_models(found)
    place = "" if request.data is None else f" of {Path(request.data).name}"
    title = f"{len(subjects)} models on {next(iter(found.values())).n:,} rows{place}, answers {comparison.answers}"
    _write(comparison, title, stream, json=json, html=html, out=out)
    return failed


def short_names(places: Sequence[str]) -> list[str]:
    """Return places without the folders and the file that all of them have in common.

    >>> short_names(["runs/a/files/best.h5", "runs/b/files/best.h5"]), short_names(["v1.npz", "v2.npz"])
    (['a', 'b'], ['v1.npz', 'v2.npz'])
    """
    parts = [place.replace("\\", "/").split("/") for place in places]
    shortest = min(map(len, parts))
    first = next((i for i in range(shortest) if len({part[i] for part in parts}) > 1), shortest - 1)
    last = next((i for i in range(shortest) if len({part[-1 - i] for part in parts}) > 1), 0)
    short = ["/".join(part[first : len(part) - last]) for part in parts]
    return short if all(short) and len(set(short)) == len(short) else list(places)


def _check(subjects: Sequence[str], request: Request) -> None:
    twice = next((subject for subject in subjects if subjects.count(subject) > 1), None)
    if twice is not None:
        raise UsageError(f"{twice} is given twice; expected different models.")
    money = request.money
    given = {"--categories": request.categories, "--valid": request.valid, "--cost": money.cost,
             "--threshold": money.threshold}  # fmt: skip
    alone = [option for option, value in given.items() if value is not None]
    if alone:
        raise UsageError(f"{', '.join(alone)} are for one model, and {len(subjects)} are named; evaluate it alone.")


def _with_rows(subject: str, result: object) -> Evaluation:
    if not isinstance(result, Evaluation):
        raise UsageError(f"{subject} gives numbers or several labels per row; a leaderboard is of exclusive classes.")
    if result.rows is None:
        raise UsageError(f"{subject}: of {result.n:,} rows only sums are kept; models are compared row by row.")
    return result


def _write(
    comparison: ModelComparison, title: str, stream: IO[str], *, json: bool, html: Path | None, out: Path | None
) -> None:
    if out is not None:
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"--out {out}: this folder cannot be made ({error.strerror}).") from error
        guarded_frame(comparison.leaderboard).to_csv(out / "leaderboard.csv", index=False)
        guarded_frame(comparison.table).to_csv(out / "pairs.csv", index=False)
        (out / "comparison.json").write_text(to_json(comparison.to_dict()) + "\n", encoding="utf-8")
        typer.echo(f"trackexp: leaderboard.csv, pairs.csv and comparison.json written to {out}", err=True)
    if html is not None:
        comparison.to_html(html, title=title)
        typer.echo(f"trackexp: report written to {html}", err=True)
    if json:
        typer.echo(to_json(comparison.to_dict()))
    else:
        show_leaderboard(console(stream), comparison, title)
