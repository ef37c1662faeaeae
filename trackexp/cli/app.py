"""The commands together, and what becomes of an error in any of them."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import trackexp
from trackexp.cli.data.partition import partition
from trackexp.cli.models.evaluate import evaluate
from trackexp.cli.models.monitor import monitor
from trackexp.cli.models.predictions import predictions
from trackexp.cli.models.serve import serve
from trackexp.cli.outcome import told
from trackexp.cli.recording.check import check
from trackexp.cli.recording.demo import demo
from trackexp.cli.recording.doctor import doctor
from trackexp.cli.recording.gc import gc
from trackexp.cli.recording.restore_code import restore_code
from trackexp.cli.recording.run import AS_PYTHON, run
from trackexp.cli.recording.stamp import stamp
from trackexp.cli.registry.models import models
from trackexp.cli.registry.promote import promote
from trackexp.cli.registry.rollback import rollback
from trackexp.cli.runs.compare import compare
from trackexp.cli.runs.diagnose import diagnose
from trackexp.cli.runs.diff import diff
from trackexp.cli.runs.explain import explain
from trackexp.cli.runs.ls import main as list_runs
from trackexp.cli.runs.show import show
from trackexp.cli.runs.sync import sync


class _Commands(TyperGroup):
    """Every error of ours in one clear message, whatever the command."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; what it raises becomes a message on stderr and an exit code."""
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort):
            raise
        except (Exception, KeyboardInterrupt) as error:
            if hasattr(error, "exit_code"):  # a wrong option: typer says so itself
                raise
            raise typer.Exit(told(error)) from error


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Say what is wrong with a training run, and which run to believe.",
)


@app.command("ls", add_help_option=False, context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
def _ls(context: typer.Context) -> None:
    """List runs with their state and what they reached; choose, sort and export them."""
    raise typer.Exit(list_runs(context.args))


app.command()(show)
app.command()(compare)
app.command()(sync)
app.command()(diagnose)
app.command()(explain)
app.command(context_settings=AS_PYTHON)(check)
app.command(context_settings=AS_PYTHON)(run)
app.command()(doctor)
app.command()(gc)
app.command()(stamp)
app.command()(restore_code)
app.command()(diff)
app.command()(partition)
app.command()(evaluate)
app.command()(predictions)
app.command()(promote)
app.command()(models)
app.command()(rollback)
app.command()(serve)
app.command()(monitor)
app.command()(demo)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"trackexp {trackexp.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[  # noqa: ARG001 - its callback has answered before we are called
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without ✗ shows "?", not a traceback
