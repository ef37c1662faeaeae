"""Begins runs: online where that works, and offline, with one line, where it does not."""

from __future__ import annotations

import glob
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from trackexp.errors import ConfigurationError, UnsupportedVersionError, UsageError
from trackexp.settings import Environment
from trackexp.tracking import wandb_private
from trackexp.tracking.arrival.ledger import keep_ledger
from trackexp.tracking.code.capture import Capture, capture_code
from trackexp.tracking.failures import Notifier
from trackexp.tracking.opening import credentials
from trackexp.tracking.opening.adoption import adopt, enter
from trackexp.tracking.opening.config_file import read_config
from trackexp.tracking.opening.credentials import Credentials
from trackexp.tracking.opening.environment import load_dotenv, prepare_home, run_folder
from trackexp.tracking.opening.run_settings import run_settings
from trackexp.tracking.opening.script_init import ours
from trackexp.tracking.options import WANDB_MODES, TrackOptions, one_of, user_settings
from trackexp.tracking.run import Run, RunState
from trackexp.tracking.secrets import Scrubber, read_back
from trackexp.tracking.secrets.starting import (
    give_back_config,
    keeps_nothing,
    masked_options,
    masked_start,
    refuse_in_code,
    watch,
)
from trackexp.tracking.values import json_config
from trackexp.tracking.wandb_gates import Gates, check_gates

# From the first try to reach a server to recording offline instead; the last of them are for starting offline.
ONLINE_SECONDS, SPARE_SECONDS = 10.0, 2.0
_ONLINE_MODES = ("auto", "online", "shared", "run")


@dataclass(frozen=True, slots=True)
class Ground:
    """How the runs of a session begin, settled before the first of them.

    Args:
        options: What `track` was given, as W&B may see it.
        environment: The variables as they were then.
        mode: W&B's word for the mode, or "auto".
        notifier: What says things on stderr.
        scrubber: What masks secrets.
        gates: Which places of the installed W&B can be masked.
        recording: False where nothing is to be recorded: disabled, or a process of rank other than 0.
        folder: Where `wandb/` is made; None until `settle` has chosen it.
        login: The credentials to go online with; None to stay offline.
        answered: What a server has said before, to which credentials for which entity: why it cannot be reached, None
            where it takes them.
    """

    options: TrackOptions
    environment: Environment
    mode: str
    notifier: Notifier
    scrubber: Scrubber
    gates: Gates
    recording: bool = True
    folder: Path | None = None
    login: Credentials | None = None
    answered: tuple[Credentials, str | None, str | None] | None = None

    @property
    def is_offline(self) -> bool:
        """Whether the runs are written to this disk only."""
        return self.login is None

    @property
    def is_settled(self) -> bool:
        """Whether it is known where the runs go."""
        return self.folder is not None


def no_ground(options: TrackOptions) -> Ground:
    """Return the ground of a session that records nothing."""
    return Ground(options, Environment(), "disabled", Notifier(silent=True), Scrubber(), Gates(), recording=False)


def survey(options: TrackOptions) -> Ground:
    """Read the environment and check the options, before any run.

    Raises:
        UsageError: An argument names what is not there.
        SecretsFoundError: A run would store a secret, and `strict_secrets` is set.
    """
    if isinstance(options.config, str):
        options = replace(options, config=read_config(options.config))
    dotenv = load_dotenv()
    environment = Environment.read()
    mode = _mode(options, environment)
    if environment.disabled or environment.rank != 0 or mode == "disabled":
        return replace(no_ground(options), environment=environment)
    notifier = Notifier()
    scrubber = Scrubber.from_environment(dotenv=[dotenv] if dotenv else [])
    gates = check_gates()
    options = masked_options(options, scrubber, gates)
    recording = not keeps_nothing(gates, notifier)
    return Ground(options, environment, mode, notifier, scrubber, gates, recording=recording)


def foresee(ground: Ground) -> Ground:
    """Ask the server now whether it takes the key, so that a wrong one is told before a script has begun.

    Where the runs go is settled with the first of them: until then the script may set what it likes.

    Raises:
        CredentialsError: The server refuses the key, or does not know the entity.
    """
    if not ground.recording or ground.mode not in _ONLINE_MODES:
        return ground
    try:
        settings = wandb_private.settings_now()
    except Exception:  # settled later, and said there
        return ground
    given = {name: value for name, value in user_settings(ground.options).items() if name in ("base_url", "api_key")}
    settings = settings.model_copy(update={name: value for name, value in given.items() if value})
    if ground.mode == "auto" and settings.mode in ("offline", "dryrun"):
        return ground
    found = credentials.find(ground.environment, settings, given.get("api_key"))
    if found is None:
        return ground
    entity = ground.options.entity or settings.entity
    return replace(ground, answered=(found, entity, _unreachable(found, entity)))


def _unreachable(found: Credentials, entity: str | None) -> str | None:
    """Return why the server of credentials cannot be reached; None where it takes them."""
    try:
        credentials.verify(found, entity)
    except credentials.ServerUnreachableError as reason:
        return str(reason)
    return None


def settle(ground: Ground) -> Ground:
    """Choose the folder of the runs, and find out whether they can go online.

    Raises:
        CredentialsError: The server refuses the key, or does not know the entity.
        ConfigurationError: The mode needs a key, and there is none.
    """
    if not ground.recording or ground.is_settled:
        return ground
    _check_version(ground.notifier)
    environment = Environment.read()  # a script may have set variables of W&B's since the survey
    ground = replace(ground, environment=environment, mode=_mode(ground.options, environment))
    folder = run_folder(ground.options.dir, environment, ground.notifier)
    prepare_home(folder, ground.notifier)
    login = _login(ground) if ground.mode in _ONLINE_MODES else None
    return replace(ground, folder=folder, login=login)


def open_run(options: TrackOptions, outer: Run | None = None) -> tuple[Run, Ground]:
    """Return the run to write to: the one that is open, a new one, or one that keeps nothing; and its ground.

    Args:
        options: What `track` was given.
        outer: The run of the `track` around this one, which it writes to.

    Raises:
        UsageError: W&B refuses an argument.
        CredentialsError: The server refuses the key, or does not know the entity.
        SecretsFoundError: The run would store a secret, and `strict_secrets` is set.
        ConfigurationError: W&B cannot start at all.
    """
    ground = survey(options)
    if not ground.recording:
        nowhere = Path(tempfile.gettempdir())  # W&B warns of a WANDB_DIR that is not there, though it writes nothing
        run = Run(_init(ground.options, nowhere, "disabled"), ground.options, ground.notifier, recording=False)
        return enter(run), ground
    adopted = adopt(ground.options, ground.notifier, ground.scrubber, outer)
    if adopted is not None:
        return adopted, ground
    return begin(ground)


def begin(ground: Ground, run: Run | None = None) -> tuple[Run, Ground]:
    """Begin a run of our own, online where that works; in the shell `run`, where there is one from before."""
    began = time.monotonic()
    code = capture_code(ground.options, ground.environment, ground.scrubber)
    refuse_in_code(ground.options, code, ground.scrubber)
    ground = settle(ground)
    folder = ground.folder
    assert folder is not None
    wandb_run = None
    if ground.login is not None:
        seconds = max(ONLINE_SECONDS - SPARE_SECONDS - (time.monotonic() - began), 1.0)
        wandb_run = _init_online(ground, seconds, code.wandb_settings)
        ground = ground if wandb_run is not None else replace(ground, login=None)
    if wandb_run is None:
        with masked_start(ground.scrubber):
            wandb_run = _init(ground.options, folder, "offline", **code.wandb_settings)
        _say_resume(ground.options, folder, ground.notifier)
    run = attach(wandb_run, ground, code, run)
    if isinstance(ground.options.config, Mapping):
        with run.failures.guard("giving the config back as the script has set it"):
            give_back_config(run, json_config(ground.options.config)[0])
    _say_config(run)
    return run, ground


def attach(wandb_run: Any, ground: Ground, code: Capture, run: Run | None = None) -> Run:
    """Have a run that W&B has just begun recorded as ours: masked, with its code, and ended by SIGTERM."""
    state = _resumed(wandb_run, ground.scrubber)
    recording = not wandb_private.is_noop(wandb_run)
    if run is None:
        run = Run(wandb_run, ground.options, ground.notifier, recording=recording, state=state)
    else:
        run.bind(wandb_run, state, recording=recording)
    watch(run, ground.gates)
    if recording:
        with run.failures.guard("keeping our own entries out of the script's config"):
            read_back.hide_config(wandb_run)
    with run.failures.guard("watching for artifacts of the same name"):
        logged = run.logged_artifacts
        wandb_private.watch_artifacts(wandb_run, lambda artifact, _aliases: logged.add(artifact.name.split(":")[0]))
    if run.recording:
        run.state.code = code
        with run.failures.guard("recording the code"):
            code.attach(run)
    return enter(run)


def _resumed(wandb_run: Any, scrubber: Scrubber) -> RunState:
    """Return what a resumed run has reached: its next epoch, and the best value that a new model must pass."""
    state = RunState(scrubber=scrubber)
    if getattr(wandb_run, "resumed", False):
        epoch, batch, best = (wandb_run.summary.get(key) for key in ("epoch", "batch/step", "best"))
        state.next_epoch = int(epoch) + 1 if isinstance(epoch, int | float) else 0
        state.next_batch = int(batch) + 1 if isinstance(batch, int | float) else 0
        state.best = dict(best) if best else {}
    return state


def _check_version(notifier: Notifier) -> None:
    import wandb

    numbers = tuple(int(part) for part in wandb.__version__.split(".")[:3] if part.isdigit())
    if numbers < wandb_private.OLDEST:
        oldest = ".".join(map(str, wandb_private.OLDEST))
        raise UnsupportedVersionError(
            f"wandb {wandb.__version__} is installed, {oldest} or newer is needed: pip install -U 'wandb>={oldest}'"
        )
    if numbers[:2] > wandb_private.NEWEST_TESTED:
        tested = ".".join(map(str, wandb_private.NEWEST_TESTED))
        notifier.say(f"wandb {wandb.__version__} is newer than the releases trackexp was tested with (up to {tested})")


def _mode(options: TrackOptions, environment: Environment) -> str:
    """Return the mode: the argument's, else WANDB_MODE's, in W&B's own words for it."""
    if options.mode != "auto" or environment.mode is None:
        return options.mode
    mode = environment.mode.strip()
    one_of("WANDB_MODE", mode, WANDB_MODES)
    return mode


def _login(ground: Ground) -> Credentials | None:
    """Return the credentials to go online with; None to stay offline, and then says in one line why."""
    options, environment, notifier, mode = ground.options, ground.environment, ground.notifier, ground.mode
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
        notifier.say(line, once_a_process=True)
        return None
    entity = options.entity or settings.entity
    asked = ground.answered is not None and ground.answered[:2] == (found, entity)
    reason = ground.answered[2] if ground.answered is not None and asked else _unreachable(found, entity)
    if reason is not None:
        _say_unreachable(notifier, found.base_url, reason)
        return None
    return found


def _say_unreachable(notifier: Notifier, base_url: str, reason: str) -> None:
    notifier.say(
        f"{base_url} cannot be reached ({reason}): recording offline; send it later with the `trackexp sync` line below"
    )


def _init_online(ground: Ground, seconds: float, settings: Mapping[str, Any]) -> Any:
    """Return an online run, or None when the server that took the key does not answer to `init` within `seconds`."""
    from wandb.errors import CommError

    assert ground.folder is not None
    assert ground.login is not None
    began = time.monotonic()
    try:
        with masked_start(ground.scrubber):
            mode = "shared" if ground.mode == "shared" else "online"
            wandb_run = _init(ground.options, ground.folder, mode, **settings, init_timeout=seconds)
        stay_online(wandb_run)
        return wandb_run
    except CommError as error:
        unsaid = f"W&B gives no reason; its logs are in {ground.folder / 'wandb'}"
        reason = str(error).strip().removeprefix("<no message>") or unsaid
        if "timed out" not in reason and time.monotonic() - began < seconds:
            raise ConfigurationError(f"{ground.login.base_url} refuses the run: {reason}") from None
        _say_unreachable(ground.notifier, ground.login.base_url, "no answer to the start of the run")
        return None


def stay_online(wandb_run: Any) -> None:
    """Have an online run survive a server that goes away, and note what it sends."""
    wandb_private.hurry_artifact_check(wandb_run)
    keep_ledger(wandb_run)


def _init(options: TrackOptions, folder: Path, mode: str, **settings: Any) -> Any:
    import wandb
    from pydantic import ValidationError

    config: Any = options.config
    resume: Any = options.resume
    wandb_mode: Any = mode
    if isinstance(config, Mapping):
        config, _ = json_config(config)
    try:
        return ours(wandb.init)(
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
            settings=run_settings(options, settings),
        )
    except (ValidationError, wandb.errors.UsageError) as error:
        raise UsageError(f"W&B refuses an argument: {_first_words(error)}") from error


def _say_resume(options: TrackOptions, folder: Path, notifier: Notifier) -> None:
    """Say that nothing is resumed offline, which W&B leaves unsaid: also of an id that a run here has already."""
    again = bool(options.id) and len(list((folder / "wandb").glob(f"*run-*-{glob.escape(str(options.id))}"))) > 1
    if options.resume not in (None, False, "never") or again:
        asked = f"resume={options.resume!r}" if options.resume else f"id={options.id!r}"
        notifier.say(
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
