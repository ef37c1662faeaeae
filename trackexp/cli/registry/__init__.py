"""Commands about registered models: promote, list, roll back."""

from __future__ import annotations
