"""ONNX, by onnxruntime on the processor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.errors import UsageError, first_line
from trackexp.models.formats.registry import Format, LoadOptions
from trackexp.models.model import Model
from trackexp.optional import require

_TYPES = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(float16)": np.float16,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(uint8)": np.uint8,
}


def load_onnx(path: Path, _options: LoadOptions) -> Model:
    """Return an ONNX model of one input; of several outputs the one that holds numbers a class.

    Raises:
        UsageError: It is no ONNX file, or takes several inputs.
    """
    runtime = require("onnxruntime", extra="onnx")
    options = runtime.SessionOptions()
    options.log_severity_level = 3
    try:
        session = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own exceptions have no common class that is public
        raise UsageError(f"{path} does not load as an ONNX model: {first_line(error)}") from error
    given = session.get_inputs()
    if len(given) != 1:
        names = ", ".join(one.name for one in given)
        raise UsageError(f"{path} takes {len(given)} inputs ({names}); evaluate takes models of one.")
    shape = given[0].shape
    free = tuple(size if isinstance(size, int) else None for size in shape[1:])
    output, notes = _output(path, session)
    run = _runner(session, given[0], output)
    return Model(path.name, "onnx", run, free, None, path.stat().st_size, notes=notes)


def _output(path: Path, session: Any) -> tuple[str, tuple[str, ...]]:
    outputs = session.get_outputs()
    real = [one for one in outputs if one.type in ("tensor(float)", "tensor(double)", "tensor(float16)")]
    if not real:
        kinds = ", ".join(f"{one.name} {one.type}" for one in outputs)
        raise UsageError(f"{path} gives {kinds}; expected a tensor of numbers (skl2onnx: options zipmap=False).")
    chosen = next((one for one in real if "prob" in one.name.lower()), real[0])
    notes = (f"of its outputs {chosen.name} is taken",) if len(outputs) > 1 else ()
    return str(chosen.name), notes


def _runner(session: Any, given: Any, output: str) -> Any:
    fixed = given.shape[0] if isinstance(given.shape[0], int) else None
    dtype = _TYPES.get(given.type, np.float32)

    def run(rows: Any, batch_size: int) -> NDArray[Any]:
        found = []
        size = fixed or batch_size
        for start in range(0, len(rows), size):
            batch = np.ascontiguousarray(rows[start : start + size], dtype=dtype)
            n = len(batch)
            if fixed is not None and n < fixed:  # a fixed batch axis takes no less
                batch = np.concatenate([batch, np.repeat(batch[-1:], fixed - n, axis=0)])
            found.append(np.asarray(session.run([output], {given.name: batch})[0])[:n])
        return np.concatenate(found)

    return run


FORMAT = Format("onnx", (".onnx",), load_onnx)
