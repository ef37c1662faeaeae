"""Commands on runs that are there: look, compare."""
