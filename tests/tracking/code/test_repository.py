from __future__ import annotations

from pathlib import Path

import pytest

from trackexp.tracking.code.repository import find_repository, without_password


def test_commit_branch_and_remote_are_read_without_git(repo):
    """From loose and from packed references, on a branch and detached."""
    commit = repo.commit()
    repo.git("remote", "add", "origin", "https://me:pw@example.org/x.git")
    found = [find_repository(repo.root, {})]
    repo.git("pack-refs", "--all")
    found.append(find_repository(repo.root, {}))
    repo.git("checkout", "--quiet", "--detach")
    found.append(find_repository(repo.root, {}))

    assert [(commit, "main"), (commit, "main"), (commit, None)] == [(one.commit, one.branch) for one in found if one]
    assert {"https://me:pw@example.org/x.git"} == {one.remote for one in found if one}


@pytest.mark.parametrize("content", ["", "ref: refs/heads/main\n", "gitdir: /nowhere\n", "\0\xff"])
def test_what_only_looks_like_a_repository_is_none(tmp_path: Path, content: str):
    """A `.git` that leads nowhere is passed over."""
    (tmp_path / ".git").write_text(content, encoding="latin-1")

    assert find_repository(tmp_path, {}) is None


def test_git_dir_counts_only_where_no_repository_lies_above(repo, tmp_path: Path):
    """Hooks leave GIT_DIR behind; a working tree elsewhere is found by it."""
    repo.commit()
    apart = tmp_path / "apart"
    apart.mkdir()
    there = {"GIT_DIR": str(repo.root / ".git"), "GIT_WORK_TREE": str(apart)}
    found = find_repository(apart, there)

    assert found is not None
    assert apart == found.root
    assert find_repository(repo.root, {"GIT_DIR": str(tmp_path)}) == find_repository(repo.root, {})


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("https://user:pw@host:8443/a.git", "https://host:8443/a.git"),
        ("https://ghp_token@host/a.git", "https://host/a.git"),
        ("ssh://git@host/a.git", "ssh://git@host/a.git"),
        ("ssh://git:pw@host/a.git", "ssh://host/a.git"),
        ("git@host:a.git", "git@host:a.git"),
        ("/a/path@x", "/a/path@x"),
        ("https://user:p@ss@host/a", "https://host/a"),
    ],
)
def test_addresses_lose_user_and_password(url: str, clean: str):
    """The user of an ssh address is no secret."""
    assert clean == without_password(url)
