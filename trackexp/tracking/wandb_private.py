"""The few things of wandb that are private by convention, each reached in one place and pinned by a contract test."""

from __future__ import annotations

import logging
import time
from concurrent.futures import Future
from threading import Thread
from typing import Any

logger = logging.getLogger("trackexp")

# Seconds between two flushes of the `.wandb` file; wandb's own 15 s would lose as many seconds to a `kill -9`.
FLUSH_INTERVAL = 1.0
# How long an artifact waits for the server's word on its type, and for how long a silent server is not asked again.
ARTIFACT_SECONDS, SILENT_SECONDS = 3.0, 60.0
# The releases that trackexp is tested on; older ones lack `finish_timeout`, newer ones may have moved these names.
OLDEST, NEWEST_TESTED = (0, 28, 2), (0, 31)


def flush_setting() -> dict[str, float]:
    """Return the setting that makes wandb flush its transaction log every second."""
    return {"x_transaction_log_flush_interval": FLUSH_INTERVAL}


def global_settings() -> Any:
    """Return W&B's settings as its environment variables and settings files make them, before any run."""
    import wandb

    # Only run-level printers obey a run's settings; the login's "Loaded credentials" line obeys these.
    wandb.setup(settings=wandb.Settings(show_info=False))
    return wandb.setup().settings


def active_run() -> Any:
    """Return the run that `wandb.init` would give back again, None where there is none.

    Runs of `wandb.init(reinit="create_new")` are not in `wandb.run`, and are given back all the same.
    """
    from wandb.sdk import wandb_setup

    import wandb

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


def reopened(entity: str, project: str, run_id: str, folder: str) -> Any:
    """Return a further session of a run that the server knows, which adds to it nothing of its own.

    Raises:
        wandb.errors.Error: The server does not let us.
    """
    import wandb

    settings = wandb.Settings(
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

    It asks whether the name has another type there, which helps only where it is answered; with no server it blocks for
    20 s and then raises into the training, though the client itself would keep the artifact and try again.
    """
    original = run._assert_can_log_artifact
    silent_until = 0.0

    def check(artifact: Any) -> None:
        nonlocal silent_until
        if time.monotonic() < silent_until:
            return
        outcome: Future[None] = Future()

        def ask() -> None:
            try:
                outcome.set_result(original(artifact))
            except BaseException as error:
                outcome.set_exception(error)

        Thread(target=ask, name="trackexp-artifact", daemon=True).start()
        try:
            outcome.result(ARTIFACT_SECONDS)
        except (TimeoutError, wandb.errors.CommError):
            silent_until = time.monotonic() + SILENT_SECONDS
            logger.debug("the server does not say what type the artifact %s has", artifact.name, exc_info=True)

    import wandb

    run.__dict__["_assert_can_log_artifact"] = check
