"""Finding the rules: every module under `rules/<family>/` holds one."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from inspect import isabstract
from types import ModuleType
from typing import TypeVar

from trackexp.diagnosis import rules as rules_package
from trackexp.diagnosis.rule import Rule
from trackexp.errors import UsageError

_RuleType = TypeVar("_RuleType")


@cache
def all_rules() -> tuple[Rule, ...]:
    """Return every rule that ships, with its default thresholds, in the order of the codes."""
    return sorted_and_unique(rules_below(rules_package, Rule))  # type: ignore[type-abstract]


def rules_below(package: ModuleType, kind: type[_RuleType]) -> list[_RuleType]:
    """Return an instance of every class of that kind that a module below a package defines."""
    found: list[_RuleType] = []
    for module_info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not module_info.ispkg:
            module = import_module(module_info.name)
            found += [
                value()
                for value in vars(module).values()
                if isinstance(value, type) and issubclass(value, kind) and not isabstract(value)
                if value.__module__ == module.__name__  # not one that it merely imports
            ]
    return found


def sorted_and_unique(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return the rules in the order of their codes.

    Raises:
        UsageError: Two of them bear the same code or name.
    """
    taken: dict[str, Rule] = {}
    for rule in (ordered := tuple(sorted(rules, key=lambda rule: rule.code))):
        for key in (rule.code, rule.name):
            if key in taken:
                raise UsageError(
                    f"two rules are called {key!r}: {_where(taken[key])} and {_where(rule)}. "
                    "A code and a name belong to one rule for good; give one of them another."
                )
            taken[key] = rule
    return ordered


def _where(rule: Rule) -> str:
    return f"{type(rule).__module__}.{type(rule).__qualname__}"
