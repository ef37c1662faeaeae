"""Runs that W&B wrote → RunRecord; what is public is loaded on first use.

A script that ends looks for the end of its run's file, and needs neither the reader for that nor the numpy behind it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trackexp.reading.listing.runs import list_runs
    from trackexp.reading.runs import read_run, read_runs

__all__ = ["list_runs", "read_run", "read_runs"]


def __getattr__(name: str) -> object:
    """Load the reader on first use."""
    if name not in __all__:
        raise AttributeError(f"module 'trackexp.reading' has no attribute {name!r}; it has {', '.join(__all__)}")
    if name == "list_runs":
        from trackexp.reading.listing.runs import list_runs

        return list_runs
    from trackexp.reading import runs

    return getattr(runs, name)
