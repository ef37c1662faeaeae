"""Looks at the code beside the start of a run, and stores what it saw: at once, or when it is done, or at the end."""

from __future__ import annotations

import glob
import hashlib
import logging
import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trackexp.record.code import KEY, PATCH_FILE, SOURCES_FOLDER, CodeFacts, LeftOut, PatchFacts
from trackexp.settings import Environment
from trackexp.tracking.code import machine
from trackexp.tracking.code.cells import CELLS_FILE, executed_cells
from trackexp.tracking.code.git import GitError, has_git
from trackexp.tracking.code.located import Located, locate, printable
from trackexp.tracking.code.masking import masked
from trackexp.tracking.code.patch import Patch, make_patch
from trackexp.tracking.code.sources import Sources, read_sources
from trackexp.tracking.options import TrackOptions
from trackexp.tracking.secrets import Scrubber
from trackexp.tracking.secrets.scrubber import MASK

if TYPE_CHECKING:
    from trackexp.tracking.run import Run

logger = logging.getLogger("trackexp")

# How long the end of a run waits for the look at its code; a working tree of 100,000 files takes 3 s.
WAIT_SECONDS = 15.0
_MOST_LEFT_OUT = 50


def capture_code(options: TrackOptions, environment: Environment, scrubber: Scrubber | None = None) -> Capture:
    """Begin to capture the code, in a thread of its own: W&B starts meanwhile.

    Whether it is wanted is said by the argument, by W&B's variables and by W&B's settings.

    Args:
        options: What `track` was given.
        environment: As it is now.
        scrubber: The run's own, by default one that knows the secrets of the environment.
    """
    settings = options.settings
    if not isinstance(settings, Mapping):
        settings = {name: getattr(settings, name, None) for name in ("disable_code", "disable_git", "save_code")}
    with_code = options.save_code and environment.save_code
    with_code = with_code and not settings.get("disable_code") and settings.get("save_code") is not False
    with_git = not environment.disable_git and not settings.get("disable_git")
    located = locate(environment, with_git=with_git, with_code=with_code)
    return Capture(located, scrubber or Scrubber.from_environment())


class Capture:
    """One look at the code, begun when it is made; nothing it does can fail the script.

    Args:
        located: Where the code is.
        scrubber: Masks secrets in whatever is stored.
    """

    def __init__(self, located: Located, scrubber: Scrubber) -> None:
        self._located, self._scrubber = located, scrubber
        self._facts = located.facts()
        self._patch_text: str | None = None
        self._sources: Sources | None = None
        self._unnamed, self._unnamed_in = 0, ""
        self._error: Exception | None = None
        self._run: Run | None = None
        self._lock = threading.Lock()
        self._seen = self._stored = False
        self._thread = threading.Thread(target=self._work, name="trackexp-code", daemon=True)
        self._thread.start()

    @property
    def wandb_settings(self) -> dict[str, Any]:
        """W&B's own settings for what is known of the code."""
        return self._located.wandb_settings()

    def wait(self) -> None:
        """Wait until the code has been looked at, however long it takes."""
        self._thread.join()

    def attach(self, run: Run) -> None:
        """Store into a run what is known by now; the rest follows by itself."""
        self._facts["seeds"] = machine.seeds()
        with self._lock:
            self._run = run
            if not self._seen:  # the key is there from now on: a later update does not change the size of the config
                run.note(KEY, _clean(self._located.facts()))
                return
        self._store(run)
        self._say(run)
        self._raise()

    def finish(self, run: Run) -> None:
        """Wait for the look to end, and store what has changed since: seeds that were set after the start."""
        self._thread.join(WAIT_SECONDS)
        if self._thread.is_alive():
            raise TimeoutError(f"reading the working tree took longer than {WAIT_SECONDS:.0f} s")
        self._store(run)
        self._store_cells(run)
        self._say(run)
        seeds = {**self._facts.get("seeds", {}), **machine.seeds()}
        if seeds != self._facts.get("seeds"):
            self._facts["seeds"] = seeds
            run.note(KEY, _clean(self._facts))
        self._raise()

    def _raise(self) -> None:
        """Raise, once and in the thread that trains, what went wrong beside it."""
        error, self._error = self._error, None
        if error is not None:
            raise error

    def _work(self) -> None:
        began = time.perf_counter()
        try:
            self._look()
        except Exception as error:  # raised again where it can be said
            logger.debug("looking at the code failed", exc_info=True)
            self._error = error
        self._facts["seconds"] = round(time.perf_counter() - began, 3)
        with self._lock:
            self._seen = True
            run = self._run
        if run is not None:
            try:
                self._store(run)
            except Exception as error:
                logger.debug("storing the code failed", exc_info=True)
                self._error = error

    def _look(self) -> None:
        located, facts = self._located, self._facts
        facts["versions"] = machine.versions()
        facts["variables"] = machine.variables(self._scrubber)
        patch = self._patch()
        if patch is not None:
            facts["commit"], facts["dirty"] = patch.base, patch.dirty
            if patch.submodules:
                facts["submodules"] = list(patch.submodules)
        if not located.with_code:
            return
        if patch is not None:
            text, patch = masked(patch, self._scrubber)
            facts["patch"] = _patch_facts(text, patch)
            self._patch_text, self._unnamed, self._unnamed_in = text, patch.unnamed, patch.unnamed_in
        self._sources = read_sources(located.root, located.script, self._repository(), self._scrubber)
        texts = [self._patch_text or "", *self._sources.texts.values()]
        facts["masked"] = sum(len(MASK.findall(text)) for text in texts)
        size = sum(map(len, self._sources.texts.values()))
        facts["sources"] = {"files": len(self._sources.texts), "bytes": size, "left_out": self._sources.left_out}

    def _patch(self) -> Patch | None:
        """Return what differs from the commit; where that cannot be known, note why."""
        located = self._located
        if located.stamp is not None:
            if located.stamp.problem:
                self._facts["problem"] = located.stamp.problem
            return located.stamp.patch
        if located.repository is None:
            return None
        if not has_git():
            self._facts["problem"] = "git is not installed"
            return None
        try:
            return make_patch(located.repository)
        except GitError as error:
            self._facts["problem"] = self._scrubber.text(str(error), "git's message")
            return None

    def _repository(self) -> Any:
        """Return the repository where git can be asked which files belong to it."""
        return self._located.repository if has_git() and "problem" not in self._facts else None

    def _store(self, run: Run) -> None:
        """Store what there is, once; also where looking went wrong half way."""
        with self._lock:
            stored, self._stored = self._stored, True
        if stored:
            return
        if self._patch_text:
            _write(run, PATCH_FILE, self._patch_text)
            run.wandb_run.save(str(run.files_folder / PATCH_FILE), base_path=str(run.files_folder), policy="now")
        if self._sources is not None and self._sources.texts:
            _store_sources(run, self._sources)
        run.note(KEY, _clean(self._facts))

    def _store_cells(self, run: Run) -> None:
        """Store the cells of a notebook that were executed up to the end of the run."""
        cells = executed_cells() if self._located.with_code and self._located.script is None else None
        if cells:
            name = f"{SOURCES_FOLDER}/{CELLS_FILE}"
            _write(run, name, self._scrubber.text(cells, name))
            run.wandb_run.save(str(run.files_folder / name), base_path=str(run.files_folder), policy="now")

    def _say(self, run: Run) -> None:
        """Say what is missing, each once and in one line; a repository in order is silent."""
        problem = self._facts.get("problem")
        if problem:
            run.voice.say(f"the run has its commit, and not what differs from it: {problem}")
        if self._unnamed:
            below = f", most of them in {self._unnamed_in}/" if self._unnamed_in else ""
            run.voice.say(
                f"{self._unnamed:,} untracked files are not in {PATCH_FILE}{below}: "
                "name their folder in .gitignore if they are no code"
            )
        located = self._located
        unknown = located.commit is None and located.repository is None and located.with_git
        if unknown and located.script is not None and in_container() and is_of_image(located.script):
            files = self._facts.get("sources", {}).get("files", 0)
            kept = f"{files} source file{'s are' if files > 1 else ' is'} kept" if files else "no source file is kept"
            run.voice.say(
                f"this container has neither .git nor a stamp: the run has no commit, {kept}; run `trackexp stamp` "
                "before the image is built, or set WANDB_GIT_COMMIT",
                once_a_process=True,
            )


def in_container() -> bool:
    """Return whether this is a container of Docker or Podman."""
    return Path("/.dockerenv").exists() or Path("/run/.containerenv").exists()


def is_of_image(path: Path) -> bool:
    """Return whether a file was built into the container's image: a stamp could have been, too.

    One that lies in a volume, or is younger than the container's first process, was not.
    """
    try:
        status = path.stat()
        ticks = int(Path("/proc/1/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[19])
        boot = next(
            int(line.split()[1])
            for line in Path("/proc/stat").read_text(encoding="ascii").splitlines()
            if line.startswith("btime")
        )
        began = boot + ticks / os.sysconf("SC_CLK_TCK")
        return status.st_dev == Path("/").stat().st_dev and status.st_ctime < began
    except (OSError, ValueError, IndexError, StopIteration, AttributeError):
        return True


def _patch_facts(text: str, patch: Patch) -> PatchFacts:
    data = _bytes(text)
    left_out: list[LeftOut] = [{**one, "path": printable(one["path"]) or ""} for one in patch.left_out[:_MOST_LEFT_OUT]]
    return {
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "changed": patch.changed,
        "untracked": patch.untracked,
        "left_out": left_out,
        "left_out_count": len(patch.left_out) + patch.unnamed,
    }


def _store_sources(run: Run, sources: Sources) -> None:
    for name, text in sources.texts.items():
        _write(run, f"{SOURCES_FOLDER}/{name}", text)
    for pattern in sorted({_pattern(name) for name in sources.texts}):
        path = run.files_folder / SOURCES_FOLDER / pattern
        run.wandb_run.save(str(path), base_path=str(run.files_folder), policy="now")


def _pattern(name: str) -> str:
    """Return what to save a source file by: one pattern for all of a suffix and depth, for each call takes 6 ms.

    >>> _pattern("lib/deep/m.py"), _pattern("lib/Dockerfile"), _pattern(".ci/[x].yaml")
    ('*/*/*.py', 'lib/Dockerfile', '.ci/[[]x].yaml')
    """
    *folders, last = name.split("/")
    suffix = Path(last).suffix
    if not suffix or name.startswith(".") or "/." in name:  # a star stands for no hidden name
        return glob.escape(name)
    return "*/" * len(folders) + f"*{suffix}"


def _write(run: Run, name: str, text: str) -> None:
    path = run.files_folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_bytes(text))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _clean(facts: CodeFacts) -> dict[str, Any]:
    """Return the facts as JSON holds them, submodules of odd names included."""
    submodules = [{**one, "path": printable(one["path"])} for one in facts.get("submodules", ())]
    return {**facts, **({"submodules": submodules} if submodules else {})}
