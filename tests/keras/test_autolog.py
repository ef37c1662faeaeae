from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from trackexp import read_run, track
from trackexp.errors import UnsupportedVersionError
from trackexp.keras import BestModel, TrackMetrics

EPOCH_KEYS = {
    "epoch", "train/loss", "train/accuracy", "val/loss", "val/accuracy",
    "train/learning_rate", "train/epoch_seconds", "train/examples_per_second",
}  # fmt: skip


@pytest.mark.parametrize("kind", ["sequential", "unbuilt", "functional", "subclassed", "overridden"])
def test_every_way_to_write_a_model_is_recorded_once_an_epoch(fitted: Any, model: Any, kind: str) -> None:
    """Sequential, functional, subclassed models and an overridden fit give one row an epoch, unasked."""
    record = fitted(model(kind))

    assert EPOCH_KEYS == {key for key in record.metrics() if not key.startswith("probe/")}
    assert [0.0, 1.0] == record.history["epoch"].values.tolist()


def test_values_are_those_of_keras(fitted: Any, weights: Any) -> None:
    """What is logged is what Keras put into its logs."""
    record = fitted(epochs=3)

    assert [logs["val_loss"] for logs in weights.logs] == record.history["val/loss"].values.tolist()
    assert [logs["accuracy"] for logs in weights.logs] == record.history["train/accuracy"].values.tolist()


def test_summary_holds_best_values_and_their_epochs(fitted: Any) -> None:
    """The summary of a metric is its best value, and best_epoch says where that was."""
    record = fitted(epochs=4)
    losses = record.history["val/loss"].values

    assert {"min": losses.min()} == record.summary["val/loss"]
    assert int(losses.argmin()) == record.summary["best_epoch"]["val/loss"]
    assert {"max": record.history["val/accuracy"].values.max()} == record.summary["val/accuracy"]


def test_keras_is_as_before_once_the_run_has_ended(workspace: Path) -> None:
    """Leaving `track` restores Keras's own methods."""

    def methods() -> list[int]:
        return [id(vars(owner).get(name)) for owner in keras.Model.__mro__ for name in ("fit", "evaluate")]

    before = methods()
    with track("keras", mode="offline"):
        inside = methods()

    assert before == methods()
    assert before != inside


def test_a_wrapper_of_another_library_survives(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another library wrapped around ours stays in place when the run ends."""
    owner = next(owner for owner in keras.Model.__mro__ if "fit" in vars(owner))
    original = vars(owner)["fit"]
    monkeypatch.setattr(owner, "fit", original)  # put back at the end of the test
    with track("keras", mode="offline"):
        ours = vars(owner)["fit"]

        def theirs(self: Any, *args: Any, **kwargs: Any) -> Any:
            return ours.__get__(self)(*args, **kwargs)

        owner.fit = theirs

    assert theirs is vars(owner)["fit"]


def test_a_fit_inside_a_fit_is_left_alone(fitted: Any, model: Any, data: Any) -> None:
    """A model that a callback trains on the way does not mix into the curves."""

    class Inner(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            model("functional").fit(data.x, data.y, epochs=3, verbose=0)

    record = fitted(callbacks=[Inner()])

    assert [0.0, 1.0] == record.history["epoch"].values.tolist()


def test_the_axis_starts_at_initial_epoch(fitted: Any) -> None:
    """`initial_epoch` is where the axis begins."""
    record = fitted(epochs=5, initial_epoch=3)

    assert [3.0, 4.0] == record.history["epoch"].values.tolist()


@pytest.mark.parametrize(("initial", "expected"), [(0, [0, 1, 2, 3]), (2, [0, 1, 2, 3]), (7, [0, 1, 7, 8])])
def test_a_second_fit_goes_on_behind_the_first(
    workspace: Path, model: Any, data: Any, initial: int, expected: list[int]
) -> None:
    """A second fit never goes back over epochs that were logged, whatever its own count says."""
    made = model()
    with track("keras", mode="offline") as run:
        made.fit(data.x, data.y, epochs=2, verbose=0)
        made.fit(data.x, data.y, epochs=initial + 2, initial_epoch=initial, batch_size=80, verbose=0)
    record = read_run(run.folder)

    assert expected == record.history["epoch"].values.astype(int).tolist()
    assert [0, 1] == [facts["fit"]["index"] for facts in record.facts]


def test_a_loop_over_fit_stores_its_facts_once(workspace: Path, model: Any, data: Any) -> None:
    """Fits that are set up alike are one entry of the config, also of two models in turn; the run counts them."""
    first, second = model(), model("functional", loss="mse")
    with track("keras", mode="offline", best_model=None) as run:
        for _ in range(4):
            first.fit(data.x, data.y, epochs=1, verbose=0)
            second.fit(data.x, data.y, epochs=1, verbose=0)
    record = read_run(run.folder)

    assert [0, 1] == [facts["fit"]["index"] for facts in record.facts]
    assert 8 == record.summary["trackexp"]["fits"] == len(record.history["epoch"])


def test_evaluate_goes_to_test(workspace: Path, model: Any, data: Any) -> None:
    """`evaluate` after a fit is logged under test/, and returns what it always returns."""
    made = model()
    with track("keras", mode="offline") as run:
        made.fit(data.x, data.y, epochs=1, verbose=0)
        returned = made.evaluate(data.x, data.y, verbose=0)
    record = read_run(run.folder)

    assert returned == [record.history["test/loss"].last, record.history["test/accuracy"].last]
    assert {"val/loss", "val/accuracy"}.isdisjoint(record.history)


def test_history_and_arguments_are_the_users_own(workspace: Path, model: Any, data: Any, weights: Any) -> None:
    """A fit returns Keras's History, and the list of callbacks that was passed is not touched."""
    callbacks = [weights]
    with track("keras", mode="offline"):
        history = model().fit(data.x, data.y, epochs=2, verbose=0, callbacks=callbacks)

    assert [weights] == callbacks
    assert ["accuracy", "loss"] == sorted(history.history)


def test_a_callback_list_is_served_and_given_back(workspace: Path, model: Any, data: Any) -> None:
    """A CallbackList of the user's is recorded through, and holds its own callbacks afterwards."""
    made = model()
    callbacks = keras.callbacks.CallbackList([], add_history=True, model=made, epochs=2, steps=8, verbose=0)
    before = list(callbacks.callbacks)
    with track("keras", mode="offline") as run:
        made.fit(data.x, data.y, epochs=2, verbose=0, callbacks=callbacks)

    assert before == callbacks.callbacks
    assert [0.0, 1.0] == read_run(run.folder).history["epoch"].values.tolist()


def test_nothing_is_logged_twice_beside_wandbs_callback(workspace: Path, model: Any, data: Any) -> None:
    """Where W&B's own callback logs the metrics, ours does not; the best model is kept all the same."""
    from wandb.integration.keras import WandbMetricsLogger

    with track("keras", mode="offline") as run:
        model().fit(data.x, data.y, validation_split=0.2, epochs=2, verbose=0, callbacks=[WandbMetricsLogger()])
    record = read_run(run.folder)

    assert 2 == len(record.history["epoch/val_loss"])
    assert "val/loss" not in record.history
    assert record.file("model-best.h5") is not None


def test_callbacks_by_hand(workspace: Path, model: Any, data: Any) -> None:
    """With autolog=False the two callbacks do the same, and nothing is recorded without them."""
    with track("keras", mode="offline", autolog=False) as run:
        model().fit(data.x, data.y, epochs=2, verbose=0)
        callbacks = [TrackMetrics(run), BestModel(run, monitor="loss")]
        model().fit(data.x, data.y, epochs=2, verbose=0, callbacks=callbacks)
    record = read_run(run.folder)

    assert [0.0, 1.0] == record.history["epoch"].values.tolist()
    assert "train/loss" == record.summary["best"]["metric"]
    assert ["categorical_crossentropy"] == [facts["compile"]["loss"] for facts in record.facts]


def test_callbacks_by_hand_are_not_doubled(workspace: Path, model: Any, data: Any) -> None:
    """Passing the callbacks although autolog is on gives one row an epoch."""
    with track("keras", mode="offline") as run:
        callbacks = [TrackMetrics(run), BestModel(run)]
        model().fit(data.x, data.y, epochs=2, verbose=0, callbacks=callbacks)

    assert [0.0, 1.0] == read_run(run.folder).history["epoch"].values.tolist()


def test_an_exception_is_the_users_own(workspace: Path, model: Any, data: Any) -> None:
    """What a fit raises comes out unchanged, and the run is failed with its best model kept."""

    class Stop(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            if epoch == 1:
                raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"), track("keras", mode="offline") as run:
        model().fit(data.x, data.y, epochs=3, verbose=0, callbacks=[Stop()])
    record = read_run(run.folder)

    assert "failed" == record.state
    assert [f"run_{run.id}_model"] == [artifact.name for artifact in record.artifacts if artifact.type == "model"]


def test_ctrl_c_leaves_a_finished_readable_run(workspace: Path, model: Any, data: Any) -> None:
    """Ctrl-C in a fit ends the run as interrupted, its best model logged."""

    class Stop(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            if epoch == 1:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), track("keras", mode="offline") as run:
        model().fit(data.x, data.y, epochs=3, verbose=0, callbacks=[Stop()])
    record = read_run(run.folder)

    assert "interrupted" == record.state
    assert [("best", "latest")] == [artifact.aliases for artifact in record.artifacts if artifact.type == "model"]


def test_failing_tracking_does_not_stop_the_training(
    workspace: Path, model: Any, data: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run that W&B has closed in the middle of a training costs one line a kind of failure, never the training."""
    with track("keras", mode="offline") as run:
        close = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, _: epoch == 1 and run.wandb_run.finish())
        history = model().fit(data.x, data.y, epochs=3, verbose=0, callbacks=[close])
    said = capsys.readouterr().err

    assert 3 == len(history.history["loss"])
    assert 1 == said.count("logging the epoch failed, the training goes on")


def test_a_nan_loss_is_kept(fitted: Any, model: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A diverged training shows as NaN in the history, NaN is never a best value, and the end says why no model is."""
    made = model(optimizer=keras.optimizers.SGD(1e30))
    record = fitted(made, epochs=2)

    assert np.isnan(record.history["train/loss"].values).any()
    assert "best" not in record.summary
    assert "model     none kept: no epoch had a finite val_loss" in capsys.readouterr().err


def test_a_metric_with_one_value_a_class_is_one_curve_a_class(workspace: Path, model: Any, data: Any) -> None:
    """A vector metric becomes a column a class."""
    made = model()
    made.compile("adam", "categorical_crossentropy", metrics=[keras.metrics.F1Score(name="f1")])
    with track("keras", mode="offline") as run:
        made.fit(data.x, data.y, epochs=1, verbose=0)

    assert {"train/f1_0", "train/f1_1", "train/f1_2"} <= set(read_run(run.folder).history)


def test_recording_changes_no_number(workspace: Path, model: Any, data: Any) -> None:
    """The loss curve is the same to the last bit with and without track."""

    def losses() -> list[float]:
        return model().fit(data.x, data.y, epochs=3, verbose=0, validation_split=0.2).history["loss"]

    bare = losses()
    with track("keras", mode="offline"):
        tracked = losses()

    assert bare == tracked


@pytest.mark.parametrize("version", ["2.15.0", "2.3"])
def test_keras_2_is_refused_with_what_to_do(workspace: Path, version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keras 2 is refused by name and version."""
    monkeypatch.setitem(sys.modules, "keras", types.SimpleNamespace(__version__=version))
    expected = rf"Keras {version}.*pip install -U 'keras>=3'.*autolog=False"
    with pytest.raises(UnsupportedVersionError, match=expected), track("keras", mode="offline"):
        raise AssertionError("the block must not begin")

    assert "failed" == read_run().state


def test_tf_keras_is_refused_when_it_fits(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model of tf_keras may be there; its fit is refused, before any training, and works again afterwards."""

    class Model:
        def fit(self) -> str:
            return "trained"

    monkeypatch.setitem(sys.modules, "tf_keras", types.SimpleNamespace(Model=Model))
    refused = pytest.raises(UnsupportedVersionError, match=r"tf_keras \(Keras 2\) cannot be recorded")
    with track("keras", mode="offline"), refused:
        Model().fit()

    assert "trained" == Model().fit()


def test_a_blocked_keras_is_left_blocked(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where an import is blocked by a None in sys.modules, track works without it."""
    monkeypatch.setitem(sys.modules, "keras", None)
    monkeypatch.setitem(sys.modules, "tf_keras", None)
    with track("keras", mode="offline") as run:
        run.log({"a": 1})

    assert [1.0] == read_run(run.folder).history["a"].values.tolist()


def test_keras_may_be_imported_inside_and_track_without_it_loads_none(script: Any) -> None:
    """`with track():` may come before `import keras`; a script that needs no Keras does not pay for it."""
    done = script(
        """
import sys
from trackexp import read_run, track
with track("late", mode="offline"):
    pass
assert "keras" not in sys.modules and "tensorflow" not in sys.modules
with track("late", mode="offline") as run:
    import keras, numpy as np
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(np.ones((8, 2)), np.ones((8, 1)), epochs=2, verbose=0)
model.fit(np.ones((8, 2)), np.ones((8, 1)), epochs=1, verbose=0)
print(read_run(run.folder).history["epoch"].values.tolist())
"""
    )

    assert "[0.0, 1.0]\n" == done.stdout, done.stderr
