"""The last gate: the texts of every record that a run sends to W&B's own process, masked in place."""

from __future__ import annotations

import json
import logging
from typing import Any

from trackexp.tracking.secrets.scrubber import Scrubber

logger = logging.getLogger("trackexp")

_RUN_TEXTS = ("display_name", "notes", "run_group", "job_type")


def mask_record(record: Any, scrubber: Scrubber) -> None:
    """Mask what a user's text may be in: names, notes, tags, alerts, texts in summary and history, metadata.

    The config is masked where it is set, the console before it gets here. A record that cannot be looked through is
    emptied: W&B stores nothing of it.
    """
    try:
        _mask_record(record, scrubber)
    except Exception:
        logger.debug("a record cannot be scrubbed", exc_info=True)
        record.Clear()


def _mask_record(record: Any, scrubber: Scrubber) -> None:
    kind = record.WhichOneof("record_type")
    if kind == "request":
        kind = record.request.WhichOneof("request_type")
        if kind == "partial_history":
            _mask_items(record.request.partial_history.item, scrubber, "history")
        elif kind == "log_artifact":
            _mask_artifact(record.request.log_artifact.artifact, scrubber)
    elif kind == "history":
        _mask_items(record.history.item, scrubber, "history")
    elif kind == "summary":
        _mask_items(record.summary.update, scrubber, "summary")
    elif kind == "run":
        _mask_texts(record.run, _RUN_TEXTS, scrubber)
        tags = [scrubber.text(tag, "tags") for tag in record.run.tags]
        record.run.ClearField("tags")
        record.run.tags.extend(tags)
    elif kind == "alert":
        _mask_texts(record.alert, ("title", "text"), scrubber)
    elif kind == "artifact":
        _mask_artifact(record.artifact, scrubber)


def _mask_texts(message: Any, fields: tuple[str, ...], scrubber: Scrubber) -> None:
    for field in fields:
        text = getattr(message, field)
        if text:
            setattr(message, field, scrubber.text(text, field))


def _mask_artifact(artifact: Any, scrubber: Scrubber) -> None:
    _mask_texts(artifact, ("description",), scrubber)
    if artifact.metadata:
        artifact.metadata = _masked_json(artifact.metadata, f"artifact {artifact.name}", "", scrubber)


def _mask_items(items: Any, scrubber: Scrubber, place: str) -> None:
    for item in items:
        # Numbers, most of what is logged, pass by; so do the mappings of a history, which are media and histograms.
        if item.value_json[:1] == '"' or (place == "summary" and item.value_json[:1] in "{["):
            key = item.key or ".".join(item.nested_key)
            if not key.startswith(("trackexp", "_wandb")):
                item.value_json = _masked_json(item.value_json, place, key, scrubber)


def _masked_json(text: str, place: str, key: str, scrubber: Scrubber) -> str:
    """Return JSON text masked; as it was where there was nothing to mask."""
    data = json.loads(text)
    masked = scrubber.data(data, f"{place}.{key}" if key else place, key)
    return text if masked == data else json.dumps(masked)
