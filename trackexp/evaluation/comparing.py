"""Several models on the same rows: who is better, who is tied, and which rows changed side."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trackexp.errors import UsageError, nearest
from trackexp.evaluation.pages.leaderboard import leaderboard_page
from trackexp.reporting import json_ready
from trackexp.reporting.html import in_notebook
from trackexp.stats import (
    AucDifference,
    Interval,
    delong_test,
    holm,
    mcnemar_p_value,
    paired_bootstrap,
    wilson_interval,
)

if TYPE_CHECKING:
    from trackexp.evaluation.result import Evaluation


@dataclass(frozen=True, slots=True)
class PairOfModels:
    """Two models on the same rows; differences are first minus second.

    Args:
        first: Its name.
        second: Its name.
        only_first: Rows that only the first gets right.
        only_second: Rows that only the second gets right.
        p_value: McNemar's exact one.
        p_holm: The same, corrected for the number of pairs.
        accuracy: Difference of accuracies, with its paired bootstrap interval.
        log_loss: Difference of log losses, likewise; below 0 the first is better.
        auroc: DeLong's test of the areas; binary only.
    """

    first: str
    second: str
    only_first: int
    only_second: int
    p_value: float
    p_holm: float
    accuracy: tuple[float, Interval]
    log_loss: tuple[float, Interval]
    auroc: AucDifference | None


@dataclass(frozen=True, eq=False)
class ModelComparison:
    """Every pair of models, and the leaderboard.

    Args:
        pairs: In the order of the models.
        leaderboard: One line a model, the best accuracy first, with `tied_with_best`.
        models: The evaluations by name, their rows in the order of the first one's.
    """

    pairs: tuple[PairOfModels, ...]
    leaderboard: pd.DataFrame
    models: Mapping[str, Evaluation]

    def __repr__(self) -> str:
        tied = f", tied with {len(self.tied_with_best)} of them" if self.tied_with_best else ""
        n = next(iter(self.models.values())).n
        return f"ModelComparison({len(self.models)} models on {n} rows: {self.best} is best{tied})"

    def _repr_html_(self) -> str:
        return in_notebook(leaderboard_page(self).to_html(), repr(self))

    @property
    def best(self) -> str:
        """Name of the model with the highest accuracy, the lower log loss deciding a tie."""
        return str(self.leaderboard["model"].iloc[0])

    @property
    def tied_with_best(self) -> tuple[str, ...]:
        """Models that cannot be told from the best one at 5 %, corrected for the number of pairs."""
        tied = self.leaderboard[self.leaderboard["tied_with_best"]]
        return tuple(name for name in tied["model"] if name != self.best)

    @property
    def answers(self) -> str:
        """Which rows these are: a hash of their answers and ids, the same wherever the same test set is used."""
        data = next(iter(self.models.values())).data
        named = "" if data.ids is None else "\n".join(map(str, data.ids.tolist()))
        return hashlib.sha256(data.y_true.astype("<i8").tobytes() + named.encode()).hexdigest()[:12]

    @property
    def right(self) -> Mapping[str, NDArray[np.bool_]]:
        """Whether each model is right on each row, by name `(n,)`."""
        return {name: ~one.predictions_are_wrong for name, one in self.models.items()}

    def changed(self, first: str, second: str) -> pd.DataFrame:
        """Return the rows that one model gets right and the other wrong, with what each of them says."""
        for name in (first, second):
            if name not in self.models:
                raise UsageError(f"no model {name!r}{nearest(name, self.models)}; there are {', '.join(self.models)}.")
        one, other = self.models[first], self.models[second]
        rows = np.flatnonzero(one.predictions_are_wrong != other.predictions_are_wrong)
        tables = one.table(rows), other.table(rows)
        return pd.DataFrame(
            {
                "id": tables[0]["id"],
                "right": np.where(tables[0]["prediction != target"], second, first),
                "target": tables[0]["target"],
                f"prediction of {first}": tables[0]["prediction"],
                f"prediction of {second}": tables[1]["prediction"],
            }
        )

    @property
    def table(self) -> pd.DataFrame:
        """The pairs, one a line, with the ends of their intervals."""
        lines = []
        for pair in self.pairs:
            line: dict[str, Any] = {"first": pair.first, "second": pair.second}
            for name, (difference, interval) in (("accuracy", pair.accuracy), ("log_loss", pair.log_loss)):
                line |= {name: difference, f"{name}_low": interval.low, f"{name}_high": interval.high}
            line |= {"only_first": pair.only_first, "only_second": pair.only_second}
            line |= {"p_value": pair.p_value, "p_holm": pair.p_holm}
            if pair.auroc is not None:
                line |= {"auroc": pair.auroc.difference, "auroc_p_value": pair.auroc.p_value}
            lines.append(line)
        return pd.DataFrame(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the leaderboard, the pairs, and which rows changed side between the best model and each other."""
        others = [name for name in self.models if name != self.best]
        found: dict[str, Any] = json_ready(
            {
                "schema": 1,
                "best": self.best,
                "answers": self.answers,
                "leaderboard": self.leaderboard.to_dict("records"),
                "pairs": self.table.to_dict("records"),
                "changed": {name: self.changed(self.best, name).to_dict("records") for name in others},
            },
            nan_as_null=True,
        )
        return found

    def to_html(self, path: str | Path, *, title: str = "") -> Path:
        """Write the leaderboard, the pairs and the rows that changed side as one self-contained page."""
        return leaderboard_page(self, title).save(path)


def compare_models(models: Mapping[str, Evaluation], *, level: float = 0.95) -> ModelComparison:
    """Compare evaluations of the same rows, paired by id where they have ids, else by position.

    Raises:
        UsageError: Fewer than two, without rows, or not of the same rows.
    """
    if len(models) < 2:
        raise UsageError(f"{len(models)} models; expected at least two evaluations to compare, by name.")
    aligned = _align(models)
    right = {name: ~e.predictions_are_wrong for name, e in aligned.items()}
    losses = {name: e.row_losses for name, e in aligned.items()}
    found = []
    for a, b in itertools.combinations(aligned, 2):
        only_a, only_b = int((right[a] & ~right[b]).sum()), int((right[b] & ~right[a]).sum())
        found.append(
            PairOfModels(
                a, b, only_a, only_b, mcnemar_p_value(only_a, only_b), np.nan,
                paired_bootstrap(right[a], right[b], n_resamples=_resamples(right[a].size), level=level),
                paired_bootstrap(losses[a], losses[b], n_resamples=_resamples(right[a].size), level=level),
                _areas(aligned[a], aligned[b]),
            )
        )  # fmt: skip
    corrected = holm([pair.p_value for pair in found])
    pairs = tuple(_corrected(pair, float(p)) for pair, p in zip(found, corrected, strict=True))
    return ModelComparison(pairs, _leaderboard(aligned, pairs, level), aligned)


def _resamples(n: int) -> int:
    """A bootstrap of many rows is exact enough with fewer draws, and each costs more."""
    return 2000 if n <= 20_000 else 400


def _corrected(pair: PairOfModels, p_holm: float) -> PairOfModels:
    return replace(pair, p_holm=p_holm)


def _align(models: Mapping[str, Evaluation]) -> dict[str, Evaluation]:
    """Bring every model's rows into the order of the first one's."""
    first_name, first = next(iter(models.items()))
    aligned = {first_name: first}
    for name, other in list(models.items())[1:]:
        a, b = first.data, other.data
        if len(a) != len(b) or a.class_names != b.class_names:
            raise UsageError(
                f"{first_name!r} has {len(a)} rows of {a.n_classes} classes, {name!r} {len(b)} of {b.n_classes}; "
                "expected the same rows and classes."
            )
        if a.ids is not None and b.ids is not None and not np.array_equal(a.ids, b.ids):
            other = other.take(_order(a.ids, b.ids, name))
        if not np.array_equal(other.data.y_true, a.y_true):
            row = int(np.flatnonzero(other.data.y_true != a.y_true)[0])
            raise UsageError(
                f"{first_name!r} and {name!r} have different answers, first in row {row} (id {a.id_of([row])[0]!r}); "
                "expected the same rows. Pass ids= so that they can be paired."
            )
        aligned[name] = other
    return aligned


def _order(wanted: NDArray[Any], given: NDArray[Any], name: str) -> NDArray[np.intp]:
    order = np.argsort(given, kind="stable")
    place = np.minimum(np.searchsorted(given, wanted, sorter=order), given.size - 1)
    rows = order[place]
    missing = np.flatnonzero(given[rows] != wanted)
    if missing.size or np.unique(given).size != given.size:
        what = f"lacks id {wanted[missing].tolist()[0]!r}" if missing.size else "has ids that occur twice"
        raise UsageError(f"{name!r} {what}; expected the same rows under the same ids.")
    return rows


def _areas(a: Evaluation, b: Evaluation) -> AucDifference | None:
    if a.task != "binary" or np.unique(a.data.y_true).size < 2:
        return None
    return delong_test(a.data.y_true, a.data.y_prob, b.data.y_prob)


def _leaderboard(models: Mapping[str, Evaluation], pairs: tuple[PairOfModels, ...], level: float) -> pd.DataFrame:
    lines = []
    for name, e in models.items():
        low, high = wilson_interval(int(np.trace(e.sums.confusion)), e.n, level)
        line = {"model": name, "accuracy": e.accuracy, "low": low, "high": high, "log_loss": e.log_loss, "ece": e.ece}
        lines.append(line | {key: value for key, value in (e.measurements or {}).items() if key != "predict_seconds"})
    table = pd.DataFrame(lines).sort_values(["accuracy", "log_loss"], ascending=[False, True], kind="stable")
    best = table["model"].iloc[0]
    lost = {({p.first, p.second} - {best}).pop() for p in pairs if best in (p.first, p.second) and p.p_holm < 0.05}
    table["tied_with_best"] = [name not in lost for name in table["model"]]
    return table.reset_index(drop=True)
