"""Which version of a model is good, why, and on whose evidence: gated promotion, rollback, a ledger that merges."""

from __future__ import annotations
