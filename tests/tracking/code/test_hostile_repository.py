"""A repository, and a user's configuration, that name programs wherever git would run one: none of them runs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trackexp.errors import UsageError
from trackexp.tracking.code.commit_files import opened_base
from trackexp.tracking.code.repository import find_repository

HOOKS = "post-checkout reference-transaction post-index-change fsmonitor-watchman pre-auto-gc post-rewrite pre-commit"
COMMANDS = """
[extensions]
    partialClone = origin
[core]
    repositoryformatversion = 1
    fsmonitor = {run}
    pager = {run}
    editor = {run}
    sshCommand = {run}
    askPass = {run}
    gitProxy = {run}
    alternateRefsCommand = {run}
[remote "origin"]
    url = {root}
    promisor = true
    partialclonefilter = blob:none
    uploadpack = {run}
    receivepack = {run}
[remote "other"]
    url = ext::{run}
    promisor = true
[protocol "ext"]
    allow = always
[credential]
    helper = !{run}
[diff]
    external = {run}
[diff "evil"]
    textconv = {run}
    command = {run}
[filter "evil"]
    clean = {run}
    smudge = {run}
    process = {run}
    required = true
[merge "evil"]
    driver = {run}
[gpg]
    program = {run}
[log]
    showSignature = true
[interactive]
    diffFilter = {run}
[submodule]
    recurse = true
[submodule "sub"]
    url = ext::{run}
    update = !{run}
[fetch]
    recurseSubmodules = true
[alias]
    ls-files = !{run}
    cat-file = !{run}
[pager]
    diff = {run}
"""


def mark_of(folder: Path) -> Path:
    """Return the file that is there once anything was run."""
    return folder / "ran"


@pytest.fixture
def hostile(tmp_path: Path, new_repo: Callable[[Path], Any], isolated_environ: dict[str, str]) -> Any:
    """A repository with changes; every command in it, and in the user's own configuration, leaves a mark."""
    repo = new_repo(tmp_path / "hostile")
    run = tmp_path / "run.sh"
    run.write_text(f'#!/bin/sh\necho "$0 $@" >> {mark_of(tmp_path)}\nexit 0\n')
    run.chmod(0o755)
    repo.write("train.py", "from trackexp import track\nwith track(project='p') as run:\n    run.log({'loss': 1.0})\n")
    repo.write("data.txt", "one\n")
    repo.commit()
    repo.write(".gitattributes", "* filter=evil diff=evil merge=evil text=auto\n")
    repo.write(".gitmodules", f'[submodule "sub"]\n\tpath = sub\n\turl = ext::{run}\n')
    repo.write("data.txt", "two\n")
    repo.write("new.py", "print('new')\n")
    text = COMMANDS.format(run=run, root=repo.root)
    with (repo.root / ".git" / "config").open("a") as file:
        file.write(text)
    (repo.root / ".git" / "hooks").mkdir(exist_ok=True)
    for name in HOOKS.split():
        (repo.root / ".git" / "hooks" / name).symlink_to(run)
    home = Path(isolated_environ["HOME"])
    home.mkdir(parents=True, exist_ok=True)
    (home / ".gitconfig").write_text(
        text.replace("[extensions]\n    partialClone = origin\n", "").replace("repositoryformatversion = 1", "")
        + f"    \n[core]\n    hooksPath = {repo.root}/.git/hooks\n[init]\n    templateDir = {repo.root}/.git\n"
    )
    return repo


def stranger(repo: Any) -> None:
    """Give a repository to another user, whose ownership git calls dubious."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    for place in (repo.root, *repo.root.rglob("*")):
        os.chown(place, 65534, 65534, follow_symlinks=False)


def command(arguments: list[str], cwd: Path, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user would."""
    return subprocess.run(
        [sys.executable, "-m", "trackexp", *arguments],
        cwd=cwd,
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_git_itself_would_run_the_commands(hostile: Any, tmp_path: Path, isolated_environ: dict[str, str]):
    """Otherwise the tests below would prove nothing."""
    subprocess.run(["git", "diff"], cwd=hostile.root, env=isolated_environ, capture_output=True, check=False)

    assert mark_of(tmp_path).exists()


@pytest.mark.parametrize("foreign", [False, True], ids=["own", "of another user"])
def test_no_command_of_ours_runs_anything(
    foreign: bool, hostile: Any, tmp_path: Path, isolated_environ: dict[str, str]
):
    """Recording, stamping, looking and restoring; in the repository, beside it, and of a commit that is not there."""
    if foreign:
        stranger(hostile)
    inside, beside = hostile.root, tmp_path / "beside"
    beside.mkdir()
    runs = str(tmp_path / "runs")
    environ = {**isolated_environ, "WANDB_DIR": runs, "WANDB_MODE": "offline"}
    Path(runs).mkdir()
    recorded = command(["run", "train.py"], inside, environ)
    run = str(next(Path(runs).glob("wandb/offline-run-*")))
    answers = [
        recorded,
        *(command(["doctor"], place, environ) for place in (inside, beside)),
        command(["stamp", "--json"], inside, environ),
        command(["show", run], inside, environ),
        command(["compare", run, run], inside, environ),
        command(["diff", "--code", run, run], inside, environ),
        command(["restore-code", run, str(tmp_path / "out1")], inside, environ),
        command(["restore-code", run, str(tmp_path / "out2")], beside, environ),
        command(["restore-code", run, str(tmp_path / "out3"), "--repo", str(inside)], beside, environ),
    ]

    assert not mark_of(tmp_path).exists(), mark_of(tmp_path).read_text()
    assert [] == [answer.stderr for answer in answers if "Traceback" in answer.stderr]
    assert 0 == recorded.returncode, recorded.stderr
    assert "two\n" == (tmp_path / "out3" / "data.txt").read_text()


def test_a_commit_that_is_not_there_is_not_asked_for(hostile: Any, tmp_path: Path):
    """A promisor remote is a program that git runs for a missing object; restoring only reads."""
    with opened_base("a" * 40, hostile.root, [], None) as found:
        pass

    assert f"{hostile.root} does not have it" == found
    assert not mark_of(tmp_path).exists()


def test_a_repository_of_another_user_is_taken_only_where_git_would_take_it(
    hostile: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """`safe.directory` counts, as it does for git; a folder named by --repo was chosen by the user."""
    commit = hostile.git("-c", "core.fsmonitor=false", "rev-parse", "HEAD").strip()
    mark_of(tmp_path).unlink(missing_ok=True)
    stranger(hostile)
    monkeypatch.chdir(tmp_path)
    config = tmp_path / "user.gitconfig"
    config.write_text("")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    with opened_base(commit, None, [hostile.root], None) as refused:
        pass
    with opened_base(commit, hostile.root, [], None) as named:
        pass
    config.write_text(f"[safe]\n\tdirectory = {hostile.root}\n")
    with opened_base(commit, None, [hostile.root], None) as trusted:
        pass

    assert f"git config --global --add safe.directory {hostile.root}" in str(refused)
    assert [False, False] == [isinstance(found, str) for found in (named, trusted)]
    assert not mark_of(tmp_path).exists()


@pytest.mark.parametrize("commit", ["--help", "-n", "HEAD", "a" * 39, "a" * 41, ":/x", "$(touch ran)"])
def test_what_is_no_commit_is_refused_before_git_is_asked(commit: str):
    """A run's commit may be any text."""
    with pytest.raises(UsageError, match="40 or 64 hexadecimal digits"), opened_base(commit, None, [], None):
        pass


def test_a_network_is_reached_only_when_it_was_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The recorded remote of a stranger's run is an address of his."""
    monkeypatch.chdir(tmp_path)
    with opened_base("a" * 40, None, [], "http://127.0.0.1:1/x.git") as found:
        pass
    with opened_base("a" * 40, None, [], "http://127.0.0.1:1/x.git", fetch=True) as asked:
        pass

    assert "http://127.0.0.1:1/x.git was not asked: --fetch lets git reach it" == found
    assert "did not send it" in str(asked)


def test_a_worktree_that_lies_elsewhere_is_not_the_scripts(hostile: Any, tmp_path: Path):
    """`core.worktree` may name any folder of the user's, whose untracked files would be recorded."""
    private = tmp_path / "private"
    private.mkdir()
    with (hostile.root / ".git" / "config").open("a") as file:
        file.write(f"[core]\n\tworktree = {private}\n")

    assert None is find_repository(hostile.root, {})
