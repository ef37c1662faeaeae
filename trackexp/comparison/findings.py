"""What the rules over several runs say of a comparison, and which findings somebody asked to fail on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from trackexp.comparison.code import code_identity, code_of
from trackexp.comparison.curves import series_of
from trackexp.comparison.differences import data_hash
from trackexp.comparison.eligibility import Eligibility, definition_of
from trackexp.comparison.entry import Entry
from trackexp.comparison.group import Group
from trackexp.comparison.grouping import replicate_of, settings_without_replicate
from trackexp.comparison.verdict import Verdict
from trackexp.diagnosis import DEFAULT_POLICY, Diagnosis, Field, Member, Policy, diagnose_across, every_rule
from trackexp.errors import UsageError, nearest
from trackexp.record import Facts, Finding, Severity, canonical_name
from trackexp.reporting import value_text

if TYPE_CHECKING:
    from trackexp.comparison.result import Comparison


_TIMES = re.compile(r"time|seconds|duration|timestamp|runtime|throughput|per_second|latency", re.IGNORECASE)


def diagnose_together(
    entries: Sequence[Entry],
    eligibility: Eligibility,
    metric: str,
    groups: Sequence[Group],
    verdict: Verdict,
    policy: Policy = DEFAULT_POLICY,
) -> Diagnosis:
    """Return what the rules over several runs say of a comparison."""
    compared = {entry.id for entry in eligibility.eligible}
    members = tuple(_member(entry, metric, entry.id in compared) for entry in entries)
    counting = {group.label: group.scores for group in groups if group.n}
    repeated = counting if any(len(scores) > 1 for scores in counting.values()) else {}
    best = None if verdict.best is None else verdict.best.id
    winner = next((member for member in members if member.record.id == best), None)
    return diagnose_across(Field(members, metric, repeated, winner), policy=policy)


def _member(entry: Entry, metric: str, compared: bool) -> Member:
    record, state = entry.record, code_of(entry.record)
    series = series_of(record, metric)
    changes = "" if not state.patch else " with changes"
    return Member(
        record,
        entry.label,
        entry.best,
        entry.findings,
        settings_without_replicate(record),
        replicate_of(record),
        data_hash(entry.facts, "inputs", "targets"),
        dict(_data(entry.facts)),
        definition_of(entry, metric),
        code_identity(record),
        f"commit {state.commit[:7]}{changes}" if state.commit else "",
        compared,
        () if series is None else tuple(series.values.tolist()),
        dict(_curves(entry)),
    )


def _data(facts: Facts) -> Iterator[tuple[str, str]]:
    data = facts.get("data", {})
    if data.get("rows") is not None:
        yield "rows", f"{data['rows']:,}"
    for name in ("inputs", "targets"):
        for array in data.get(name, []):  # type: ignore[attr-defined]
            if array.get("shape"):
                yield f"the shape of the {name}", value_text(array["shape"])
            if array.get("class_counts"):
                yield "class counts", value_text(array["class_counts"])


def _curves(entry: Entry) -> Iterator[tuple[str, bytes]]:
    for key in entry.record.metrics():
        name = canonical_name(key)
        if name != "epoch" and not _TIMES.search(name):
            yield name, entry.record.history[key].values.tobytes()


def failing(comparison: Comparison, fail_on: str | None) -> tuple[Finding, ...]:
    """Return the findings, of the runs and about the comparison, that were asked for.

    Args:
        comparison: The comparison.
        fail_on: `"warning"` for that severity and worse, or codes and names of rules; also several with commas.

    Raises:
        UsageError: A word is neither a severity nor a rule.
    """
    words = [word.strip() for word in (fail_on or "").split(",") if word.strip()]
    everything = [*comparison.findings, *(finding for entry in comparison.entries for finding in entry.findings)]
    rules = [name for rule in every_rule() for name in (rule.code, rule.name)]
    known = {*map(str, Severity), *rules, *(name for one in everything for name in (one.code, one.name))}
    for word in words:
        if word not in known:
            raise UsageError(
                f"fail_on={word!r} is neither a severity nor a rule{nearest(word, known)}: expected error, warning, "
                "info, or a code or name such as TX101 or best-epoch-is-last."
            )
    return tuple(finding for finding in everything if any(_meets(finding, word) for word in words))


def _meets(finding: Finding, word: str) -> bool:
    if word in (finding.code, finding.name):
        return True
    return word in list(Severity) and finding.severity.at_least(Severity(word))
