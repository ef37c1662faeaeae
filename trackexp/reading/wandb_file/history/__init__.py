"""History and summary of a `.wandb` file in one numpy pass; what it cannot prove goes to the careful walker."""

from __future__ import annotations

from trackexp.reading.wandb_file.history.bodies import HISTORY, OTHER, SUMMARY, Bodies, locate
from trackexp.reading.wandb_file.history.columns import Cells, Columns
from trackexp.reading.wandb_file.history.items import Items, find_items
from trackexp.reading.wandb_file.history.latest import SummaryUpdates
from trackexp.reading.wandb_file.history.numbers import read_cells

__all__ = [
    "HISTORY",
    "OTHER",
    "SUMMARY",
    "Bodies",
    "Cells",
    "Columns",
    "Items",
    "SummaryUpdates",
    "find_items",
    "locate",
    "read_cells",
]
