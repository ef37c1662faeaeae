from __future__ import annotations

from io import StringIO

import pytest

from trackexp.comparison import compare, show_comparison
from trackexp.record import RunRecord
from trackexp.reporting import console
from trackexp.testing import make_record


def page(records: list[RunRecord], width: int) -> list[str]:
    """Return the lines of a comparison on a terminal of that width."""
    stream = StringIO()
    show_comparison(console(stream, width=width), compare(records))
    return stream.getvalue().splitlines()


@pytest.mark.parametrize(
    ("width", "columns"),
    [
        (100, "run id state epochs val/loss epoch time findings"),
        (69, "run state best epoch time findings"),
        (50, "run state best findings"),
        (80, "run state epochs best epoch time findings"),
        (30, "run best findings"),
        (40, "run state best findings"),
    ],
)
def test_a_narrow_terminal_gets_fewer_columns_and_whole_words(three: list[RunRecord], width: int, columns: str):
    """What matters least goes first; the mark, the run, its number and the codes of its findings stay."""
    lines = page(three, width)
    words = " ".join(lines).split()

    assert columns == " ".join(lines[2].split())
    assert {"dense-bce", "0.03", "TX101"} <= set(" ".join(lines[3:6]).split())
    assert width >= 70 or "binary_crossentropy:" in words
    assert max(map(len, lines)) <= width


def test_runs_of_one_name_stay_apart_without_the_column_of_ids():
    """The id stands behind the name then."""
    runs = [make_record(run, name="fold", metrics={"val/loss": [value]}) for run, value in (("aaa", 0.1), ("bbb", 0.2))]
    lines = page(runs, 40)

    assert ["✓", "fold", "(aaa)", "0.1"] == lines[3].split()[:4]


def test_a_metric_too_wide_for_its_column_is_called_the_best():
    """Its name stands above the table."""
    name = "val/categorical_accuracy"
    lines = page([make_record(run, metrics={name: [0.5]}) for run in "ab"], 40)

    assert f"2 runs by {name}" == lines[1]
    assert "best" in lines[2].split()
