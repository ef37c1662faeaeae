from __future__ import annotations

import pytest

from trackexp.reporting.system import system_peaks


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        ({}, []),
        ({"network.sent": 5.0}, []),
        ({"cpu": 0.0}, [("CPU", "0 %")]),
        ({"cpu.0.cpu_percent": 10.0, "cpu.1.cpu_percent": 90.26}, [("CPU", "90.3 %")]),
        ({"system.cpu": 50.0}, [("CPU", "50 %")]),
        ({"proc.memory.rssMB": 1024.0}, [("memory", "1.07 GB")]),
        ({"gpu.0.gpu": 10.0, "gpu.1.gpu": 99.0, "gpu.1.memoryAllocatedBytes": 2e9}, [("GPU", "99 %, 2 GB")]),
        ({"disk./.usageGB": 10.0, "disk./.usagePercent": 42.0}, [("disk", "10.7 GB in use, 42 % full")]),
    ],
)
def test_peaks_are_told_in_human_units(system: dict[str, float], expected: list[tuple[str, str]]):
    """The highest of several cores or devices; both spellings of W&B's keys; what is absent is left out."""
    assert expected == system_peaks(system)
