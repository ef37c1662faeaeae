"""The places in W&B that everything stored passes through, so that secrets can be masked there.

All of them are private by convention. `check_gates` tries each out on a scratch object before a run starts; where one
has moved, what would pass through it is not kept: the console is off, the machine's metadata is off, the config is not
sent, and without the gate of the records nothing is recorded at all.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from types import SimpleNamespace
from typing import Any

logger = logging.getLogger("trackexp")

_CANARY, _MASK = "a value that is to be masked", "masked"
# Set while one of our console filters hands on its text: an output record from anywhere else was not masked.
_handing_on = threading.local()
_lock = threading.Lock()
_argument_masks: list[Callable[[list[str]], list[str]]] = []
_record_masks: list[Callable[[Any], bool]] = []


@dataclass(frozen=True, slots=True)
class Gates:
    """Which places of the installed W&B can be masked; True for each that is where it was."""

    arguments: bool = True
    console: bool = True
    config: bool = True
    records: bool = True

    @property
    def moved(self) -> tuple[str, ...]:
        """Names of the places that have moved."""
        return tuple(field.name for field in fields(self) if not getattr(self, field.name))

    def settings(self) -> dict[str, Any]:
        """Return the settings of a run that keep out what cannot be masked."""
        without_meta: dict[str, Any] = (
            {} if self.arguments else {"x_disable_meta": True, "x_disable_machine_info": True}
        )
        return without_meta if self.console else {**without_meta, "console": "off"}


def check_gates() -> Gates:
    """Return which places can be masked, each tried out on a scratch object; some milliseconds."""
    return Gates(*map(_works, (_try_arguments, _try_console, _try_config, _try_records)))


def _works(attempt: Callable[[], bool]) -> bool:
    try:
        return attempt()
    except Exception:  # whatever a newer W&B raises there
        logger.debug("%s: W&B has moved it", attempt.__name__, exc_info=True)
        return False


def _try_arguments() -> bool:
    import wandb

    with masked_arguments(lambda _arguments: [_MASK]):
        message: Any = wandb.Settings().to_proto()
    return list(getattr(message, "_args").value) == [_MASK]  # noqa: B009  a field of the message, no name of ours


def _try_console() -> bool:
    from wandb.sdk import wandb_run
    from wandb.sdk.lib import redirect

    kept: list[str] = []
    for kind in (redirect.StreamRawWrapper, redirect.StreamWrapper, redirect.Redirect):
        if not issubclass(kind, redirect.RedirectBase):
            return False
    base = redirect.StreamRawWrapper("stdout", [kept.append])
    base.uninstall = lambda: None  # type: ignore[method-assign]
    run = SimpleNamespace(_out_redir=base, _err_redir=None)
    filter_console(run, lambda _stream, write: lambda _data: write(_MASK))
    base._on_write(_CANARY, len(_CANARY))
    names = wandb_run.Run.__annotations__
    return kept == [_MASK] and callable(wandb_run.Run._redirect) and "_out_redir" in names and "_err_redir" in names


def _try_config() -> bool:
    from wandb.sdk.wandb_config import Config

    class Scratch(Config):
        def _load_defaults(self) -> None:  # config-defaults.yaml is for runs
            pass

    scratch: Any = Scratch
    config, sent = scratch(), []
    config._set_callback(lambda key=None, val=None, data=None: sent.append(data if key is None else {key: val}))
    filter_config(SimpleNamespace(config=config), lambda _key, _value: _MASK)
    config["a"] = _CANARY
    config.b = _CANARY
    config.update({"c": _CANARY})
    config.setdefaults({"d": _CANARY})
    expected = dict.fromkeys("abcd", _MASK)
    sent_values = {key: value for one in sent for key, value in one.items()}
    return set(dict(config).values()) == {_CANARY} and sent_values == expected


def _try_records() -> bool:
    from wandb.sdk.interface.interface_sock import InterfaceSock

    sent: list[Any] = []
    interface: Any = InterfaceSock.__new__(InterfaceSock)
    if not (callable(interface._publish) and callable(interface._deliver)):
        return False
    stub = SimpleNamespace(_publish=lambda record, **_options: sent.append(record), _deliver=sent.append)
    interface.__dict__.update(vars(stub))
    filter_records(SimpleNamespace(_interface=interface), _mark)
    interface._publish_alert(_alert())
    interface.publish_config(key="a", val=_CANARY)
    interface.publish_output_logger(_CANARY, nowait=True)
    kinds = ["alert", "config", "output_logger"]
    return [record.WhichOneof("record_type") for record in sent] == kinds and all(map(_is_marked, sent))


def _alert() -> Any:
    from wandb.proto import wandb_internal_pb2

    messages: Any = wandb_internal_pb2
    return messages.AlertRecord(title=_CANARY)


def _mark(record: Any) -> bool:
    record.uuid = _MASK
    return True


def _is_marked(record: Any) -> bool:
    return bool(record.uuid == _MASK)


@contextmanager
def masked_start(mask: Callable[[list[str]], list[str]], mask_record: Callable[[Any], bool]) -> Iterator[None]:
    """Mask what a `wandb.init` itself hands on: the command line, the run, what is printed meanwhile."""
    with masked_arguments(mask), _masked_records(mask_record):
        yield


@contextmanager
def masked_arguments(mask: Callable[[list[str]], list[str]]) -> Iterator[None]:
    """Hand W&B's own process the command line masked; it writes all else of the machine beside it.

    `sys.argv` stays as it is: other threads may read it. Several threads may start runs at once; the class is as it
    was when the last of them has.
    """
    import wandb

    def masking(original: Callable[..., Any]) -> Callable[..., Any]:
        def to_proto(settings: Any) -> Any:
            message = original(settings)
            arguments = getattr(message, "_args").value  # noqa: B009  a field of the message, no name of ours
            for one in tuple(_argument_masks):
                masked = one(list(arguments))
                del arguments[:]
                arguments.extend(masked)
            return message

        return to_proto

    with _patched(wandb.Settings, ("to_proto",), masking, _argument_masks, mask):
        yield


@contextmanager
def _masked_records(mask: Callable[[Any], bool]) -> Iterator[None]:
    from wandb.sdk.interface.interface_sock import InterfaceSock

    def masking(original: Callable[..., Any]) -> Callable[..., Any]:
        def send(interface: Any, record: Any, *arguments: Any, **options: Any) -> Any:
            if all(one(record) for one in tuple(_record_masks)):
                return original(interface, record, *arguments, **options)
            return None

        return send

    with _patched(InterfaceSock, ("_publish", "_deliver"), masking, _record_masks, mask):
        yield


@contextmanager
def _patched(
    owner: type,
    names: tuple[str, ...],
    masking: Callable[[Callable[..., Any]], Callable[..., Any]],
    masks: list[Any],
    mask: Any,
) -> Iterator[None]:
    """Replace methods of a class for as long as anybody is in here; a method that has moved is left alone."""
    with _lock:
        masks.append(mask)
        originals = {name: vars(owner)[name] for name in names if name in vars(owner)} if len(masks) == 1 else {}
        for name, original in originals.items():
            setattr(owner, name, masking(original))
        if originals:
            _restoring[owner] = originals
    try:
        yield
    finally:
        with _lock:
            masks.remove(mask)
            if not masks:
                for name, original in _restoring.pop(owner, {}).items():
                    setattr(owner, name, original)


_restoring: dict[type, dict[str, Any]] = {}


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


def close_console(run: Any) -> None:
    """Capture no more of the console of a run whose filter cannot be put in; as far as W&B can be told."""
    with suppress(Exception):
        run._restore()


def close_log(run: Any) -> None:
    """Keep what is set in the config out of a run's debug file, where W&B notes it at the level INFO."""
    from wandb.sdk import wandb_run

    folder = str(run.settings.log_user or "")
    for handler in wandb_run.logger.handlers:
        if getattr(handler, "baseFilename", folder) == folder or not folder:
            handler.setLevel(logging.WARNING)


def is_masked_output() -> bool:
    """Return whether an output record that is sent now, in this thread, comes from a console filter."""
    return getattr(_handing_on, "depth", 0) > 0


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
    for stream in (getattr(run, "_out_redir", None), getattr(run, "_err_redir", None)):
        for outlet in getattr(stream, "cbs", ()):
            if hasattr(outlet, "flush"):
                outlet.flush()


def _hands_bytes(stream: Any) -> bool:
    """Return whether a capture hands on bytes: those that go through W&B's terminal emulator do."""
    from wandb.sdk.lib import redirect

    return not isinstance(stream, redirect.StreamRawWrapper)


def _to_all(callbacks: list[Callable[[Any], None]], *, as_bytes: bool) -> Callable[[str], None]:
    def write(text: str) -> None:
        _handing_on.depth = getattr(_handing_on, "depth", 0) + 1
        try:
            for callback in callbacks:
                callback(text.encode("utf-8", "replace") if as_bytes else text)
        finally:
            _handing_on.depth -= 1

    return write


def filter_config(run: Any, masked: Callable[[str, Any], Any]) -> None:
    """Have what goes from the run's config to W&B's process masked; the script reads back what it put in."""
    config = run.config
    callback = config._callback

    def masking(key: Any = None, val: Any = None, data: Any = None) -> None:
        if key is not None:
            val = masked(key if isinstance(key, str) else ".".join(key), val)
        if data is not None:
            data = {name: masked(name, value) for name, value in data.items()}
        callback(key=key, val=val, data=data)

    config._set_callback(masking)


class LogMask(logging.Filter):
    """Masks what W&B notes of a run in its debug file, where it repeats the config."""

    def __init__(self, mask: Callable[[str], str]) -> None:
        super().__init__()
        self._mask = mask
        self._loggers = [
            logger
            for name, logger in list(logging.root.manager.loggerDict.items())
            if isinstance(logger, logging.Logger) and (name == "wandb" or name.startswith("wandb."))
        ]
        for logger in self._loggers:
            logger.addFilter(self)

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask a record in place; all pass."""
        try:
            text = self._mask(record.getMessage())
        except Exception:  # a text that cannot be looked through is not kept
            text = "a line that trackexp could not mask"
        record.msg, record.args = text, None
        return True

    def remove(self) -> None:
        """Leave W&B's loggers as they were."""
        for logger in self._loggers:
            logger.removeFilter(self)


def replay_console(run: Any, pieces: Sequence[tuple[str, str]]) -> None:
    """Hand a run what was printed before it began, as pairs of a stream's name and a text."""
    for stream in (run._out_redir, run._err_redir):
        for source, text in pieces if stream is not None else ():
            if source == stream.src:
                for outlet in stream.cbs:
                    outlet(text)


def filter_records(run: Any, mask: Callable[[Any], bool]) -> None:
    """Have every record of the run masked, in place, before it goes to W&B's own process.

    One of which `mask` says that it may not be sent is not: an empty one would end that process.
    """
    interface = run._interface
    publish, deliver = interface._publish, interface._deliver

    def masking(send: Callable[..., Any]) -> Callable[..., Any]:
        def sending(record: Any, *arguments: Any, **options: Any) -> Any:
            return send(record, *arguments, **options) if mask(record) else None

        return sending

    interface._publish, interface._deliver = masking(publish), masking(deliver)
