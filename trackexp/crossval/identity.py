"""What makes two trainings of a fold the same: parameters, rows, code, data and seed, each as a digest.

Code is read from compiled functions, so that comments, blank lines and what else stands in the file do not count; the
functions and classes of the user's own that are called are followed, installed packages are not.
"""

from __future__ import annotations

import hashlib
import inspect
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

_INSTALLED = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})
_PLAIN = (str, bytes, int, float, complex, bool, type(None))
_DEPTH = 6  # of containers in containers


class _Digest:
    """Follows a function into what it uses; code and data are told apart."""

    def __init__(self) -> None:
        self.code, self.data = hashlib.sha256(), hashlib.sha256()
        self._seen: set[int] = set()
        self._kept: list[Any] = []  # an id is only an id while the object is alive
        self.arrays: list[Any] = []

    def follow(self, value: Any, depth: int = 0) -> None:
        """Add a value: code of functions and classes, contents of data."""
        if isinstance(value, _PLAIN):
            self.data.update(f"{type(value).__name__}:{value!r}".encode())
            return
        if id(value) in self._seen or depth > _DEPTH:
            return
        self._seen.add(id(value))
        self._kept.append(value)
        if isinstance(value, FunctionType | MethodType):
            function: Any = value.__func__ if isinstance(value, MethodType) else value
            self._function(function, depth)
            if isinstance(value, MethodType):
                self.follow(value.__self__, depth + 1)
        elif isinstance(value, type):
            self._class(value, depth)
        elif isinstance(value, ModuleType):
            self._module(value)
        elif isinstance(value, BuiltinFunctionType):
            self.code.update(value.__qualname__.encode())
        else:
            self._data(value, depth)

    def _function(self, function: FunctionType, depth: int) -> None:
        if not _is_own(function):
            self.code.update(f"{function.__module__}.{function.__qualname__}".encode())
            return
        self._code(function.__code__)
        for value in (function.__defaults__ or ()) + tuple((function.__kwdefaults__ or {}).values()):
            self.follow(value, depth + 1)
        names = sorted(_names(function.__code__))
        for name in names:
            if name in function.__globals__:
                self.follow(function.__globals__[name], depth)
        for cell in function.__closure__ or ():
            try:
                self.follow(cell.cell_contents, depth)
            except ValueError:  # a cell that is still empty
                continue

    def _class(self, kind: type, depth: int) -> None:
        self.code.update(f"{kind.__module__}.{kind.__qualname__}".encode())
        if not _is_own(kind):
            return
        for base in kind.__mro__[1:]:
            self.follow(base, depth + 1)
        for name, value in sorted(vars(kind).items()):
            inner = getattr(value, "__func__", getattr(value, "fget", value))
            if isinstance(inner, FunctionType) or (not name.startswith("__") and isinstance(inner, _PLAIN)):
                self.follow(inner, depth + 1)

    def _code(self, code: CodeType) -> None:
        self.code.update(code.co_code + repr((code.co_names, code.co_varnames)).encode())
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                self._code(constant)
            else:
                plain = sorted(map(repr, constant)) if isinstance(constant, frozenset) else constant
                self.code.update(repr(plain).encode())

    def _module(self, module: ModuleType) -> None:
        self.code.update(module.__name__.encode())
        file = getattr(module, "__file__", None)
        if file and module.__name__ != "__main__" and _is_own_file(file):
            try:
                self.code.update(Path(file).read_bytes())
            except OSError:
                return

    def _data(self, value: Any, depth: int) -> None:
        array = _as_array(value)
        if array is not None:
            self.arrays.append(value)
            self.data.update(f"{array.dtype}{array.shape}".encode())
            if array.dtype.kind == "O":
                self.data.update(repr(array.tolist()).encode())
            else:
                self.data.update(np.ascontiguousarray(array).view(np.uint8).data if array.size else b"")
        elif isinstance(value, dict):
            for key, inner in value.items():
                self.follow(key, depth + 1)
                self.follow(inner, depth + 1)
        elif isinstance(value, list | tuple | set | frozenset):
            self.data.update(str(len(value)).encode())
            for inner in sorted(value, key=repr) if isinstance(value, set | frozenset) else value:
                self.follow(inner, depth + 1)
        elif hasattr(value, "__wrapped__"):
            self.follow(value.__wrapped__, depth + 1)
        else:
            self.follow(type(value), depth + 1)
            for _, inner in sorted(getattr(value, "__dict__", {}).items()) if _is_own(type(value)) else ():
                self.follow(inner, depth + 1)


def digests_of(train: Callable[..., Any]) -> tuple[str, str, list[Any]]:
    """Return the digest of a function's code, that of the data it holds, and the arrays among these data."""
    own = getattr(train, "digests", None)  # a script knows its files better
    if own is not None:
        code, data, arrays = own()
        return code, data, arrays
    found = _Digest()
    found.follow(train)
    return found.code.hexdigest()[:16], found.data.hexdigest()[:16], found.arrays


def text_digest(*texts: str) -> str:
    """Return a short digest of texts.

    >>> text_digest("a", "b") == text_digest("ab")
    False
    """
    return hashlib.sha256("\x1f".join(texts).encode()).hexdigest()[:16]


def array_digest(values: Any) -> str:
    """Return a short digest of an array's type, shape and values.

    >>> array_digest([1, 2]) == array_digest(np.array([1, 2]))
    True
    """
    array = np.ascontiguousarray(values)
    found = hashlib.sha256(f"{array.dtype.kind}{array.shape}".encode())
    found.update(repr(array.tolist()).encode() if array.dtype.kind == "O" else array.tobytes())
    return found.hexdigest()[:16]


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _is_own(value: Any) -> bool:
    """Return whether a function or class is the user's own code, not an installed package's."""
    module = getattr(value, "__module__", None) or ""
    if module == "__main__" or module.partition(".")[0] == "trackexp":
        return module == "__main__"
    file = getattr(sys.modules.get(module), "__file__", None)
    if file is None and isinstance(value, FunctionType):
        file = value.__code__.co_filename
    if file is None:
        try:
            file = inspect.getfile(value)
        except (TypeError, OSError):
            return False
    return _is_own_file(file)


def _is_own_file(file: str) -> bool:
    return not file.startswith(_INSTALLED) and "site-packages" not in file


def _as_array(value: Any) -> Any:
    """Return data as an array: of numpy, pandas, or anything that has `__array__` and a length."""
    if isinstance(value, np.ndarray | np.generic):
        return np.asarray(value)
    if hasattr(value, "to_numpy") and hasattr(value, "__len__"):
        return np.asarray(value.to_numpy())
    if type(value).__module__.partition(".")[0] in ("torch", "tensorflow", "jax", "jaxlib"):
        try:
            return np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)
        except (TypeError, ValueError, RuntimeError, AttributeError):
            return None
    return None
