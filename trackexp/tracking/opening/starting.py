"""Opens a run: adopts one that is open, goes online where that works, and offline, with one line, where it does not."""

from __future__ import annotations

import glob
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trackexp.errors import ConfigurationError, UnsupportedVersionError, UsageError
from trackexp.settings import Environment
from trackexp.tracking import wandb_private
from trackexp.tracking.arrival.ledger import keep_ledger
from trackexp.tracking.code.capture import capture_code
from trackexp.tracking.failures import Voice
from trackexp.tracking.opening import credentials
from trackexp.tracking.opening.adoption import adopt, enter
from trackexp.tracking.opening.credentials import Credentials
from trackexp.tracking.opening.environment import load_dotenv, prepare_home, run_folder
from trackexp.tracking.opening.run_settings import config_file, run_settings
from trackexp.tracking.options import WANDB_MODES, TrackOptions, one_of, user_settings
from trackexp.tracking.run import Run, RunState
from trackexp.tracking.secrets import Scrubber
from trackexp.tracking.secrets.starting import keeps_nothing, masked_options, masked_start, refuse_in_code, watch
from trackexp.tracking.values import json_config
from trackexp.tracking.wandb_gates import Gates, check_gates

# From the first try to reach a server to recording offline instead; the last of them are for starting offline.
ONLINE_SECONDS, SPARE_SECONDS = 10.0, 2.0


def open_run(options: TrackOptions, outer: Run | None = None) -> Run:
    """Return the run to write to: the one that is open, a new one, or one that keeps nothing.

    Args:
        options: What `track` was given.
        outer: The run of the `track` around this one, which it writes to.

    Raises:
        UsageError: W&B refuses an argument.
        CredentialsError: The server refuses the key, or does not know the entity.
        SecretsFoundError: The run would store a secret, and `strict_secrets` is set.
        ConfigurationError: W&B cannot start at all.
    """
    config_file(options.config)
    dotenv = load_dotenv()
    environment = Environment.read()
    mode = _mode(options, environment)
    if environment.disabled or environment.rank != 0 or mode == "disabled":
        return _keeping_nothing(options, Voice(silent=True))
    voice = Voice()
    scrubber = Scrubber.from_environment(dotenv=[dotenv] if dotenv else [])
    gates = check_gates()
    options = masked_options(options, scrubber, gates)
    if keeps_nothing(gates, voice):
        return _keeping_nothing(options, voice)
    return adopt(options, voice, scrubber, outer) or _begin(options, environment, mode, voice, scrubber, gates)


def _begin(
    options: TrackOptions, environment: Environment, mode: str, voice: Voice, scrubber: Scrubber, gates: Gates
) -> Run:
    """Begin a new run, online where that works."""
    began = time.monotonic()
    _check_version(voice)
    folder = run_folder(options.dir, environment, voice)
    prepare_home(folder, voice)
    code = capture_code(options, environment, scrubber)
    ours = code.wandb_settings
    refuse_in_code(options, code, scrubber)
    wandb_run = None
    found = _login(options, environment, voice, mode) if mode in ("auto", "online", "shared", "run") else None
    if found is not None:
        seconds = max(ONLINE_SECONDS - SPARE_SECONDS - (time.monotonic() - began), 1.0)
        online = "shared" if mode == "shared" else "online"
        with masked_start(scrubber):
            wandb_run = _init_online(options, folder, voice, online, found, seconds, ours)
    if wandb_run is None:
        with masked_start(scrubber):
            wandb_run = _init(options, folder, "offline", **ours)
        _say_resume(options, folder, voice)
    state = _resumed(wandb_run, scrubber)
    run = Run(wandb_run, options, voice, recording=not wandb_private.is_noop(wandb_run), state=state)
    watch(run, gates)
    _say_config(run)
    if run.recording:
        run.state.code = code
        with run.failures.guard("recording the code"):
            code.attach(run)
    return enter(run)


def _keeping_nothing(options: TrackOptions, voice: Voice) -> Run:
    nowhere = Path(tempfile.gettempdir())  # W&B warns of a WANDB_DIR that is not there, though it writes nothing
    return enter(Run(_init(options, nowhere, "disabled"), options, voice, recording=False))


def _resumed(wandb_run: Any, scrubber: Scrubber) -> RunState:
    """Return what a resumed run has reached: its next epoch, and the best value that a new model must pass."""
    state = RunState(scrubber=scrubber)
    if getattr(wandb_run, "resumed", False):
        epoch, batch, best = (wandb_run.summary.get(key) for key in ("epoch", "batch/step", "best"))
        state.next_epoch = int(epoch) + 1 if isinstance(epoch, int | float) else 0
        state.next_batch = int(batch) + 1 if isinstance(batch, int | float) else 0
        state.best = dict(best) if best else {}
    return state


def _check_version(voice: Voice) -> None:
    import wandb

    numbers = tuple(int(part) for part in wandb.__version__.split(".")[:3] if part.isdigit())
    if numbers < wandb_private.OLDEST:
        oldest = ".".join(map(str, wandb_private.OLDEST))
        raise UnsupportedVersionError(
            f"wandb {wandb.__version__} is installed, {oldest} or newer is needed: pip install -U 'wandb>={oldest}'"
        )
    if numbers[:2] > wandb_private.NEWEST_TESTED:
        tested = ".".join(map(str, wandb_private.NEWEST_TESTED))
        voice.say(f"wandb {wandb.__version__} is newer than the releases trackexp was tested with (up to {tested})")


def _mode(options: TrackOptions, environment: Environment) -> str:
    """Return the mode: the argument's, else WANDB_MODE's, in W&B's own words for it."""
    if options.mode != "auto" or environment.mode is None:
        return options.mode
    mode = environment.mode.strip()
    one_of("WANDB_MODE", mode, WANDB_MODES)
    return mode


def _login(options: TrackOptions, environment: Environment, voice: Voice, mode: str) -> Credentials | None:
    """Return the credentials to go online with; None to stay offline, and then says in one line why."""
    given = {name: value for name, value in user_settings(options).items() if name in ("base_url", "api_key") and value}
    settings = wandb_private.global_settings().model_copy(update=given)
    if mode == "auto" and settings.mode in ("offline", "dryrun"):
        return None  # `wandb offline` was run in this folder
    found = credentials.find(environment, settings, given.get("api_key"))
    if found is None:
        if mode != "auto":
            raise ConfigurationError(
                f"mode={mode!r} needs a W&B key and none was found for {settings.base_url}: set WANDB_API_KEY, "
                "run `wandb login`, or take mode='offline'"
            )
        line = "no W&B key found: recording offline (set WANDB_API_KEY or run `wandb login` to go online)"
        voice.say(line, once_a_process=True)
        return None
    try:
        credentials.verify(found, options.entity or settings.entity)
    except credentials.ServerUnreachableError as reason:
        _say_unreachable(voice, found.base_url, str(reason))
        return None
    return found


def _say_unreachable(voice: Voice, base_url: str, reason: str) -> None:
    voice.say(
        f"{base_url} cannot be reached ({reason}): recording offline; send it later with the `trackexp sync` line below"
    )


def _init_online(
    options: TrackOptions,
    folder: Path,
    voice: Voice,
    mode: str,
    found: Credentials,
    seconds: float,
    ours: Mapping[str, Any],
) -> Any:
    """Return an online run, or None when the server that took the key does not answer to `init` within `seconds`."""
    from wandb.errors import CommError

    began = time.monotonic()
    try:
        wandb_run = _init(options, folder, mode, **ours, init_timeout=seconds)
        wandb_private.hurry_artifact_check(wandb_run)
        keep_ledger(wandb_run)
        return wandb_run
    except CommError as error:
        unsaid = f"W&B gives no reason; its logs are in {folder / 'wandb'}"
        reason = str(error).strip().removeprefix("<no message>") or unsaid
        if "timed out" not in reason and time.monotonic() - began < seconds:
            raise ConfigurationError(f"{found.base_url} refuses the run: {reason}") from None
        _say_unreachable(voice, found.base_url, "no answer to the start of the run")
        return None


def _init(options: TrackOptions, folder: Path, mode: str, **ours: Any) -> Any:
    import wandb
    from pydantic import ValidationError

    config: Any = options.config
    resume: Any = options.resume
    wandb_mode: Any = mode
    if isinstance(config, Mapping):
        config, _ = json_config(config)
    try:
        return wandb.init(
            project=options.project,
            entity=options.entity,
            name=options.name,
            group=options.group,
            job_type=options.job_type,
            tags=options.tags or None,
            notes=options.notes,
            config=config,
            id=options.id,
            resume=resume,
            dir=str(folder),
            mode=wandb_mode,
            reinit="create_new" if mode == "disabled" or wandb_private.active_run() is not None else None,
            settings=run_settings(options, ours),
        )
    except (ValidationError, wandb.errors.UsageError) as error:
        raise UsageError(f"W&B refuses an argument: {_first_words(error)}") from error


def _say_resume(options: TrackOptions, folder: Path, voice: Voice) -> None:
    """Say that nothing is resumed offline, which W&B leaves unsaid: also of an id that a run here has already."""
    again = bool(options.id) and len(list((folder / "wandb").glob(f"*run-*-{glob.escape(str(options.id))}"))) > 1
    if options.resume not in (None, False, "never") or again:
        asked = f"resume={options.resume!r}" if options.resume else f"id={options.id!r}"
        voice.say(
            f"{asked}: resuming needs the server. Offline this run begins anew; when synced, its rows go to the run of "
            "the same id"
        )


def _say_config(run: Run) -> None:
    if isinstance(run.options.config, Mapping):
        _, changed = json_config(run.options.config)
        if changed:
            run.voice.say(f"stored as text, because it is no JSON: config {', '.join(changed[:5])}")


def _first_words(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines[:3])[:400]
