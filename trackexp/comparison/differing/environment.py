"""What differs between the machines, the Pythons and the packages of runs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from trackexp.comparison.differing.values import ByRun, differing, differing_where_told
from trackexp.record import RunRecord, dotted

# What is of one run alone, or is told elsewhere: the code by its own differences, the arguments by the config.
_OF_THE_RUN = re.compile(
    r"startedAt|heartbeatAt|writerId|email|username|root|program\w*|codePath\w*|executable|args|git\b.*|commit|remote"
    r"|state|session.*|disk\b.*used|disk\b.*|slurm\b.*|trainium\b.*|.*[._](?:uuid|serial\w*)"
)
_MOST_BYTES = 4_000_000  # of a list of packages: one of 10,000 lines has 300 kB


def environment_differences(records: Iterable[RunRecord]) -> ByRun:
    """Return what differs among hardware, Python and packages, with the value by run id.

    A package that one run lacks counts, where both lists are known; what W&B did not note of a run does not.
    """
    records = list(records)
    machines = {record.id: dict(_machine(record)) for record in records}
    installed = {record.id: packages for record in records if (packages := packages_of(record))}
    named = {
        run: {f"packages.{name}": version for name, version in packages.items()} for run, packages in installed.items()
    }
    return {**differing_where_told(machines), **differing(named)}


def packages_of(record: RunRecord) -> dict[str, str]:
    """Return the versions of the installed packages by their names, as the run's `requirements.txt` lists them."""
    file = record.file("requirements.txt")
    if file is None or file.path is None:
        return {}
    try:
        with file.path.open(encoding="utf-8", errors="replace") as stream:
            text = stream.read(_MOST_BYTES)
    except OSError:  # it vanished, or is not ours to read: then it is not known
        return {}
    found = re.findall(r"^([A-Za-z0-9][\w.-]*)==(\S+)", text, flags=re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found}


def _machine(record: RunRecord) -> Iterator[tuple[str, Any]]:
    environment: Mapping[str, Any] = record.environment
    for key, value in dotted(environment).items():
        if not _OF_THE_RUN.fullmatch(key):
            yield key, value
    noted = record.config.get("trackexp_code")  # versions and variables that trackexp noted beside the code
    if isinstance(noted, Mapping):
        for part in ("versions", "variables", "seeds"):
            yield from dotted(noted.get(part) or {}, f"{part}.").items()
    if record.facts:
        model = record.facts[-1].get("model", {})
        yield "keras", model.get("keras")
        yield "keras backend", model.get("backend")
