"""Evaluations side by side: models on the same rows, parts of one model."""
