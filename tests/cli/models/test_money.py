from __future__ import annotations

import pytest

from trackexp.cli.models.money import Money, check_money, costs_of, read_cost_table, read_costs
from trackexp.errors import UsageError


@pytest.mark.parametrize("text", ["fp=1", "fp=1,fn", "fp=1,fn=dear", "fp=1,fm=2", "1.5"])
def test_costs_that_make_no_sense_are_said(text):
    """Each with what is expected."""
    with pytest.raises(UsageError, match="--cost"):
        read_costs(text)


def test_a_table_of_costs_is_read_by_name(tmp_path):
    """Rows and columns in any order; a class that is missing is named."""
    (tmp_path / "c.csv").write_text(",b,a\nb,0,5\na,1,0\n")

    assert [[0, 1], [5, 0]] == read_cost_table(tmp_path / "c.csv", ("a", "b")).tolist()
    with pytest.raises(UsageError, match="lacks c"):
        read_cost_table(tmp_path / "c.csv", ("a", "c"))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"cost": "fp=1,fn=-2"}, "false_negative costs -2"),
        ({"cost": "fp=1,fn=nan"}, "false_negative costs nan"),
        ({"cost": "fp=0,fn=0"}, "cost nothing"),
        ({"cost": "fp=1,fn=2,tp=5"}, "exchanged"),
        ({"cost": "fp=1,fn=2,human_fp=5"}, r"false_positive_rate is 5.0.*0.05"),
        ({"cost": "fp=1,fn=2,labour=-1"}, "labour costs -1"),
        ({"cost": "fp=1,fn=2", "units": -3}, "units is -3"),
        ({"cost": "fp=1,fn=2", "prevalence": 12.9}, "0.129"),
        ({"units": 5}, "--cost fp"),
        ({"threshold": float("nan")}, "--threshold is NaN"),
    ],
)
def test_money_that_makes_no_sense_is_said_before_any_work(typed, said):
    """No model is loaded and no row is read for it."""
    with pytest.raises(UsageError, match=said):
        check_money(Money(**typed))


def test_people_are_part_of_the_costs():
    """Their labour and their own mistakes, apart from the model's costs."""
    costs, human = costs_of("fp=1,fn=2,labour=0.1,human_fn=0.05")

    assert {"false_positive": 1.0, "false_negative": 2.0} == costs
    assert (0.1, 0.0, 0.05) == (human.labour, human.false_positive_rate, human.false_negative_rate)
