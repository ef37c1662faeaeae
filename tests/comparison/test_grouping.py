from __future__ import annotations

from typing import Any

import pytest

from trackexp.comparison.grouping import Grouping, grouping_of, replicate_of
from trackexp.errors import UsageError
from trackexp.record import RunRecord
from trackexp.testing import make_record


def runs(*configs: dict[str, Any], **fields: Any) -> list[RunRecord]:
    """Return a run a config, with the ids a, b, c and so on."""
    return [make_record("abcdefgh"[index], config=config, **fields) for index, config in enumerate(configs)]


def members(grouping: Grouping | None) -> dict[str, tuple[str, ...]] | None:
    """Return the groups by label."""
    return None if grouping is None else dict(grouping.members)


@pytest.mark.parametrize(
    ("configs", "expected"),
    [
        ([{"lr": 1, "seed": 0}, {"lr": 1, "seed": 1}, {"lr": 2, "seed": 0}], {"lr=1": ("a", "b"), "lr=2": ("c",)}),
        ([{"lr": 1, "fold": 0}, {"lr": 1, "fold": 1}], {"all runs": ("a", "b")}),
        ([{"t": {"random_state": 0}, "lr": 1}, {"t": {"random_state": 1}, "lr": 1}], {"all runs": ("a", "b")}),
        ([{"lr": 1, "seed": 0}, {"lr": 2, "seed": 1}], None),
        ([{"lr": 1}, {"lr": 1}], None),
        ([{"lr": 1, "seed": 0}, {"lr": 1, "seed": 1}, {"lr": 1}], None),
        ([{"lr": 1, "seed": 0}, {"lr": 1, "seed": 0}], None),
        ([{"seed": 0, "x": 1}, {"seed": 1}, {"seed": 2}], {"x=1": ("a",), "x=(not set)": ("b", "c")}),
    ],
    ids=["seeds", "folds", "nested", "no repetition", "no seed", "a run without", "one seed twice", "absent key"],
)
def test_unasked_runs_that_differ_by_seed_or_fold_alone_belong_together(
    configs: list[dict[str, Any]], expected: dict[str, tuple[str, ...]] | None
):
    """Only where every run says which repetition it is."""
    assert expected == members(grouping_of(runs(*configs), None))


def test_unasked_a_wandb_group_is_one_where_its_settings_are():
    """A sweep in one group is no repetition."""
    alike = [make_record(name, group=name[0]) for name in ("x1", "x2", "y1")]
    sweep = [make_record(name, group=name[0], config={"lr": name}) for name in ("x1", "x2", "y1")]

    assert {"group=x": ("x1", "x2"), "group=y": ("y1",)} == members(grouping_of(alike, None))
    assert grouping_of(sweep, None) is None


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("lr", {"lr=0.1": ("a", "c"), "lr=0.2": ("b",)}),
        ("config.lr", {"config.lr=0.1": ("a", "c"), "config.lr=0.2": ("b",)}),
        ("lr,model.units", {"lr=0.1, model.units=8": ("a",), "lr=0.2, model.units=8": ("b",),
                            "lr=0.1, model.units=9": ("c",)}),
        (["lr", "model"], {'lr=0.1, model={"units": 8}': ("a",), 'lr=0.2, model={"units": 8}': ("b",),
                           'lr=0.1, model={"units": 9}': ("c",)}),
        ("group", {"group=g": ("a", "b", "c")}),
        ("job_type", {"job_type=(not set)": ("a", "b", "c")}),
    ],
)  # fmt: skip
def test_groups_are_made_by_what_was_asked(asked: Any, expected: dict[str, tuple[str, ...]]):
    """Config keys, dotted or whole, and W&B's own words."""
    units = ({"lr": 0.1, "model": {"units": 8}}, {"lr": 0.2, "model": {"units": 8}}, {"lr": 0.1, "model": {"units": 9}})

    assert expected == members(grouping_of(runs(*units, group="g"), asked))


def test_values_that_read_alike_are_two_groups():
    """1 and "1" are not the same setting."""
    assert {"x=1": ("a",), "x=1 (2)": ("b",)} == members(grouping_of(runs({"x": 1}, {"x": "1"}), "x"))


def test_a_key_that_no_run_has_is_refused_with_the_nearest():
    """And with what there is."""
    with pytest.raises(UsageError, match=r"group_by='larning_rate'.*did you mean 'learning_rate'.*job_type"):
        grouping_of(runs({"learning_rate": 1}, {"learning_rate": 2}), "larning_rate")


def test_the_repetition_is_told_by_its_keys():
    """Seed and fold together."""
    assert (("fold", ("number", 1)), ("seed", ("number", 2))) == replicate_of(runs({"seed": 2, "fold": 1, "x": 3})[0])
