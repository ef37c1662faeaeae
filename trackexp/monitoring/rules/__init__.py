"""The rules over a window of a log, one file each."""
