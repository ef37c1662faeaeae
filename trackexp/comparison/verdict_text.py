"""The verdict in one paragraph."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from trackexp.comparison.contest import Contest
from trackexp.comparison.eligibility import Eligibility, merit_of, value_of
from trackexp.comparison.entry import Entry, Excluded
from trackexp.comparison.group import Group
from trackexp.comparison.metrics import criterion_of
from trackexp.record import RunRecord, State, metric_names
from trackexp.reporting import number, plural

_MOST_NAMES = 6  # names in a sentence
_MOST_GROUPS = 3  # contests told one by one; the table has all
_MOST_REASONS = 4  # why runs are out, likewise


def run_text(metric: str, eligibility: Eligibility, *, repeated: Group | None = None) -> str:
    """Say which run to believe and why, and what became of the others.

    Args:
        metric: Our name of the metric that decides.
        eligibility: The runs by what becomes of them.
        repeated: The one group that all of them are in, where they are.
    """
    ranked = eligibility.eligible
    sentences = [_best_sentence(metric, eligibility), *_others(metric, eligibility)]
    if repeated is not None and repeated.n > 1:
        sentences.append(f"They are one group, {repeated.label}: {_mean(metric, repeated)}.")
    elif len(ranked) > 1 and value_of(ranked[0]) != value_of(ranked[1]):
        sentences.append("Each is one run: how much of it is luck is not known.")
    if not ranked and not eligibility.unmet and len(eligibility.not_comparable) > 1:
        sentences.append("Compare by a metric that means the same in all of them.")
    return " ".join(sentences)


def group_text(metric: str, eligibility: Eligibility, groups: Sequence[Group], contests: Sequence[Contest]) -> str:
    """Say which group to believe, from which it is told apart and from which not, and what became of other runs.

    Args:
        metric: Our name of the metric that decides.
        eligibility: The runs by what becomes of them.
        groups: Those with a run that counts, the best mean first.
        contests: The first group against each of the others.
    """
    champion = groups[0]
    tied = [contest for contest in contests if not contest.told_apart]
    word = "highest" if champion.entries[0].best and champion.entries[0].best.direction == "max" else "lowest"
    sure = not any(contest.assumes for contest in contests)
    begin = "Believe" if sure and not tied else "The best mean is that of"
    sentences = [
        f"{begin} {champion.label}: the {word} of {plural(len(groups), 'group')}, with a {_mean(metric, champion)}."
    ]
    if apart := [contest for contest in contests if contest.told_apart and not contest.assumes]:
        worst = max(apart, key=lambda contest: contest.p_holm or 0.0)
        which = apart[0].second if len(apart) == 1 else f"{len(apart)} others"
        sentences.append(f"It is told apart from {which} ({p_text(worst.p_holm)} after Holm, {worst.method}).")
    if guessed := [contest for contest in contests if contest.told_apart and contest.assumes]:
        sentences.append(_assuming(guessed))
    sentences += [_tie_sentence(contest) for contest in tied[:_MOST_GROUPS]]
    if len(tied) > _MOST_GROUPS:
        sentences.append(f"{plural(len(tied) - _MOST_GROUPS, 'further group')} cannot be told from it either.")
    sentences.append(f"Its best run is {champion.entries[0].label}, with {number(value_of(champion.entries[0]))}.")
    return " ".join([*sentences, *_others(metric, eligibility)])


def baseline_text(
    label: str,
    group: str | None,
    better_groups: Sequence[str],
    beaten_by: Sequence[Entry],
    contests: Sequence[Contest] = (),
) -> str:
    """Say who beat the baseline: by groups where its own is one of them, else by runs."""
    if not beaten_by:
        return f"Nobody beat the baseline {group or label}{' by more than chance' if group else ''}."
    guessed = any(contest.assumes for contest in contests if contest.second in better_groups)
    by = _listed(better_groups or [one.label for one in beaten_by])
    return f"The baseline {group or label} is beaten by {by}{', if single runs vary as repeated ones do' * guessed}."


def p_text(p_value: float | None) -> str:
    """Return a p-value with two digits, as papers print it.

    >>> p_text(0.02389), p_text(0.00001), p_text(1.0), p_text(None)
    ('p = 0.024', 'p < 0.001', 'p = 1', 'no p')
    """
    if p_value is None:
        return "no p"
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.2g}"


def unshared_text(metric: str, alone: Entry, entries: Sequence[Entry]) -> str:
    """Say that a single run has the metric, and what could be compared by instead, or what each run has."""
    names = {entry.label: sorted(metric_names(entry.record)) for entry in entries}
    shared = sorted(set.intersection(*map(set, names.values())))
    if shared:
        return (
            f"No run can be believed: only {alone.label} has {metric}. They share {_listed(shared)}: compare by that."
        )
    each = "; ".join(f"{label} has {_listed(found)}" for label, found in names.items())
    return f"No run can be believed: they share no metric. {each}."


def criterion_text(metric: str, records: Sequence[RunRecord]) -> str:
    """Say which runs were judged by another metric than the one that was taken unasked; "" where none were."""
    other: dict[str, list[str]] = {}
    for record in records:
        if (own := criterion_of(record)) not in ("", metric):
            other.setdefault(own, []).append(record.title)
    if not other:
        return ""
    told = "; ".join(f"{_listed(titles)} by {own}" for own, titles in list(other.items())[:_MOST_REASONS])
    return f"The metric is {metric} because most runs were judged by it; others were not: {told}."


def _others(metric: str, eligibility: Eligibility) -> Iterator[str]:
    best = eligibility.eligible[0] if eligibility.eligible else None
    yield from _sentences("disqualified", metric, eligibility.disqualified, best)
    yield from _sentences("not qualified", metric, eligibility.unmet, best)
    for reason, labels in _by_reason(eligibility.not_comparable).items():
        yield f"{_listed(labels)} cannot be compared: {_of_all(reason, labels)}."


def _sentences(fate: str, metric: str, excluded: Sequence[Excluded], best: Entry | None) -> Iterator[str]:
    better = {
        one.entry.label: value_of(one.entry)
        for one in excluded
        if best is not None and math.isfinite(value_of(one.entry)) and merit_of(one.entry) > merit_of(best)
    }
    reasons = list(_by_reason(excluded).items())
    for reason, labels in reasons[:_MOST_REASONS]:
        numbers = [better[label] for label in labels if label in better]
        though = ""
        if len(numbers) == 1 and len(labels) == 1:
            though = f", although its {metric} of {number(numbers[0])} is the better number"
        elif numbers:
            though = f", although {plural(len(numbers), 'number')} among theirs would be better"
        yield f"{_listed(labels)} {'is' if len(labels) == 1 else 'are'} {fate}{though}: {_of_all(reason, labels)}."
    if more := sum(len(labels) for _, labels in reasons[_MOST_REASONS:]):
        verb, whose = ("is", "its") if more == 1 else ("are", "their")
        yield f"So {verb} {plural(more, 'further run')}, for reasons of {whose} own."


def _by_reason(excluded: Sequence[Excluded]) -> dict[str, list[str]]:
    """Return who is out, by the reason: what fifty runs share is said once."""
    found: dict[str, list[str]] = {}
    for one in excluded:
        found.setdefault(one.reason, []).append(one.entry.label)
    return found


def _of_all(reason: str, labels: Sequence[str]) -> str:
    """Return a reason, which is told of one run, as one of several."""
    word, _, rest = reason.partition(" ")
    of_all = {"it": "each", "its": "their"}.get(word, word)
    return reason if len(labels) == 1 else f"{of_all} {rest}"


def _mean(metric: str, group: Group) -> str:
    if group.n == 1:
        return f"{metric} of {number(group.mean)} in one run"
    what = "fold" if group.test_share else "run"
    low, high = group.interval
    how = " by bootstrap" if group.interval.method.startswith("bootstrap") else ""
    between = f"95 %{how}: {number(low)} to {number(high)}"
    return f"mean {metric} of {number(group.mean)} over {plural(group.n, what)} ({between})"


def _assuming(contests: Sequence[Contest]) -> str:
    """Say what would have to be true for the best to be told apart from groups, or as a group, of one run."""
    worst = max(contests, key=lambda contest: contest.p_holm or 0.0)
    p_value = f"{p_text(worst.p_holm)} after Holm, {worst.method}"
    if len(contests) == 1:
        return f"{worst.second} is told apart from it ({p_value}) only if {worst.assumes}: repeat it to know."
    which = f"{len(contests)} groups are told apart from it ({p_value})"
    return f"{which} only if single runs vary as repeated ones do: repeat them to know."


def _tie_sentence(contest: Contest) -> str:
    if contest.p_value is None:
        return f"{contest.second} has one run like it: chance is not ruled out; repeat both with other seeds."
    sentence = (
        f"{contest.second} is tied with it: {number(abs(contest.difference))} apart, "
        f"{p_text(contest.p_holm)} after Holm ({contest.method})"
    )
    if contest.difference == 0:
        return f"{sentence}."
    what = "fold" if contest.method.startswith("nadeau") else "run"  # of a cross-validation that is repeated
    if contest.more is None:
        return f"{sentence}; no number of further {what}s would tell them apart at this difference."
    return f"{sentence}; {plural(contest.more, f'more {what}')} each would be needed to tell them apart."


def _best_sentence(metric: str, eligibility: Eligibility) -> str:
    ranked = eligibility.eligible
    if not ranked or ranked[0].best is None:
        return "No run keeps what was required." if eligibility.unmet else "No run can be believed."
    winner, best = ranked[0], ranked[0].best
    epoch = "" if best.epoch is None else f" at epoch {best.epoch}"
    reached = f"{metric} of {number(best.value)}{epoch}"
    if winner.record.state is State.RUNNING:
        reached += ", so far: it is still running"
    tied = [entry.label for entry in ranked if value_of(entry) == best.value]
    if len(tied) > 1:
        return f"{_listed(tied, ' and ')} are tied, with the same {metric} of {number(best.value)}."
    if len(ranked) == 1:
        return f"Believe {winner.label}: the only run left to compare, with a {reached}."
    word = "highest" if best.direction == "max" else "lowest"
    return f"Believe {winner.label}: the {word} of {plural(len(ranked), 'comparable run')}, with a {reached}."


def _listed(names: Sequence[str], between: str = ", ") -> str:
    if not names:
        return "none"
    more = len(names) - _MOST_NAMES
    return between.join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
