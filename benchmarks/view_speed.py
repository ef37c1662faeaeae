"""How soon is a view there, what does it cost, how late is a row, and how long does a frame of a zoom take?

`python benchmarks/view_speed.py [--runs 1000] [--many 10000] [--points 100000]`. Runs are hard links to one that wandb
recorded, the page is drawn by the Chromium on the PATH. Seconds by the clock: a busy machine makes all of them longer;
the last column has the bound that we promise; the start of Python with the same imports is taken off where it says so.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from listing_speed import copies

_ROWS = 12  # rows of a growing run whose way is timed
_CURVES = 8
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
_RECORD = """
import random, wandb
settings = wandb.Settings(silent=True, x_disable_stats=True)
run = wandb.init(project="bench", mode="offline", config={"lr": 0.1, "layers": [64, 10]}, settings=settings)
for epoch in range(50):
    run.log({"epoch": epoch, **{f"{part}/{name}": random.random() for part in ("train", "val") for name in "abcde"}})
run.finish()
"""
_GROW = """
import sys, time, wandb
settings = wandb.Settings(silent=True, x_disable_stats=True, x_transaction_log_flush_interval=1.0)
run = wandb.init(project="bench", mode="offline", settings=settings)
for epoch in range(int(sys.argv[1])):
    time.sleep(1.3)
    run.log({"epoch": epoch, "sent": time.time()})
run.finish()
"""
_ZOOM = """async ([curves, points]) => {
    const { Chart } = await import('/assets/chart.js');
    const chart = new Chart('many points', { axis: 'step' });
    document.querySelector('main').replaceChildren(chart.element);
    const x = Array.from({ length: points }, (_, place) => place);
    chart.show(Array.from({ length: curves }, (_, k) => ({
        label: `curve ${k}`, x, y: x.map((step) => Math.sin(step / (50 + k)) + k + Math.random()),
    })));
    const found = [];
    for (const key of ['+', '+', 'ArrowRight', '+', 'ArrowLeft', '-', '+', 'ArrowRight', '-', '-', '-', '0']) {
        await new Promise((done) => requestAnimationFrame(done));
        const begun = performance.now();
        chart.canvas.dispatchEvent(new KeyboardEvent('keydown', { key }));
        await new Promise((done) => setTimeout(done, 0));
        found.push(performance.now() - begun);
    }
    return found;
}"""


def python(source: str, folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Start a script of the benchmark in a folder."""
    environ = {**os.environ, "WANDB_DIR": str(folder), "WANDB_ERROR_REPORTING": "false"}
    return subprocess.Popen([sys.executable, "-c", source, *arguments], cwd=folder, env=environ)


class Opened:
    """A `trackexp view` of its own process, and how long it took to say its link."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "trackexp", "view", str(folder), "--no-open", "--port", "0"]
        begun = time.perf_counter()
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        self.seconds = time.perf_counter() - begun

    def cpu(self) -> float:
        """Return the processor time that it took so far, in seconds."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """Return the most memory that it held, in MB."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1000 for line in lines if line.startswith("VmHWM"))

    def close(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


def table_of(folder: Path, count: int, browser: Any) -> None:
    """Print how soon so many runs are on the page, from a full cache, and what the view costs then."""
    Opened(folder).close()
    start = min(_seconds(["-c", "import trackexp.cli.app, trackexp.viewing.server, numpy"]) for _ in range(3))
    view = Opened(folder)
    begun = time.perf_counter()
    page = browser.new_page()
    page.goto(view.url)
    page.wait_for_selector(".runs tbody th a")
    painted = time.perf_counter() - begun
    _print(f"{count:,} runs: link, beyond the process's start", f"{view.seconds - start:.2f} s", "")
    _print(f"{count:,} runs: first paint, after the link", f"{painted:.2f} s", "≤ 0.5 s for 1,000, 1.5 s for 10,000")
    time.sleep(5)
    before = view.cpu()
    time.sleep(20)
    _print(f"{count:,} runs: idle", f"{(view.cpu() - before) / 20:.2%} of a core", "< 1 % for 1,000")
    _print(f"{count:,} runs: memory", f"{view.memory():.0f} MB", "≤ 200 MB for 10,000")
    page.close()
    view.close()


def _seconds(arguments: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True)
    return time.perf_counter() - begun


def row_of(folder: Path) -> None:
    """Print how late the rows of a growing run are on the stream that the page listens to."""
    training, view = python(_GROW, folder, str(_ROWS + 8)), Opened(folder)
    host, _, rest = view.url.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host, timeout=60)
    connection.request("GET", f"/api/events?column=summary.sent&{rest.removeprefix('?')}")
    answer, late = connection.getresponse(), []
    while len(late) < _ROWS:
        line = answer.readline()
        if line.startswith(b"data: {"):
            now = time.time()
            rows = json.loads(line.removeprefix(b"data: "))["rows"]
            late += [now - row[5][0] for row in rows if row[2] == "running" and row[5][0]]
    connection.close()
    view.close()
    training.wait()
    _print(
        "a row, after it was logged", f"median {statistics.median(late):.2f} s, at most {max(late):.2f} s", "≤ 1.5 s"
    )


def zoom_of(folder: Path, points: int, browser: Any) -> None:
    """Print how long the page is busy with one step of a zoom into one chart of many long curves."""
    view = Opened(folder)
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(view.url)
    page.wait_for_selector(".runs tbody th a")
    times = page.evaluate(_ZOOM, [_CURVES, points])
    seen = f"median {statistics.median(times):.0f} ms, at most {max(times):.0f} ms"
    _print(f"zoom, {_CURVES} × {points:,} points", seen, "≤ 50 ms")
    page.close()
    view.close()


def _print(what: str, seen: str, promised: str) -> None:
    print(f"{what:<48}{seen:<40}{promised}")


def main() -> None:
    """Measure everything, in a folder that is thrown away."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=1_000)
    parser.add_argument("--many", type=int, default=10_000)
    parser.add_argument("--points", type=int, default=100_000)
    asked = parser.parse_args()
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        base = Path(name)
        os.environ["TRACKEXP_CACHE_DIR"] = str(base / "cache")
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=_FLAGS)
        for part in ("one", "growing"):
            (base / part).mkdir()
        python(_RECORD, base / "one").wait()
        path = next((base / "one").glob("wandb/offline-run-*/*.wandb"))
        for count in filter(None, (asked.runs, asked.many)):
            table_of(copies(path, count, base / f"runs-{count}", linked=True), count, browser)
        row_of(base / "growing")
        if asked.points:
            zoom_of(base / "one", asked.points, browser)
        browser.close()


if __name__ == "__main__":
    main()
