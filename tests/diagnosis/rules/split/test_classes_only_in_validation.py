from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "classes-only-in-validation"


def parts(train: dict[str, int] | None, valid: dict[str, int] | None, how: str = "arrays") -> dict[str, Any]:
    """Classes of both parts; 600 training rows in all."""
    return {
        "target": {"class_counts": train},
        "data": {"validation_targets": [{"class_counts": valid}]},
        "fit": {"validation": how},
    }


def test_it_names_the_classes(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """Their share of the validation rows too."""
    facts = fit_of(**parts({"0": 300, "1": 300}, {"0": 80, "8": 10, "9": 10}))
    expected = "warning: 20% of 100 validation rows are of classes that no training row has (8, 9)"

    assert expected == message_of(NAME, facts)


@pytest.mark.parametrize(
    "change",
    [
        parts({"0": 300, "1": 300}, {"0": 81, "9": 19}),
        parts({"0": 300, "1": 300}, {"9": 19}),
        parts({"0": 300, "1": 300}, {"9": 100}, "split"),
    ],
    ids=["rare", "few rows", "a split of Keras's"],
)
def test_other_parts_pass(fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any]):
    """A rare class may be missing by chance."""
    assert Status.PASSED == judge(NAME, fit_of(**change)).status


@pytest.mark.parametrize(
    "change", [parts(None, None), parts({"0": 8, "1": 8}, {"9": 100})], ids=["no classes", "too few rows seen"]
)
def test_it_does_not_apply(fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any]):
    """To quantities, and to a part of which one batch was seen."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(**change)).status
