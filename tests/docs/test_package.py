from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PACKAGED = ("LICENSE", "README.md", "docs", "pyproject.toml", "setup.cfg", "trackexp")

pytestmark = pytest.mark.heavy


def ran(*command: str | Path, cwd: Path, **variables: str) -> str:
    """Run a command outside of the checkout, without a network, and return what it prints."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WANDB_", "TRACKEXP_", "PYTHON"))}
    own = {"HOME": str(cwd), "WANDB_MODE": "offline", "TF_CPP_MIN_LOG_LEVEL": "3", "COLUMNS": "100", **variables}
    done = subprocess.run(
        [*map(str, command)], cwd=cwd, env={**kept, **own}, capture_output=True, text=True, timeout=900
    )
    assert 0 == done.returncode, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and with the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("built")
    source = folder / "source"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *PACKAGED],
        cwd=REPOSITORY, capture_output=True, check=True,
    ).stdout.decode()  # fmt: skip
    for name in filter(None, listed.split("\0")):
        if (REPOSITORY / name).is_file():
            (place := source / name).parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes((REPOSITORY / name).read_bytes())
    ran(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder / "dist", source, cwd=folder)
    return folder / "dist"


@pytest.fixture(scope="module")
def elsewhere(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel, which finds the dependencies where the tests do, and nothing of the checkout."""
    place = tmp_path_factory.mktemp("elsewhere")
    ran(sys.executable, "-m", "venv", "--without-pip", place / "venv", cwd=place)
    python = place / "venv" / "bin" / "python"
    site = Path(ran(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=place).strip())
    # A path named by a .pth is searched, but its own .pth files are not: the editable checkout stays out
    (site / "shared.pth").write_text(sysconfig.get_path("purelib") + "\n")
    wheel = next(built.glob("*.whl"))
    ran(sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps", "--no-index", wheel, cwd=place)
    return place


def test_the_wheel_holds_schemas_types_and_pages(built: Path):
    """What programs, type checkers and `trackexp help` look for."""
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())

    schemas = {f"trackexp/schemas/{path.name}" for path in (REPOSITORY / "trackexp" / "schemas").glob("*.json")}
    assert schemas | {"trackexp/py.typed", "trackexp/tracking/wandb_methods.pyi"} <= names
    assert any(name.endswith("/share/trackexp/docs/guides/docker.md") for name in names)
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", "docs/"))]


def test_the_sdist_builds_itself(built: Path):
    """It holds what a build reads; the wheel beside it was built from it."""
    with tarfile.open(next(built.glob("*.tar.gz"))) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}

    assert {"LICENSE", "README.md", "pyproject.toml", "setup.cfg", "docs/tutorial.md"} <= names


def test_commands_work_without_the_checkout(elsewhere: Path):
    """The package is the wheel's, its pages and schemas too."""
    script = elsewhere / "venv" / "bin" / "trackexp"
    where = ran(script.with_name("python"), "-c", "import trackexp; print(trackexp.__file__)", cwd=elsewhere)
    code = "from importlib.resources import files; print(len(list((files('trackexp') / 'schemas').iterdir())))"

    assert Path(where.strip()).is_relative_to(elsewhere)
    assert ran(script, "help", "docker", cwd=elsewhere).startswith("# W&B in Docker")
    assert ran(script, "explain", "TX101", cwd=elsewhere).startswith("# TX101")
    assert int(ran(script.with_name("python"), "-c", code, cwd=elsewhere)) >= 6


def test_the_demo_runs_without_the_checkout(elsewhere: Path):
    """Three trainings, their page, and the verdict."""
    printed = ran(elsewhere / "venv" / "bin" / "trackexp", "demo", "--out", elsewhere / "demo", cwd=elsewhere)

    assert "disqualified" in printed
    assert (elsewhere / "demo" / "comparison.html").is_file()


@pytest.mark.exhaustive
def test_a_fresh_environment_gets_all_that_the_demo_needs(built: Path, tmp_path: Path):
    """From a package index, with TensorFlow: gigabytes, so by hand."""
    ran(sys.executable, "-m", "venv", tmp_path / "venv", cwd=tmp_path)
    wheel = next(built.glob("*.whl"))
    ran(tmp_path / "venv" / "bin" / "python", "-m", "pip", "install", "-q", f"{wheel}[tensorflow]", cwd=tmp_path)
    printed = ran(tmp_path / "venv" / "bin" / "trackexp", "demo", "--out", tmp_path / "demo", cwd=tmp_path)

    assert "disqualified" in printed
