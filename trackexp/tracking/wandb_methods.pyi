"""The attributes and methods of `wandb.Run` that a run of ours hands on, each with its types.

Their signatures are W&B's own, and a contract test compares them. What a newer W&B adds is handed on at runtime too.
"""

import os
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Literal, TextIO

from wandb import Artifact, Settings
from wandb.sdk.wandb_alerts import AlertLevel
from wandb.sdk.wandb_config import Config, ConfigStatic
from wandb.sdk.wandb_metric import Metric
from wandb.sdk.wandb_run import RunStatus
from wandb.sdk.wandb_summary import Summary

StrPath = str | os.PathLike[str]
Policy = Literal["now", "live", "end"]
Paths = list[str]

class WandbMethods:
    """What `wandb.Run` offers, for the `wandb_run` that the class over it holds."""

    wandb_run: Any

    @property
    def config(self) -> Config:
        """W&B's config of the run: reads and writes like a mapping and by attribute."""

    @property
    def summary(self) -> Summary:
        """W&B's summary of the run: one value a key, what the run table shows."""

    @property
    def name(self) -> str | None:
        """The run's name."""

    @name.setter
    def name(self, value: str | None) -> None: ...
    @property
    def notes(self) -> str | None:
        """The run's notes."""

    @notes.setter
    def notes(self, value: str | None) -> None: ...
    @property
    def tags(self) -> tuple[str, ...] | None:
        """The run's tags."""

    @tags.setter
    def tags(self, value: tuple[str, ...] | None) -> None: ...
    @property
    def config_static(self) -> ConfigStatic:
        """The config as it is now, as a copy that cannot be changed."""

    @property
    def dir(self) -> str:
        """The folder of the run's own files."""

    @property
    def disabled(self) -> bool:
        """Whether W&B is disabled, so that nothing is recorded."""

    @property
    def entity(self) -> str:
        """The user or team that the run belongs to."""

    @property
    def group(self) -> str:
        """The run's group, empty without one."""

    @property
    def id(self) -> str:
        """W&B's id of the run."""

    @property
    def job_type(self) -> str:
        """The run's job type, empty without one."""

    @property
    def offline(self) -> bool:
        """Whether the run is written to this disk only."""

    @property
    def path(self) -> str:
        """`entity/project/id`."""

    @property
    def project(self) -> str:
        """The run's project."""

    @property
    def project_url(self) -> str | None:
        """The address of the project's page; None offline."""

    @property
    def resumed(self) -> bool:
        """Whether the run continues an earlier one."""

    @property
    def settings(self) -> Settings:
        """W&B's settings of the run."""

    @property
    def start_time(self) -> float:
        """When the run began, in seconds since 1970."""

    @property
    def starting_step(self) -> int:
        """The first step of this run, other than 0 where it was resumed."""

    @property
    def step(self) -> int:
        """The step of the next row."""

    @property
    def sweep_id(self) -> str | None:
        """The id of the sweep that the run is part of."""

    @property
    def sweep_url(self) -> str | None:
        """The address of the sweep's page."""

    @property
    def sync_dir(self) -> str:
        """The run's folder on this disk."""

    @property
    def url(self) -> str | None:
        """The address of the run's page; None offline."""

    def alert(
        self,
        title: str,
        text: str,
        level: str | AlertLevel | None = None,
        wait_duration: int | float | timedelta | None = None,
    ) -> None:
        """Send an alert by e-mail or Slack; kept and not sent offline."""

    def define_metric(
        self,
        name: str,
        step_metric: str | Metric | None = None,
        step_sync: bool | None = None,
        hidden: bool | None = None,
        summary: str | None = None,
        overwrite: bool | None = None,
    ) -> Metric:
        """Choose a metric's axis and what its summary keeps."""

    def display(self, height: int = 420, hidden: bool = False) -> bool:
        """Show the run's page in a notebook."""

    def finish_artifact(
        self,
        artifact_or_path: Artifact | str,
        name: str | None = None,
        type: str | None = None,
        aliases: list[str] | None = None,
        distributed_id: str | None = None,
    ) -> Artifact:
        """Finish an artifact that several runs write to."""

    def link_artifact(self, artifact: Artifact, target_path: str, aliases: list[str] | None = None) -> Artifact:
        """Link an artifact into a registry or portfolio."""

    def link_model(
        self, path: StrPath, registered_model_name: str, name: str | None = None, aliases: list[str] | None = None
    ) -> Artifact | None:
        """Log a model and link it into a registry."""

    def log_artifact(
        self,
        artifact_or_path: Artifact | StrPath,
        name: str | None = None,
        type: str | None = None,
        aliases: list[str] | None = None,
        tags: list[str] | None = None,
    ) -> Artifact:
        """Store an artifact as an output of the run."""

    def log_code(
        self, root: str | None = ".", name: str | None = None, **filters: Callable[..., bool]
    ) -> Artifact | None:
        """Store source files as an artifact."""

    def log_model(self, path: StrPath, name: str | None = None, aliases: list[str] | None = None) -> None:
        """Store a model file or folder as an artifact of the run."""

    def mark_preempting(self) -> None:
        """Say that the run is about to be pre-empted."""

    def pin_config_keys(self, keys: Sequence[str] = ()) -> None:
        """Pin config keys to the run's page."""

    def restore(
        self, name: str, run_path: str | None = None, replace: bool = False, root: str | None = None
    ) -> TextIO | None:
        """Download a file of a run."""

    def save(
        self, glob_str: StrPath, base_path: StrPath | None = None, policy: Policy = "live", glob: bool = True
    ) -> bool | Paths:
        """Keep files with the run, now and as they change."""

    def status(self) -> RunStatus:
        """Return how far the run is synchronised."""

    def to_html(self, height: int = 420, hidden: bool = False) -> str:
        """Return HTML that shows the run's page."""

    def unwatch(self, models: Any = None) -> None:
        """Stop watching modules."""

    def upsert_artifact(
        self,
        artifact_or_path: Artifact | str,
        name: str | None = None,
        type: str | None = None,
        aliases: list[str] | None = None,
        distributed_id: str | None = None,
    ) -> Artifact:
        """Begin or continue an artifact that several runs write to."""

    def use_artifact(
        self,
        artifact_or_name: str | Artifact,
        type: str | None = None,
        aliases: list[str] | None = None,
        use_as: str | None = None,
    ) -> Artifact:
        """Declare an artifact to be an input of the run."""

    def use_model(self, name: str) -> str:
        """Download a model that the run uses, and return its path."""

    def watch(
        self,
        models: Any,
        criterion: Any = None,
        log: Literal["gradients", "parameters", "all"] | None = "gradients",
        log_freq: int = 1000,
        idx: int | None = None,
        log_graph: bool = False,
    ) -> None:
        """Log the gradients and parameters of a PyTorch module."""

    def write_logs(self, text: str) -> None:
        """Write text to the run's console log."""
