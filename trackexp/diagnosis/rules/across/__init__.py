"""The rules over several runs, one file each."""
