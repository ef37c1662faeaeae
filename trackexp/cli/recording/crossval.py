"""`trackexp crossval SCRIPT`: a script trained once for every setting and fold, and the settings judged."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from trackexp.crossval import CrossValidation
    from trackexp.partitioning import Partition

Text = str | None


def crossval(
    script: Annotated[str, typer.Argument(metavar="SCRIPT", help="Takes its rows from trackexp.fold().")],
    arguments: Annotated[list[str] | None, typer.Argument(metavar="[-- ARGS]", help="The script's own.")] = None,
    grid: Annotated[list[str] | None, typer.Option(metavar="NAME=A,B", help="A parameter; may be repeated.")] = None,
    data: Annotated[Text, typer.Option(metavar="FILE", help="A .npz, .csv or .parquet: whose rows are cut.")] = None,
    target: Annotated[Text, typer.Option(metavar="COLUMN", help="The answer: every fold gets its share.")] = None,
    group: Annotated[Text, typer.Option(metavar="COLUMN", help="Rows of one group stay in one fold.")] = None,
    time: Annotated[Text, typer.Option(metavar="COLUMN", help="Folds follow each other in time.")] = None,
    folds: Annotated[int, typer.Option(help="How many.")] = 5,
    partition: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Folds that trackexp partition --out wrote.")
    ] = None,
    metric: Annotated[str, typer.Option(help="What settings are judged by; cost:min says which way.")] = "f1_macro",
    executor: Annotated[str, typer.Option(help="processes, here or ray.")] = "processes",
    workers: Annotated[int | None, typer.Option(help="How many folds at a time.")] = None,
    address: Annotated[Text, typer.Option(metavar="HOST:PORT", help="Of a Ray cluster.")] = None,
    budget: Annotated[Text, typer.Option(metavar="DURATION", help="Such as 2h; then no fold is begun.")] = None,
    drop: Annotated[bool, typer.Option("--drop", help="Give up hopeless settings, fold by fold.")] = False,
    retries: Annotated[int, typer.Option(help="How often a fold that failed is tried again.")] = 0,
    storage: Annotated[Path | None, typer.Option(metavar="DIR", help="What is done stays done here.")] = None,
    seed: Annotated[int, typer.Option(help="Of folds and trainings.")] = 0,
    project: Annotated[Text, typer.Option(help="W&B's project.")] = None,
    mode: Annotated[str, typer.Option(help="auto, online, offline, shared or disabled.")] = "auto",
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the result as one page.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Cross-validate settings of a script: every fold runs it with its parameters as options, in a run of its own.

    The script asks trackexp.fold() for its rows, and hands in probabilities with fold.report(…), or logs the metric
    itself. The same command again trains only what is missing. Exit 1 when a fold failed or the budget was over.
    """
    from trackexp.cli.recording.fold_script import FoldScript, check_script, read_grid
    from trackexp.crossval import cross_validate
    from trackexp.errors import UsageError

    if not grid:
        raise UsageError("no --grid; expected a parameter with its values, such as --grid lr=0.1,0.01.")
    settings = read_grid(grid)
    check_script(script)
    roles = {name: column for name, column in (("target", target), ("group", group), ("time", time)) if column}
    part, answers, digest = _rows(data, roles, folds, partition, seed)
    result = cross_validate(
        FoldScript(script, tuple(arguments or ()), digest), settings, part, target=answers, metric=metric,
        executor=executor, workers=workers, address=address, storage=storage, project=project, budget=budget,
        drop=drop, retries=retries, seed=seed, track={"mode": mode},
    )  # fmt: skip
    _tell(result, html, json=json)
    if result.failures or len(result.entries) + _given_up(result) < len(result.settings) * len(result.folds):
        raise typer.Exit(1)


def _given_up(result: CrossValidation) -> int:
    return sum(len(result.folds) - one.n for one in result.results if one.dropped)


def _rows(
    data: str | None, roles: Mapping[str, str], folds: int, file: Path | None, seed: int
) -> tuple[Partition, Any, str]:
    """Return the partition, the target, and a digest of the data."""
    from trackexp.crossval.identity import text_digest
    from trackexp.errors import UsageError
    from trackexp.partitioning import partition, read_partition

    if data is None and file is None:
        raise UsageError("neither --data nor --partition; expected --data data.npz --target y, whose rows are cut.")
    frame = None if data is None else _frame(data)
    answers = None
    if frame is not None and "target" in roles:
        answers = _column(frame, roles["target"])
    digest = "" if data is None else text_digest(*_digests(data))
    if file is not None or frame is None:
        assert file is not None
        return read_partition(file), answers, digest
    n = len(next(iter(frame.values()))) if isinstance(frame, dict) else len(frame)
    given = {name: _column(frame, column) for name, column in roles.items()}
    return partition(n, folds=folds, seed=seed, **given), answers, digest


def _digests(place: str) -> list[str]:
    import hashlib

    path = Path(place)
    if path.is_dir():
        return sorted(f"{file}:{file.stat().st_size}" for file in path.rglob("*") if file.is_file())
    with path.open("rb") as file:
        return [hashlib.file_digest(file, "sha256").hexdigest()]


def _frame(place: str) -> Any:
    """Return the arrays of an .npz by name, or a table."""
    from trackexp.cli.data.tables import read_rows
    from trackexp.errors import UsageError

    path = Path(place)
    if path.suffix != ".npz":
        return read_rows(place)[0]
    import numpy as np

    try:
        with np.load(path, allow_pickle=False) as file:
            return dict(file)
    except (OSError, ValueError) as error:
        raise UsageError(f"--data {place} cannot be read ({error}).") from error


def _column(frame: Any, name: str) -> Any:
    from trackexp.errors import UsageError, nearest

    names = [str(one) for one in (frame if isinstance(frame, dict) else frame.columns)]
    if name not in names:
        raise UsageError(f"the data have no {name!r}{nearest(name, names)}; there are: {', '.join(names[:20])}.")
    import numpy as np

    return np.asarray(frame[name])


def _tell(result: CrossValidation, html: Path | None, *, json: bool) -> None:
    from trackexp.crossval.judging.writing import COLUMNS, cells_of, lines_of, to_dict
    from trackexp.reporting import console, table, to_json

    if html is not None:
        result.to_html(html)
        typer.echo(f"trackexp: the result is written to {html}", err=True)
    if json:
        typer.echo(to_json(to_dict(result)))
        return
    out = console(sys.stdout)
    table(out, COLUMNS, [cells_of(result, one) for one in result.results], right=(1, 2, 3))
    out.print()
    for line in lines_of(result):
        out.print(line, soft_wrap=True)
    for finding in result.findings:
        if finding.severity.is_alarm:
            out.print(f"{finding.severity}: {finding.message} → {finding.fix} ({finding.code})", soft_wrap=True)
