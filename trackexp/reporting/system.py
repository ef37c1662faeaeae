"""Peaks of W&B's system metrics, in words: CPU, memory, GPU, disk."""

from __future__ import annotations

import re
from collections.abc import Mapping

from trackexp.reporting.formats import number, size

_MIB, _GIB = 1024**2, 1024**3  # W&B's "MB" and "GB" count these


def system_peaks(system: Mapping[str, float]) -> list[tuple[str, str]]:
    """Return what there is of CPU, memory, GPU and disk, as pairs of a name and a text.

    >>> system_peaks({"cpu": 93.4, "proc.memory.rssMB": 512.0, "memory_percent": 41.0})
    [('CPU', '93.4 %'), ('memory', '537 MB, 41 % of the machine in use')]
    """
    cpu = _peak(system, r"cpu|cpu\.\d+\.cpu_percent")
    memory, machine = _peak(system, r"proc\.memory\.rssMB"), _peak(system, r"memory(_percent)?")
    gpu, gpu_memory = _peak(system, r"gpu\.\d+\.gpu"), _peak(system, r"gpu\.\d+\.memoryAllocatedBytes")
    disk, disk_share = _peak(system, r"disk\..*\.usageGB"), _peak(system, r"disk\..*\.usagePercent|disk")
    lines = [
        ("CPU", [_percent(cpu)]),
        ("memory", [_size(memory, _MIB), _percent(machine, " of the machine in use")]),
        ("GPU", [_percent(gpu), _size(gpu_memory, 1)]),
        ("disk", [_size(disk, _GIB, " in use"), _percent(disk_share, " full")]),
    ]
    return [(name, ", ".join(filter(None, parts))) for name, parts in lines if any(parts)]


def _peak(system: Mapping[str, float], pattern: str) -> float | None:
    """Return the highest value among the keys that match; the W&B API writes `system.` before each."""
    keys = re.compile(rf"(?:system\.)?(?:{pattern})")
    return max((value for key, value in system.items() if keys.fullmatch(key)), default=None)


def _percent(value: float | None, after: str = "") -> str:
    return "" if value is None else f"{number(round(value, 1))} %{after}"


def _size(value: float | None, unit: int, after: str = "") -> str:
    return "" if value is None else f"{size(value * unit)}{after}"
