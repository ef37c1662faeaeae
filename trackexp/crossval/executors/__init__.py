"""Where folds are trained: here, in processes of this machine, or on Ray."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from trackexp.crossval.executors.protocol import Executor, Place
from trackexp.crossval.task import Program
from trackexp.errors import UsageError, nearest

__all__ = ["EXECUTORS", "Executor", "Place", "check_words", "open_executor"]

EXECUTORS = ("here", "processes", "ray")


def open_executor(
    name: str, program: Program, place: Place, *, address: str | None, resources: Mapping[str, float] | None
) -> AbstractContextManager[Executor]:
    """Return the executor of that name; leaving its block stops what still runs.

    Args:
        name: One of `EXECUTORS`.
        program: What all folds share.
        place: Where logs and packed runs go.
        address: Of a Ray cluster.
        resources: What one fold needs of Ray, such as `{"CPU": 2, "GPU": 0.5}`.

    Raises:
        UsageError: There is no such executor, or it takes no address or resources.
    """
    check_words(name, address, resources)
    if name == "here":
        from trackexp.crossval.executors.here import Here

        return Here(program)
    if name == "processes":
        from trackexp.crossval.executors.processes import Processes

        return Processes(program, place)
    from trackexp.crossval.executors.on_ray import OnRay

    return OnRay(program, place, address, dict(resources or {"CPU": 1}))


def check_words(name: Any, address: str | None, resources: Mapping[str, float] | None) -> None:
    """Raise `UsageError` unless the executor exists and takes what it is given."""
    if name not in EXECUTORS:
        raise UsageError(f"executor={name!r}; expected one of {', '.join(EXECUTORS)}{nearest(str(name), EXECUTORS)}.")
    for option, value in (("address", address), ("resources", resources)):
        if value is not None and name != "ray":
            raise UsageError(f"{option}={value!r} is Ray's; expected executor='ray' with it, or no {option}.")
