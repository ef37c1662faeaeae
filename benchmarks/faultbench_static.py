"""How many faults are named before the first update, and on how many correct programs is there an alarm?

    python benchmarks/faultbench_static.py DIRECTORY [--seed N] [--only TEXT] [--fit]

DIRECTORY holds `faulty/` and `correct/`, one program a file, whose `build` returns model, data and arguments of `fit`.
Nothing is trained, except with `--fit`: then every program is, inside `track`, and what the run said counts.
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import os
import sys
import tempfile
from collections import defaultdict
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from trackexp import track
from trackexp.diagnosis import diagnose
from trackexp.fit.data import data_facts
from trackexp.keras import facts
from trackexp.record import Finding
from trackexp.testing import make_record


def program(path: Path, **arguments: Any) -> dict[str, Any]:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    built: dict[str, Any] = module.build(**arguments)
    return built


def facts_of(case: dict[str, Any]) -> dict[str, Any]:
    """Gather what is known of a program before its first update; of a stream its first batch."""
    model, fit = case["model"], case["fit"]
    arguments = {"x": case["x"], "y": case["y"], "validation_data": case["validation_data"], **fit}
    data: Any = data_facts(
        case["x"],
        case["y"],
        fit.get("sample_weight"),
        case["validation_data"],
        validation_split=fit.get("validation_split") or 0.0,
    )
    if not data["inputs"]:
        x, y, *weights = next(iter(case["x"])) if hasattr(case["x"], "__next__") else case["x"][0]
        data = data_facts(x, y, *weights, stream=True)
    return {
        "model": facts.model_facts(model),
        "compile": facts.compile_facts(model),
        "fit": facts.fit_facts(arguments, 0),
        "data": data,
    }


def findings(case: dict[str, Any], train: bool) -> list[Finding]:
    """Return what is said of a program: of its facts alone, or by the live run of its training."""
    if not train:
        return list(diagnose(make_record(facts=facts_of(case))).findings)
    with tempfile.TemporaryDirectory() as folder, redirect_stderr(io.StringIO()) as said:
        run = fitted(case, folder)
    if run.failures.count or "Error" in said.getvalue():
        print(said.getvalue(), file=sys.stderr)
    for outcome in diagnose(run.as_record()).outcomes:
        if outcome.status == "crashed":
            print(f"    CRASHED {outcome.name}: {outcome.reason}")
    return list(run.findings)


def fitted(case: dict[str, Any], folder: str) -> Any:
    with track(project="bench", mode="offline", dir=folder, best_model=None) as run:
        try:
            case["model"].fit(case["x"], case["y"], validation_data=case["validation_data"], verbose=0, **case["fit"])
        except Exception as error:
            print(f"    the training raised {type(error).__name__}", file=sys.__stderr__)
    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="")
    parser.add_argument("--fit", action="store_true")
    options = parser.parse_args()
    sys.path.insert(0, str(options.directory))
    from _lib import FAMILY  # the benchmark's own

    recall: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    missed, alarms, told, checked = [], [], [], 0
    paths = [path for kind in ("faulty", "correct") for path in sorted((options.directory / kind).glob("*.py"))]
    for path in (path for path in paths if options.only in path.name):
        for fixed in (False, True) if path.parent.name == "faulty" else (None,):
            case = program(path, seed=options.seed, **({} if fixed is None else {"fixed": fixed}))
            found = findings(case, options.fit)
            names = [f"{finding.name.replace('-', '_')}" for finding in found if finding.severity != "info"]
            remarks = [finding.name for finding in found if finding.severity == "info"]
            print(
                f"{path.stem}{' (repaired)' if fixed else ''}: {', '.join(names) or '-'}"
                + (f"   (info: {', '.join(remarks)})" if remarks else "")
            )
            if case["fault"]:
                count = recall[FAMILY.get(case["fault"], "other")]
                count[0] += 1
                right = bool({case["fault"], *case["accept"]} & set(names))
                count[1] += right
                told.append(len(names))
                if not right:
                    missed.append(f"{path.stem} ({case['fault']}; said {', '.join(names) or 'nothing'})")
            else:
                checked += 1
                if names:
                    alarms.append(f"{path.stem}{' (repaired)' if fixed else ''}: {', '.join(names)}")
    for family, (total, right) in sorted(recall.items()):
        print(f"{family:16s} {right:3d} of {total:3d}")
    print(f"diagnosed {sum(right for _, right in recall.values())} of {sum(total for total, _ in recall.values())}")
    spread = ", ".join(f"{told.count(number)} with {number}" for number in sorted(set(told)))
    print(f"findings a fault: {sum(told) / max(1, len(told)):.2f} on average ({spread})")
    print("missed:", *missed, sep="\n  ")
    print(f"alarms on {checked} correct programs and repaired twins: {len(alarms)}", *alarms, sep="\n  ")


if __name__ == "__main__":
    main()
