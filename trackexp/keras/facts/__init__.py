"""Everything that the rules need to know before epoch 1, read off a live model and its data without leaving a trace."""

from __future__ import annotations

from trackexp.keras.facts.compile import compile_facts
from trackexp.keras.facts.fit import fit_facts
from trackexp.keras.facts.model import inputs_of, model_facts

__all__ = ["compile_facts", "fit_facts", "inputs_of", "model_facts"]
