"""`trackexp predictions RUN`: the predictions table of a run, for analysis."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trackexp.cli.naming import resolved
from trackexp.errors import UsageError
from trackexp.optional import require
from trackexp.reading import read_run
from trackexp.reading.tables import read_table
from trackexp.reporting import guarded_frame, to_json

if TYPE_CHECKING:
    import pandas as pd


def predictions(
    run: Annotated[
        str, typer.Argument(metavar="RUN", help="A run folder, a .wandb file, an id, a name, or latest.")
    ] = "latest",
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it there, as .csv, .parquet or .json.")
    ] = None,
    table: Annotated[str | None, typer.Option(help="Which table, where the run has several.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Get the predictions table of a run.

    As CSV on stdout, or in a file. Any table that the run logged can be had with --table.
    """
    record = read_run(resolved(run))
    name, frame = read_table(record, table)
    if out is not None:
        _write(frame, out)
        typer.echo(f"trackexp: {len(frame):,} rows of {name} written to {out}", err=True)
    elif json:
        rows = frame.to_dict("records")
        typer.echo(to_json({"schema": 1, "run": record.id, "table": name, "rows": rows}))
    else:
        guarded_frame(frame).to_csv(sys.stdout, index=False)


def _write(frame: pd.DataFrame, out: Path) -> None:
    if out.suffix == ".csv":
        guarded_frame(frame).to_csv(out, index=False)
    elif out.suffix == ".parquet":
        require("pyarrow", extra="parquet")
        frame.to_parquet(out)
    elif out.suffix == ".json":
        frame.to_json(out, orient="records", force_ascii=False)
    else:
        raise UsageError(f"--out {out}: expected a file that ends with .csv, .parquet or .json.")
