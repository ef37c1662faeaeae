"""What a worker is given, and what it gives back: plain data that any executor can carry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from numpy.typing import NDArray

from trackexp.crossval.folds import Fold
from trackexp.crossval.grid import setting_text


@dataclass(frozen=True)
class Criterion:
    """What settings are judged by.

    Args:
        metric: As it was asked for.
        direction: Which way is better.
        key: Under which name it stands in a fold's run.
    """

    metric: str
    direction: Literal["min", "max"]
    key: str

    @property
    def sign(self) -> int:
        """1 where more is better, −1 where less is."""
        return 1 if self.direction == "max" else -1


@dataclass(frozen=True, eq=False)
class Program:
    """What all folds share; it is carried to a worker once.

    Args:
        train: `train(run, fold, **params)`.
        target: The answer of each row, encoded: class numbers `(n,)`, numbers, or 0/1 labels; None without.
        class_names: One a class; empty where the target is no class.
        criterion: What is scored.
        tracking: The arguments of `track` for every fold's run.
        partition: Digest of the partition.
        inputs: The arrays among the function's data that have one entry a row, for the scored rows' sketch.
        script: Whether `train` runs a script, which must ask for its fold.
    """

    train: Callable[..., Any]
    target: NDArray[Any] | None
    class_names: tuple[str, ...]
    criterion: Criterion
    tracking: Mapping[str, Any]
    partition: str
    inputs: tuple[Any, ...] = ()
    script: bool = False


@dataclass(frozen=True, eq=False)
class FoldTask:
    """One training: a setting on a fold.

    Args:
        key: What names it in the ledger.
        setting: Which setting it is, from 0.
        fold: Its rows, with the parameters in it.
        attempt: 1 for the first.
        folder: The working folder of whoever asked, to which relative paths belong.
    """

    key: str
    setting: int
    fold: Fold
    attempt: int = 1
    folder: str = "."

    @property
    def title(self) -> str:
        """How it is called in messages, as in "fold 2 of units=32"."""
        return f"fold {self.fold.index} of {setting_text(self.fold.params)}"


@dataclass(frozen=True, eq=False)
class Outcome:
    """What became of one attempt.

    Args:
        state: `"lost"` is a machine that went away: no fault of the training's.
        score: The criterion on the scored rows; None where it failed.
        scores: Every number that is known of the scored rows.
        answer: Probabilities or numbers of the scored rows, in the order of `fold.valid`; None for scores alone.
        run: Id of its run at W&B; "" where none was begun.
        run_folder: The run's folder on this disk.
        model: The best model's file, below the run's folder; "" without.
        parameters: Weights of the model, where the run says.
        seconds: From the run's beginning to its end.
        error: What went wrong, in one line.
        trace: The traceback, or the last lines of its log.
        log: Where the log lies.
    """

    state: Literal["done", "failed", "lost", "stopped"]
    score: float | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    answer: NDArray[Any] | None = None
    run: str = ""
    run_folder: str = ""
    model: str = ""
    parameters: int | None = None
    seconds: float = 0.0
    error: str = ""
    trace: str = ""
    log: str = ""
