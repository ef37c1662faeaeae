"""What the worst finding advises is tried on a copy, where it is one change and the time is there for it."""

from __future__ import annotations

from trackexp.fit.budget import Budget
from trackexp.fit.protocols import Trainee
from trackexp.tracking import Run

MIN_SECONDS = 0.1  # less is not enough for the hundred updates of the smallest model


def try_remedy(run: Run, index: int, trainee: Trainee, budget: Budget) -> bool:
    """Try the remedy of the worst finding of a fit that has one; tell whether something came of it, in facts and words.

    Args:
        run: Whose findings they are.
        index: Of the fit.
        trainee: The model, at the end of its training.
        budget: Of the whole diagnosis; what the trial takes is booked.
    """
    seconds = budget.left
    if seconds < MIN_SECONDS or not any(finding.severity.is_alarm for finding in run.findings):
        return False
    from trackexp.diagnosis import all_rules
    from trackexp.diagnosis.fit import fits_of
    from trackexp.diagnosis.remedies import trial_words
    from trackexp.diagnosis.rule import FitRule
    from trackexp.record import worst_first

    rules = {rule.code: rule for rule in all_rules() if isinstance(rule, FitRule)}
    fit = next((fit for fit in fits_of(run.as_record()) if fit.index == index), None)
    for finding in worst_first(run.findings):
        rule = rules.get(finding.code) if finding.fit == index and finding.severity.is_alarm else None
        remedy = rule.remedy(fit) if rule is not None and fit is not None else None
        if remedy is None:
            continue
        with budget.booked():
            found = trainee.try_change(remedy, seconds)
        if found is None:
            return False
        run.update_facts(index, "probes", {"trials": {finding.code: found}}, store=True)
        run.voice.say(f"{finding.code} {finding.name}: {trial_words(found)}")
        return True
    return False
