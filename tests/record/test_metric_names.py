from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackexp.record import History, RunRecord, best_value, canonical_name, direction_of, key_of

DIALECTS = {
    "trackexp": {
        "train/loss": ("train/loss", "min"), "val/accuracy": ("val/accuracy", "max"), "epoch": ("epoch", None),
        "batch/loss": ("batch/loss", "min"), "train/learning_rate": ("train/learning_rate", None),
        "train/gain": ("train/gain", None), "probe/dense/kernel": ("probe/dense/kernel", None),
    },
    "Keras": {
        "loss": ("train/loss", "min"), "val_loss": ("val/loss", "min"), "head_b_loss": ("train/head_b_loss", "min"),
        "val_auc_1": ("val/auc_1", "max"), "mean_absolute_error": ("train/mean_absolute_error", "min"),
        "mean_io_u": ("train/mean_io_u", "max"), "val_true_positives_2": ("val/true_positives_2", None),
        "true_positives_2": ("train/true_positives_2", None), "learning_rate": ("train/learning_rate", None),
        "f1_score": ("train/f1_score", "max"),
        "precision_at_recall": ("train/precision_at_recall", "max"),
        "balanced_accuracy_1": ("train/balanced_accuracy_1", "max"),
        "log_cosh": ("train/log_cosh", "min"), "cosine_similarity": ("train/cosine_similarity", "max"),
        "test_accuracy": ("test/accuracy", "max"),
    },
    "W&B's callbacks": {
        "epoch/loss": ("train/loss", "min"), "epoch/val_loss": ("val/loss", "min"), "epoch/epoch": ("epoch", None),
        "epoch/val_f1_score": ("val/f1_score", "max"), "epoch/learning_rate": ("train/learning_rate", None),
        "epoch/gain": ("train/gain", None), "batch/accuracy": ("batch/accuracy", "max"),
        "batch/batch_step": ("batch/batch_step", None), "best_val_loss": ("best_val_loss", "min"),
        "best_epoch": ("best_epoch", None),
    },
    "Lightning": {
        "train_loss_step": ("batch/loss", "min"), "train_loss_epoch": ("train/loss", "min"),
        "val_loss_epoch": ("val/loss", "min"), "val_loss_step": ("batch/val_loss", "min"),
        "val_loss/dataloader_idx_0": ("val/loss/dataloader_idx_0", "min"), "val_acc": ("val/accuracy", "max"),
        "lr-Adam": ("train/learning_rate", None), "lr-SGD-momentum": ("lr-SGD-momentum", None),
        "trainer/global_step": ("train/global_step", None), "loss_step": ("batch/loss", "min"),
    },
    "Hugging Face": {
        "eval/loss": ("val/loss", "min"), "eval_loss": ("val/loss", "min"), "train/loss": ("train/loss", "min"),
        "train/epoch": ("epoch", None), "train/global_step": ("train/global_step", None),
        "eval/bleu": ("val/bleu", "max"), "eval/samples_per_second": ("val/samples_per_second", None),
        "test/wer": ("test/wer", "min"),
    },
    "skorch": {
        "train_loss": ("train/loss", "min"), "valid_loss": ("val/loss", "min"), "valid_acc": ("val/accuracy", "max"),
        "dur": ("dur", None),
    },
    "DVCLive": {
        "train/epoch/loss": ("train/loss", "min"), "train/step/loss": ("batch/loss", "min"),
        "eval/accuracy": ("val/accuracy", "max"), "validation/auc": ("val/auc", "max"),
    },
    "the user's own": {
        "my_score_x": ("my_score_x", "max"), "anomaly_score": ("anomaly_score", "max"),
        "tokens_per_second": ("tokens_per_second", None),
        "latency_ms": ("latency_ms", None), "my/own": ("my/own", None), "step": ("step", None),
        "warmup_step": ("warmup_step", None), "val_": ("val_", None), "valid": ("valid", None),
        "evaluate": ("evaluate", None), "train/": ("train/", None), "/": ("/", None),
        "val_latency_ms": ("val/latency_ms", None),
    },
}  # fmt: skip
EVERY = [(key, *said) for keys in DIALECTS.values() for key, said in keys.items()]


@pytest.mark.parametrize(("key", "name", "direction"), EVERY)
def test_every_dialect_has_one_name(key: str, name: str, direction: str | None) -> None:
    """And one direction under both names; what is nobody's dialect is the user's own, and passes through."""
    assert (name, direction, direction) == (canonical_name(key), direction_of(key), direction_of(name))


@pytest.mark.parametrize(("key", "name", "direction"), EVERY)
def test_the_best_value_of_every_dialect_is_found_under_our_name(key: str, name: str, direction: str | None) -> None:
    """By its direction, the last where it has none; the key under which it was logged is kept."""
    rows = [{key: value} for value in (0.5, 0.2, 0.9, 0.4)]
    best = best_value(RunRecord("aaa", history=History.from_rows(rows)), name)
    expected = {"min": 0.2, "max": 0.9, None: 0.4}[direction]

    assert best is not None
    assert (key, direction, expected, 0.4) == (best.key, best.direction, best.value, best.last)


@pytest.mark.parametrize(
    ("asked", "keys", "found"),
    [
        ("latency_ms", ["loss", "latency_ms"], "latency_ms"),
        ("train/latency_ms", ["loss", "latency_ms"], "latency_ms"),
        ("latency_ms", ["train/latency_ms"], "train/latency_ms"),
        ("epoch/latency_ms", ["latency_ms"], "latency_ms"),
        ("latency_ms", ["train/latency_ms", "latency_ms"], "latency_ms"),
        ("train/latency_ms", ["latency_ms", "epoch/latency_ms"], "epoch/latency_ms"),
        ("val/latency_ms", ["latency_ms", "train/latency_ms"], None),
        ("latency_ms", ["val_latency_ms"], None),
        ("loss", ["val_loss", "epoch/loss", "loss_epoch"], "epoch/loss"),
        ("own/gain", ["train/own/gain", "gain"], None),
    ],
)
def test_a_key_is_found_by_both_spellings_of_what_may_be_the_trainings(
    asked: str, keys: list[str], found: str | None
) -> None:
    """The name itself first, then one that says the same, then the one that leaves open whose it is."""
    assert found == key_of(asked, keys)


_WORDS = ["train", "val", "valid", "eval", "epoch", "step", "loss", "acc", "lr", "/", "_", "-", "x", "batch", "test"]


@given(st.text(min_size=1) | st.lists(st.sampled_from(_WORDS), min_size=1).map("".join))
def test_a_canonical_name_is_its_own(key: str) -> None:
    """Naming twice changes nothing, and a name of some words is never lost."""
    name = canonical_name(key)

    assert name == canonical_name(name)
    assert name


@pytest.mark.parametrize(
    ("key", "direction"),
    [
        ("val/loss", "min"),
        ("val_loss", "min"),
        ("train/mean_absolute_error", "min"),
        ("val/accuracy", "max"),
        ("val/top_5_accuracy", "max"),
        ("test/AUC", "max"),
        ("f1", "max"),
        ("accuracy_loss", "min"),
        ("val/f1-score", "max"),
        ("epoch", None),
        ("train/learning_rate", None),
        ("glossary", None),
        ("loss/parts", None),
        ("val/loss/dataloader_idx_0", "min"),
    ],
)
def test_direction_is_told_by_the_last_known_word(key: str, direction: str | None) -> None:
    """Whole words of the last part of the name decide; a name that says nothing has none."""
    assert direction == direction_of(key)
