"""Answers given only where the model is sure."""
