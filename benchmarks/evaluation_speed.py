"""How fast is an evaluation against scikit-learn + netcal, against one read of the probabilities, and in what memory?

    python benchmarks/evaluation_speed.py [--quick] [--no-peers]

Ratios of one run on one thread: everything of an evaluation but intervals (`evaluate(...).to_dict()`, the report and
the reliability table), the peers computing the same numbers on the same arrays. Memory is the peak of a process of its
own. "One read" is the fastest pass that numpy has over the probabilities, their maximum; their sum stands beside it.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np  # noqa: E402 (threads are counted when numpy is loaded)
from pairs import alternate, ratio  # noqa: E402

from trackexp.evaluation import evaluate  # noqa: E402

SIZES = [(1_000_000, 10, 25, 150), (50_000, 1_000, 25, 120)]  # rows, classes, goal against peers, goal in reads

# Runs in a process of its own; "5" makes Linux forget the peak so far.
MEMORY = """
import sys
from pathlib import Path
sys.path.insert(0, {folder!r})
import evaluation_speed as speed
def status(key):
    return int(next(l for l in Path("/proc/self/status").read_text().splitlines() if l.startswith(key)).split()[1])
y, p = speed.rows({n}, {k})
speed.ours(*speed.rows(1000, {k}))
Path("/proc/self/clear_refs").write_text("5")
before = status("VmRSS")
speed.ours(y, p)
print((status("VmHWM") - before) / 1024)
"""


def best_of(call: Callable[[], object], times: int) -> float:
    """Return the shortest of several timings, in seconds."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        found.append(time.perf_counter() - start)
    return min(found)


def rows(n: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Make overconfident float32 probabilities and labels drawn from calmer ones."""
    rng = np.random.default_rng(0)
    p = np.empty((n, k), dtype=np.float32)
    y = np.empty(n, dtype=np.int64)
    for start in range(0, n, 50_000):
        stop = min(start + 50_000, n)
        logits = rng.normal(size=(stop - start, k)) * 2
        calm = np.exp(logits)
        calm /= calm.sum(1, keepdims=True)
        y[start:stop] = (calm.cumsum(1) < rng.random((stop - start, 1))).sum(1).clip(0, k - 1)
        sharp = np.exp(1.5 * logits)
        p[start:stop] = sharp / sharp.sum(1, keepdims=True)
    return y, p


def ours(y: np.ndarray, p: np.ndarray) -> dict[str, Any]:
    """Everything but intervals."""
    result = evaluate(y, p)
    found = result.to_dict()
    found["report"], found["reliability"] = result.report, result.reliability()
    return found


def peers(y: np.ndarray, p: np.ndarray) -> dict[str, float]:
    """The same numbers by scikit-learn and netcal, as their users call them."""
    from netcal.metrics import ACE, ECE, MCE
    from sklearn import metrics

    k = p.shape[1]
    wide = p.astype(np.float64)
    wide /= wide.sum(1, keepdims=True)
    said = wide.argmax(1)
    found = {
        "accuracy": metrics.accuracy_score(y, said),
        "balanced_accuracy": metrics.balanced_accuracy_score(y, said),
        "mcc": metrics.matthews_corrcoef(y, said),
        "cohen_kappa": metrics.cohen_kappa_score(y, said),
        "log_loss": metrics.log_loss(y, wide, labels=range(k)),
        "brier_sum": metrics.brier_score_loss(y, wide, labels=range(k), scale_by_half=False),
        "auroc_ovr_macro": metrics.roc_auc_score(y, wide, multi_class="ovr", labels=range(k)),
        "average_precision_macro": metrics.average_precision_score(np.eye(k, dtype=np.int8)[y], wide),
        "ece": ECE(15).measure(wide, y),
        "mce": MCE(15).measure(wide, y),
        "ace_bin_mean": ACE(15).measure(wide, y),
        "ece_classwise": float(np.mean([ECE(15).measure(wide[:, j], (y == j).astype(int)) for j in range(k)])),
    }
    if k <= 100:
        found["auroc_ovo_macro"] = metrics.roc_auc_score(y, wide, multi_class="ovo")
    metrics.confusion_matrix(y, said)
    metrics.classification_report(y, said, output_dict=True, zero_division=0)
    return found


def peak_memory(n: int, k: int) -> float:
    """Return the peak of an evaluation beyond its inputs, in MB, measured in a process of its own."""
    code = MEMORY.format(n=n, k=k, folder=str(Path(__file__).parent))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout)


def profit_against_sort(n: int) -> tuple[float, float]:
    """Return the time of the best threshold and the curve of n over that of sorting them: values, and order."""
    rng = np.random.default_rng(0)
    p = rng.permutation(n) / n
    y = (rng.random(n) < p).astype(np.int64)
    result = evaluate(y, p)

    def profit() -> object:
        found = result.profit(0.25, 1.5, units=1e6, baseline=0.1)
        return found.best, found.curve

    calls = {"profit": profit, "sort": lambda: np.sort(p), "argsort": lambda: np.argsort(p)}
    costs = alternate({name: lambda call=call: best_of(call, 1) for name, call in calls.items()}, rounds=21)
    return ratio(costs, "profit", "sort"), ratio(costs, "profit", "argsort")


def line(question: str, value: str, goal: str = "") -> None:
    print(f"{question:60} {value:>10} {goal:>8}")


def measure(n: int, k: int, against_peers: int, reads: int, with_peers: bool) -> None:
    y, p = rows(n, k)
    own, read, total = best_of(lambda: ours(y, p), 5), best_of(p.max, 9), best_of(p.sum, 9)
    line(f"{n:,} x {k:,}: one call", f"{own * 1e3:.0f} ms")
    line(f"  against one read (max, {read * 1e3:.2f} ms)", f"{own / read:.0f} x", f"{reads} x")
    line(f"  against one read (sum, {total * 1e3:.2f} ms)", f"{own / total:.0f} x", f"{reads} x")
    if not with_peers:
        return
    start = time.perf_counter()
    theirs = peers(y, p)
    taken = time.perf_counter() - start
    line(f"  scikit-learn + netcal, {taken:.1f} s, against it", f"{taken / own:.1f} x", f"{against_peers} x")
    mine = ours(y, p)
    worst = max(theirs, key=lambda name: abs(theirs[name] - mine[name]))
    line(f"  largest difference of {len(theirs)} numbers: {worst}", f"{abs(theirs[worst] - mine[worst]):.0e}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the rows")
    parser.add_argument("--no-peers", action="store_true", help="leave out the minutes that the peers take")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"{time.strftime('%Y-%m-%d')}, {platform.machine()}, numpy {np.__version__}, one thread")
    line("question", "measured", "goal")
    less = 10 if options.quick else 1
    for n, k, against_peers, reads in SIZES:
        measure(n // less, k, against_peers, reads, not options.no_peers)
    n = SIZES[0][0] // less
    line(f"{n:,} x 10: memory beyond the inputs", f"{peak_memory(n, 10):.0f} MB", "100 MB")
    values, order = profit_against_sort(n)
    line(f"profit curve over {n:,} thresholds, over np.sort", f"{values:.1f} x", "2 x")
    line("  over np.argsort, which labels need", f"{order:.1f} x", "2 x")


if __name__ == "__main__":
    main()
