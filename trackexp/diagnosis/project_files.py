"""The policy of a project: what its files say of rules, and what a command or call says on top."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from trackexp.diagnosis.discovery import every_rule
from trackexp.diagnosis.policy import Policy, rule_words, severity_of
from trackexp.diagnosis.renamed_thresholds import new_name
from trackexp.diagnosis.rule import AnyRule
from trackexp.errors import ConfigurationError, UsageError, nearest
from trackexp.project import read_project


def resolve_policy(
    *,
    select: str | Iterable[str] | None = None,
    ignore: str | Iterable[str] | None = None,
    fail_on: str | None = None,
    preview: bool = False,
    start: Policy | None = None,
    folder: Path | None = None,
) -> Policy:
    """Return the policy of one command, call or run: the project's, and what its arguments say on top.

    Args:
        select: Replaces the project's selection; codes, names or beginnings of codes.
        ignore: Adds to what the project ignores.
        fail_on: Replaces the project's; a severity's name.
        preview: Also run rules in preview.
        start: The policy to begin with, where the project's files have been read already.
        folder: Where the search for the project's files begins, upwards; default the working folder.

    Raises:
        UsageError: An argument names no rule or no severity.
        ConfigurationError: A file is not what it should be, or names a rule or a threshold that does not exist.
    """
    known = every_rule()
    words = tuple(rule_words(name, value, known) for name, value in (("select", select), ("ignore", ignore)))
    severity = None if fail_on is None else severity_of("fail_on", fail_on)
    project = read_project_policy(folder) if start is None else start
    return project.narrowed(*words, fail_on=severity, preview=preview)


def read_project_policy(folder: Path | None = None) -> Policy:
    """Return what the project around a folder says, by default the current one.

    Raises:
        ConfigurationError: A file is not what it should be, or names a rule or a threshold that does not exist.
    """
    project = read_project(folder)
    if project is None:
        return Policy()
    path, given = project
    known = every_rule()
    try:
        thresholds, renamed = _thresholds(given.get("rules", {}), known)
        return Policy(
            select=rule_words("select", _words(given["select"]), known) if given.get("select") else None,
            ignore=rule_words("ignore", _words(given.get("ignore") or None), known) or (),
            fail_on=severity_of("fail_on", given["fail_on"]) if "fail_on" in given else None,
            preview=_flag(given.get("preview", False)),
            thresholds=thresholds,
            source=path,
            deprecations=tuple(f"{path}: {line}" for line in renamed),
        )
    except UsageError as error:
        raise ConfigurationError(f"{path}: {error}") from None


def _words(value: object) -> str | Iterable[str] | None:
    if (
        value is None
        or isinstance(value, str)
        or (isinstance(value, list) and all(isinstance(word, str) for word in value))
    ):
        return value
    raise UsageError(f'{value!r}: expected a list of codes or names, such as ["TX1", "overfitting"]')


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise UsageError(f"preview={value!r}: expected true or false")
    return value


def _thresholds(given: object, rules: tuple[AnyRule[Any], ...]) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Return the thresholds by rule and name, and a line for each that was given under an old name."""
    if not isinstance(given, Mapping):
        raise UsageError(f"rules={given!r}: expected a table for each rule, such as [tool.trackexp.rules.overfitting]")
    by_name = {name: rule for rule in rules for name in (rule.name, rule.code.lower())}
    thresholds: dict[str, dict[str, Any]] = {}
    renamed: list[str] = []
    for name, values in given.items():
        rule = by_name.get(name.lower())
        if rule is None:
            raise UsageError(f"{name!r} is no rule{nearest(name, by_name)}; `trackexp explain` lists them")
        if not isinstance(values, Mapping):
            raise UsageError(f"rules.{name}={values!r}: expected a table of thresholds")
        for key, value in values.items():
            today = new_name(rule.name, key)
            if today != key:
                renamed.append(f"rules.{rule.name}.{key} is now called {today}; the old name still works")
            if today in thresholds.setdefault(rule.name, {}):
                raise UsageError(f"rules.{rule.name}: {today} is given twice")
            thresholds[rule.name][today] = _threshold(rule, key, today, value)
    return thresholds, renamed


def _threshold(rule: AnyRule[Any], said: str, name: str, value: Any) -> Any:
    """Return the value of a threshold as the rule needs it; `said` is the name under which it was given."""
    known = {spec.name: getattr(rule, spec.name) for spec in fields(rule)}
    if name not in known:
        has = f"it has {', '.join(known)}" if known else "it has none"
        raise UsageError(f"{rule.name} has no threshold {said!r}{nearest(said, known)}: {has}")
    default = known[name]
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise UsageError(f"{rule.name}: {said}={value!r}: expected a finite number, as its default {default!r}")
    if type(value) is not type(default) and not (isinstance(default, tuple) and isinstance(value, list)):
        raise UsageError(
            f"{rule.name}: {said}={value!r}: expected {type(default).__name__}, as its default {default!r}"
        )
    return tuple(value) if isinstance(default, tuple) else value
