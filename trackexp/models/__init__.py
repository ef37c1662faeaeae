"""Files of models: the only place that loads one."""

from __future__ import annotations

from trackexp.models.verification import Verification, verify_best_model

__all__ = ["Verification", "verify_best_model"]
