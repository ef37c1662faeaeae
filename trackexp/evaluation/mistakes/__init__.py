"""The errors: tables, patterns, slices and suspect labels."""
