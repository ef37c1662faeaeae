"""One sender at a time: several processes, killed ones, and what a killed one leaves behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from trackexp import track
from trackexp.errors import ServerError
from trackexp.tracking.arrival import lock as locking
from trackexp.tracking.arrival.lock import NAME, SendLock, locked

HOLD = """
import sys, time
from pathlib import Path
from trackexp.tracking.arrival.lock import SendLock
lock = SendLock(Path(sys.argv[1]))
assert lock.acquire()
print("held", flush=True)
time.sleep(60)
"""


def offline_run(rows: int) -> Path:
    """Record a run offline and return its folder."""
    with track("arrival", mode="offline", save_code=False) as run:
        for step in range(rows):
            run.log({"val/loss": float(step)})
    return run.folder


def sync(folder: Path) -> subprocess.Popen[str]:
    """Start `trackexp sync` in a process of its own."""
    command = [sys.executable, "-m", "trackexp", "sync", str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def values(server: Any, folder: Path) -> list[float]:
    """Return the rows that the server holds, doubled ones twice."""
    history = server.run("arrival", folder.name.rpartition("-")[2])["history"]
    return [row["val/loss"] for row in history if "val/loss" in row]


def holder_of(folder: Path) -> subprocess.Popen[str]:
    """Start a process that holds the lock of a folder."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert "held\n" == process.stdout.readline()
    return process


@pytest.mark.heavy
def test_three_syncs_at_once_send_each_row_once(online: Any) -> None:
    """The others wait for the first, and find that all has arrived."""
    folder = offline_run(400)
    processes = [sync(folder) for _ in range(3)]
    answers = [process.communicate(timeout=180) for process in processes]

    assert [0, 0, 0] == [process.returncode for process in processes], answers
    assert [float(step) for step in range(400)] == values(online, folder)
    assert 3 == sum("arrived" in out for out, _ in answers)
    assert any("is being sent by process" in err for _, err in answers)
    assert [] == list(folder.glob(f"{NAME}*"))


@pytest.mark.heavy
def test_a_sync_after_a_killed_one_sends_each_row_once(online: Any) -> None:
    """What the killed one left running still holds the lock; then the rest is sent."""
    folder = offline_run(400)
    online.fault(op="^file_stream$", action="delay", seconds=2, times=2)
    killed = sync(folder)
    deadline = time.monotonic() + 60
    while not (folder / NAME).exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(3)
    os.kill(killed.pid, signal.SIGKILL)
    second = sync(folder)
    out, err = second.communicate(timeout=180)
    killed.communicate()

    assert 0 == second.returncode, out + err
    assert [float(step) for step in range(400)] == values(online, folder)


def test_a_lock_names_its_holder_and_ends_with_it(tmp_path: Path) -> None:
    """Whoever waits is told for whom; a killed holder has no lock any more, and is noticed."""
    process = holder_of(tmp_path)
    with pytest.raises(ServerError, match=rf"process {process.pid} on ") as caught, locked([tmp_path], print, wait=0.3):
        pass
    process.kill()
    process.communicate()
    with locked([tmp_path], print, wait=5) as held:
        files = len(held.files)

    assert "try again" in str(caught.value)
    assert (1, True) == (files, held.left_behind)
    assert not (tmp_path / NAME).exists()


def test_a_child_that_was_given_the_lock_keeps_it(tmp_path: Path) -> None:
    """A `wandb sync` whose parent was killed goes on sending."""
    lock = SendLock(tmp_path)
    assert lock.acquire()
    assert lock.file is not None
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], pass_fds=[lock.file])
    os.close(lock.file)
    taken = SendLock(tmp_path).acquire()
    child.kill()
    child.wait()
    after = SendLock(tmp_path)

    assert (False, True) == (taken, after.acquire())
    after.release()


def test_without_locks_in_the_file_system_a_file_stands_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that its holder touches is respected, one that nobody touches is taken over."""

    def refuse(file: int) -> bool:
        raise OSError("no locks here")

    monkeypatch.setattr(locking, "_flock", refuse)
    first, second, third = (SendLock(tmp_path) for _ in range(3))
    taken = [first.acquire(), second.acquire()]
    held = tmp_path / f"{NAME}.held"
    os.utime(held, (time.time() - 120, time.time() - 120))
    taken.append(third.acquire())
    said = json.loads((tmp_path / NAME).read_text())
    third.release()

    assert ([True, False, True], os.getpid()) == (taken, said["pid"])
    assert not held.exists()


def test_a_folder_that_cannot_be_written_is_not_locked(tmp_path: Path) -> None:
    """What lies on a read-only volume can be sent all the same."""
    with locked([tmp_path / "gone"], print, wait=0.1) as held:
        pass

    assert ([], False) == (held.files, held.waited)
