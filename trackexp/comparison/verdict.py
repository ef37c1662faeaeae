"""Which run to believe."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from trackexp.comparison.contest import Contest, TestMethod, contests
from trackexp.comparison.eligibility import ENDED_BADLY, Eligibility, merit_of, value_of
from trackexp.comparison.entry import Entry, Excluded, named
from trackexp.comparison.group import Group
from trackexp.comparison.verdict_text import baseline_text, group_text, run_text, unshared_text


@dataclass(frozen=True, slots=True)
class Baseline:
    """The run that others were to beat, and who did.

    Args:
        group: Label of its group, where groups are compared.
        beaten_by: Runs with a better number, the best first; where groups are compared, those of groups that are
            better by more than chance.
        contests: Its group against the others, corrected for their number.
        better_groups: Labels of the groups that are better by more than chance, the best first.
    """

    entry: Entry
    group: str | None
    beaten_by: tuple[Entry, ...]
    contests: tuple[Contest, ...]
    better_groups: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready data."""
        return {
            **named(self.entry),
            "group": self.group,
            "beaten": bool(self.beaten_by),
            "beaten_by": [named(entry) for entry in self.beaten_by],
            "better_groups": list(self.better_groups),
            "contests": [contest.to_dict() for contest in self.contests],
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """Which run to believe, and what became of the others; the order in which runs were given plays no part.

    Args:
        best: None when no run can be believed. Where groups are compared, the best run of the best group.
        tied: Runs that reach exactly the value of the best; where groups are compared, the runs of every group that
            cannot be told from the best group by more than chance.
        disqualified: Runs with an error-level finding: whatever their number says, it is not to be believed.
        not_comparable: Runs whose number is absent or means something else.
        unmet: Runs that do not keep a threshold.
        best_group: Label of the group with the best mean.
        tied_groups: Labels of the groups that cannot be told from it.
        contests: The best group against each of the others.
        baseline: What became of the baseline, where one was named.
        text: The same in one paragraph.
    """

    best: Entry | None
    tied: tuple[Entry, ...]
    disqualified: tuple[Excluded, ...]
    not_comparable: tuple[Excluded, ...]
    text: str
    unmet: tuple[Excluded, ...] = ()
    best_group: str | None = None
    tied_groups: tuple[str, ...] = ()
    contests: tuple[Contest, ...] = ()
    baseline: Baseline | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as JSON-ready data."""
        return {
            "best": None if self.best is None else named(self.best),
            "tied": [named(entry) for entry in self.tied],
            "disqualified": [excluded.to_dict() for excluded in self.disqualified],
            "not_comparable": [excluded.to_dict() for excluded in self.not_comparable],
            "unmet": [excluded.to_dict() for excluded in self.unmet],
            "best_group": self.best_group,
            "tied_groups": list(self.tied_groups),
            "contests": [contest.to_dict() for contest in self.contests],
            "baseline": None if self.baseline is None else self.baseline.to_dict(),
            "text": self.text,
        }


def judge(
    entries: Sequence[Entry],
    eligibility: Eligibility,
    metric: str,
    groups: Sequence[Group] = (),
    *,
    baseline: Entry | None = None,
    test: TestMethod = "auto",
) -> Verdict:
    """Return the verdict on the eligible runs: by group means where runs repeat each other, else run by run."""
    alone = eligibility.eligible[0] if len(eligibility.eligible) == 1 else None
    if alone and not eligibility.unmet and _none_to_compare_with(entries, alone):
        apart = (Excluded(alone, f"no other run has {metric}"), *eligibility.not_comparable)
        text = unshared_text(metric, alone, sorted(entries, key=lambda entry: (entry.label, entry.id)))
        return Verdict(None, (), eligibility.disqualified, apart, text, eligibility.unmet)
    counting = [group for group in groups if group.n]
    by_groups = any(group.n > 1 for group in counting) and len(counting) > 1
    found = _by_groups(eligibility, metric, counting, test) if by_groups else _by_runs(eligibility, metric, counting)
    if baseline is None:
        return found
    against = _baseline(baseline, eligibility, counting if by_groups else [], test)
    beaten = baseline_text(
        against.entry.label, against.group, against.better_groups, against.beaten_by, against.contests
    )
    text = f"{found.text} {beaten}"
    return Verdict(
        found.best, found.tied, found.disqualified, found.not_comparable, text, found.unmet, found.best_group,
        found.tied_groups, found.contests, against,
    )  # fmt: skip


def _by_runs(eligibility: Eligibility, metric: str, groups: Sequence[Group]) -> Verdict:
    ranked = eligibility.eligible
    best = ranked[0] if ranked else None
    tied = tuple(entry for entry in ranked[1:] if best is not None and value_of(entry) == value_of(best))
    repeated = len(groups) == 1 and groups[0].n > 1
    text = run_text(metric, eligibility, repeated=groups[0] if repeated else None)
    return Verdict(best, tied, eligibility.disqualified, eligibility.not_comparable, text, eligibility.unmet)


def _by_groups(eligibility: Eligibility, metric: str, groups: Sequence[Group], test: TestMethod) -> Verdict:
    champion, *others = groups
    found = contests(champion, others, family=len(others), test=test, groups=groups)  # as many tests as are made
    tied = {contest.second for contest in found if not contest.told_apart}
    return Verdict(
        champion.entries[0],
        tuple(entry for group in others if group.label in tied for entry in group.entries),
        eligibility.disqualified,
        eligibility.not_comparable,
        group_text(metric, eligibility, groups, found),
        eligibility.unmet,
        champion.label,
        tuple(group.label for group in others if group.label in tied),
        found,
    )


def _baseline(entry: Entry, eligibility: Eligibility, groups: Sequence[Group], test: TestMethod) -> Baseline:
    own = next((group for group in groups if entry.id in {member.id for member in group.entries}), None)
    if own is not None:
        others = [group for group in groups if group is not own]
        found = contests(own, others, family=len(others), test=test, groups=groups)
        better = {one.second for one in found if one.told_apart}
        winners = [group for group in others if group.label in better and group.merit > own.merit]
        ahead = tuple(member for group in winners for member in group.entries)
        return Baseline(entry, own.label, ahead, found, tuple(group.label for group in winners))
    if entry.id in {excluded.entry.id for excluded in eligibility.not_comparable}:
        return Baseline(entry, None, (), ())
    standing = entry.id in {one.id for one in eligibility.eligible}
    better_runs = (one for one in eligibility.eligible if not standing or merit_of(one) > merit_of(entry))
    return Baseline(entry, None, tuple(better_runs), ())


def _none_to_compare_with(entries: Iterable[Entry], alone: Entry) -> bool:
    """Return whether no other run ever had the metric, and one of them ran to an end without it."""
    others = [entry for entry in entries if entry is not alone]
    return all(entry.best is None for entry in others) and any(
        entry.record.state not in ENDED_BADLY for entry in others
    )
