"""Cross-validation × settings: folds trained here, in processes or on Ray, kept in a ledger, and judged."""

from __future__ import annotations

from trackexp._lazy import attach

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trackexp.crossval.entry import cross_validate
    from trackexp.crossval.folds import Fold, fold
    from trackexp.crossval.result import CrossValidation, Expected, FailedFold
else:  # a worker needs a few of these modules, and none of those that judge
    __getattr__, __dir__ = attach(
        __name__,
        {
            "trackexp.crossval.entry": ["cross_validate"],
            "trackexp.crossval.folds": ["Fold", "fold"],
            "trackexp.crossval.result": ["CrossValidation", "Expected", "FailedFold"],
        },
    )

__all__ = ["CrossValidation", "Expected", "FailedFold", "Fold", "cross_validate", "fold"]
