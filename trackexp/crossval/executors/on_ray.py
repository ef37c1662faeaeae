"""Folds as tasks of Ray: of a cluster by its address, else of one on this machine for as long as it takes."""

from __future__ import annotations

import io
import logging
import math
import os
import re
import signal
import socket
import sys
import tarfile
import threading
import warnings
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, wait
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import trackexp
from trackexp.crossval.carrying import carried_whole
from trackexp.crossval.executors.protocol import Place
from trackexp.crossval.executors.remote import Delivery, Surroundings, train_remotely
from trackexp.crossval.task import FoldTask, Outcome, Program
from trackexp.errors import ConfigurationError, UnsupportedVersionError, UsageError, first_line
from trackexp.optional import require

GRACE_SECONDS = 20.0  # for runs that are interrupted to be ended
PROBE_SECONDS = 5.0  # for the address to answer
_NAMES = {"CPU": "num_cpus", "GPU": "num_gpus", "memory": "memory"}
_CARRIED = ("WANDB_", "TRACKEXP_", "KERAS_", "TF_", "CUDA_", "XLA_", "OMP_", "HF_")
# Ray's own words: no usage report, no new environment for every worker of `uv run`, no warning about accelerators, and
# nothing on our stdout of what its nodes note of workers and machines that are gone: an outcome says it.
_ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0", "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_DEDUP_LOGS_SKIP_REGEX": "A worker died or was killed|has been marked dead|worker processes have been started",
}  # fmt: skip

logger = logging.getLogger("trackexp")


class OnRay:
    """Submits every fold as a task of its own, in a fresh process each; retries are ours, so that each is its own run.

    Args:
        program: Put into the cluster's store once; workers read its arrays there, and cannot write to them.
        place: Where logs go, and the runs that come back.
        address: `HOST:PORT`; None takes RAY_ADDRESS, else a cluster on this machine.
        resources: What a fold needs.

    Raises:
        MissingExtraError: Ray is not installed.
        ConfigurationError: Nobody answers at the address.
        UnsupportedVersionError: The cluster has another version of Ray or Python.
        UsageError: No node has what a fold needs.
    """

    def __init__(self, program: Program, place: Place, address: str | None, resources: Mapping[str, float]) -> None:
        _check_resources(resources)
        with warnings.catch_warnings(), _environment():
            warnings.simplefilter("ignore")
            self._ray: Any = require("ray", extra="ray")
        self._program, self._place, self._resources = program, place, resources
        self._address = address or os.environ.get("RAY_ADDRESS")
        self._own = False
        self._running: dict[Future[Outcome], Any] = {}
        self._stopping = False
        self.capacity = 1

    def __enter__(self) -> OnRay:
        self._before = signal.getsignal(signal.SIGTERM)
        if not self._ray.is_initialized():
            self._connect()
            self._own = True
        try:
            self.capacity = self._room()
            with carried_whole(self._program.train, self._ray.cloudpickle):
                self._reference = self._ray.put(self._program)
            remote = self._ray.remote(max_calls=1, max_retries=0)(train_remotely)
            self._train = remote.options(**_options(self._resources))
        except BaseException:
            self.__exit__()
            raise
        return self

    def submit(self, task: FoldTask) -> Future[Outcome]:
        """Submit a fold, and return a future that is done when its run and log lie on this disk."""
        carried = {name: value for name, value in os.environ.items() if name.startswith(_CARRIED)}
        paths = [os.path.abspath(entry) for entry in sys.path]  # noqa: PTH100
        surroundings = Surroundings(carried, paths, trackexp.__version__)
        reference = self._train.remote([self._reference], task, surroundings)
        found: Future[Outcome] = Future()
        self._running[found] = reference
        reference.future().add_done_callback(lambda delivered: self._deliver(task, delivered, found))
        return found

    def _deliver(self, task: FoldTask, delivered: Future[Delivery], found: Future[Outcome]) -> None:
        self._running.pop(found, None)
        try:
            found.set_result(self._taken_in(task, delivered.result()))
        except BaseException as error:
            found.set_result(self._failed(error))

    def _taken_in(self, task: FoldTask, delivery: Delivery) -> Outcome:
        """Write what a worker sent to this disk."""
        log = self._place.log_of(task)
        log.write_bytes(delivery.log)
        outcome = replace(delivery.outcome, log=str(log))
        if delivery.archive is None:
            return outcome
        self._place.runs.mkdir(parents=True, exist_ok=True)
        with tarfile.open(fileobj=io.BytesIO(delivery.archive)) as archive:
            archive.extractall(self._place.runs, filter="data")
        there, here = Path(outcome.run_folder), self._place.runs / Path(outcome.run_folder).name
        model = str(here / Path(outcome.model).relative_to(there)) if outcome.model else ""
        return replace(outcome, run_folder=str(here), model=model)

    def _failed(self, error: BaseException) -> Outcome:
        """Return the outcome of a task that did not come back: a lost machine is no fault of the training's."""
        kinds = self._ray.exceptions
        if self._stopping or isinstance(error, kinds.TaskCancelledError):
            return Outcome("stopped", error="it was stopped")
        lost = (kinds.NodeDiedError, kinds.ObjectLostError, kinds.LocalRayletDiedError)
        if isinstance(error, lost):
            return Outcome("lost", error="its machine went away")
        if isinstance(error, kinds.OutOfMemoryError):
            return Outcome("failed", error=f"it ran out of memory: {first_line(error)}")
        if isinstance(error, kinds.WorkerCrashedError):
            return Outcome("failed", error="its process was killed (often: out of memory)")
        cause = getattr(error, "cause", None) or error
        return Outcome("failed", error=f"{type(cause).__name__}: {first_line(cause)}", trace=str(error)[-20_000:])

    def __exit__(self, *_: object) -> None:
        """Interrupt what still runs, and leave the cluster; one on this machine ends."""
        self._stopping = True
        left = dict(self._running)
        for reference in left.values():
            with suppress(Exception):
                self._ray.cancel(reference, force=False)
        wait(left, timeout=GRACE_SECONDS if left else 0)
        if self._own:
            self._ray.shutdown()
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, self._before)  # Ray has put its own in

    def _connect(self) -> None:
        options: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR, "include_dashboard": False}
        if self._address and self._address != "local":
            host = _answering(self._address)
            options = {"address": self._address, "log_to_driver": False, "logging_level": logging.ERROR}
            if host.startswith("127."):
                options["_node_ip_address"] = host  # Ray takes the outward address otherwise, and waits for ever
        else:
            options["address"] = "local"
        with warnings.catch_warnings(), _environment(), _stderr_into(self._place.storage / "ray.log"):
            warnings.simplefilter("ignore")
            try:
                self._ray.init(**options)
            except RuntimeError as error:
                if "ersion mismatch" in str(error):
                    raise UnsupportedVersionError(f"the Ray cluster at {self._address}: {_in_a_line(error)}") from error
                raise ConfigurationError(f"Ray could not be started: {_in_a_line(error)}") from error
            except (ConnectionError, OSError, ValueError) as error:
                raise ConfigurationError(f"no Ray cluster at {self._address}: {_in_a_line(error)}") from error

    def _room(self) -> int:
        """Return how many folds the cluster has room for at a time.

        Raises:
            UsageError: For none: such a task would wait for ever.
        """
        nodes = [node["Resources"] for node in self._ray.nodes() if node["Alive"]]
        room = sum(
            int(min((math.floor(node.get(name, 0) / asked) for name, asked in self._resources.items() if asked > 0),
                    default=1))
            for node in nodes
        )  # fmt: skip
        if room < 1:
            asked = ", ".join(f"{name} {value:g}" for name, value in self._resources.items())
            there = "; ".join(
                ", ".join(f"{name} {value:g}" for name, value in sorted(node.items()) if ":" not in name)
                for node in nodes
            )
            raise UsageError(
                f"a fold asks for {asked}, and no node has it (nodes: {there or 'none'}); Ray would wait for ever. "
                "Ask for less with resources=…, or add such a node."
            )
        return room


def _options(resources: Mapping[str, float]) -> dict[str, Any]:
    """Return Ray's words for what a task needs."""
    found: dict[str, Any] = {_NAMES[name]: value for name, value in resources.items() if name in _NAMES}
    others = {name: value for name, value in resources.items() if name not in _NAMES}
    return found | ({"resources": others} if others else {})


def _check_resources(resources: Mapping[str, float]) -> None:
    for name, value in resources.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
            raise UsageError(f"resources={{{name!r}: {value!r}}}; expected a number of at least 0, as in {{'CPU': 1}}.")


def _answering(address: str) -> str:
    """Return the host of an address where somebody answers."""
    match = re.fullmatch(r"(?:ray://)?([^:/]+):(\d+)", address)
    if match is None:
        raise UsageError(f"address={address!r}; expected HOST:PORT, as `ray start` prints it.")
    host, port = match[1], int(match[2])
    try:
        socket.create_connection((host, port), PROBE_SECONDS).close()
    except OSError as error:
        raise ConfigurationError(
            f"no Ray cluster answers at {address} ({error.strerror or error}); start one with "
            f"`ray start --head --port={port}`, or leave address out for one on this machine."
        ) from error
    return host


def _in_a_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:400]


@contextmanager
def _environment() -> Iterator[None]:
    """Set Ray's own words for the block, those of the user's that are there apart."""
    before = {name: os.environ.get(name) for name in _ENVIRONMENT}
    os.environ.update({name: value for name, value in _ENVIRONMENT.items() if before[name] is None})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)


@contextmanager
def _stderr_into(path: Path) -> Iterator[None]:
    """Have processes that are started in the block write their noise into a file; Ray's write to our stderr."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        kept = os.dup(2)
    except OSError:  # no stderr at all
        yield
        return
    try:
        with path.open("ab") as file:
            os.dup2(file.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
