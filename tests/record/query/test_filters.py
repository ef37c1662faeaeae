from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackexp.errors import FilterError
from trackexp.record import Finding, RunRecord, Severity, State
from trackexp.record.query import parse_filter

FINDING = Finding("TX101", "bce-on-categorical", Severity.ERROR, "message", "fix")
RUN = RunRecord(
    id="6tviu1ge",
    name="deluge",
    group="lr",
    tags=("a", "old"),
    state=State.FAILED,
    exit_code=1,
    config={"lr": 0.001, "optimizer": {"name": "adam", "beta.1": 0.9}, "layers": [64, 10], "flag": True, "none": None},
    summary={
        "val/loss": {"min": 0.2},
        "epoch/accuracy": 0.9,
        "my key": 3,
        "trackexp": {"findings": [FINDING.to_dict()]},
    },
    started_at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
    runtime=75.0,
)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("config.lr < 0.01", True),
        ("config.lr < 0.01 and summary.val/loss < 0.3", True),
        ("config.lr < 0.01 and summary.val/loss < 0.1", False),
        ("val/loss<.3", True),
        ("0.1 < val/loss", True),
        ("summary.val_loss == 0.2", True),
        ("train/accuracy >= 0.9", True),
        ("accuracy >= 0.9", True),
        ("config.optimizer.name == 'adam'", True),
        ("config.optimizer.beta.1 == 9e-1", True),
        ('config.optimizer.name = "sgd"', False),
        ("state == 'failed'", True),
        ("state in ['failed', 'killed']", True),
        ("state not in ['failed', 'killed']", False),
        ("tags contains 'old'", True),
        ("not tags contains 'old'", False),
        ("tags not contains 'new'", True),
        ("'old' in tags", True),
        ("name contains 'lug'", True),
        ("config.layers contains 64", True),
        ("config.flag", True),
        ("config.flag == true", True),
        ("config.flag == 1", False),
        ("config.none == null", True),
        ("config.absent == null", True),
        ("config.absent != 3", True),
        ("config.absent < 3", False),
        ("config.absent > 3", False),
        ("config.lr < 'x'", False),
        ("not config.absent", True),
        ("findings contains 'TX101'", True),
        ("started_at >= '2026-01-01' and started_at < '2026-02-01'", True),
        ("runtime > 1_000 or exit_code == 1", True),
        ("false and true or true", True),
        ("false and (true or true)", False),
        ("not false and false", False),
        ("NOT false AND True", True),
        ("`summary.my key` == 3", True),
        ("id == '6tviu1ge' and group = 'lr'", True),
        ("damaged", False),
        ("exit_code == -1", False),
        (r"name == 'del\'uge'", False),
    ],
)
def test_a_filter_says_what_it_reads_like(source: str, expected: bool) -> None:
    """Names, numbers, texts and lists compare; `not` binds before `and`, `and` before `or`."""
    assert expected is parse_filter(source)(RUN)


@pytest.mark.parametrize(
    ("source", "caret", "words"),
    [
        ("", 0, "expected a name"),
        ("config.lr <", 11, "expected a name, a number"),
        ("config.lr < and 3", 12, "expected a name, a number"),
        ("config.lr << 3", 11, "expected a name"),
        ("(config.lr", 10, "expected ')'"),
        ("config.lr) and", 9, "expected `and`, `or` or the end"),
        ("state in ['a' 'b']", 14, "expected ','"),
        ("state = 'open", 8, "begins neither a name"),
        ("config.lr < 3 ; drop", 14, "';' begins neither"),
        ("__import__('os')", 0, "no run has '__import__'"),
        ("stat == 'x'", 0, "did you mean 'state'"),
        ("lr < 3", 0, "config.lr"),
        ("config. < 3", 0, "no run has 'config.'"),
        ("state not 'x'", 10, "expected `in` or `contains`"),
        ("config.lr < 0x10", 12, "begins neither"),
        ("(" * 101 + "true" + ")" * 101, 101, "more than 100 levels"),
    ],
)
def test_what_does_not_parse_has_a_caret_under_it(source: str, caret: int, words: str) -> None:
    """The filter is shown with a mark at the place, and what was expected there."""
    with pytest.raises(FilterError) as caught:
        parse_filter(source)

    message, shown, mark = str(caught.value).rsplit("\n", 2)
    assert (words in message, shown, mark) == (True, f"  {source}", f"  {' ' * caret}^"), message


@given(st.text(alphabet="config.lr<>=!()[],'\"`ndotrue1 ", max_size=40) | st.text(max_size=40))
def test_any_text_is_a_filter_or_our_error(source: str) -> None:
    """Nothing else is raised, neither while it is parsed nor when it is asked."""
    try:
        test = parse_filter(source)
    except FilterError:
        return

    assert test(RUN) in (True, False)


_LEAVES = st.sampled_from(["config.lr < 0.01", "state == 'failed'", "config.absent", "val/loss > 1", "true", "false"])


@given(st.recursive(_LEAVES, lambda inner: st.tuples(inner, st.sampled_from(["and", "or"]), inner), max_leaves=12))
def test_connectives_are_those_of_logic(tree: Any) -> None:
    """A whole expression in brackets says what its parts say."""

    def text(node: Any) -> str:
        return node if isinstance(node, str) else f"({text(node[0])}) {node[1]} ({text(node[2])})"

    def truth(node: Any) -> bool:
        if isinstance(node, str):
            return parse_filter(node)(RUN)
        left, right = truth(node[0]), truth(node[2])
        return (left and right) if node[1] == "and" else (left or right)

    assert truth(tree) is parse_filter(text(tree))(RUN)
    assert truth(tree) is not parse_filter(f"not ({text(tree)})")(RUN)
