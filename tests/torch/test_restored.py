from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.nn.modules import module as modules
from torch.optim import optimizer as optimizers
from torch.utils.data import DataLoader
from torch.utils.data.dataloader import _BaseDataLoaderIter

from trackexp.torch.kinds import LOSSES


def places() -> list[Any]:
    """Everything that is patched or hooked."""
    hooks = (
        optimizers._global_optimizer_pre_hooks, optimizers._global_optimizer_post_hooks,
        modules._global_forward_pre_hooks, modules._global_forward_hooks,
    )  # fmt: skip
    patched = [getattr(torch.nn.functional, name) for name in LOSSES]
    owners = (DataLoader.__iter__, _BaseDataLoaderIter.__next__, torch.compile, torch.autograd.backward)
    return [*patched, *owners, torch.optim.lr_scheduler.ReduceLROnPlateau.step, *(dict(hook) for hook in hooks)]


def test_everything_is_afterwards_as_before(parts: Any, tracked: Callable[..., Any]):
    """Functions, classes and hooks, and those of the model."""
    before = places()
    tracked(lambda _run: (parts.epoch(), parts.evaluate(), parts.epoch()))

    assert before == places()
    assert [] == [name for name, part in parts.model.named_modules() if part._forward_hooks or part._forward_pre_hooks]


def test_a_tool_that_wraps_ours_keeps_its_place(parts: Any, tracked: Callable[..., Any]):
    """What was patched over ours meanwhile stays, and ours does nothing in it any more."""
    original = torch.nn.functional.mse_loss

    def train(_run: Any) -> None:
        ours = torch.nn.functional.mse_loss
        torch.nn.functional.mse_loss = lambda *args, **kwargs: ours(*args, **kwargs)
        parts.epoch()

    try:
        tracked(train)
        theirs = torch.nn.functional.mse_loss

        assert theirs is not original
        assert 1.0 == float(theirs(torch.ones(2), torch.zeros(2)))
    finally:
        torch.nn.functional.mse_loss = original


def test_no_torch_is_imported_for_it(script: Callable[..., Any]):
    """`track` around a script without PyTorch loads none."""
    done = script("import sys\nfrom trackexp import track\nwith track(mode='offline'): print('torch' in sys.modules)")

    assert "False\n" == done.stdout
