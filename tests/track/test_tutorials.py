"""Scripts as tutorials write them, bare and under `trackexp run`: the same output, the same files, runs as meant."""

from __future__ import annotations

import hashlib
import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import pytest

from trackexp.reading import read_runs
from trackexp.record import RunRecord

FOLDER = Path(__file__).parent / "tutorials"
SECONDS = 240
# What differs from one run of the same script to the next: times, ids of runs, folders, addresses.
_VARYING = [
    (re.compile(r"\b\d+(\.\d+)?(s|ms|us|µs)(/(step|epoch|sample))?\b"), "TIME"),
    (re.compile(r"0x[0-9a-f]{6,}"), "ADDRESS"),
]
_TALK = re.compile(
    r"^(trackexp: |wandb: |  (best|model|fits|findings|blind|tracking|masked|damage|look|sync|missing) )"
)


@dataclass(frozen=True)
class Outcome:
    """What a script has printed, ended with, written, and recorded."""

    stdout: str
    stderr: str
    exit_code: int
    files: Mapping[str, str]
    runs: list[RunRecord]

    @property
    def own_stderr(self) -> list[str]:
        """The lines of stderr that are neither W&B's nor ours."""
        return [line for line in self.stderr.splitlines() if line.strip() and not _TALK.match(line)]


def header(script: str, key: str) -> list[str]:
    """Return the words behind `# key:` in a script's head."""
    found = re.search(rf"^# {key}: (.*)$", (FOLDER / script).read_text(encoding="utf-8"), re.MULTILINE)
    return found[1].split() if found else []


def play(
    script: str, folder: Path, environ: Mapping[str, str], *, tracked: bool, options: tuple[str, ...] = ()
) -> Outcome:
    """Run a script of the folder `tutorials` in `folder`, and describe what came of it."""
    folder.mkdir(parents=True)
    (folder / script).write_bytes((FOLDER / script).read_bytes())
    command = [sys.executable, "-m", "trackexp", "run", *options] if tracked else [sys.executable]
    ended = subprocess.run(
        [*command, script, *header(script, "arguments")],
        cwd=folder,
        env={**environ, "PYTHONHASHSEED": "0"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=SECONDS,
    )
    runs = list(read_runs(folder / "wandb")) if any(folder.glob("wandb/**/*.wandb")) else []
    runs.sort(key=lambda record: str(record.started_at))
    words = [(str(folder), "FOLDER"), *((record.id, "RUN") for record in runs if record.id != "my-run-id")]
    return Outcome(
        _without_wandb(_steady(ended.stdout.decode("utf-8", "replace"), words)),
        _steady(ended.stderr.decode("utf-8", "replace"), words),
        ended.returncode,
        _files(folder, words),
        runs,
    )


def _steady(text: str, words: list[tuple[str, str]]) -> str:
    for word, instead in words:
        text = text.replace(word, instead)
    for pattern, instead in _VARYING:
        text = pattern.sub(instead, text)
    return text


def _without_wandb(text: str) -> str:
    """Leave out what W&B itself says at exit, which goes to stdout there."""
    return re.sub(r"\x1b\[1;34mwandb\x1b\[0m: .*\n?", "", text)


def _files(folder: Path, words: list[tuple[str, str]]) -> dict[str, str]:
    found = {path: _digest(path, str(folder)) for path in sorted(folder.rglob("*")) if _is_theirs(path, folder)}
    return {_steady(str(path.relative_to(folder)), words): digest for path, digest in found.items()}


def _is_theirs(path: Path, folder: Path) -> bool:
    parts = path.relative_to(folder).parts
    return path.is_file() and "wandb" not in parts and "__pycache__" not in parts


def _digest(path: Path, folder: str) -> str:
    """Return a digest of what a file says, without the folders, times and addresses that some formats hold."""
    data = path.read_bytes().replace(folder.encode(), b"FOLDER")
    if "tfevents" in path.name or path.suffix == ".log":
        return "a log"
    if path.suffix in (".ckpt", ".pt"):
        return "weights"  # torch writes ids of its storages; the scripts print what they have read back
    if path.suffix == ".h5":
        return _arrays(data)
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in sorted(archive.namelist()) if name != "metadata.json"}
        said = {name: _arrays(part) if name.endswith(".h5") else _without_ids(part) for name, part in parts.items()}
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    return hashlib.sha256(data).hexdigest()


def _without_ids(data: bytes) -> str:
    return hashlib.sha256(re.sub(rb'"shared_object_id": \d+', b"", data)).hexdigest()


def _arrays(data: bytes) -> str:
    found: dict[str, str] = {}

    def visit(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            found[name] = hashlib.sha256(item[()].tobytes()).hexdigest()

    with h5py.File(io.BytesIO(data), "r") as file:
        file.visititems(visit)
    return json.dumps(found, sort_keys=True)


_OURS = ("trackexp", "_wandb", "probe/", "best")


def meant(record: RunRecord) -> dict[str, Any]:
    """Return what the script itself has put into a run."""
    return {
        "project": record.project,
        "name": record.name if "-" not in record.name or not record.name.rpartition("-")[2].isdigit() else "",
        "group": record.group,
        "job type": record.job_type,
        "notes": record.notes,
        "state": str(record.state),
        "tags": set(record.tags),
        "config": {key: value for key, value in record.config.items() if not key.startswith(_OURS)},
        "history": {key: [repr(float(v)) for v in series.values] for key, series in record.history.items()},
        "summary": {key: value for key, value in record.summary.items() if not key.startswith(("_", "trackexp"))},
        "artifacts": {
            (_table_name(artifact.name.replace(record.id, "RUN")), artifact.type) for artifact in record.artifacts
        },
    }


def _table_name(name: str) -> str:
    """Leave out what W&B adds at random to the name of a table that is logged twice."""
    return re.sub(r"(_table)-[\w-]{6}$", r"\1", name)


def lost(bare: RunRecord, tracked: RunRecord) -> dict[str, Any]:
    """Return what the bare run holds and the tracked one does not, or holds otherwise; empty where all is there."""
    expected, seen = meant(bare), meant(tracked)
    found: dict[str, Any] = {}
    for part, value in expected.items():
        if isinstance(value, set):
            left: Any = value - seen[part]
        elif isinstance(value, dict):
            left = {
                key: (item, seen[part].get(key))
                for key, item in value.items()
                if not _same(key, item, seen[part].get(key))
            }
        else:
            left = () if value == seen[part] else (value, seen[part])
        if left:
            found[part] = left
    return found


def _same(key: str, expected: Any, seen: Any) -> bool:
    if key in ("_runtime", "_timestamp") or (isinstance(expected, dict) and "_type" in expected):
        return True  # times, and files whose names are digests of their own
    return bool(expected == seen) or (isinstance(seen, str) and "<masked:" in seen)  # a secret, which the record masks


SCRIPTS = sorted(path.name for path in FOLDER.glob("*.py"))
SITUATIONS = ["offline", "server", "dead server", "no key"]
# Those of `make test`, each where it tells most.
FEW = [
    ("with_block.py", "server"),
    ("names_bound_early.py", "no key"),
    ("config_readback.py", "offline"),
    ("surroundings.py", "no key"),
    ("exits.py", "dead server"),
    ("several_ways.py", "no key"),
    ("sweep_run.py", "no key"),
    ("folders.py", "no key"),
]
_bare: dict[str, Outcome] = {}


@pytest.fixture(scope="session")
def extra_folder() -> Callable[[list[str]], Path]:
    """Returns a cached folder that holds packages which ours does not need; a test is skipped where pip gets none."""

    def folder(names: list[str]) -> Path:
        wanted = "\n".join([sys.version, *sorted(names)])
        home = (
            Path.home() / ".cache" / "trackexp" / "peers" / f"folder-{hashlib.sha256(wanted.encode()).hexdigest()[:16]}"
        )
        if not (home / "complete").exists():
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(home), *names]
            if subprocess.run(pip, capture_output=True).returncode:
                pytest.skip(f"pip cannot install {', '.join(names)}")
            (home / "complete").write_text(wanted)
        return home

    return folder


def environ_of(situation: str, isolated: Mapping[str, str], server: Callable[[], Any]) -> dict[str, str]:
    """Return the variables of a situation."""
    if situation == "offline":
        return {**isolated, "WANDB_MODE": "offline"}
    if situation == "no key":
        return dict(isolated)
    running = server() if situation == "server" else None
    url = running.url if running else "http://127.0.0.1:9"
    return {**isolated, "WANDB_BASE_URL": url, "WANDB_API_KEY": running.key if running else "k" * 40}


def check(
    script: str,
    situation: str,
    tmp_path: Path,
    isolated_environ: dict[str, str],
    request: pytest.FixtureRequest,
    extra_folder: Callable[[list[str]], Path],
) -> None:
    """Play a script bare and under `trackexp run`, and compare."""
    needs = header(script, "needs")
    variables = {**isolated_environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    if needs:
        variables["PYTHONPATH"] = str(extra_folder(needs))
    if script not in _bare:
        _bare[script] = play(script, tmp_path / "a" / "play", {**variables, "WANDB_MODE": "offline"}, tracked=False)
    bare = _bare[script]
    environ = environ_of(situation, variables, lambda: request.getfixturevalue("wandb_server"))
    tracked = play(script, tmp_path / "b" / "play", environ, tracked=True)

    assert (bare.exit_code, bare.stdout) == (tracked.exit_code, tracked.stdout), tracked.stderr[-3000:]
    assert bare.files == tracked.files
    assert [] == [line for line in bare.own_stderr if line not in tracked.own_stderr]
    assert (len(bare.runs) or 1) == len(tracked.runs)
    assert [{}] * len(bare.runs) == [lost(*pair) for pair in zip(bare.runs, tracked.runs, strict=bool(bare.runs))]
    assert all("trackexp_code" in record.config for record in tracked.runs)
    if situation == "server":
        server = request.getfixturevalue("wandb_server")
        states = [server.run(record.project or "uncategorized", record.id)["state"] for record in online(tracked)]
        assert [str(record.state) for record in online(tracked)] == states


def online(outcome: Outcome) -> list[RunRecord]:
    """Return the runs that went to the server: a script may have decided otherwise."""
    return [record for record in outcome.runs if record.path and "offline-run" not in str(record.path)]


@pytest.mark.heavy
@pytest.mark.parametrize(("script", "situation"), FEW)
def test_a_script_is_as_it_was(
    script: str,
    situation: str,
    tmp_path: Path,
    isolated_environ: dict[str, str],
    request: pytest.FixtureRequest,
    extra_folder: Callable[[list[str]], Path],
):
    """Eight scripts, each in one situation."""
    check(script, situation, tmp_path, isolated_environ, request, extra_folder)


@pytest.mark.exhaustive
@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("script", SCRIPTS)
def test_every_script_is_as_it_was_everywhere(
    script: str,
    situation: str,
    tmp_path: Path,
    isolated_environ: dict[str, str],
    request: pytest.FixtureRequest,
    extra_folder: Callable[[list[str]], Path],
):
    """All scripts, with a key and a server, with a dead server, without a key, and offline on purpose."""
    check(script, situation, tmp_path, isolated_environ, request, extra_folder)
