"""The few things of wandb that are private by convention, each reached in one place and pinned by a contract test."""

from __future__ import annotations

import functools
import inspect
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from trackexp.tracking.in_time import in_time

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

    from wandb.sdk import wandb_setup

    def end() -> None:
        process = getattr(getattr(wandb_setup.singleton()._connection, "_proc", None), "_process", None)
        if process is not None:
            process.kill()

    atexit.register(end)  # the last that is registered is the first that is called


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


def without_filters() -> dict[str, Any]:
    """Return the settings that keep out what a newer W&B would not let us mask: the command line, the console."""
    import wandb
    from wandb.sdk.lib import redirect

    settings: dict[str, Any] = {}
    if not (hasattr(wandb.Settings, "to_proto") and hasattr(wandb.Settings, "_args")):
        settings["x_disable_meta"] = True
    if not hasattr(redirect, "RedirectBase") or not hasattr(wandb.sdk.wandb_run.Run, "_redirect"):
        settings["console"] = "off"
    return settings


@contextmanager
def masked_arguments(mask: Callable[[list[str]], list[str]]) -> Iterator[None]:
    """Hand W&B's own process the command line masked; it writes all else of the machine beside it.

    `sys.argv` stays as it is: other threads may read it.
    """
    import wandb

    original = getattr(wandb.Settings, "to_proto", None)
    if original is None:
        yield
        return

    def to_proto(settings: Any) -> Any:
        message = original(settings)
        arguments = getattr(message, "_args").value  # noqa: B009  a field of the message, not a private name of ours
        masked = mask(list(arguments))
        del arguments[:]
        arguments.extend(masked)
        return message

    wandb.Settings.to_proto = to_proto  # type: ignore[assignment, method-assign]
    try:
        yield
    finally:
        wandb.Settings.to_proto = original  # type: ignore[method-assign]


def filter_console(run: Any, filtered: Callable[[str, Callable[[Any], None]], Any]) -> None:
    """Put a filter between what is written to stdout and stderr and what W&B keeps of it.

    Args:
        run: A `wandb.Run`.
        filtered: Makes the filter of a stream: from its name and the function that the masked text goes to. It is
            called with each piece, and its `flush` when the capture ends.
    """
    for stream in (run._out_redir, run._err_redir):
        if stream is None:
            continue  # console="off"
        outlet = filtered(stream.src, _to_all(list(stream.cbs), as_bytes=_hands_bytes(stream)))
        stream.cbs = [outlet]
        stream.uninstall = _flushing(stream.uninstall, outlet)


def _flushing(uninstall: Callable[[], None], outlet: Any) -> Callable[[], None]:
    def end() -> None:
        uninstall()
        try:
            outlet.flush()
        except Exception:  # a run that is finished takes nothing more
            logger.debug("the last line of the console came too late", exc_info=True)

    return end


def flush_console(run: Any) -> None:
    """Hand on what is left in the filters of the console, a line without an end; before the run is finished."""
    for stream in (run._out_redir, run._err_redir):
        for outlet in stream.cbs if stream is not None else ():
            if hasattr(outlet, "flush"):
                outlet.flush()


def _hands_bytes(stream: Any) -> bool:
    """Return whether a capture hands on bytes: those that go through W&B's terminal emulator do."""
    from wandb.sdk.lib import redirect

    return not isinstance(stream, redirect.StreamRawWrapper)


def _to_all(callbacks: list[Callable[[Any], None]], *, as_bytes: bool) -> Callable[[str], None]:
    def write(text: str) -> None:
        for callback in callbacks:
            callback(text.encode("utf-8", "replace") if as_bytes else text)

    return write


def filter_config(run: Any, masked: Callable[[str, Any], Any]) -> None:
    """Have every value that enters the run's config masked first; W&B would log it to its debug file, too."""
    config = run.config
    sanitize = config._sanitize

    def masking(key: str, value: Any, allow_val_change: bool | None = None) -> tuple[str, Any]:
        key, value = sanitize(key, value, allow_val_change)
        return key, masked(key, value)

    object.__setattr__(config, "_sanitize", masking)  # past the config's own, which would store it


def filter_records(run: Any, mask: Callable[[Any], None]) -> None:
    """Have every record of the run masked, in place, before it goes to W&B's own process."""
    interface = run._interface
    publish, deliver = interface._publish, interface._deliver

    def masking(send: Callable[..., Any]) -> Callable[..., Any]:
        def sending(record: Any, *arguments: Any, **options: Any) -> Any:
            mask(record)
            return send(record, *arguments, **options)

        return sending

    interface._publish, interface._deliver = masking(publish), masking(deliver)
