"""The commands together, and what becomes of an error in any of them."""

from __future__ import annotations

import os
import sys
import traceback
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import trackexp
from trackexp.cli.demo import demo
from trackexp.cli.judging.check import check
from trackexp.cli.judging.diagnose import diagnose
from trackexp.cli.judging.explain import explain
from trackexp.cli.recording.doctor import doctor
from trackexp.cli.recording.gc import gc
from trackexp.cli.recording.restore_code import restore_code
from trackexp.cli.recording.run import AS_PYTHON, run
from trackexp.cli.recording.stamp import stamp
from trackexp.cli.runs.compare import compare
from trackexp.cli.runs.show import show
from trackexp.errors import TrackexpError

CRASHED, STOPPED = 2, 130


class _Commands(TyperGroup):
    """Every error of ours in one clear message, whatever the command."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; what it raises becomes a message on stderr and an exit code."""
        try:
            return super().invoke(ctx)
        except TrackexpError as error:
            typer.echo(f"trackexp: {error}", err=True)
            raise typer.Exit(CRASHED) from error
        except KeyboardInterrupt as error:
            typer.echo("trackexp: stopped", err=True)
            raise typer.Exit(STOPPED) from error
        except BrokenPipeError as error:
            # Whoever read us (`| head`) has seen enough; the interpreter must not flush into the closed pipe again.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from error
        except OSError as error:
            typer.echo(f"trackexp: {error}", err=True)
            raise typer.Exit(CRASHED) from error
        except (typer.Exit, typer.Abort):
            raise
        except Exception as error:
            if hasattr(error, "exit_code"):  # a wrong option: typer says so itself
                raise
            traceback.print_exc()
            typer.echo(
                "trackexp: this is a mistake in trackexp, not in your run; please report the lines above", err=True
            )
            raise typer.Exit(CRASHED) from error


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Say what is wrong with a training run, and which run to believe.",
)
app.command()(show)
app.command()(compare)
app.command()(diagnose)
app.command()(explain)
app.command(context_settings=AS_PYTHON)(check)
app.command(context_settings=AS_PYTHON)(run)
app.command()(doctor)
app.command()(gc)
app.command()(stamp)
app.command()(restore_code)
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
