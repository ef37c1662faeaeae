from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "relu-on-regression"


def dying(probed: Callable[..., Any], share: float, **change: Any) -> dict[str, Any]:
    """A regression whose output ends in a relu with that share of units that are always 0."""
    arguments: dict[str, Any] = {
        "names": ("hidden", "y"),
        "layers": {"dead": [0.1, share]},
        "activation": "relu",
        "output": {"layer": "y"},
        "target": {"minimum": 0.0, "maximum": 9.0},
        **change,
    }
    return probed(**arguments)  # type: ignore[no-any-return]


def test_it_fires_on_an_output_that_is_always_0(probed: Callable[..., Any], message_of: Callable[..., str]):
    """The message says how many units, on how many rows."""
    expected = "warning: the output ends in a relu, and 100% of its units are 0 on all of 256 rows"

    assert expected == message_of(NAME, dying(probed, 1.0))


@pytest.mark.parametrize(
    ("share", "change"),
    [
        (0.5, {}),
        (1.0, {"activation": "linear"}),
        (1.0, {"loss": "binary_crossentropy"}),
        (1.0, {"target": {"minimum": 0.0, "maximum": 0.0}}),
    ],
    ids=["it answers", "linear", "a classifier", "targets of 0"],
)
def test_other_outputs_pass(
    probed: Callable[..., Any], judge: Callable[..., Any], share: float, change: dict[str, Any]
):
    """A relu on targets that are never negative is no fault."""
    assert Status.PASSED == judge(NAME, dying(probed, share, **change)).status


def test_it_does_not_apply_without_two_probes(probed: Callable[..., Any], judge: Callable[..., Any]):
    """One batch may be unlucky."""
    assert Status.NOT_APPLICABLE == judge(NAME, dying(probed, 1.0, looks=1)).status
