"""Runs that repeat each other: which they are, what they reached together, and whether groups of them differ."""
