from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator, FormatChecker
from typer.testing import CliRunner

from trackexp.cli.app import app
from trackexp.comparison import compare
from trackexp.comparison.run_diff import diff
from trackexp.diagnosis import diagnose
from trackexp.record import Damage, Finding, RunRecord, Severity
from trackexp.reporting import run_to_dict, to_json
from trackexp.testing import make_record

Cli = Callable[..., subprocess.CompletedProcess[str]]
SCHEMAS = Path(__file__).parents[2] / "trackexp" / "schemas"


def strict(schema: Any) -> Any:
    """Return a schema that also refuses what it does not describe: a field that nobody wrote down is found so."""
    if isinstance(schema, list):
        return [strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {"additionalProperties": False} if "properties" in schema else {}
    return {**closed, **{name: strict(part) for name, part in schema.items()}}


@cache
def validator(command: str) -> Draft202012Validator:
    """Return what checks the output of a command."""
    schema = json.loads((SCHEMAS / f"{command}.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(strict(schema), format_checker=FormatChecker())


def faults(command: str, text: str) -> list[str]:
    """Return where an output is not as its schema says."""
    return [f"{error.json_path}: {error.message}" for error in validator(command).iter_errors(json.loads(text))]


@pytest.mark.parametrize(
    "arguments",
    [
        ["ls"],
        ["show", "dense"],
        ["compare", "--baseline", "dense"],
        ["diff", "dense", "dense-bce"],
        ["diagnose", "dense", "dense-bce"],
    ],
)
def test_what_a_command_prints_is_as_its_published_schema_says(arguments: list[str], pair: Path, here: Cli):
    """Of real runs; nothing that the schema does not describe."""
    answer = here(*arguments, "--json", cwd=pair)

    assert [] == faults(arguments[0], answer.stdout)


def rich_runs() -> list[RunRecord]:
    """Return runs with everything that a comparison can say something about."""
    finding = Finding("TX101", "bce-on-categorical", Severity.ERROR, "binary_crossentropy on 10 classes", "change it")
    runs = [
        make_record(
            f"{arch}{seed}",
            metrics={"val/loss": [0.5 + level, level + seed / 100], "val/accuracy": [0.1, 0.9 - level]},
            config={"arch": arch, "seed": seed, "lr": [0.1, {"deep": None}]},
            summary={"latency_ms": 10 * level, "best": {"metric": "val/loss"}},
            system={"cpu": 50.0 + seed},
            environment={"git": {"commit": f"{arch:a<40}"}, "python": "3.11"},
            runtime=10.0 + seed,
        )
        for arch, level in (("cnn", 0.1), ("mlp", 0.3), ("one", 0.6))
        for seed in range(1 if arch == "one" else 3)
    ]
    return [
        *runs,
        make_record("bad", metrics={"val/loss": [0.01], "val/accuracy": [1.0]}, config={"seed": 0}, findings=[finding]),
        make_record("lost", metrics={"val/loss": [float("nan")]}, config={"seed": 1}, state="crashed"),
        make_record("hurt", metrics={"val/loss": [0.4], "gain": [1.0]}, damage=(Damage(5, 7, "zeros", Path("x")),)),
    ]


def test_everything_that_a_comparison_can_say_is_in_the_schema():
    """Groups, contests, a front, thresholds, a baseline, damage, findings."""
    runs = rich_runs()
    found = compare(
        runs,
        metric=["val/loss", "val/accuracy"],
        group_by="arch",
        baseline="mlp1",
        require=["latency_ms < 9", "val/loss < 9"],
    )
    told = found.to_dict()

    assert [] == faults("compare", to_json(told))
    assert all(told[name] for name in ("groups", "pareto", "differences", "requirements", "code_differences"))
    assert all(told["verdict"][name] for name in ("best", "disqualified", "not_comparable", "unmet", "baseline"))
    assert any(contest["assumes"] for contest in told["verdict"]["contests"])


def test_every_kind_of_run_is_in_the_schemas():
    """Damaged, without a history, with a finding."""
    runs = rich_runs()

    for run in runs:
        assert [] == faults("show", to_json(run_to_dict(run, diagnose(run).to_dict())))
    for other in runs[1:]:
        assert [] == faults("diff", to_json(diff(runs[0], other).to_dict()))


ROWS = 40


def answers(task: str, path: Path) -> Path:
    """Write predictions of a task, and return the file."""
    rng = np.random.default_rng(0)
    p = rng.random((ROWS, 3))
    told = {
        "binary": (rng.integers(0, 2, ROWS), p[:, 0]),
        "multiclass": (rng.integers(0, 2, ROWS), p / p.sum(axis=1, keepdims=True)),  # the third class has no row
        "multilabel": (rng.integers(0, 2, (ROWS, 3)), p),
    }
    if task == "regression":
        path = path.with_suffix(".csv")
        path.write_text("target,prediction\n" + "".join(f"{a},{b}\n" for a, b, _ in p), encoding="utf-8")
    else:
        np.savez(path, y_true=told[task][0], y_prob=told[task][1])
    return path


@pytest.mark.parametrize("task", ["binary", "multiclass", "multilabel", "regression"])
@pytest.mark.parametrize("more", [[], ["--intervals", "--fail-if", "n > 1"]])
def test_an_evaluation_is_as_its_schema_says(task: str, more: list[str], tmp_path: Path):
    """Of every task, with and without what is asked for beside."""
    answer = CliRunner().invoke(app, ["evaluate", str(answers(task, tmp_path / "rows.npz")), "--json", *more])

    assert bool(more) == answer.exit_code, answer.output
    assert task == json.loads(answer.stdout)["task"]
    assert [] == faults("evaluate", answer.stdout)


def test_money_and_a_threshold_are_in_the_schema(tmp_path: Path):
    """What an option adds."""
    options = ["--cost", "fp=0.25,fn=1.5", "--units", "100", "--baseline", "0.1", "--threshold", "0.3"]
    answer = CliRunner().invoke(app, ["evaluate", str(answers("binary", tmp_path / "rows.npz")), "--json", *options])

    assert [] == faults("evaluate", answer.stdout)
    assert {"at_threshold", "profit"} <= set(json.loads(answer.stdout))


@pytest.mark.parametrize("command", sorted(path.stem for path in SCHEMAS.glob("*.json")))
def test_a_schema_notices_a_field_that_is_gone(command: str):
    """Every schema asks for its number at least."""
    assert ["$: 'schema' is a required property"] == [one for one in faults(command, "{}") if "'schema'" in one]


def test_every_command_that_looks_at_runs_or_models_has_a_schema():
    """And the reference names them."""
    files = {path.stem for path in SCHEMAS.glob("*.json")}
    page = (SCHEMAS.parents[1] / "docs" / "reference" / "schemas.md").read_text(encoding="utf-8")
    line = next(line for line in page.splitlines() if "JSON Schema" in line)

    assert {"ls", "show", "compare", "diff", "diagnose", "evaluate"} == files
    assert all(f"`{name}`" in line for name in files)


def test_what_several_schemas_describe_is_described_alike():
    """A finding is one thing, wherever it is printed."""
    told: dict[str, set[str]] = {}
    for path in SCHEMAS.glob("*.json"):
        for name, part in json.loads(path.read_text(encoding="utf-8")).get("$defs", {}).items():
            told.setdefault(name, set()).add(json.dumps(part, sort_keys=True))

    assert {} == {name: parts for name, parts in told.items() if len(parts) > 1}
