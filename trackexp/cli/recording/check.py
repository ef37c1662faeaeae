"""`trackexp check SCRIPT`: look at the first fit of a script, and stop before it trains."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from trackexp.cli.recording.script import find_script
from trackexp.cli.runs.diagnose import Words, command_policy, refuse_crashed, show_diagnosis
from trackexp.cli.runs.sarif import check_formats, gaps_of, innermost_own_line, relative, sarif_text
from trackexp.diagnosis import Status, diagnose
from trackexp.reporting import to_json
from trackexp.reporting.sarif import SarifSubject
from trackexp.session import Session
from trackexp.tracking.live_diagnosis import FitLookedAtError
from trackexp.tracking.options import TrackOptions

if TYPE_CHECKING:
    from types import TracebackType

    from trackexp.cli.recording.script import Script
    from trackexp.diagnosis import Diagnosis
    from trackexp.record import RunRecord

SCHEMA, NEVER_TRAINED = 1, 2
# Names without which a script hardly trains: of Keras, of PyTorch's trainers, of a loop of one's own.
_TRAINING = frozenset({"fit", "train_on_batch", "train_step", "train", "Trainer", "backward", "follow", "GradientTape"})


def check(
    script: Annotated[str, typer.Argument(metavar="SCRIPT", help="A Python file, or with -m a module's name.")],
    arguments: Annotated[list[str] | None, typer.Argument(metavar="[ARGS]...", help="The script's arguments.")] = None,
    module: Annotated[bool, typer.Option("-m", help="SCRIPT is a module, as for python -m.")] = False,
    select: Words = None,
    ignore: Words = None,
    fail_on: Annotated[
        str | None, typer.Option(metavar="SEVERITY", help="Exit 1 from this severity on: error, warning or info.")
    ] = None,
    max_seconds: Annotated[
        float | None, typer.Option(min=1, metavar="SECONDS", help="Stop where no fit has begun by then.")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Show the outcome of every rule.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
    sarif: Annotated[bool, typer.Option("--sarif", help="Print SARIF 2.1.0, for code scanning and editors.")] = False,
) -> None:
    """Check the first fit of a script, and stop before it trains: takes seconds, made for CI.

    Nothing is recorded and nothing is sent. What the script prints goes to stderr. Of a stream, or where the model is
    not built yet, one batch is trained on. Exit 1 when an error or a warning is found, 2 when no training began.
    """
    check_formats(json=json, sarif=sarif)
    policy = command_policy(select, ignore, fail_on)
    try:
        program = find_script(script, arguments or (), module=module)
    except SyntaxError as error:
        if sarif:
            typer.echo(_sarif_of(script, Path(script), error.lineno or 1, None, f"it is no Python: {error.msg}"))
        raise typer.Exit(_said(error)) from error
    _announce(script, program, max_seconds)
    record, ended, trace = _looked(program, max_seconds)
    found = diagnose(record, policy=policy)
    if json:
        typer.echo(
            to_json({"schema": SCHEMA, "script": script, "fits": record.fits, "ended": ended, **found.to_dict()})
        )
    elif sarif:
        place, line = innermost_own_line(trace, Path(program.argv[0]))
        typer.echo(_sarif_of(script, place, line, found, ended))
    elif record.facts:
        show_diagnosis(record, found, title=script, verbose=verbose)
    if ended is not None:
        typer.echo(f"trackexp: {script} ended before it began to train: {ended}", err=True)
    refuse_crashed(found)
    if policy.failing(found.findings):
        raise typer.Exit(1)
    if ended is not None:
        raise typer.Exit(NEVER_TRAINED)


def _announce(name: str, script: Script, max_seconds: float | None) -> None:
    """Say before a script runs that nothing in it can be seen to train."""
    if not calls_fit(script):
        limit = f"after {max_seconds:g} s at the latest" if max_seconds else "at its end (or pass --max-seconds)"
        typer.echo(f"trackexp: {name} calls no fit that can be seen; it runs, and stops {limit}", err=True)


def _said(error: SyntaxError) -> int:
    """Say what Python says of a script that is no Python."""
    typer.echo("".join(traceback.format_exception_only(error)).rstrip(), err=True)
    return NEVER_TRAINED


def _sarif_of(script: str, place: Path, line: int, found: Diagnosis | None, failure: str | None) -> str:
    """Return what was found in a script as SARIF, at the line that began to train."""
    findings, gaps = (found.findings, gaps_of(found, Status.CRASHED)) if found is not None else ((), {})
    return sarif_text([SarifSubject(script, relative(place), findings, line=line, gaps=gaps, failure=failure)])


def calls_fit(script: Script) -> bool:
    """Return whether the script, or a module that lies beside it, names anything that trains, as far as can be read."""
    names = set(_names_in(script.code))
    folder = Path(script.code.co_filename).absolute().parent
    for path in (folder / f"{name}.py" for name in sorted(names)):
        if path.is_file():
            try:
                names |= set(_names_in(compile(path.read_bytes(), str(path), "exec", dont_inherit=True)))
            except (OSError, SyntaxError, ValueError):
                return True  # it cannot be said
    return not names.isdisjoint(_TRAINING)


def _names_in(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names_in(constant)


class _OutOfTime(BaseException):
    """No fit has begun in time; no `except Exception` of the script may catch it."""


@contextmanager
def _limited(seconds: float | None) -> Iterator[None]:
    """Raise `_OutOfTime` in the block when the seconds are over; where there is no alarm there is no limit."""
    if seconds is None or not hasattr(signal, "setitimer"):
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise _OutOfTime

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _looked(script: Script, seconds: float | None = None) -> tuple[RunRecord, str | None, TracebackType | None]:
    """Run the script under a `track` that keeps nothing.

    Returns:
        The run so far, why no training began, and the way from the script to the end of the look.
    """
    for name in ("TRACKEXP_DISABLED", "RANK"):  # the one would switch the look off, the other leave it to rank 0
        os.environ.pop(name, None)
    script.enter()
    with tempfile.TemporaryDirectory(prefix="trackexp-check-") as folder:
        quiet = {"console": "off", "silent": True, "disable_git": True}
        options = TrackOptions(mode="offline", dir=folder, best_model=None, save_code=False, settings=quiet)
        session = Session(options, hold=True)
        session.run.voice.silence()
        session.run.state.look_only = True
        try:
            with redirect_stdout(sys.stderr):
                error, trace = _ended(script, seconds)
            record = session.run.as_record()
        finally:
            session.end(None)
    return record, error if error or record.facts else "it called no fit of Keras", trace


def _ended(script: Script, seconds: float | None) -> tuple[str | None, TracebackType | None]:
    """Run the script; return what it ended with and where, no word if it came to its first fit or to its own end."""
    try:
        with _limited(seconds):
            script.run()
    except _OutOfTime as late:
        return f"no fit has begun within {seconds:g} s (--max-seconds)", script.traceback_of(late)
    except FitLookedAtError as looked:
        return str(looked) or None, script.traceback_of(looked)
    except SystemExit as ended:
        return f"it exited with {0 if ended.code is None else ended.code!r}", script.traceback_of(ended)
    except Exception as raised:
        way = script.traceback_of(raised)
        trace = traceback.extract_tb(way)
        where = f" (line {trace[0].lineno})" if trace else ""
        return f"{type(raised).__name__}: {raised}{where}", way
    return None, None
