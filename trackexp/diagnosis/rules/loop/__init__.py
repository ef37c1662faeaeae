"""What the loop itself does wrong: gradients, modes, passes."""

from __future__ import annotations
