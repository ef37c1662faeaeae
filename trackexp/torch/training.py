"""One run's training in PyTorch: what the anchors tell becomes passes, epochs and the facts of a fit.

A pass over a loader with updates trains, one without evaluates; an epoch is a training pass and the evaluation behind
it. It is closed when the next one makes its first update, or when the run ends: by then the script has logged what it
logs itself. Without a loader, updates take the place of passes.
"""

from __future__ import annotations

import copy
from typing import Any
from weakref import WeakKeyDictionary

import torch

from trackexp.record import Finding
from trackexp.torch.anchors import Anchors
from trackexp.torch.graph import unscaled
from trackexp.torch.looks import Looker
from trackexp.torch.losses import LossCall, call_of, is_loss, score
from trackexp.torch.observations import KeptLosses, digest
from trackexp.torch.passes import PASS, Pass, loader_facts
from trackexp.torch.recording import Recording
from trackexp.torch.samples import RowSample
from trackexp.torch.scenery import Scenery
from trackexp.torch.updates import Updates
from trackexp.tracking import Run
from trackexp.tracking.live_diagnosis import findings_now

_ROWS_WITHOUT_LOADER = 64  # rows of a loop of updates are logged one by one up to here, then ever more rarely


class Training:
    """Follows the training of one run.

    Args:
        run: Where it is recorded.
        anchors: Whose hooks on modules are let go of as soon as the model is known.
    """

    def __init__(self, run: Run, anchors: Anchors) -> None:
        self.run = run
        self.off = False
        self.scenery = Scenery(run, anchors)
        self.looker = Looker(self.scenery)
        self.recording = Recording(run, self.scenery, self.looker)
        self.optimizers: WeakKeyDictionary[Any, Updates] = WeakKeyDictionary()
        self.updates = self.backwards = 0
        self._here: Pass | None = None
        self._stretch = Pass(None)
        self._open: list[Pass] = []
        self._drawn: list[Pass] = []
        self._mode: bool | None = None  # of the model at its last call
        self._calls: list[LossCall] = []  # since the last backward
        self._waiting: list[tuple[torch.Tensor, int]] = []  # losses of this batch that no backward came to yet
        self._train, self._valid = RowSample(), RowSample()
        self._input: torch.Tensor | None = None
        self._evaluations = 0
        self._last_calls: list[LossCall] = []
        self._answers: torch.Tensor | None = None  # of an evaluation, as long as the script has not scored them
        self._targets: torch.Tensor | None = None  # of the batch at hand
        self._kept_losses = KeptLosses()
        self._awaited: Any = None  # an optimizer that steps, and whose closure has yet to run

    @property
    def where(self) -> Pass:
        """The pass that the batch at hand comes from."""
        return self._here or self._stretch

    def follow(self, model: Any) -> None:
        """Take this one for the model."""
        self.scenery.follow(model, self._called)

    # Modules

    def enter_module(self, module: Any, args: tuple[Any, ...]) -> None:
        """See a module called, before the model is known."""
        structure = self.scenery.structure
        if is_loss(module):
            return
        if not structure.seen_depth:
            self._called(module, args, None)
        structure.enter(module, args)

    def leave_module(self, module: Any, args: tuple[Any, ...], output: Any) -> None:
        """See it return."""
        if not is_loss(module):
            self.scenery.structure.leave(module, args, output)

    def _called(self, module: Any, args: tuple[Any, ...], output: Any) -> None:
        """See the model, or what may be it, called from the script."""
        if self.off:
            return
        key = (bool(module.training), torch.is_grad_enabled())
        if self._here is not None and self._here.exhausted and not self._here.owed:
            self._finish(self._here)
        here = self.where
        here.calls[key] = here.calls.get(key, 0) + 1
        self._mode = key[0]
        self._input = next((arg for arg in args if isinstance(arg, torch.Tensor)), None)
        if not key[1]:
            self._evaluated(here)
            self._answers = None
            if here.loader is not None and isinstance(output, torch.Tensor):
                self._answers = output.detach()

    def _evaluated(self, here: Pass) -> None:
        """Note that the batch at hand is looked at and not trained on."""
        if here in self._drawn:
            self._drawn.remove(here)
        if here is self._stretch and here.updates and not here.done:
            here.done = True
            self._evaluations += 1

    # Losses

    def before_loss(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Keep what a loss is given, where it is looked at: it may raise on the very mistake that a rule names."""
        call = call_of(name, args, kwargs)
        self._answers = None  # the script scores them itself
        self._calls = [*self._calls[-7:], call]
        if not torch.is_grad_enabled():
            self._evaluated(self.where)
        x, y = self._input, call.target
        if x is not None and y is not None and self.recording.samples(self.where):
            if torch.is_grad_enabled():
                self._train.add(x, y)
                self._train.sketch(x)
            elif not self.recording.is_training_data(x):
                self._valid.add(x, y)

    def after_loss(self, loss: Any) -> None:
        """Keep its value, as a tensor: nothing waits for a GPU."""
        if not isinstance(loss, torch.Tensor) or not self._calls:
            return
        call = self._calls[-1]
        call.node = loss.grad_fn
        if not loss.dim():
            self._waiting.append((loss.detach(), call.rows))
        self.where.count_right(call)

    # Backward

    def before_backward(self, tensors: Any) -> None:
        """See the loss, the moment before its graph is freed."""
        loss = tensors if isinstance(tensors, torch.Tensor) else next(iter(tensors), None)
        if not isinstance(loss, torch.Tensor):
            return
        for updates in self.optimizers.values():
            updates.before_backward()
        self.backwards += 1
        self._kept_losses.add(loss)
        if loss.grad_fn is None:
            self.recording.loop["detached_losses"] = self.recording.loop.get("detached_losses", 0) + 1
        elif self.looker.wanted:
            self.looker.see_graph(loss, self._calls)
        if not loss.dim():
            self.where.train_loss.add(*self._value_of(loss))
        if loss.grad_fn is None:
            self._last_calls = self._calls  # this `backward` may raise
        self._calls, self._waiting = [], []

    def _value_of(self, loss: torch.Tensor) -> tuple[torch.Tensor, int]:
        """Return the loss as the script means it: gradient scaling and accumulation put factors before it."""
        rows = max((call.rows for call in self._calls), default=1)
        node = self._calls[-1].node if len(self._waiting) == 1 else None
        if node is not None and loss.grad_fn not in (None, node) and unscaled(loss.grad_fn, {node}) is node:
            self.where.scaled = True
            return self._waiting[0]
        return loss.detach(), rows

    def after_backward(self) -> None:
        """Note where the gradients stand."""
        for updates in self.optimizers.values():
            updates.after_backward()
        self._end_wait()

    # Updates

    def await_closure(self, optimizer: Any) -> None:
        """See a step begin that computes its own loss: the update is told once there are gradients."""
        self._awaited = optimizer

    def _end_wait(self) -> None:
        if self._awaited is not None:
            optimizer, self._awaited = self._awaited, None
            self.before_update(optimizer)

    def before_update(self, optimizer: Any) -> None:
        """Close an epoch that is over, before its weights change; begin the fit with the very first update."""
        followed = self.optimizers.get(optimizer)
        if followed is None:
            followed = self.optimizers[optimizer] = Updates(optimizer)
        followed.before_update(optimizer)
        if not self.recording.begun:
            self._begin(optimizer)
        elif self.recording.is_over(self._here) or self._stretch_is_over():
            self._close_epoch()
        if self.looker.open:
            self.looker.see_gradients(self.optimizers)

    def _begin(self, optimizer: Any) -> None:
        self.scenery.find_model(self.optimizers, self._called)
        # what was evaluated before the first update, as a check of the loop, is no epoch's
        self._open = [one for one in self._open if one is self._here or one in self._drawn]
        if self._here is None:
            self._stretch.dataset = None
        if self.where.loader is not None and (loader := self.where.loader()) is not None:
            self.recording.loader = loader_facts(loader)
        self.recording.begin(optimizer, self.where, self._train, self._input)

    def after_update(self, optimizer: Any) -> None:
        """Count it for every pass that a batch was drawn from since the last one."""
        self._end_wait()
        self.optimizers[optimizer].after_update(optimizer)
        self.updates += 1
        for used in self._drawn or [self.where]:
            used.updates += 1
            if self._mode is not None:
                used.update_modes[self._mode] = used.update_modes.get(self._mode, 0) + 1
        self._drawn.clear()
        self.recording.count_update(self._here)
        self.looker.close()
        if self._here is not None and self._here.exhausted and not self._here.owed:
            self._finish(self._here)

    def _stretch_is_over(self) -> bool:
        """Tell whether a loop without a loader has come to a row: behind an evaluation, or after enough updates."""
        if self._here is not None or not self._stretch.updates:
            return False
        if self._evaluations or self.recording.evaluates:
            steps, due = self._evaluations, self._stretch.done
            self.recording.evaluates = True
        else:
            steps, due = self._stretch.updates, True
        return due and steps >= max(1, self.recording.axis // _ROWS_WITHOUT_LOADER)

    def _close_epoch(self) -> None:
        if self._here is None:
            self.recording.see_stretch(self._stretch, self._evaluations or self._stretch.updates)
            self._stretch, self._evaluations = Pass(None), 0
        self._flush_losses(self.where)
        self.recording.close_epoch(self._train, self._valid, self.optimizers)
        self.looker.want(self.recording.fit)

    def judge_epoch(self, metric: Any) -> None:
        """See what an epoch is judged by: its mean, or the loss of its last batch."""
        self.recording.judge_epoch(metric, self.where)

    # Passes

    def take_pass(self, drawn: Pass) -> None:
        """Take over a pass whose first batch was drawn before the run was opened."""
        drawn.batches += 1
        self._open.append(drawn)
        self._drawn.append(drawn)
        self._here = drawn

    def begin_pass(self) -> None:
        """Begin a trip over a loader."""
        self._flush_losses(self.where)
        for left in [one for one in self._open if one.is_left and (one.updates or one.calls)]:
            self._finish(left)
        if not self.recording.begun:
            self.scenery.structure.clear()

    def after_batch(self, iterator: Any, batch: Any) -> None:
        """See a batch drawn."""
        drawn: Pass | None = getattr(iterator, PASS, None)
        if drawn is None:
            return
        self._flush_losses(self.where)
        drawn.batches += 1
        if drawn.batches == 1:
            self._open.append(drawn)
            if isinstance(batch, list | tuple) and len(batch) == 2 and self.recording.compares(drawn):
                drawn.digests = (digest(batch[0]), digest(batch[1]))
        self._here = drawn
        pair = isinstance(batch, list | tuple) and len(batch) == 2
        self._targets = batch[1] if pair and isinstance(batch[1], torch.Tensor) else None
        if drawn not in self._drawn:
            self._drawn.append(drawn)
        if (
            drawn.updates and drawn.length is not None and drawn.batches == max(1, drawn.length - 1)
        ):  # the last is short
            self.looker.want(self.recording.fit)

    def end_pass(self, iterator: Any) -> None:
        """See a loader exhausted."""
        ended: Pass | None = getattr(iterator, PASS, None)
        if ended is None:
            return
        self._flush_losses(ended)
        if ended.owed:  # batches are drawn ahead of their use: the last ones are still to come
            ended.exhausted = True
            return
        self._finish(ended)

    def _finish(self, ended: Pass) -> None:
        self._flush_losses(ended)
        ended.done = True
        self._open = [one for one in self._open if not one.done]
        self._drawn = [one for one in self._drawn if not one.done]
        self._here = self._open[-1] if self._open else None
        self.recording.end_pass(ended)

    def _flush_losses(self, where: Pass) -> None:
        """Take losses that no backward came to for those of an evaluation; several a batch have no known sum."""
        if len(self._waiting) == 1:
            where.loss.add(*self._waiting[0])
        elif self._answers is not None and self._targets is not None and self.looker.heads:
            scored = score(self.looker.heads[0].call, self._answers, self._targets)
            if scored is not None:
                where.loss.add(scored.loss, scored.call.rows)
                where.count_right(scored.call)
        self._waiting, self._answers = [], None

    def findings_so_far(self) -> tuple[Finding, ...]:
        """Return what the rules would find if the training were over; it goes on, and nothing of this is kept."""
        state = self.run.state
        facts, rows = state.facts, state.rows
        state.facts, state.rows = copy.deepcopy(facts), list(rows)
        try:
            self.recording.sketch_end(self._train, self._valid, self.optimizers)
            return findings_now(self.run)
        finally:
            state.facts, state.rows = facts, rows

    def end(self, error: BaseException | None) -> None:
        """End with the run: close the last epoch, and record what was seen of a training that never updated."""
        self._flush_losses(self.where)
        if self._stretch.updates or (not self.recording.begun and (self._calls or self.backwards)):
            self.recording.see_stretch(self._stretch, self._evaluations or self._stretch.updates)
        for left in self._open:
            self.recording.end_pass(left)
        if not self.recording.begun or error is not None:
            self.looker.see_calls(self._calls or self._last_calls)
        self._last_calls = []
        self.recording.loop |= {
            "updates": self.updates,
            "backwards": self.backwards,
            "kept_losses": self._kept_losses.alive,
        }
        self.recording.end(error, self._train, self._valid, self.optimizers)
        self.scenery.release()
