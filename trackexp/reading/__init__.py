"""Runs that W&B wrote → RunRecord; what is public is loaded on first use.

A script that ends looks for the end of its run's file, and needs neither the reader for that nor the numpy behind it.
"""

from __future__ import annotations

from trackexp._lazy import attach

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trackexp.reading.listing.runs import list_runs
    from trackexp.reading.runs import read_run, read_runs
else:
    __getattr__, __dir__ = attach(
        __name__,
        {
            "trackexp.reading.listing.runs": ["list_runs"],
            "trackexp.reading.runs": ["read_run", "read_runs"],
        },
    )

__all__ = ["list_runs", "read_run", "read_runs"]
