"""Hands what the anchors see to the training of the run that is current here; nothing that fails in it gets out."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from trackexp.errors import TrackexpError
from trackexp.fit import current_fit
from trackexp.record import Finding
from trackexp.torch.anchors import Anchors
from trackexp.torch.passes import PASS, Pass
from trackexp.torch.training import Training
from trackexp.tracking import Run


class Door:
    """Listens to the anchors, for every run and every thread.

    Args:
        run_here: Returns the run that a training begun here is recorded into, None for none. It is asked with True
            where a training has certainly begun: then a run that waits for the script's own `wandb.init` is opened.
    """

    def __init__(self, run_here: Callable[[bool], Run | None]) -> None:
        self._run_here = run_here
        self._trainings: dict[int, Training] = {}
        self._here = threading.local()
        self._lock = threading.Lock()
        self.anchors = Anchors(self)

    def end_here(self, run: Run | None, error: BaseException | None) -> None:
        """End the training of this thread; where none was seen and the script raised, record what it raised at."""
        training: Training | None = getattr(self._here, "training", None)
        if training is None or training.off:
            training = self._trainings.get(id(run))
        if training is None and error is not None and run is not None and run.recording and not run.closed:
            training = Training(run, self.anchors)
        if training is not None:
            self._end(training, error)

    def _end(self, training: Training, error: BaseException | None = None) -> None:
        self._trainings.pop(id(training.run), None)
        if not training.off:
            self._guarded(training, training.end, error)
            training.off = True

    def findings_so_far(self, run: Run) -> tuple[Finding, ...]:
        """Return what would be found if the run's training ended now."""
        training = self._trainings.get(id(run))
        return () if training is None or training.off else training.findings_so_far()

    def follow(self, run: Run, model: Any) -> None:
        """Take this one for the model of the run's training."""
        self._training_of(run).follow(model)

    def _training_of(self, run: Run) -> Training:
        with self._lock:
            training = self._trainings.get(id(run))
            if training is None:
                training = self._trainings[id(run)] = Training(run, self.anchors)
                run.state.endings.append(partial(self._end, training))
                self.anchors.watch_modules()
            return training

    def _find(self, opens: bool) -> Training | None:
        """Look up the training of this thread anew, which costs more than asking for the last one."""
        run = self._run_here(opens)
        found = None if run is None or not run.recording or run.closed else self._training_of(run)
        self._here.training = found
        drawn = getattr(self._here, "drawn", None)
        if found is not None and drawn is not None:
            found.take_pass(drawn)
            self._here.drawn = None
        return found

    def _active(self, opens: bool = False) -> Training | None:
        training: Training | None = getattr(self._here, "training", None)
        if training is None or training.off:
            training = self._find(opens)
        if training is None or training.off or current_fit() is not None:  # Keras trains, on PyTorch
            return None
        return training

    def _guarded(self, training: Training, event: Callable[..., None], *args: Any) -> None:
        try:
            event(*args)
        except TrackexpError:
            raise
        except Exception as error:
            training.off = True
            self.anchors.release_modules()
            with training.run.failures.guard("recording the PyTorch training (it goes on without)"):
                raise error

    def before_loss(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Forward it."""
        training = self._active(opens=True)
        if training is not None:
            self._guarded(training, training.before_loss, name, args, kwargs)

    def after_loss(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], loss: Any) -> None:
        """Forward it."""
        training = self._active()
        if training is not None:
            self._guarded(training, training.after_loss, loss)

    def before_backward(self, tensors: Any) -> None:
        """Forward it."""
        training = self._active(opens=True)
        if training is not None:
            self._guarded(training, training.before_backward, tensors)

    def after_backward(self) -> None:
        """Forward it."""
        training = self._active()
        if training is not None:
            self._guarded(training, training.after_backward)

    def before_update(self, optimizer: Any, *, closure: bool) -> None:
        """Forward it."""
        training = self._active(opens=True)
        if training is not None:
            self._guarded(training, training.await_closure if closure else training.before_update, optimizer)

    def after_update(self, optimizer: Any) -> None:
        """Forward it."""
        training = self._active()
        if training is not None:
            self._guarded(training, training.after_update, optimizer)

    def begin_pass(self, loader: Any, iterator: Any) -> None:
        """Forward it, to the run that is current now."""
        self._here.training = None
        Pass(loader).follow(iterator)
        training = self._active()
        if training is not None:
            self._guarded(training, training.begin_pass)

    def before_batch(self, iterator: Any) -> None:
        """Forward it."""

    def after_batch(self, iterator: Any, batch: Any) -> None:
        """Forward it."""
        training = self._active()
        if training is not None:
            self._guarded(training, training.after_batch, iterator, batch)
        else:
            self._here.drawn = getattr(iterator, PASS, None)

    def end_pass(self, iterator: Any) -> None:
        """Forward it."""
        training = self._active()
        if training is not None:
            self._guarded(training, training.end_pass, iterator)

    def judge_epoch(self, metric: Any) -> None:
        """Forward it."""
        training = self._active()
        if training is not None:
            self._guarded(training, training.judge_epoch, metric)

    def enter_module(self, module: Any, args: tuple[Any, ...]) -> None:
        """Forward it; a model that is called with a batch of a loader trains, or evaluates."""
        training = self._active(opens=getattr(self._here, "drawn", None) is not None)
        if training is not None:
            self._guarded(training, training.enter_module, module, args)

    def leave_module(self, module: Any, args: tuple[Any, ...], output: Any) -> None:
        """Forward it."""
        training = self._active()
        if training is not None:
            self._guarded(training, training.leave_module, module, args, output)
