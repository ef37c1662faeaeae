"""The folder of results: tables, plots, and the false positives sorted by what they were taken for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from trackexp.cli.models.evaluating import Evaluated
from trackexp.errors import UsageError
from trackexp.evaluation import Evaluation
from trackexp.evaluation.images import image_of
from trackexp.evaluation.mistakes import sliceable
from trackexp.evaluation.pages.plots import plots
from trackexp.evaluation.predictions import take_rows
from trackexp.models.model import fitted
from trackexp.reporting import guarded_frame, to_json
from trackexp.reporting.html import Picture

_PICTURES = 200  # of each class; the index lists all
_BLOCK = 50_000  # rows of predictions.csv written at once
_LONGEST = 120  # bytes: file systems allow 255, and a number and a suffix are added
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))})
_UNSAFE = re.compile(r"[^\w.\- ]+")


def write_results(found: Evaluated, folder: Path) -> list[str]:
    """Write everything into a folder; what it held of an earlier evaluation is written over.

    Returns:
        What was written, in words.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--out {folder}: this folder cannot be created ({error.strerror}).") from error
    (folder / "metrics.json").write_text(to_json(found.to_dict(intervals=False)) + "\n", encoding="utf-8")
    result: Any = found.result
    if hasattr(result, "report"):
        _write(result.report.reset_index(names="class"), folder / "report.csv")
    if not isinstance(result, Evaluation):
        if hasattr(result, "residuals"):
            _write(result.residuals, folder / "residuals.csv")
        return [f"results written to {folder}"]
    _write(result.confusion.reset_index(names="target"), folder / "confusion.csv")
    errors = result.false_positives()
    _write(_plain(errors), folder / "errors.csv")
    told = [f"results written to {folder}; fill in the column category of {folder / 'errors.csv'} and read it back "
            f"with --categories"] if len(errors) else [f"results written to {folder}"]  # fmt: skip
    _write_false_positives(result, errors, folder / "false_positives")
    if result.rows is not None:
        _write_predictions(result, folder / "predictions.csv")
        _write_patterns(found, result, folder)
    if found.profit is not None:
        _write(found.profit.table(), folder / "thresholds.csv")
    _write_plots(found, folder)
    return told


def safe_name(name: str) -> str:
    """Return a class name as a folder may be called, letters of every language kept.

    >>> safe_name("ほうれん草"), safe_name("a/b: c"), safe_name("..")
    ('ほうれん草', 'a_b_ c', '_')
    >>> safe_name("nul"), len(safe_name("x" * 300))
    ('nul_', 120)
    """
    safe = _UNSAFE.sub("_", name).strip(" .") or "_"
    while len(safe.encode()) > _LONGEST:
        safe = safe[:-1]
    return f"{safe}_" if safe.partition(".")[0].casefold() in _DEVICES else safe


def _write(table: pd.DataFrame, path: Path) -> None:
    guarded_frame(table).to_csv(path, index=False)


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    return table.drop(columns=["input"], errors="ignore")


def _write_predictions(result: Evaluation, path: Path) -> None:
    for start in range(0, result.n, _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, result.n))
        table = result.table(rows, probabilities=True)
        guarded_frame(table).to_csv(path, index=False, mode="a" if start else "w", header=start == 0)


def _write_false_positives(result: Evaluation, errors: pd.DataFrame, folder: Path) -> None:
    """Write pictures by the class they were taken for, the surest first, and an index of all."""
    folders = _folders(result.class_names)
    index = _plain(errors).drop(columns=["category"])
    index.insert(0, "file", "")
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*/*.png"):
        old.unlink()
    for name, rows in errors.groupby("prediction", sort=False):
        for place, (line, image) in enumerate(_pictures(result, rows.head(_PICTURES))):
            file = folder / folders[str(name)] / f"{place:03}_{safe_name(str(rows.loc[line, 'target']))}.png"
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(image)
            index.loc[line, "file"] = file.relative_to(folder).as_posix()
    _write(index, folder / "index.csv")


def _folders(names: tuple[str, ...]) -> dict[str, str]:
    """Return a folder for each class; classes whose names would share one get their number beside it."""
    safe = [safe_name(name) for name in names]
    alone = [one.casefold() for one in safe]
    return {
        name: folder if alone.count(folder.casefold()) == 1 else f"{folder}_{k}"
        for k, (name, folder) in enumerate(zip(names, safe, strict=True))
    }


def _pictures(result: Evaluation, rows: pd.DataFrame) -> Iterator[tuple[Any, Any]]:
    """Yield the rows' pictures with their place in the table; nothing for inputs that are no pictures."""
    if result.rows is None or result.rows.inputs is None:
        return
    inputs = take_rows(result.rows.inputs, rows["row"].to_numpy())
    for line, given in zip(rows.index, inputs, strict=True):
        pixels = image_of(given)
        if pixels is None:
            return
        yield line, Picture.from_array(pixels, "").data


def _write_patterns(found: Evaluated, result: Evaluation, folder: Path) -> None:
    """Write slices, suspect labels, and clusters of the errors in the model's own embedding."""
    if sliceable(result.data):
        _write(result.slices(), folder / "slices.csv")
    _write(_plain(result.suspect_labels()), folder / "suspect_labels.csv")
    clusters = clusters_of(found, result)
    lines = [f"{number}. {cluster}\n   typical: {', '.join(map(str, cluster.typical))}" for number, cluster in clusters]
    (folder / "error_clusters.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def clusters_of(found: Evaluated, result: Evaluation) -> list[tuple[int, Any]]:
    """Return the patterns of the errors, numbered from 1, by the model's embedding where it has one."""
    wrong = np.flatnonzero(result.predictions_are_wrong)
    vectors = None
    if wrong.size and found.model is not None and found.model.embed is not None and result.data.inputs is not None:
        rows = fitted(found.model, take_rows(result.data.inputs, wrong))
        vectors = found.model.embed(rows, 256).reshape(wrong.size, -1)
    return list(enumerate(result.error_clusters(vectors), start=1))


def _write_plots(found: Evaluated, folder: Path) -> None:
    place = folder / "plots"
    place.mkdir(exist_ok=True)
    for old in place.glob("*.svg"):
        old.unlink()
    for name, chart in plots(found.result, found.profit).items():
        (place / f"{safe_name(name)}.svg").write_text(chart.to_svg(), encoding="utf-8")
