"""What a project says of the rules, in its own files: which run, which are ignored, with which thresholds.

In `pyproject.toml` the table `[tool.trackexp]`, in `setup.cfg` the section `[tool:trackexp]`; the first of them that is
found from the working folder upwards counts, `pyproject.toml` before `setup.cfg`:

    [tool.trackexp]
    select = ["TX1", "overfitting"]
    ignore = ["lr-too-high"]
    fail_on = "warning"
    preview = true

    [tool.trackexp.rules.dropout-too-high]
    rate = 0.9

In `setup.cfg` lists are words with commas, and a rule's thresholds stand in `[tool:trackexp.rules.dropout-too-high]`.
"""

from __future__ import annotations

import ast
import configparser
import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from trackexp.diagnosis.discovery import all_rules
from trackexp.diagnosis.rule import Rule
from trackexp.diagnosis.selection import words_of
from trackexp.errors import ConfigurationError, UsageError, nearest
from trackexp.record import Severity

_KEYS = ("select", "ignore", "fail_on", "preview", "rules")
_SECTION = "tool:trackexp"


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a project says of the rules.

    Args:
        select: Codes, names or beginnings of codes to run; None for all.
        ignore: Those to leave out.
        fail_on: The least severity that makes a command fail; None where nothing is said.
        preview: Whether rules in preview run without being selected.
        thresholds: By a rule's name, other values of its fields.
        source: The file that says so; None where there is none.
    """

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    fail_on: Severity | None = None
    preview: bool = False
    thresholds: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    source: Path | None = None

    def rules(self) -> tuple[Rule, ...]:
        """Return every rule with the project's thresholds."""
        return tuple(replace(rule, **self.thresholds.get(rule.name, {})) for rule in all_rules())


def read_configuration(folder: Path | None = None) -> Configuration:
    """Return what the project around a folder says, by default the current one.

    Raises:
        ConfigurationError: A file is not what it should be, or names a rule or a threshold that does not exist.
    """
    start = (folder or Path.cwd()).resolve()
    for place in (start, *start.parents):
        for name, read in (("pyproject.toml", _from_toml), ("setup.cfg", _from_cfg)):
            path = place / name
            found = read(path) if path.is_file() else None
            if found is not None:
                return _checked(found, path)
    return Configuration()


def severity_of(argument: str, value: object) -> Severity:
    """Return the severity of that name.

    Raises:
        UsageError: There is none.
    """
    valid = [str(severity) for severity in Severity]
    if str(value) not in valid:
        raise UsageError(f"{argument}={value!r}: expected one of {', '.join(valid)}{nearest(str(value), valid)}")
    return Severity(str(value))


def _from_toml(path: Path) -> dict[str, Any] | None:
    try:
        tool = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {})
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from None
    found = tool.get("trackexp") if isinstance(tool, dict) else None
    if found is not None and not isinstance(found, dict):
        raise ConfigurationError(f"{path}: tool.trackexp is {found!r}, expected a table [tool.trackexp]")
    return found


def _from_cfg(path: Path) -> dict[str, Any] | None:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from None
    rules = {
        name.removeprefix(f"{_SECTION}.rules."): {key: _value(text) for key, text in parser[name].items()}
        for name in parser.sections()
        if name.startswith(f"{_SECTION}.rules.")
    }
    if _SECTION not in parser and not rules:
        return None
    given: dict[str, Any] = dict(parser[_SECTION]) if _SECTION in parser else {}
    for key in ("select", "ignore"):
        if key in given:
            given[key] = [word for line in given[key].split() for word in line.split(",") if word]
    if "preview" in given:
        given["preview"] = parser.BOOLEAN_STATES.get(given["preview"].lower(), given["preview"])
    return {**given, **({"rules": rules} if rules else {})}


def _value(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _checked(found: Mapping[str, Any], path: Path) -> Configuration:
    for key in found:
        if key.replace("-", "_") not in _KEYS:
            raise ConfigurationError(
                f"{path}: {key!r} is no setting of trackexp's{nearest(key, _KEYS)}: expected one of {', '.join(_KEYS)}"
            )
    given = {key.replace("-", "_"): value for key, value in found.items()}
    rules = all_rules()
    try:
        return Configuration(
            select=words_of("select", _words(given["select"]), rules) if given.get("select") else None,
            ignore=words_of("ignore", _words(given["ignore"]), rules) if given.get("ignore") else (),
            fail_on=severity_of("fail_on", given["fail_on"]) if "fail_on" in given else None,
            preview=_flag(given.get("preview", False)),
            thresholds=_thresholds(given.get("rules", {}), rules),
            source=path,
        )
    except UsageError as error:
        raise ConfigurationError(f"{path}: {error}") from None


def _words(value: object) -> str | Iterable[str]:
    if isinstance(value, str) or (isinstance(value, list) and all(isinstance(word, str) for word in value)):
        return value
    raise UsageError(f'{value!r}: expected a list of codes or names, such as ["TX1", "overfitting"]')


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise UsageError(f"preview={value!r}: expected true or false")
    return value


def _thresholds(given: object, rules: tuple[Rule, ...]) -> dict[str, dict[str, Any]]:
    if not isinstance(given, Mapping):
        raise UsageError(f"rules={given!r}: expected a table for each rule, such as [tool.trackexp.rules.overfitting]")
    by_name = {name: rule for rule in rules for name in (rule.name, rule.code.lower())}
    thresholds: dict[str, dict[str, Any]] = {}
    for name, values in given.items():
        rule = by_name.get(name.lower())
        if rule is None:
            raise UsageError(f"{name!r} is no rule{nearest(name, by_name)}; `trackexp explain` lists them")
        if not isinstance(values, Mapping):
            raise UsageError(f"rules.{name}={values!r}: expected a table of thresholds")
        thresholds[rule.name] = {key: _threshold(rule, key, value) for key, value in values.items()}
    return thresholds


def _threshold(rule: Rule, key: str, value: Any) -> Any:
    known = {spec.name: getattr(rule, spec.name) for spec in fields(rule)}
    if key not in known:
        has = f"it has {', '.join(known)}" if known else "it has none"
        raise UsageError(f"{rule.name} has no threshold {key!r}{nearest(key, known)}: {has}")
    default = known[key]
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise UsageError(f"{rule.name}: {key}={value!r}: expected a finite number, as its default {default!r}")
    if type(value) is not type(default) and not (isinstance(default, tuple) and isinstance(value, list)):
        raise UsageError(f"{rule.name}: {key}={value!r}: expected {type(default).__name__}, as its default {default!r}")
    return tuple(value) if isinstance(default, tuple) else value
