"""Patterns among the errors: clusters, and what the members of each share."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trackexp.errors import UsageError
from trackexp.evaluation.metrics.sums import Outcomes
from trackexp.evaluation.mistakes import slice_labels, sliceable
from trackexp.evaluation.predictions import Predictions
from trackexp.stats import holm, rate_difference_p_value

_MOST_CLUSTERS = 8
_SAMPLE = 1000  # rows on which the number of clusters is chosen
_TYPICAL = 5
_TOLD = 4  # things that the members share, in a sentence
_DIRECTIONS = 50


@dataclass(frozen=True, eq=False)
class ErrorCluster:
    """Errors that lie together.

    Args:
        size: Number of errors.
        rows: Their row numbers, the most typical first.
        ids: Their ids, in the same order.
        confusion: The commonest (target, prediction) among them, and its share.
        shared: What is commoner inside than among all rows, of groups and attributes: (attribute, value, share inside,
            share of all, Holm's p).
        mean_probability: Mean probability of the wrong answers.
    """

    size: int
    rows: NDArray[np.intp]
    ids: tuple[Any, ...]
    confusion: tuple[str, str, float]
    shared: tuple[tuple[str, Any, float, float, float], ...]
    mean_probability: float

    @property
    def typical(self) -> tuple[Any, ...]:
        """Ids of the five members nearest to the centre."""
        return self.ids[:_TYPICAL]

    def __str__(self) -> str:
        target, prediction, share = self.confusion
        told = f"{self.size} errors: {share:.0%} {target} taken for {prediction}"
        for name, value, inside, of_all, _ in self.shared[:_TOLD]:
            told += f", {inside:.0%} of {name} {value} (of all rows {of_all:.0%})"
        return told


def error_clusters(
    data: Predictions, outcomes: Outcomes, embedding: ArrayLike | None = None, n_clusters: int | None = None
) -> list[ErrorCluster]:
    """Cluster the wrong rows by k-means, the largest cluster first.

    Args:
        data: The rows.
        outcomes: What came out for them.
        embedding: Vectors `(n, d)`, or of the wrong rows alone `(n_wrong, d)`, best those of the model's penultimate
            layer; None takes numeric inputs as they are, or else the probabilities.
        n_clusters: How many; None takes the number from 2 to 8 whose silhouette is highest.
    """
    wrong = np.flatnonzero(outcomes.prediction != data.y_true)
    vectors = _vectors(data, embedding, wrong)
    if n_clusters is not None and not 1 <= n_clusters <= max(wrong.size, 1):
        raise UsageError(f"n_clusters is {n_clusters}; expected 1 to {wrong.size}, the number of errors.")
    if wrong.size == 0:
        return []
    points = _reduced(_scaled(vectors))
    labels, distance = _cluster(points, n_clusters)
    found = []
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        members = members[np.argsort(distance[members], kind="stable")]
        found.append(_describe(data, outcomes, wrong[members]))
    return sorted(found, key=lambda cluster: -cluster.size)


def _vectors(data: Predictions, embedding: ArrayLike | None, wrong: NDArray[np.intp]) -> NDArray[Any]:
    """Return the vectors of the wrong rows."""
    n = len(data)
    if embedding is not None:
        vectors: NDArray[Any] = np.asarray(embedding, dtype=float)
        if vectors.ndim < 2 or vectors.shape[0] not in (n, wrong.size):
            raise UsageError(
                f"embedding has shape {vectors.shape}; expected one vector per row, ({n}, d), or an error, "
                f"({wrong.size}, d)."
            )
        vectors = vectors if vectors.shape[0] == wrong.size else vectors[wrong]
    elif isinstance(data.inputs, np.ndarray) and data.inputs.ndim > 1 and data.inputs.dtype.kind in "fiub":
        vectors = data.inputs[wrong]
    else:
        vectors = data.columns[wrong]
    return vectors.reshape(wrong.size, int(np.prod(vectors.shape[1:])))


def _scaled(points: NDArray[Any]) -> NDArray[np.float64]:
    points = points.astype(np.float64)
    if not np.isfinite(points).all():
        raise UsageError("the embedding holds NaN or infinite values; expected finite vectors.")
    spread = float(points.std())
    scaled: NDArray[np.float64] = (points - points.mean(axis=0)) / (spread if spread > 0 else 1.0)
    return scaled


def _reduced(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Keep the leading directions: distances over thousands of pixels are mostly noise, and slow."""
    if min(points.shape) <= _DIRECTIONS:
        return points
    from sklearn.decomposition import PCA

    reduced: NDArray[np.float64] = PCA(_DIRECTIONS, random_state=0, svd_solver="randomized").fit_transform(points)
    return reduced


def _cluster(points: NDArray[np.float64], n_clusters: int | None) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    from sklearn.cluster import KMeans  # on first use: scikit-learn costs a second to import

    distinct = len(np.unique(points, axis=0))
    k = n_clusters or _best_number(points, distinct)
    model = KMeans(min(k, distinct), n_init=5, random_state=0).fit(points)
    return model.labels_, np.asarray(model.transform(points).min(axis=1))


def _best_number(points: NDArray[np.float64], distinct: int) -> int:
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    rows = np.random.default_rng(0).permutation(len(points))[:_SAMPLE]
    sample = points[rows]
    most = min(_MOST_CLUSTERS, distinct - 1, len(sample) - 1)
    scores = {1: 0.0}
    for k in range(2, most + 1):
        labels = KMeans(k, n_init=2, random_state=0).fit_predict(sample)
        if np.unique(labels).size > 1:
            scores[k] = float(silhouette_score(sample, labels))
    return max(scores, key=lambda k: scores[k])


def _describe(data: Predictions, outcomes: Outcomes, rows: NDArray[np.intp]) -> ErrorCluster:
    names = data.class_names
    pairs = Counter(zip(data.y_true[rows].tolist(), outcomes.prediction[rows].tolist(), strict=True))
    (target, prediction), count = min(pairs.items(), key=lambda pair: (-pair[1], pair[0]))
    probability = outcomes.confidence[rows].astype(np.float64)
    if data.task == "binary":
        probability = np.maximum(probability, 1 - probability)
    return ErrorCluster(
        int(rows.size),
        rows,
        tuple(data.id_of(rows)),
        (names[target], names[prediction], count / rows.size),
        _shared(data, rows),
        float(probability.mean()),
    )


def _shared(data: Predictions, rows: NDArray[np.intp]) -> tuple[tuple[str, Any, float, float, float], ...]:
    """Return the values that are commoner inside, tested one by one and corrected for their number."""
    rest = len(data) - rows.size
    if rest == 0:
        return ()
    seen: list[tuple[str, Any, int, int]] = []
    for name, values in sliceable(data).items():
        labels = slice_labels(values, name, len(data))
        every, everywhere = np.unique(labels, return_counts=True)
        inside = [int((labels[rows] == value).sum()) for value in every]
        seen += [(name, *both) for both in zip(every.tolist(), inside, everywhere.tolist(), strict=True)]
    p_values = holm([rate_difference_p_value((i, of_all - i), (rows.size, rest)) for _, _, i, of_all in seen])
    found = [
        (name, value, i / rows.size, of_all / len(data), float(p))
        for (name, value, i, of_all), p in zip(seen, p_values, strict=True)
        if i / rows.size > of_all / len(data) and p < 0.05
    ]
    return tuple(sorted(found, key=lambda item: item[4]))
