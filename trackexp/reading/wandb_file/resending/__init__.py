"""What it takes to send a run once more: its artifacts, and a copy of its file without the rows that arrived."""
