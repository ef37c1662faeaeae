"""Which findings of a comparison somebody asked to fail on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trackexp.diagnosis import every_rule
from trackexp.errors import UsageError, nearest
from trackexp.record import Finding, Severity

if TYPE_CHECKING:
    from trackexp.comparison.result import Comparison


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
