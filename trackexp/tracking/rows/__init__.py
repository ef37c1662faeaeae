"""Rows beside the epochs: the metrics of every batch, and examples that people look at."""
