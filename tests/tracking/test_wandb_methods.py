from __future__ import annotations

import ast
import inspect
from pathlib import Path

import wandb

from trackexp import track
from trackexp.tracking import Run, wandb_methods

# `log` and `finish` are ours; `log_code`'s two callables stand in the stub as further keyword arguments.
OURS = {"log", "finish"}


def stub() -> dict[str, list[str]]:
    """Return the methods of the stub with the names of their parameters, the properties with none."""
    tree = ast.parse(Path(wandb_methods.__file__).with_suffix(".pyi").read_text("utf-8"))
    (body,) = (node.body for node in tree.body if isinstance(node, ast.ClassDef))
    return {
        node.name: [argument.arg for argument in node.args.args[1:]]
        for node in body
        if isinstance(node, ast.FunctionDef) and not any(isinstance(d, ast.Attribute) for d in node.decorator_list)
    }


def test_every_public_name_of_a_wandb_run_is_typed():
    """What the stub lists is what W&B's run has, by name."""
    public = {name for name in vars(wandb.Run) if not name.startswith("_")} | {"summary"}

    assert public - OURS == set(stub())


def test_the_parameters_are_those_of_wandb():
    """Every method takes what W&B's takes, in its order."""
    theirs = {
        name: list(inspect.signature(inspect.unwrap(getattr(wandb.Run, name))).parameters)[1:]
        for name in stub()
        if name != "log_code" and callable(getattr(wandb.Run, name, None))
    }

    assert theirs == {name: parameters for name, parameters in stub().items() if name in theirs}


def test_dir_shows_what_a_user_may_use(workspace: Path):
    """`dir(run)` has our methods and W&B's, and nothing of the inside."""
    with track(mode="offline") as run:
        names = dir(run)

    assert {"log", "findings", "log_table", "config", "url", "alert", "watch", "log_artifact"} <= set(names)
    assert [] == [name for name in names if name in Run._own or (name.startswith("_") and not name.startswith("__"))]


def test_names_of_wandb_are_read_from_and_written_to_its_run(workspace: Path):
    """The run hands on what it does not have itself, and a name that neither has is an AttributeError."""
    with track(mode="offline", name="before") as run:
        run.name = "after"
        names = (run.name, run.wandb_run.name, hasattr(run, "failurs"))

    assert ("after", "after", False) == names
