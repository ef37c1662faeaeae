"""`trackexp models`: registered models, who holds which alias, what was decided and why."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from trackexp.registry.ledger import LedgerFolder
from trackexp.registry.overview import lineage_of, overview_of
from trackexp.registry.places import ledger_folder
from trackexp.reporting import console
from trackexp.reporting.markdown import markdown_table

if TYPE_CHECKING:
    from trackexp.registry.overview import ModelOverview

Name = Annotated[str | None, typer.Argument(metavar="[NAME]", help="One model; default: all.")]
History = Annotated[bool, typer.Option("--history", help="Every decision, oldest first.")]
Lineage = Annotated[bool, typer.Option("--lineage", help="From the data to the promotion, as a tree.")]
Json = Annotated[bool, typer.Option("--json", help="Print as JSON.")]
Markdown = Annotated[bool, typer.Option("--markdown", help="Print as Markdown; the lineage as Mermaid.")]


def models(
    name: Name = None,
    history: History = False,
    lineage: Lineage = False,
    as_json: Json = False,
    markdown: Markdown = False,
) -> None:
    """List registered models: who holds which alias, and what is wrong with the other versions.

    Every event of the ledger is verified on the way; an edited, missing or doubled one exits 2 and is named.
    """
    ledgers = LedgerFolder(ledger_folder())
    found = [overview_of(ledgers.read_known(one)) for one in ([name] if name else ledgers.names())]
    if as_json:
        _print_json(found, one=name is not None)
    elif lineage:
        for model in found:
            sys.stdout.write(lineage_of(model.ledger).to_mermaid() if markdown else lineage_of(model.ledger).to_text())
    elif markdown:
        sys.stdout.write("\n\n".join(_markdown(model, history=history) for model in found) + "\n")
    else:
        _print(found, history=history)


def _print_json(found: Sequence[ModelOverview], *, one: bool) -> None:
    data: dict[str, Any] = {"schema": 1, "models": [model.to_dict() for model in found]}
    if one:
        data = {**data, **found[0].to_dict()}
    sys.stdout.write(json.dumps(data, indent=2) + "\n")


def _print(found: Sequence[ModelOverview], *, history: bool) -> None:
    out = console(sys.stdout)
    if not found:
        out.print("no model is registered here; promote one: trackexp promote RUN --as NAME")
    for model in found:
        head, rows = model.history() if history else model.versions()
        table = Table(title=model.name, title_justify="left", title_style="bold")
        for column in head:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*row)
        out.print(table)
        for line in model.conflicts:
            out.print(line)


def _markdown(model: ModelOverview, *, history: bool) -> str:
    head, rows = model.history() if history else model.versions()
    told = "".join(f"\n\n{line}" for line in model.conflicts)
    return f"## {model.name}\n\n{markdown_table(head, rows)}{told}"
