"""Rows that are equal, or nearly so: of tables, of images and of texts."""
