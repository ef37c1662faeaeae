"""What does keeping the code cost? A run's start and end with and without it, and the steps of it for a 1 MB patch."""

from __future__ import annotations

import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from pairs import alternate, goal, quiet_environment, ratio, spread, table

ROUNDS = 9
LINES = 25_000  # of 40 letters: 1 MB
WITHOUT, WITH = "save_code=False, no git", "with code.patch and sources"
SCRIPT = """
import time
began = time.perf_counter()
from trackexp import track
with track(project="bench", mode="offline", autolog=False{options}):
    pass
print(time.perf_counter() - began)
"""


def make_repository(folder: Path) -> None:
    """Make a repository of 200 modules with one changed file of 1 MB."""
    (folder / "package").mkdir(parents=True)
    for index in range(200):
        (folder / "package" / f"module_{index}.py").write_text(f"VALUE = {index}\n" * 50)
    (folder / "big.py").write_text("x = 1\n")
    (folder / ".gitignore").write_text("runs/\n")
    own = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["init", "-q", "."], ["add", "."], ["commit", "-qm", "x"]):
        subprocess.run([*own, *command], cwd=folder, check=True, capture_output=True)
    (folder / "big.py").write_text("".join(f"weights[{index:>7}] = some_function(41)\n" for index in range(LINES)))


def opened(folder: Path, options: str) -> float:
    """Return the wall time of a script from the import to the end of its run."""
    script = folder / "train.py"
    script.write_text(SCRIPT.format(options=options))
    ran = subprocess.run([sys.executable, script], cwd=folder, capture_output=True, text=True, check=True)
    return float(ran.stdout)


def steps(folder: Path) -> list[list[str]]:
    """Return the wall time of each step of the look at the code."""
    from trackexp.tracking.code.masking import masked
    from trackexp.tracking.code.patch import make_patch
    from trackexp.tracking.code.repository import find_repository
    from trackexp.tracking.code.sources import read_sources
    from trackexp.tracking.secrets import Scrubber

    times: dict[str, list[float]] = {}

    def timed(name, call):
        began = time.perf_counter()
        result = call()
        times.setdefault(name, []).append(time.perf_counter() - began)
        return result

    for _ in range(ROUNDS):
        repository = timed("commit, branch and remote, before W&B starts", partial(find_repository, folder))
        patch = timed("the patch, by git", partial(make_patch, repository))
        scrubber = Scrubber.from_environment()
        text, _ = timed("its secrets masked", partial(masked, patch, scrubber))
        timed("200 sources, scrubbed", partial(read_sources, folder, None, repository, scrubber))
    rows = [[name, f"{1000 * sorted(seen)[ROUNDS // 2]:.1f} ms"] for name, seen in times.items()]
    return [*rows, ["size of the patch", f"{len(text) / 1e6:.2f} MB"]]


def main() -> None:
    folder = quiet_environment() / "repository"
    make_repository(folder)
    options = {WITHOUT: ", save_code=False, settings={'disable_git': True}", WITH: ""}
    for name in options:
        opened(folder, options[name])
    costs = alternate({name: partial(opened, folder, options[name]) for name in options}, rounds=ROUNDS)
    rows = []
    for name in options:
        quartiles = spread(costs, name, WITHOUT)
        times = ratio(costs, name, WITHOUT)
        median = sorted(costs[name])[ROUNDS // 2]
        verdict = goal(times, 1.1, quartiles) if name == WITH else ""
        rows.append([name, f"{times:.2f}", f"{quartiles[0]:.2f} – {quartiles[1]:.2f}", f"{median:.2f} s", verdict])
    table("Wall time of an empty run with its code kept", ["", "ratio", "quartiles", "median", "goal"], rows, "wandb")
    table("The steps of it, beside the start of W&B", ["step", "median"], steps(folder))


if __name__ == "__main__":
    main()
