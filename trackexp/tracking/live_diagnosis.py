"""The rules while the script runs: the same ones, on the record as far as it has come."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from trackexp.tracking.run import Run

if TYPE_CHECKING:
    from trackexp.record import Finding


class FitLookedAtError(BaseException):
    """Ends a script whose first fit was only to be checked; no `except Exception` of its own holds that up."""


def run_rules(run: Run, epoch: int = 0) -> None:
    """Run the rules on the run as it stands; what is new is said on stderr and kept in the run.

    Raises:
        DiagnosisError: A new finding is as severe as the run's `fail_on`.
    """
    if not run.options.diagnose:
        return
    with run.failures.guard("diagnosing the run"):
        from trackexp.reporting import finding_lines

        found = [replace(finding, epoch=finding.epoch or epoch) for finding in _findings(run)]
        colour = sys.stderr is not None and sys.stderr.isatty()
        width = shutil.get_terminal_size().columns
        new = run.add_findings(found)
        for finding in new:
            run.voice.write(finding_lines(finding, width=width, colour=colour, hint=True))
        _fail_on(run, new)


def _findings(run: Run) -> tuple[Finding, ...]:
    from trackexp.diagnosis import diagnose
    from trackexp.diagnosis.configuration import Configuration, read_configuration

    if run.state.rules is None:  # read once, so that a broken file is said once
        run.state.rules = Configuration()
        run.state.rules = read_configuration()
    configured, options = run.state.rules, run.options
    return diagnose(
        run.as_record(),
        select=options.select or configured.select,
        ignore=(*configured.ignore, *options.ignore) or None,
        rules=configured.rules(),
        preview=configured.preview,
    ).findings


def _fail_on(run: Run, new: list[Finding]) -> None:
    if run.options.fail_on is None:
        return
    from trackexp.errors import DiagnosisError
    from trackexp.record import Severity

    order = [str(severity) for severity in (Severity.ERROR, Severity.WARNING, Severity.INFO)]
    severe = order[: order.index(run.options.fail_on) + 1]
    worst = [finding for finding in new if str(finding.severity) in severe]
    if worst:
        names = ", ".join(f"{finding.code} {finding.name}" for finding in worst)
        raise DiagnosisError(f"{names}: {worst[0].message} → {worst[0].fix} (fail_on={run.options.fail_on!r})")
