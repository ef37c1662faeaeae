"""The last gate: the texts of every record that a run sends to W&B's own process, masked in place."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

from trackexp.tracking.secrets.scrubber import Scrubber
from trackexp.tracking.wandb_gates import is_masked_output

logger = logging.getLogger("trackexp")

# Media whose JSON is numbers alone: looked at neither for texts nor for names.
_NUMBERS_ONLY = '{"_type": "histogram"'
# What holds no text of the user's, and the paths and ids that W&B finds its own files by.
_PLAIN = frozenset(
    [
        "stats",
        "tbrecord",
        "telemetry",
        "exit",
        "final",
        "header",
        "footer",
        "preempting",
        "noop_link_artifact",
        "use_artifact",
        "stop_status",
        "network_status",
        "defer",
        "get_summary",
        "login",
        "pause",
        "resume",
        "poll_exit",
        "sampled_history",
        "history_step",
        "check_version",
        "download_artifact",
        "keepalive",
        "run_status",
        "cancel",
        "internal_messages",
        "python_packages",
        "shutdown",
        "attach",
        "status",
        "server_info",
        "sender_mark",
        "sender_read",
        "status_report",
        "telemetry_record",
        "job_info",
        "get_system_metrics",
        "sync_finish",
        "operations",
        "probe_system_info",
        "link_artifact",
    ]
)


def mask_record(record: Any, scrubber: Scrubber) -> bool:
    """Mask what a user's text may be in: names, notes, tags, alerts, texts in config, summary and history, metadata.

    Of the console only what our own filter hands on passes. A record of a kind that is not known is masked wherever it
    holds text.

    Returns:
        Whether the record may be sent; one that cannot be looked through may not.
    """
    try:
        scrubber.follow()
        kind = record.WhichOneof("record_type")
        message: Any = getattr(record, kind) if kind else None
        if kind == "request":
            kind = message.WhichOneof("request_type")
            message = getattr(message, kind) if kind else None
        if kind in ("output", "output_raw"):
            return is_masked_output()
        if kind is not None and kind not in _PLAIN:
            _MASKS.get(kind, _mask_unknown)(message, scrubber)
    except Exception:
        logger.debug("a record cannot be scrubbed", exc_info=True)
        return False
    return True


def _mask_history(message: Any, scrubber: Scrubber) -> None:
    _mask_items(message.item, scrubber, "history")


def _mask_summary(message: Any, scrubber: Scrubber) -> None:
    _mask_items(message.update, scrubber, "summary")


def _mask_config(message: Any, scrubber: Scrubber) -> None:
    _mask_items(message.update, scrubber, "config")


def _mask_run(run: Any, scrubber: Scrubber) -> None:
    _mask_fields(run, ("display_name", "notes", "run_group", "job_type"), scrubber)
    _mask_list(run.tags, "tags", scrubber)
    _mask_config(run.config, scrubber)
    _mask_summary(run.summary, scrubber)


def _mask_alert(alert: Any, scrubber: Scrubber) -> None:
    _mask_fields(alert, ("title", "text"), scrubber)


def _mask_line(message: Any, scrubber: Scrubber) -> None:
    _mask_fields(message, ("line",), scrubber)


def _mask_metric(metric: Any, scrubber: Scrubber) -> None:
    for field in ("name", "glob_name", "step_metric"):
        _mask_name(metric, field, "a metric's name", scrubber)


def _mask_files(message: Any, scrubber: Scrubber) -> None:
    """Take out the files whose very names hold a secret: under another name W&B would not find them."""
    for place in reversed(range(len(message.files))):
        path = message.files[place].path
        if scrubber.name(path, "a file's name") != path:
            del message.files[place]


def _mask_logged_artifact(message: Any, scrubber: Scrubber) -> None:
    _mask_artifact(message.artifact, scrubber)


def _mask_artifact(artifact: Any, scrubber: Scrubber) -> None:
    _mask_name(artifact, "name", "an artifact's name", scrubber)
    _mask_fields(artifact, ("description",), scrubber)
    _mask_list(artifact.aliases, "aliases", scrubber, as_name=True)
    _mask_list(artifact.tags, "tags", scrubber, as_name=True)
    if artifact.metadata:
        artifact.metadata = _masked_json(artifact.metadata, f"artifact {artifact.name}", "", scrubber)
    for entry in artifact.manifest.contents:
        _mask_name(entry, "path", "a file's name", scrubber)
        if entry.ref:  # W&B takes the address itself for the digest of what it did not look at
            _mask_fields(entry, ("ref", "digest"), scrubber)


def _mask_unknown(message: Any, scrubber: Scrubber) -> None:
    """Mask every text of a message, whatever it is called."""
    for field, value in list(message.ListFields()):
        repeated = not isinstance(value, str | bytes) and hasattr(value, "__len__") and not hasattr(value, "DESCRIPTOR")
        if field.cpp_type == field.CPPTYPE_STRING and not isinstance(value, bytes):
            if repeated:
                _mask_list(value, field.name, scrubber)
            else:
                setattr(message, field.name, _masked_text_or_json(value, field.name, scrubber))
        elif field.cpp_type == field.CPPTYPE_MESSAGE:
            for inner in _messages(value) if repeated else (value,):
                _mask_unknown(inner, scrubber)


def _messages(value: Any) -> list[Any]:
    """Return the messages of a repeated field; those of a map are its values."""
    found = list(value.values()) if hasattr(value, "values") else list(value)
    return [one for one in found if hasattr(one, "ListFields")]


_MASKS: dict[str, Callable[[Any, Scrubber], None]] = {
    "partial_history": _mask_history,
    "history": _mask_history,
    "summary": _mask_summary,
    "summary_record": lambda message, scrubber: _mask_summary(message.summary, scrubber),
    "config": _mask_config,
    "run": _mask_run,
    "run_start": lambda message, scrubber: _mask_run(message.run, scrubber),
    "alert": _mask_alert,
    "output_logger": _mask_line,
    "metric": _mask_metric,
    "files": _mask_files,
    "artifact": _mask_artifact,
    "log_artifact": _mask_logged_artifact,
}


def _mask_fields(message: Any, fields: tuple[str, ...], scrubber: Scrubber) -> None:
    for field in fields:
        text = getattr(message, field)
        if text and (masked := scrubber.text(text, field)) != text:
            setattr(message, field, masked)


def _mask_name(message: Any, field: str, place: str, scrubber: Scrubber) -> None:
    name = getattr(message, field)
    if name and (masked := scrubber.name(name, place)) != name:
        setattr(message, field, masked)


def _mask_list(texts: Any, place: str, scrubber: Scrubber, *, as_name: bool = False) -> None:
    clean = scrubber.name if as_name else scrubber.text
    masked = [clean(text, place) for text in texts]
    if masked != list(texts):
        del texts[:]
        texts.extend(masked)


def _mask_items(items: Any, scrubber: Scrubber, place: str) -> None:
    for item in items:
        key = item.key or ".".join(item.nested_key)
        if _is_ours(key):
            continue
        # Numbers are most of what is logged, and pass by.
        if item.value_json[:1] in '"{[' and not item.value_json.startswith(_NUMBERS_ONLY):
            item.value_json = _masked_json(item.value_json, place, key, scrubber)
        if item.key:
            _mask_name(item, "key", "a name in the " + place, scrubber)
        else:
            _mask_list(item.nested_key, "a name in the " + place, scrubber, as_name=True)


def _is_ours(key: str) -> bool:
    """Return whether a key is W&B's, or one of ours, whose texts were masked before."""
    return key in ("trackexp", "trackexp_code") or key.startswith(("trackexp/", "trackexp.", "_wandb"))


def _masked_text_or_json(text: str, place: str, scrubber: Scrubber) -> str:
    if text[:1] in '{["':
        try:
            return _masked_json(text, place, "", scrubber)
        except ValueError:
            pass
    return scrubber.text(text, place)


def _masked_json(text: str, place: str, key: str, scrubber: Scrubber) -> str:
    """Return JSON text masked; as it was where there was nothing to mask."""
    data = json.loads(text)
    masked = scrubber.data(data, f"{place}.{key}" if key else place, key)
    return text if masked == data else json.dumps(masked)
