"""Running the rules over several runs."""

from __future__ import annotations

from functools import cache, partial

from trackexp.diagnosis.across import rules as rules_package
from trackexp.diagnosis.across.field import Field
from trackexp.diagnosis.across.rule import AcrossRule
from trackexp.diagnosis.discovery import rules_below
from trackexp.diagnosis.engine import outcome_of
from trackexp.diagnosis.outcome import Diagnosis


@cache
def across_rules() -> tuple[AcrossRule, ...]:
    """Return every rule over several runs, with its default thresholds, in the order of the codes."""
    found = rules_below(rules_package, AcrossRule)  # type: ignore[type-abstract]
    return tuple(sorted(found, key=lambda rule: rule.code))


def diagnose_across(field: Field, rules: tuple[AcrossRule, ...] | None = None) -> Diagnosis:
    """Say what is wrong with several runs together; a rule that crashes is an outcome."""
    chosen = across_rules() if rules is None else rules
    return Diagnosis(tuple(outcome_of(rule.code, rule.name, partial(rule.examine, field)) for rule in chosen))
