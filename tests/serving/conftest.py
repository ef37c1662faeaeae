from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from trackexp.record.model_record import InputRecord, MetricRecord, ModelRecord, OutputRecord, PartRecord
from trackexp.serving import Facade

WEIGHTS = np.array([[2.0, -1.0, 0.0], [0.0, 1.0, -2.0]])
MODEL = """
import numpy as np
WEIGHTS = np.array([[2.0, -1.0, 0.0], [0.0, 1.0, -2.0]])

def fruit(rows):
    scores = np.exp(np.asarray(rows, float) @ WEIGHTS)
    return scores / scores.sum(axis=1, keepdims=True)
"""


def _fruit(rows: Any) -> Any:
    """A softmax of two numbers, without any framework."""
    scores = np.exp(np.asarray(rows, float) @ WEIGHTS)
    return scores / scores.sum(axis=1, keepdims=True)


def _make_record(**changes: Any) -> ModelRecord:
    """What a model of two columns and three classes says of itself."""
    inputs = tuple(
        InputRecord(name=name, dtype="float64", minimum=-1.0, maximum=1.0, low=-0.9, high=0.9)
        for name in ("age", "size")
    )
    outputs = (
        OutputRecord(kind="probabilities", shape=(3,), class_names=("fig", "lime", "pear"), activation="softmax"),
    )
    known = {"parts": {"train": PartRecord(rows=1000)}, "metrics": {"accuracy": MetricRecord(0.9, 0.88, 0.92, 500)}}
    return ModelRecord(
        **{"sha256": "3f" * 32, "name": "fruit", "inputs": inputs, "outputs": outputs, **known, **changes}
    )


@pytest.fixture
def fruit() -> Callable[[Any], Any]:
    """A softmax of two numbers, without any framework."""
    return _fruit


@pytest.fixture
def make_record() -> Callable[..., ModelRecord]:
    """Return what a model of two columns and three classes says of itself, with changes."""
    return _make_record


@pytest.fixture
def facade() -> Facade:
    """A function that is a model, with its record."""
    return Facade.of(_fruit, _make_record(), name="fruit")


@dataclass
class Running:
    """A server in a process of its own."""

    url: str
    process: subprocess.Popen[str]
    told: list[str]

    def stop(self) -> int:
        """Send SIGTERM, and return the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)


@pytest.fixture
def serving(tmp_path: Path) -> Callable[..., Any]:
    """Start `trackexp serve` on any free port of this machine."""
    (tmp_path / "orchard.py").write_text(MODEL, encoding="utf-8")

    @contextmanager
    def start(
        *options: str, model: str = "orchard:fruit", environment: dict[str, str] | None = None
    ) -> Iterator[Running]:
        process = subprocess.Popen(
            [sys.executable, "-m", "trackexp", "serve", model, "--port", "0", *options],
            cwd=tmp_path, stderr=subprocess.PIPE, text=True, env={**os.environ, **(environment or {})},
        )  # fmt: skip
        told: list[str] = []
        reader = threading.Thread(target=lambda: told.extend(process.stderr or ()), daemon=True)
        reader.start()
        try:
            yield Running(_url(process, told), process, told)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
            reader.join(timeout=5)
            if process.stderr is not None:
                process.stderr.close()

    return start


def _url(process: subprocess.Popen[str], told: list[str]) -> str:
    ends = time.monotonic() + 90
    while time.monotonic() < ends and process.poll() is None:
        for line in list(told):
            if " on http://" in line:
                url = line.split(" on ")[1].split()[0]
                while time.monotonic() < ends:
                    try:
                        httpx.get(f"{url}/readyz", timeout=5)
                    except httpx.TransportError:
                        time.sleep(0.05)
                        continue
                    return url
        time.sleep(0.05)
    raise AssertionError(f"the server did not start: {told}")
