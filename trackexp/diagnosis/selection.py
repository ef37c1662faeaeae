"""Which rules run: by code, name, or the beginning of codes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from trackexp.diagnosis.rule import Rule
from trackexp.errors import UsageError, nearest


@dataclass(frozen=True, slots=True)
class Selection:
    """What was asked for: the words of `select` (None: everything) and of `ignore`."""

    select: tuple[str, ...] | None
    ignore: tuple[str, ...]
    preview: bool = False

    def reason_to_skip(self, rule: Rule) -> str:
        """Return why the rule is not run, or "" when it is; `ignore` outranks `select`."""
        for word in self.ignore:
            if _matches(word, rule):
                return f"ignored by {word!r}"
        chosen = self.select is None or any(_matches(word, rule) for word in self.select)
        if not chosen:
            return "not selected"
        if (
            rule.stability == "preview"
            and not self.preview
            and not {rule.code.lower(), rule.name} & set(self.select or ())
        ):
            return f"in preview: runs only when selected by its code, {rule.code}"
        return ""


def selection(
    select: str | Iterable[str] | None,
    ignore: str | Iterable[str] | None,
    rules: Iterable[Rule],
    *,
    preview: bool = False,
) -> Selection:
    """Read what was asked for: codes, names or beginnings of codes, as strings with commas or as lists of them.

    Raises:
        UsageError: A word stands for none of the rules.
    """
    rules = tuple(rules)
    chosen = None if select is None else words_of("select", select, rules)
    return Selection(chosen, () if ignore is None else words_of("ignore", ignore, rules), preview)


def words_of(argument: str, value: str | Iterable[str], rules: tuple[Rule, ...]) -> tuple[str, ...]:
    """Return codes, names and beginnings of codes as words, each of which stands for a rule.

    Raises:
        UsageError: A word stands for none of the rules.
    """
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


def _matches(word: str, rule: Rule) -> bool:
    return word == rule.name or rule.code.lower().startswith(word)
