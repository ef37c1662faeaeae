"""What a finding advises, where it is one change that can be tried on a copy; and what came of it, in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from trackexp.diagnosis.fit import Fit
from trackexp.record import Finding
from trackexp.record.facts import TrialFacts


@dataclass(frozen=True, slots=True)
class Remedy:
    """One change of a training.

    Args:
        kind: Another loss, a multiple of the learning rate, or inputs that are standardised.
        value: The identifier of Keras's loss, or the factor; nothing for inputs.
        words: What is changed, as it stands in the finding.
    """

    kind: Literal["loss", "rate", "inputs"]
    value: str | float
    words: str


def with_trial(fit: Fit, finding: Finding) -> Finding:
    """Return a finding whose fix says what came of it on a copy of the weights; as it is where nothing was tried."""
    trial = fit.facts.get("probes", {}).get("trials", {}).get(finding.code)
    return replace(finding, fix=f"{finding.fix} ({trial_words(trial)})") if trial else finding


def trial_words(trial: TrialFacts) -> str:
    """Return what came of a trial.

    >>> trial = TrialFacts(change="loss=mse", updates=50, rows=128, measure="accuracy", changed=0.91, unchanged=0.84)
    >>> trial_words(trial)
    'tried on a copy: 50 more updates with loss=mse reach accuracy 0.91 on 128 other rows, without it 0.84'
    """
    came = "reach" if trial["changed"] > trial["unchanged"] else "do not help:"
    return (
        f"tried on a copy: {trial['updates']} more updates with {trial['change']} {came} {trial['measure']} "
        f"{trial['changed']:.2f} on {trial['rows']} other rows, without it {trial['unchanged']:.2f}"
    )
