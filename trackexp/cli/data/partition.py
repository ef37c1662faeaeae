"""`trackexp partition`: rows of a file into parts and folds, or the report of a split that is there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from trackexp.cli.data.tables import read_rows
from trackexp.errors import UsageError
from trackexp.partitioning import check_partition, read_parts
from trackexp.partitioning import partition as make_partition
from trackexp.reporting import to_json

Place = Annotated[str, typer.Argument(metavar="DATA", help="A .csv or .parquet file, or a folder of images per class.")]
Parts = Annotated[str | None, typer.Option(metavar="SHARES", help="Such as train=.7,valid=.15,test=.15.")]
Folds = Annotated[int | None, typer.Option(help="Number of folds for the rows outside the test part.")]
Target = Annotated[str | None, typer.Option(metavar="COLUMN", help="Column to stratify by.")]
Group = Annotated[str | None, typer.Option(metavar="COLUMN", help="Rows of one group stay in one part.")]
Time = Annotated[str | None, typer.Option(metavar="COLUMN", help="Parts follow each other in time, the test last.")]
Gap = Annotated[str | None, typer.Option(metavar="DURATION", help="Time left out before each cut, such as 7d.")]
Id = Annotated[str | None, typer.Option("--id", metavar="COLUMN", help="Column that identifies a row for good.")]
By = Annotated[str, typer.Option(help="balance, or hash: a key always gets the same part.")]
Duplicates = Annotated[str, typer.Option(help="ignore, or together: equal and nearly equal rows in one part.")]
Previous = Annotated[Path | None, typer.Option(metavar="FILE", help="An earlier partition: its rows keep their parts.")]
Seed = Annotated[int, typer.Option(help="Random seed.")]
Check = Annotated[str | None, typer.Option(metavar="COLUMN", help="Report on the split that this column holds.")]
Out = Annotated[Path | None, typer.Option(metavar="FILE", help="Write part and fold of every row: .csv or .parquet.")]
Html = Annotated[Path | None, typer.Option(metavar="FILE", help="Write the report as one HTML file.")]
Json = Annotated[bool, typer.Option("--json", help="Print the report as JSON.")]


def partition(
    data: Place,
    parts: Parts = None,
    folds: Folds = None,
    target: Target = None,
    group: Group = None,
    time: Time = None,
    gap: Gap = None,
    id_: Id = None,
    by: By = "balance",
    duplicates: Duplicates = "ignore",
    previous: Previous = None,
    seed: Seed = 0,
    check: Check = None,
    out: Out = None,
    html: Html = None,
    json: Json = False,
) -> None:
    """Split rows into parts and folds, and prove that nothing leaks; or check an existing split.

    Exit 1 on a warning or an error.
    """
    table, roles = read_rows(data)
    given = {"target": target, "group": group, "time": time, "id": id_}
    roles |= {role: name for role, name in given.items() if name is not None}
    if check is not None:
        making = {"--parts": parts, "--folds": folds, "--gap": gap, "--previous": previous, "--out": out}
        wrong = [option for option, value in making.items() if value is not None]
        if wrong:
            raise UsageError(f"--check reports on an existing split; {', '.join(wrong)} would make one.")
        _tell(check_partition(table, check, **roles), html, json)
        return
    shares = None if parts is None else read_parts(parts)
    words: dict[str, Any] = {"by": by, "duplicates": duplicates, **roles}
    made = make_partition(table, shares, gap=gap, folds=folds, previous=previous, seed=seed, **words)
    if out is not None:
        made.save(out)
        typer.echo(f"trackexp: parts of {len(made):,} rows written to {out}", err=True)
    _tell(made.report(), html, json)


def _tell(report: Any, html: Path | None, json: bool) -> None:
    if html is not None:
        report.to_html(html)
        typer.echo(f"trackexp: report written to {html}", err=True)
    typer.echo(to_json(report.to_dict()) if json else str(report))
    if not report.clean:
        raise typer.Exit(1)
