from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from trackexp.errors import UsageError
from trackexp.serving.server import listen


@pytest.mark.heavy
def test_sigterm_under_load_loses_no_answer(serving: Callable[..., Any]):
    """Requests that are under way are answered, the exit code is 0, and each request has a line of JSON in the log."""
    codes: list[int] = []
    with serving() as server:

        def load() -> None:
            with httpx.Client() as client:
                try:
                    while True:
                        codes.append(client.post(f"{server.url}/predict", json={"inputs": [[0.1, 0.2]]}).status_code)
                except httpx.ConnectError:
                    return
                except httpx.RemoteProtocolError:
                    codes.append(0)

        threads = [threading.Thread(target=load) for _ in range(4)]
        for thread in threads:
            thread.start()
        while len(codes) < 200:
            pass
        exit_code = server.stop()
        for thread in threads:
            thread.join(timeout=20)

        assert (0, {200}) == (exit_code, set(codes))
        lines = [json.loads(line) for line in server.told if line.startswith("{")]
        first = next(line for line in lines if line["message"] == "request" and line["route"] == "/predict")
        assert {"request_id", "model", "version", "latency_ms", "outcome"} <= set(first)


def test_a_port_that_is_taken_is_told_before_any_model_is_loaded():
    """The message names the next one."""
    taken = listen("127.0.0.1", 0)
    port = taken.getsockname()[1]
    try:
        with pytest.raises(UsageError, match=f"--port {port + 1}"):
            listen("127.0.0.1", port)
    finally:
        taken.close()


def test_other_machines_need_a_token(tmp_path: Path):
    """0.0.0.0 without a token is refused with what to do."""
    command = [sys.executable, "-m", "trackexp", "serve", "x.keras", "--host", "0.0.0.0"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert 2 == ran.returncode
    assert "--token-file" in ran.stderr
