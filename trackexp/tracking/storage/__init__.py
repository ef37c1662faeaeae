"""What W&B leaves on the disk beside the runs, and which of it nobody needs any more."""

from __future__ import annotations

from trackexp.tracking.storage.garbage import Leftover, free, leftovers

__all__ = ["Leftover", "free", "leftovers"]
