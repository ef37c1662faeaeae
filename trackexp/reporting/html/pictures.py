"""Galleries: pictures inside the file itself, no more of them than a page can carry."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trackexp.errors import UsageError
from trackexp.reporting.formats import plural, size
from trackexp.reporting.html.blocks import note
from trackexp.reporting.svg.markup import Content, Element, element

_MOST = 60
_MOST_BYTES = 500_000  # of one gallery
_LONGEST_EDGE = 160  # pixels of a picture made from an array
_PIXELATED_BELOW = 100  # pixels: smaller ones are shown enlarged, with their pixels as squares
_MEDIA = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpeg", b"GIF8": "gif", b"RIFF": "webp"}
_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}  # of PNG, by the number of channels


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as the bytes of its file.

    Args:
        data: PNG, JPEG, GIF or WebP.
        caption: Below it, and its name for who hears the page.
        pixels: Whether it is tiny, so that its pixels should be seen as squares.
    """

    data: bytes
    caption: str
    pixels: bool = False

    @classmethod
    def from_array(cls, array: ArrayLike, caption: str) -> Picture:
        """Return the picture of an array `(height, width)` or `(height, width, channels)`, 1 to 4 of them.

        Bytes are taken as they are; numbers from 0 to 1 or from 0 to 255 are, and all others are stretched between
        their extremes. What is not finite becomes black.

        Raises:
            UsageError: An array of another shape, or without pixels.
        """
        pixels = np.asarray(array)
        if pixels.ndim == 2:
            pixels = pixels[..., np.newaxis]
        if pixels.ndim != 3 or pixels.shape[2] not in _COLOUR_TYPES or not pixels.size:
            raise UsageError(
                f"a picture has the shape {np.shape(array)}: expected (height, width) or (height, width, channels) "
                "with 1 to 4 channels; transpose channels that come first."
            )
        step = -(-max(pixels.shape[:2]) // _LONGEST_EDGE)
        small = _bytes_of(pixels[::step, ::step])
        return cls(_png(small), caption, max(pixels.shape[:2]) < _PIXELATED_BELOW)


def gallery(pictures: Sequence[Picture], *, most: int = _MOST, most_bytes: int = _MOST_BYTES) -> Content:
    """Return pictures in rows, and how many are left out.

    Args:
        pictures: The ones that matter most first.
        most: How many at most.
        most_bytes: How much of the page they may take; a picture that does not fit leaves its caption.
    """
    shown = pictures[:most]
    items = element("ul", _items(shown, most_bytes), class_="gallery")
    left = len(pictures) - len(shown)
    return (items, note(f"… and {plural(left, 'picture')} more.")) if left else items


def _items(pictures: Sequence[Picture], room: int) -> Iterator[Element]:
    for picture in pictures:
        media = next((media for begin, media in _MEDIA.items() if picture.data.startswith(begin)), None)
        cost = len(picture.data) * 4 // 3
        if media is None or cost > room:
            why = "no picture" if media is None else f"{size(len(picture.data))}, too large for this page"
            image = element("span", why, class_="absent")
        else:
            room -= cost
            source = f"data:image/{media};base64,{base64.b64encode(picture.data).decode()}"
            class_ = "pixels" if picture.pixels else None
            image = element("img", src=source, alt=picture.caption, class_=class_)
        yield element("li", element("figure", image, element("figcaption", picture.caption)))


def _bytes_of(pixels: NDArray[np.generic]) -> NDArray[np.uint8]:
    if pixels.dtype == np.uint8:
        return pixels.astype(np.uint8)
    numbers = np.nan_to_num(pixels.astype(np.float64), posinf=0.0, neginf=0.0)
    low, high = float(numbers.min()), float(numbers.max())
    if low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    elif low >= 0 and high <= 255:
        low, high = 0.0, 255.0
    return np.round((numbers - low) / ((high - low) or 1.0) * 255).astype(np.uint8)


def _png(pixels: NDArray[np.uint8]) -> bytes:
    """Return pixels `(height, width, channels)` as a PNG file, as the standard (ISO/IEC 15948) describes it."""
    height, width, channels = pixels.shape
    rows = np.zeros((height, 1 + width * channels), dtype=np.uint8)  # each row begins with its filter: none
    rows[:, 1:] = pixels.reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOUR_TYPES[channels], 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )
