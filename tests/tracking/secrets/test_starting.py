"""What is masked where a run begins, and `strict_secrets`, which lets none begin."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import wandb

from trackexp import track
from trackexp.errors import ConfigurationError, SecretsFoundError
from trackexp.record import RunRecord

VALUE = "".join(["k9", "Xv2", "Lm8", "Qz"])


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        ({"notes": f"password={VALUE}"}, "notes"),
        ({"config": {"db": {"password": VALUE}}}, "config.db.password"),
        ({"name": f"token={VALUE}x7Y"}, "name"),
        ({"tags": [f"password={VALUE}"]}, "tags"),
    ],
)
def test_strict_secrets_refuses_before_anything_starts(
    arguments: dict[str, object], place: str, workspace: Path
) -> None:
    """The refusal names the secret and its place, never its value, and no run is there."""
    with pytest.raises(SecretsFoundError) as caught, track(mode="offline", strict_secrets=True, **arguments):
        pass

    assert place in str(caught.value)
    assert VALUE not in str(caught.value)
    assert [] == list(workspace.glob("wandb/*run-*"))
    assert isinstance(caught.value, ConfigurationError)


def test_strict_secrets_lets_a_clean_run_begin(workspace: Path, read: Callable[..., RunRecord]) -> None:
    """Where nothing is to be masked, nothing is refused; what comes later is masked."""
    with track(mode="offline", strict_secrets=True, save_code=False, config={"lr": 0.1}) as run:
        run.config["db_password"] = VALUE
    record = read()

    assert {"lr": 0.1, "db_password": "<masked:db_password>"} == {
        name: value for name, value in record.config.items() if not name.startswith("trackexp")
    }
    assert [{"place": "config.db_password", "kind": "named", "name": "db_password", "line": 1}] == record.summary[
        "trackexp"
    ]["masked"]["places"]


# W&B leaves its YAML files open.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_texts_from_variables_and_files_are_masked(
    workspace: Path, read: Callable[..., RunRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    """W&B's own variables, a YAML file as the config and W&B's `config-defaults.yaml` pass the scrubber too."""
    monkeypatch.setenv("WANDB_NAME", f"password={VALUE}")
    monkeypatch.setenv("WANDB_TAGS", f"plain,password={VALUE}")
    (workspace / "config-defaults.yaml").write_text(f"api_key:\n  value: {VALUE}7R\nseed:\n  value: 3\n")
    (workspace / "mine.yaml").write_text(f"client_secret:\n  value: {VALUE}\nlr:\n  value: 0.1\n")
    with track(mode="offline", save_code=False, config="mine.yaml"):
        pass
    record = read()
    files = [file for file in workspace.glob("wandb/**/*") if file.is_file()]

    assert "password=<masked:WANDB_NAME>" == record.name
    assert ["plain", "password=<masked:WANDB_NAME>"] == list(record.tags)
    assert {"api_key": "<masked:api_key>", "seed": 3, "client_secret": "<masked:client_secret>", "lr": 0.1} == {
        name: value for name, value in record.config.items() if not name.startswith("trackexp")
    }
    assert [] == [file.name for file in files if VALUE.encode() in file.read_bytes()]


def test_a_run_of_plain_wandb_is_masked_from_its_adoption_on(
    workspace: Path, finish_plain: Callable[[object], None]
) -> None:
    """What `wandb.init` stored before is stored; what comes after passes the scrubber, once."""
    plain = wandb.init(mode="offline", settings=wandb.Settings(silent=True))
    with track(save_code=False), track(save_code=False) as run:
        run.config["api_token"] = VALUE + "3Fg"
        plain.config["db_password"] = VALUE
        run.log({"text": f"password={VALUE}", "loss": 0.5})
    masked = run.state.scrubber.count
    finish_plain(plain)
    files = [file for file in workspace.glob("wandb/**/*") if file.is_file()]

    assert 3 == masked
    assert [] == [file.name for file in files if VALUE.encode() in file.read_bytes()]


@pytest.mark.parametrize("console", ["wrap", "wrap_emu", "redirect", "off"])
def test_every_way_of_capturing_the_console_is_masked(
    console: str, workspace: Path, script: Callable[..., object]
) -> None:
    """W&B has four ways to capture a console; through none of them comes a secret, and the terminal shows all."""
    result = script(
        f"""
import os, sys
from trackexp import track
with track(mode="offline", save_code=False, settings={{"console": "{console}"}}) as run:
    print("plain words")
    print("password=" + "k9" + "Xv2" + "Lm8" + "Qz")
    sys.stdout.flush()
"""
    )
    folder = Path(str(workspace))
    files = [file for file in folder.glob("wandb/**/*") if file.is_file()]
    logs = [file.read_text() for file in files if file.name == "output.log"]

    assert VALUE in result.stdout  # type: ignore[attr-defined]
    assert [] == [file.name for file in files if VALUE.encode() in file.read_bytes()]
    assert (console != "off") == any("plain words" in log and "<masked:password>" in log for log in logs)
