"""Which version of a model is good, why, and on whose evidence: gated promotion, rollback, a ledger that merges."""

from __future__ import annotations

from trackexp.registry.promotion import Promotion, promote, roll_back
from trackexp.registry.versions import RegisteredModel, model

__all__ = ["Promotion", "RegisteredModel", "model", "promote", "roll_back"]
