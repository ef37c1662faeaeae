from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from trackexp.diagnosis import Field, Member, Outcome, across_rules, diagnose_across


@pytest.fixture
def judge() -> Callable[..., Outcome]:
    """Run one rule over several runs, by name."""

    def outcome(
        name: str,
        members: Sequence[Member],
        *,
        groups: dict[str, tuple[float, ...]] | None = None,
        best: int | None = None,
    ) -> Outcome:
        rules = tuple(rule for rule in across_rules() if rule.name == name)
        field = Field(tuple(members), "val/loss", groups or {}, None if best is None else members[best])
        return diagnose_across(field, rules).outcomes[0]

    return outcome


@pytest.fixture
def message_of(judge: Callable[..., Outcome]) -> Callable[..., str]:
    """Return the one message of a rule, with its severity before it."""

    def message(name: str, members: Sequence[Member], **fields: object) -> str:
        (finding,) = judge(name, members, **fields).findings
        return f"{finding.severity}: {finding.message}"

    return message
