"""Whether the best model's file is what the run says: its digest, and its outputs once it is loaded again.

The file is loaded in a process of its own: loading a model moves the random streams and layer names of the one it
happens in.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from trackexp.models.best_model import find_best_model, noted_digest
from trackexp.models.torch_weights import SUFFIXES, verify_weights
from trackexp.record import RunRecord
from trackexp.tracking.model_file import check_file, sha256

_SECONDS = 600
_Outcome = Literal["passed", "failed", "not verified"]


@dataclass(frozen=True, slots=True)
class Verification:
    """What came out: whether the file stands the test, and what was compared, in a sentence.

    Args:
        outcome: "failed" only for a file that is wrong; "not verified" where this machine could not tell.
    """

    outcome: _Outcome
    text: str

    @property
    def passed(self) -> bool:
        """Whether something was compared, and all of it is as the run noted."""
        return self.outcome == "passed"


def verify_best_model(record: RunRecord) -> Verification:
    """Compare the file of a run's best model with what the run noted of it.

    Raises:
        UsageError: The run kept no best model, or its file is not on this disk.
    """
    path = find_best_model(record, otherwise="there is nothing to verify")
    name, noted = path.name, noted_digest(record)
    if noted and sha256(path) != noted:
        return Verification("failed", f"{name} is not the file that the run ended with: its SHA-256 is not {noted}")
    digest = "its SHA-256 is as noted" if noted else "the run ended before its SHA-256 was noted"
    if name.endswith(".weights.h5"):
        text = f"{name}: {digest}; weights alone cannot be run without the code of the model"
        return Verification("passed" if noted else "not verified", text)
    if name.endswith(SUFFIXES):
        answer, text = verify_weights(path)
        return Verification(answer if noted or answer == "failed" else "not verified", f"{name}: {digest}; {text}")
    backend = record.facts[-1]["model"].get("backend") if record.facts and "model" in record.facts[-1] else None
    outcome, text = _reloaded(path, backend)
    if outcome == "reloaded":
        outcome = "passed" if noted else "not verified"
    return Verification(outcome, f"{name}: {digest}; {text}")


def _reloaded(path: Path, backend: str | None) -> tuple[_Outcome | Literal["reloaded"], str]:
    """Return what became of the reloading, in a sentence; "reloaded": there were no outputs to compare."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    if backend:
        environment["KERAS_BACKEND"] = backend
    try:
        done = subprocess.run(
            [sys.executable, "-m", "trackexp.models.reload", str(path), str(check_file(path))],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "not verified", f"it could not be reloaded within {_SECONDS} s"
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        # The process answers for every file; that it died says something of this machine: no such backend, no memory.
        reason = (done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"])[-1]
        return "not verified", f"Keras could not be run to reload it: {reason}"
    answer = json.loads(lines[-1])
    return answer["outcome"], str(answer["text"])
