from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Outcome


@pytest.mark.parametrize(
    ("facts", "place"),
    [
        ({"compile": {"losses": [{"identifer": "binary_crossentropy"}]}}, "compile.losses.0.identifer"),
        ({"fit": {"batchsize": 8}}, "fit.batchsize"),
        ({"data": {"reference": {"score": 1.0}}}, "data.reference.score"),
        ({"weights": {}}, "weights"),
    ],
)
def test_a_fact_that_no_run_can_have_fails_the_test_of_its_rule(
    judge: Callable[..., Outcome], facts: dict[str, Any], place: str
):
    """So that a fact which is renamed does not leave the tests of rules green that nothing feeds any more."""
    with pytest.raises(AssertionError, match=place):
        judge("bce-on-categorical", facts)
