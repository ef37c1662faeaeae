"""`trackexp doctor`: whether this machine is fit to record."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from trackexp.reporting import console, printable, table, to_json
from trackexp.tracking.health import Health, check_machine

if TYPE_CHECKING:
    from rich.text import Text

    from trackexp.tracking.health import Check

_SIGNS = {"ok": ("✓", "green"), "note": ("!", "yellow"), "problem": ("✗", "red")}


def doctor(json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False) -> None:
    """Check key, server, folders, versions, backend and code.

    Nothing is recorded. ✗ needs a hand and ends with 1; ! is worth knowing; the key is never shown.
    """
    checks = list(check_machine())
    healthy = all(check.health is not Health.PROBLEM for check in checks)
    if json:
        typer.echo(to_json({"schema": 1, "healthy": healthy, "checks": [check.to_dict() for check in checks]}))
    else:
        _print(checks)
    raise typer.Exit(0 if healthy else 1)


def _print(checks: list[Check]) -> None:
    rows: list[tuple[Text | str, ...]] = []
    for check in checks:
        rows.append((_sign(str(check.health)), check.name, printable(check.seen)))
        if check.fix:
            rows.append(("", "", f"→ {printable(check.fix)}"))
    table(console(sys.stdout), ["", "", ""], rows)


def _sign(health: str) -> Text:
    sign, colour = _SIGNS[health]
    return Text(sign, style=colour)
