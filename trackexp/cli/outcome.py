"""What becomes of an error in any command: a message on stderr and an exit code."""

from __future__ import annotations

import os
import sys

from trackexp.errors import TrackexpError, written_out

CRASHED, STOPPED = 2, 130


def told(error: BaseException) -> int:
    """Say on stderr what went wrong, and return the exit code for it."""
    if isinstance(error, KeyboardInterrupt):
        sys.stderr.write("trackexp: stopped\n")
        return STOPPED
    if isinstance(error, BrokenPipeError):
        # Whoever read us (`| head`) has seen enough; the interpreter must not flush into the closed pipe again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    if isinstance(error, TrackexpError | OSError):
        text = str(error) if isinstance(error, TrackexpError) else written_out(str(error))
        sys.stderr.write(f"trackexp: {text}\n")
        return CRASHED
    import traceback

    sys.stderr.write(written_out("".join(traceback.format_exception(error)), lines=True))
    sys.stderr.write("trackexp: this is a bug in trackexp, not in your run; please report the lines above\n")
    return CRASHED
