from __future__ import annotations

import pytest

from trackexp.errors import UsageError
from trackexp.registry.names import check_alias, check_model_name


@pytest.mark.parametrize("name", ["lemon-mold", "a", "A_1.2", "x" * 128])
def test_names_that_every_system_keeps_apart_are_taken(name: str):
    """What W&B and file systems take is returned as it is."""
    assert name == check_model_name(name)


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("../secrets", "secrets"),
        ("team/lemon", "team-lemon"),
        ("lemon mold", "lemon-mold"),
        ("a..b", "a.b"),
        ("lemon:staging", "lemon-staging"),
        ("x" * 129, "x" * 128),
        (".hidden", "hidden"),
    ],
)
def test_other_names_are_refused_with_the_nearest_that_works(name: str, nearest: str):
    """A name with path parts, blanks or colons never reaches the disk."""
    with pytest.raises(UsageError, match=f"take '{nearest}'"):
        check_model_name(name)


@pytest.mark.parametrize("name", ["", None, "///", "nul", "COM1.model"])
def test_names_with_no_neighbour_are_refused(name: str):
    """Empty ones, and devices of Windows."""
    with pytest.raises(UsageError):
        check_model_name(name)


@pytest.mark.parametrize("alias", ["latest", "v3", "v0"])
def test_aliases_that_the_server_sets_are_refused(alias: str):
    """`latest` and version numbers are W&B's own."""
    with pytest.raises(UsageError, match="W&B's own"):
        check_alias(alias)
