"""Metrics of classes: one pass of sums, and areas under curves."""
