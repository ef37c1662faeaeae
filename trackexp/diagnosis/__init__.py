"""Diagnosis: a run's record in, findings out; every rule answers, and none of them stops anything."""

from __future__ import annotations

from trackexp.diagnosis.across import AcrossFinding, AcrossRule, Field, Member
from trackexp.diagnosis.blindness import ChecksNotMade, blindness
from trackexp.diagnosis.discovery import across_rules, all_rules, every_rule
from trackexp.diagnosis.engine import diagnose, diagnose_across, findings_of
from trackexp.diagnosis.fit import Fit, Head
from trackexp.diagnosis.outcome import Diagnosis, Outcome, Status
from trackexp.diagnosis.policy import DEFAULT_POLICY, Policy
from trackexp.diagnosis.project_files import resolve_policy
from trackexp.diagnosis.rule import FitRule, HeadRule, NotApplicable, Rule

__all__ = [
    "DEFAULT_POLICY",
    "AcrossFinding",
    "AcrossRule",
    "ChecksNotMade",
    "Diagnosis",
    "Field",
    "Fit",
    "FitRule",
    "Head",
    "HeadRule",
    "Member",
    "NotApplicable",
    "Outcome",
    "Policy",
    "Rule",
    "Status",
    "across_rules",
    "all_rules",
    "blindness",
    "diagnose",
    "diagnose_across",
    "every_rule",
    "findings_of",
    "resolve_policy",
]
