"""Places, as `trackexp monitor` is given them, → the tables that monitoring takes."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from trackexp.errors import UsageError, first_line, nearest
from trackexp.models.data.csv_file import csv_form, csv_pieces
from trackexp.models.formats.registry import model_suffixes
from trackexp.monitoring.table import PredictionTable, as_table
from trackexp.record import Severity
from trackexp.record.model_record import ModelRecord, read_model_record
from trackexp.record.prediction_log import LOG_SUFFIX

_COUNTED = ("requests", "refused", "lost")


def checked_severity(text: str) -> Severity | None:
    """Return a severity, None for `never`.

    Raises:
        UsageError: It is none.
    """
    if text == "never":
        return None
    if text not in list(Severity):
        words = [*map(str, Severity), "never"]
        raise UsageError(f"--fail-on {text!r}{nearest(text, words)}; expected one of {', '.join(words)}.")
    return Severity(text)


def read_current(place: str) -> tuple[PredictionTable, pd.DataFrame]:
    """Return what was predicted: a log's folder or file, or a table.

    Raises:
        UsageError: There is nothing there, or nothing that is a log.
    """
    path = Path(place).expanduser()
    if path.is_dir() or path.name.endswith(LOG_SUFFIX):
        frame, counts = read_log(path)
        table = as_table(frame, "the log")
        for name in _COUNTED:
            object.__setattr__(table, name, counts[name])
        return table, frame
    frame = read_frame(path)
    return as_table(frame, str(path)), frame


def read_reference(place: str | None) -> pd.DataFrame | ModelRecord:
    """Return the reference: a table, or what a model says of itself.

    Raises:
        UsageError: There is none, or the model has no record.
    """
    if place is None:
        raise UsageError("--reference is missing: rows on which the model was good, or a model with its record.")
    path = Path(place).expanduser()
    if path.is_file() and path.suffix.lower() not in model_suffixes():
        return read_frame(path)
    if path.is_file():
        record = read_model_record(path)
    else:
        from trackexp.serving.places import find_model  # the registry, which a table does not need

        record = find_model(place).record
    if record is None:
        raise UsageError(f"no record lies beside {place}: it says nothing of its training; give rows as reference.")
    return record


def read_frame(path: Path) -> pd.DataFrame:
    """Return a table: `.csv`, `.parquet`, or `.npz` with `x` and `y`.

    Raises:
        UsageError: It is not there, or no table.
    """
    if not path.is_file():
        raise UsageError(f"{path} does not exist (current folder: {Path.cwd()}); expected a log's folder or a table.")
    if path.suffix == ".npz":
        return _of_npz(path)
    if path.suffix == ".parquet":
        try:
            return pd.read_parquet(path)
        except (ValueError, OSError, ImportError) as error:
            raise UsageError(f"{path} cannot be read as parquet: {first_line(error)}") from error
    if path.suffix != ".csv":
        raise UsageError(f"{path} is no table that is known here; expected .csv, .parquet or .npz, or a log's folder.")
    pieces = list(csv_pieces(path, csv_form(path), 1_000_000))
    return pd.concat(pieces, ignore_index=True) if pieces else pd.DataFrame(columns=list(csv_form(path).columns))


def read_log(place: Path) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return the rows of a prediction log in the order of time, and what was counted beside them.

    Raises:
        UsageError: No log lies there.
    """
    files = sorted(place.glob(f"*{LOG_SUFFIX}")) if place.is_dir() else [place]
    if not files:
        raise UsageError(f"no prediction log lies in {place}; expected files named *{LOG_SUFFIX}, or a table.")
    frames, counts = [], dict.fromkeys(_COUNTED, 0)
    for path in files:
        base = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            frames.append(pd.read_sql_query("SELECT * FROM predictions ORDER BY at, request, row", base))
            for name, value in base.execute("SELECT name, SUM(value) FROM counts GROUP BY name"):
                if name in counts:
                    counts[name] += int(value)
        except (sqlite3.Error, pd.errors.DatabaseError) as error:
            raise UsageError(f"{path} cannot be read as a prediction log: {first_line(error)}") from error
        finally:
            base.close()
    return _spread(pd.concat(frames, ignore_index=True)), counts


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a log as a table.

    Raises:
        UsageError: The suffix is neither `.parquet` nor `.csv`.
    """
    if path.suffix == ".parquet":
        frame.to_parquet(path, index=False)
    elif path.suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        raise UsageError(f"--export {path}: expected .parquet or .csv.")


def _spread(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a log's rows with inputs and probabilities in columns of their own."""
    single = rows["row"].groupby(rows["request"]).transform("size") == 1
    ids = rows["request"].where(single, rows["request"] + "/" + rows["row"].astype(str))
    kept = {"id": ids, "time": rows["at"], "model": rows["model"], "version": rows["version"]}
    numbers = rows["prediction"].isna().all() and len(rows) > 0
    kept |= {"prediction": rows["value"].astype(float) if numbers else rows["prediction"], "target": rows["target"]}
    if numbers:
        kept["target"] = pd.to_numeric(rows["target"], errors="coerce")
    if rows["shadow"].notna().any():
        kept |= {"shadow": rows["shadow"], "shadow_version": rows["shadow_version"]}
    frame = pd.DataFrame(kept)
    parts = [frame]
    known = rows["probabilities"].notna()
    if known.any():
        names = json.loads(rows.loc[known, "class_names"].iloc[0])
        values = [json.loads(text) if isinstance(text, str) else [] for text in rows["probabilities"]]
        array = np.array([row if len(row) == len(names) else [np.nan] * len(names) for row in values], float)
        parts.append(pd.DataFrame(array, columns=[f"p_{name}" for name in names]))
    known = rows["inputs"].notna()
    if known.any():
        values = [json.loads(text) if isinstance(text, str) else None for text in rows["inputs"]]
        first = next(row for row in values if row is not None)
        text = rows.loc[known, "columns"].iloc[0]
        columns = json.loads(text) if isinstance(text, str) else [f"x{n}" for n in range(len(first))]
        filled = [row if row is not None and len(row) == len(columns) else [None] * len(columns) for row in values]
        inputs = pd.DataFrame(filled, columns=columns)[known.to_numpy()]
        parts = [part[known.to_numpy()].reset_index(drop=True) for part in parts] + [inputs.reset_index(drop=True)]
    return pd.concat(parts, axis=1)


def _of_npz(path: Path) -> pd.DataFrame:
    from trackexp.models.data.arrays import open_npz
    from trackexp.models.data.source import DataOptions

    source: Any = open_npz(path, DataOptions())
    flat = np.asarray(source.inputs).reshape(len(source.targets), -1)
    frame = pd.DataFrame(flat, columns=[f"x{n}" for n in range(flat.shape[1])])
    targets = np.asarray(source.targets)
    if targets.ndim == 1:
        names = source.class_names
        whole = names is not None and targets.dtype.kind in "iu" and targets.max(initial=0) < len(names)
        frame["target"] = [names[value] for value in targets] if whole else targets
    return frame
