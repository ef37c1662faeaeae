"""Trains programs of the catalogue inside `track`, all in one process, and prints what each run said as JSON.

    python tests/diagnosis/catalogue_programs.py BENCHMARKS NAME…

Each name is that of a program, of which two epochs are trained: the faults show before the first update, in the data or
at the first looks. With `:fixed` behind it the repaired twin is trained, to its end.
"""

from __future__ import annotations

import io
import json
import sys
import tempfile
from contextlib import redirect_stderr
from typing import Any

EPOCHS = 2


def main(benchmarks: str, *programs: str) -> None:
    """Print a line for each program: its name, and the names of its alarms."""
    sys.path.insert(0, benchmarks)
    import catalogue_data_faults  # noqa: F401  its programs enter the list, and those of the next
    import catalogue_trainings  # noqa: F401
    import keras
    import numpy as np
    from catalogue_faults import CATALOGUE

    from trackexp import track

    known: dict[str, Any] = {build.__name__: build for _, build in CATALOGUE}
    for program in programs:
        name, _, twin = program.partition(":")
        keras.utils.clear_session()
        keras.utils.set_random_seed(0)
        model, x, y, fit = known[name](np.random.default_rng(0), bool(twin))
        if not twin:
            fit = {**fit, "epochs": min(fit.get("epochs", 1), EPOCHS)}
        with tempfile.TemporaryDirectory() as folder, redirect_stderr(io.StringIO()):
            with track(project="catalogue", mode="offline", dir=folder, best_model=None, save_code=False) as run:
                try:
                    model.fit(x, y, verbose=0, **fit)
                except Exception as error:  # some faults are one: the finding must have come first
                    print(f"{name}: {error}", file=sys.__stderr__)
            found = sorted({finding.name for finding in run.findings if finding.severity != "info"})
        print(json.dumps({"program": program, "found": found}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
