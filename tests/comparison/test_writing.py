from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Callable
from io import StringIO

from hypothesis import example, given, settings
from hypothesis import strategies as st

from trackexp.comparison import Comparison, compare
from trackexp.comparison.writing import rows_of
from trackexp.record import Damage, Finding, RunRecord
from trackexp.testing import make_record


def seeded(wrong_loss: Finding, **fields: object) -> Comparison:
    """Compare two groups, a run with an error, one that crashed and one that misses a threshold."""
    runs = [
        make_record(
            f"{arch}{seed}",
            name=f"{arch} *{seed}*",
            metrics={"val/loss": [0.5, value], "val/accuracy": [0.5, 1 - value]},
            config={"arch": arch, "seed": seed},
            summary={"latency_ms": 5.0},
            runtime=60.0 + seed,
            system={"cpu": 50.0},
        )
        for arch, values in (("cnn", [0.10, 0.12, 0.11]), ("mlp", [0.20, 0.19, 0.22]))
        for seed, value in enumerate(values)
    ]
    bad = make_record("bad", metrics={"val/loss": [0.01]}, config={"arch": "x", "seed": 0}, findings=[wrong_loss])
    lost = make_record("lost", state="crashed", config={"arch": "x", "seed": 1}, damage=(Damage(3, 4, "truncated"),))
    slow = make_record(
        "slow", metrics={"val/loss": [0.3]}, config={"arch": "=x|y", "seed": 0}, summary={"latency_ms": 50}
    )
    return compare([lost, slow, bad, *runs], require="latency_ms < 20", baseline="mlp0", **fields)  # type: ignore[arg-type]


def test_the_rows_are_in_the_order_of_merit_with_what_became_of_each(wrong_loss: Finding):
    """The same columns in every row."""
    rows = rows_of(seeded(wrong_loss))

    out = ["unmet", "disqualified", "not comparable"]
    assert ["best", "best group", "best group", "", "", "", *out] == [row["verdict"] for row in rows]
    assert "cnn0" == rows[0]["id"]
    assert 1 == len({tuple(row) for row in rows})
    assert -0.1 == round(rows[0]["val/loss best delta"], 9)


def test_the_table_is_a_data_frame(three: list[RunRecord]):
    """A row a run; pandas comes when it is asked for."""
    table = compare(three).table

    assert ["bbb", "aaa", "ccc"] == table["id"].tolist()
    assert ["best", "", "disqualified"] == table["verdict"].tolist()
    assert {"val/loss", "val/loss epoch", "val/loss last", "val/loss area", "config.lr", "runtime"} <= set(
        table.columns
    )


def test_comparing_does_not_import_pandas_or_rich():
    """Nor anything else that JSON does not need."""
    code = (
        "import sys; from trackexp import compare; from trackexp.testing import make_record as m\n"
        "compare([m('a', metrics={'val/loss': [1]}), m('b', metrics={'val/loss': [2]})]).to_dict()\n"
        "print({'pandas', 'rich', 'wandb', 'keras', 'jinja2'} & set(sys.modules))"
    )

    assert "set()\n" == subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_csv_is_the_table(wrong_loss: Finding):
    """And what a spreadsheet would take for a formula is text."""
    comparison = seeded(wrong_loss)
    rows = list(csv.DictReader(StringIO(comparison.to_csv())))

    assert list(rows_of(comparison)[0]) == list(rows[0])
    assert [row["id"] for row in rows_of(comparison)] == [row["id"] for row in rows]
    assert "'=x|y" == next(row["config.arch"] for row in rows if row["id"] == "slow")


@settings(deadline=None, max_examples=30)
@example("\r", {})
@given(st.text(max_size=8), st.dictionaries(st.text(min_size=1, max_size=4), st.text(max_size=6), max_size=2))
def test_no_text_breaks_the_csv_or_the_markdown(name: str, config: dict[str, str]):
    """Names and configs are anybody's: quotes, line ends, pipes, tags."""
    runs = [
        make_record("a", name=name, metrics={"val/loss": [1.0]}, config=config),
        make_record("b", metrics={"val/loss": [2.0]}),
    ]
    comparison = compare(runs)
    rows = list(csv.reader(StringIO(comparison.to_csv(), newline="")))
    tables = [line for line in comparison.to_markdown().splitlines() if line.startswith("|")]

    assert 3 == len(rows)
    assert 1 == len({len(row) for row in rows})
    assert "<" not in comparison.to_markdown().replace("<details>", "").replace("</details>", "").replace(
        "<summary>", ""
    ).replace("</summary>", "")
    assert tables


def test_the_markdown_is_what_a_pull_request_shows(wrong_loss: Finding, golden: Callable[[str, str], str]):
    """Verdict first, then runs, groups, what differs and findings."""
    seen = seeded(wrong_loss).to_markdown()

    assert golden("comparison.md", seen) == seen


def test_the_markdown_has_the_pareto_front(wrong_loss: Finding):
    """Where two metrics are asked for."""
    assert "| run | val/loss | val/accuracy |  |" in seeded(wrong_loss, metric="val/loss,val/accuracy").to_markdown()
