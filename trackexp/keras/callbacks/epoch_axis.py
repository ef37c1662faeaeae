"""The run's axis `epoch`: it begins where Keras begins, and goes on over a second fit."""

from __future__ import annotations

from trackexp.tracking import Run


class EpochAxis:
    """Maps Keras's epoch of one fit to the run's; a fit that would go back over logged epochs is moved behind them."""

    def __init__(self, run: Run) -> None:
        self._state = run.state
        self._offset: int | None = None

    def begin_fit(self) -> None:
        """Forget the fit before."""
        self._offset = None

    def begin_epoch(self, epoch: int) -> None:
        """See the first epoch of the fit, which only its own callbacks are told."""
        if self._offset is None:
            self._offset = max(0, self._state.next_epoch - epoch)

    def run_epoch(self, epoch: int) -> int:
        """Return the run's epoch of Keras's."""
        self.begin_epoch(epoch)
        return epoch + (self._offset or 0)

    def end_epoch(self, epoch: int) -> int:
        """Return the run's epoch of Keras's, and note that the run has it now."""
        axis = self.run_epoch(epoch)
        self._state.next_epoch = max(self._state.next_epoch, axis + 1)
        return axis
