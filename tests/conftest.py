from __future__ import annotations

import json
import os
import runpy
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# A shell that starts the tests in the background has them ignore Ctrl-C, and their children too, which are sent one.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN and threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)

SERVER = Path(__file__).parent / "wandb_server" / "server.py"
KEY = "k" * 40
_BEGAN = time.monotonic()

# The same examples every time, on every machine, and no example fails because the machine is busy.
settings.register_profile("repeatable", deadline=None, derandomize=True)
# `make fuzz`: examples nobody has seen yet. What it finds becomes an `@example` of its test.
settings.register_profile("fuzz", deadline=None, max_examples=1000, print_blob=True)
settings.load_profile("repeatable")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what is left once the seconds of FUZZ_SECONDS are over; the order is another one each time."""
    seconds = float(os.environ.get("FUZZ_SECONDS", "inf"))
    if time.monotonic() - _BEGAN > seconds:
        pytest.skip(f"the {seconds:g} seconds for exploring are over")


@pytest.fixture(autouse=True, scope="module")
def every_answer(request: pytest.FixtureRequest) -> Iterator[None]:
    """Have a rule's own tests make it fire, pass, and say that it cannot tell; asked where they were run whole."""
    module = request.module
    if "rules" not in Path(module.__file__).parent.parts:
        yield
        return
    from trackexp.diagnosis import engine

    seen: set[tuple[str, str]] = set()

    def observed(rule: Any, subject: Any, skipped: str, ask: Callable[..., Any] = engine._outcome) -> Any:
        outcome = ask(rule, subject, skipped)
        seen.add((rule.name, str(outcome.status)))
        return outcome

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "_outcome", observed)
        yield
    run = {getattr(item, "originalname", "") for item in request.session.items if item.path == request.path}
    whole = {name for name in vars(module) if name.startswith("test_")} <= run
    name = Path(module.__file__).stem.removeprefix("test_").replace("_", "-")
    if whole and not request.session.testsfailed:
        assert {"finding", "passed", "not applicable"} <= {status for rule, status in seen if rule == name}


@dataclass
class Server:
    """A W&B server of this machine, with what tests ask of it: its runs, and failures on request."""

    url: str
    process: subprocess.Popen[str]
    key: str = KEY
    user: str = "tester"

    def admin(self, path: str, *, method: str = "GET", body: object = None) -> Any:
        """Return the answer of one of the server's own paths."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_admin/{path}", data=data, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")

    def run(self, project: str, run_id: str, entity: str = "tester") -> Any:
        """Return all that the server has of a run, the rows of its history as mappings."""
        found = self.admin(f"run/{entity}/{project}/{run_id}")
        return {**found, "history": [json.loads(row) for row in found["history"]]}

    def fault(self, **rule: Any) -> None:
        """Make requests fail from now on, as the server's README says."""
        self.admin("faults", method="POST", body={"times": -1, **rule})

    def stop(self) -> None:
        """Kill the server: from now on nobody listens at its address."""
        self.process.kill()
        self.process.wait()


def start_server(folder: Path) -> Server:
    """Start a W&B server with one user on a free port."""
    command = [sys.executable, str(SERVER), "--data", str(folder), "--port", "0", "--key", f"{KEY}=tester"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    with process.stdout:
        return Server(process.stdout.readline().strip(), process)


@pytest.fixture(scope="session")
def _wandb_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = start_server(tmp_path_factory.mktemp("wandb-server"))
    yield server
    server.stop()


@pytest.fixture
def wandb_server(_wandb_server: Server) -> Iterator[Server]:
    """A W&B server without failures, shared by the tests of the session."""
    yield _wandb_server
    _wandb_server.admin("faults", method="DELETE")


@pytest.fixture
def mortal_server(tmp_path: Path) -> Iterator[Server]:
    """A W&B server of one test alone, which may stop it."""
    server = start_server(tmp_path / "server")
    yield server
    server.stop()


@pytest.fixture
def isolated_environ(tmp_path: Path) -> dict[str, str]:
    """An environment in which W&B and trackexp read and write below `tmp_path` alone, for scripts."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("WANDB_", "TRACKEXP_", "XDG_")) and name not in ("RANK", "NETRC")
    }
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    return {**kept, "HOME": str(home), "WANDB_ERROR_REPORTING": "false"}


@pytest.fixture
def workspace(tmp_path: Path, isolated_environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working folder in which this very process tracks as if it had just begun, with nothing in its environment."""
    import wandb

    from trackexp.tracking import failures, opening
    from trackexp.tracking.opening import environment

    folder = tmp_path / "work"
    folder.mkdir()
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(isolated_environ)
    monkeypatch.chdir(folder)
    failures._said_by_process.clear()
    environment._from_dotenv.clear()
    wandb.teardown()
    yield folder
    left_open = opening.open_runs()
    for run in left_open:
        run.finish()
    if wandb.run is not None:
        wandb.run.finish()
    wandb.teardown()
    os.environ.clear()
    os.environ.update(before)
    assert [] == left_open


@pytest.fixture
def script(tmp_path: Path, isolated_environ: dict[str, str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs Python source in a process of its own, with no stdin, in a folder below `tmp_path`."""

    def run(source: str, *, environ: dict[str, str] | None = None, timeout: float = 90) -> Any:
        folder = tmp_path / "work"
        folder.mkdir(exist_ok=True)
        return subprocess.run(
            [sys.executable, "-c", source],
            cwd=folder,
            env={**isolated_environ, **(environ or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
        )

    return run


@pytest.fixture(scope="session")
def peer_python() -> Callable[..., Path]:
    """Returns the interpreter of a cached environment that holds what ours cannot: `peer_python("mlflow==3.4.0")`."""
    made = runpy.run_path(str(Path(__file__).parents[1] / "benchmarks" / "peer_venv.py"))["peer_python"]
    return lambda *requirements: made(requirements)


@dataclass
class Visit:
    """A page in a real browser, with everything that it said and asked for."""

    page: Any
    said: list[str]
    asked: list[str]


@pytest.fixture(scope="module")
def _browser() -> Iterator[Any]:
    """Of a module, not of the session: Playwright's loop would run in every other test."""
    binary = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if binary is None:
        pytest.skip("no chromium on PATH, in which pages are seen (Debian: apt install chromium)")
    from playwright.sync_api import sync_playwright

    quiet = ("no-first-run", "disable-background-networking", "disable-component-update", "disable-sync")
    flags = [f"--{flag}" for flag in ("no-sandbox", "disable-gpu", "disable-quic", *quiet)]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def visit(_browser: Any) -> Iterator[Callable[..., Visit]]:
    """Opens a file in Chromium; keywords are those of a Playwright context, such as `color_scheme="dark"`."""
    contexts = []

    def go(path: Path, **settings: Any) -> Visit:
        contexts.append(_browser.new_context(**settings))
        seen = Visit(contexts[-1].new_page(), [], [])
        seen.page.on("console", lambda message: seen.said.append(f"{message.type}: {message.text}"))
        seen.page.on("pageerror", lambda error: seen.said.append(f"error: {error}"))
        seen.page.on("request", lambda request: seen.asked.append(request.url))
        # what the page's own policy refused never left, though Chromium tells of it
        seen.page.on("requestfailed", lambda request: request.failure == "csp" and seen.asked.remove(request.url))
        seen.page.goto(path.resolve().as_uri())
        return seen

    yield go
    for context in contexts:
        context.close()


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], str]:
    """Return the golden text of that name, beside the test; with TRACKEXP_UPDATE_GOLDENS=1 what was seen becomes it."""

    def text_of(name: str, seen: str) -> str:
        path = request.path.parent / "golden" / name
        if os.environ.get("TRACKEXP_UPDATE_GOLDENS") == "1":
            path.write_text(seen, encoding="utf-8")
        return path.read_text(encoding="utf-8")

    return text_of
