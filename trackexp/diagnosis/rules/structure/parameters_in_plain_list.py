"""Layers in a plain list.

## How it is detected
A module holds other modules, or parameters, in a list, tuple or dictionary of Python's, and neither it nor any
optimizer has their weights. The same where an optimizer refused an empty list of parameters, for the models that the
script held then.

## Why it matters
`parameters()`, `to()` and `state_dict()` do not see them: they are not trained, not moved and not saved.

## What to do
Use `nn.ModuleList`, `nn.ModuleDict` or `nn.ParameterList`.

## References
- PyTorch: [ModuleList](https://docs.pytorch.org/docs/stable/generated/torch.nn.ModuleList.html).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.loop import loop_of
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class ParametersInPlainList(FitRule):
    """Weights that nobody knows."""

    code = "TX062"
    name = "parameters-in-plain-list"
    severity = Severity.ERROR
    explains = ("optimizer-without-model", "nothing-trainable", "gradient-blocked", "underfitting-capacity")
    requires = ("loop",)

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the loop shows it."""
        loop = loop_of(fit)
        names = loop.get("hidden_modules", []) or (
            loop.get("hidden_in_error", []) if "empty parameter list" in loop.get("error", "") else []
        )
        if names:
            yield self.finding(
                f"{', '.join(map(repr, names))} hold{'s' if len(names) == 1 else ''} layers in a plain list or "
                "dictionary: their weights are not trained",
                "use nn.ModuleList or nn.ModuleDict",
                fit=fit.index,
            )
