"""The rules, one file each, one folder a family; a rule is found by being in its place."""
