"""The rules while the script runs: the same ones, on the record as far as it has come."""

from __future__ import annotations

import shutil
import sys

from trackexp.tracking.run import Run


def look(run: Run, epoch: int = 0) -> None:
    """Diagnose the run as it stands; what is new is said on stderr and kept in the run."""
    if not run.options.diagnose:
        return
    with run.failures.guard("diagnosing the run"):
        from dataclasses import replace

        from trackexp.diagnosis import diagnose
        from trackexp.reporting import finding_lines

        found = [replace(finding, epoch=finding.epoch or epoch) for finding in diagnose(run.as_record()).findings]
        colour = sys.stderr is not None and sys.stderr.isatty()
        width = shutil.get_terminal_size().columns
        for finding in run.add_findings(found):
            run.voice.write(finding_lines(finding, width=width, colour=colour))
