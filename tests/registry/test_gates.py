from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from trackexp.errors import UsageError
from trackexp.record import Finding, RunRecord, Severity
from trackexp.record.row_outcomes import RowOutcomes
from trackexp.registry.candidate import Asked, Candidate, Champion, Evidence
from trackexp.registry.event import GateResult, Version
from trackexp.registry.gates import GATES
from trackexp.stats.digests import row_digests, set_digest
from trackexp.stats.sketch import RowSketch

MINE, THEIRS = Version("a" * 64), Version("b" * 64)


def evidence(right: float, *, n: int = 400, seed: int = 0, sha: str = "a", first_row: int = 0, **numbers: float):
    """Return an evaluation of `n` rows of which a share is right, with probabilities to match."""
    rng = np.random.default_rng(seed)
    target = np.arange(n) % 2
    hit = rng.random(n) < right
    digests = row_digests(np.arange(first_row, first_row + n, dtype=float)[:, None])
    rows = RowOutcomes(
        task="classes",
        target=target,
        prediction=np.where(hit, target, 1 - target),
        p_target=np.where(hit, 0.9, 0.1).astype(np.float32),
        class_names=("good", "mold"),
        model_sha256=sha * 64,
        rows_digest=set_digest(digests),
        sketch=RowSketch.of(digests).to_dict(),
        numbers={"accuracy": float(hit.mean()), **numbers},
        intervals={"accuracy": (float(hit.mean()) - 0.03, float(hit.mean()) + 0.03)},
    )
    return Evidence(rows)


def candidate(right: float = 0.9, **changes) -> Candidate:
    """Return a version whose evaluation is right on a share of the rows."""
    given = {"evidence": evidence(right), **changes}
    return Candidate(record=RunRecord("one"), model=Path("model.h5"), version=MINE, **given)


def ask(gate: str, which: Candidate, champion: Champion | None = None, **asked) -> GateResult:
    """Ask one gate."""
    return GATES[gate](which, champion, Asked(**asked))


@pytest.mark.parametrize(
    ("severity", "outcome"), [(Severity.ERROR, "failed"), (Severity.WARNING, "passed"), (Severity.INFO, "passed")]
)
def test_only_an_error_among_the_findings_blocks(severity: Severity, outcome: str):
    """Warnings are told and let pass."""
    finding = Finding("TX101", "bce-on-categorical", severity, "seen", "mend")

    assert outcome == ask("findings", candidate(findings=(finding,))).outcome


def test_an_evaluation_of_another_file_does_not_count():
    """The SHA-256 of what was evaluated must be that of what is promoted."""
    found = ask("evaluated", candidate(evidence=evidence(0.9, sha="b")))

    assert ("failed", True) == (found.outcome, "bbbbbbbbbbbb" in found.text)


@pytest.mark.parametrize("gate", ["evaluated", "disjoint", "holdout"])
def test_without_an_evaluation_nothing_can_be_told(gate: str):
    """And what cannot be told blocks."""
    found = ask(gate, candidate(evidence=None))

    assert ("cannot tell", True) == (found.outcome, found.blocks)


@pytest.mark.parametrize(
    ("threshold", "outcome"),
    [
        ("accuracy > 0.86", "passed"),
        ("accuracy > 0.89", "failed"),
        ("accuracy < 0.9", "failed"),
        ("f1 >= 0.7", "passed"),
    ],
)
def test_a_threshold_is_held_by_the_bad_end_of_its_interval(threshold: str, outcome: str):
    """An accuracy of 0.9 ± 0.03 shows neither "above 0.89" nor "below 0.9"."""
    exact = Evidence(
        RowOutcomes(
            "classes",
            np.zeros(1),
            np.zeros(1),
            numbers={"accuracy": 0.9, "f1": 0.7},
            intervals={"accuracy": (0.87, 0.93)},
        )
    )

    assert outcome == ask("thresholds", candidate(evidence=exact), require=(threshold,)).outcome


@pytest.mark.parametrize("threshold", ["acuracy > 0.5", "accuracy >", "accuracy > high"])
def test_a_threshold_that_cannot_be_read_is_an_error_of_usage(threshold: str):
    """It is said at once, with the form or the nearest name."""
    with pytest.raises(UsageError, match="accuracy"):
        ask("thresholds", candidate(), require=(threshold,))


@pytest.mark.parametrize(("theirs", "outcome"), [(0.7, "passed"), (0.99, "failed")])
def test_only_a_better_version_passes(theirs: float, outcome: str):
    """Better by a paired test on the same rows."""
    champion = Champion(THEIRS, evidence(theirs, seed=1, sha="b"))

    assert outcome == ask("champion", candidate(), champion).outcome


def test_an_equal_version_is_not_better_but_not_worse_by_more_than_a_margin():
    """With a margin, non-inferiority is enough."""
    champion = Champion(THEIRS, evidence(0.9, sha="b"))

    assert ("failed", "passed") == (
        ask("champion", candidate(), champion).outcome,
        ask("champion", candidate(), champion, margin=0.01).outcome,
    )


def test_many_looks_widen_the_comparison():
    """What is better at the first look may not be after fifty."""
    champion = Champion(THEIRS, evidence(0.845, seed=1, sha="b"))
    outcomes = [ask("champion", candidate(), champion, looks=looks).evidence["level"] for looks in (0, 49)]

    assert [0.975, 0.9995] == pytest.approx(outcomes)


def test_a_champion_on_other_rows_cannot_be_compared():
    """Other answers are other rows, however many they are."""
    champion = Champion(THEIRS, evidence(0.7, n=399, sha="b"))

    assert "cannot tell" == ask("champion", candidate(), champion).outcome


@pytest.mark.parametrize(("shared", "outcome"), [(0, "passed"), (2, "passed"), (100, "failed")])
def test_training_rows_in_the_test_set_block(shared: int, outcome: str):
    """A hundred of 400 rows are a leak; two are rows that repeat by chance."""
    trained = RowSketch.of(row_digests(np.arange(shared - 1000, shared, dtype=float)[:, None])).to_dict()

    assert outcome == ask("disjoint", candidate(training_sketch=trained)).outcome


def test_the_number_of_looks_is_told_with_what_chance_gains():
    """√(2 ln m) standard errors."""
    found = ask("holdout", candidate(), looks=6)

    assert ("passed", 7) == (found.outcome, found.evidence["look"])
    assert "look 7 at these rows" in found.text


def test_rows_survive_the_disk(tmp_path: Path):
    """Every array, number and interval is read back."""
    rows = evidence(0.9).rows
    again = RowOutcomes.read(rows.save(tmp_path / "rows.npz"))

    assert rows.numbers == again.numbers
    assert rows.intervals == again.intervals
    assert rows.rows_digest == again.rows_digest
    assert rows.log_losses is not None
    assert again.log_losses is not None
    np.testing.assert_array_equal(rows.scores, again.scores)
    np.testing.assert_array_equal(rows.log_losses, again.log_losses)


def test_rows_are_paired_by_their_ids():
    """The order in which two evaluations went through the rows does not matter."""
    target = np.array([0, 1, 0])
    one = RowOutcomes("classes", target, target, ids=np.array(["a", "b", "c"]))
    other = RowOutcomes("classes", target[[2, 0, 1]], np.array([1, 0, 1]), ids=np.array(["c", "a", "b"]))

    assert [0, 1, 1] == other.aligned_to(one).prediction.tolist()
