from __future__ import annotations

import os
import pty
import shutil
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
TAG = "trackexp-under-test"
# What `docker build` is given; .git is a folder in a clone, and may be missing.
CONTEXT = (
    ".dockerignore", ".env.example", ".git", ".gitignore", "Dockerfile", "LICENSE", "README.md", "docker-compose.yml",
    "docker-entrypoint.sh", "docs", "pyproject.toml", "setup.cfg", "trackexp",
)  # fmt: skip
SCRIPT = """
import sys, time
import keras
import numpy as np

epochs = int(sys.argv[1])
x = np.random.default_rng(0).random((64, 4))
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile("sgd", loss="mean_squared_error")
told = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print("epoch", epoch, flush=True))
paced = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: time.sleep(0.05 if epochs > 99 else 0))
model.fit(x, x.sum(axis=1), validation_split=0.25, epochs=epochs, verbose=0, callbacks=[told, paced])
"""


@dataclass
class Said:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str = ""


@dataclass
class Engine:
    """A Docker engine, with what tests leave there taken away at the end."""

    volume: str = field(default_factory=lambda: f"{TAG}-{uuid.uuid4().hex[:8]}")
    containers: list[str] = field(default_factory=list)

    def __call__(self, *arguments: str, cwd: Path | None = None, program: str = "docker", timeout: float = 900) -> Said:
        """Run docker, or docker-compose, and wait for it."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("WANDB_", "TRACKEXP_"))}
        command = [program, *arguments]
        done = subprocess.run(
            command, cwd=cwd, env=kept, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def run(self, *arguments: str, command: str) -> Said:
        """Run a command, its words parted by spaces, in a new container on the volume."""
        return self("run", "--rm", "-v", f"{self.volume}:/runs", *arguments, TAG, *command.split())

    def start(self, *arguments: str, command: str, until: str) -> str:
        """Start a container on the volume, and return its name as soon as it says `until`."""
        name = f"{TAG}-{uuid.uuid4().hex[:8]}"
        self.containers.append(name)
        begun = self("run", "-d", "--name", name, "-v", f"{self.volume}:/runs", *arguments, TAG, *command.split())
        assert 0 == begun.code, begun.err
        for _ in range(600):
            if until in self("logs", name).out:
                return name
            time.sleep(0.1)
        pytest.fail(f"never said {until!r}: {self('logs', name)}")

    def clear(self) -> None:
        """Remove the containers and the volume."""
        for name in self.containers:
            self("rm", "-f", "-v", name)
        self("volume", "rm", "-f", self.volume)


@pytest.fixture(scope="session")
def _engine() -> Engine:
    if shutil.which("docker") is None:
        pytest.skip("there is no docker here")
    answer = Engine()("info", "--format", "{{.ServerVersion}}", timeout=60)
    if answer.code:
        pytest.skip(f"no Docker engine answers: {(answer.err or answer.out).strip().splitlines()[-1]}")
    return Engine()


@pytest.fixture
def docker(_engine: Engine) -> Iterator[Engine]:
    """An engine that answers, with a volume of this test's own."""
    engine = Engine()
    yield engine
    engine.clear()


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the image is made of, in which tests may change files."""
    folder = tmp_path_factory.mktemp("checkout") / "trackexp"
    folder.mkdir()
    for name in CONTEXT:
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, folder / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy2(source, folder / name)
    return folder


@pytest.fixture(scope="session")
def built(_engine: Engine, checkout: Path) -> Said:
    """What `docker build` said; the image is there under `TAG`."""
    said = _engine("build", "-t", TAG, ".", cwd=checkout)
    assert 0 == said.code, f"{said.out[-3000:]}\n{said.err[-3000:]}"
    return said


@pytest.fixture
def mounted(tmp_path: Path) -> tuple[str, str]:
    """The arguments that mount a training script to /workspace/train.py."""
    script = tmp_path / "train.py"
    script.write_text(SCRIPT)
    script.chmod(0o644)
    return "-v", f"{script}:/workspace/train.py:ro"


@pytest.fixture
def on_a_terminal() -> Callable[..., Said]:
    """Runs a command as at a terminal, which `docker run -it` asks for."""

    def run(*command: str, cwd: Path) -> Said:
        lines: list[bytes] = []
        main, side = pty.openpty()
        process = subprocess.Popen(command, cwd=cwd, stdin=side, stdout=side, stderr=side)
        os.close(side)
        while True:
            try:
                piece = os.read(main, 65536)
            except OSError:  # Linux's way to say that the other side is closed
                break
            if not piece:
                break
            lines.append(piece)
        os.close(main)
        return Said(process.wait(), b"".join(lines).decode(errors="replace"))

    return run
