"""Running the rules over several runs."""

from __future__ import annotations

import logging
import pkgutil
from functools import cache
from importlib import import_module
from inspect import isabstract
from pathlib import Path
from traceback import extract_tb

from trackexp.diagnosis.across import rules as rules_package
from trackexp.diagnosis.across.field import Field
from trackexp.diagnosis.across.rule import AcrossFinding, AcrossRule
from trackexp.diagnosis.outcome import Diagnosis, Outcome, Status
from trackexp.diagnosis.rule import NotApplicable

_LOGGER = logging.getLogger("trackexp")


@cache
def across_rules() -> tuple[AcrossRule, ...]:
    """Return every rule over several runs, with its default thresholds, in the order of the codes."""
    found: list[AcrossRule] = []
    for module_info in pkgutil.iter_modules(rules_package.__path__, f"{rules_package.__name__}."):
        module = import_module(module_info.name)
        found += [
            value()
            for value in vars(module).values()
            if isinstance(value, type) and issubclass(value, AcrossRule) and not isabstract(value)
            if value.__module__ == module.__name__  # not one that it merely imports
        ]
    return tuple(sorted(found, key=lambda rule: rule.code))


def diagnose_across(field: Field, rules: tuple[AcrossRule, ...] | None = None) -> Diagnosis:
    """Say what is wrong with several runs together; a rule that crashes is an outcome."""
    chosen = across_rules() if rules is None else rules
    return Diagnosis(tuple(_outcome(rule, field) for rule in chosen))


def _outcome(rule: AcrossRule, field: Field) -> Outcome:
    findings: list[AcrossFinding] = []
    reasons: list[str] = []
    try:
        for answer in rule.examine(field):
            if isinstance(answer, NotApplicable):
                reasons.append(answer.reason)
            else:
                findings.append(answer)
    except Exception as error:
        _LOGGER.debug("rule %s crashed", rule.code, exc_info=True)
        frame = extract_tb(error.__traceback__)[-1]
        where = f"{type(error).__name__}: {error} ({Path(frame.filename).name}:{frame.lineno})"
        return Outcome(rule.code, rule.name, Status.CRASHED, where, tuple(findings))
    status = Status.FINDING if findings else Status.NOT_APPLICABLE if reasons else Status.PASSED
    return Outcome(rule.code, rule.name, status, "; ".join(reasons), tuple(findings))
