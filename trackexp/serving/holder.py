"""The models that one server holds: the one that answers, its shadow, candidates; and the swap when an alias moves."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trackexp.errors import RequestError, TrackexpError, first_line
from trackexp.serving.facade import Facade
from trackexp.serving.metrics import Metrics
from trackexp.serving.places import Place, find_model

_LOGGER = logging.getLogger("trackexp")


@dataclass(frozen=True, slots=True)
class Loading:
    """How models are found and loaded.

    Args:
        folder: Of the ledgers.
        root: The folder that holds `wandb/`.
        options: For `load_model`: `constructor`, `trust`, `imports`.
    """

    folder: Path | None = None
    root: Path | None = None
    options: dict[str, Any] = field(default_factory=dict)

    def find(self, text: str) -> Place:
        """Return where a model lies."""
        return find_model(text, folder=self.folder, root=self.root)

    def load(self, place: Place) -> Facade:
        """Return its facade, warmed up."""
        return Facade.at(place, **self.options)


class ModelHolder:
    """Who answers; replaced in one assignment, so that every request is answered by one named version.

    Args:
        facade: That answers first.
        place: Where it came from; None for a facade that was handed in: it is never swapped.
        loading: How a new one is loaded.
        shadow: Asked after each answer, for comparison.
        metrics: Where swaps are counted.
    """

    def __init__(
        self, facade: Facade, place: Place | None = None, loading: Loading | None = None,
        *, shadow: Facade | None = None, metrics: Metrics | None = None,
    ) -> None:  # fmt: skip
        self.current, self.shadow = facade, shadow
        self.place, self.loading, self._metrics = place, loading or Loading(), metrics
        self.candidates: dict[str, Facade] = {}
        self._refused = ""
        self._loader = ThreadPoolExecutor(1, thread_name_prefix="trackexp-loader")
        if metrics is not None:
            metrics.loaded(facade)

    def all(self) -> list[tuple[Facade, str]]:
        """Return every model with its part: `serving`, `shadow` or `candidate`."""
        found = [(self.current, "serving")]
        found += [(self.shadow, "shadow")] if self.shadow is not None else []
        return found + [(facade, "candidate") for facade in self.candidates.values()]

    def find(self, name: str, version: str = "") -> Facade:
        """Return a model by its name, its version, or the id of the run that trained it.

        Raises:
            RequestError: There is none (404).
        """
        for facade, _ in self.all():
            if name in (facade.name, facade.version) and version in ("", facade.version):
                return facade
        if name in self.candidates and not version:
            return self.candidates[name]
        raise RequestError("no such model is served here", status=404)

    async def watch(self, seconds: float) -> None:
        """Look every so often where the alias points, and swap."""
        while True:
            await asyncio.sleep(seconds)
            await self.refresh()

    async def refresh(self) -> str:
        """Swap if the alias points elsewhere; return what came of it: `same`, `swapped` or `refused`."""
        if self.place is None or not self.place.moves:
            return "same"
        loop = asyncio.get_running_loop()
        outcome = await loop.run_in_executor(self._loader, self._next)
        if isinstance(outcome, str):
            return outcome
        place, facade = outcome
        old, self.current, self.place, self._refused = self.current, facade, place, ""
        if self._metrics is not None:
            self._metrics.loaded(facade)
        self._count("swapped")
        _LOGGER.warning("%s is served by version %s now, instead of %s", place.text, facade.version, old.version)
        return "swapped"

    def _next(self) -> str | tuple[Place, Facade]:
        """Load what the alias points at, verified and warmed up; a model that fails leaves the old one."""
        assert self.place is not None
        seen = ""
        try:
            place = self.loading.find(self.place.text)
            seen = place.sha256
            if place.sha256 in (self.place.sha256, self._refused):
                return "same"
            return place, self.loading.load(place)
        except (TrackexpError, OSError) as error:
            first = not self._refused or self._refused != (seen or str(error))
            self._refused = seen or str(error)
            if first:
                self._count("refused")
                _LOGGER.error(
                    "%s moved to a version that cannot be served; %s stays: %s",
                    self.place.text, self.current.version, first_line(error),
                )  # fmt: skip
            return "refused"

    def close(self) -> None:
        """Let the loader go."""
        self._loader.shutdown(wait=False, cancel_futures=True)

    def _count(self, outcome: str) -> None:
        if self._metrics is not None:
            self._metrics.swaps.labels(outcome).inc()
