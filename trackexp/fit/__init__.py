"""One training, whatever the framework: facts, epochs, best model, probes and findings, in an order that is code."""

from __future__ import annotations

from trackexp.fit.plan import Plan
from trackexp.fit.protocols import Framework, Look, SaveFormat, Trainee
from trackexp.fit.session import FitSession, Part, current_fit

__all__ = ["FitSession", "Framework", "Look", "Part", "Plan", "SaveFormat", "Trainee", "current_fit"]
