"""Inputs that are pictures, as bytes of 0 to 255, for galleries."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_CHANNELS = (1, 3, 4)
_LEAST = 4  # pixels on a side; what is smaller is no picture


def image_of(row: Any) -> NDArray[np.uint8] | None:
    """Return one row as a picture `(height, width)` or `(height, width, channels)`, or None where it is none.

    Bytes stay as they are, 0 to 1 becomes 0 to 255, pixels of 0 to 255 are rounded, and any other range is stretched.

    >>> import numpy as np
    >>> int(image_of(np.full((8, 8, 1), 0.5)).max()), image_of(np.zeros(64)) is None
    (128, True)
    """
    pixels = np.asarray(row)
    if pixels.dtype.kind not in "fiub" or not is_picture(pixels.shape):
        return None
    if pixels.ndim == 3 and pixels.shape[-1] not in _CHANNELS:
        pixels = np.moveaxis(pixels, 0, -1)
    if pixels.ndim == 3 and pixels.shape[-1] == 1:
        pixels = pixels[..., 0]
    if pixels.dtype == np.uint8:
        return pixels
    values = np.nan_to_num(pixels.astype(np.float64))
    low, high = float(values.min()), float(values.max())
    if low >= 0 and high <= 1:
        values = values * 255
    elif not (low >= 0 and 32 < high <= 255):
        values = (values - low) * (255 / (high - low) if high > low else 0)
    return np.round(values).astype(np.uint8)


def is_picture(shape: tuple[int, ...]) -> bool:
    """Return whether rows of a shape are pictures: two sides, and one, three or four channels on either end."""
    if len(shape) == 3 and shape[-1] in _CHANNELS:
        return min(shape[:2]) >= _LEAST
    if len(shape) == 3:
        return shape[0] in _CHANNELS and min(shape[1:]) >= _LEAST
    return len(shape) == 2 and min(shape) >= _LEAST
