from __future__ import annotations

import pytest

from trackexp.diagnosis import Status, diagnose
from trackexp.errors import UsageError
from trackexp.testing import make_record


@pytest.mark.parametrize(
    "word", ["TX101", "tx101", "TX1", "TX", "bce-on-categorical", "bce_on_categorical", " TX101 , TX1", ["TX101"]]
)
def test_rules_are_chosen_by_code_name_or_beginning(word: str | list[str]):
    """The same words select and ignore."""
    selected = {outcome.code: outcome for outcome in diagnose(make_record(), select=word).outcomes}
    ignored = {outcome.code: outcome for outcome in diagnose(make_record(), ignore=word).outcomes}

    assert Status.NOT_APPLICABLE == selected["TX101"].status
    assert Status.IGNORED == ignored["TX101"].status
    assert ignored["TX101"].reason.startswith("ignored by")


def test_ignore_outranks_select():
    """What is named in both does not run."""
    outcomes = diagnose(make_record(), select="TX101", ignore="TX1").outcomes

    assert [Status.IGNORED] == [outcome.status for outcome in outcomes if outcome.code == "TX101"]


def test_what_is_not_selected_says_so():
    """An empty selection runs nothing, and no rule is silent about it."""
    outcomes = diagnose(make_record(), select=[]).outcomes

    assert {(Status.IGNORED, "not selected")} == {(outcome.status, outcome.reason) for outcome in outcomes}


@pytest.mark.parametrize("argument", ["select", "ignore"])
@pytest.mark.parametrize(
    ("word", "near"), [("bce-on-categoricl", "did you mean 'bce-on-categorical'"), ("tx101z", "did you mean 'TX101'")]
)
def test_an_unknown_word_is_refused_with_the_nearest(argument: str, word: str, near: str):
    """A misspelt rule must not pass for one that found nothing."""
    with pytest.raises(UsageError, match=near):
        diagnose(make_record(), **{argument: word})


@pytest.mark.parametrize("word", ["", "TX101,", ["TX101", ""]])
def test_an_empty_word_is_refused(word: str | list[str]):
    """It would stand for every rule."""
    with pytest.raises(UsageError, match="is no rule"):
        diagnose(make_record(), ignore=word)
