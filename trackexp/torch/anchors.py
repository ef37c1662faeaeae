"""The five places at which a training is seen, patched while runs are open and restored at the end.

1. The losses of `torch.nn.functional`: what a loss is given, before any broadcast or crash.
2. `torch.autograd.backward`: the moment before the graph is freed.
3. The hooks of every optimizer's step, which PyTorch offers.
4. The iterators of DataLoader: a pass with updates trains, one without evaluates.
5. The hooks of every module, which PyTorch offers too, until the first update: which module is the model.

A patch that another tool has wrapped since stays where it is and does nothing any more.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any, Protocol

import torch
from torch.nn.modules import module as modules
from torch.optim import optimizer as optimizers
from torch.utils.data import DataLoader
from torch.utils.data.dataloader import _BaseDataLoaderIter

from trackexp.torch.kinds import LOSSES

F = torch.nn.functional
is_compiling = torch.compiler.is_compiling  # dynamo folds it to True: what is behind it vanishes from graphs


class Listener(Protocol):
    """What the anchors tell; every method may be called at every step and returns soon."""

    def before_loss(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """A loss is about to be computed."""

    def after_loss(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], loss: Any) -> None:
        """It was."""

    def before_backward(self, tensors: Any) -> None:
        """A graph is about to be run and freed."""

    def after_backward(self) -> None:
        """It was, or it raised."""

    def before_update(self, optimizer: Any, *, closure: bool) -> None:
        """An optimizer is about to step; with a closure, which computes loss and gradients within the step."""

    def after_update(self, optimizer: Any) -> None:
        """It has."""

    def begin_pass(self, loader: Any, iterator: Any) -> None:
        """A loader was asked for an iterator."""

    def before_batch(self, iterator: Any) -> None:
        """A batch is about to be drawn."""

    def after_batch(self, iterator: Any, batch: Any) -> None:
        """It was."""

    def end_pass(self, iterator: Any) -> None:
        """The iterator has no more batches."""

    def judge_epoch(self, metric: Any) -> None:
        """A ReduceLROnPlateau is given the value that it judges an epoch by."""

    def enter_module(self, module: Any, args: tuple[Any, ...]) -> None:
        """A module is called."""

    def leave_module(self, module: Any, args: tuple[Any, ...], output: Any) -> None:
        """It returns."""


class Anchors:
    """Puts the listener in the five places, and takes it out of them."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._undo: list[Callable[[], Any]] = []
        self._module_hooks: list[Any] = []
        self.live = False

    def set(self) -> None:
        """Patch."""
        self.live = True
        for name in LOSSES:
            self._patch(F, name, self._loss)
        self._patch(torch.autograd, "backward", self._backward)
        self._patch(DataLoader, "__iter__", self._iter)
        self._patch(_BaseDataLoaderIter, "__next__", self._next)
        self._patch(torch, "compile", self._compile)
        self._patch(torch.optim.lr_scheduler.ReduceLROnPlateau, "step", self._plateau)
        for hook in (
            optimizers.register_optimizer_step_pre_hook(self._before_update),
            optimizers.register_optimizer_step_post_hook(self._after_update),
        ):
            self._undo.append(hook.remove)
        self.watch_modules()

    def remove(self) -> None:
        """Leave every place as it was."""
        self.live = False
        self.release_modules()
        while self._undo:
            self._undo.pop()()

    def watch_modules(self) -> None:
        """Hook every call of every module; only for as long as the model is not known, since each call costs.

        Not where something was compiled before: a compiled model warns of hooks that it finds.
        """
        backends = getattr(sys.modules.get("torch._dynamo.eval_frame"), "cached_backends", {})
        if not self._module_hooks and not any(backend is not None for backend in backends.values()):
            self._module_hooks = [
                modules.register_module_forward_pre_hook(self._enter),
                modules.register_module_forward_hook(self._leave, always_call=True),
            ]

    def release_modules(self) -> None:
        """Take the hooks of all modules away."""
        while self._module_hooks:
            self._module_hooks.pop().remove()

    def _patch(self, owner: Any, name: str, wrapper: Callable[..., Any]) -> None:
        original = getattr(owner, name)

        @functools.wraps(original)
        def ours(*args: Any, **kwargs: Any) -> Any:
            if is_compiling() or not self.live:
                return original(*args, **kwargs)
            return wrapper(original, args, kwargs)

        def restore() -> None:
            if getattr(owner, name) is ours:
                setattr(owner, name, original)

        setattr(owner, name, ours)
        self._undo.append(restore)

    def _loss(self, original: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        name = original.__name__
        self._listener.before_loss(name, args, kwargs)
        loss = original(*args, **kwargs)
        self._listener.after_loss(name, args, kwargs, loss)
        return loss

    def _backward(self, original: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        self._listener.before_backward(args[0] if args else kwargs.get("tensors"))
        try:
            return original(*args, **kwargs)
        finally:
            self._listener.after_backward()

    def _iter(self, original: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        iterator = original(*args, **kwargs)
        self._listener.begin_pass(args[0], iterator)
        return iterator

    def _next(self, original: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        iterator = args[0]
        self._listener.before_batch(iterator)
        try:
            batch = original(iterator)
        except StopIteration:
            self._listener.end_pass(iterator)
            raise
        self._listener.after_batch(iterator, batch)
        return batch

    def _plateau(self, original: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        metric = args[1] if len(args) > 1 else kwargs.get("metrics")
        self._listener.judge_epoch(metric)
        return original(*args, **kwargs)

    def _compile(self, original: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Let `torch.compile` meet no hooks: it would compile them, and once more when they are gone."""
        self.release_modules()
        return original(*args, **kwargs)

    def _before_update(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        if not is_compiling():
            closure = args[1] if len(args) > 1 else kwargs.get("closure")
            self._listener.before_update(optimizer, closure=closure is not None)

    def _after_update(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        if not is_compiling():
            self._listener.after_update(optimizer)

    def _enter(self, module: Any, args: tuple[Any, ...]) -> None:
        if is_compiling():
            return
        if hasattr(module, "_orig_mod"):  # compiled before the run was opened
            self.release_modules()
        self._listener.enter_module(module, args)

    def _leave(self, module: Any, args: tuple[Any, ...], output: Any) -> None:
        if not is_compiling():
            self._listener.leave_module(module, args, output)
