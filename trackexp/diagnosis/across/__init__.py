"""What is wrong with several runs together: rules that look at all runs of a comparison at once."""

from __future__ import annotations

from trackexp.diagnosis.across.engine import across_rules, diagnose_across
from trackexp.diagnosis.across.field import Field, Member
from trackexp.diagnosis.across.rule import AcrossFinding, AcrossRule

__all__ = ["AcrossFinding", "AcrossRule", "Field", "Member", "across_rules", "diagnose_across"]
