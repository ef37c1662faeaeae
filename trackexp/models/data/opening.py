"""A place of data, as it is typed, → the rows that lie there."""

from __future__ import annotations

from pathlib import Path

from trackexp.errors import UsageError, nearest
from trackexp.models.data.arrays import open_npz
from trackexp.models.data.functions import KERAS_DATASETS, open_function, open_keras_dataset
from trackexp.models.data.images import ImageFolder
from trackexp.models.data.source import DataOptions, DataSource
from trackexp.models.data.tables import TableSource
from trackexp.models.formats.registry import model_suffixes
from trackexp.models.python_code import names_an_object

_EXPECTED = (
    "an .npz file with x and y, a .csv or .parquet with a target column, a folder of images per class, "
    f"package.module:function, or one of Keras's datasets ({', '.join(KERAS_DATASETS)})"
)


def open_data(place: str, options: DataOptions | None = None) -> DataSource:
    """Return the rows at a place.

    Args:
        place: An `.npz`, `.csv` or `.parquet` file, a folder of images per class, a dataset of Keras by name, or
            `package.module:function`.
        options: How they are to be read.

    Raises:
        UsageError: There is nothing there, or nothing that is data.
    """
    options = options or DataOptions()
    path = Path(place).expanduser()
    if path.is_dir():
        return ImageFolder(path, options)
    if path.is_file():
        return _open_file(path, options)
    if place in KERAS_DATASETS:
        return open_keras_dataset(place, options)
    if names_an_object(place):
        return open_function(place, options)
    raise UsageError(f"no data at {place!r}{nearest(place, KERAS_DATASETS)}; expected {_EXPECTED}.")


def _open_file(path: Path, options: DataOptions) -> DataSource:
    if path.suffix == ".npz":
        return open_npz(path, options)
    if path.suffix in (".csv", ".parquet"):
        return TableSource(path, options)
    if path.suffix.lower() in model_suffixes():
        raise UsageError(f"{path} is a model, not data; expected {_EXPECTED}.")
    raise UsageError(f"{path} is not a known kind of data; expected {_EXPECTED}.")
