"""What does `import trackexp` cost a script, in processor time, against a Python that does nothing?

The interpreter is that of a new virtual environment: an editable install loads a finder, and with it half of the
standard library, into every Python that starts, and would make the baseline look dearer than it is.
"""

from __future__ import annotations

import os
import sysconfig
import venv
from pathlib import Path

from pairs import alternate, cpu_seconds, goal, quiet_environment, ratio, spread, table

BARE = "python -c pass"
ROUNDS = 40
ROUNDS_OF_PEERS = 7  # a second or more each


def main() -> None:
    interpreter = pristine(quiet_environment())

    def bare() -> float:
        return cpu_seconds([interpreter, "-c", "pass"])

    def imports(module: str) -> float:
        return cpu_seconds([interpreter, "-c", f"import {module}"])

    for module in ("trackexp", "wandb", "keras"):
        imports(module)  # byte code is compiled once, and is no one's cost
    ours = alternate({BARE: bare, "import trackexp": lambda: imports("trackexp")}, rounds=ROUNDS)
    peers = alternate(
        {BARE: bare, "import wandb": lambda: imports("wandb"), "import keras": lambda: imports("keras")},
        rounds=ROUNDS_OF_PEERS,
    )
    rows = []
    for costs, name, limit in [(ours, "import trackexp", 2.0), (peers, "import wandb", 0), (peers, "import keras", 0)]:
        times = ratio(costs, name, BARE)
        low, high = spread(costs, name, BARE)
        rows.append([name, f"{times:.2f}", f"{low:.2f} – {high:.2f}", goal(times, limit, (low, high)) if limit else ""])
    table("Processor time, against `python -c pass`", ["", "ratio", "quartiles", "goal"], rows, "wandb", "keras")


def pristine(place: Path) -> str:
    """Make an interpreter without any start-up hook; it finds this checkout and the packages installed here."""
    venv.create(place / "pristine", with_pip=False)
    checkout = str(Path(__file__).resolve().parents[1])
    os.environ["PYTHONPATH"] = os.pathsep.join([checkout, sysconfig.get_path("purelib")])
    return str(place / "pristine" / "bin" / "python")


if __name__ == "__main__":
    main()
