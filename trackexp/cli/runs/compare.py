"""`trackexp compare RUN…`: what differs, what it did, and which run to believe."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import nullcontext
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trackexp.cli.naming import resolved
from trackexp.cli.runs.diagnose import command_policy
from trackexp.comparison import compare as compared
from trackexp.comparison.findings import failing
from trackexp.reading import read_run, read_runs
from trackexp.reporting import console, to_json

if TYPE_CHECKING:
    from trackexp.comparison import Comparison
    from trackexp.record import Finding, RunRecord

LOST = 1

_Metric = Annotated[
    list[str] | None,
    typer.Option(
        help="The metric that decides, such as val/loss or latency_ms:min; default what the runs monitored. "
        "Of several the first decides, and a Pareto table has all."
    ),
]
_Baseline = Annotated[str | None, typer.Option(metavar="RUN", help="The run to beat; exit 1 if nobody does.")]
_GroupBy = Annotated[
    list[str] | None,
    typer.Option(help="Config keys, or group, by which runs repeat each other; default seeds and folds."),
]
_Require = Annotated[
    list[str] | None, typer.Option(help="A threshold such as 'latency_ms < 20'; exit 1 if no run keeps all.")
]
_FailOn = Annotated[
    str | None,
    typer.Option(help="Exit 1 on findings: error, warning or info and worse, or codes and names of rules."),
]
_Csv = Annotated[Path | None, typer.Option(metavar="FILE", help="Write the table as CSV; - is standard output.")]
_Html = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Write everything as one page that opens without a network.")
]


def compare(
    runs: Annotated[
        list[str] | None,
        typer.Argument(metavar="RUN", help="Runs, or folders of runs; without any, all that W&B wrote here."),
    ] = None,
    metric: _Metric = None,
    baseline: _Baseline = None,
    group_by: _GroupBy = None,
    require: _Require = None,
    test: Annotated[str, typer.Option(help="How groups are told apart: auto, permutation, wilcoxon or t.")] = "auto",
    interval: Annotated[str, typer.Option(help="Of the mean of a group: t or bootstrap.")] = "t",
    fail_on: _FailOn = None,
    csv: _Csv = None,
    html: _Html = None,
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print it as Markdown, for a pull request.")] = False,
) -> None:
    """Compare runs and say which one to believe.

    It shows what differs between them and nothing that does not, what each reached, and what is wrong with it. A
    better number with an error-level finding never wins. Runs that repeat each other with other seeds or folds are
    judged together, and said to be tied where chance is not ruled out. The exit code is 1 only where something was
    asked and lost: --baseline, --require, --fail-on (or fail_on in the project's files).
    """
    policy = command_policy()
    records = _records(runs or [])
    against = _baseline(baseline, records)
    comparison = compared(
        records,
        metric=metric,
        baseline=against,
        group_by=group_by or None,
        require=require,
        test=test,  # type: ignore[arg-type]  # a wrong word is refused with the right ones
        interval=interval,  # type: ignore[arg-type]
        policy=policy,
    )
    failed = failing(comparison, fail_on if fail_on is not None else policy.fail_on)
    if html is not None:
        typer.echo(f"trackexp: the page is {comparison.to_html(html)}", err=True)
    _print(comparison, json=json, markdown=markdown, csv=csv)
    _end(comparison, failed)


def _print(comparison: Comparison, *, json: bool, markdown: bool, csv: Path | None) -> None:
    if csv is not None and str(csv) != "-":
        csv.write_text(comparison.to_csv(), encoding="utf-8")
    if json:
        typer.echo(to_json(comparison.to_dict()))
    elif markdown:
        typer.echo(comparison.to_markdown(), nl=False)
    elif csv is not None and str(csv) == "-":
        typer.echo(comparison.to_csv(), nl=False)
    else:
        comparison.show(sys.stdout)


def _end(comparison: Comparison, failed: Iterable[Finding]) -> None:
    """Exit with 1 where something was asked and lost, and say what."""
    lost = list(comparison.lost)
    codes = dict.fromkeys(f"{finding.code} {finding.name}" for finding in failed)
    if codes:
        lost.append(f"--fail-on met {', '.join(codes)}")
    for reason in lost:
        typer.echo(f"trackexp: {reason}", err=True)
    if lost:
        raise typer.Exit(LOST)


def _baseline(asked: str | None, records: list[RunRecord]) -> RunRecord | str | None:
    """Return the baseline among the runs by its id or name, else the run at that place."""
    if asked is None or any(asked in (record.id, record.name) for record in records):
        return asked
    return read_run(resolved(asked))


def _records(places: list[str]) -> list[RunRecord]:
    """Read the runs at every place, each run once: of a resumed one the session that started last."""
    newest: dict[str, RunRecord] = {}
    doubled: dict[str, str] = {}
    everywhere: list[str | None] = [*map(resolved, places)] or [None]
    talk = console(sys.stderr)
    with talk.status("reading runs …") if talk.is_terminal else nullcontext() as status:

        def told(count: int, total: int | None) -> None:
            if status is not None:
                status.update(f"{count:,} of {total:,} runs read …" if total else f"{count:,} runs read …")

        for record in chain.from_iterable(read_runs(place, progress=told) for place in everywhere):
            before = newest.setdefault(record.id, record)
            if before is not record and _place(before) != _place(record):
                doubled[record.id] = record.title
                newest[record.id] = max(before, record, key=_started)
    for run, title in doubled.items():
        typer.echo(f"trackexp: {title} ({run}) lies in several folders; its latest session is compared", err=True)
    return list(newest.values())


def _place(record: RunRecord) -> Path | None:
    return record.path.resolve() if record.path else None  # `latest` comes through a symlink


def _started(record: RunRecord) -> float:
    return record.started_at.timestamp() if record.started_at else 0.0
