"""How fast, and how near to the shares, are parts and folds against their peers?

    python benchmarks/partition_speed.py [--quick]

One thread, medians of pairs in one run. Group and strata: scikit-learn's `StratifiedGroupKFold`; labels:
iterative-stratification; duplicates: a sort of the rows' digests; fingerprints: seconds; by hash: the MD5 calls alone.
The objective is Σ_f‖D_f‖² over classes and sizes, each divided by the square root of its total.
"""

from __future__ import annotations

import os
import sys

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import hashlib  # noqa: E402 (threads are counted when numpy is loaded)

import numpy as np  # noqa: E402
from iterstrat.ml_stratifiers import MultilabelStratifiedKFold  # noqa: E402
from pairs import alternate, ratio, table, timed  # noqa: E402
from sklearn.model_selection import StratifiedGroupKFold  # noqa: E402

from trackexp.partitioning import partition  # noqa: E402
from trackexp.partitioning.balance import deviation  # noqa: E402
from trackexp.partitioning.duplicates.bands import near_fingerprints  # noqa: E402
from trackexp.stats import repeated, row_digests  # noqa: E402

ROUNDS = 1 if "--quick" in sys.argv else 3
SHARES = np.full(5, 0.2)


def grouped(rows: int, groups: int, classes: int) -> list[str]:
    """Compare five folds of groups by time and by objective."""
    rng = np.random.default_rng(0)
    group, y = rng.integers(0, groups, rows), rng.integers(0, classes, rows)
    folds: dict[str, np.ndarray] = {}

    def ours() -> None:
        folds["ours"] = np.asarray(partition(rows, target=y, group=group, folds=5).fold)

    def peer() -> None:
        folds["peer"] = np.empty(rows, dtype=np.int64)
        for fold, (_, valid) in enumerate(StratifiedGroupKFold(5).split(y, y, group)):
            folds["peer"][valid] = fold

    costs = alternate({"ours": timed(ours), "peer": timed(peer)}, rounds=ROUNDS)
    counts = np.column_stack([np.eye(classes)[y], np.ones(rows)])
    off = {name: deviation(counts, SHARES, fold) for name, fold in folds.items()}
    return [
        f"{rows:,} rows in {groups:,} groups, {classes} classes",
        f"{1 / ratio(costs, 'ours', 'peer'):.1f} × as fast as StratifiedGroupKFold",
        f"objective {off['ours']:.2g} against {off['peer']:.2g}",
    ]


def labelled(rows: int, labels: int) -> list[str]:
    """Compare five folds of rows with several labels."""
    rng = np.random.default_rng(0)
    y = (rng.random((rows, labels)) < rng.uniform(0.02, 0.3, labels)).astype(int)
    folds: dict[str, np.ndarray] = {}

    def ours() -> None:
        folds["ours"] = np.asarray(partition(rows, target=y, folds=5).fold)

    def peer() -> None:
        folds["peer"] = np.empty(rows, dtype=np.int64)
        for fold, (_, valid) in enumerate(MultilabelStratifiedKFold(5, shuffle=True, random_state=0).split(y, y)):
            folds["peer"][valid] = fold

    costs = alternate({"ours": timed(ours), "peer": timed(peer)}, rounds=ROUNDS)

    def off(fold: np.ndarray) -> float:
        return float(np.mean([np.abs(y[fold == f].mean(axis=0) - y.mean(axis=0)).mean() for f in range(5)]))

    return [
        f"{rows:,} rows, {labels} labels",
        f"{1 / ratio(costs, 'ours', 'peer'):.1f} × as fast as iterative-stratification",
        f"label deviation {off(folds['ours']):.2g} against {off(folds['peer']):.2g}",
    ]


def duplicates(rows: int) -> list[str]:
    """Find equal rows among rows of 20 numbers, against a sort of their digests."""
    x = np.random.default_rng(0).normal(size=(rows, 20))
    digests = row_digests(x)
    costs = alternate(
        {"ours": timed(lambda: repeated(row_digests(x))), "sort": timed(lambda: np.sort(digests))},
        rounds=2 * ROUNDS + 1,
    )
    return [f"equal rows of {rows:,} × 20", f"{ratio(costs, 'ours', 'sort'):.2f} × a sort of the digests", ""]


def fingerprints(count: int) -> list[str]:
    """Find near-duplicate fingerprints."""
    rng = np.random.default_rng(0)
    found = rng.integers(0, 2**64, count, dtype=np.uint64)
    planted = count // 100
    found[-planted:] = found[:planted] ^ (np.uint64(1) << rng.integers(0, 64, planted).astype(np.uint64))
    pairs: list[np.ndarray] = []
    costs = alternate({"ours": timed(lambda: pairs.append(near_fingerprints(found, 3)))}, rounds=ROUNDS)
    return [
        f"{count:,} fingerprints within 3 bits",
        f"{min(costs['ours']):.2f} s",
        f"{len(pairs[0]):,} pairs of {planted:,} planted",
    ]


def hashed(rows: int) -> list[str]:
    """Give keys their part by hash, against the MD5 calls alone."""
    keys = np.array([f"photo-{i}" for i in range(rows)])
    raw = [key.encode() for key in keys.tolist()]
    shares = {"train": 0.8, "valid": 0.1, "test": 0.1}
    costs = alternate(
        {
            "ours": timed(lambda: partition({"id": keys}, shares, by="hash", id="id")),
            "md5": timed(lambda: [hashlib.md5(key).digest() for key in raw]),
        },
        rounds=ROUNDS,
    )
    return [f"{rows:,} keys by hash", f"{ratio(costs, 'ours', 'md5'):.2f} × the MD5 calls", ""]


if __name__ == "__main__":
    table(
        __doc__.splitlines()[0],
        ["case", "speed", "quality"],
        [
            grouped(56_000, 20_000, 5),
            grouped(100_000, 2_000, 10),
            labelled(100_000, 20),
            duplicates(1_000_000),
            fingerprints(1_000_000),
            hashed(1_000_000),
        ],
        "scikit-learn",
        "iterative-stratification",
        "numpy",
    )
