"""What a script reads back from its config and summary: what it put in, neither masked nor with entries of ours."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

# Our own entries of a run's config.
OUR_KEYS = ("trackexp", "trackexp_code")
_hidden = threading.local()


def send_config(run: Any, entries: Mapping[str, Any]) -> None:
    """Write entries into the config of the record that the script does not read back from `run.config`."""
    callback = run.config._callback
    if callback is None:  # a run that keeps nothing
        run.config.update(dict(entries), allow_val_change=True)
    else:
        callback(data=dict(entries))


def hide_config(run: Any) -> None:
    """Take our own entries, which a resumed run brings along, out of what the script reads back."""
    for key in OUR_KEYS:
        run.config._items.pop(key, None)


def put_back(config: Any, key: str, value: Any) -> None:
    """Set an entry of a run's config in this process alone: nothing of it is sent."""
    config._items[key] = value


@contextmanager
def hidden_summary() -> Iterator[None]:
    """Keep what is written to a summary in this block out of what the script reads back from it."""
    _hidden.depth = getattr(_hidden, "depth", 0) + 1
    try:
        yield
    finally:
        _hidden.depth -= 1


def filter_summary(run: Any, masked: Callable[[str, Any], Any]) -> None:
    """Let the script read back from the summary what it put in: not what was masked for W&B's process, nor ours."""
    summary = run.summary
    send, read = summary._update_callback, summary._get_current_summary_callback
    true: dict[str, tuple[Any, Any]] = {}  # by key: what the record holds, and what the script put in
    hidden = {"trackexp"}

    def sending(record: Any) -> None:
        keys = {item.key[0] for item in record.update}
        if getattr(_hidden, "depth", 0):
            hidden.update(keys)
        else:
            hidden.difference_update(keys)
        for item in record.update:
            if len(item.key) == 1 and isinstance(item.value, str | list | tuple | dict):
                shown = masked(item.key[0], item.value)
                if shown == item.value:
                    true.pop(item.key[0], None)
                else:
                    true[item.key[0]] = (shown, item.value)
        send(record)

    def reading() -> dict[str, Any]:
        found: dict[str, Any] = read()
        for key, (shown, value) in true.items():
            if key in found and found[key] == shown:
                found[key] = value
        return {key: value for key, value in found.items() if key not in hidden}

    summary._set_update_callback(sending)
    object.__setattr__(summary, "_get_current_summary_callback", reading)
