"""`trackexp run SCRIPT ARGS…`: a script under `track`, unchanged."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trackexp.cli.recording.script import find_script
from trackexp.session import Session
from trackexp.tracking import TrackOptions

if TYPE_CHECKING:
    from trackexp.cli.recording.script import Script

STOPPED = 130
Text = str | None


def run(
    script: Annotated[str, typer.Argument(metavar="SCRIPT", help="A Python file, or with -m a module's name.")],
    arguments: Annotated[list[str] | None, typer.Argument(metavar="ARGS", help="The script's arguments.")] = None,
    module: Annotated[bool, typer.Option("-m", help="SCRIPT is a module, as for python -m.")] = False,
    project: Annotated[Text, typer.Option(help="W&B's project.")] = None,
    entity: Annotated[Text, typer.Option(help="W&B's entity: a user or a team.")] = None,
    name: Annotated[Text, typer.Option(help="The run's name.")] = None,
    group: Annotated[Text, typer.Option(help="The run's group.")] = None,
    job_type: Annotated[Text, typer.Option(help="The run's job type.")] = None,
    tags: Annotated[list[str] | None, typer.Option("--tag", help="A tag; repeatable.")] = None,
    notes: Annotated[Text, typer.Option(help="A note.")] = None,
    run_id: Annotated[Text, typer.Option("--id", help="The run's id.")] = None,
    resume: Annotated[Text, typer.Option(help="allow, must, never or auto.")] = None,
    folder: Annotated[Path | None, typer.Option("--dir", metavar="DIR", help="Folder for wandb/.")] = None,
    mode: Annotated[str, typer.Option(help="auto, online, offline, shared or disabled.")] = "auto",
    monitor: Annotated[str, typer.Option(help="Metric that decides which model is best.")] = "val_loss",
    monitor_mode: Annotated[str, typer.Option(help="auto, min or max.")] = "auto",
    best_model: Annotated[str, typer.Option(metavar="FILE", help="The best model's file; empty: keep none.")] = (
        "model-best.h5"
    ),
    diagnose: Annotated[bool, typer.Option(help="Diagnose while the script runs.")] = True,
    autolog: Annotated[bool, typer.Option(help="Record every fit without a line in the script.")] = True,
    save_code: Annotated[bool, typer.Option(help="Store the code too, not only its commit.")] = True,
    strict: Annotated[bool, typer.Option(help="Stop at the first failure of tracking.")] = False,
    per_fit: Annotated[bool, typer.Option("--per-fit", help="Give every fit a run of its own, in one group.")] = False,
    strict_secrets: Annotated[bool, typer.Option(help="Refuse to start where a secret would be masked.")] = False,
    view: Annotated[bool, typer.Option("--view", help="Show the runs live in a browser.")] = False,
) -> None:
    """Record an unmodified script as one run.

    It runs as under python: the same argv, the same __main__, the same exit code. The run begins with the script's own
    wandb.init or track, its first fit or its first row; runs that the script begins itself are recorded as it means
    them, and options given here stand. What stands before SCRIPT is for trackexp, what stands behind it is for the
    script.
    """
    options = dict(locals())  # before anything else is bound: exactly the options
    try:
        found = find_script(options.pop("script"), options.pop("arguments") or (), module=options.pop("module"))
    except SyntaxError as error:
        raise typer.Exit(_ended(error, None)) from error
    if options.pop("view"):
        open_view_beside(options["folder"])
    options |= {"id": options.pop("run_id"), "dir": options.pop("folder"), "tags": tags or ()}
    raise typer.Exit(_recorded(found, options | {"best_model": best_model or None}))


def open_view_beside(folder: Path | None) -> None:
    """Start `trackexp view` in a process of its own: it takes nothing of the training, and ends with it."""
    import os
    import subprocess

    command = [sys.executable, "-m", "trackexp", "view", "--parent", str(os.getpid())]
    places = [] if folder is None else [str(folder.absolute())]
    # In a session of its own Ctrl-C is the training's alone; what it says goes where trackexp talks, not to stdout.
    subprocess.Popen([*command, *places], stdin=subprocess.DEVNULL, stdout=2, start_new_session=True)


def _recorded(script: Script, options: Mapping[str, Any]) -> int:
    """Run the script in a session; return what Python would have ended with."""
    sys.excepthook = sys.__excepthook__  # typer has put its own in
    script.enter()
    try:
        session = Session(TrackOptions(**options), lazily=True)
        try:
            script.run()
        except BaseException as error:
            session.end(error, process_ends=True)
            raise
        session.end(process_ends=True)
    except BaseException as error:
        trace = script.traceback_of(error)
        if trace is None:  # not the script's: a wrong key, a wrong option
            raise
        return _ended(error, trace)
    return 0


def _ended(error: BaseException, trace: TracebackType | None) -> int:
    """Say what Python says when a script ends with this error, and return the exit code that it ends with."""
    if isinstance(error, SystemExit):
        if error.code is None or isinstance(error.code, int):
            return error.code or 0
        typer.echo(error.code, err=True)
        return 1
    sys.excepthook(type(error), error.with_traceback(trace), trace)
    return STOPPED if isinstance(error, KeyboardInterrupt) else 1
