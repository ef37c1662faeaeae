from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest


def _number(value):
    if isinstance(value, list):
        return [_number(item) for item in value]
    if value is None:
        return float("nan")
    return float(Fraction(value)) if isinstance(value, str) and "/" in value else float(value)


def _generated(seed, n, K, pow_y, pow_p):  # noqa: N803 (the reference's own names)
    rng = np.random.Generator(np.random.PCG64(seed))
    a = rng.integers(1, 101, size=(n, K))
    s = (a**pow_y).cumsum(1)
    u = (rng.random(n) * s[:, -1]).astype(np.int64)
    v = a**pow_p
    return (s <= u[:, None]).sum(1), v / v.sum(1, keepdims=True)


def _case_input(case):
    given = case["input"]
    if "gen" not in given:
        return np.array(given["y"]), np.array(_number(given.get("P", given.get("p"))))
    y, p = _generated(**given["gen"])
    if given.get("then") == "y[:]=1":
        y[:] = 1
    return y, p[:, 1] if given.get("then") == "p=P[:,1]" else p


@pytest.fixture(scope="session")
def reference():
    """Return the reference cases by name, each with its `y` and `p`."""
    text = (Path(__file__).parent / "evalvectors.json").read_text(encoding="utf-8")
    cases = {case["name"]: case for case in json.loads(text)["cases"]}
    for case in cases.values():
        case["y"], case["p"] = _case_input(case)
    return cases


@pytest.fixture(scope="session")
def number():
    """Return the function that reads the reference's numbers."""
    return _number


@pytest.fixture(scope="session")
def generated():
    """Return the generator of the reference: labels and bit-identical probabilities."""
    return _generated


@pytest.fixture(scope="session")
def digits_like():
    """Return 3,000 rows of five classes with inputs, groups and ids, whose site B is worse than the others."""
    rng = np.random.default_rng(11)
    y, p = _generated(41, 3000, 5, 5, 5)
    groups = np.array(["A", "B", "C"])[rng.integers(0, 3, 3000)]
    bad = (groups == "B") & (rng.random(3000) < 0.3)
    y = np.where(bad, (y + 1) % 5, y)
    inputs = rng.normal(size=(3000, 4)) + (groups == "B")[:, None] * 3
    return {
        "y_true": y,
        "y_prob": p,
        "class_names": ["ankle boot", "bag", "coat", "dress", "émail"],
        "ids": np.array([f"img{i:05}" for i in range(3000)]),
        "inputs": inputs,
        "groups": groups,
        "part": "valid",
    }
