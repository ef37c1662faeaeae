from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from trackexp.errors import UsageError
from trackexp.reporting import size
from trackexp.reporting.html import Page, Picture, Section, gallery

Parse = Callable[[str], Any]


def pixels_of(png: bytes) -> np.ndarray:
    """Decode a PNG file without filters, as the standard describes it."""
    width, height, depth, colour = struct.unpack(">IIBB", png[16:26])
    channels = {0: 1, 4: 2, 2: 3, 6: 4}[colour]
    begin = png.index(b"IDAT")
    size = struct.unpack(">I", png[begin - 4 : begin])[0]
    rows = np.frombuffer(zlib.decompress(png[begin + 4 : begin + 4 + size]), dtype=np.uint8).reshape(height, -1)
    assert (8, 0) == (depth, rows[:, 0].max())
    return rows[:, 1:].reshape(height, width, channels)


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 1), (5, 7, 2), (5, 7, 3), (5, 7, 4)])
def test_bytes_come_back_as_they_were(shape: tuple[int, ...]):
    """In every number of channels that PNG has."""
    array = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)

    np.testing.assert_array_equal(array.reshape(5, 7, -1), pixels_of(Picture.from_array(array, "x").data))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.0, 0.5, 1.0], [0, 128, 255]),
        ([0.0, 51.0, 102.0], [0, 51, 102]),
        ([-1.0, 0.0, 1.0], [0, 128, 255]),
        ([0, 1000, 2000], [0, 128, 255]),
        ([np.nan, 0.0, 1.0], [0, 0, 255]),
        ([7.5, 7.5, 7.5], [8, 8, 8]),
    ],
)
def test_numbers_become_greys(values: list[float], expected: list[int]):
    """Shares and counts by what they mean, everything else stretched between its extremes."""
    assert expected == pixels_of(Picture.from_array([values], "x").data).ravel().tolist()


def test_large_arrays_become_small_pictures():
    """A page is no archive."""
    assert max(pixels_of(Picture.from_array(np.zeros((4000, 3000, 3), np.uint8), "x").data).shape) <= 160


@pytest.mark.parametrize("shape", [(3,), (3, 32, 32), (2, 2, 2, 2), (0, 4)])
def test_what_is_no_picture_is_refused_with_its_shape(shape: tuple[int, ...]):
    """And with what would be one."""
    with pytest.raises(UsageError, match=r"a picture has the shape .*: expected \(height, width\)"):
        Picture.from_array(np.zeros(shape), "x")


def test_a_gallery_stays_within_its_room(parsed: Parse):
    """Pictures that do not fit leave their caption, and those beyond the number are counted."""
    noise = np.random.default_rng(0).integers(0, 256, (100, 100, 3), dtype=np.uint8)
    pictures = [Picture.from_array(noise, f"row {i}") for i in range(70)] + [Picture(b"no picture", "broken")]
    page = Page("t", "k", "x", [Section("s", gallery(pictures, most_bytes=200_000))]).to_html()
    seen = parsed(page)

    assert 4 == len(seen.all("img"))
    assert f"{size(len(pictures[0].data))}, too large for this page" in seen.text
    assert "… and 11 pictures more." in seen.text
    assert ["row 0", "row 1", "row 2", "row 3"] == [image["alt"] for image in seen.all("img")]
    assert len(page) < 230_000


def test_what_is_no_picture_file_says_so(parsed: Parse):
    """An unreadable image keeps its caption."""
    seen = parsed(Page("t", "k", "x", [Section("s", gallery([Picture(b"<svg>", "broken")]))]).to_html())

    assert [] == seen.all("img")
    assert "no picturebroken" in seen.text
