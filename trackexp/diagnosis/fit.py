"""One `fit` of a record, with what belongs together brought together: an output, its loss and its targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from trackexp.record import ArrayFacts, Facts, LayerFacts, LossFacts, MetricFacts, OutputFacts, RunRecord

# Methods of Keras's trainer: where the user's class replaces one, what the loss is computed on cannot be seen.
_OWN_STEP = frozenset({"train_step", "compute_loss", "fit"})


@dataclass(frozen=True, slots=True)
class Head:
    """One output of the model under training; what was not seen is empty.

    Args:
        label: Name of the output where the model has several, else "".
        metrics: Those that are computed on this output.
    """

    label: str
    loss: LossFacts
    target: ArrayFacts
    output: OutputFacts
    metrics: tuple[MetricFacts, ...] = ()

    @property
    def activation(self) -> str | None:
        """The last effective activation; None where it cannot be told."""
        return self.output.get("activation")

    @property
    def loss_name(self) -> str:
        """Identifier of Keras's own loss; "" for a loss of the user's, which may do anything."""
        return "" if self.loss.get("custom") else self.loss.get("identifier", "")

    @property
    def where(self) -> str:
        """Which output, for a message: " of output 'age'"; nothing where the model has one."""
        return f" of output {self.label!r}" if self.label else ""

    @property
    def units(self) -> int | None:
        """Size of the output's last axis."""
        shape = self.output.get("shape")
        return shape[-1] if shape else self.output.get("units")

    @property
    def columns(self) -> int | None:
        """Columns of two-dimensional targets, 1 for one-dimensional ones; None for any others."""
        shape = self.target.get("shape")
        if not shape or len(shape) > 2:
            return None
        return shape[1] if len(shape) == 2 else 1

    @property
    def one_hot(self) -> bool:
        """Whether every target row that was seen names exactly one of two or more classes."""
        return bool((self.columns or 0) >= 2 and self.target.get("zero_one") and self.target.get("row_sums_one") == 1.0)

    @property
    def rows_seen(self) -> str:
        """How many target rows the evidence rests on, for a message: "4,096 target rows sampled from 60,000"."""
        shape, seen = self.target.get("shape") or [None], self.target.get("sampled_rows", 0)
        if shape[0] is None:
            return f"{seen:,} target rows of the first batch"
        return f"{seen:,} target rows sampled from {shape[0]:,}" if seen < shape[0] else f"{seen:,} target rows"


@dataclass(frozen=True, slots=True)
class Fit:
    """One `fit`: its facts, its index in the run, and the record that it belongs to."""

    index: int
    facts: Facts
    record: RunRecord

    @property
    def schema(self) -> int:
        """Schema number of the facts."""
        return self.facts.get("schema", 1)

    def has(self, path: str) -> bool:
        """Tell whether the facts hold something at the dotted path; an empty list is nothing."""
        value: Any = self.facts
        for key in path.split("."):
            value = value.get(key) if isinstance(value, Mapping) else None
        return value is not None and value != [] and value != {}

    @property
    def own_step(self) -> bool:
        """Whether the user's class computes the loss or makes the step: targets and outputs may be anything there."""
        return bool(_OWN_STEP & set(self.facts.get("model", {}).get("overrides", [])))

    @property
    def layers(self) -> list[LayerFacts]:
        """The layers, nested ones included, in the order of the graph."""
        return self.facts.get("model", {}).get("layers", [])

    @property
    def inputs(self) -> list[ArrayFacts]:
        """Profiles of the input arrays; empty where they were not seen."""
        return self.facts.get("data", {}).get("inputs", [])

    @property
    def data_are_finite(self) -> bool:
        """Whether no NaN and no infinity was seen among inputs and targets."""
        arrays = [*self.inputs, *self.facts.get("data", {}).get("targets", [])]
        return not any(array.get("nan_share") or array.get("infinite_share") for array in arrays)

    @property
    def updates(self) -> int | None:
        """Updates that the whole training is to make, as far as it was known before it."""
        facts = self.facts.get("fit", {})
        batches, epochs = facts.get("batches"), facts.get("epochs")
        return None if batches is None or epochs is None else batches * max(0, epochs - facts.get("initial_epoch", 0))

    def is_input(self, target: ArrayFacts) -> bool:
        """Tell whether the targets are the inputs again, or shaped like them: an autoencoder's reconstruction."""
        shape = target.get("shape", [])
        return any(
            (target.get("hash") and target.get("hash") == found.get("hash"))
            or (len(shape) >= 2 and (shape[1] or 0) > 1 and found.get("shape") == shape)
            for found in self.facts.get("data", {}).get("inputs", [])
        )

    def heads(self) -> Iterator[Head]:
        """Yield every pair of a loss and the targets that it is computed on.

        A loss without the name of an output holds for all of them, as in Keras; a loss whose targets cannot be told
        apart from others is paired with empty ones.
        """
        outputs = self.facts.get("model", {}).get("outputs", [])
        targets = self.facts.get("data", {}).get("targets", [])
        losses = self.facts.get("compile", {}).get("losses", [])
        metrics = self.facts.get("compile", {}).get("metrics", [])
        names = [output.get("name") for output in outputs]
        for position, loss in enumerate(losses):
            name = loss.get("output")
            if name is None and len(losses) == 1:
                places = list(range(max(len(outputs), len(targets), 1)))
            else:
                places = [names.index(name) if name in names else position]
            for place in places:
                several = max(len(outputs), len(targets), len(losses)) > 1
                label = name or (names[place] if place < len(names) else None) or f"{place}"
                target = _target_of(label, place, targets, len(outputs))
                output = outputs[place] if place < len(outputs) else OutputFacts()
                measured = [metric for metric in metrics if not several or metric.get("output") in (label, None)]
                yield Head(label if several else "", loss, target, output, tuple(measured))


def _target_of(label: str, place: int, targets: list[ArrayFacts], outputs: int) -> ArrayFacts:
    """Find the targets of an output: by name where they have names, by place where there is one for each output."""
    for target in targets:
        if target.get("name") == label:
            return target
    named = any(target.get("name") for target in targets)
    if (named and len(targets) > 1) or (outputs and outputs != len(targets)) or place >= len(targets):
        return ArrayFacts()
    return targets[place]


def fits_of(record: RunRecord) -> Iterator[Fit]:
    """Yield every `fit` of the record, oldest first."""
    for position, facts in enumerate(record.facts):
        yield Fit(facts.get("fit", {}).get("index", position), facts, record)
