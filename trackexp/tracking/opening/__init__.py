"""The beginning of a run: which mode, which key, which folder; adopt the run that is open, or start one."""

from __future__ import annotations

from trackexp.tracking.opening.adoption import leave, open_runs
from trackexp.tracking.opening.run_settings import FINISH_SECONDS
from trackexp.tracking.opening.starting import ONLINE_SECONDS, open_run

__all__ = ["FINISH_SECONDS", "ONLINE_SECONDS", "leave", "open_run", "open_runs"]
