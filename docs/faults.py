"""What happens when the network or the server fails: every fault at every moment, with the real client and a server.

    python docs/faults.py           prints the table
    python docs/faults.py --write   puts it into docs/faults.md

A small run is recorded in a process of its own against the server of tests/wandb_server. The fault strikes before the
run is opened, in the middle of its rows, or when it ends; then it passes, and `trackexp sync` is called twice. Nothing
is lost if the server then holds every row once, the file, and the artifact.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SERVER = HERE.parent / "tests" / "wandb_server" / "server.py"
KEY, ROWS = "k" * 40, 40
MOMENTS = ("start", "middle", "end")
STREAM, UPLOADS, COMMIT = "^file_stream$", "^put$", "^CommitArtifact$"
SKEWED = "RequestTimeTooSkewed: the difference between the request time and the current time is too large"

# By name: the rule for the server, as its README has it; None where the server itself is stopped.
FAULTS: dict[str, dict[str, Any] | None] = {
    "server down, back later": None,
    "500 to everything": {"action": "status", "status": 500},
    "429 to everything": {"action": "status", "status": 429},
    "silence (hang)": {"action": "hang", "seconds": 60},
    "connection reset": {"action": "drop"},
    "answer lost": {"action": "drop", "when": "after"},
    "answer cut in half": {"action": "truncate"},
    "rows refused (404)": {"op": STREAM, "action": "status", "status": 404},
    "uploads refused (403)": {"op": UPLOADS, "action": "status", "status": 403},
    "disk quota (507 to uploads)": {"op": UPLOADS, "action": "status", "status": 507},
    "clock far off (uploads refused)": {"op": UPLOADS, "action": "status", "status": 403, "body": SKEWED},
    "artifact refused (400)": {"op": COMMIT, "action": "status", "status": 400},
}

SCRIPT = """
import json, sys, time
from trackexp import track

def told(word):
    print(word, flush=True)
    sys.stdin.readline()

told("start")
began = time.monotonic()
with track("faults", settings={"finish_timeout": 6}, config={"lr": 0.1}) as run:
    opened = time.monotonic()
    waited = 0.0
    for step in range(ROWS):
        run.log({"val/loss": 1 / (step + 1)})
        time.sleep(0.02)
        if step == ROWS // 2:
            pause = time.monotonic()
            told("middle")
            waited = time.monotonic() - pause
    looped = time.monotonic()
    path = run.files_folder / "weights.bin"
    path.write_bytes(bytes(range(256)) * 20)
    run.save(str(path), base_path=str(path.parent), policy="end")
    import wandb
    artifact = wandb.Artifact(f"run_{run.id}_model", type="model")
    artifact.add_file(str(path))
    run.log_artifact(artifact, aliases=["best"])
    folder = str(run.folder)
    told("end")
    ending = time.monotonic()
print(json.dumps({
    "id": run.id, "folder": folder, "open": opened - began, "loop": looped - opened - waited,
    "close": time.monotonic() - ending,
}), flush=True)
""".replace("ROWS", str(ROWS))


@dataclass(frozen=True)
class Outcome:
    """What became of one run."""

    fault: str
    moment: str
    opened: float
    loop: float
    closed: float
    offline: bool
    said: str
    rows: list[int]
    complete: bool
    exits: tuple[int, int]

    @property
    def lost(self) -> str:
        """What is missing on the server in the end, or doubled."""
        if self.complete and self.rows == list(range(ROWS)):
            return "nothing"
        doubled = len(self.rows) - len(set(self.rows))
        files = "there" if self.complete else "missing"
        return f"{ROWS - len(set(self.rows))} rows missing, {doubled} doubled, files {files}"


def outcome_of(fault: str, moment: str, folder: Path) -> Outcome:
    """Record a run that the fault strikes at this moment, let the fault pass, send what is missing, and look."""
    with server(folder / "server") as control:
        environ = environment(folder, control.url)
        process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT],
            cwd=folder, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        for now in MOMENTS:
            if process.stdout.readline().strip() != now:
                raise RuntimeError(process.communicate()[1])
            if now == moment:
                control.strike(FAULTS[fault])
            process.stdin.write("\n")
            process.stdin.flush()
        told, stderr = process.communicate(timeout=120)
        assert process.returncode == 0, stderr
        seen = json.loads(told)
        control.heal()
        exits = sync(seen["folder"], environ), sync(seen["folder"], environ)
        there = control.run(seen["id"])
    rows = [json.loads(row)["_step"] for row in there["history"] if "val/loss" in json.loads(row)]
    complete = "weights.bin" in there["files"] and exits[1] == 0
    return Outcome(
        fault, moment, seen["open"], seen["loop"], seen["close"], "offline-run" in seen["folder"], said_in(stderr),
        sorted(rows), complete, exits,
    )  # fmt: skip


def sync(run: str, environ: dict[str, str]) -> int:
    """Call `trackexp sync` and return its exit code."""
    command = [sys.executable, "-m", "trackexp", "sync", run]
    return subprocess.run(command, env=environ, capture_output=True, timeout=120).returncode


def said_in(stderr: str) -> str:
    """Return what the user is told: recorded offline, or what is missing."""
    lines = [line.strip() for line in stderr.splitlines()]
    told = [line for line in lines if line.startswith("missing")] or [
        line for line in lines if "recording offline" in line
    ]
    text = re.sub(r"http://\S+", "the server", told[0]).partition("; ")[0].partition(": not on")[0] if told else ""
    return re.sub(r"\s+", " ", text.removeprefix("missing").removeprefix("trackexp:")).strip(" :")


def environment(folder: Path, url: str) -> dict[str, str]:
    """Return an environment in which nothing outside of the folder is read or written."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WANDB_", "TRACKEXP_", "XDG_"))}
    home = folder / "home"
    home.mkdir(parents=True)
    return {**kept, "HOME": str(home), "WANDB_BASE_URL": url, "WANDB_API_KEY": KEY, "WANDB_ERROR_REPORTING": "false"}


class Control:
    """A server that can be made to fail, killed, and started again where it was."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._port = "0"
        self.start()

    def start(self) -> None:
        """Start it, the second time at the same address."""
        command = [
            sys.executable,
            str(SERVER),
            "--data",
            str(self._data),
            "--port",
            self._port,
            "--key",
            f"{KEY}=tester",
        ]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self._process.stdout is not None
        with self._process.stdout as out:
            self.url = out.readline().strip()
        self._port = self.url.rpartition(":")[2]

    def strike(self, rule: dict[str, Any] | None) -> None:
        """Let the fault begin."""
        if rule is None:
            self.stop()
        else:
            self._admin("faults", "POST", {"path": "^(?!/_admin)", "times": -1, **rule})

    def heal(self) -> None:
        """Let the fault pass."""
        if self._process.poll() is not None:
            self.start()
        else:
            self._admin("faults", "DELETE")

    def stop(self) -> None:
        """Kill it."""
        self._process.kill()
        self._process.wait()

    def run(self, run_id: str) -> Any:
        """Return all that it has of a run."""
        return self._admin(f"run/tester/faults/{run_id}")

    def _admin(self, path: str, method: str = "GET", body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_admin/{path}", data=data, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")


@contextmanager
def server(data: Path) -> Iterator[Control]:
    """Run a server for the block."""
    control = Control(data)
    try:
        yield control
    finally:
        control.stop()


def table(outcomes: list[Outcome]) -> str:
    """Return the outcomes as a Markdown table."""
    heads = [
        "fault",
        "strikes at",
        "recorded",
        "its rows took",
        "its end took",
        "the user is told",
        "lost after a sync",
    ]
    rows = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for o in outcomes:
        where = "offline" if o.offline else "online"
        rows.append(
            f"| {o.fault} | {o.moment} | {where} | {o.loop:.1f} s | {o.closed:.0f} s | {o.said or '–'} | {o.lost} |"
        )
    return "\n".join(rows)


def main() -> None:
    """Go through all faults and moments."""
    outcomes = []
    for fault in FAULTS:
        for moment in MOMENTS:
            with tempfile.TemporaryDirectory() as folder:
                outcomes.append(outcome_of(fault, moment, Path(folder)))
                print(table(outcomes[-1:]).splitlines()[-1], file=sys.stderr)
    text = table(outcomes)
    if "--write" in sys.argv:
        page = HERE / "faults.md"
        page.write_text(page.read_text("utf-8").partition("| fault")[0] + text + "\n", "utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
