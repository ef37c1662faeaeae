"""`trackexp rollback`: point an alias back at the version that held it before."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from trackexp.registry.promotion import roll_back

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the model, such as lemon-mold.")]
Alias = Annotated[str, typer.Option("--from", metavar="ALIAS", help="The alias to move back.")]
Reason = Annotated[str, typer.Option(metavar="TEXT", help="Why.")]
Json = Annotated[bool, typer.Option("--json", help="Print the event as JSON.")]


def rollback(name: Name, alias: Alias = "staging", reason: Reason = "", as_json: Json = False) -> None:
    """Point an alias back at the version that held it before.

    Its file is checked by SHA-256 and reloaded first; nothing is deleted, and the step stands in the ledger.
    """
    event = roll_back(name, alias=alias, reason=reason)
    if as_json:
        sys.stdout.write(json.dumps({"schema": 1, "event": event.to_dict(), "hash": event.hash}, indent=2) + "\n")
        return
    sys.stdout.write(f"{name}:{alias} is {event.version.short} again (was {event.previous[:12]})\n")
