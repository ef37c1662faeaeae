from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from trackexp import diagnose, read_run, track
from trackexp.errors import TrackingError

BATCH = 80  # rows; three batches an epoch


class Batches(keras.utils.PyDataset):
    def __init__(self, x: Any, y: Any) -> None:
        super().__init__()
        self.x, self.y = x, y

    def __len__(self) -> int:
        return len(self.x) // BATCH

    def __getitem__(self, index: int) -> Any:
        rows = slice(index * BATCH, (index + 1) * BATCH)
        return self.x[rows], self.y[rows]


def as_dataset(x: Any, y: Any) -> dict[str, Any]:
    """Return the arguments of fit for a tf.data set."""
    import tensorflow as tf

    return {"x": tf.data.Dataset.from_tensor_slices((x, y)).batch(BATCH), "shuffle": False}


def as_generator(x: Any, y: Any) -> dict[str, Any]:
    """Return the arguments of fit for an endless generator."""

    def forever() -> Iterator[Any]:
        while True:
            yield from ((x[at : at + BATCH], y[at : at + BATCH]) for at in range(0, len(x), BATCH))

    return {"x": forever(), "steps_per_epoch": 3, "shuffle": False}


FORMS: dict[str, Callable[[Any, Any], dict[str, Any]]] = {
    "arrays": lambda x, y: {"x": x, "y": y},
    "tf.data": as_dataset,
    "pydataset": lambda x, y: {"x": Batches(x, y)},
    "generator": as_generator,
}


class Updates(keras.callbacks.Callback):
    """Notes what was known when the first update had been made."""

    def __init__(self, run: Any) -> None:
        super().__init__()
        self.run = run
        self.known: list[Any] = []

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self.known.append([finding.name for finding in self.run.findings])


@pytest.mark.parametrize("form", FORMS)
def test_the_mistake_is_named_before_the_first_update(
    workspace: Path, model: Any, data: Any, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Binary crossentropy on exclusive classes is named once, live, whatever the data come as, and by the record."""
    made = model(loss="binary_crossentropy")
    with track("live", mode="offline") as run:
        updates = Updates(run)
        made.fit(**FORMS[form](data.x, data.y), epochs=2, verbose=0, callbacks=[updates])
        live = run.findings
    record = read_run(run.folder)
    stored = tuple(finding for finding in record.findings if finding.code != "TX000")

    assert [("bce-on-categorical", "error", 0, 0)] == [(f.name, f.severity, f.fit, f.epoch) for f in live]
    assert live == stored
    assert [f.name for f in live] == [f.name for f in diagnose(record).findings]  # of a stream it has more rows by now
    assert {"errors": 1, "warnings": 0} == {key: record.summary["trackexp"][key] for key in ("errors", "warnings")}
    assert ("bce-on-categorical",) == record.tags
    assert 1 == len([artifact for artifact in record.artifacts if artifact.type == "run_table"])
    said = capsys.readouterr().err
    assert 1 == said.count("✗ TX101 bce-on-categorical")
    if form in ("arrays", "pydataset", "generator"):  # a tf.data set gives its batch inside the first step
        assert ["bce-on-categorical"] == updates.known[0]


@pytest.mark.parametrize("form", FORMS)
def test_a_sound_training_has_no_finding(workspace: Path, model: Any, data: Any, form: str) -> None:
    """The same training with the right loss is silent, but for what of a stream could not be looked at."""
    with track("live", mode="offline") as run:
        model().fit(**FORMS[form](data.x, data.y), epochs=1, verbose=0)

    unseen = () if form == "arrays" else ("checks-not-made",)
    assert (unseen, ()) == (tuple(finding.name for finding in run.findings), read_run(run.folder).tags)


def test_facts_are_written_without_diagnosis_too(workspace: Path, model: Any, data: Any) -> None:
    """diagnose=False says nothing live; the facts are in the run, and the record is diagnosed later."""
    with track("live", mode="offline", diagnose=False) as run:
        model(loss="binary_crossentropy").fit(data.x, data.y, epochs=1, verbose=0)
    record = read_run(run.folder)

    assert () == run.findings == record.findings
    assert ["bce-on-categorical"] == [finding.name for finding in diagnose(record).findings]


def test_the_finding_comes_before_the_crash(workspace: Path, model: Any, data: Any) -> None:
    """A fit that raises on its very arguments has its facts in the run all the same."""
    with pytest.raises(ValueError, match="shape"), track("live", mode="offline") as run:
        model(loss="binary_crossentropy").fit(data.x, np.eye(7)[data.labels], epochs=1, verbose=0)
    record = read_run(run.folder)

    assert [[240, 7]] == [target["shape"] for target in record.facts[0]["data"]["targets"]]
    assert {"bce-on-categorical", "label-shape-broadcast"} == {finding.name for finding in run.findings}


@pytest.mark.parametrize("form", ["tf.data", "generator"])
def test_a_stream_is_seen_by_its_first_epoch(workspace: Path, model: Any, data: Any, form: str) -> None:
    """Of a stream the facts hold the rows that the training itself drew in its first epoch, and its kind."""
    with track("live", mode="offline") as run:
        model().fit(**FORMS[form](data.x, data.y), epochs=1, verbose=0)
    facts = read_run(run.folder).facts[0]

    assert form == facts["fit"]["source"]
    assert 3 * BATCH == facts["data"]["inputs"][0]["sampled_rows"]
    assert "val/loss" not in read_run(run.folder).history


def test_strict_hears_of_what_fails(workspace: Path, model: Any, data: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With strict=True a failure in tracking is an error of ours, caused by what failed."""

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("refused")

    def train() -> None:
        with track("live", mode="offline", strict=True) as run:
            monkeypatch.setattr(run.wandb_run, "log", refuse)
            model().fit(data.x, data.y, epochs=1, verbose=0)

    with pytest.raises(TrackingError, match="failed"):
        train()
