"""How many of our own faulty programs are named by the live run, and on how many repaired twins is there an alarm?

    python benchmarks/faultbench_own.py [--set hard|catalogue|all] [--seed N] [--only TEXT]

`hard` are the programs of `own_faults`: faults that show in the training alone. `catalogue` are those of the three
files `catalogue_…`: one or more for every name that the shared third lacks. Printed are every program, recall by
family, and every false alarm.
"""

from __future__ import annotations

import argparse
import io
import tempfile
from collections import defaultdict
from contextlib import redirect_stderr
from typing import Any

import catalogue_data_faults  # noqa: F401  its programs enter the list, and those of the next
import catalogue_trainings  # noqa: F401
import keras
import numpy as np
from catalogue_faults import CATALOGUE
from own_faults import FAULTS, Builder

from trackexp import track
from trackexp.diagnosis import all_rules
from trackexp.record import Finding

SETS = {"hard": FAULTS, "catalogue": CATALOGUE, "all": [*FAULTS, *CATALOGUE]}
FAMILY = {rule.name: type(rule).__module__.split(".")[-2] for rule in all_rules()}


def findings_of(build: Builder, seed: int, *, fixed: bool) -> tuple[Finding, ...]:
    """Train the program inside `track`, and return what the run said."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    model, x, y, fit = build(np.random.default_rng(seed), fixed)
    with tempfile.TemporaryDirectory() as folder, redirect_stderr(io.StringIO()):
        with track(project="bench", mode="offline", dir=folder, best_model=None) as run:
            try:
                model.fit(x, y, verbose=0, **fit)
            except Exception as error:  # some faults are one: the finding must have come first
                if fixed:
                    raise RuntimeError(f"the repaired {build.__name__} failed") from error
        return tuple(run.findings)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", choices=SETS, default="all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="")
    options: Any = parser.parse_args()
    recall: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    missed, alarms, told = [], [], []
    for names, build in SETS[options.set]:
        if options.only not in build.__name__:
            continue
        for fixed in (False, True):
            found = findings_of(build, options.seed, fixed=fixed)
            loud = sorted({finding.name for finding in found if finding.severity != "info"})
            quiet = sorted({finding.name for finding in found} - set(loud))
            title = f"{build.__name__}{' (repaired)' if fixed else ''}"
            said = ", ".join(loud) or "-"
            print(f"{title:48s} {said}{f'   (info: {quiet})' if quiet else ''}", flush=True)
            if fixed:
                alarms += [f"{title}: {said}"] if loud else []
                continue
            right, count = bool(set(loud) & set(names)), recall[FAMILY[names[0]]]
            count[0], count[1] = count[0] + right, count[1] + 1
            told.append(len(loud))
            missed += [] if right else [f"{title} ({names[0]}; said {said})"]
    for family, (right, count) in sorted(recall.items()):
        print(f"{family:16s} {right:3d} of {count:3d}")
    total = sum(count for _, count in recall.values())
    print(f"named {total - len(missed)} of {total} faults, by {sum(told) / max(1, len(told)):.2f} findings on average")
    print("missed:", *missed, sep="\n  ")
    print(f"alarms on {len(alarms)} of {total} repaired twins", *alarms, sep="\n  ")


if __name__ == "__main__":
    main()
