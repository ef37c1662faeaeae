from __future__ import annotations

import importlib.util
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.heavy

# Every fault once, at the moment at which it does most; docs/faults.md has all faults at all moments.
CASES = [
    ("server down, back later", "middle"),
    ("500 to everything", "middle"),
    ("429 to everything", "end"),
    ("silence (hang)", "start"),
    ("connection reset", "middle"),
    ("answer lost", "end"),
    ("answer cut in half", "middle"),
    ("rows refused (404)", "middle"),
    ("uploads refused (403)", "start"),
    ("disk quota (507 to uploads)", "end"),
    ("clock far off (uploads refused)", "middle"),
    ("artifact refused (400)", "end"),
]
# The client's own retries do not get over these; the others may be over before it gives up.
PERMANENT = {
    fault for fault, _ in CASES if "refused" in fault or "quota" in fault or "down" in fault or "hang" in fault
}


@pytest.fixture(scope="module")
def faults() -> Any:
    """The script that makes the table of docs/faults.md."""
    path = Path(__file__).parents[3] / "docs" / "faults.py"
    spec = importlib.util.spec_from_file_location("faults", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["faults"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def outcomes(faults: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Any]:
    """What became of each run; they mostly wait, so some go on at once."""
    folders = [tmp_path_factory.mktemp("fault") for _ in CASES]
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda case, folder: faults.outcome_of(*case, folder), CASES, folders)
        return dict(zip(CASES, found, strict=True))


@pytest.mark.parametrize(("fault", "moment"), CASES)
def test_whatever_fails_nothing_is_lost(outcomes: dict[tuple[str, str], Any], fault: str, moment: str) -> None:
    """After the fault and a `trackexp sync` the server has every row once, the file, and the artifact."""
    outcome = outcomes[fault, moment]

    assert ("nothing", (0, 0)) == (outcome.lost, outcome.exits)


@pytest.mark.parametrize(("fault", "moment"), [case for case in CASES if case[0] in PERMANENT])
def test_what_did_not_arrive_is_said(outcomes: dict[tuple[str, str], Any], fault: str, moment: str) -> None:
    """Where not all was sent the end of the run says so, or its start says that it is recorded offline."""
    assert outcomes[fault, moment].said


def test_the_page_has_every_fault_at_every_moment(faults: Any) -> None:
    """No row of docs/faults.md is missing, and in none of them is anything lost."""
    page = (Path(faults.__file__).with_suffix(".md")).read_text("utf-8")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in page.splitlines() if line.startswith("| ")][1:]

    assert [(fault, moment) for fault in faults.FAULTS for moment in faults.MOMENTS] == [(r[0], r[1]) for r in rows]
    assert {"nothing"} == {row[-1] for row in rows}
