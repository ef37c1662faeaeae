"""`trackexp demo`: the main job, on handwritten digits, from training to verdict."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from trackexp.errors import UsageError
from trackexp.optional import require
from trackexp.reporting import console

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from trackexp.comparison import Comparison

_BACKENDS = ("tensorflow", "torch", "jax")


def demo(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the runs.")] = Path("trackexp-demo"),
    torch: Annotated[bool, typer.Option("--torch", help="Train in PyTorch, in plain loops, instead of Keras.")] = False,
) -> None:
    """Train three runs on handwritten digits and compare them.

    One of them has the wrong loss. It needs no account and no network, and takes about half a minute.
    """
    _prepare(out, torch=torch)
    talk = console(sys.stderr)
    talk.print("Three trainings on 1,797 handwritten digits, recorded offline by W&B; about half a minute.")
    columns = (TextColumn("  {task.description}"), BarColumn(), TextColumn("epoch {task.completed}/{task.total}"))
    with Progress(*columns, TimeElapsedColumn(), console=talk, transient=True, disable=not talk.is_terminal) as bar:
        comparison = _train_in_torch() if torch else _train_in_keras(bar)
    comparison.show(sys.stdout)
    page = comparison.to_html(out / "comparison.html")
    talk.print(f"\nThe comparison as a page, for your browser: {page}", soft_wrap=True)
    talk.print(f"The runs are in {out}; look closer with", soft_wrap=True)
    talk.print(f"  trackexp compare {out}", soft_wrap=True)
    if comparison.best and comparison.best.path:
        talk.print(f"  trackexp show {os.path.relpath(comparison.best.path.parent)}", soft_wrap=True)


def _train_in_keras(bar: Progress) -> Comparison:
    with silent_stderr():
        from trackexp.cli.recording import digits
    return digits.train([_epoch_bar(bar, [(name, config.epochs) for name, config in digits.RUNS.items()])])


def _train_in_torch() -> Comparison:
    from trackexp.cli.recording import digits_torch

    return digits_torch.train()


@contextmanager
def silent_stderr() -> Iterator[None]:
    """Drop what is written to the process's stderr: TensorFlow's start-up lines heed no variable of its own."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _epoch_bar(bar: Progress, runs: Iterable[tuple[str, int]]) -> Any:
    """Return a Keras callback that draws one bar a run."""
    import keras

    waiting = iter(runs)
    tasks: list[TaskID] = []

    def new_task(name: str, epochs: int) -> TaskID:
        return bar.add_task(name, total=epochs)

    return keras.callbacks.LambdaCallback(
        on_train_begin=lambda _logs: tasks.append(new_task(*next(waiting))),
        on_epoch_end=lambda _epoch, _logs: bar.advance(tasks[-1]),
    )


def _prepare(out: Path, *, torch: bool = False) -> None:
    """Set the environment as the demo needs it: a folder, no account, no network, a backend that is there."""
    _make_folder(out)
    os.environ.update(WANDB_MODE="offline", WANDB_DIR=str(out))
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # its start-up chatter hides ours
    if torch:
        require("torch", extra="torch")
    elif "KERAS_BACKEND" not in os.environ:
        installed = [name for name in _BACKENDS if find_spec(name)]
        if not installed:
            require("tensorflow", extra="tensorflow")
        os.environ["KERAS_BACKEND"] = installed[0]


def _make_folder(out: Path) -> None:
    """Make the folder of the runs, now: W&B would find out after the imports, and write somewhere else."""
    advice = "pass a writable one with --out DIR"
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--out {out}: this folder cannot be created ({error.strerror}); {advice}.") from error
    if not os.access(out, os.W_OK | os.X_OK):
        raise UsageError(f"--out {out}: this folder is not writable; {advice}.")
