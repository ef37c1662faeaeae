"""Runs of a W&B server → RunRecord, through W&B's public API."""

from __future__ import annotations

from trackexp.reading.api.fetching import fetch_run, fetch_runs

__all__ = ["fetch_run", "fetch_runs"]
