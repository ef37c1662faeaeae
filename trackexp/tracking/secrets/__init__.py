"""Secrets: found in what a run would store, masked, counted and located; the value itself is kept nowhere."""

from __future__ import annotations

from trackexp.tracking.secrets.scrubber import Masked, Scrubber

__all__ = ["Masked", "Scrubber"]
