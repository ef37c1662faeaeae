"""Tables as people have them: CSV in any dialect and encoding, Parquet, or a folder of images per class."""

from __future__ import annotations

import codecs
import csv
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from trackexp.errors import UsageError
from trackexp.optional import require
from trackexp.partitioning.duplicates.perceptual import SIDE, thumbnails

IMAGES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"}
_SNIFFED = 1 << 16  # bytes at a file's beginning that tell its separator


def read_rows(place: str) -> tuple[Any, dict[str, str]]:
    """Return a table, and the roles that its columns have by their nature: `{"target": "class", "id": "file"}`.

    Raises:
        UsageError: There is no such file, or it is no table.
    """
    path = Path(place)
    if path.is_dir():
        return _images(path), {"target": "class", "id": "file"}
    if not path.is_file():
        raise UsageError(f"{place} is neither a file nor a folder of images per class.")
    if path.suffix == ".parquet":
        require("pyarrow", extra="parquet")
        return pd.read_parquet(path), {}
    if path.suffix in (".csv", ".tsv", ".txt"):
        return _csv(path), {}
    raise UsageError(f"{place}: expected a .csv or .parquet file, or a folder of images per class.")


def _csv(path: Path) -> Any:
    with path.open("rb") as file:
        begin = file.read(_SNIFFED)
    if not begin.strip():
        raise UsageError(f"{path} is empty; expected a table with a line of column names.")
    encoding = _encoding(path)
    head = begin.decode(encoding, errors="ignore")
    try:
        separator = csv.Sniffer().sniff(head, delimiters=",;\t|").delimiter
    except csv.Error:  # one column, or texts with commas of their own
        separator = ","
    try:
        return pd.read_csv(path, sep=separator, encoding=encoding, low_memory=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise UsageError(f"{path} cannot be read as a table: {str(error).strip()}.") from error


def _encoding(path: Path) -> str:
    """Return UTF-8, with or without its mark, where the whole file is that; else cp1252, as Excel writes it."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    with path.open("rb") as file:
        try:
            while block := file.read(1 << 20):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"


def _images(folder: Path) -> dict[str, Any]:
    pillow = require("PIL.Image", extra="images")
    files = sorted(path for path in folder.glob("*/*") if path.suffix.lower() in IMAGES)
    if not files:
        raise UsageError(f"{folder} has no images in its folders; expected one folder per class: lemons/mold/1.png.")
    small = np.empty((len(files), SIDE, SIDE), dtype=np.float32)
    for place, path in enumerate(files):
        try:
            with pillow.open(path) as image:
                small[place] = thumbnails(np.asarray(image.convert("L"))[None])[0]
        except OSError as error:  # Pillow's own error for what is no image is one
            raise UsageError(f"{path} is not a readable image ({error}); remove it first.") from error
    names = np.array([path.relative_to(folder).as_posix() for path in files])
    return {"file": names, "class": np.array([path.parent.name for path in files]), "image": small}
