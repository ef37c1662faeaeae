"""One sender at a time for each run: a lock in the run's folder, which holds between containers on one volume too.

The lock is the kernel's own (`flock`): it ends with the processes that hold it, however they end, and the `wandb sync`
that a killed `trackexp sync` leaves behind is one of them. Where a file system has no such locks, a file stands for
one; its holder touches it every few seconds, and one that nobody has touched for a minute is taken over.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from trackexp.errors import ServerError

NAME = ".trackexp-sync.lock"
POLL_SECONDS = 0.2
# Of a file that stands for a lock: how often its holder touches it, and when it is taken to be left behind.
TOUCH_SECONDS, STALE_SECONDS = 5.0, 60.0


class SendLock:
    """The right to send what lies in one folder.

    Args:
        folder: The run's folder.

    Attributes:
        file: The open file of the lock while we have it.
        left_behind: The last holder did not give it back: it was killed.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self.file: int | None = None
        self.left_behind = False
        self._touching: threading.Event | None = None

    def acquire(self) -> bool:
        """Return whether nobody else has the lock, and we now have.

        Raises:
            OSError: The folder cannot be written.
        """
        while True:
            file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            try:
                taken = _flock(file)
            except OSError:
                os.close(file)
                return self._acquire_by_name()
            if taken and _is_still(file, self.path):
                self.file, self.left_behind = file, os.fstat(file).st_size > 0
                self._sign(file)
                return True
            os.close(file)
            if not taken:
                return False

    def release(self) -> None:
        """Give the lock back."""
        if self._touching is not None:
            self._touching.set()
            self._touching = None
            self._by_name.unlink(missing_ok=True)
        if self.file is not None:
            with suppress(OSError):
                self.path.unlink(missing_ok=True)  # before others may have it: they see that it is another file
            os.close(self.file)
            self.file = None

    def holder(self) -> str:
        """Return who has the lock, as far as it says: process, machine, and since when."""
        try:
            said = json.loads(self.path.read_text(encoding="utf-8"))
            return f"process {said['pid']} on {said['host']}, since {said['since']}"
        except (OSError, ValueError, KeyError, TypeError):
            return "another process"

    @property
    def _by_name(self) -> Path:
        return self.path.with_name(f"{NAME}.held")

    def _acquire_by_name(self) -> bool:
        """Take the lock by making a file that must not be there, on a file system that has no locks of its own."""
        if self._is_stale():
            self._by_name.unlink(missing_ok=True)
            self.left_behind = True
        try:
            file = os.open(self._by_name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        except FileExistsError:
            return False
        os.close(file)
        with self.path.open("r+b") as signed:
            self._sign(signed.fileno())
        self._touching = threading.Event()
        threading.Thread(target=self._touch, args=(self._touching,), name="trackexp-lock", daemon=True).start()
        return True

    def _touch(self, ended: threading.Event) -> None:
        while not ended.wait(TOUCH_SECONDS):
            with suppress(OSError):
                os.utime(self._by_name)

    def _is_stale(self) -> bool:
        """Return whether the holder has stopped touching its file, by the clock of the file system itself."""
        try:
            touched = self._by_name.stat().st_mtime
            os.utime(self.path)
            return self.path.stat().st_mtime - touched > STALE_SECONDS
        except OSError:
            return False

    def _sign(self, file: int) -> None:
        since = datetime.now().astimezone().isoformat(timespec="seconds")
        os.truncate(file, 0)
        os.pwrite(file, json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": since}).encode(), 0)


@dataclass(slots=True)
class Held:
    """Locks that are held.

    Args:
        files: Their open files, for processes that are to hold them too.
        waited: Somebody else had one of them before: what was read of the runs may be old.
        left_behind: Somebody was killed who had one of them: what he sent may still be on its way.
    """

    files: list[int] = field(default_factory=list)
    waited: bool = False
    left_behind: bool = False


@contextmanager
def locked(folders: Iterable[Path], say: Callable[[str], None], wait: float | None = None) -> Iterator[Held]:
    """Hold the locks of several folders, in one order for everybody; wait for whoever has one of them.

    Args:
        folders: Those of all sessions of a run; one that cannot be written is not locked.
        say: Told once who is waited for.
        wait: Seconds to wait for one at most; None for as long as it is held.

    Raises:
        ServerError: Another sender did not end in time; it is named.
    """
    with ExitStack() as stack:
        held = Held()
        for folder in sorted(set(folders)):
            lock = SendLock(folder)
            stack.callback(lock.release)
            held.waited |= _acquire(lock, say, wait)
            held.left_behind |= lock.left_behind
            held.files += [lock.file] if lock.file is not None else []
        yield held


def _acquire(lock: SendLock, say: Callable[[str], None], wait: float | None) -> bool:
    """Take a lock, and return whether it had to be waited for."""
    began, said = time.monotonic(), False
    while True:
        try:
            if lock.acquire():
                return said
        except OSError:  # read-only: nobody can leave a lock there
            return said
        if wait is not None and time.monotonic() - began > wait:
            raise ServerError(
                f"{lock.path.parent} is being sent by {lock.holder()}, which did not end within {wait:g} s; "
                "try again when it has"
            )
        if not said:
            say(f"{lock.path.parent.name} is being sent by {lock.holder()}: waiting for it")
            said = True
        time.sleep(POLL_SECONDS)


def _flock(file: int) -> bool:
    """Return whether the kernel gives us the lock.

    Raises:
        OSError: The file system has no locks.
    """
    try:
        import fcntl
    except ImportError:  # Windows
        raise OSError("no flock") from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_still(file: int, path: Path) -> bool:
    """Return whether the file that was locked is the one of that name: its last holder may have removed it."""
    try:
        ours: Any = os.fstat(file)
        there = path.stat()
    except OSError:
        return False
    return (ours.st_dev, ours.st_ino) == (there.st_dev, there.st_ino)
