"""Findings as SARIF 2.1.0, which GitHub, VS Code and other viewers show beside the code."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from trackexp.record import Finding, Severity

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


@dataclass(frozen=True, slots=True)
class SarifRule:
    """What a viewer shows of a rule.

    Args:
        what: What it finds, in one line.
        text: Its documentation as Markdown.
    """

    code: str
    name: str
    severity: Severity
    what: str
    text: str


@dataclass(frozen=True, slots=True)
class SarifSubject:
    """A run or a script, where it lies, and what was found in it.

    Args:
        name: What people call it.
        place: The file that a viewer marks: relative to the working folder, which ought to be the repository's root,
            or absolute.
        line: The line to mark, from 1.
        gaps: Rules that could not look, by code, with the reason.
        failure: Why it could not be looked at as a whole.
    """

    name: str
    place: PurePath
    findings: tuple[Finding, ...]
    line: int = 1
    gaps: Mapping[str, str] = field(default_factory=dict)
    failure: str | None = None


def sarif_log(subjects: Iterable[SarifSubject], rules: Iterable[SarifRule], version: str) -> dict[str, Any]:
    """Return one SARIF log of everything that was found.

    Args:
        subjects: What was looked at.
        rules: What is known of the rules; those that neither found nor missed anything are left out.
        version: Of trackexp.
    """
    looked = list(subjects)
    used = {finding.code for subject in looked for finding in subject.findings}
    used |= {code for subject in looked for code in subject.gaps}
    told = [rule for rule in rules if rule.code in used]
    places = {rule.code: place for place, rule in enumerate(told)}
    driver = {"name": "trackexp", "version": version, "rules": [_rule(rule) for rule in told]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(looked, places)],
        "results": [_result(subject, finding, places) for subject in looked for finding in subject.findings],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: SarifRule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.name},
        "fullDescription": {"text": rule.what},
        "help": {"text": rule.text, "markdown": rule.text},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
    }


def _result(subject: SarifSubject, finding: Finding, places: Mapping[str, int]) -> dict[str, Any]:
    known = {"ruleIndex": places[finding.code]} if finding.code in places else {}
    confidence = {"confidence": str(finding.confidence)} if finding.confidence else {}
    return {
        "ruleId": finding.code,
        **known,
        "level": LEVELS[finding.severity],
        "message": {"text": f"{finding.message}. To do: {finding.fix}"},
        "locations": [_location(subject)],
        "partialFingerprints": {"trackexpFinding/v1": _fingerprint(subject, finding)},
        "properties": {"fix": finding.fix, "fit": finding.fit, "epoch": finding.epoch, **confidence},
    }


def _location(subject: SarifSubject) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(subject.place)},
            "region": {"startLine": subject.line},
        },
        "logicalLocations": [{"name": subject.name}],
    }


def _uri(place: PurePath) -> str:
    """Return a path as SARIF wants it: absolute ones as `file:` addresses, others relative, both percent-encoded."""
    return place.as_uri() if place.is_absolute() else quote(place.as_posix())


def _fingerprint(subject: SarifSubject, finding: Finding) -> str:
    """Return what stays the same when lines move or numbers in the message change."""
    return hashlib.sha256(f"{finding.code}\0{subject.place.as_posix()}\0{finding.fit}".encode()).hexdigest()[:32]


def _invocation(subjects: list[SarifSubject], places: Mapping[str, int]) -> dict[str, Any]:
    """Return whether everything could be looked at, and what could not."""
    failures = [
        {"level": "error", "message": {"text": f"{one.name}: {one.failure}"}, "locations": [_location(one)]}
        for one in subjects
        if one.failure is not None
    ]
    gaps = [
        {
            "level": "note",
            "message": {"text": f"{one.name}: {code} could not look: {reason}"},
            "associatedRule": {"id": code, **({"index": places[code]} if code in places else {})},
        }
        for one in subjects
        for code, reason in one.gaps.items()
    ]
    return {"executionSuccessful": not failures, "toolExecutionNotifications": [*failures, *gaps]}
