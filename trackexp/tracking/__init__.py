"""From the script to the run: opening it, writing to it, ending it."""

from __future__ import annotations

from trackexp.tracking.closing import close, exit_code_of
from trackexp.tracking.options import TrackOptions, model_file_name, one_of
from trackexp.tracking.run import Run

__all__ = ["Run", "TrackOptions", "close", "exit_code_of", "model_file_name", "one_of"]
