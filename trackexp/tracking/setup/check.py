"""One look at one thing of the machine: what was seen, and what to do where it needs a hand."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """How it stands: as it should be, worth knowing, or in need of a hand."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Check:
    """What one look found.

    Args:
        name: What was looked at, in one word.
        seen: What is there.
        fix: What to do; empty where there is nothing to do.
    """

    name: str
    health: Health
    seen: str
    fix: str = ""

    def to_dict(self) -> dict[str, str]:
        """Return it as JSON shows it."""
        return {"name": self.name, "health": str(self.health), "seen": self.seen, "fix": self.fix}
