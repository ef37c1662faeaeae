"""How many of our own faulty programs are named by the live run, and on how many repaired twins is there an alarm?

python benchmarks/faultbench_own.py [--seed N] [--only TEXT]
"""

from __future__ import annotations

import argparse
import io
import tempfile
from contextlib import redirect_stderr
from typing import Any

import keras
import numpy as np
from own_faults import FAULTS, Builder

from trackexp import track
from trackexp.record import Finding


def findings_of(build: Builder, seed: int, *, fixed: bool) -> tuple[Finding, ...]:
    """Train the program inside `track`, and return what the run said."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    model, x, y, fit = build(np.random.default_rng(seed), fixed)
    with tempfile.TemporaryDirectory() as folder, redirect_stderr(io.StringIO()):
        with track(project="bench", mode="offline", dir=folder, best_model=None) as run:
            model.fit(x, y, verbose=0, **fit)
        return tuple(run.findings)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="")
    options: Any = parser.parse_args()
    named, alarms, count = 0, 0, 0
    for names, build in FAULTS:
        if options.only not in build.__name__:
            continue
        count += 1
        for fixed in (False, True):
            found = findings_of(build, options.seed, fixed=fixed)
            loud = {finding.name for finding in found if finding.severity != "info"}
            quiet = sorted({finding.name for finding in found} - loud)
            right = bool(loud & names)
            named, alarms = named + (right and not fixed), alarms + (bool(loud) and fixed)
            mark = ("ALARM" if loud else "") if fixed else ("" if right else "MISSED")
            title = f"{build.__name__}{' (repaired)' if fixed else ''}"
            print(
                f"{title:48s} {', '.join(sorted(loud)) or '-'}{f'   (info: {quiet})' if quiet else ''}   {mark}",
                flush=True,
            )
    print(f"named {named} of {count} faults; alarms on {alarms} of {count} repaired twins")


if __name__ == "__main__":
    main()
