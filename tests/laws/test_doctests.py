from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import trackexp

MODULES = sorted(
    info.name for info in pkgutil.walk_packages(trackexp.__path__, "trackexp.") if "__main__" not in info.name
)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_the_docstrings_are_true(name: str):
    """What a docstring shows is what happens; a module without examples is at least importable."""
    failed, _ = doctest.testmod(
        importlib.import_module(name), optionflags=doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
    )

    assert 0 == failed
