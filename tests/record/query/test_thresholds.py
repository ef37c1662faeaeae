from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackexp.errors import UsageError
from trackexp.record.query import Threshold, parse_threshold
from trackexp.record.query.operators import OPERATORS


@given(
    st.sampled_from(["val/loss", "precision@0.9", "config.opt.lr", "my own metric", "größe"]),
    st.sampled_from(sorted(OPERATORS)),
    st.floats(allow_nan=False),
)
def test_a_threshold_reads_back_as_it_prints(name, sign, limit):
    """Whatever the name, the sign and the limit, up to the twelve digits that are printed."""
    threshold = parse_threshold(str(Threshold(name, sign, limit)), "--require ", "a < 1")

    assert (name, sign) == (threshold.name, threshold.sign)
    assert math.isclose(limit, threshold.limit, rel_tol=1e-11)


@pytest.mark.parametrize("text", ["", "loss", "loss <", "< 3", "a < b", "a = 3", "1 < x < 2", "x < nan"])
def test_what_is_no_threshold_is_refused_with_an_example(text):
    """By the name of the option under which it was given."""
    with pytest.raises(UsageError, match=r"^--require '.*such as 'log_loss < 0\.3'"):
        parse_threshold(text, "--require ", "log_loss < 0.3")


@pytest.mark.parametrize("sign", sorted(OPERATORS))
def test_nan_is_on_neither_side_of_a_limit(sign):
    """It only differs from it."""
    assert (sign == "!=") == Threshold("loss", sign, 0.3).holds(math.nan)


def test_a_number_is_told_from_what_has_none():
    """Undefined is None; unknown is an error with the nearest name."""
    numbers = {"auc": math.nan, "f1": None, "n": 3, "task": "binary"}

    assert [None, None, 3.0] == [
        Threshold(name, ">", 0).value_in(numbers, "there is no") for name in ("auc", "f1", "n")
    ]
    with pytest.raises(UsageError, match=r"there is no 'aucc' \(did you mean 'auc'\?\); there are auc, n\."):
        Threshold("aucc", ">", 0).value_in(numbers, "there is no")
    with pytest.raises(UsageError, match="there is no 'task'"):
        Threshold("task", ">", 0).value_in(numbers, "there is no")
