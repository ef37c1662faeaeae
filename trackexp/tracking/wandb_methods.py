"""Hands on what is `wandb.Run`'s own, for a class that holds one; `wandb_methods.pyi` gives the names their types."""

from __future__ import annotations

from typing import Any


class WandbMethods:
    """What `wandb.Run` offers, handed on to and from the run in `wandb_run`."""

    _own: frozenset[str] = frozenset({"wandb_run"})

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in self._own:
            raise AttributeError(name)
        return getattr(self.wandb_run, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self._own or name.startswith("_"):
            object.__setattr__(self, name, value)
        else:
            setattr(self.wandb_run, name, value)

    def __dir__(self) -> list[str]:
        names = {*super().__dir__(), *dir(self.wandb_run)}
        return sorted(name for name in names if not name.startswith("_") or name.startswith("__"))
