"""What sending a run to a server, or to the same one again, needs of its file."""

from __future__ import annotations
