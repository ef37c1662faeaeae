"""What the signs of a comparison mean, in a filter and in a threshold alike."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any


def equal(left: Any, right: Any) -> bool:
    """Tell whether two values are equal; true is not 1.

    >>> equal(1, 1.0), equal(True, 1), equal(None, None)
    (True, False, True)
    """
    if isinstance(left, bool) is not isinstance(right, bool):
        return False
    return bool(left == right)


def contains(whole: Any, part: Any) -> bool:
    """Tell whether a text has a part, or a list an item.

    >>> contains("resnet-50", "net"), contains([1, 2], 3), contains(None, "a")
    (True, False, False)
    """
    if isinstance(whole, str):
        return isinstance(part, str) and part in whole
    return isinstance(whole, Collection) and any(equal(item, part) for item in whole)


def _ordered(holds: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """Return a comparison that is false where the values are not both numbers or both texts."""

    def compare(left: Any, right: Any) -> bool:
        numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (left, right))
        return (numbers or (isinstance(left, str) and isinstance(right, str))) and holds(left, right)

    return compare


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
    "<": _ordered(lambda left, right: left < right),
    "<=": _ordered(lambda left, right: left <= right),
    ">": _ordered(lambda left, right: left > right),
    ">=": _ordered(lambda left, right: left >= right),
}
