"""One pass over the probabilities, block by block: every sum of a classification, with its rows checked on the way."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.errors import UsageError
from trackexp.evaluation.checks import check_block, mended
from trackexp.evaluation.metrics.calibration import Bins, bin_index, binned, settle_edges
from trackexp.evaluation.metrics.rank_counts import RankCounts, add_column, empty_rank_counts
from trackexp.evaluation.metrics.sums import ClassificationSums, Outcomes
from trackexp.evaluation.predictions import BLOCK_ROWS, Predictions

EPS = float(np.finfo(np.float64).eps)
_FEW_CLASSES = 64  # up to here a block is turned, so that reductions run along memory
_BLOCK_VALUES = BLOCK_ROWS * _FEW_CLASSES

FloatBlock = NDArray[np.float64]
Labels = NDArray[np.integer[Any]]


def read_rows(data: Predictions, n_bins: int, *, mergeable: bool) -> tuple[ClassificationSums, Outcomes]:
    """Read all rows once.

    Args:
        data: Binary or multi-class predictions.
        n_bins: Bins of calibration.
        mergeable: Count scores too, so that areas can be had without the rows.

    Raises:
        UsageError: Rows that are not finite, negative, or do not sum to 1, by their ids.
    """
    return _Pass(data, n_bins, mergeable).run() if data.task == "multiclass" else _read_binary(data, n_bins, mergeable)


def read_mended(
    data: Predictions, n_bins: int, *, mergeable: bool, unit: float | None = None
) -> tuple[Predictions, ClassificationSums, Outcomes, float]:
    """Read all rows once; those that are percentages or rounded are mended, and read again.

    Returns:
        The rows as they were evaluated, their sums, what came out for each, and the unit of the probabilities given.

    Raises:
        UsageError: As `read_rows`, for what rounding does not explain.
    """
    if unit != 100:
        try:
            return data, *read_rows(data, n_bins, mergeable=mergeable), 1.0
        except UsageError:
            found = mended(data, unit)
            if found is None:
                raise
    else:
        found = mended(data, unit)
        if found is None:
            raise UsageError("earlier rows of y_prob are percentages, and these are not; expected one unit for all.")
    whole, unit = found
    return whole, *read_rows(whole, n_bins, mergeable=mergeable), unit


class _Pass:
    """The running sums of one pass over multi-class rows."""

    def __init__(self, data: Predictions, n_bins: int, mergeable: bool) -> None:
        self.data, self.n_bins = data, n_bins
        self.n, self.k = data.y_prob.shape
        self.width = n_bins + 1  # one bin more than asked: a probability of 1 falls there first
        self.short = data.y_prob.dtype == np.float32
        self.few = self.k <= _FEW_CLASSES
        self.rows = min(BLOCK_ROWS if self.few else max(64, _BLOCK_VALUES // self.k), self.n)
        self.prediction = np.empty(self.n, dtype=np.int32)
        self.confidence = np.empty(self.n, dtype=data.y_prob.dtype)
        self.p_true = np.empty(self.n, dtype=data.y_prob.dtype)
        self.brier = self.log_loss = self.log_loss_squared = 0.0
        self.n_clipped = 0
        self.top = _BinSums(2, self.width)  # wrong, right
        self.columns = _BinSums(self.k, self.width)
        self.hits = np.zeros(self.k * self.width, dtype=np.int64)
        self.cells = np.zeros(self.k * self.k, dtype=np.int64)
        self.ranks: RankCounts | None = empty_rank_counts(self.k) if mergeable else None
        self.truth_ranks = truth_ranks(data) if mergeable else None
        self.block = np.empty((self.rows, self.k))
        self.numbers = np.arange(self.rows)
        if self.few:
            self.turned = np.empty((self.k, self.rows))
            self.scaled = np.empty((self.rows, self.k))
            self.index = np.empty((self.rows, self.k), dtype=np.intp)
            self.offsets = np.tile(np.arange(self.k) * self.width, (self.rows, 1))
            self.countdown = np.arange(self.k, 0, -1, dtype=np.uint8)[:, None]

    def run(self) -> tuple[ClassificationSums, Outcomes]:
        for start in range(0, self.n, self.rows):
            stop = min(start + self.rows, self.n)
            block = self.block[: stop - start]
            np.copyto(block, self.data.y_prob[start:stop])
            (self._few if self.few else self._many)(block, self.data.y_true[start:stop], start)
        if self.ranks is not None:
            for k in range(self.k):
                add_column(self.ranks, k, self.data.y_prob[:, k], self.data.y_true)
        return self._sums(), Outcomes(self.prediction, self.confidence, self.p_true)

    def _few(self, block: FloatBlock, y: Labels, start: int) -> None:
        """Read a block of few classes, turned, so that reductions over classes run along memory."""
        rows = len(block)
        turned = self.turned[:, :rows]
        np.copyto(turned, block.T)
        top = turned.max(axis=0)
        check_block(turned, top, 0, self.data)
        # the first class that reaches the top: bytes counted down from it have it as their maximum
        first = ((turned == top).view(np.uint8) * self.countdown).max(axis=0)
        prediction = self.k - first.astype(np.intp)
        own = self.numbers[:rows] * self.k + y
        p_true = block.ravel().take(own)
        self._row_sums(block, top, prediction, p_true, y, start)
        self._bin_columns(block, own)

    def _bin_columns(self, block: FloatBlock, own: NDArray[np.intp]) -> None:
        rows = len(block)
        scaled, index = self.scaled[:rows], self.index[:rows]
        np.multiply(block, self.n_bins, out=scaled)
        np.copyto(index, scaled, casting="unsafe")
        if not self.short:
            settle_edges(block, scaled, index, self.n_bins)
        np.add(index, self.offsets[:rows], out=index)
        # row after row, so that neighbours count in different bins: the processor need not wait for its own last sum
        self.columns.add(index.ravel(), block.ravel())
        self.hits += np.bincount(index.ravel().take(own), minlength=self.hits.size)

    def _many(self, block: FloatBlock, y: Labels, start: int) -> None:
        """Read a block of many classes, most of whose probabilities lie in the first bin and are had as a rest."""
        rows = len(block)
        prediction = block.argmax(axis=1)
        top = block[self.numbers[:rows], prediction]
        check_block(block, top, 1, self.data)
        p_true = block[self.numbers[:rows], y]
        self._row_sums(block, top, prediction, p_true, y, start)
        flat = block.ravel()
        large = np.flatnonzero(flat >= 1.0 / self.n_bins)
        values, columns = flat[large], large % self.k
        self.columns.add(columns * self.width + bin_index(values, self.n_bins, exact=self.short), values)
        rest = block.sum(axis=0) - np.bincount(columns, weights=values, minlength=self.k)
        self.columns.add_rest(rest, rows - np.bincount(columns, minlength=self.k))
        own = y * self.width + bin_index(p_true, self.n_bins, exact=self.short)
        self.hits += np.bincount(own, minlength=self.hits.size)

    def _row_sums(
        self,
        block: FloatBlock,
        top: FloatBlock,
        prediction: NDArray[np.intp],
        p_true: FloatBlock,
        y: Labels,
        start: int,
    ) -> None:
        rows = slice(start, start + len(block))
        self.prediction[rows], self.confidence[rows], self.p_true[rows] = prediction, top, p_true
        flat = block.ravel()
        self.brier += float(np.dot(flat, flat)) - 2 * float(p_true.sum()) + len(block)
        loss, clipped = row_losses(p_true)
        self.log_loss += float(loss.sum())
        self.log_loss_squared += float(np.dot(loss, loss))
        self.n_clipped += clipped
        if self.few:
            self.cells += np.bincount(y * self.k + prediction, minlength=self.cells.size)
        index = bin_index(top, self.n_bins, exact=self.short)
        index += self.width * (prediction == y)
        self.top.add(index, top)

    def _sums(self) -> ClassificationSums:
        (missed, right), top = self.top.folded()
        count, mass = self.columns.folded()
        hits = self.hits.reshape(self.k, self.width)
        hits[:, -2] += hits[:, -1]
        return ClassificationSums(
            self.n,
            self.cells.reshape(self.k, self.k) if self.few else _confusion(self.data.y_true, self.prediction, self.k),
            self.log_loss,
            self.log_loss_squared,
            self.n_clipped,
            self.brier,
            Bins(missed + right, right, top.sum(axis=0)),
            Bins(count, hits[:, :-1], mass),
            self.ranks,
            self.truth_ranks,
        )


class _BinSums:
    """Counts and sums of probabilities by bin."""

    def __init__(self, columns: int, width: int) -> None:
        self.shape = columns, width
        self.count = np.zeros(columns * width, dtype=np.int64)
        self.mass = np.zeros(columns * width)

    def add(self, index: NDArray[np.intp], values: FloatBlock) -> None:
        self.count += np.bincount(index, minlength=self.count.size)
        self.mass += np.bincount(index, weights=values, minlength=self.mass.size)

    def add_rest(self, mass: FloatBlock, count: NDArray[np.int64]) -> None:
        """Add to each column's first bin."""
        self.mass.reshape(self.shape)[:, 0] += mass
        self.count.reshape(self.shape)[:, 0] += count

    def folded(self) -> tuple[NDArray[np.int64], FloatBlock]:
        """Return counts and sums with the bin of 1 and above put into the last one."""
        count, mass = self.count.reshape(self.shape), self.mass.reshape(self.shape)
        for sums in (count, mass):
            sums[:, -2] += sums[:, -1]
        return count[:, :-1], mass[:, :-1]


def row_losses(p_true: FloatBlock) -> tuple[FloatBlock, int]:
    """Return -log of the true class's probability, clipped to eps, and how many rows were clipped."""
    loss: FloatBlock = -np.log(np.clip(p_true, EPS, 1.0))
    return loss, int((p_true < EPS).sum())


def ranks_of_truth(block: FloatBlock, p_true: FloatBlock, y: Labels, axis: int) -> NDArray[np.intp]:
    """Return how many classes stand above the true one in each row; a tie goes to the lower class."""
    truth = np.expand_dims(p_true, axis)
    classes = np.expand_dims(np.arange(block.shape[axis]), 1 - axis)
    above = (block > truth) | ((block == truth) & (classes < np.expand_dims(y, axis)))
    ranks: NDArray[np.intp] = above.sum(axis=axis)
    return ranks


def truth_ranks(data: Predictions) -> NDArray[np.int64]:
    """Return rows by how many classes stand above the true one `(n_classes,)`, for top-k."""
    found = np.zeros(data.n_classes, dtype=np.int64)
    for start in range(0, len(data), BLOCK_ROWS):
        y = data.y_true[start : start + BLOCK_ROWS]
        p = data.y_prob[start : start + BLOCK_ROWS].astype(np.float64)
        block = np.stack([1 - p, p], axis=1) if data.task == "binary" else p
        found += np.bincount(ranks_of_truth(block, block[np.arange(len(y)), y], y, 1), minlength=found.size)
    return found


def _confusion(y: Labels, prediction: NDArray[np.integer[Any]], k: int) -> NDArray[np.int64]:
    flat = y * k + prediction
    return np.bincount(flat, minlength=k * k).reshape(k, k)


def _read_binary(data: Predictions, n_bins: int, mergeable: bool) -> tuple[ClassificationSums, Outcomes]:
    short = data.y_prob.dtype == np.float32
    p = data.y_prob.astype(np.float64)
    check_block(p, p, None, data)
    y = data.y_true
    positive = y == 1
    p_true = np.where(positive, p, 1 - p)
    loss, clipped = row_losses(p_true)
    prediction = (p > 0.5).astype(np.int32)
    top = binned(p, positive, n_bins, exact=short)
    other = binned(1 - p, ~positive, n_bins)
    ranks, truth_ranks = None, None
    if mergeable:
        ranks, truth_ranks = empty_rank_counts(2), np.bincount(prediction != y, minlength=2)
        for k, column in enumerate((1 - p, p)):
            add_column(ranks, k, column, y)
    both = Bins(*(np.stack(pair) for pair in zip(_fields(other), _fields(top), strict=True)))
    sums = ClassificationSums(
        len(data),
        _confusion(y, prediction, 2),
        float(loss.sum()),
        float(np.dot(loss, loss)),
        clipped,
        2 * float(((p - positive) ** 2).sum()),
        top,
        both,
        ranks,
        truth_ranks,
    )
    return sums, Outcomes(prediction, data.y_prob, p_true)


def _fields(bins: Bins) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    return bins.count, bins.hits, bins.confidence
