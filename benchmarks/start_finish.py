"""What does opening and closing a run cost, against wandb's own init and finish, offline?

Cold is a new process, the import included, as a script sees it; warm is the second run of the same process.
"""

from __future__ import annotations

import subprocess
import sys
from functools import partial

from pairs import alternate, goal, quiet_environment, ratio, spread, table

ROUNDS = 9
WANDB, OURS, BARE_OURS = "wandb.init + finish", "track", "track(diagnose=False, autolog=False)"
RUNS = {
    WANDB: ("import wandb", "wandb.init(project='bench', mode='offline', dir='.').finish()"),
    OURS: ("from trackexp import track", "with track(project='bench', mode='offline', dir='.'): pass"),
    BARE_OURS: (
        "from trackexp import track",
        "with track(project='bench', mode='offline', dir='.', diagnose=False, autolog=False): pass",
    ),
}
SCRIPT = """
import time
began = time.perf_counter()
{imports}
def once():
    {run}
once()
cold = time.perf_counter() - began
began = time.perf_counter()
once()
print(cold, time.perf_counter() - began)
"""


def main() -> None:
    quiet_environment()
    warm: dict[str, list[float]] = {name: [] for name in RUNS}

    def opened(name: str) -> float:
        imports, run = RUNS[name]
        code = SCRIPT.format(imports=imports, run=run)
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        cold, again = map(float, ran.stdout.split())
        warm[name].append(again)
        return cold

    for name in RUNS:
        opened(name)
        warm[name].clear()
    cold = alternate({name: partial(opened, name) for name in RUNS}, rounds=ROUNDS)
    rows = []
    for case, costs in [("cold", cold), ("warm", warm)]:
        for name in RUNS:
            times = ratio(costs, name, WANDB)
            low, high = spread(costs, name, WANDB)
            median = sorted(costs[name])[ROUNDS // 2]
            verdict = goal(times, 1.1, (low, high)) if name == OURS else ""
            rows.append([f"{name}, {case}", f"{times:.2f}", f"{low:.2f} – {high:.2f}", f"{median:.2f} s", verdict])
    table(
        "Wall time to open and close a run, against wandb", ["", "ratio", "quartiles", "median", "goal"], rows, "wandb"
    )


if __name__ == "__main__":
    main()
