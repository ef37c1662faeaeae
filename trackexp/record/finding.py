"""One thing that is wrong with a run."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How bad it is: an error disqualifies the run, a warning asks for a look, info is no alarm."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: what was seen, and what to do about it.

    Args:
        code: Stable code of the rule, such as `"TX101"`; never reused.
        name: The rule's name, such as `"bce-on-categorical"`: it names the bad pattern, never the cure.
        severity: `error`, `warning` or `info`.
        message: What was seen, with the values in it.
        fix: What to do, in one sentence.
        fit: Which `fit` of the run it is about, counted from 0.
        epoch: The epoch at which it was seen; 0 also stands for "before the first update".
    """

    code: str
    name: str
    severity: Severity
    message: str
    fix: str
    fit: int = 0
    epoch: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as JSON-ready data."""
        return {**asdict(self), "severity": str(self.severity)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Finding:
        """Read a finding back from `to_dict`'s form; keys of a later version are ignored."""
        known = {key: data[key] for key in cls.__slots__ if key in data}
        return cls(**{**known, "severity": Severity(data["severity"])})
