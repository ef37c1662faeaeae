"""Diagnosis: a run's record in, findings out; every rule answers, and none of them stops anything."""

from __future__ import annotations

from trackexp.diagnosis.discovery import all_rules
from trackexp.diagnosis.engine import diagnose, findings_of
from trackexp.diagnosis.fit import Fit, Head
from trackexp.diagnosis.outcome import Diagnosis, Outcome, Status
from trackexp.diagnosis.rule import FitRule, HeadRule, NotApplicable, Rule

__all__ = [
    "Diagnosis",
    "Fit",
    "FitRule",
    "Head",
    "HeadRule",
    "NotApplicable",
    "Outcome",
    "Rule",
    "Status",
    "all_rules",
    "diagnose",
    "findings_of",
]
