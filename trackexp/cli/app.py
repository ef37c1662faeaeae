"""The commands together, and what becomes of an error in any of them.

A command's module is imported when the command is asked for: together they need pandas, rich, scipy and W&B, of which
`--help` and most commands need little.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

import trackexp
from trackexp.cli.outcome import told

# Name → the room its module lies in, and the first sentence of its documentation, in the order of `--help`.
COMMANDS = {
    "show": ("runs", "Show one run, what it reached and what is wrong with it."),
    "view": ("runs", "Show runs live in a browser: a table, curves that grow, comparisons; Ctrl-C ends it."),
    "compare": ("runs", "Compare runs and say which one to believe."),
    "sync": ("runs", "Send what the server lacks of these runs, and verify that it arrived."),
    "diagnose": (
        "runs",
        "Say what is wrong with recorded runs; exit 1 on an error or a warning.",
    ),
    "explain": (
        "runs",
        "Explain a rule: what it detects, why it matters and what to do; without a rule, list them all.",
    ),
    "check": (
        "recording",
        "Check the first fit of a script, and stop before it trains: takes seconds, made for CI.",
    ),
    "run": ("recording", "Record an unmodified script as one run."),
    "doctor": ("recording", "Check key, server, folders, versions, backend and code."),
    "gc": ("recording", "Free what W&B left in staging, cache and /tmp."),
    "stamp": ("recording", "Write commit, branch, remote and uncommitted changes into a file."),
    "restore-code": ("recording", "Restore the working tree that a run was started from."),
    "diff": ("runs", "Show everything that differs between two runs, and nothing that does not."),
    "partition": (
        "data",
        "Split rows into parts and folds, and prove that nothing leaks; or check an existing split.",
    ),
    "crossval": (
        "recording",
        "Cross-validate settings of a script: every fold runs it with its parameters as options, in a run of its own.",
    ),
    "evaluate": ("models", "Evaluate a model on data, or existing predictions."),
    "predictions": ("models", "Get the predictions table of a run."),
    "promote": ("registry", "Promote the best model of a run, if every gate lets it pass."),
    "models": ("registry", "List registered models: who holds which alias, and what is wrong with the other versions."),
    "rollback": ("registry", "Point an alias back at the version that held it before."),
    "report": ("registry", "Report what was tried, what was chosen and why, from the runs and the ledger."),
    "serve": ("models", "Serve a model over HTTP."),
    "monitor": (
        "models",
        "Hold a log of predictions against a reference, or compare all versions of a model.",
    ),
    "demo": ("recording", "Train three runs on handwritten digits and compare them."),
    "help": ("runs", "Show a page of the documentation; without a topic, list all of them."),
}
# What stands behind the script is the script's, also `--help`.
_AS_PYTHON = {"check": {"allow_interspersed_args": False}, "run": {"allow_interspersed_args": False}}
_HELP = {"help_option_names": ["-h", "--help"]}


class _OnDemand(TyperCommand):
    """A command that is imported with its first use, and known by its summary until then."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Parse the arguments as the command itself does."""
        return _imported(str(self.name)).make_context(info_name, args, parent=parent, **extra)


class _Commands(TyperGroup):
    """Every error of ours in one clear message, whatever the command."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, (_, summary) in COMMANDS.items():
            self.add_command(_OnDemand(name, help=summary, rich_markup_mode=None))

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


def _imported(name: str) -> Any:
    """Return a command with its arguments and options."""
    function = name.replace("-", "_")
    module = import_module(f"trackexp.cli.{COMMANDS[name][0]}.{function}")
    alone = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    alone.command(name, context_settings=_HELP | _AS_PYTHON.get(name, {}))(getattr(module, function))
    return typer.main.get_command(alone)


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings=_HELP,
    help="Say what is wrong with a training run, and which run to believe.",
)


@app.command("ls", add_help_option=False, context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
def _ls(context: typer.Context) -> None:
    """List runs with their state and what they reached; choose, sort and export them."""
    raise typer.Exit(import_module("trackexp.cli.runs.ls").main(context.args))


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
