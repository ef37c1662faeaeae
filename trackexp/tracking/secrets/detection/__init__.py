"""What is a secret: by its form, by the name beside it, by its value, or as the lines of a private key."""

from __future__ import annotations
