"""Masking fails closed: where a place in W&B has moved, what would pass through it is not kept, and that is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

VALUE = "".join(["k9", "Xv2", "Lm8", "Qz"])
# What each test moves, and the word for it in the one line that is said.
MOVES = {
    "the redirects are stored elsewhere": (
        """
        redirected = Run._redirect
        def _redirect(self, *args, **kwargs):
            redirected(self, *args, **kwargs)
            self._captures = self.__dict__.pop("_out_redir"), self.__dict__.pop("_err_redir")
        def _restore(self):
            for capture in self._captures:
                capture.uninstall()
        Run._redirect, Run._restore = _redirect, _restore
        """,
        "console",
    ),
    "the callbacks of a redirect have another name": (
        """
        def __init__(self, src, cbs=()):
            self.src, self.callbacks = src, cbs
        redirect.RedirectBase.__init__ = __init__
        def _on_write(self, data, written, /):
            for callback in self.callbacks:
                callback(data[:written])
        redirect.StreamRawWrapper._on_write = _on_write
        """,
        "console",
    ),
    "the redirects write to callbacks of their own": (
        """
        made = redirect.StreamRawWrapper.__init__
        def __init__(self, src, cbs=()):
            made(self, src, cbs)
            self._outlets = list(cbs)
        redirect.StreamRawWrapper.__init__ = __init__
        def _on_write(self, data, written, /):
            for callback in self._outlets:
                callback(data[:written])
        redirect.StreamRawWrapper._on_write = _on_write
        """,
        "console",
    ),
    "the config tells its changes elsewhere": (
        """
        source = inspect.getsource(Config).replace("self._callback", "self._told").replace('"_callback"', '"_told"')
        names = vars(wandb_config)
        exec(compile("from __future__ import annotations\\n" + source, "moved", "exec"), names)
        Moved = names["Config"]
        changed = ("update", "__setitem__", "__setattr__", "setdefaults", "update_locked", "merge_locked", "persist")
        for name in ("__init__", "_set_callback", *changed):
            setattr(Config, name, getattr(Moved, name))
        """,
        "config",
    ),
    "the command line goes another way": (
        """
        Settings.as_message = Settings.to_proto
        del Settings.to_proto
        import wandb.sdk.lib.service.service_connection as connection
        import wandb.sdk.wandb_init as wandb_init
        for module in (connection, wandb_init):
            source = inspect.getsource(module).replace("settings.to_proto()", "settings.as_message()")
            exec(compile(source, module.__file__, "exec"), vars(module))
        import wandb.sdk.wandb_setup as wandb_setup
        import wandb.sdk as sdk
        wandb.init = sdk.wandb_init.init
        """,
        "arguments",
    ),
    "the records are sent elsewhere": (
        """
        InterfaceSock._send = InterfaceSock._publish
        InterfaceSock._publish = property(lambda self: self.__getattribute__("gone"))
        InterfaceShared.__abstractmethods__ = frozenset()
        """,
        "records",
    ),
}
SCRIPT = """
import inspect, sys
sys.argv = ["x.py", "--api-key", "{value}7R"]
import wandb
from wandb.sdk import wandb_config
from wandb.sdk.interface.interface_shared import InterfaceShared
from wandb.sdk.interface.interface_sock import InterfaceSock
from wandb.sdk.lib import redirect
from wandb.sdk.wandb_config import Config
from wandb.sdk.wandb_run import Run
from wandb.sdk.wandb_settings import Settings
{move}
from trackexp import track
with track(mode="offline", save_code=False{more}) as run:
    print("password={value}")
    run.config["db_password"] = "{value}"
    run.config.update({{"nested": {{"api_key": "{value}7R"}}}})
    run.log({{"loss": 0.5, "note": "password={value}"}})
    print("the training went on")
"""


def script_of(kind: str, more: str = "") -> str:
    """Return the script that moves a place and then prints and stores a secret."""
    move = "\n".join(line[8:] for line in MOVES[kind][0].strip("\n").splitlines())
    return SCRIPT.format(move=move, value=VALUE, more=more)


@pytest.mark.parametrize("kind", MOVES)
def test_nothing_unmasked_is_kept_where_a_place_has_moved(
    kind: str, workspace: Path, script: Callable[..., object]
) -> None:
    """The secret reaches no file, the training goes on, and one line says which place has moved."""
    result = script(script_of(kind))
    said = [line for line in result.stderr.splitlines() if "has moved what masking" in line]  # type: ignore[attr-defined]
    files = [file for file in workspace.glob("wandb/**/*") if file.is_file()]

    assert "the training went on" in result.stdout  # type: ignore[attr-defined]
    assert [] == [str(file) for file in files if VALUE.encode() in file.read_bytes()]
    assert [MOVES[kind][1]] == [line.partition("(")[2].partition(")")[0] for line in said]


@pytest.mark.parametrize("kind", ["the callbacks of a redirect have another name", "the records are sent elsewhere"])
def test_strict_secrets_refuses_where_a_place_has_moved(
    kind: str, workspace: Path, script: Callable[..., object]
) -> None:
    """No run begins that could not be masked."""
    result = script(script_of(kind, ", strict_secrets=True"))

    assert "SecretsFoundError" in result.stderr  # type: ignore[attr-defined]
    assert "has moved what masking secrets needs" in result.stderr  # type: ignore[attr-defined]
    assert [] == list(workspace.glob("wandb/*run-*"))
