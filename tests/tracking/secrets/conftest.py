"""Secrets made at run time, so that no scanner of this repository finds one; and a scrubber that knows none."""

from __future__ import annotations

import base64
import random
import string
from collections.abc import Callable, Iterator

import pytest

from trackexp.tracking.secrets import Scrubber

HEX, LOWER, DIGITS = "0123456789abcdef", string.ascii_lowercase + string.digits, string.digits
UPPER = string.ascii_uppercase + string.digits
PLAIN = string.ascii_letters + string.digits
SAFE = PLAIN + "-_"


class Maker:
    """Makes random values; the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def __call__(self, length: int, letters: str = PLAIN) -> str:
        """Return so many letters, with a digit and a capital among them where there are any to choose from."""
        while True:
            value = "".join(self._random.choices(letters, k=length))
            if all(not set(kind) & set(letters) or set(kind) & set(value) for kind in (DIGITS, string.ascii_uppercase)):
                return value

    def base64(self, length: int) -> str:
        """Return so many random bytes in base64."""
        return base64.b64encode(self._random.randbytes(length)).decode()

    def uuid(self) -> str:
        """Return a UUID."""
        return "-".join(self(length, HEX) for length in (8, 4, 4, 4, 12))

    def private_key(self, kind: str = "RSA ", lines: int = 6) -> str:
        """Return what looks like a private key in PEM."""
        body = "\n".join([*(self(64, PLAIN + "+/") for _ in range(lines)), self(20) + "=="])
        return f"-----BEGIN {kind}PRIVATE KEY-----\n{body}\n-----END {kind}PRIVATE KEY-----"


@pytest.fixture
def make() -> Maker:
    """Return what makes random values."""
    return Maker(7)


@pytest.fixture
def scrubber() -> Iterator[Scrubber]:
    """Return a scrubber that knows nothing of the environment."""
    return Scrubber()


Planted = Callable[[Maker], tuple[str, str]]
