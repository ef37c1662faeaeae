"""trackexp: a training script under `track`; W&B records it, trackexp reads it back and says what is wrong with it."""

from __future__ import annotations

from trackexp.track import track

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trackexp.comparison import compare
    from trackexp.diagnosis import diagnose
    from trackexp.evaluation import compare_models, evaluate, profit_from_rates
    from trackexp.reading import read_run, read_runs
    from trackexp.record import Finding, RunRecord, Severity

__version__ = "0.1.0"
__all__ = [
    "Finding",
    "RunRecord",
    "Severity",
    "compare",
    "compare_models",
    "diagnose",
    "evaluate",
    "profit_from_rates",
    "read_run",
    "read_runs",
    "track",
]

_HOMES = {
    "Finding": "trackexp.record",
    "RunRecord": "trackexp.record",
    "Severity": "trackexp.record",
    "compare": "trackexp.comparison",
    "compare_models": "trackexp.evaluation",
    "diagnose": "trackexp.diagnosis",
    "evaluate": "trackexp.evaluation",
    "profit_from_rates": "trackexp.evaluation",
    "read_run": "trackexp.reading",
    "read_runs": "trackexp.reading",
}


def __getattr__(name: str) -> object:
    """Load a public name on first use, so that `import trackexp` costs next to nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'trackexp' has no attribute {name!r}; it has {', '.join(__all__)}")
    from importlib import import_module

    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
