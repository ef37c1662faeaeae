"""Calls of a function of another library, answered by us, whoever holds the function and since when.

A script may have taken the function out of its module before (`from wandb import init`), put it into a `partial`, or
made it a default: replacing a module's attribute would miss those. So the function itself is kept, and runs other code
for a while.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Any

_KEY = "__trackexp_{name}__"


class Interception:
    """A function whose calls `handle` answers until `undo` is called.

    Args:
        function: A plain function; one that a decorator is around is looked for inside of it.
        handle: Called with the original function and the call's positional and named arguments.

    Raises:
        TypeError: It is no plain function.
    """

    def __init__(self, function: Any, handle: Callable[[Callable[..., Any], tuple[Any, ...], dict[str, Any]], Any]):
        inner = inspect.unwrap(function)
        if not isinstance(inner, FunctionType) or inner.__closure__ is not None:
            raise TypeError(f"{function!r} is no plain function")
        self._function, self._code = inner, inner.__code__
        self.signature = inspect.signature(inner)
        self.original = FunctionType(inner.__code__, inner.__globals__, inner.__name__, inner.__defaults__)
        self.original.__kwdefaults__ = inner.__kwdefaults__
        self._key = _KEY.format(name=inner.__name__)
        inner.__globals__[self._key] = lambda *args, **kwargs: handle(self.original, args, kwargs)
        inner.__signature__ = self.signature  # type: ignore[attr-defined]
        inner.__code__ = _forwarding(self._key).replace(co_filename=self._code.co_filename, co_name=inner.__name__)

    def undo(self) -> None:
        """Let the function be what it was."""
        self._function.__code__ = self._code
        self._function.__globals__.pop(self._key, None)
        vars(self._function).pop("__signature__", None)


def _forwarding(key: str) -> Any:
    """Return the code of a function that hands its arguments on to what its module has under a name."""
    space: dict[str, Any] = {}
    exec(f"def forward(*args, **kwargs): return {key}(*args, **kwargs)", space)
    return space["forward"].__code__
