from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from trackexp import cross_validate
from trackexp.errors import ConfigurationError, UsageError

pytest.importorskip("ray", reason="the extra ray is not installed")

LIMIT = 240  # seconds, far beyond what a busy machine needs
HEAD, SECOND = "127.0.0.2", "127.0.0.3"
QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0"}


def free_port(host: str) -> int:
    """A port of a loopback address that nobody listens at."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def start_node(log: Path, *words: str) -> subprocess.Popen[bytes]:
    """Start a node of a Ray cluster, in a group of processes of its own."""
    ray = Path(sys.executable).with_name("ray")
    command = [str(ray), "start", *words, "--num-cpus=1", "--block", "--disable-usage-stats"]
    with log.open("wb") as output:
        return subprocess.Popen(
            command, stdout=output, stderr=output, env={**os.environ, **QUIET}, start_new_session=True
        )


def descendants(pid: int) -> list[int]:
    """A process and everything that it started, the youngest first."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError):
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(stat.parent.name))
    found = [pid]
    for known in found:
        found += children.get(known, [])
    return found[::-1]


def end_node(node: subprocess.Popen[bytes]) -> None:
    """Kill a node with everything that it started, and nothing else."""
    for pid in descendants(node.pid):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    node.wait(30)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The address of a cluster of two nodes with one processor each, and the second node."""
    port = free_port(HEAD)
    address = f"{HEAD}:{port}"
    head = start_node(
        tmp_path / "head.log", "--head", f"--node-ip-address={HEAD}", f"--port={port}", "--include-dashboard=false"
    )
    nodes = [head]
    try:
        deadline = time.monotonic() + LIMIT
        while time.monotonic() < deadline and "Ray runtime started" not in (tmp_path / "head.log").read_text():
            time.sleep(0.2)
        nodes.append(start_node(tmp_path / "second.log", f"--address={address}", f"--node-ip-address={SECOND}"))
        while time.monotonic() < deadline and "Ray runtime started" not in (tmp_path / "second.log").read_text():
            time.sleep(0.2)
        yield address, nodes[1]
    finally:
        for node in reversed(nodes):
            end_node(node)


@pytest.mark.heavy
def test_folds_of_a_killed_node_are_trained_again_at_once(
    cluster: tuple[str, subprocess.Popen[bytes]], shelter: Path, make_train: Callable[..., Any], data: Any
):
    """A real cluster of two nodes loses one while it trains, and finds the same to the last bit."""
    address, second = cluster
    killed, go, pid = shelter / "killed", shelter / "go", second.pid

    def misbehave(fold: Any, shrink: float, words: tuple[str, str, int] = (str(killed), str(go), pid)) -> None:
        import ray

        mark, wait, group = words
        if ray.util.get_node_ip_address() == SECOND and not Path(mark).exists():
            Path(mark).touch()
            os.killpg(group, signal.SIGKILL)
        while not Path(mark).exists() and not Path(wait).exists():
            time.sleep(0.05)

    words: dict[str, Any] = {"target": data[1], "track": {"mode": "offline"}}
    train = make_train(shelter / "calls.txt", misbehave)
    found = cross_validate(
        train, {"shrink": [0.0]}, 3, executor="ray", address=address, storage=shelter / "lost", **words
    )
    whole = cross_validate(make_train(), {"shrink": [0.0]}, 3, executor="here", storage=shelter / "whole", **words)

    assert killed.exists()
    assert ((), 3) == (found.failures, found.trained)
    assert 4 == len((shelter / "calls.txt").read_text().splitlines())
    assert whole.table.equals(found.table)
    assert whole.evaluation.data.y_prob.tobytes() == found.evaluation.data.y_prob.tobytes()


@pytest.mark.heavy
def test_what_no_node_has_is_said_and_not_waited_for(shelter: Path, data: Any):
    """Ray itself would wait for ever."""
    with pytest.raises(UsageError, match="a fold asks for CPU 1, unobtainium 1, and no node has it"):
        cross_validate(
            lambda run, fold, a: 1, {"a": [1]}, 2, target=data[1], executor="ray",
            resources={"CPU": 1, "unobtainium": 1}, storage=shelter / "never",
        )  # fmt: skip


def test_an_address_where_nobody_answers_is_said_at_once(shelter: Path, data: Any):
    """Ray itself would try for a long time."""
    port = free_port("127.0.0.1")
    with pytest.raises(ConfigurationError, match=f"no Ray cluster answers at 127.0.0.1:{port}"):
        cross_validate(
            lambda run, fold, a: 1, {"a": [1]}, 2, target=data[1], executor="ray", address=f"127.0.0.1:{port}",
            storage=shelter / "dead",
        )  # fmt: skip
