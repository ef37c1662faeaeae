"""Config and summary as they are built up by updates and removals of nested keys, their JSON parsed once at the end."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

DEEPEST = 100  # levels of a nested key, or of a value; nobody nests that deep, a damaged or crafted file may
_LONG = 300  # digits; a whole number of more may be beyond what a double holds, and is no number for anybody else
_SURROGATE = re.compile("[\ud800-\udfff]")


class _Raw(NamedTuple):
    """JSON text that is still to be parsed, and the offset of the record it came with."""

    text: bytes
    offset: int


def load_value(text: bytes) -> Any:
    """Return what the JSON text of one value says, such that everything that reads, counts and prints can take it.

    Halves of surrogate pairs, which no encoding of text takes, become U+FFFD; whole numbers of more than 300 digits
    stay text.

    Raises:
        ValueError: It is no JSON, or nested deeper than 100 levels.
    """
    long = len(text) > _LONG
    try:
        value = json.loads(text.decode("utf-8", "surrogatepass"), parse_int=_whole if long else None)
    except RecursionError as error:
        raise ValueError(f"a value of more than {DEEPEST} levels") from error
    if long and text.count(b"[") + text.count(b"{") > DEEPEST and _is_deeper(value, DEEPEST):
        raise ValueError(f"a value of more than {DEEPEST} levels")
    return _encodable(value) if b"\\u" in text or b"\xed" in text else value


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) <= _LONG else digits


def _is_deeper(value: Any, levels: int) -> bool:
    level = [value]
    for _ in range(levels):
        inner = (part.values() if isinstance(part, dict) else part for part in level if isinstance(part, dict | list))
        level = [part for parts in inner for part in parts if isinstance(part, dict | list)]
        if not level:
            return False
    return True


def _encodable(value: Any) -> Any:
    """Return a value of at most 100 levels without halves of surrogate pairs."""
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_encodable(key): _encodable(part) for key, part in value.items()}
    return [_encodable(part) for part in value] if isinstance(value, list) else value


class NestedValues:
    """A mapping of mappings; the last update of a key wins.

    >>> values = NestedValues()
    >>> values.update(("best",), b'{"loss": 0.5}', offset=7)
    >>> values.update(("best", "epoch"), b"3", offset=60)
    >>> values.finish()
    ({'best': {'loss': 0.5, 'epoch': 3}}, [])
    """

    def __init__(self) -> None:
        self._root: dict[str, Any] = {}
        self._malformed: list[int] = []

    def update(self, path: tuple[str, ...], text: bytes, offset: int) -> None:
        """Set the value at a path; a value that is no mapping gives way to one on the way there."""
        if len(path) > DEEPEST:
            raise ValueError(f"a key of {len(path)} levels")
        node = self._root
        for name in path[:-1]:
            child = self._opened(node, name)
            if child is None:
                child = node[name] = {}
            node = child
        node[path[-1]] = _Raw(text, offset)

    def remove(self, path: tuple[str, ...]) -> None:
        """Drop the value at a path, if there is one."""
        node: dict[str, Any] | None = self._root
        for name in path[:-1]:
            node = None if node is None else self._opened(node, name)
        if node is not None:
            node.pop(path[-1], None)

    def finish(self) -> tuple[dict[str, Any], list[int]]:
        """Return the values, W&B's own `_wandb` entry left out, and the offsets of records with malformed ones."""
        self._root.pop("_wandb", None)
        open_nodes = [self._root]
        while open_nodes:
            node = open_nodes.pop()
            for name in list(node):
                child = self._opened(node, name)
                if child is not None:
                    open_nodes.append(child)
        return self._root, self._malformed

    def _opened(self, node: dict[str, Any], name: str) -> dict[str, Any] | None:
        """Parse the value at `name`, if that is still to be done, and return it when it is a mapping."""
        value = node.get(name)
        if isinstance(value, _Raw):
            try:
                value = node[name] = load_value(value.text)
            except ValueError:
                self._malformed.append(value.offset)
                del node[name]
                return None
        return value if isinstance(value, dict) else None
