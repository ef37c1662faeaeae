"""On how many correct programs, of kinds that tempt a diagnoser, is there an alarm before the first update?

    python benchmarks/faultbench_correct.py

Each program is built, its facts are taken as `track` would take them, and every rule is run. None is trained.
"""

from __future__ import annotations

from collections.abc import Callable

import keras
from correct_programs import PROGRAMS, Program

from trackexp.diagnosis import diagnose
from trackexp.fit.data import data_facts
from trackexp.keras import facts
from trackexp.testing import make_record


def alarms_of(build: Callable[[], Program]) -> list[str]:
    keras.utils.clear_session()
    model, x, y, fit = build()
    split = fit.get("validation_split", 0.0)
    known = {
        "model": facts.model_facts(model),
        "compile": facts.compile_facts(model),
        "fit": facts.fit_facts({"x": x, "y": y, "epochs": 10, **fit}, 0),
        "data": data_facts(x, y, validation_split=split),
    }
    return [f"{f.name}: {f.message}" for f in diagnose(make_record(facts=known)).findings if f.severity != "info"]


def main() -> None:
    alarmed = 0
    for build in PROGRAMS:
        found = alarms_of(build)
        alarmed += bool(found)
        print(f"{build.__name__:32s} {'; '.join(found) or '-'}")
    print(f"alarms on {alarmed} of {len(PROGRAMS)} correct programs")


if __name__ == "__main__":
    main()
