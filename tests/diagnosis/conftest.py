from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import UnionType
from typing import Any, Literal, NotRequired, Required, Union, cast, get_args, get_origin, get_type_hints, is_typeddict

import pytest

from trackexp.diagnosis import Outcome, all_rules, diagnose
from trackexp.record import RunRecord
from trackexp.record.facts import (
    ArrayFacts,
    CompileFacts,
    DataFacts,
    Facts,
    FitFacts,
    LayerFacts,
    LossFacts,
    MetricFacts,
    ModelFacts,
    OptimizerFacts,
    OutputFacts,
    ProbeFacts,
    ReferenceFacts,
)
from trackexp.testing import make_record

Source = Literal["arrays", "tf.data", "pydataset", "generator", "dataloader", "unknown"]


def undeclared(value: object, hint: Any, place: str = "") -> Iterator[str]:
    """Yield the dotted names of keys that the documented shape of the facts does not have: no run can have them."""
    origin = get_origin(hint)
    if origin in (Union, UnionType, Required, NotRequired):
        shapes = [one for one in get_args(hint) if is_typeddict(one) or get_origin(one) in (list, dict)]
        hint = shapes[0] if shapes else None
        origin = get_origin(hint)
    if is_typeddict(hint) and isinstance(value, Mapping):
        hints = get_type_hints(hint)
        for key, part in value.items():
            if key in hints:
                yield from undeclared(part, hints[key], f"{place}{key}.")
            else:
                yield f"{place}{key}"
    elif origin is list and isinstance(value, list):
        for number, part in enumerate(value):
            yield from undeclared(part, get_args(hint)[0], f"{place}{number}.")


@pytest.fixture
def onehot_fit() -> Callable[..., Facts]:
    """Facts of a `fit` with binary crossentropy on one-hot targets; each argument changes one thing."""

    def facts(
        *,
        loss: LossFacts | None = None,
        target: ArrayFacts | None = None,
        activation: str | None = "softmax",
        source: Source = "arrays",
    ) -> Facts:
        return {
            "model": {"outputs": [{"name": "digit", "activation": activation}]},
            "compile": {"losses": [{"identifier": "binary_crossentropy", **(loss or LossFacts())}]},
            "fit": {"source": source},
            "data": {
                "targets": [
                    {
                        "shape": [1797, 10],
                        "sampled_rows": 1797,
                        "zero_one": True,
                        "integral": True,
                        "row_sums_one": 1.0,
                        **(target or ArrayFacts()),
                    }
                ]
            },
        }

    return facts


@pytest.fixture
def faulty(onehot_fit: Callable[..., Facts]) -> RunRecord:
    """A record of one `fit` with the fault."""
    return make_record(facts=onehot_fit())


def compile_of(
    loss: str, metrics: list[MetricFacts] | None, optimizer: OptimizerFacts | None, **loss_facts: Any
) -> CompileFacts:
    """Facts of a sound `compile`."""
    sound: LossFacts = {"identifier": loss, "custom": False, "config": {}}
    adam: OptimizerFacts = {"identifier": "adam", "learning_rate": 0.001, "config": {}}
    return {
        "losses": [cast(LossFacts, {**sound, **loss_facts})],
        "metrics": metrics or [],
        "optimizer": {**adam, **(optimizer or OptimizerFacts())},
    }


@pytest.fixture
def fit_of() -> Callable[..., Facts]:
    """Facts of a sound `fit`, one output, arrays; each argument changes one thing, further ones the loss."""

    def facts(
        *,
        loss: str = "mean_squared_error",
        activation: str | None = "linear",
        units: int = 1,
        target: ArrayFacts | None = None,
        output: OutputFacts | None = None,
        inputs: list[ArrayFacts] | None = None,
        layers: list[LayerFacts] | None = None,
        metrics: list[MetricFacts] | None = None,
        optimizer: OptimizerFacts | None = None,
        model: ModelFacts | None = None,
        fit: FitFacts | None = None,
        data: DataFacts | None = None,
        **loss_facts: Any,
    ) -> Facts:
        end: OutputFacts = {
            "name": "y", "shape": [None, units], "units": units, "activation": activation, "activations": [],
            "passed": [], "scales": [],
        }  # fmt: skip
        arguments: FitFacts = {
            "source": "arrays", "batch_size": 32, "epochs": 10, "batches": 19, "validation": "none", "callbacks": [],
        }  # fmt: skip
        outputs: list[OutputFacts] = [{**end, **(output or OutputFacts())}]
        return {
            "model": {"outputs": outputs, "layers": layers or [], "overrides": [], **(model or ModelFacts())},
            "compile": compile_of(loss, metrics, optimizer, **loss_facts),
            "fit": {**arguments, **(fit or FitFacts())},
            "data": {
                "inputs": inputs if inputs is not None else [{"shape": [600, 8], "sampled_rows": 600}],
                "targets": [{"shape": [600, units], "sampled_rows": 600, **(target or ArrayFacts())}],
                "rows": 600,
                **(data or DataFacts()),
            },
        }

    return facts


@pytest.fixture
def looped(fit_of: Callable[..., Facts]) -> Callable[..., Facts]:
    """Facts of a sound `fit` in a loop that the script writes itself; arguments are facts of the loop, or layers."""

    def facts(*, layers: list[LayerFacts] | None = None, **loop: Any) -> Facts:
        sound: dict[str, Any] = {"updates": 40, "backwards": 40, "passes": [], "optimizers": [], "loader": {}}
        return {**fit_of(layers=layers), "framework": "torch", "loop": {**sound, **loop}}

    return facts


@pytest.fixture
def probed(fit_of: Callable[..., Facts]) -> Callable[..., Facts]:
    """Facts of a sound `fit` with what three looks of 256 rows saw; further arguments are those of `fit_of`."""

    def facts(
        *,
        names: tuple[str, ...] = ("l1", "l2", "l3"),
        looks: int = 3,
        scalars: dict[str, list[float | None]] | None = None,
        layers: dict[str, Any] | None = None,
        probes: ProbeFacts | None = None,
        reference: ReferenceFacts | None = None,
        **arguments: Any,
    ) -> Facts:
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
            **(probes or ProbeFacts()),
        }
        return known

    return facts


@pytest.fixture
def judge() -> Callable[..., Outcome]:
    """Run one rule, by name, on facts and metrics."""

    def outcome(name: str, facts: Facts | list[Facts] | None = None, **fields: Any) -> Outcome:
        assert [] == [
            place for one in (facts if isinstance(facts, list) else [facts or {}]) for place in undeclared(one, Facts)
        ]
        rules = [rule for rule in all_rules() if rule.name == name]
        return diagnose(make_record(facts=facts, **fields), rules=rules).outcomes[0]

    return outcome


@pytest.fixture
def message_of(judge: Callable[..., Outcome]) -> Callable[..., str]:
    """Return the one message of a rule, with its severity before it."""

    def message(name: str, facts: Facts | None = None, **fields: Any) -> str:
        (finding,) = judge(name, facts, **fields).findings
        return f"{finding.severity}: {finding.message}"

    return message
