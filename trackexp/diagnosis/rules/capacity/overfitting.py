"""A validation loss that has been rising for a while, while the training loss goes on falling.

## How it is detected
The lowest validation loss is at least 5 epochs old, the median of the last three is more than 20 % above it, and the
training loss has fallen since. Where the loss of a constant prediction is known, the rise must be 5 % of it or more: a
validation loss near 0 may double and mean nothing. Other causes are ruled out first: where the loss of training rows
rises in inference mode as that of validation rows does, the gap is not one of generalisation; classes that only
validation has, other preprocessing and shifted rows are findings of their own. What could not be looked at is named.
Where the best weights are restored or kept (EarlyStopping with `restore_best_weights`, ModelCheckpoint with
`save_best_only`) it passes, and so does a validation of fewer than 30 rows. Five epochs and 20 % are those of the
catalogue of faults; of 30 rows, a standard error of a mean is about a fifth of the deviation. On runs without facts it
is **info**, a training loss that was logged more often averaged between validations.

## Why it matters
Since then the model memorises the training rows.

## What to do
Stop at the best epoch, and regularise: fewer weights, dropout, weight decay, more data.

## References
- Prechelt, Early Stopping, But When? (1998).
- Goodfellow, Bengio and Courville, Deep Learning (2016), section 7.8.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trackexp.diagnosis.evidence.curves import Values, constant_of, curve_of, has_ended, loss_of
from trackexp.diagnosis.evidence.graph import averages_left
from trackexp.diagnosis.evidence.plain_runs import aligned_losses
from trackexp.diagnosis.evidence.probes import inference_loss
from trackexp.diagnosis.fit import Fit, fits_of
from trackexp.diagnosis.rule import NotApplicable, Rule
from trackexp.record import Finding, RunRecord, Severity

_LAGGING = 0.05  # share of their initial values in moving averages that makes inference mode another model


@dataclass(frozen=True)
class Overfitting(Rule):
    """The training rows are memorised.

    Args:
        min_epochs_since_best: Least age of the best epoch, in epochs.
        min_val_loss_rise: Least rise above it, relative.
        min_rise_of_constant: Least rise as a share of a constant's loss.
        min_val_rows: Fewer validation rows than this are noise.
    """

    code = "TX001"
    name = "overfitting"
    severity = Severity.WARNING

    min_epochs_since_best: int = 5
    min_val_loss_rise: float = 0.2
    min_rise_of_constant: float = 0.05
    min_val_rows: int = 30

    def examine(self, record: RunRecord) -> Iterator[Finding | NotApplicable]:
        """Yield a finding for curves that have parted, of each fit that has ended."""
        fits = [fit for fit in fits_of(record) if has_ended(fit)]
        if record.facts and not fits:
            yield NotApplicable("the training has not ended")
        elif not record.facts:
            yield from self._judge(*aligned_losses(record), None)
        for fit in fits:
            yield from self._judge(loss_of(fit), curve_of(fit, "val/loss"), fit)

    def _judge(self, train: Values, valid: Values, fit: Fit | None) -> Iterator[Finding | NotApplicable]:
        if not len(train) == len(valid) > self.min_epochs_since_best or not np.isfinite([*train, *valid]).all():
            yield NotApplicable("the run has no training and validation loss of one fit over enough epochs")
            return
        best, last = int(valid.argmin()), float(np.median(valid[-3:]))
        if (
            len(valid) - 1 - best < self.min_epochs_since_best
            or last <= (1 + self.min_val_loss_rise) * valid[best]
            or valid[best] <= 0
        ):
            return
        if train[-1] < train[best] and (fit is None or self._matters(fit, last - float(valid[best]))):
            inference = None if fit is None else inference_loss(fit)
            if fit is not None and inference is None and averages_left(fit, _updates(fit, valid)) >= _LAGGING:
                yield NotApplicable(
                    f"fit {fit.index}: the validation loss rose, and the moving averages of batch normalisation have "
                    "not caught up: without a probe in inference mode the two causes cannot be told apart"
                )
                return
            if fit is not None and inference is not None and inference > (float(train[-1]) + last) / 2:
                yield NotApplicable(
                    f"fit {fit.index}: the validation loss rose, and so does the loss on training rows in inference "
                    f"mode ({inference:.4g}): that is not overfitting"
                )
                return
            yield self.finding(
                f"the validation loss was lowest in epoch {best} ({valid[best]:.4g}) and is {last:.4g} now, "
                f"{len(valid) - 1 - best} epochs later, while the training loss fell to {train[-1]:.4g}"
                f"{'' if fit is None else _not_ruled_out(fit)}",
                "stop at the best epoch (EarlyStopping with restore_best_weights=True), and regularise",
                fit=0 if fit is None else fit.index,
                epoch=len(valid) - 1,
                severity=Severity.INFO if fit is None else None,
            )

    def _matters(self, fit: Fit, rise: float) -> bool:
        kept = any(
            callback.get("config", {}).get("restore_best_weights") or callback.get("config", {}).get("save_best_only")
            for callback in fit.facts.get("fit", {}).get("callbacks", [])
        )
        rows, constant = fit.facts.get("data", {}).get("validation_inputs", []), constant_of(fit)
        total = (rows[0].get("shape") or [None])[0] if rows else None
        few = total is not None and total < self.min_val_rows
        return not kept and not few and (constant is None or rise >= self.min_rise_of_constant * constant)


def _updates(fit: Fit, values: Values) -> int:
    return (fit.facts.get("fit", {}).get("batches") or 0) * len(values)


def _not_ruled_out(fit: Fit) -> str:
    """Return, in words, which other causes could not be looked at; "" where all were."""
    data = fit.facts.get("data", {})
    validated = fit.facts.get("fit", {}).get("validation") in ("arrays", "stream")
    if not validated or data.get("validation_inputs"):
        return ""
    return "; not ruled out: other preprocessing or classes in the validation rows, which were not seen"
