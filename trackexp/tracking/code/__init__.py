"""The code of a run: its commit, one patch of all that differs from it, its sources; and the tree back from those."""
