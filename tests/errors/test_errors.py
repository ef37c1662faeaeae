from __future__ import annotations

import pytest

from trackexp import errors
from trackexp.errors import nearest, written_out


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


@pytest.mark.parametrize(
    "steering", ["\x1b[2J", "\x07", "\r", "\n", "\x00", "\u202e", "\u2066", "\u0085", "\u2028", "\udc80"]
)
def test_no_error_can_steer_a_terminal(steering: str):
    """Titles, paths and a server's words in a message are written out, in every error of the tree."""
    told = [str(cls(f"no run in {steering}x")) for cls in every(errors.TrackexpError)]

    assert [] == [text for text in told if not text.replace("\n", "").isprintable()]
    assert all("no run in" in text for text in told)


def every(cls: type[errors.TrackexpError]) -> list[type[errors.TrackexpError]]:
    """Return a class and all below it."""
    return [cls, *(found for child in cls.__subclasses__() for found in every(child))]


def test_a_message_of_lines_keeps_its_lines_alone():
    """The caret under a filter stands on a line of its own."""
    assert "a\n  ^\\x1b" == str(errors.FilterError("a\n  ^\x1b"))


def test_a_message_has_a_bound():
    """A path of a megabyte is no reason to fill a terminal."""
    assert "xx… (100,000 characters)" == written_out("x" * 100_000, most=2)
