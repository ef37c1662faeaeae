from __future__ import annotations

import pytest

from trackexp.diagnosis import diagnose
from trackexp.diagnosis.evidence.plain_runs import (
    aligned_losses,
    loss_in_config,
    optimizer_in_config,
    plain_curve,
    rate_in_config,
    times_default_rate,
)
from trackexp.record import History, RunRecord
from trackexp.testing import make_record

DIALECTS = [
    ("loss", "val_loss"),
    ("epoch/loss", "epoch/val_loss"),
    ("train/loss", "val/loss"),
    ("train_loss", "val_loss"),
    ("train_loss_epoch", "val_loss_epoch"),
    ("train/loss", "eval/loss"),
    ("loss", "eval_loss"),
    ("train_loss", "valid_loss"),
    ("training/loss", "validation/loss"),
]
PARTED = ([1, 0.8, 0.6, 0.5, 0.4, 0.3, 0.2, 0.15, 0.1], [1, 0.9, 0.8, 0.8, 0.9, 1, 1.1, 1.2, 1.3])
CLIMBING = [1.0, 2.0, 9.0, 50.0, 400.0]
FLAT = [2.3] * 10
NAN = float("nan")


def found(train: list[float], valid: list[float] | None = None, **config: object) -> list[tuple[str, str]]:
    """Return name and severity of what is found in a run of plain wandb."""
    metrics = {"loss": train, **({"val_loss": valid} if valid else {})}
    return [(f.name, str(f.severity)) for f in diagnose(make_record(metrics=metrics, config=config)).findings]


@pytest.mark.parametrize(("train", "valid"), DIALECTS)
def test_curves_are_judged_in_every_dialect(train: str, valid: str):
    """Keras, W&B's callbacks, Lightning, Hugging Face, fastai, timm."""
    parted = make_record(metrics={train: PARTED[0], valid: PARTED[1]})
    broken = make_record(metrics={train: [1.0, float("nan")], valid: [1.0, float("nan")]})

    assert ["overfitting"] == [finding.name for finding in diagnose(parted).findings]
    assert ["nan-in-loss"] == [finding.name for finding in diagnose(broken).findings]


@pytest.mark.parametrize(
    ("train", "valid", "names"),
    [
        (CLIMBING, None, [("lr-too-high", "info")]),
        (FLAT, None, [("lr-too-low", "info")]),
        ([2.0, 1.5, 1.0], [2.0, 1.5, 1.0], [("too-few-epochs", "info")]),
        ([1.0, 2.0, 9.0, 8.0, 9.9], None, []),
        ([1.0, 0.99, 9.0, 50.0, 400.0], None, []),
        ([-1.0, -0.5, 0.0, 5.0, 40.0], None, []),
        (CLIMBING[:4], None, []),
        ([*FLAT[:-1], 2.2], None, []),
        (FLAT[:-1], None, []),
        ([0.0] * 10, None, []),
        ([2.0, 1.5, 1.0], [2.0, 1.5, 1.45], []),
        ([2.0, 1.5, 1.0], [2.0, 0.9, 1.0], []),
        ([0.9**i for i in range(21)], [0.9**i for i in range(21)], []),
    ],
)
def test_a_curve_alone_is_a_remark_and_never_an_alarm(
    train: list[float], valid: list[float] | None, names: list[tuple[str, str]]
):
    """What the run was meant to do is not known; just below each threshold nothing is said."""
    assert names == found(train, valid)


def test_the_learning_rate_of_the_config_is_named():
    """By any of its usual keys."""
    (finding,) = diagnose(make_record(metrics={"loss": CLIMBING}, config={"learning_rate": 0.5})).findings

    assert finding.message == (
        "with learning rate 0.5: the loss rose from 1 to 400, and never fell below its first value"
    )


@pytest.mark.parametrize(
    ("config", "rate"),
    [
        ({"lr": 0.1}, 0.1),
        ({"optimizer": {"name": "adam", "lr": 0.2}}, 0.2),
        ({"lr": "0.1"}, None),
        ({"lr": True}, None),
        ({"lr": -1}, None),
        ({}, None),
    ],
)
def test_what_is_no_rate_is_none(config: dict[str, object], rate: float | None):
    """A word or a switch is no number."""
    assert rate == rate_in_config(make_record(config=config))


@pytest.mark.parametrize(
    ("config", "optimizer", "times"),
    [
        ({"optimizer": "Adam", "lr": 0.01}, "adam", 10.0),
        ({"optim": "adamw_torch", "learning_rate": 0.004}, "adamw", 1.0),
        ({"opt": "torch.optim.SGD", "lr": 0.1}, "sgd", 10.0),
        ({"optimizer": {"class_name": "RMSprop", "learning_rate": 0.002}}, "rmsprop", 2.0),
        ({"optimizer": "mine", "lr": 0.1}, "", None),
        ({"optimizer": 3}, "", None),
        ({"optimizer": "adam"}, "adam", None),
    ],
)
def test_the_optimizer_of_the_config_is_known_by_its_usual_names(
    config: dict[str, object], optimizer: str, times: float | None
):
    """And how its rate stands to Keras's default."""
    record = make_record(config=config)

    assert (optimizer, times) == (optimizer_in_config(record), pytest.approx(times_default_rate(record)))


@pytest.mark.parametrize(
    ("named", "loss"),
    [
        ("mse", "mean_squared_error"),
        ("BinaryCrossentropy", "binary_crossentropy"),
        ("sparse_categorical_crossentropy", "sparse_categorical_crossentropy"),
        ("binary_cross_entropy", "binary_crossentropy"),
        ("my_loss", ""),
        (0.31, ""),
    ],
)
def test_the_loss_of_the_config_is_known_by_its_usual_names(named: object, loss: str):
    """Keras's, in any spelling; a number under that key is a result."""
    assert loss == loss_in_config(make_record(config={"loss": named}))


@pytest.mark.parametrize(
    ("train", "config", "names"),
    [
        ([1.0, NAN], {"optimizer": "adam", "lr": 0.01}, [("nan-in-loss", "error"), ("lr-too-high", "info")]),
        ([1.0, NAN], {"optimizer": "adam", "lr": 0.0099}, [("nan-in-loss", "error")]),
        ([1.0, NAN], {"lr": 0.5}, [("nan-in-loss", "error")]),
        (FLAT, {"optimizer": "adam", "lr": 0.0009}, [("lr-too-low", "info")]),
        (FLAT, {"optimizer": "adam", "lr": 0.001}, []),
        ([0.5, -0.1], {"loss": "bce"}, [("labels-out-of-range", "info")]),
        ([0.5, 0.0], {"loss": "bce"}, []),
        ([0.5, -0.1], {"loss": "cosine"}, []),
    ],
)
def test_what_the_config_says_sharpens_the_remark(
    train: list[float], config: dict[str, object], names: list[tuple[str, str]]
):
    """And never makes an alarm of it: the key may be of another loss, or of an older plan."""
    assert names == found(train, **config)


@pytest.mark.parametrize(
    ("loss", "names"), [("mse", ["accuracy-on-regression"]), ("sparse_categorical_crossentropy", [])]
)
def test_an_accuracy_beside_a_regression_loss_is_a_remark(loss: str, names: list[str]):
    """One of the two does not fit; which, the run does not say."""
    record = make_record(metrics={"loss": [0.5, 0.4], "val_accuracy": [0.1, 0.2]}, config={"loss": loss})

    assert names == [finding.name for finding in diagnose(record).findings]


def test_a_plateau_is_told_by_the_classes_that_it_is_a_guess_among():
    """Where the config says that the loss is a crossentropy."""
    (finding,) = diagnose(
        make_record(metrics={"loss": [2.3026] * 10}, config={"loss": "categorical_crossentropy"})
    ).findings

    assert finding.message.endswith("nothing was learnt (a guess among 10 has 2.303)")


def test_a_training_loss_between_validations_is_averaged():
    """As Hugging Face logs it: the training loss every few steps, the evaluation seldom."""
    rows = [{"_step": step, "train/loss": float(step)} for step in range(6)]
    record = RunRecord("r", history=History.from_rows([*rows[:3], {"_step": 2, "eval/loss": 9.0}, *rows[3:]]))
    later = RunRecord("r", history=History.from_rows([{"_step": 0, "eval/loss": 9.0}, *rows[1:]]))

    assert ([1.0], [9.0]) == tuple(values.tolist() for values in aligned_losses(record))
    assert ([], []) == tuple(values.tolist() for values in aligned_losses(later))
    assert plain_curve(make_record(), "train/loss") is None
