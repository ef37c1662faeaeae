"""A folder of images, one folder per class: `data/<class>/*.png`."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.errors import UsageError, nearest
from trackexp.models.data.source import Batch, DataOptions, scaled
from trackexp.optional import require

logger = logging.getLogger("trackexp")

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"})
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}
_MOST_PIXELS = 25_000_000  # of the picture whose size all others get
_NAMED = 5  # unreadable files that a message names


@dataclass(eq=False)
class ImageFolder:
    """Images by class, in the alphabetical order of their paths; pixels are 0 to 255 unless a scale is given."""

    path: Path
    options: DataOptions
    class_names: tuple[str, ...] | None = None
    notes: list[str] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.name = f"{self.path.name}/"
        part = self.path / self.options.part if self.options.part else self.path
        self.root = part if part.is_dir() else self.path
        found = sorted(folder.name for folder in self.root.iterdir() if folder.is_dir() and folder.name[0] != ".")
        self.class_names = self.options.class_names or tuple(found)
        self.files = [file for name in found for file in _images(self.root / name)]
        if not self.files:
            raise UsageError(
                f"{self.root} holds no images; expected one folder per class with images in it "
                f"({self.root}/<class>/*.png; suffixes {', '.join(sorted(SUFFIXES))})."
            )
        self._check_names([name for name in found if any(file.parent.name == name for file in self.files)])
        self.n: int | None = len(self.files)
        self.shape = self.options.image_shape or self._first_shape()
        if self.options.scale is None:
            self.notes.append("pixels are given to the model as 0 to 255; --scale 0.00392157 divides them by 255")

    def _check_names(self, found: list[str]) -> None:
        for name in found:
            if name not in (self.class_names or ()):
                near = nearest(name, self.class_names or ())
                raise UsageError(f"the folder {self.root / name} is no class{near}; the labels are {self.class_names}.")

    def batches(self, size: int) -> Iterator[Batch]:
        """Yield the images, read as they are asked for; those that cannot be read raise once all were looked at."""
        for start in range(0, len(self.files), size):
            files = self.files[start : start + size]
            read = [(file, image) for file in files if (image := self._read(file)) is not None]
            if self.bad and not self.options.skip_bad:
                self._raise_for_bad(start + size)
            if read:
                names = self.class_names or ()
                yield Batch(
                    scaled(np.stack([image for _, image in read]), self.options.scale),
                    np.array([names.index(file.parent.name) for file, _ in read]),
                    [str(file.relative_to(self.root)) for file, _ in read],
                )
        if self.bad:
            self.notes.append(f"{len(self.bad)} unreadable images were left out: {_listed(self.bad)}")
        if len(self.bad) == len(self.files):
            raise UsageError(f"none of the {len(self.files)} images in {self.root} can be read: {_listed(self.bad)}")

    def take(self, rows: NDArray[np.intp]) -> Any:
        """Return some images again, by their place among those that were readable."""
        unreadable = set(self.bad)
        files = [file for file in self.files if str(file.relative_to(self.root)) not in unreadable]
        read = (self._read(files[row]) for row in rows.tolist())
        return scaled(np.stack([image for image in read if image is not None]), self.options.scale)

    def _raise_for_bad(self, start: int) -> None:
        for file in self.files[start:]:
            self._read(file)
        raise UsageError(
            f"{len(self.bad)} of {len(self.files)} images in {self.root} cannot be read: {_listed(self.bad)}. "
            "Repair or remove them, or leave them out with --skip-bad."
        )

    def _read(self, file: Path) -> NDArray[np.float32] | None:
        pillow = require("PIL.Image", extra="images")
        height, width, channels = self.shape
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of broken metadata, and of pictures that are merely large
                image = pillow.open(file)
            with image:
                image.draft("RGB" if channels > 1 else "L", (width, height))  # of JPEG: a coarse one is enough
                image = image.convert(_MODES[channels])
                if image.size != (width, height):
                    image = image.resize((width, height), pillow.Resampling.BILINEAR)
                pixels = np.asarray(image, dtype=np.float32)
        except Exception:  # whatever a broken file makes Pillow raise, more than 179 megapixels included
            name = str(file.relative_to(self.root))
            if name not in self.bad:
                self.bad.append(name)
            return None
        return pixels.reshape(height, width, channels)

    def _first_shape(self) -> tuple[int, ...]:
        pillow = require("PIL.Image", extra="images")
        for file in self.files:
            try:
                with pillow.open(file) as image:
                    if image.width * image.height > _MOST_PIXELS:
                        raise UsageError(
                            f"the model does not say its input's size, and {file.name} has {image.width} × "
                            f"{image.height} pixels; expected at most {_MOST_PIXELS:,}."
                        )
                    self.notes.append(f"the model does not say its input's size: images are made as {file.name} is")
                    return (image.height, image.width, 1 if image.mode in ("L", "1") else 3)
            except UsageError:
                raise
            except Exception as error:  # the next picture may be sound; `_read` counts this one
                logger.debug("%s cannot be read: %r", file, error)
        raise UsageError(f"none of the {len(self.files)} images in {self.root} can be read.")


def _images(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES and file.name[0] != ".")


def _listed(names: list[str]) -> str:
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
