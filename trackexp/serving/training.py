"""`POST /train`: a function of the user's, in a process of its own, as a tracked run; one at a time, never promoted."""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

from fastapi import FastAPI, Request, Response

from trackexp.errors import RequestError, TrackexpError, UsageError, first_line
from trackexp.models.python_code import find_object
from trackexp.serving.gateway import passage_of
from trackexp.serving.routes import answer, parsed, refuse_unknown

if TYPE_CHECKING:
    from trackexp.serving.app import Service

_LOGGER = logging.getLogger("trackexp")
_TYPES = {int: "integer", float: "number", str: "string", bool: "boolean"}
_SECONDS = 24 * 3600.0
_NICE = 10
_PATIENCE = 10  # seconds between being asked to end and being ended
_PROGRAM = """import json, sys
from trackexp.models.python_code import find_object
find_object(sys.argv[1])(**json.loads(sys.argv[2]))
"""


@dataclass(eq=False)
class Job:
    """One training.

    Args:
        id: Of its run.
        parameters: The function's arguments.
        process: Its own.
    """

    id: str
    parameters: dict[str, Any]
    process: subprocess.Popen[bytes]
    began: float = field(default_factory=time.time)
    cancelled: bool = False
    overdue: bool = False

    @property
    def state(self) -> str:
        """`running`, `finished`, `failed` or `cancelled`."""
        code = self.process.poll()
        if code is None:
            return "running"
        return "cancelled" if self.cancelled else "finished" if code == 0 else "failed"

    def to_dict(self) -> dict[str, Any]:
        """Return the state as JSON-ready data."""
        told = {"job_id": self.id, "state": self.state, "parameters": self.parameters, "began": self.began}
        return told | ({"why": "it took longer than it may"} if self.overdue else {})


class Trainer:
    """Runs one function on request.

    Args:
        place: `package.module:function`; its parameters have defaults or must be given, and are of the types int,
            float, str or bool.
        most_seconds: After which a training is ended.

    Raises:
        UsageError: There is no such function, or a parameter has another type.
    """

    def __init__(self, place: str, *, most_seconds: float = _SECONDS) -> None:
        self.place, self.most_seconds = place, most_seconds
        self.jobs: dict[str, Job] = {}
        function = find_object(place)
        if not callable(function):
            raise UsageError(f"--train {place} is no function.")
        hints = get_type_hints(function)
        self.parameters: dict[str, tuple[type, Any]] = {}
        for name, one in inspect.signature(function).parameters.items():
            kind: Any = hints.get(name)
            if kind not in _TYPES or one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD):
                raise UsageError(f"--train {place}: the parameter {name} needs a type: int, float, str or bool.")
            self.parameters[name] = (kind, one.default)

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema of the body that starts a training."""
        properties: dict[str, Any] = {}
        for name, (kind, default) in self.parameters.items():
            properties[name] = {"type": _TYPES[kind]}
            if default is not inspect.Parameter.empty and default is not None:
                properties[name]["default"] = default
        needed = [name for name, (_, default) in self.parameters.items() if default is inspect.Parameter.empty]
        found = {"type": "object", "properties": properties, "additionalProperties": False}
        return found | ({"required": needed} if needed else {})

    def start(self, given: dict[str, Any]) -> Job:
        """Begin a training.

        Raises:
            RequestError: One runs already (409), or the parameters are not the function's (422).
        """
        if any(job.state == "running" for job in self.jobs.values()):
            raise RequestError("a training runs already", status=409, retry_after=30)
        parameters = self._checked(given)
        run = secrets.token_hex(4)
        folder = Path(tempfile.mkdtemp(prefix="trackexp-train-"))
        script = folder / "train.py"
        script.write_text(_PROGRAM, encoding="utf-8")
        command = [sys.executable, "-m", "trackexp", "run", "--id", run, "--job-type", "train", str(script)]
        paths = [str(Path.cwd()), *filter(None, [os.environ.get("PYTHONPATH")])]
        process = subprocess.Popen(
            ["nice", "-n", str(_NICE), *command, self.place, json.dumps(parameters)],
            stdin=subprocess.DEVNULL, stdout=sys.stderr.fileno(), stderr=sys.stderr.fileno(), start_new_session=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )  # fmt: skip
        job = self.jobs[run] = Job(run, parameters, process)
        return job

    def find(self, job_id: str) -> Job:
        """Return a training.

        Raises:
            RequestError: There is none of this id (404).
        """
        if job_id not in self.jobs:
            raise RequestError("there is no such training", status=404)
        return self.jobs[job_id]

    def cancel(self, job: Job) -> None:
        """End a training, gently first: its run is then a readable one."""
        if job.process.poll() is not None:
            return
        job.cancelled = True
        _signal(job, signal.SIGINT)

    async def watch(self, job: Job) -> None:
        """Wait for a training; end it where it takes too long, or does not end when it was cancelled."""
        asked = 0.0
        while job.process.poll() is None:
            await asyncio.sleep(0.2)
            if time.time() - job.began > self.most_seconds and not job.cancelled:
                job.overdue = True
                self.cancel(job)
            asked += 0.2 if job.cancelled else 0.0
            if asked > _PATIENCE:
                _signal(job, signal.SIGKILL)

    def close(self) -> None:
        """End what still runs."""
        for job in self.jobs.values():
            self.cancel(job)

    def _checked(self, given: dict[str, Any]) -> dict[str, Any]:
        refuse_unknown(given, tuple(self.parameters) or ("nothing",))
        for name, (kind, default) in self.parameters.items():
            if name not in given:
                if default is inspect.Parameter.empty:
                    raise RequestError("the field is missing", place=name)
                continue
            right = type(given[name]) is kind or (kind is float and type(given[name]) is int)
            if not right:
                raise RequestError(f"expected a value of type {_TYPES[kind]}", place=name)
        return dict(given)


def add_training_routes(app: FastAPI, service: Service, trainer: Trainer) -> None:
    """Add `POST /train`, and `GET` and `DELETE` of one training."""

    async def followed(job: Job) -> None:
        await trainer.watch(job)
        if job.state == "finished":
            await asyncio.to_thread(_offer, service, job)

    @app.post("/train")
    async def train(request: Request) -> Response:
        body = passage_of(request.scope).body
        job = trainer.start(parsed(body) if body else {})
        service.tasks.append(asyncio.create_task(followed(job)))
        return answer(job.to_dict(), 202)

    @app.get("/train/{job_id}")
    async def state(job_id: str) -> Response:
        job = trainer.find(job_id)
        candidate = service.holder.candidates.get(job_id)
        more = {} if candidate is None else {"candidate": {"name": candidate.name, "version": candidate.version}}
        return answer(job.to_dict() | more)

    @app.delete("/train/{job_id}")
    async def cancel(job_id: str) -> Response:
        job = trainer.find(job_id)
        trainer.cancel(job)
        return answer(job.to_dict())


def _offer(service: Service, job: Job) -> None:
    """Load the model of a finished training, so that it answers by its id; it is promoted by nobody but a person."""
    try:
        facade = service.holder.loading.load(service.holder.loading.find(job.id))
    except (TrackexpError, OSError) as error:
        _LOGGER.warning("the training %s left no model: %s", job.id, first_line(error))
        return
    service.holder.candidates[job.id] = facade


def _signal(job: Job, number: int) -> None:
    try:
        os.killpg(job.process.pid, number)
    except ProcessLookupError:
        return
