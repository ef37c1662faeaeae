"""`trackexp check SCRIPT`: look at the first fit of a script, and stop before it trains."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Annotated

import typer

from trackexp.cli.judging.diagnose import Words, fails, judged, show_diagnosis

if TYPE_CHECKING:
    from trackexp.record import RunRecord
    from trackexp.tracking.process.script import Script

SCHEMA, NEVER_FITTED = 1, 2


def check(
    script: Annotated[str, typer.Argument(metavar="SCRIPT", help="A Python file, or with -m a module's name.")],
    arguments: Annotated[list[str] | None, typer.Argument(metavar="[ARGS]...", help="The script's own.")] = None,
    module: Annotated[bool, typer.Option("-m", help="SCRIPT is a module, as for python -m.")] = False,
    select: Words = None,
    ignore: Words = None,
    fail_on: Annotated[
        str | None, typer.Option(metavar="SEVERITY", help="Exit 1 from this severity on: error, warning or info.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> None:
    """Run a script until its first fit has been looked at, and stop before it trains: seconds, for CI.

    Nothing is recorded and nothing is sent. What the script prints goes to stderr. Exit 1 when an error or a warning is
    found, 2 when the script ended before it came to a fit.
    """
    from trackexp.diagnosis.configuration import read_configuration, severity_of
    from trackexp.record import Severity
    from trackexp.reporting import to_json
    from trackexp.tracking.process.script import find_script

    configured = read_configuration()
    limit = severity_of("--fail-on", fail_on) if fail_on else configured.fail_on or Severity.WARNING
    record, error = _looked(find_script(script, arguments or (), module=module))
    found = judged(record, configured, select, ignore)
    if json:
        typer.echo(to_json({"schema": SCHEMA, "script": script, "fits": record.fits, **found.to_dict()}))
    elif record.fits:
        show_diagnosis(record, found, title=script)
    if error is not None and not found.findings:
        typer.echo(f"trackexp: {script} ended before its training could be looked at: {error}", err=True)
        raise typer.Exit(NEVER_FITTED)
    if fails(found, limit):
        raise typer.Exit(1)


def _looked(script: Script) -> tuple[RunRecord, str | None]:
    """Run the script under a `track` that keeps nothing; return the run so far, and why it ended before its fit did."""
    from trackexp.keras.looking import FitLookedAtError
    from trackexp.track import Session
    from trackexp.tracking.options import TrackOptions

    os.environ.pop("TRACKEXP_DISABLED", None)
    script.enter()
    error: str | None = "it called no fit of Keras"
    with tempfile.TemporaryDirectory(prefix="trackexp-check-") as folder:
        options = TrackOptions(
            mode="offline", dir=folder, best_model=None, save_code=False, settings={"console": "off"}
        )
        session = Session(options)
        session.run.voice.silence()
        session.run.state.look_only = True
        try:
            with redirect_stdout(sys.stderr):
                script.run()
        except FitLookedAtError:
            error = None
        except SystemExit as ended:
            error = f"it exited with {ended.code!r}"
        except Exception as raised:
            error = f"{type(raised).__name__}: {raised}"
        record = session.run.as_record()
        session.end(None)
    return record, error
