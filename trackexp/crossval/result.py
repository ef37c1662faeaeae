"""What a cross-validation found, read from its ledger; the runs are read only where they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from trackexp.crossval.folds import Fold
from trackexp.crossval.grid import setting_text
from trackexp.crossval.judging.choosing import Choice, SettingResult, choose, results_of
from trackexp.crossval.ledger import Entry, Storage
from trackexp.crossval.task import Criterion, Program
from trackexp.errors import UsageError
from trackexp.reporting import number
from trackexp.stats import Interval, tibshirani_bias

if TYPE_CHECKING:
    import pandas as pd

    from trackexp.comparison import Comparison
    from trackexp.crossval.judging.pooled import Pooled
    from trackexp.record import Finding, RunRecord

SCHEMA = 1


@dataclass(frozen=True)
class Expected:
    """What the chosen setting will reach on further rows, corrected for its having been chosen.

    Args:
        value: The criterion.
        interval: Its 95 % interval.
        flat: The mean over the folds, which flatters what was chosen by it.
    """

    value: float
    interval: Interval
    flat: float

    def __str__(self) -> str:
        low, high = self.interval
        return f"{number(self.value)} ({number(low)} to {number(high)}; {self.interval.method})"

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready data."""
        return {"value": self.value, "interval": self.interval.to_dict(), "flat": self.flat}


@dataclass(frozen=True)
class FailedFold:
    """A fold that failed, and was not trained since.

    Args:
        fold: Which one, from 0.
        params: Its setting.
        error: Why, in one line.
        log: Where its log lies; "" without.
        trace: The traceback, or the end of the log.
    """

    fold: int
    params: Mapping[str, Any]
    error: str
    log: str = ""
    trace: str = ""

    def __str__(self) -> str:
        where = f" (log: {self.log})" if self.log else ""
        return f"fold {self.fold} of {setting_text(self.params)} failed: {self.error}{where}"


@dataclass(frozen=True, eq=False)
class CrossValidation:
    """Settings × folds, judged.

    Args:
        settings: In the order of the grid.
        folds: The rows of every fold.
        program: What was trained and scored by.
        storage: Where it is kept.
        entries: The finished folds by setting and fold.
        groups: Each row's group `(n,)`; None without.
        seed: Of the resampling.
        failures: The folds that failed.
        dropped: Settings that were given up, with the reason.
        trained: How many folds this call trained.
        notes: What a reader must know: a budget that was over, what was trained again and why.
        parent: Id of the parent run; "" without.
    """

    settings: Sequence[Mapping[str, Any]]
    folds: Sequence[Fold]
    program: Program
    storage: Storage
    entries: Mapping[tuple[int, int], Entry]
    groups: NDArray[Any] | None = None
    seed: int = 0
    failures: tuple[FailedFold, ...] = ()
    dropped: Mapping[int, str] = field(default_factory=dict)
    trained: int = 0
    notes: tuple[str, ...] = ()
    parent: str = ""

    @property
    def criterion(self) -> Criterion:
        """What settings are judged by."""
        return self.program.criterion

    @cached_property
    def results(self) -> tuple[SettingResult, ...]:
        """Every setting with its folds, in the order of the grid."""
        return tuple(results_of(self.settings, self.entries, self.criterion, len(self.folds), self.dropped))

    @cached_property
    def choice(self) -> Choice:
        """Best, simplest and tied settings."""
        return choose(self.results, self.criterion)

    @property
    def best(self) -> dict[str, Any]:
        """The parameters of the setting with the best mean."""
        return dict(self._best.params)

    @property
    def simplest(self) -> dict[str, Any]:
        """The parameters of the cheapest setting within one corrected standard error of the best.

        Cheaper is a model of fewer weights where all runs say how many; else what stands earlier in the grid.
        """
        found = self.choice.simplest
        return dict(found.params) if found is not None else self.best

    @property
    def _best(self) -> SettingResult:
        if self.choice.best is None:
            raise UsageError("no setting has a finished fold; see result.failures.")
        return self.choice.best

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a setting, in the grid's order: parameters, n, mean, sd, interval, best, simplest, tied, dropped."""
        import pandas as pd

        choice = self.choice
        rows = [
            {
                **{name: _cell(value) for name, value in result.params.items()},
                "n": result.n, "mean": result.mean, "sd": result.sd,
                "low": result.interval.low, "high": result.interval.high,
                "best": result is choice.best, "simplest": result is choice.simplest,
                "tied": result in choice.tied, "dropped": result.dropped,
            }
            for result in self.results
        ]  # fmt: skip
        return pd.DataFrame(rows)

    @cached_property
    def expected(self) -> Expected:
        """What the best setting will reach on further rows, corrected for the choice.

        By bootstrap of the out-of-fold predictions (BBC-CV), of whole groups where rows have groups; where training
        returned scores alone, by Tibshirani and Tibshirani's correction with Nadeau and Bengio's interval.
        """
        best = self._best
        pooled = self.pooled
        if pooled is not None and pooled.is_scored:
            value, interval = pooled.expected(self.seed)
            return Expected(value, interval, best.mean)
        sign = self.criterion.sign
        bias = tibshirani_bias([result.values for result in self.choice.judged], larger_is_better=sign > 0)
        around = best.interval.map(1.0, -sign * bias)
        told = Interval(around.low, around.high, around.level, "Tibshirani, nadeau-bengio corrected t")
        return Expected(best.mean - sign * bias, told, best.mean)

    @cached_property
    def pooled(self) -> Pooled | None:
        """The out-of-fold predictions of the judged settings; None where training returned none."""
        from trackexp.crossval.judging.pooled import Pooled

        judged = self.choice.judged
        found = [self._answers(result) for result in judged]
        if not judged or self.program.target is None or any(answer is None for answer in found):
            return None
        rows = self.scored_rows
        groups = None if self.groups is None else self.groups[rows]
        answers = [answer for answer in found if answer is not None]
        return Pooled(self.program.target[rows], answers, self.program.class_names, self.criterion, groups)

    @property
    def scored_rows(self) -> NDArray[np.int64]:
        """Positions of the rows that the judged settings were scored on, fold by fold."""
        folds = sorted(self.choice.judged[0].scores) if self.choice.judged else []
        return np.concatenate([self.folds[index].valid for index in folds] or [np.empty(0, dtype=np.int64)])

    def _answers(self, result: SettingResult) -> NDArray[Any] | None:
        keys = [self.entries[result.index, fold] for fold in sorted(result.scores)]
        if not keys or not all(entry.has_answer for entry in keys):
            return None
        return np.concatenate([self.storage.answer(entry.key) for entry in keys])

    @cached_property
    def evaluation(self) -> Any:
        """The `Evaluation` of the best setting's out-of-fold predictions; ids are row positions.

        Raises:
            UsageError: Training returned scores alone.
        """
        from trackexp.crossval.judging.scoring import evaluate_answer

        answer = self._answers(self._best)
        if answer is None or self.program.target is None:
            raise UsageError("the folds returned scores and no predictions; return those of x[fold.valid] instead.")
        rows = self.scored_rows
        groups = None if self.groups is None else self.groups[rows]
        return evaluate_answer(self.program.target[rows], answer, self.program.class_names, groups, rows)

    @cached_property
    def records(self) -> tuple[RunRecord, ...]:
        """The runs of the finished folds, read back from this disk, setting by setting."""
        from trackexp.reading import read_run

        return tuple(read_run(entry.run_folder) for _, entry in sorted(self.entries.items()) if entry.run_folder)

    @cached_property
    def comparison(self) -> Comparison:
        """The runs side by side, grouped by setting.

        Raises:
            UsageError: There are fewer than two.
        """
        from trackexp.comparison import compare

        names = list(dict.fromkeys(name for setting in self.settings for name in setting))
        metric = f"{self.metric_in_runs}:{self.criterion.direction}"
        return compare(self.records, metric=metric, group_by=names)

    @property
    def metric_in_runs(self) -> str:
        """Under which name the criterion stands in the runs."""
        from trackexp.record import key_of

        logged = [name for record in self.records[:1] for name in (*record.metrics(), *record.summary)]
        return self.criterion.key if self.criterion.key in logged else key_of(self.criterion.metric, logged) or (
            self.criterion.metric
        )  # fmt: skip

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with the cross-validation, the worst first: of the folds' runs, and of all of them together."""
        from trackexp.crossval.judging.findings import findings_of

        return findings_of(self)

    def best_entry(self, fold: int | None = None) -> Entry:
        """Return the ledger's entry of a fold of the best setting; None takes the fold whose score is the best."""
        best = self._best
        if fold is None:
            fold = max(best.scores, key=lambda index: self.criterion.sign * best.scores[index])
        if fold not in best.scores:
            raise UsageError(f"fold={fold!r}; expected one of {', '.join(map(str, sorted(best.scores)))}.")
        return self.entries[best.index, fold]

    def load_best(self, fold: int | None = None) -> Any:
        """Return the best setting's model, as it was when its monitor was best.

        Args:
            fold: Which fold's; None takes the fold whose score is the best.

        Raises:
            UsageError: No fold kept a model: only models of Keras and PyTorch are kept by themselves.
        """
        entry = self.best_entry(fold)
        if not entry.model or not Path(entry.model).is_file():
            what = f"{entry.model} is gone" if entry.model else "its run kept no model file"
            raise UsageError(f"fold {entry.parts['fold']} of {setting_text(self.best)}: {what}.")
        if entry.model.endswith((".keras", ".h5")) and not entry.model.endswith(".weights.h5"):
            import keras

            return keras.saving.load_model(entry.model, compile=False)
        from trackexp.models import load_model

        return load_model(entry.model)

    def refit(self, train: Callable[..., Any], *, params: Mapping[str, Any] | None = None) -> Any:
        """Train the best setting once more on all rows that the folds are made of, in a run of its own.

        Args:
            train: As `cross_validate` takes it; its fold has every row in `train` and `inner`, and none in `valid`.
            params: Another setting, such as `result.simplest`.

        Returns:
            What the function returns.
        """
        from trackexp.crossval.refitting import refit

        return refit(self, train, self.best if params is None else dict(params))

    def __repr__(self) -> str:
        done, wanted = len(self.entries), len(self.settings) * len(self.folds)
        if self.choice.best is None:
            return f"<CrossValidation: {done} of {wanted} folds>"
        return f"<CrossValidation: {done} of {wanted} folds; {self.sentence}>"

    @property
    def sentence(self) -> str:
        """The best setting with its mean and interval, in one line."""
        best = self._best
        low, high = best.interval
        return (
            f"best {setting_text(best.params)}: {self.criterion.metric} {number(best.mean)} "
            f"({number(low)} to {number(high)})"
        )

    def _repr_html_(self) -> str:
        from trackexp.crossval.judging.page import crossval_page
        from trackexp.reporting.html import in_notebook

        return in_notebook(crossval_page(self).to_html(), repr(self))

    def to_html(self, path: str | Path) -> Path:
        """Write the result as one page that opens from a disk without a network, and return where it is."""
        from trackexp.crossval.judging.page import crossval_page

        return crossval_page(self).save(path)

    def to_dict(self) -> dict[str, Any]:
        """Return the result as JSON-ready data."""
        from trackexp.crossval.judging.writing import to_dict

        return to_dict(self)

    def log(self, run: Any) -> None:
        """Log everything to a run of `track`: table, curves with bands, out-of-fold confusion, best weights."""
        from trackexp.crossval.parent import log_crossval

        log_crossval(self, run)


def _cell(value: Any) -> Any:
    return value if isinstance(value, int | float | str | bool | type(None)) else str(value)
