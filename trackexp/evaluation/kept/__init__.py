"""What is kept of rows that are too many, or too large, to hold."""
