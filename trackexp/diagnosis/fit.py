"""One `fit` of a record, with what belongs together brought together: an output, its loss and its targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from trackexp.record import ArrayFacts, Facts, LossFacts, OutputFacts, RunRecord


@dataclass(frozen=True, slots=True)
class Head:
    """One output of the model under training; what was not seen is empty.

    Args:
        label: Name of the output where the model has several, else "".
    """

    label: str
    loss: LossFacts
    target: ArrayFacts
    output: OutputFacts

    @property
    def activation(self) -> str | None:
        """The last effective activation; None where it cannot be told."""
        return self.output.get("activation")


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

    def heads(self) -> Iterator[Head]:
        """Yield every pair of a loss and the targets that it is computed on.

        A loss without the name of an output holds for all of them, as in Keras; a loss whose targets cannot be told
        apart from others is paired with empty ones.
        """
        outputs = self.facts.get("model", {}).get("outputs", [])
        targets = self.facts.get("data", {}).get("targets", [])
        losses = self.facts.get("compile", {}).get("losses", [])
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
                yield Head(label if several else "", loss, target, output)


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
