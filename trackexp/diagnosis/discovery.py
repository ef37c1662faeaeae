"""Finding the rules: every module under `rules/<family>/` holds one."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from inspect import isabstract
from types import ModuleType
from typing import Any, TypeVar

from trackexp.diagnosis import rules as rules_package
from trackexp.diagnosis.across import AcrossRule
from trackexp.diagnosis.blindness import ChecksNotMade
from trackexp.diagnosis.rule import AnyRule, Rule
from trackexp.errors import UsageError

_RuleType = TypeVar("_RuleType", bound=AnyRule[Any])


@cache
def every_rule() -> tuple[AnyRule[Any], ...]:
    """Return every rule that ships, with its default thresholds, in the order of the codes.

    Over one run, over several, and the one that tells what the others could not look at.
    """
    return sorted_and_unique([ChecksNotMade(), *rules_in(rules_package)])


@cache
def all_rules() -> tuple[Rule, ...]:
    """Return every rule over one run that ships, with its default thresholds, in the order of the codes."""
    return tuple(rule for rule in every_rule() if isinstance(rule, Rule))


@cache
def across_rules() -> tuple[AcrossRule, ...]:
    """Return every rule over several runs that ships, with its default thresholds, in the order of the codes."""
    return tuple(rule for rule in every_rule() if isinstance(rule, AcrossRule))


def sorted_and_unique(rules: Iterable[_RuleType]) -> tuple[_RuleType, ...]:
    """Return the rules in the order of their codes.

    Raises:
        UsageError: Two of them bear the same code or name.
    """
    taken: dict[str, AnyRule[Any]] = {}
    for rule in (ordered := tuple(sorted(rules, key=lambda rule: rule.code))):
        for key in (rule.code, rule.name):
            if key in taken:
                raise UsageError(
                    f"two rules are called {key!r}: {_where(taken[key])} and {_where(rule)}. "
                    "A code and a name belong to one rule for good; give one of them another."
                )
            taken[key] = rule
    return ordered


def rules_in(package: ModuleType) -> list[AnyRule[Any]]:
    """Return an instance of every rule that a module below a package defines."""
    found: list[AnyRule[Any]] = []
    for module_info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not module_info.ispkg:
            module = import_module(module_info.name)
            found += [
                value()
                for value in vars(module).values()
                if isinstance(value, type) and issubclass(value, AnyRule) and not isabstract(value)
                if value.__module__ == module.__name__  # not one that it merely imports
            ]
    return found


def _where(rule: AnyRule[Any]) -> str:
    return f"{type(rule).__module__}.{type(rule).__qualname__}"
