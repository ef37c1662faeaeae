from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Outcome, all_rules, diagnose
from trackexp.record import RunRecord
from trackexp.testing import make_record


@pytest.fixture
def onehot_fit() -> Callable[..., dict[str, Any]]:
    """Facts of a `fit` with binary crossentropy on one-hot targets; each argument changes one thing."""

    def facts(
        *,
        loss: dict[str, Any] | None = None,
        target: dict[str, Any] | None = None,
        activation: str | None = "softmax",
        source: str = "arrays",
    ) -> dict[str, Any]:
        return {
            "model": {"outputs": [{"name": "digit", "activation": activation}]},
            "compile": {"losses": [{"identifier": "binary_crossentropy", **(loss or {})}]},
            "fit": {"source": source},
            "data": {
                "targets": [
                    {
                        "shape": [1797, 10],
                        "sampled_rows": 1797,
                        "zero_one": True,
                        "integral": True,
                        "row_sums_one": 1.0,
                        **(target or {}),
                    }
                ]
            },
        }

    return facts


@pytest.fixture
def faulty(onehot_fit: Callable[..., dict[str, Any]]) -> RunRecord:
    """A record of one `fit` with the fault."""
    return make_record(facts=onehot_fit())


@pytest.fixture
def fit_of() -> Callable[..., dict[str, Any]]:
    """Facts of a sound `fit`, one output, arrays; each argument changes one thing, further ones the loss."""

    def facts(
        *,
        loss: str = "mean_squared_error",
        activation: str | None = "linear",
        units: int = 1,
        target: dict[str, Any] | None = None,
        output: dict[str, Any] | None = None,
        inputs: list[dict[str, Any]] | None = None,
        layers: list[dict[str, Any]] | None = None,
        metrics: list[dict[str, Any]] | None = None,
        optimizer: dict[str, Any] | None = None,
        model: dict[str, Any] | None = None,
        fit: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        **loss_facts: Any,
    ) -> dict[str, Any]:
        end = {"name": "y", "shape": [None, units], "units": units, "activation": activation, "activations": []}
        return {
            "model": {
                "outputs": [{**end, "passed": [], "scales": [], **(output or {})}],
                "layers": layers or [],
                "overrides": [],
                **(model or {}),
            },
            "compile": {
                "losses": [{"identifier": loss, "custom": False, "config": {}, **loss_facts}],
                "metrics": metrics or [],
                "optimizer": {"identifier": "adam", "learning_rate": 0.001, "config": {}, **(optimizer or {})},
            },
            "fit": {
                "source": "arrays",
                "batch_size": 32,
                "epochs": 10,
                "batches": 19,
                "validation": "none",
                "callbacks": [],
                **(fit or {}),
            },
            "data": {
                "inputs": inputs if inputs is not None else [{"shape": [600, 8], "sampled_rows": 600}],
                "targets": [{"shape": [600, units], "sampled_rows": 600, **(target or {})}],
                "rows": 600,
                **(data or {}),
            },
        }

    return facts


@pytest.fixture
def looped(fit_of: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Facts of a sound `fit` in a loop that the script writes itself; arguments are facts of the loop, or layers."""

    def facts(*, layers: list[dict[str, Any]] | None = None, **loop: Any) -> dict[str, Any]:
        sound: dict[str, Any] = {"updates": 40, "backwards": 40, "passes": [], "optimizers": [], "loader": {}}
        return {**fit_of(layers=layers), "framework": "torch", "loop": {**sound, **loop}}

    return facts


@pytest.fixture
def probed(fit_of: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Facts of a sound `fit` with what three looks of 256 rows saw; further arguments are those of `fit_of`."""

    def facts(
        *,
        names: tuple[str, ...] = ("l1", "l2", "l3"),
        looks: int = 3,
        scalars: dict[str, list[float | None]] | None = None,
        layers: dict[str, Any] | None = None,
        probes: dict[str, Any] | None = None,
        reference: dict[str, Any] | None = None,
        **arguments: Any,
    ) -> dict[str, Any]:
        known = fit_of(**arguments)
        if reference is not None:
            known["data"]["reference"] = reference
        columns = {key: value if isinstance(value, list) else [value] * looks for key, value in (scalars or {}).items()}
        known["probes"] = {
            "rows": 256,
            "names": list(names),
            "epochs": list(range(known["fit"]["epochs"] - looks, known["fit"]["epochs"])),
            "scalars": columns,
            "layers": {key: [row] * looks for key, row in (layers or {}).items()},
            "without_gradient": [],
            "custom_loss": {},
            **(probes or {}),
        }
        return known

    return facts


@pytest.fixture
def judge() -> Callable[..., Outcome]:
    """Run one rule, by name, on facts and metrics."""

    def outcome(name: str, facts: dict[str, Any] | list[dict[str, Any]] | None = None, **fields: Any) -> Outcome:
        rules = [rule for rule in all_rules() if rule.name == name]
        return diagnose(make_record(facts=facts, **fields), rules=rules).outcomes[0]

    return outcome


@pytest.fixture
def message_of(judge: Callable[..., Outcome]) -> Callable[..., str]:
    """Return the one message of a rule, with its severity before it."""

    def message(name: str, facts: dict[str, Any] | None = None, **fields: Any) -> str:
        (finding,) = judge(name, facts, **fields).findings
        return f"{finding.severity}: {finding.message}"

    return message
