"""`trackexp promote`: point an alias at a run's best model, if every gate lets it pass."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from trackexp.cli.naming import resolved
from trackexp.errors import UsageError
from trackexp.reading.runs import read_trained_run
from trackexp.registry.promotion import promote as decide
from trackexp.reporting import console

if TYPE_CHECKING:
    from rich.console import Console

    from trackexp.registry.promotion import Promotion

Name = Annotated[str, typer.Option("--as", metavar="NAME", help="Name of the model, such as lemon-mold.")]
To = Annotated[str, typer.Option("--to", metavar="ALIAS", help="The alias to move to it.")]
Data = Annotated[
    str | None,
    typer.Option(metavar="PLACE", help="Rows to evaluate on; default: the latest evaluation on this disk."),
]
Require = Annotated[
    list[str] | None,
    typer.Option(help="Such as 'log_loss < 0.3', held by the bad end of its interval; repeatable."),
]
Margin = Annotated[
    float | None,
    typer.Option(help="Accept a model at most this much worse than the holder; default: only a better one."),
]
Waive = Annotated[list[str] | None, typer.Option(metavar="GATE", help="Pass despite this gate; repeatable.")]
Reason = Annotated[str, typer.Option(metavar="TEXT", help="Why; needed to waive a gate.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check the gates, and write nothing.")]
Constructor = Annotated[str | None, typer.Option("--model", help="package.module:build, for a file of weights.")]
Trust = Annotated[bool, typer.Option("--trust", help="Load files that can run code: pickles, Lambda layers.")]
Json = Annotated[bool, typer.Option("--json", help="Print everything as JSON.")]


def promote(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A folder, a .wandb file, latest, an id or a name.")],
    name: Name,
    to: To = "staging",
    data: Data = None,
    require: Require = None,
    margin: Margin = None,
    waive: Waive = None,
    reason: Reason = "",
    dry_run: DryRun = False,
    constructor: Constructor = None,
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Promote the best model of a run, if every gate lets it pass.

    Gates: no error among the findings, the file reloads, it was evaluated, thresholds, better than the holder of the
    alias on the same rows, no training rows among them, how often they were looked at. All are told at once, and the
    decision is written to the ledger. Exit 1 on refusal.
    """
    if waive and not reason.strip():
        raise UsageError("--waive needs --reason TEXT: it stands in the ledger for whoever asks later.")
    found = decide(
        read_trained_run(resolved(run)),
        name,
        to=to,
        data=data,
        require=tuple(require or ()),
        margin=margin,
        waive=dict.fromkeys(waive or (), reason),
        reason=reason,
        dry_run=dry_run,
        constructor=constructor,
        trust=trust,
    )
    if as_json:
        sys.stdout.write(json.dumps({**found.to_dict(), "dry_run": dry_run}, indent=2, allow_nan=False) + "\n")
    else:
        _print(found, console(sys.stdout), dry_run=dry_run)
    if not found.granted:
        raise typer.Exit(1)


def _print(found: Promotion, out: Console, *, dry_run: bool) -> None:
    """Print the decision, then every gate in a line."""
    event = found.event
    what = f"{event.model}@{event.version.short}"
    held = f", held by {event.previous[:12]} before" if event.previous else ""
    if found.granted:
        first = f"{'Would be promoted' if dry_run else 'Promoted'}: {what} to {event.alias}{held}"
    else:
        blocking = ", ".join(gate.gate for gate in found.gates if gate.blocks)
        first = f"{'Would be refused' if dry_run else 'Refused'}: {what} to {event.alias}, by {blocking}"
    out.print(Text(first, style="bold green" if found.granted else "bold red"))
    signs = {"passed": "✓", "failed": "✗", "cannot tell": "?", "waived": "~"}
    for gate in found.gates:
        because = f" (waived: {gate.reason})" if gate.outcome == "waived" else ""
        out.print(Text(f"  {signs[gate.outcome]} {gate.gate:<10} {gate.text}{because}"))
