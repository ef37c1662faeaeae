"""History and summary of a `.wandb` file in one numpy pass; what it cannot prove goes to the careful walker."""

from __future__ import annotations

from trackexp.reading.wandb_file.history.blocks import BlockReader, Records
from trackexp.reading.wandb_file.history.bodies import HISTORY, OTHER, SUMMARY, Bodies, locate, locate_in
from trackexp.reading.wandb_file.history.columns import Cells, Columns
from trackexp.reading.wandb_file.history.items import Items, find_items
from trackexp.reading.wandb_file.history.latest import SummaryUpdates
from trackexp.reading.wandb_file.history.numbers import read_cells

__all__ = [
    "HISTORY",
    "OTHER",
    "SUMMARY",
    "BlockReader",
    "Bodies",
    "Cells",
    "Columns",
    "Items",
    "Records",
    "SummaryUpdates",
    "find_items",
    "locate",
    "locate_in",
    "read_cells",
]
