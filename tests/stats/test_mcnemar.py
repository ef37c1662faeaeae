from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import mcnemar

from trackexp.errors import UsageError
from trackexp.stats import mcnemar_p_value

few = st.integers(0, 300)


@given(few, few)
def test_exact_equals_statsmodels(b, c):
    """The exact p-value equals that of statsmodels."""
    assert pytest.approx(mcnemar([[0, b], [c, 0]], exact=True).pvalue) == mcnemar_p_value(b, c)


@given(few, few)
def test_it_is_symmetric_and_mid_p_is_smaller(b, c):
    """Order does not matter, and mid-p is never above the exact value."""
    assert mcnemar_p_value(b, c) == mcnemar_p_value(c, b)
    assert mcnemar_p_value(b, c, "mid-p") <= mcnemar_p_value(b, c)


def test_wrong_arguments_are_usage_errors():
    """A negative count and an unknown method are refused."""
    with pytest.raises(UsageError, match="-1"):
        mcnemar_p_value(-1, 2)
    with pytest.raises(UsageError, match="chi2"):
        mcnemar_p_value(1, 2, "chi2")
