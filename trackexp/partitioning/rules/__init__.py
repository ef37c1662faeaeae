"""The rules over a partition, one file each."""
