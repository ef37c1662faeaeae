from __future__ import annotations

import itertools
import struct
import zipfile
import zlib

import numpy as np
import pytest

from trackexp.errors import UsageError
from trackexp.models import load_model
from trackexp.models.data import DataOptions, functions, open_data, read_predictions
from trackexp.models.data.functions import rows_from
from trackexp.models.formats import registry


def png_of(width: int, height: int) -> bytes:
    """Return a picture that says it is that large, and holds a line of it."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * width)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(30_000, 30_000), (100_000, 1_500)])
def test_a_picture_of_900_megapixels_is_an_unreadable_one(tmp_path, size):
    """It is named, and left out where that is asked for."""
    pillow = pytest.importorskip("PIL.Image")
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        pillow.fromarray(np.full((8, 8), 9, np.uint8)).save(tmp_path / name / "1.png")
    (tmp_path / "a" / "bomb.png").write_bytes(png_of(*size))
    with pytest.raises(UsageError, match=r"1 of 3 images in .* cannot be read: a/bomb.png"):
        list(open_data(str(tmp_path), DataOptions(image_shape=(8, 8, 1))).batches(10))
    data = open_data(str(tmp_path), DataOptions(image_shape=(8, 8, 1), skip_bad=True))

    assert 2 == sum(len(batch.targets) for batch in data.batches(10))
    assert "1 unreadable images were left out" in data.notes[-1]


def test_an_array_that_unpacks_to_gigabytes_is_refused(tmp_path):
    """Rows of zeros in a file of a few megabytes: nothing is unpacked, and it is said how much it would be."""
    path = tmp_path / "bomb.npz"
    header = np.lib.format.header_data_from_array_1_0(np.empty((1, 10), np.float64)) | {"shape": (25_000_000, 10)}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name in ("y_true", "y_prob"):
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                np.lib.format.write_array_header_1_0(file, header)
                for _ in range(2000):
                    file.write(bytes(1_000_000))
    with pytest.raises(UsageError, match=r"unpacks from \d+\.\d MB to 2\.0 GB"):
        read_predictions(path, DataOptions())


def test_an_array_that_says_more_than_it_holds_is_refused(tmp_path):
    """A header of 10¹² values allocates nothing."""
    path = tmp_path / "lie.npz"
    header = np.lib.format.header_data_from_array_1_0(np.empty(1)) | {"shape": (10**12,)}
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("y_true", "y_prob"):
            with archive.open(f"{name}.npy", "w") as file:
                np.lib.format.write_array_header_1_0(file, header)
                file.write(bytes(80))
    with pytest.raises(UsageError, match=r"says that it has shape \(1000000000000,\)"):
        read_predictions(path, DataOptions())


def test_a_model_that_unpacks_to_far_more_than_weights_is_refused(tmp_path, monkeypatch):
    """Before any framework opens it."""
    monkeypatch.setattr(registry, "_LARGE", 1_000_000)
    path = tmp_path / "bomb.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", " " * 5_000_000)
    with pytest.raises(UsageError, match="as no model does"):
        load_model(path)


def test_a_parquet_file_of_many_rows_is_streamed(tmp_path, monkeypatch):
    """By its rows, not by its bytes: twelve bytes on the disk may be a hundred million rows."""
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    n = 400_000
    table = pa.table({"target": pa.array(np.zeros(n, np.int8)), "p": pa.array(np.full(n, 0.25))})
    pq.write_table(table, tmp_path / "p.parquet")
    monkeypatch.setattr("trackexp.models.data.predictions_file.STREAMED_BYTES", 1_000_000)
    result, notes = read_predictions(tmp_path / "p.parquet", DataOptions())

    assert (tmp_path / "p.parquet").stat().st_size < 100_000
    assert (n, None) == (result.n, result.rows)
    assert "more than are kept" in notes[-1]


def rows(number):
    """Return a batch of its own."""
    return np.full((4, 2), number, np.float32), np.zeros(4, int)


@pytest.mark.parametrize("kind", ["repeats", "goes on", "says so"])
def test_endless_data_are_refused(monkeypatch, kind):
    """A stream that begins again, one that has not ended in time, and one that says that it has no end."""
    monkeypatch.setattr(functions, "_PATIENCE", 0.05)
    stream = {
        "repeats": lambda: itertools.cycle([rows(1), rows(2)]),
        "goes on": lambda: map(rows, itertools.count()),
        "says so": lambda: type("S", (), {"cardinality": lambda _: -1, "__iter__": lambda _: iter([])})(),
    }[kind]()
    with pytest.raises(UsageError, match=r"--max-batches N"):
        for _ in rows_from("f", stream, DataOptions()).batches(8):
            pass


def test_so_many_batches_as_asked_for_are_taken():
    """Of an endless stream; a stream that knows its length is taken to its end, though it begins again."""

    class Loops:
        def __len__(self):
            return 3

        def __getitem__(self, place):
            return rows(place % 3)

    taken = rows_from("f", map(rows, itertools.count()), DataOptions(max_batches=5)).batches(8)

    assert 20 == sum(len(batch.targets) for batch in taken)
    assert 12 == sum(len(batch.targets) for batch in rows_from("f", Loops(), DataOptions()).batches(8))
