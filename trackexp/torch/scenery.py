"""Which module is the model, what its parts are called, and which of its weights nobody updates."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from typing import Any

import torch

from trackexp.torch.anchors import Anchors
from trackexp.torch.structure import Structure
from trackexp.torch.updates import parameters_of
from trackexp.tracking import Run

_NAMED = 5  # names in a fact that lists some


class ModelHook:
    """A forward hook of ours on the user's own model.

    A copy of the model, by `copy.deepcopy` or a pickle as `torch.save(model)` writes it, is not watched: in it stands a
    function of the standard library that takes what a hook takes and does nothing, so that the file needs no trackexp.
    """

    def __init__(self, called: Callable[..., None]) -> None:
        self._called = called

    def __call__(self, *args: Any) -> None:
        """Hand the call on."""
        self._called(*args)

    def __reduce__(self) -> tuple[Any, ...]:
        return getattr, (nullcontext(), "__exit__")


class Scenery:
    """Finds the model: the outermost module that was called and owns most of what is updated.

    Args:
        run: Whose training it is.
        anchors: Whose hooks on all modules are let go of once it is known.
    """

    def __init__(self, run: Run, anchors: Anchors) -> None:
        self.run = run
        self.structure = Structure()
        self.model: torch.nn.Module | None = None
        self.names: dict[int, str] = {}
        self._anchors = anchors
        self._hook: Any = None
        self._followed = False

    @property
    def inner(self) -> torch.nn.Module | None:
        """The user's own module, inside the wrappers of `torch.compile` and of data parallelism."""
        model: Any = self.model
        while model is not None and not isinstance(model, torch.nn.Sequential):
            wrapped = getattr(model, "_orig_mod", None) or (_is_wrapper(model) and getattr(model, "module", None))
            if not isinstance(wrapped, torch.nn.Module):
                break
            model = wrapped
        return model  # type: ignore[no-any-return]

    @property
    def compiled(self) -> bool:
        """Whether the model was passed through `torch.compile`."""
        return hasattr(self.model, "_orig_mod")

    def name_modules(self) -> None:
        """Name the modules that were called, as seen from the outermost one of each."""
        for top in self.structure.outermost:
            for name, module in top.named_modules():
                self.names.setdefault(id(module), name.removeprefix("_orig_mod.").removeprefix("module."))

    def follow(self, model: torch.nn.Module, called: Callable[..., None]) -> None:
        """Take this one for the model, whatever is found."""
        self._followed = True
        self._take(model, called)

    def find_model(self, optimizers: Iterable[Any], called: Callable[..., None]) -> None:
        """Choose the model by what the optimizers update, and watch its calls instead of those of all modules."""
        self._anchors.release_modules()
        if self._followed:
            return
        mine = {id(parameter) for optimizer in optimizers for parameter in parameters_of(optimizer)}
        ranked = sorted(
            (
                (sum(p.numel() for p in module.parameters() if id(p) in mine), _size(module), index, module)
                for index, module in enumerate(self.structure.outermost)
                if _size(module)
            ),
            key=lambda entry: entry[:3],
        )
        if ranked:
            self._take(ranked[-1][-1], called)
        elif found := _living(mine):
            self._take(found, called)

    def _take(self, model: torch.nn.Module, called: Callable[..., None]) -> None:
        self.release()
        self.model = model
        self.name_modules()
        for name, module in model.named_modules():
            self.names.setdefault(id(module), name)
        if not self.compiled:  # a hook on a compiled module is a reason to compile it again
            self._hook = model.register_forward_hook(ModelHook(called))

    def release(self) -> None:
        """Take the hook off the model."""
        if self._hook is not None:
            self._hook.remove()
            self._hook = None
        self.structure.clear()

    def not_updated(self, optimizers: Iterable[Any]) -> list[str]:
        """Return parameters that a gradient reaches and that no optimizer holds."""
        if self.inner is None:
            return []
        mine = {id(parameter) for optimizer in optimizers for parameter in parameters_of(optimizer)}
        named = self.inner.named_parameters()
        return [name for name, p in named if p.requires_grad and p.grad is not None and id(p) not in mine]

    def foreign(self, optimizers: Iterable[Any]) -> int:
        """Return how many parameters the optimizers hold that are none of the model's."""
        if self.inner is None:
            return 0
        own = {id(parameter) for parameter in self.inner.parameters()}
        return sum(id(parameter) not in own for optimizer in optimizers for parameter in parameters_of(optimizer))

    def hidden_modules(self, optimizers: Iterable[Any] = ()) -> list[str]:
        """Return attributes that hold modules where PyTorch does not look, and whose weights nobody updates."""
        mine = {id(parameter) for optimizer in optimizers for parameter in parameters_of(optimizer)}
        return list(hidden_in(self.inner, mine))[:_NAMED] if self.inner is not None else []


def hidden_in(model: torch.nn.Module, updated: set[int]) -> Iterator[str]:
    """Yield the attributes of a model that hold modules with weights where PyTorch does not look for them."""
    own = {id(parameter) for parameter in model.parameters()} | updated
    for name, module in model.named_modules():
        for attribute, value in vars(module).items():
            if attribute.startswith("_"):
                continue
            held = list(value.values()) if isinstance(value, dict) else value
            if not isinstance(held, list | tuple):
                continue
            parts = [part for part in held if isinstance(part, torch.nn.Module | torch.nn.Parameter)]
            weights = [
                p for part in parts for p in (part.parameters() if isinstance(part, torch.nn.Module) else [part])
            ]
            if any(id(weight) not in own and weight.requires_grad for weight in weights):
                yield f"{name}.{attribute}" if name else attribute


def _weights(part: torch.nn.Module | torch.nn.Parameter) -> list[torch.nn.Parameter]:
    return list(part.parameters()) if isinstance(part, torch.nn.Module) else [part]


def hidden_behind(error: BaseException) -> list[str]:
    """Return where models hide their weights that the script holds at the place where it raised."""
    places = [f"{type(model).__name__}.{place}" for model in _held_at(error) for place in hidden_in(model, set())]
    return list(dict.fromkeys(places))[:_NAMED]


def frozen_behind(error: BaseException) -> torch.nn.Module | None:
    """Return the largest model without a weight to train that the script holds at the place where it raised."""
    held = [model for model in _held_at(error) if _size(model) and not any(p.requires_grad for p in model.parameters())]
    return max(held, key=_size, default=None)


def _held_at(error: BaseException) -> list[torch.nn.Module]:
    found: dict[int, torch.nn.Module] = {}
    trace = error.__traceback__
    while trace is not None:
        for scope in (trace.tb_frame.f_globals, trace.tb_frame.f_locals):
            found |= {id(value): value for value in list(scope.values()) if isinstance(value, torch.nn.Module)}
        trace = trace.tb_next
    return list(found.values())


def _size(module: torch.nn.Module) -> int:
    try:
        return sum(parameter.numel() for parameter in module.parameters())
    except (TypeError, ValueError):  # not initialised yet
        return 0


def _living(mine: set[int]) -> torch.nn.Module | None:
    """Return the outermost module alive that owns what is updated: for a model whose calls could not be seen."""
    found = [
        thing
        for thing in gc.get_objects()
        if issubclass(type(thing), torch.nn.Module) and any(id(p) in mine for p in thing.parameters())
    ]
    inner = {id(child) for module in found for child in module.modules() if child is not module}
    tops = [module for module in found if id(module) not in inner]
    return max(tops, key=_size, default=None)


def _is_wrapper(module: Any) -> bool:
    return type(module).__name__ in ("DataParallel", "DistributedDataParallel", "FullyShardedDataParallel")
