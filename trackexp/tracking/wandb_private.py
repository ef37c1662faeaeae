"""The few things of wandb that are private by convention, each reached in one place and pinned by a contract test."""

from __future__ import annotations

import functools
import inspect
import logging
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Any

from trackexp.tracking.failures import in_time

logger = logging.getLogger("trackexp")

# Seconds between two flushes of the `.wandb` file; wandb's own 15 s would lose as many seconds to a `kill -9`.
FLUSH_INTERVAL = 1.0
# How long an artifact waits for the server's word on its type, and for how long a silent server is not asked again.
ARTIFACT_SECONDS, SILENT_SECONDS = 3.0, 60.0
# The releases that trackexp is tested on; older ones lack `finish_timeout`, newer ones may have moved these names.
OLDEST, NEWEST_TESTED = (0, 28, 2), (0, 31)
# What W&B reads into the config of every run that starts in the folder.
CONFIG_DEFAULTS = "config-defaults.yaml"


def flush_setting() -> dict[str, float]:
    """Return the setting that makes wandb flush its transaction log every second."""
    return {"x_transaction_log_flush_interval": FLUSH_INTERVAL}


def global_settings() -> Any:
    """Return W&B's settings as its environment variables and settings files make them, before any run."""
    import wandb

    # Only run-level printers obey a run's settings; the login's "Loaded credentials" line obeys these.
    wandb.setup(settings=wandb.Settings(show_info=False))
    return wandb.setup().settings


def settings_now() -> Any:
    """Return what W&B's environment variables and settings files say now, without its setup, which reads them once."""
    import os

    import wandb

    settings = wandb.Settings()
    folder = os.getenv("WANDB_CONFIG_DIR") or os.path.join("~", ".config", "wandb")  # noqa: PTH118
    settings.settings_system = os.path.join(os.path.expanduser(folder), "settings")  # noqa: PTH111, PTH118
    settings.update_from_system_settings()
    settings.update_from_env_vars(dict(os.environ))
    return settings


def active_run() -> Any:
    """Return the run that `wandb.init` would give back again, None where there is none.

    Runs of `wandb.init(reinit="create_new")` are not in `wandb.run`, and are given back all the same.
    """
    import wandb
    from wandb.sdk import wandb_setup

    return wandb.run if wandb.run is not None else wandb_setup.singleton().most_recent_active_run


def netrc_key(base_url: str) -> tuple[str, str] | None:
    """Return the key that W&B's netrc lookup finds for a server, and the file it stands in.

    A home folder that is unknown, or may not be searched, holds no key.

    Raises:
        wandb.errors.AuthenticationError: The entry is there and malformed.
    """
    from wandb.sdk.lib.wbauth import HostUrl
    from wandb.sdk.lib.wbauth.wbnetrc import read_netrc_auth_with_source

    try:
        found = read_netrc_auth_with_source(host=HostUrl(base_url))
    except (OSError, RuntimeError):
        logger.debug("the netrc file cannot be looked for", exc_info=True)
        return None
    auth: Any = found and found.auth
    return None if found is None else (str(auth.api_key), str(found.source))


def key_problem(key: str) -> str | None:
    """Return what is wrong with the form of an API key, in W&B's words, or None."""
    from wandb.sdk.lib.wbauth.validation import check_api_key

    return check_api_key(key)


def is_noop(run: Any) -> bool:
    """Return whether a `wandb.Run` is one of mode "disabled"."""
    return bool(getattr(run.settings, "_noop", False)) or run.settings.mode == "disabled"


def is_offline(run: Any) -> bool:
    """Return whether a `wandb.Run` writes to this disk alone."""
    return bool(getattr(run.settings, "_offline", False))


def is_sweep(run: Any) -> bool:
    """Return whether `wandb agent` started the run with parameters of a sweep."""
    return bool(run.settings.sweep_id or run.settings.sweep_param_path)


def has_file(run: Any) -> bool:
    """Return whether a `wandb.Run` writes a `.wandb` file; an online one may be told to write none."""
    return not run.settings.x_skip_transaction_log


def at_finish(run: Any, before: Callable[[], None], after: Callable[[], None]) -> None:
    """Call two functions when a `wandb.Run` is finished, by whom ever: before its last records are sent, and after."""
    from wandb.sdk.wandb_run import TeardownHook, TeardownStage

    run._teardown_hooks.insert(0, TeardownHook(before, TeardownStage.EARLY))
    run._teardown_hooks.append(TeardownHook(after, TeardownStage.LATE))


def exit_code(run: Any) -> int:
    """Return the exit code that a `wandb.Run` was finished with."""
    return int(run._exit_code or 0)


def has_arrived(run: Any) -> bool:
    """Return whether the finish of a `wandb.Run` came to its end within its limit."""
    return not getattr(run, "_finish_timed_out", False)


def is_finished(run: Any) -> bool:
    """Return whether a `wandb.Run` has been finished."""
    return bool(run._is_finished)


def make_global(run: Any) -> None:
    """Make a `wandb.Run` the one that `wandb.run`, `wandb.log` and `wandb.config` stand for."""
    from wandb.sdk import wandb_init

    wandb_init._set_global_run(run)


def delete_run(path: str) -> None:
    """Delete a run from the server."""
    import wandb

    wandb.Api().run(path).delete()


def go_offline() -> str | None:
    """Have runs and logins of this process stay offline; return the mode from before, None where it was offline."""
    from wandb.sdk import wandb_setup

    settings = wandb_setup.singleton().settings
    if settings._offline or settings._noop:
        return None
    before = str(settings.mode)
    settings.mode = "offline"
    return before


def take_environment() -> None:
    """Let W&B know that the variables have changed by our hand: it warns of those that change after its setup."""
    import os

    from wandb.sdk import wandb_setup

    singleton: Any = wandb_setup.singleton()
    if singleton._settings_environ is not None:
        singleton._settings_environ = dict(os.environ)


def restore_mode(mode: str) -> None:
    """Put back the mode that `go_offline` returned."""
    from wandb.sdk import wandb_setup

    settings: Any = wandb_setup.singleton().settings
    settings.mode = mode


def reopened(
    entity: str, project: str, run_id: str, folder: str, base_url: str | None = None, key: str | None = None
) -> Any:
    """Return a further session of a run that the server knows, which adds to it nothing of its own.

    Raises:
        wandb.errors.Error: The server does not let us.
    """
    import wandb

    server: dict[str, Any] = {"base_url": base_url, "api_key": key} if base_url and key else {}
    settings = wandb.Settings(
        **server,
        silent=True,
        console="off",
        save_code=False,
        x_disable_meta=True,
        x_disable_stats=True,
        x_disable_machine_info=True,
        x_save_requirements=False,
        finish_timeout=60,
        finish_timeout_raises=True,
    )
    return wandb.init(
        entity=entity or None,
        project=project or None,
        id=run_id,
        resume="must",
        mode="online",
        dir=folder,
        reinit="create_new",
        settings=settings,
    )


def hurry_artifact_check(run: Any) -> None:
    """Bound what a `wandb.Run` asks of the server before it hands an artifact to its client.

    It logs in a second time for that, and asks whether the name has another type there. With no server each blocks for
    20 s and the first then raises into the training, though the client itself would keep the artifact and try again. So
    the second login is made now, while there is a server, and the question has a limit.
    """
    Thread(target=lambda: _second_login(run), name="trackexp-login", daemon=True).start()
    original = run._assert_can_log_artifact
    silent_until = 0.0

    def check(artifact: Any) -> None:
        nonlocal silent_until
        if time.monotonic() < silent_until:
            return
        try:
            in_time(lambda: original(artifact), ARTIFACT_SECONDS, name="artifact")
        except (TimeoutError, wandb.errors.CommError):
            silent_until = time.monotonic() + SILENT_SECONDS
            logger.debug("the server does not say what type the artifact %s has", artifact.name, exc_info=True)

    import wandb

    run.__dict__["_assert_can_log_artifact"] = check


def artifact_like(name: str, kind: str, description: str | None, metadata: dict[str, Any]) -> Any:
    """Return an empty artifact of any type, also of those that W&B keeps for its own: the tables and code of a run.

    Raises:
        ValueError: W&B takes no such name, or no such metadata.
    """
    import wandb
    from wandb.sdk.artifacts._internal_artifact import InternalArtifact

    try:
        return wandb.Artifact(name, kind, description=description, metadata=metadata)
    except ValueError:
        return InternalArtifact(name, kind, description=description, metadata=metadata)


def watch_artifacts(run: Any, note: Callable[[Any, list[str]], None]) -> None:
    """Call `note` with each artifact that a `wandb.Run` hands to its client, and with its aliases.

    Whatever logs one, W&B's own functions and tables too, passes through the same function.
    """
    original = run._log_artifact
    signature = inspect.signature(original)

    @functools.wraps(original)
    def log(*args: Any, **kwargs: Any) -> Any:
        artifact = original(*args, **kwargs)
        note(artifact, signature.bind(*args, **kwargs).arguments.get("aliases") or [])
        return artifact

    run.__dict__["_log_artifact"] = log


def end_service_at_exit() -> None:
    """Let this process end although W&B's own one still tries to reach a server: at exit it would be waited for.

    What it has not sent is on this disk, in the files of its runs.
    """
    import atexit

    def end() -> None:
        process = _service()
        if process is not None:
            process.kill()

    atexit.register(end)  # the last that is registered is the first that is called


def wake_service() -> None:
    """Let W&B's own process go on if it was stopped: it would keep whatever asks it waiting for ever."""
    process = _service()
    if process is not None and hasattr(signal, "SIGCONT"):
        with suppress(OSError):
            process.send_signal(signal.SIGCONT)


def is_service_gone() -> bool:
    """Return whether W&B's own process, which writes the files of the runs, has ended."""
    process = _service()
    return process is not None and process.poll() is not None


def step_of(run: Any) -> Callable[[], int]:
    """Return what tells the step of a row that names none: `run.step` would ask W&B's own process."""
    return lambda: int(getattr(run, "_local_step", 0))


def watched_service() -> Callable[[], bool]:
    """Return what tells, in a microsecond, whether the process that is W&B's own now has ended."""
    process = _service()
    return lambda: process is not None and process.poll() is not None


def _service() -> Any:
    """Return W&B's own process where this one started it, else None."""
    from wandb.sdk import wandb_setup

    return getattr(getattr(wandb_setup.singleton()._connection, "_proc", None), "_process", None)


def _second_login(run: Any) -> None:
    try:
        run._public_api()
    except Exception:
        logger.debug("the second login failed", exc_info=True)


def config_of_file(path: str) -> dict[str, Any]:
    """Return the config that W&B reads from a YAML file."""
    import warnings

    from wandb.sdk.lib import config_util

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # W&B leaves the file open
        return config_util.dict_from_config_file(path) or {}
