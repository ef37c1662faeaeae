from __future__ import annotations

import json
from collections.abc import Callable

from trackexp.record import RunRecord
from trackexp.reporting import run_to_dict, to_json
from trackexp.testing import make_record


def test_the_json_of_a_run_is_as_published(full: RunRecord, golden: Callable[[str, str], str]):
    """Other tools read it: a change needs another schema number."""
    seen = to_json(run_to_dict(full, {"findings": [], "outcomes": []})) + "\n"

    assert golden("run.json", seen) == seen


def test_numbers_that_json_lacks_are_words():
    """NaN and infinities are written as W&B writes them."""
    record = make_record(metrics={"val/loss": [float("nan")]}, config={"limit": float("inf")})
    data = json.loads(to_json(run_to_dict(record, {})))

    assert "NaN" == data["best"]["val/loss"]["value"]
    assert {"limit": "Infinity"} == data["config"]


def test_only_a_damaged_run_has_damage(full: RunRecord):
    """Its absence means a sound file."""
    assert "damage" in run_to_dict(full, {})
    assert "damage" not in run_to_dict(make_record(), {})
