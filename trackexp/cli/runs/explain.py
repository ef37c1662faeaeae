"""`trackexp explain [RULE]`: a rule's own documentation, or the table of all."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markdown import Markdown
from rich.text import Text

from trackexp.diagnosis.documentation import documented_rules, page_of, rule_page
from trackexp.monitoring import monitoring_rules
from trackexp.partitioning import partition_rules
from trackexp.reporting import STYLES, console, table, to_json

if TYPE_CHECKING:
    from trackexp.diagnosis.documentation import RulePage

SCHEMA = 1


def explain(
    rule: Annotated[
        str | None, typer.Argument(metavar="[RULE]", help="A code or a name; without it, the table of all rules.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Explain a rule: what it detects, why it matters and what to do; without a rule, list them all."""
    rules = (*documented_rules(), *partition_rules(), *monitoring_rules())
    pages = [page_of(found) for found in rules] if rule is None else [rule_page(rule, rules)]
    if json:
        typer.echo(to_json({"schema": SCHEMA, "rules": [_data(page) for page in pages]}))
    elif rule is None:
        _show_all(pages)
    else:
        _show_one(pages[0])


def _data(page: RulePage) -> dict[str, Any]:
    return {
        "code": page.rule.code,
        "name": page.rule.name,
        "severity": str(page.rule.severity),
        "stability": page.rule.stability,
        "family": page.family,
        "what": page.what,
        "sections": dict(page.sections),
        "thresholds": dict(page.thresholds),
    }


def _show_all(pages: list[RulePage]) -> None:
    rows = [
        (
            page.rule.code,
            page.rule.name,
            Text(str(page.rule.severity), STYLES[page.rule.severity]),
            page.family,
            page.what.rstrip(".") + (" (preview)" if page.rule.stability == "preview" else ""),
        )
        for page in pages
    ]
    table(console(sys.stdout), ("code", "name", "severity", "family", "what it is"), rows)


def _show_one(page: RulePage) -> None:
    out = console(sys.stdout)
    if out.is_terminal:
        out.print(Markdown(page.markdown()))
    else:
        typer.echo(page.markdown())
