"""Evaluations as people see them: on the terminal, in a run, in files."""
