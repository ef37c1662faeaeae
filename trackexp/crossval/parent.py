"""The parent run of a cross-validation: what its folds say together, in one run of job type `crossval`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from trackexp.crossval.grid import setting_key
from trackexp.crossval.identity import text_digest
from trackexp.crossval.judging.scoring import numbers_of
from trackexp.errors import UsageError
from trackexp.record import PARENT_JOB
from trackexp.session import Session, current_session
from trackexp.tracking import TrackOptions

if TYPE_CHECKING:
    from trackexp.crossval.plan import Plan
    from trackexp.crossval.result import CrossValidation
    from trackexp.tracking import Run

_MOST_CURVES = 8  # metrics whose bands are logged
_OF_FOLDS = ("name", "monitor", "monitor_mode", "best_model", "log_freq", "examples", "diagnose", "fail_on")


def refuse_open_run() -> None:
    """Raise where a run is open that folds trained in this process would write into.

    Raises:
        UsageError: One is.
    """
    wandb = sys.modules.get("wandb")
    if current_session() is not None or getattr(wandb, "run", None) is not None:
        raise UsageError(
            "a run is open here, and executor='here' begins one a fold in this process; call cross_validate outside "
            "of it, or use executor='processes'."
        )


def record_parent(result: CrossValidation, plan: Plan) -> str:
    """Record what the folds say together, once for every state of the ledger, and return the run's id.

    Where a run is open, it is the parent.
    """
    path = result.storage.folder / "parent.json"
    of = text_digest(result.criterion.metric, *sorted(entry.key for entry in result.entries.values()))
    try:
        known = json.loads(path.read_text("utf-8"))
        if known["of"] == of:
            return str(known["run"])
    except (OSError, ValueError, KeyError, TypeError):
        known = {}
    session = current_session()
    if session is not None:
        run = session.current_run()
        result.log(run)
    else:
        run = _recorded(result, plan)
    found = str(run.wandb_run.id) if run.recording else ""
    path.write_text(json.dumps({"run": found, "of": of}) + "\n", "utf-8")
    return found


def _recorded(result: CrossValidation, plan: Plan) -> Run:
    tracking = {name: value for name, value in plan.program.tracking.items() if name not in _OF_FOLDS}
    config = {
        "folds": len(plan.folds), "settings": [dict(setting) for setting in plan.settings], "seed": plan.seed,
        "metric": result.criterion.metric, "partition": plan.program.partition,
    }  # fmt: skip
    own = {
        "name": plan.group, "job_type": PARENT_JOB, "config": config, "best_model": None, "autolog": False,
        "diagnose": False,
    }  # fmt: skip
    session = Session(TrackOptions(**{**tracking, **own}))
    session.run.voice.silence()
    try:
        result.log(session.run)
    except BaseException as error:
        session.end(error)
        raise
    session.end()
    return session.run


def log_crossval(result: CrossValidation, run: Any) -> None:
    """Log a cross-validation; see `CrossValidation.log`."""
    if not run.recording:
        return
    choice = result.choice
    run.wandb_run.summary["crossval"] = {
        "metric": result.criterion.metric,
        "best": json.loads(setting_key(result.best)),
        "simplest": json.loads(setting_key(result.simplest)),
        "tied": [json.loads(setting_key(one.params)) for one in choice.tied],
        "mean": choice.best.mean if choice.best else None,
        "expected": result.expected.to_dict(),
        "folds": len(result.entries),
        "failed": len(result.failures),
        "group": str(run.wandb_run.group or ""),
    }
    run.log_table("crossval/settings", result.table)
    with run.failures.guard("logging the curves of the settings"):
        _log_curves(result, run)
    with run.failures.guard("logging the out-of-fold predictions"):
        _log_evaluation(result, run)
    with run.failures.guard("logging the best weights"):
        _log_weights(result, run)
    with run.failures.guard("adding the findings"):
        run.add_findings(list(result.findings))
    with run.failures.guard("saving the page"):
        page = result.to_html(Path(run.files_folder) / "crossval.html")
        run.wandb_run.save(str(page), base_path=str(page.parent), policy="end")


def _log_evaluation(result: CrossValidation, run: Any) -> None:
    best = result.choice.best
    if result.program.target is None or best is None:
        return
    if not all(result.entries[best.index, fold].has_answer for fold in best.scores):
        return
    evaluation = result.evaluation
    if hasattr(evaluation, "confusion"):
        run.log_table("out_of_fold/confusion", evaluation.confusion.reset_index(names="target"))
        run.log_table("out_of_fold/report", evaluation.report.reset_index(names="class"))
    run.summarise({f"out_of_fold/{name}": value for name, value in numbers_of(evaluation).items()})


def _log_curves(result: CrossValidation, run: Any) -> None:
    """Log mean, range and interval of every metric by epoch and setting, as a table and as a picture of the means."""
    import pandas as pd

    if len(result.records) < 2:
        return
    comparison = result.comparison
    shown = 0
    for metric, found in comparison.curves.items():
        if shown == _MOST_CURVES or metric.startswith(("batch/", "probe/")) or found.x.size < 2 or not found.bands:
            continue
        shown += 1
        frames = [
            pd.DataFrame(
                {
                    "setting": band.label, found.axis: found.x, "mean": band.mean, "min": band.low, "max": band.high,
                    "low": band.interval_low, "high": band.interval_high,
                }
            )
            for band in found.bands
        ]  # fmt: skip
        table = pd.concat(frames).replace([np.inf, -np.inf], np.nan)
        run.log_table(f"curves/{metric}_bands", table)
        run.log_curve(f"curves/{metric}", table.dropna(subset=["mean"]), found.axis, "mean", "setting")


def _log_weights(result: CrossValidation, run: Any) -> None:
    import wandb

    entry = result.best_entry()
    if not entry.model or not Path(entry.model).is_file():
        return
    metadata = {"params": json.loads(setting_key(result.best)), "fold": entry.parts["fold"], "run": entry.run,
                result.criterion.metric: entry.scores.get(result.criterion.metric)}  # fmt: skip
    artifact = wandb.Artifact(f"run_{run.wandb_run.id}_model", type="model", metadata=metadata)
    artifact.add_file(entry.model, name=Path(entry.model).name)
    run.log_artifact(artifact, aliases=["best"])
