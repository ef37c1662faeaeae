"""trackexp: a training script under `track`; W&B records it, trackexp reads it back and says what is wrong with it."""

from __future__ import annotations

from trackexp._lazy import attach as _attach
from trackexp.track import start, track

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trackexp.comparison import compare
    from trackexp.crossval import cross_validate, fold
    from trackexp.diagnosis import diagnose
    from trackexp.evaluation import compare_models, evaluate, profit_from_rates
    from trackexp.monitoring import monitor
    from trackexp.partitioning import check_partition, partition, read_partition
    from trackexp.reading import read_run, read_runs
    from trackexp.record import Finding, RunRecord, Severity
    from trackexp.registry import model, promote
    from trackexp.viewing import view
else:  # `import trackexp` costs next to nothing: everything but `track` is loaded on first use
    __getattr__, __dir__ = _attach(
        __name__,
        {
            "trackexp.comparison": ["compare"],
            "trackexp.crossval": ["cross_validate", "fold"],
            "trackexp.diagnosis": ["diagnose"],
            "trackexp.evaluation": ["compare_models", "evaluate", "profit_from_rates"],
            "trackexp.monitoring": ["monitor"],
            "trackexp.partitioning": ["check_partition", "partition", "read_partition"],
            "trackexp.reading": ["read_run", "read_runs"],
            "trackexp.record": ["Finding", "RunRecord", "Severity"],
            "trackexp.registry": ["model", "promote"],
            "trackexp.viewing": ["view"],
        },
    )

__version__ = "0.2.0"
__all__ = [
    "Finding",
    "RunRecord",
    "Severity",
    "check_partition",
    "compare",
    "compare_models",
    "cross_validate",
    "diagnose",
    "evaluate",
    "fold",
    "model",
    "monitor",
    "partition",
    "profit_from_rates",
    "promote",
    "read_partition",
    "read_run",
    "read_runs",
    "start",
    "track",
    "view",
]
