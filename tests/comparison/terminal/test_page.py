from __future__ import annotations

from collections.abc import Callable
from io import StringIO

import pytest

from trackexp.comparison import Comparison, compare, show_comparison
from trackexp.record import Finding
from trackexp.reporting import console
from trackexp.testing import make_record


@pytest.fixture
def full(wrong_loss: Finding) -> Comparison:
    """Groups, a baseline, a threshold, two metrics, other data, another environment, a disqualified run."""
    runs = [
        make_record(
            f"{arch}{seed}",
            metrics={"val/loss": [0.6 + lr, 0.5, value], "val/accuracy": [0.5, 0.6, 1 - value]},
            config={"lr": lr, "seed": seed},
            facts={"compile": {"loss": "mse"}, "data": {"rows": rows, "inputs": [{"shape": [rows, 2], "hash": arch}],
                   "validation_inputs": [{"shape": [3, 2], "hash": "v"}]}},
            summary={"latency_ms": latency},
            environment={"python": python},
            findings=[wrong_loss] if arch == "bad" else [],
            runtime=8.0 + seed,
        )
        for arch, lr, rows, latency, python, values in (
            ("cnn", 0.001, 90, 5, "3.11", [0.10, 0.12, 0.11, 0.13]),
            ("mlp", 0.003, 80, 9, "3.12", [0.12, 0.13, 0.10, 0.15]),
            ("big", 0.01, 90, 50, "3.11", [0.01, 0.02]),
            ("bad", 0.1, 90, 5, "3.11", [0.02]),
        )
        for seed, value in enumerate(values)
    ]  # fmt: skip
    return compare(runs, metric="val/loss,val/accuracy", require="latency_ms < 20", baseline="mlp0")


def shown(comparison: Comparison, width: int) -> str:
    """Return the page on a stream of that width."""
    stream = StringIO()
    show_comparison(console(stream, width=width), comparison)
    return stream.getvalue()


def test_the_terminal_shows_groups_pareto_differences_and_verdict(full: Comparison, golden: Callable[[str, str], str]):
    """Plain, because the stream is no terminal."""
    seen = shown(full, 110)

    assert golden("full.txt", seen) == seen


@pytest.mark.parametrize("width", [40, 60, 80, 99, 100, 140])
def test_the_width_is_respected(full: Comparison, width: int):
    """Also by tables of groups and of two metrics."""
    assert max(map(len, shown(full, width).splitlines())) <= width


def test_what_controls_a_terminal_is_written_out(full: Comparison):
    """Names and configs are anybody's."""
    runs = [
        make_record("a", name="x\x1b[31m", metrics={"val/loss": [1.0]}, config={"k\x07": "[bold]v\x1b]0;t\x07"}),
        make_record("b", name="x\x1b[31m", metrics={"val/loss": [2.0]}),
    ]
    seen = shown(compare(runs), 100)

    assert "\x1b" not in seen
    assert "\x07" not in seen
    assert "[bold]v" in seen
