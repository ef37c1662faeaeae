"""What `--sarif` of `diagnose` and `check` prints."""

from __future__ import annotations

import traceback
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import trackexp
from trackexp.diagnosis import Diagnosis, Status
from trackexp.diagnosis.documentation import documented_rules, page_of
from trackexp.errors import UsageError
from trackexp.reporting import to_json
from trackexp.reporting.sarif import SarifRule, SarifSubject, sarif_log

if TYPE_CHECKING:
    from trackexp.record import RunRecord

_INSTALLED = {"site-packages", "dist-packages"}


def check_formats(**asked: bool) -> None:
    """Refuse two output formats at once.

    Raises:
        UsageError: More than one is asked for.
    """
    named = [f"--{name}" for name, wanted in asked.items() if wanted]
    if len(named) > 1:
        raise UsageError(f"{' and '.join(named)} exclude each other; run the command once for each")


def sarif_text(subjects: list[SarifSubject]) -> str:
    """Return a SARIF log as text, with what is known of the rules."""
    pages = [page_of(rule) for rule in documented_rules()]
    rules = [
        SarifRule(page.rule.code, page.rule.name, page.rule.severity, page.what, page.markdown()) for page in pages
    ]
    return to_json(sarif_log(subjects, rules, trackexp.__version__))


def run_subject(record: RunRecord, found: Diagnosis) -> SarifSubject:
    """Return a run as SARIF's subject: its script where that lies here, else its own file."""
    script = Path(record.script) if record.script else None
    place = script if script is not None and script.is_file() else Path(record.path or record.id)
    gaps = gaps_of(found, Status.CRASHED, Status.NOT_APPLICABLE)
    return SarifSubject(f"{record.title} ({record.id})", relative(place), found.findings, gaps=gaps)


def gaps_of(found: Diagnosis, *statuses: Status) -> dict[str, str]:
    """Return the rules that ended so, with the reason."""
    return {outcome.code: outcome.reason for outcome in found.outcomes if outcome.status in statuses}


def relative(path: Path) -> Path:
    """Return a path from the working folder on where it lies below it, else the absolute one."""
    absolute = path.resolve()
    here = Path.cwd().resolve()
    return absolute.relative_to(here) if absolute.is_relative_to(here) else absolute


def innermost_own_line(trace: TracebackType | None, script: Path) -> tuple[Path, int]:
    """Return file and line of the last frame in code below the working folder or in the script itself.

    The script's first line where the traceback has none.
    """
    here, own = Path.cwd().resolve(), (script.resolve(), 1)
    for frame in traceback.extract_tb(trace):
        path = Path(frame.filename).resolve()
        mine = path == own[0] or (path.is_relative_to(here) and _INSTALLED.isdisjoint(path.parts))
        if mine and path.is_file() and frame.lineno:
            own = (path, frame.lineno)
    return own
