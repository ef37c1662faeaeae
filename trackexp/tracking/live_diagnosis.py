"""The rules while the script runs: the same ones, on the record as far as it has come."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from trackexp.tracking.run import Run

if TYPE_CHECKING:
    from trackexp.diagnosis import Policy
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


def note_blindness(run: Run) -> str:
    """Keep with the run's findings what the rules could not look at; return it for the ending, "" where all is seen."""
    if not run.options.diagnose:
        return ""
    own_loop = not run.state.facts and _trains_unseen(run)
    if not own_loop and not (run.state.facts and run.state.rows):  # no epoch was seen: there was no end to be judged
        return ""
    from trackexp.diagnosis import ChecksNotMade, blindness, diagnose

    policy = _policy(run)
    if policy.ignores(ChecksNotMade()):
        return ""
    record = run.as_record()
    found = blindness(record, diagnose(record, policy=policy), own_loop=own_loop)
    if found is None:
        return ""
    run.add_findings([found])
    return found.message


# Whoever trains with one of these, and calls no `fit` that is seen, has written the loop.
_FRAMEWORKS = frozenset({"jax", "keras", "mlx", "paddle", "tensorflow", "torch"})
_TRAINING_LOSSES = frozenset({"train/loss", "batch/loss"})


def _trains_unseen(run: Run) -> bool:
    """Tell whether a training went by that nothing was seen of but what the script logged.

    It logged a training loss more than once, and a framework that trains is loaded. Runs that log anything else, or
    the losses of an evaluation, are no training; and who has turned the recording off knows that nothing was seen.
    """
    if not run.options.autolog or not _FRAMEWORKS & set(sys.modules):
        return False
    from trackexp.record import canonical_name

    if run.wandb_run.step - run.wandb_run.starting_step < 2:
        return False
    return any(canonical_name(key) in _TRAINING_LOSSES for key in dict(run.wandb_run.summary))


def _findings(run: Run) -> tuple[Finding, ...]:
    from trackexp.diagnosis import diagnose

    return diagnose(run.as_record(), policy=_policy(run)).findings


def _policy(run: Run) -> Policy:
    """Return the policy that the run was started under, resolved once: a broken file is said once."""
    if run.state.policy is None:
        from trackexp.diagnosis import Policy, resolve_policy

        options = run.options
        asked = {"select": options.select or None, "ignore": options.ignore or None, "fail_on": options.fail_on}
        run.state.policy = resolve_policy(**asked, start=Policy())  # type: ignore[arg-type]
        run.state.policy = resolve_policy(**asked)  # type: ignore[arg-type]
        for line in run.state.policy.deprecations:
            run.voice.say(line)
    return run.state.policy


def _fail_on(run: Run, new: list[Finding]) -> None:
    if run.options.fail_on is None:
        return
    from trackexp.errors import DiagnosisError
    from trackexp.record import Severity

    limit = Severity(run.options.fail_on)  # the project's own holds for commands: it stops no training unasked
    worst = [finding for finding in new if finding.severity.at_least(limit)]
    if worst:
        names = ", ".join(f"{finding.code} {finding.name}" for finding in worst)
        raise DiagnosisError(f"{names}: {worst[0].message} → {worst[0].fix} (fail_on={run.options.fail_on!r})")
