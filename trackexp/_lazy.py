"""Names of a package that are imported on first use (PEP 562): the one device for it in the house.

A package that defers an import writes both halves, and a law compares them:

    if TYPE_CHECKING:  # for mypy and editors
        from trackexp.record import Finding
    else:
        __getattr__, __dir__ = attach(__name__, {"trackexp.record": ["Finding"]})

Type checkers see the imports only, so a misspelt name is an error for them as it is at run time. Nothing is imported
here but `sys`: `lazy_loader`, which does the same, costs `import trackexp` more than all the rest of it.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def attach(package: str, homes: Mapping[str, Sequence[str]]) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Return the `__getattr__` and `__dir__` of a package some of whose names are imported on first use.

    Args:
        package: `__name__` of the package.
        homes: Module → the names that come from there.

    Raises:
        AttributeError: From the returned `__getattr__`, for any other name; it lists the public ones.
    """
    home_of = {name: module for module, names in homes.items() for name in names}
    namespace = vars(sys.modules[package])

    def load(name: str) -> object:
        if name not in home_of:
            message = f"module {package!r} has no attribute {name!r}"
            if not name.startswith("_"):
                message += f"; it has {', '.join(namespace['__all__'])}"
            raise AttributeError(message, name=name, obj=sys.modules[package])
        from importlib import import_module

        value = namespace[name] = getattr(import_module(home_of[name]), name)
        return value

    def list_names() -> list[str]:
        return sorted({*namespace, *home_of})

    return load, list_names
