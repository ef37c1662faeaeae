"""On how many correct trainings is there an alarm, with all that the live run looks at: facts, probes and curves?

python benchmarks/faultbench_trained.py [--seed N] [--only TEXT…]

The trainings of `correct_trainings` and `correct_own_steps` learn something; the programs of `correct_programs` have
targets of chance, so that they learn next to nothing, and are trained for ten epochs.
"""

from __future__ import annotations

import argparse
import io
import tempfile
import time
from contextlib import redirect_stderr
from functools import partial
from typing import Any

import correct_own_steps  # noqa: F401  its trainings enter the list
import keras
import numpy as np
from correct_programs import PROGRAMS
from correct_trainings import TRAININGS, Program

from trackexp import track
from trackexp.record import Finding


def findings_of(program: Program) -> tuple[Finding, ...]:
    """Train the program inside `track`, and return what the run said."""
    model, x, y, fit = program
    with tempfile.TemporaryDirectory() as folder, redirect_stderr(io.StringIO()):
        with track(project="bench", mode="offline", dir=folder, best_model=None) as run:
            model.fit(x, y, verbose=0, **fit)
        return tuple(run.findings)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", default=[""], help="parts of the programs' names")
    options: Any = parser.parse_args()
    builders = [(build.__name__, partial(build, np.random.default_rng(options.seed))) for build in TRAININGS]
    builders += [(build.__name__, build) for build in PROGRAMS]
    chosen = [(name, build) for name, build in builders if any(part in name for part in options.only)]
    alarmed = 0
    for name, build in chosen:
        keras.utils.clear_session()
        keras.utils.set_random_seed(options.seed)
        model, x, y, fit = build()
        began = time.perf_counter()
        found = findings_of((model, x, y, {"epochs": 10, **fit}))
        loud = [finding for finding in found if finding.severity != "info"]
        quiet = [finding.name for finding in found if finding.severity == "info"]
        alarmed += bool(loud)
        info = f"   (info: {', '.join(quiet)})" if quiet else ""
        print(f"{name:34s} {time.perf_counter() - began:5.1f} s  {'ALARM' if loud else '-'}{info}", flush=True)
        for finding in loud:
            print(f"    {finding.severity} {finding.name}: {finding.message}")
    print(f"alarms on {alarmed} of {len(chosen)} correct programs")


if __name__ == "__main__":
    main()
