"""A rule's own documentation: the docstring of its file."""

from __future__ import annotations

import sys
from dataclasses import dataclass, fields
from typing import Any

from trackexp.diagnosis.blindness import ChecksNotMade
from trackexp.diagnosis.discovery import across_rules, all_rules
from trackexp.diagnosis.rule import AnyRule
from trackexp.errors import UsageError, nearest


@dataclass(frozen=True, slots=True)
class RulePage:
    """What is known of a rule.

    Args:
        what: The first line of its file: what it finds.
        sections: Heading and text of each section, in their order.
        thresholds: Name and default of each field that can be configured.
    """

    rule: AnyRule[Any]
    what: str
    sections: tuple[tuple[str, str], ...]
    thresholds: tuple[tuple[str, str], ...]

    @property
    def family(self) -> str:
        """The folder that the rule lies in: what it is about."""
        return type(self.rule).__module__.split(".")[-2]

    def markdown(self) -> str:
        """Return the page as Markdown."""
        rule = self.rule
        head = f"# {rule.code} {rule.name}\n\n{self.what} ({rule.severity}, {rule.stability}, family {self.family})\n"
        parts = [f"## {heading}\n{text}\n" for heading, text in self.sections]
        if self.thresholds:
            rows = "".join(f"- `{name}` = {value}\n" for name, value in self.thresholds)
            place = f"`[tool.trackexp.rules.{rule.name}]` in pyproject.toml sets them.\n"
            parts.append(f"## Thresholds\n{place}{rows}")
        return "\n".join([head, *parts])


def documented_rules() -> tuple[AnyRule[Any], ...]:
    """Return every rule: what the others could not look at, those over one run, then those over several."""
    return (ChecksNotMade(), *all_rules(), *across_rules())


def rule_page(word: str, rules: tuple[AnyRule[Any], ...] | None = None) -> RulePage:
    """Return the documentation of the rule of that code or name, of all rules over runs or of those given.

    Raises:
        UsageError: There is none.
    """
    wanted = word.strip().lower().replace("_", "-")
    rules = documented_rules() if rules is None else rules
    for rule in rules:
        if wanted in (rule.code.lower(), rule.name):
            return page_of(rule)
    known = [name for rule in rules for name in (rule.code, rule.name)]
    close = nearest(wanted, known) or nearest(wanted.upper(), known)
    raise UsageError(
        f"{word!r} is no rule{close}: expected a code such as TX101, or a name; `trackexp explain` lists all"
    )


def page_of(rule: AnyRule[Any]) -> RulePage:
    """Return the documentation of a rule."""
    text = (sys.modules[type(rule).__module__].__doc__ or "").strip()
    first, *parts = text.split("\n## ")
    sections = []
    for part in parts:
        heading, _, body = part.partition("\n")
        sections.append((heading.strip(), body.strip()))
    thresholds = tuple((spec.name, repr(getattr(rule, spec.name))) for spec in fields(rule))
    return RulePage(rule, " ".join(first.split()), tuple(sections), thresholds)
