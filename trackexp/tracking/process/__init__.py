"""The process around a run: a script in it as Python would run it, and the signal that ends it."""
