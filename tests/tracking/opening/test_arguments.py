from __future__ import annotations

import argparse
import sys
from pathlib import Path

import click
import pytest

from trackexp.reading import read_runs
from trackexp.session import Session
from trackexp.tracking import TrackOptions
from trackexp.tracking.opening.arguments import SeenArguments


@pytest.fixture
def argv(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command line."""
    monkeypatch.setattr(sys, "argv", ["train.py", "--lr", "0.5", "--layers", "8", "16"])


def parsed(arguments: list[str] | None = None) -> argparse.Namespace:
    """Parse as a script does."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--layers", type=int, nargs="*", default=[32])
    parser.add_argument("--call", default=print)
    return parser.parse_args(arguments)


@click.command()
@click.option("--rate", type=float, default=0.1)
@click.option("--deep/--shallow", default=False)
def command(rate: float, deep: bool) -> float:
    """A command."""
    return rate


def test_what_argparse_reads_is_seen(argv: None):
    """Values by name, those that were given apart; what no config holds is left out."""
    seen = SeenArguments()
    namespace = parsed()
    seen.undo()

    assert (0.5, print) == (namespace.lr, namespace.call)
    assert {"lr": 0.5, "epochs": 3, "layers": [8, 16]} == seen.config()
    assert {"lr": 0.5, "layers": [8, 16]} == seen.varying()


def test_another_command_line_is_not_the_scripts(argv: None):
    """A library that parses words of its own says nothing of this run."""
    seen = SeenArguments()
    parsed(["--lr", "3"])
    seen.undo()

    assert {} == seen.config()


def test_what_click_reads_is_seen():
    """And the command's result is its own."""
    seen = SeenArguments()
    result = command.main(["--rate", "0.25"], standalone_mode=False)
    seen.undo()

    assert (0.25, {"rate": 0.25, "deep": False}, {"rate": 0.25}) == (result, seen.config(), seen.varying())


def test_what_hydra_reads_is_seen(argv: None):
    """Its overrides, in its own syntax; what is Hydra's own is not the script's."""
    seen = SeenArguments()
    parser = argparse.ArgumentParser()
    parser.add_argument("--hydra-help", action="store_true")
    parser.add_argument("overrides", nargs="*")
    parser.parse_args(["lr=0.25", "+model.hidden=3", "hydra.run.dir=out", "names=[a,b]"])
    seen.undo()

    assert {"lr": 0.25, "model.hidden": 3, "names": ["a", "b"]} == seen.config() == seen.varying()


def test_the_parsers_are_as_they_were():
    """Nothing of ours is left in them."""
    before = argparse.ArgumentParser.parse_known_args.__code__, click.Command.invoke.__code__
    SeenArguments().undo()

    assert before == (argparse.ArgumentParser.parse_known_args.__code__, click.Command.invoke.__code__)


def test_a_script_without_wandb_has_its_arguments_as_config_and_in_its_name(argv: None, workspace: Path):
    """Under `trackexp run`, whether they are read before the run begins or behind it."""
    session = Session(TrackOptions(mode="offline", save_code=False), lazily=True)
    session.current_run().log({"x": 1})
    parsed()
    session.end()

    (record,) = read_runs("wandb")
    assert {"lr": 0.5, "epochs": 3, "layers": [8, 16]} == record.settings
    assert record.name.endswith(" #1")
