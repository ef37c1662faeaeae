"""Which rules run, with which thresholds, and what fails."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from trackexp.diagnosis.across import AcrossRule
from trackexp.diagnosis.discovery import across_rules, all_rules
from trackexp.diagnosis.rule import AnyRule, Rule
from trackexp.errors import UsageError, nearest
from trackexp.record import Finding, Severity

_RuleType = TypeVar("_RuleType", bound=AnyRule[Any])


@dataclass(frozen=True, slots=True)
class Policy:
    """Which rules run, with which thresholds, and what fails; it holds for rules over one run and over several.

    Args:
        select: Codes, names or beginnings of codes to run; None for all.
        ignore: Those to leave out; outranks `select`.
        fail_on: The least severity that makes a command fail; None where nothing is said.
        preview: Whether rules in preview run without being selected.
        thresholds: By a rule's name, other values of its fields.
        source: The project's file that says so; None where there is none.
        deprecations: One line for each word of that file that has a new name.
    """

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    fail_on: Severity | None = None
    preview: bool = False
    thresholds: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    source: Path | None = None
    deprecations: tuple[str, ...] = ()

    def rules(self) -> tuple[Rule, ...]:
        """Return every rule over one run with the policy's thresholds."""
        return tuple(self._configured(rule) for rule in all_rules())

    def across_rules(self) -> tuple[AcrossRule, ...]:
        """Return every rule over several runs with the policy's thresholds."""
        return tuple(self._configured(rule) for rule in across_rules())

    def ignores(self, rule: AnyRule[Any]) -> bool:
        """Tell whether a rule is left out by name, whatever is selected."""
        return any(_matches(word, rule) for word in self.ignore)

    def reason_to_skip(self, rule: AnyRule[Any]) -> str:
        """Return why a rule is not run, or "" when it is."""
        for word in self.ignore:
            if _matches(word, rule):
                return f"ignored by {word!r}"
        if self.select is not None and not any(_matches(word, rule) for word in self.select):
            return "not selected"
        chosen = self.preview or {rule.code.lower(), rule.name} & set(self.select or ())
        if rule.stability == "preview" and not chosen:
            return f"in preview: runs only when selected by its code, {rule.code}"
        return ""

    def narrowed(
        self,
        select: tuple[str, ...] | None = None,
        ignore: tuple[str, ...] | None = None,
        *,
        fail_on: Severity | None = None,
        preview: bool = False,
    ) -> Policy:
        """Return the policy with what arguments say on top: `select` replaces its selection, `ignore` adds to it."""
        return replace(
            self,
            select=self.select if select is None else select,
            ignore=(*self.ignore, *(ignore or ())),
            fail_on=fail_on or self.fail_on,
            preview=preview or self.preview,
        )

    def failing(self, findings: Iterable[Finding], default: Severity = Severity.WARNING) -> tuple[Finding, ...]:
        """Return the findings that make a command fail; where the policy does not say, those from `default` on."""
        return tuple(finding for finding in findings if finding.severity.at_least(self.fail_on or default))

    def to_dict(self) -> dict[str, Any]:
        """Return what differs from the default as JSON-ready data, to be stored with a run."""
        said: dict[str, Any] = {
            "select": None if self.select is None else list(self.select),
            "ignore": list(self.ignore),
            "fail_on": None if self.fail_on is None else str(self.fail_on),
            "preview": self.preview,
            "thresholds": {name: dict(values) for name, values in self.thresholds.items()},
        }
        return {key: value for key, value in said.items() if value or (key == "select" and value is not None)}

    def _configured(self, rule: _RuleType) -> _RuleType:
        values = self.thresholds.get(rule.name)
        return replace(rule, **values) if values else rule


DEFAULT_POLICY = Policy()


def severity_of(argument: str, value: object) -> Severity:
    """Return the severity of that name.

    Raises:
        UsageError: There is none.
    """
    valid = [str(severity) for severity in Severity]
    if str(value) not in valid:
        raise UsageError(f"{argument}={value!r}: expected one of {', '.join(valid)}{nearest(str(value), valid)}")
    return Severity(str(value))


def rule_words(
    argument: str, value: str | Iterable[str] | None, rules: Iterable[AnyRule[Any]]
) -> tuple[str, ...] | None:
    """Return codes, names and beginnings of codes as words, each of which stands for a rule; None for None.

    Raises:
        UsageError: A word stands for none of the rules.
    """
    if value is None:
        return None
    rules = tuple(rules)
    parts = value.split(",") if isinstance(value, str) else [part for item in value for part in str(item).split(",")]
    words = tuple(part.strip().lower().replace("_", "-") for part in parts)
    for word, part in zip(words, parts, strict=True):
        if not word or not any(_matches(word, rule) for rule in rules):
            known = [name for rule in rules for name in (rule.code, rule.name)]
            raise UsageError(
                f"{argument}={part!r} is no rule{nearest(word, known) or nearest(word.upper(), known)}: "
                f"expected a code (TX101), the beginning of codes (TX1) or a name; the rules are {', '.join(known)}."
            )
    return words


def _matches(word: str, rule: AnyRule[Any]) -> bool:
    return word == rule.name or rule.code.lower().startswith(word)
