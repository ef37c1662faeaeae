"""Rows to evaluate on: arrays, tables, folders of images, Keras's datasets, or what a function gives, in batches."""

from __future__ import annotations

from trackexp.models.data.opening import open_data
from trackexp.models.data.predictions_file import is_predictions_file, read_predictions
from trackexp.models.data.source import Batch, DataOptions, DataSource

__all__ = ["Batch", "DataOptions", "DataSource", "is_predictions_file", "open_data", "read_predictions"]
