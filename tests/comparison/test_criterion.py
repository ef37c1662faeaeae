from __future__ import annotations

from trackexp.comparison import compare
from trackexp.record import Facts, RunRecord
from trackexp.testing import make_record


def test_one_run_without_validation_changes_nothing_for_the_others() -> None:
    """Three are judged by their validation loss; the fourth has none, and is said to be not comparable."""
    runs = [make_record(f"r{n}", metrics={"train/loss": [0.3], "val/loss": [0.5 + n / 10]}) for n in range(3)]
    alone = make_record("alone", metrics={"train/loss": [0.01]})
    verdict = compare([*runs, alone]).verdict

    assert "r0" == (verdict.best and verdict.best.id)
    assert [("alone", "it has no val/loss")] == [(one.entry.id, one.reason) for one in verdict.not_comparable]
    assert "alone by train/loss" in verdict.text


def test_runs_of_another_kind_are_set_apart_and_not_refused() -> None:
    """A GAN has no metric of the others."""
    runs = [make_record(f"r{n}", metrics={"val/loss": [0.5 + n / 10]}) for n in range(2)]
    gan = make_record("gan", metrics={"g_loss": [1.0], "d_loss": [2.0]})

    assert ["gan"] == [one.entry.id for one in compare([*runs, gan]).verdict.not_comparable]


def weights(run_id: str, start: str, end: str, value: float) -> RunRecord:
    """Return a run that says by digests with which weights it began and ended."""
    facts: Facts = {"schema": 1, "model": {"initial_weights": start, "final_weights": end}}
    return make_record(run_id, metrics={"val/loss": [value]}, config={"trackexp": facts})


def test_a_run_that_continues_anothers_weights_does_not_win() -> None:
    """It had the other's epochs as well; runs from one pretrained model are rivals."""
    first, second, third = weights("a", "w0", "w1", 0.5), weights("b", "w1", "w2", 0.1), weights("c", "w0", "w3", 0.6)
    verdict = compare([first, second, third]).verdict

    assert "a" == (verdict.best and verdict.best.id)
    assert ["b"] == [one.entry.id for one in verdict.not_comparable]
    assert "continued the weights of a" in verdict.not_comparable[0].reason


def test_results_are_short_in_a_console() -> None:
    """Thirty runs of a thousand rows are said in less than two kilobytes."""
    runs = [make_record(f"r{n}", metrics={"val/loss": [0.5 + n / 100] * 1000}, config={"lr": n}) for n in range(30)]
    comparison = compare(runs)

    for shown in (comparison, comparison.entries, comparison.entries[0], comparison.verdict.best, runs[0]):
        limit = 2_000 * (30 if isinstance(shown, tuple) else 1)
        assert len(repr(shown)) < limit
