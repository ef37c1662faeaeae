from __future__ import annotations

from pathlib import Path

from trackexp.comparison.differences import environment_differences, packages_of
from trackexp.record import FileRecord, RunRecord
from trackexp.testing import make_record


def run(name: str, folder: Path, packages: str | None = None, **environment: object) -> RunRecord:
    """Return a run with this list of packages."""
    files: tuple[FileRecord, ...] = ()
    if packages is not None:
        path = folder / f"{name}.txt"
        path.write_text(packages)
        files = (FileRecord("requirements.txt", path, len(packages)),)
    return make_record(name, environment=environment, files=files)


def test_python_hardware_and_packages_are_told_and_nothing_of_the_run_itself(tmp_path: Path):
    """Start, arguments, folders and the commit are told elsewhere or belong to one run."""
    common = {"os": "Linux", "startedAt": "now", "writerId": "1", "git": {"commit": "a"}}
    one = run("a", tmp_path, "numpy==1.26.0\nkeras==3.1\n", python="3.11.7", cpu={"count": 2}, **common)
    two = run("b", tmp_path, "numpy==2.0.0\nkeras==3.1\n", python="3.12.0", cpu={"count": 8}, args=["--x"], os="Linux")

    assert {
        "python": {"a": "3.11.7", "b": "3.12.0"},
        "cpu.count": {"a": 2, "b": 8},
        "packages.numpy": {"a": "1.26.0", "b": "2.0.0"},
    } == environment_differences([one, two])


def test_a_package_that_one_run_lacks_counts_where_both_lists_are_known(tmp_path: Path):
    """And a run without a list says nothing."""
    runs = [run("a", tmp_path, "torch==2.1\n"), run("b", tmp_path, "jax==0.4\n"), run("c", tmp_path)]

    assert {"packages.torch": {"a": "2.1"}, "packages.jax": {"b": "0.4"}} == environment_differences(runs)


def test_names_of_packages_are_compared_as_pip_compares_them(tmp_path: Path):
    """Case, dots, dashes and underscores are one; comments and links are no packages."""
    text = "# a comment\nPyYAML==6.0\nzope.interface==5\nmy_pkg==1.0\n-e git+https://x\n"

    assert {"pyyaml": "6.0", "zope-interface": "5", "my-pkg": "1.0"} == packages_of(run("a", tmp_path, text))


def test_what_trackexp_noted_of_versions_counts():
    """Beside the code."""
    runs = [make_record(n, config={"trackexp_code": {"schema": 1, "versions": {"keras": v}}}) for n, v in ("a3", "b4")]

    assert {"versions.keras": {"a": "3", "b": "4"}} == environment_differences(runs)
