"""Many versions of a model on one test set: found, asked, and held against their records."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from trackexp.errors import TrackexpError, UsageError, first_line
from trackexp.models import evaluate_model, load_model, open_data
from trackexp.models.formats.registry import model_suffixes
from trackexp.monitoring.versions import Version, VersionsReport, compare_versions
from trackexp.record.model_record import ModelRecord, read_model_record
from trackexp.registry.ledger import LedgerFolder
from trackexp.registry.places import ledger_folder
from trackexp.registry.versions import model as registered

_MOST_TRAIN = 10_000  # rows whose probabilities are compared with the test's


def versions_report(
    place: str, on: str, *, train: str | None, metric: str, trust: bool, folder: Path | None
) -> VersionsReport:
    """Return the leaderboard of every version at a place.

    Args:
        place: A folder of model files, or a name of the registry.
        on: The test set.
        train: Training rows; None: the probabilities of both are not compared.
        metric: That decides.
        trust: Load files that can run code.
        folder: Of the ledgers.

    Raises:
        UsageError: There is no model there, or no data.
    """
    data = open_data(on)
    training = None if train is None else open_data(train)
    found = [_version(name, path, data, training, trust) for name, path in _files(place, folder)]
    if not found:
        raise UsageError(f"no model lies in {place}; expected files ({', '.join(model_suffixes())}) or a known name.")
    higher = not any(word in metric for word in ("loss", "error", "mse", "mae", "brier"))
    return compare_versions(found, metric=metric, higher=higher)


def _files(place: str, folder: Path | None) -> Iterator[tuple[str, Path]]:
    path = Path(place).expanduser()
    ledgers = LedgerFolder(ledger_folder(folder))
    if not path.is_dir() or (path.parent == ledger_folder(folder) and path.name in ledgers.names()):
        ledger = ledgers.read_known(path.name if path.is_dir() else place)
        for digits in dict.fromkeys(event.version.short for event in ledger.events.values()):
            yield digits, registered(f"{ledger.model}@{digits}", folder=folder).path
        return
    for file in sorted(path.iterdir()):
        if file.is_file() and file.suffix.lower() in model_suffixes():
            yield file.name, file


def _version(name: str, path: Path, data: Any, training: Any, trust: bool) -> Version:
    record = read_model_record(path)
    try:
        model = load_model(path, trust=trust)
        result: Any = evaluate_model(model, data).result
        seen = None if training is None else evaluate_model(model, training).result
    except TrackexpError as error:
        return Version(name, record=record, failed=first_line(error))
    return Version(
        name,
        _metrics(result),
        _probabilities(result),
        _range(data),
        record,
        None if seen is None else _probabilities(seen, _MOST_TRAIN),
        _shared_rows(record, data),
    )


def _metrics(result: Any) -> dict[str, float]:
    return {
        name: float(value)
        for name, value in result.to_dict().items()
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    }


def _probabilities(result: Any, most: int | None = None) -> Any:
    rows = getattr(result, "rows", None)
    if rows is None or not hasattr(rows, "y_prob"):
        return None
    prob = np.asarray(rows.y_prob)[:most]
    return np.stack([1 - prob, prob], axis=1) if prob.ndim == 1 else prob


def _range(data: Any) -> tuple[float, float] | None:
    low, high = math.inf, -math.inf
    for batch in data.batches(4096):
        array = np.asarray(batch.inputs)
        if array.dtype.kind not in "fiu" or not array.size:
            return None
        low, high = min(low, float(np.nanmin(array))), max(high, float(np.nanmax(array)))
    return (low, high) if low <= high else None


def _shared_rows(record: ModelRecord | None, data: Any) -> int | None:
    """Return how many test rows the model was trained on, where its record has a sketch of its training rows."""
    part = None if record is None else record.parts.get("train")
    sketch = getattr(part, "sketch", None)
    if not sketch:
        return None
    from trackexp.stats.digests import row_digests
    from trackexp.stats.sketch import RowSketch

    digests = np.concatenate([row_digests(batch.inputs) for batch in data.batches(4096)])
    return RowSketch.from_dict(sketch).overlap(digests).hits
