"""`trackexp diff RUN RUN`: everything that differs between two runs."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from trackexp.cli.naming import resolved
from trackexp.cli.runs.diagnose import command_policy
from trackexp.comparison.run_diff import SECTIONS
from trackexp.comparison.run_diff import diff as differing
from trackexp.reading import read_run
from trackexp.reporting import to_json


def diff(
    first: Annotated[str, typer.Argument(metavar="RUN", help="A run folder, a .wandb file, an id, a name, or latest.")],
    second: Annotated[str, typer.Argument(metavar="RUN", help="The run to hold against it.")],
    code: Annotated[bool, typer.Option("--code", help="Only the code: commit, and what was changed since.")] = False,
    env: Annotated[bool, typer.Option("--env", help="Only the environment: hardware, Python, packages.")] = False,
    data: Annotated[bool, typer.Option("--data", help="Only the data: hash, shape, class counts.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Show everything that differs between two runs, and nothing that does not.

    Config, data, code as a unified diff, environment, findings, metrics and system peaks. What a run does not say is
    no difference. That runs differ does not change the exit code.
    """
    asked = {"code": code, "environment": env, "data": data}
    sections = tuple(section for section in SECTIONS if asked.get(section)) or SECTIONS
    found = differing(read_run(resolved(first)), read_run(resolved(second)), policy=command_policy())
    if json:
        typer.echo(to_json(found.to_dict(sections)))
    else:
        found.show(sys.stdout, sections)
