from __future__ import annotations

import inspect
from functools import partial

import pytest

from trackexp.tracking.opening.intercept import Interception


def greet(name: str, *, mark: str = "!") -> str:
    """The function of somebody else."""
    return f"hello {name}{mark}"


def kept(name: str, greet: object = greet) -> object:
    """Holds the function as a default."""
    return greet(name)  # type: ignore[operator]


def test_whoever_holds_the_function_is_answered():
    """A name bound before, a partial and a default: all of them come to us, and to the original when it is undone."""
    bound, early = greet, partial(greet, mark="?")
    signature = inspect.signature(greet)
    interception = Interception(greet, lambda original, args, kwargs: [original(*args, **kwargs)])
    inside = (bound("a"), early("b"), kept("c"), greet(name="d"), inspect.signature(greet))
    interception.undo()

    assert (["hello a!"], ["hello b?"], ["hello c!"], ["hello d!"], signature) == inside
    assert ("hello a!", "hello b?", "hello c!") == (bound("a"), early("b"), kept("c"))
    assert [] == [name for name in globals() if name.startswith("__trackexp")]


def test_a_decorated_function_is_looked_for_inside():
    """Another tool's wrap is passed through, whichever came first."""
    from functools import wraps

    calls: list[str] = []

    @wraps(greet)
    def wrapped(*args: str, **kwargs: str) -> str:
        calls.append("tool")
        return greet(*args, **kwargs)

    interception = Interception(wrapped, lambda original, args, kwargs: original(*args, **kwargs).upper())
    inside = wrapped("a")
    interception.undo()

    assert ("HELLO A!", "hello a!", ["tool", "tool"]) == (inside, wrapped("a"), calls)


def test_what_is_no_plain_function_is_refused():
    """A class or a builtin keeps its calls to itself."""
    with pytest.raises(TypeError, match="no plain function"):
        Interception(len, lambda original, args, kwargs: None)
