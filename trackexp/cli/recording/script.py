"""A script, in this very process, as `python SCRIPT ARGS…` and `python -m MODULE ARGS…` run it."""

from __future__ import annotations

import builtins
import importlib.util
import io
import os
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType, TracebackType
from typing import Any

from trackexp.errors import UsageError, nearest


@dataclass(frozen=True, slots=True)
class Script:
    """What Python would run: the code, the module `__main__` that it runs in, and what `sys` says of it.

    Args:
        path_entry: What Python puts first into `sys.path`: the script's folder, or the current one for a module.
    """

    code: CodeType
    module: ModuleType
    argv: tuple[str, ...]
    path_entry: str

    def enter(self) -> None:
        """Make this process look as if Python had been started with the script; for good, as threads outlive it."""
        sys.argv[:] = self.argv
        if not sys.flags.safe_path:
            sys.path[0] = self.path_entry  # it was the folder of the command `trackexp`
        sys.modules["__main__"] = self.module

    def run(self) -> None:
        """Run the code, and wait for the threads that it leaves behind, as Python does before it ends.

        Not after an error: a thread that hangs would keep the traceback back.
        """
        try:
            exec(self.code, self.module.__dict__)
        except SystemExit:
            _join_threads()
            raise
        _join_threads()

    def traceback_of(self, error: BaseException) -> TracebackType | None:
        """Return the error's traceback from the script's first line on; None for an error from elsewhere."""
        trace = error.__traceback__
        while trace is not None and trace.tb_frame.f_code is not self.code:
            trace = trace.tb_next
        return trace


def find_script(name: str, arguments: Sequence[str] = (), *, module: bool = False) -> Script:
    """Return a script by its path, or a module by its dotted name, compiled and ready to run.

    Raises:
        UsageError: There is no such file or module.
        SyntaxError: It is no Python.
    """
    if module:
        return _of_module(name, arguments)
    path = Path(name)
    if path.is_dir() or path.suffix in (".zip", ".pyz"):
        return _of_folder(name, arguments)
    try:
        with io.open_code(os.path.abspath(name)) as file:  # noqa: PTH100  Python itself keeps `..` and links
            source = file.read()
    except OSError as error:
        raise UsageError(f"the script {name} cannot be read ({error.strerror}){_near(path)}") from None
    file_name = os.path.abspath(name)  # noqa: PTH100
    code = compile(source, file_name, "exec", dont_inherit=True)
    main = _main_module(SourceFileLoader("__main__", file_name), file_name)
    return Script(code, main, (name, *arguments), str(path.resolve().parent))


def _of_module(name: str, arguments: Sequence[str]) -> Script:
    sys.path[0] = "" if sys.flags.safe_path else str(Path.cwd())
    try:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            spec = importlib.util.find_spec(f"{name}.__main__")
    except (ImportError, ValueError) as error:
        raise UsageError(f"the module {name} cannot be found: {error}") from None
    if spec is None:
        raise UsageError(f"there is no module {name} to run, neither in {Path.cwd()} nor installed; it has no .py")
    return _of_spec(spec, arguments, str(Path.cwd()))


def _of_folder(name: str, arguments: Sequence[str]) -> Script:
    spec = PathFinder.find_spec("__main__", [name])
    if spec is None:
        raise UsageError(f"{name} holds no __main__.py: pass a script, or a folder that has one")
    script = _of_spec(spec, arguments, os.path.abspath(name))  # noqa: PTH100
    return Script(script.code, script.module, (name, *arguments), script.path_entry)


def _of_spec(spec: ModuleSpec, arguments: Sequence[str], path_entry: str) -> Script:
    loader: Any = spec.loader
    code = loader.get_code(spec.name) if hasattr(loader, "get_code") else None
    if code is None:
        raise UsageError(f"the module {spec.name} is no Python code that can be run")
    main = _main_module(loader, str(spec.origin))
    main.__spec__, main.__package__ = spec, spec.parent
    main.__dict__["__cached__"] = spec.cached
    return Script(code, main, (str(spec.origin), *arguments), path_entry)


def _main_module(loader: Any, file_name: str) -> ModuleType:
    """Return a module such as the interpreter makes for a script; no `__spec__` tells spawn to take the file."""
    module = ModuleType("__main__")
    module.__dict__.update(
        __loader__=loader, __file__=file_name, __cached__=None, __builtins__=builtins, __annotations__={}
    )
    return module


def _join_threads() -> None:
    here = (threading.current_thread(), threading.main_thread())
    while left := [thread for thread in threading.enumerate() if not thread.daemon and thread not in here]:
        left[0].join()  # which may have begun another one


def _near(path: Path) -> str:
    try:
        names = [entry.name for entry in path.parent.iterdir() if entry.suffix == ".py"]
    except OSError:
        return f"; the current folder is {Path.cwd()}"
    return nearest(path.name, names) or f"; the current folder is {Path.cwd()}"
