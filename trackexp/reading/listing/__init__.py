"""Many runs in one list: what a table of runs shows, read without numpy and kept for the next time."""

from __future__ import annotations
