"""Requests into batches: a lone one never waits; whoever finishes takes everything that has queued meanwhile.

A fast model runs in the event loop itself: a thread would cost more than the model does. While it runs, requests pile
up in the sockets; the loop then reads them all before the next batch begins, so that they share one. A model that takes
longer than `_SLOW` runs in one thread, so that health checks are answered meanwhile.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from trackexp.errors import RequestError
from trackexp.serving.facade import Facade
from trackexp.serving.prediction import Prediction

_SLOW = 0.005  # seconds a batch, above which the event loop is not kept waiting for it
_KEPT = 0.8  # share of the running mean that one batch leaves

Observer = Callable[[int, float], None]


@dataclass(eq=False, slots=True)
class _Job:
    facade: Facade
    rows: Any
    answer: asyncio.Future[Prediction]
    deadline: float
    timer: asyncio.TimerHandle | None = field(default=None)

    @property
    def kind(self) -> tuple[Any, ...]:
        """What rows must share to be one batch."""
        frame = hasattr(self.rows, "iloc")
        return (id(self.facade), frame, None if frame else self.rows.shape[1:])


class Batcher:
    """The queue before the models of one server; everything but the model itself happens in the event loop.

    Args:
        most_queued: Requests that may wait; one more is refused.
        most_rows: Rows of one batch; a single request may have more.
        deadline: Seconds after which a request that waits is given up.
        observe: Called with rows and seconds of each batch.
    """

    def __init__(
        self, *, most_queued: int = 256, most_rows: int = 256, deadline: float = 10.0,
        observe: Observer = lambda _rows, _seconds: None,
    ) -> None:  # fmt: skip
        self.most_queued, self.most_rows, self.deadline, self.observe = most_queued, most_rows, deadline, observe
        self._queue: deque[_Job] = deque()
        self._busy = False
        self._seconds = 0.0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="trackexp-model")

    @property
    def queued(self) -> int:
        """Requests that wait."""
        return len(self._queue)

    async def submit(self, facade: Facade, rows: Any) -> Prediction:
        """Return the answer to rows that were checked.

        Raises:
            RequestError: The queue is full (503), the time is over (504), or the model does not take the rows (422).
        """
        if len(self._queue) >= self.most_queued:
            raise RequestError("too many requests are waiting", status=503, retry_after=1)
        loop = asyncio.get_running_loop()
        job = _Job(facade, rows, loop.create_future(), loop.time() + self.deadline)
        self._queue.append(job)
        if self._busy:
            job.timer = loop.call_at(job.deadline, _expire, job)
        else:
            self._busy = True
            loop.call_soon(self._next)
        return await job.answer

    def close(self) -> None:
        """Let the thread go; called when nothing waits any more."""
        self._thread.shutdown(wait=False)

    def _next(self) -> None:
        loop = asyncio.get_running_loop()
        jobs = self._take(loop.time())
        if not jobs:
            self._busy = False
            return
        if self._seconds > _SLOW:
            running = self._thread.submit(_run, jobs)
            running.add_done_callback(lambda done: loop.call_soon_threadsafe(self._finish, jobs, done))
            return
        done: Future[tuple[list[Any], float]] = Future()
        done.set_result(_run(jobs))
        self._finish(jobs, done)

    def _take(self, now: float) -> list[_Job]:
        """Return the jobs of the next batch: the first that waits, and all of its kind that fit beside it."""
        jobs: list[_Job] = []
        kept: list[_Job] = []
        rows = 0
        while self._queue:
            job = self._queue.popleft()
            if job.answer.done():
                continue
            if now > job.deadline:
                _expire(job)
            elif not jobs or (job.kind == jobs[0].kind and rows + len(job.rows) <= self.most_rows):
                jobs.append(job)
                rows += len(job.rows)
            else:
                kept.append(job)
        self._queue.extend(kept)
        return jobs

    def _finish(self, jobs: list[_Job], done: Future[tuple[list[Any], float]]) -> None:
        answers, seconds = done.result()
        self._seconds = seconds if not self._seconds else _KEPT * self._seconds + (1 - _KEPT) * seconds
        self.observe(sum(len(job.rows) for job in jobs), seconds)
        for job, answer in zip(jobs, answers, strict=True):
            if job.timer is not None:
                job.timer.cancel()
            if job.answer.done():
                continue
            if isinstance(answer, Exception):
                job.answer.set_exception(answer)
            else:
                job.answer.set_result(answer)
        if self._queue:
            asyncio.get_running_loop().call_soon(self._next)
        else:
            self._busy = False


def _expire(job: _Job) -> None:
    if not job.answer.done():
        job.answer.set_exception(RequestError("the time for an answer is over", status=504, retry_after=1))


def _run(jobs: list[_Job]) -> tuple[list[Any], float]:
    """Return the answer, or the error, of each job, and the seconds that the model took."""
    began = time.perf_counter()
    answers = _answers(jobs)
    return answers, time.perf_counter() - began


def _answers(jobs: list[_Job]) -> list[Any]:
    facade = jobs[0].facade
    if len(jobs) == 1:
        return [_answer(facade, jobs[0].rows)]
    parts = [job.rows for job in jobs]
    rows: Any = pd.concat(parts, ignore_index=True) if hasattr(parts[0], "iloc") else np.concatenate(parts)
    whole = _answer(facade, rows)
    if isinstance(whole, Exception):  # one bad request is no fault of those beside it
        return [_answer(facade, part) for part in parts]
    ends = np.cumsum([len(part) for part in parts]).tolist()
    return [whole.part(end - len(part), end) for end, part in zip(ends, parts, strict=True)]


def _answer(facade: Facade, rows: Any) -> Prediction | Exception:
    try:
        return facade.answer(rows)
    except Exception as error:
        return error
