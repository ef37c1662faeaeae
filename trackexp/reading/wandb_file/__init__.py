"""A `.wandb` file → RunRecord, without importing wandb."""

from __future__ import annotations

from trackexp.reading.wandb_file.assembly import read_ends, read_file, read_title, run_id_of

__all__ = ["read_ends", "read_file", "read_title", "run_id_of"]
