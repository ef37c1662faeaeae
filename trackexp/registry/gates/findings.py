"""No error-level finding: a model whose training was wrong is not good because its test was lucky."""

from __future__ import annotations

from trackexp.record import Severity
from trackexp.registry.candidate import Asked, Candidate, Champion
from trackexp.registry.event import GateResult


def check_findings(candidate: Candidate, champion: Champion | None, asked: Asked) -> GateResult:
    """Pass a run without errors; warnings are listed and do not block."""
    del champion, asked
    by_severity = {
        level: [f"{one.code} {one.name}" for one in candidate.findings if one.severity is level] for level in Severity
    }
    errors, warnings = by_severity[Severity.ERROR], by_severity[Severity.WARNING]
    evidence = {str(level): names for level, names in by_severity.items() if names}
    if errors:
        return GateResult("findings", "failed", f"the run has {_counted(errors, 'error')}", evidence)
    if warnings:
        return GateResult("findings", "passed", f"no error; {_counted(warnings, 'warning')}", evidence)
    return GateResult("findings", "passed", "no error and no warning", evidence)


def _counted(names: list[str], what: str) -> str:
    return f"{len(names)} {what}{'s' if len(names) > 1 else ''}: {', '.join(names)}"
