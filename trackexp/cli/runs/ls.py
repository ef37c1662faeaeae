"""`trackexp ls [WHERE…]`: many runs, one line each.

Its own arguments are parsed with argparse, and typer hands them over unseen. Measured by `benchmarks/listing_speed.py`,
as multiples of `python -S -c pass`: a listing of ten runs costs 10.0, `import typer` alone 7.3.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from heapq import nlargest, nsmallest
from io import TextIOWrapper
from itertools import chain, islice
from operator import itemgetter
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

from trackexp.reading import list_runs
from trackexp.record.query import getter, parse_filter, sort_key
from trackexp.reporting import csv_line, json_ready
from trackexp.reporting.run_list import TextTable, default_columns, row_of, run_to_row

if TYPE_CHECKING:
    from trackexp.record import RunRecord
    from trackexp.record.query.order import Key

    Order = tuple[Callable[[RunRecord], Key], bool]

T = TypeVar("T")

_SCHEMA = 1
_LOOKED_AT = 500  # runs that the columns and their widths are chosen by
_EVERY = 0.1  # seconds between two words of progress
_EXAMPLES = """examples:
  trackexp ls                                         all runs that W&B wrote here, oldest first
  trackexp ls wandb/ --sort val/loss                  the lowest on top; "-val/accuracy" where higher is better
  trackexp ls --filter 'config.lr < 0.01 and summary.val/loss < 0.3 and not tags contains "old"'
  trackexp ls entity/project --columns name,config.lr,val/loss --csv runs.csv

A filter knows the names id, name, project, entity, group, job_type, tags, notes, state, exit_code, started_at, runtime,
path, damaged, findings, config.…, summary.… and metrics; < <= > >= == != in contains; and, or, not; and brackets.
A metric is what W&B's summary has of it: its best value where the run recorded that, as `track` does, else its last.
`trackexp compare` has the best values of all.
"""


def main(arguments: Sequence[str]) -> int:
    """Run `trackexp ls` with these arguments, and return its exit code."""
    from trackexp.cli.outcome import told

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without "…" shows "?", not a traceback
    asked = _parser().parse_args(_joined(arguments))
    try:
        _list(asked)
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt) as error:
        return told(error)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "trackexp ls",
        description="List runs with their state and what they reached; choose, sort and export them.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("where", metavar="WHERE", nargs="*", help="Runs, folders of runs or entity/project; default: all runs here.")
    add("--filter", metavar="CONDITION", help="Only runs for which this holds.")
    add("--sort", metavar="NAME", help="Sort by a value; -NAME sorts the largest first. Runs without it come last.")
    add("--columns", metavar="NAME,…", help="What to show, separated by commas.")
    add("--limit", metavar="N", type=int, help="Show the first N at most.")
    add("--json", action="store_true", help="Print everything as JSON.")
    add("--csv", metavar="FILE", help="Write the table as CSV; - is stdout.")
    add("--no-cache", action="store_true", help="Read every run anew, and keep nothing for the next time.")
    return parser


def _joined(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with `--sort -val/loss` as one of them: argparse takes the second half for an option."""
    joined: list[str] = []
    for argument in arguments:
        if joined and joined[-1] == "--sort":
            joined[-1] = f"--sort={argument}"
        else:
            joined.append(argument)
    return joined


def _list(asked: argparse.Namespace) -> None:
    test = parse_filter(asked.filter) if asked.filter else None
    order = sort_key(asked.sort) if asked.sort else None
    columns = [name.strip() for name in asked.columns.split(",") if name.strip()] if asked.columns else []
    _check(columns)
    progress = _Progress()
    found: Iterable[RunRecord] = progress.counted(_records(asked.where or [None], cache=not asked.no_cache))
    if test is not None:
        found = filter(test, found)
    if order is not None and asked.limit is not None:  # of a million runs only those that are shown are held
        found = (nlargest if order[1] else nsmallest)(max(asked.limit, 0), found, key=order[0])
        order = None
    elif asked.limit is not None:
        found = islice(found, max(asked.limit, 0))
    if asked.json:
        _print_json(found, order)
    elif asked.csv:
        path = None if asked.csv == "-" else Path(asked.csv)
        with nullcontext(sys.stdout) if path is None else path.open("w", newline="", encoding="utf-8") as file:
            _write_csv(file, found, columns, order)
    else:
        _print_table(found, columns, order, progress, filtered=test is not None)
    progress.end()


def _check(columns: Sequence[str]) -> None:
    """Refuse a column that no run can have, before any run is read."""
    for column in columns:
        getter(column)


def _records(places: Sequence[str | None], *, cache: bool) -> Iterator[RunRecord]:
    """Return the runs at all places, one after the other; a place without runs is refused at once."""
    return chain.from_iterable([list_runs(place, cache=cache) for place in places])


def _in_order(found: Iterable[RunRecord], shown: Callable[[RunRecord], T], order: Order | None) -> Iterator[T]:
    """Yield what is shown of each run, at once or sorted: that alone is held then, a tenth of what a run says."""
    if order is None:
        return map(shown, found)
    key, descending = order
    pairs = sorted(((key(record), shown(record)) for record in found), key=itemgetter(0), reverse=descending)
    return map(itemgetter(1), pairs)


def _print_json(found: Iterable[RunRecord], order: Order | None) -> None:
    """Print an object with all runs, each as soon as it is read."""

    def line(record: RunRecord) -> str:
        return json.dumps(json_ready(run_to_row(record)), ensure_ascii=False, allow_nan=False)

    out, between = sys.stdout, "\n"
    out.write(f'{{\n  "schema": {_SCHEMA},\n  "runs": [')
    for text in _in_order(found, line, order):
        out.write(f"{between}    {text}")
        between = ",\n"
    out.write("\n  ]\n}\n")


def _write_csv(file: IO[str], found: Iterable[RunRecord], columns: Sequence[str], order: Order | None) -> None:
    found = iter(found)
    first = list(islice(found, _LOOKED_AT))
    columns = columns or default_columns(first)
    file.write(csv_line(columns))
    for cells in _in_order(chain(first, found), lambda record: row_of(record, columns), order):
        file.write(csv_line(json.dumps(json_ready(cell)) if isinstance(cell, list | dict) else cell for cell in cells))


def _print_table(
    found: Iterable[RunRecord], columns: Sequence[str], order: Order | None, progress: _Progress, *, filtered: bool
) -> None:
    found = iter(found)
    first = list(islice(found, _LOOKED_AT))
    if not first:
        progress.end()
        asked = "no run matches --filter" if filtered else "no run can be read"
        sys.stderr.write(f"trackexp: {asked} ({progress.count:,} read)\n")
        return
    columns = columns or default_columns(first)
    rows = _in_order(chain(first, found), lambda record: row_of(record, columns), order)
    begin = list(islice(rows, _LOOKED_AT))
    progress.end()
    out, is_terminal = sys.stdout, sys.stdout.isatty()
    table = TextTable(
        columns,
        width=shutil.get_terminal_size().columns if is_terminal else None,
        colour=is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb",
    )
    heading, left_out = table.begin(begin)
    out.write(f"{heading}\n")
    out.writelines(f"{table.line(row)}\n" for row in chain(begin, rows))
    if left_out:
        sys.stderr.write(f"trackexp: {left_out} more columns than fit: {', '.join(columns[-left_out:])}\n")


class _Progress:
    """How many runs were read, on a terminal and for long work alone."""

    def __init__(self) -> None:
        self.count = 0
        self._say: Callable[[str], Any] | None = sys.stderr.write if sys.stderr.isatty() else None
        self._next = time.monotonic() + 5 * _EVERY
        self._said = False

    def counted(self, found: Iterator[RunRecord]) -> Iterator[RunRecord]:
        """Yield the runs, and say now and then how many there were."""
        for record in found:
            self.count += 1
            if self._say is not None and time.monotonic() > self._next:
                self._say(f"\r{self.count:,} runs read …\x1b[K")
                sys.stderr.flush()
                self._said, self._next = True, time.monotonic() + _EVERY
            yield record

    def end(self) -> None:
        """Clear the line; nothing is said from now on."""
        if self._said and self._say is not None:
            self._say("\r\x1b[K")
            sys.stderr.flush()
        self._say, self._said = None, False
