from __future__ import annotations

from typing import Any

import numpy as np

from trackexp.crossval.identity import digests_of

HEAD = "import numpy as np\n"


def function(source: str, **names: Any) -> Any:
    """The function `train` of a source, with these names around it."""
    space: dict[str, Any] = {"__name__": "__main__", **names}
    exec(source, space)
    return space["train"]


def test_comments_and_blank_lines_are_no_code():
    """A remark does not train everything again."""
    plain = function("def train(run, fold):\n    return 1\n")
    remarked = function("# new\n\n\ndef train(run, fold):\n    # why\n    return 1\n")

    assert digests_of(plain)[:2] == digests_of(remarked)[:2]


def test_a_function_that_is_called_counts():
    """What helps to train is part of it, however deep."""
    source = (
        "def step():\n    return {0}\ndef helper():\n    return step()\ndef train(run, fold):\n    return helper()\n"
    )

    assert digests_of(function(source.format(1)))[0] != digests_of(function(source.format(2)))[0]


def test_data_are_told_from_code():
    """Another array is another digest of the data alone."""
    source = "def train(run, fold):\n    return x[fold.train]\n"
    one, other = (digests_of(function(source, x=np.arange(5) + shift)) for shift in (0, 1))

    assert one[0] == other[0]
    assert one[1] != other[1]


def test_installed_packages_are_named_and_not_followed():
    """An array library does not change with the file that calls it."""
    source = HEAD + "def train(run, fold):\n    return np.zeros(3)\n"

    assert digests_of(function(source)) == digests_of(function(source))
