"""`config["trackexp_code"]`, schema 1: which code ran, and what it ran on, as far as W&B does not record it itself."""

from __future__ import annotations

from typing import Literal, TypedDict

SCHEMA = 1
KEY = "trackexp_code"
# The patch and the sources, as they are named among the run's files.
PATCH_FILE, SOURCES_FOLDER = "code.patch", "code"


class LeftOut(TypedDict, total=False):
    """A file that differs from the commit and is not stored."""

    path: str
    why: str  # "binary", "secret by its name", "larger than 1 MB" …
    bytes: int
    sha256: str  # of binaries up to 64 MB, so that a copy can be recognised


class SubmoduleFacts(TypedDict, total=False):
    """A submodule."""

    path: str
    commit: str  # the one checked out; that of the index where none is
    initialised: bool


class PatchFacts(TypedDict, total=False):
    """The file `code.patch`: all that differs from `commit`."""

    bytes: int
    sha256: str
    changed: int  # tracked files in it
    untracked: int  # files in it that git does not track
    left_out: list[LeftOut]  # 50 at most
    left_out_count: int  # all of them


class SourceFacts(TypedDict, total=False):
    """The source files below `code/`."""

    files: int
    bytes: int
    left_out: int


class CodeFacts(TypedDict, total=False):
    """The whole entry; what could not be seen is absent."""

    schema: int
    source: Literal["git", "stamp", "environment", "files"]  # what told the commit; "files": nothing did
    commit: str | None  # None before a repository's first commit; the patch then holds all
    branch: str | None  # None for a detached HEAD
    remote: str | None  # without user and password
    dirty: bool  # tracked files differ from the commit
    patch: PatchFacts
    submodules: list[SubmoduleFacts]
    stamped_at: str  # when the stamp was made, where the commit comes from one
    sources: SourceFacts
    problem: str  # why there is no patch, in one line
    masked: int  # values that the scrubber replaced in patch and sources
    seeds: dict[str, int | str]  # "keras", "tensorflow", "torch", "PYTHONHASHSEED": those that were set and can be read
    versions: dict[str, str]  # of Python, trackexp and the frameworks that are installed
    variables: dict[str, str]  # of the environment, by a list of harmless names
    seconds: float  # what looking took, beside the training
