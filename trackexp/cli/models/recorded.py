"""An evaluation that is a run of its own, and uses the model's artifact, so that lineage shows where it came from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trackexp import track
from trackexp.cli.models.request import Request
from trackexp.cli.models.subject import names_an_artifact
from trackexp.errors import UsageError
from trackexp.models.formats.registry import model_suffixes
from trackexp.record.row_outcomes import FILE_NAME
from trackexp.registry.evidence import DigestedRows, row_outcomes
from trackexp.tracking.model_file import sha256
from trackexp.tracking.wandb_private import is_offline

if TYPE_CHECKING:
    from trackexp.cli.models.evaluating import Evaluated
    from trackexp.cli.models.subject import Subject
    from trackexp.tracking import Run

_ROWS = (".npz", ".csv", ".parquet")


def evaluated_in_a_run(subject: Subject, request: Request, work: Callable[[str, Request], Evaluated]) -> Evaluated:
    """Evaluate a run's best model, or what lies in artifacts, inside a run of job type `evaluation` that uses them.

    Raises:
        UsageError: The artifact needs the server, and the run is offline.
    """
    record = subject.record
    data = str(request.data) if names_an_artifact(str(request.data)) else None
    known = subject.artifact is None and data is None
    model = subject.model
    found = work(str(model), request) if known else None  # a mistyped option leaves no failed run behind
    project, entity = _home(subject, data)
    config = {"model": subject.artifact or subject.model, "data": request.data, "part": request.part}
    if record is not None:
        config |= {"evaluated_run": record.id, "evaluated_run_name": record.title}
    tags = [subject.alias] if subject.alias else []
    with track(
        project=project, entity=entity, job_type="evaluation", config=config, tags=tags, best_model=None, autolog=False,
        diagnose=False,
    ) as run:  # fmt: skip
        if found is None:
            rows = request.data if data is None else str(_rows_of(run, data))
            model = subject.model if subject.artifact is None else str(_model_of(run, subject.artifact))
            found = work(str(model), replace(request, data=rows))
        if record is not None:
            found.notes += _use(run, f"run_{record.id}_model:best", record.entity, record.project)
        _log(found, run)
        _keep_rows(found, run, str(subject.model if subject.artifact is None else model))
        found.notes.append(f"recorded as run {run.wandb_run.id} of job type evaluation")
    return found


def _home(subject: Subject, data: str | None) -> tuple[str | None, str | None]:
    if subject.record is not None:
        return subject.record.project or None, subject.record.entity or None
    parts = str(subject.artifact or data).split("/")
    return (parts[-2] if len(parts) > 1 else None), (parts[0] if len(parts) > 2 else None)


def _use(run: Run, name: str, entity: str, project: str) -> list[str]:
    """Say that this run uses the artifact; offline there is nobody to say it to."""
    if not run.recording or is_offline(run.wandb_run):
        return ["offline: that this evaluation uses the run's model is noted in its config, not in W&B's lineage"]
    place = "/".join(part for part in (entity, project, name) if part)
    before = run.failures.count
    with run.failures.guard(f"using the artifact {place}"):
        run.wandb_run.use_artifact(place)
    return [] if run.failures.count == before else [f"the artifact {place} is not on the server: no lineage to show"]


def _model_of(run: Run, name: str) -> Path:
    """Return the model file of an artifact, which this run then uses."""
    _, files = _downloaded(run, name)
    models = [path for path in files if path.suffix.lower() in model_suffixes()]
    if len(models) != 1:
        held = ", ".join(path.name for path in files) or "nothing"
        raise UsageError(f"the artifact {name} holds {held}; expected one model file.")
    return models[0]


def _rows_of(run: Run, name: str) -> Path:
    """Return the rows of an artifact, one file or a folder of images, which this run then uses."""
    folder, files = _downloaded(run, name)
    tables = [path for path in files if path.suffix in _ROWS]
    if len(tables) > 1 or not files:
        held = ", ".join(path.name for path in files) or "nothing"
        raise UsageError(f"the artifact {name} holds {held}; expected one of {', '.join(_ROWS)}, or images by class.")
    return tables[0] if tables else folder


def _downloaded(run: Run, name: str) -> tuple[Path, list[Path]]:
    """Return the folder and the files of an artifact, which this run then uses."""
    if not run.recording or is_offline(run.wandb_run):
        raise UsageError(
            f"{name} is an artifact on the W&B server (there is no such file here, and no such module), and this run "
            "is offline; pass files or a run."
        )
    try:
        folder = Path(run.wandb_run.use_artifact(name).download())
    except Exception as error:  # W&B's CommError, ValueError and others
        raise UsageError(f"the artifact {name} cannot be had: {error}") from error
    return folder, [path for path in sorted(folder.rglob("*")) if path.is_file()]


def _log(found: Evaluated, run: Run) -> None:
    result: Any = found.result
    if found.profit is not None:
        result.log(run, profit=found.profit)
    else:
        result.log(run)
    if found.failed:
        run.summarise({"failed_conditions": len(found.failed)})


def _keep_rows(found: Evaluated, run: Run, model: str) -> None:
    """Keep what the model answered on every row: what a later promotion compares by; sums alone have no rows."""
    path = Path(model)
    if not run.recording or not path.is_file() or getattr(found.result, "rows", found) is None:
        return
    with run.failures.guard("keeping the rows of the evaluation"):
        digests = found.data.digests if isinstance(found.data, DigestedRows) else None
        rows = row_outcomes(found.result, model_sha256=sha256(path), digests=digests)
        kept = rows.save(run.files_folder / FILE_NAME)
        run.wandb_run.save(str(kept), base_path=str(kept.parent), policy="end")
