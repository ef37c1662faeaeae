"""PyTorch as `session` sees it: patched with the first open run that records trainings, restored after the last."""

from __future__ import annotations

from typing import Any

from trackexp import session
from trackexp.fit.protocols import Framework
from trackexp.torch.door import Door
from trackexp.tracking import Run


class TorchFramework(Framework):
    """Records PyTorch while sessions are open."""

    name = "torch"
    module = "torch"

    def __init__(self) -> None:
        self._door: Door | None = None

    def patch(self) -> None:
        """Begin to see trainings."""
        if self._door is None:
            self._door = Door(_run_here)
            self._door.anchors.set()

    def unpatch(self) -> None:
        """Leave PyTorch as it was; what others wrapped around ours meanwhile stays, and ours is inert in it."""
        if self._door is not None:
            self._door.anchors.remove()
            self._door = None

    def end_training(self, run: Run | None, error: BaseException | None) -> None:
        """End the training that goes on here, with what the script raised; `run` is the block's, if it is open."""
        if self._door is not None:
            self._door.end_here(run, error)

    def follow(self, run: Run, model: Any) -> None:
        """Take this one for the model of the run's training."""
        if self._door is not None:
            self._door.follow(run, model)


def _run_here(opens: bool) -> Run | None:
    """Return the run that a training begun here is recorded into; unless `opens`, only one that is open already."""
    current = session.current_session()
    if current is None or (not opens and not current.nested and current.runs.is_pending):
        return None
    return session.fit_run()


TORCH = TorchFramework()
