from __future__ import annotations

import pytest

from trackexp import errors
from trackexp.errors import nearest


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (errors.UsageError, ValueError),
        (errors.RunNotFoundError, LookupError),
        (errors.MissingExtraError, ImportError),
        (errors.UnknownMonitorError, ValueError),
    ],
)
def test_an_error_is_also_the_ecosystems(ours: type[Exception], theirs: type[Exception]):
    """Whoever catches Python's own error catches ours, and the root catches everything."""
    caught = ours("seen")

    assert isinstance(caught, theirs)
    assert isinstance(caught, errors.TrackexpError)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [("val_los", " (did you mean 'val_loss'?)"), ("completely else", ""), ("", "")],
)
def test_the_nearest_valid_value_is_named_only_when_it_is_near(seen: str, expected: str):
    """A typing error gets its cure; anything else gets no wild guess."""
    told = nearest(seen, ["val_loss", "val_accuracy", "loss"])

    assert expected == told


def test_nothing_is_near_when_nothing_exists():
    """An empty list of choices is no error in itself."""
    assert nearest("val_loss", []) == ""
