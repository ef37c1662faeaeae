"""What a framework implements so that its trainings are recorded: two protocols, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from trackexp.diagnosis.remedies import Remedy
from trackexp.fit.budget import Budget
from trackexp.record.facts import Facts, ProbeFacts, TrialFacts
from trackexp.record.metric_names import Direction
from trackexp.tracking import Run


class Framework(Protocol):
    """A framework whose trainings are recorded with no line of the user's.

    `session` loads it once its module is imported, patches it for the first open run, and unpatches it after the last.
    A class that derives from this one need not define what has a default.
    """

    name: str
    """What the facts call it: `"keras"`, `"torch"`."""

    module: str
    """The module whose import it waits for: `"keras"`, `"torch"`."""

    def patch(self) -> None:
        """Begin to see trainings; called once, after the module is imported.

        Raises:
            UnsupportedVersionError: The framework is there in a version that cannot be recorded.
        """

    def unpatch(self) -> None:
        """Leave the framework as it was; what others wrapped around ours meanwhile stays, and ours is inert in it."""

    def end_training(self, run: Run | None, error: BaseException | None) -> None:
        """End a training that has no end of its own, as a loop that the script writes itself; nothing by default.

        Args:
            run: That of the session that ends; None where it has not begun.
            error: What the session was left with.
        """
        return

    def follow(self, run: Run, model: Any) -> None:
        """Take this model for the one that the run trains, as `run.follow(model)` says; nothing by default."""
        return


@dataclass(slots=True)
class Look:
    """What one probe of a model saw; what it could not see is absent.

    Args:
        scalars: As `ProbeFacts.scalars` names them: `loss`, `score`, `gradient` …
        layers: By column of `ProbeFacts.layers`, one value for each of `Trainee.layer_names`, in their order.
        rows: How many rows it looked at.
        without_gradient: Layers with trainable weights that the loss does not depend on.
        custom_loss: Traits of a loss function of the user's.
        not_seen: What could not be seen, and why: `"gradients: NotImplementedError: …"`.
    """

    scalars: dict[str, float] = field(default_factory=dict)
    layers: dict[str, list[float | None]] = field(default_factory=dict)
    rows: int = 0
    without_gradient: list[str] = field(default_factory=list)
    custom_loss: dict[str, bool] = field(default_factory=dict)
    not_seen: list[str] = field(default_factory=list)


class SaveFormat(NamedTuple):
    """One way to write a model.

    Args:
        name: Of the file, `"model-best.weights.h5"`.
        why: What keeps the one that was asked for from being taken; None where nothing does: a second format is then
            taken only after the first one has failed.
        holds: What of the model it holds, as it is said when it is not the format asked for.
    """

    name: str
    why: str | None = None
    holds: str = "weights"


class Trainee(Protocol):
    """The model in training, as a `FitSession` sees it. Nothing that is called here leaves a trace in the training."""

    def facts(self, targets: Sequence[Sequence[int | None] | None] = ()) -> Facts:
        """Return the parts that the framework knows: `framework`, `model`, `compile` and `fit`, as far as they show.

        Args:
            targets: Shapes of the targets with the batch axis, as far as they are known by now.
        """

    def is_complete(self) -> bool:
        """Tell whether the facts of the model are final: every layer is built."""

    def layer_names(self) -> Sequence[str]:
        """Return the layers that probes look at, in the order of a look's columns."""

    def before_updates(self) -> ProbeFacts | None:
        """Note where the weights stand before the first update, and return what shows of them; None to be asked again.

        Asked again after the first epoch where the model is not built before.
        """

    def look(self, budget: Budget) -> Look | None:
        """Probe the model once, where `budget.left_for_probe` seconds are enough; None where not, or nothing shows."""

    def try_change(self, remedy: Remedy, seconds: float) -> TrialFacts | None:
        """Try a change on copies of the weights, in so many seconds at most; None where it cannot be tried."""

    def save_formats(self, asked: str) -> Sequence[SaveFormat]:
        """Return the formats to try for a file that was asked for under that name, the best one first."""

    def save(self, path: Path) -> None:
        """Write the model as it is now, in the format of the file's name; the training does not notice.

        Raises:
            OSError: The place cannot be written.
            Exception: The format cannot hold the model.
        """

    def saved_bytes(self) -> int:
        """Return an upper bound for the size of the saved model, optimizer included."""

    def outputs(self, rows: Any) -> Any:
        """Return what the model says of a few rows in inference, nested numpy arrays; None where it cannot be asked."""

    def learning_rate(self) -> float | None:
        """Return the rate of the next update; None where there is no one rate."""

    def direction(self, metric: str) -> Direction | None:
        """Return which way a metric is better, by its name without `val_`; None where neither side says."""

    def metric_names(self) -> Sequence[str] | None:
        """Return every name that the logs of an epoch will have, without `val_`; None where that cannot be known."""
