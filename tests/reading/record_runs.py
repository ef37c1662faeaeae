"""Records with the real client what the tests of the reader read back: `python record_runs.py rich|failed|…`."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

import wandb

NAN, INFINITY = float("nan"), float("inf")
SETTINGS: dict[str, Any] = {"silent": True, "x_disable_stats": True, "x_transaction_log_flush_interval": 1.0}


def begin(**arguments: Any) -> wandb.Run:
    """Open a run that keeps quiet and flushes every second."""
    settings = wandb.Settings(**{**SETTINGS, **arguments.pop("settings", {})})
    return wandb.init(project="reading", mode="offline", settings=settings, reinit="create_new", **arguments)


def rich() -> None:
    """Of everything that a run may hold."""
    config = {
        "lr": 1e-3, "nested": {"a": {"b": 1}}, "ünïcode": "é\n\"日本", "infinite": INFINITY, "list": [1, 2, [3]],
        "none": None, "flag": True, "with.dot": 3, "dropped": {"x": 1},
    }  # fmt: skip
    run = begin(
        id="richrun1", name="rich ü", entity=os.environ.get("READING_ENTITY", "someone"), group="g1",
        job_type="train", tags=["a", "b"], notes="ein\nWort", config=config,
        settings={"x_disable_stats": False, "x_stats_sampling_interval": 0.1},
    )  # fmt: skip
    run.define_metric("val/loss", summary="min")
    for i in range(5):
        run.log(
            {
                "loss": 1 / (i + 1), "val/loss": [3.0, 0.5, 2.0, 0.75, 1.0][i], "nan": NAN, "up": INFINITY,
                "down": -INFINITY,
                "nest": {"a": i, "b": {"c": i / 2}}, "flag": i % 2 == 0, "text": f"ü{i}", "list": [i], "none": None,
                "huge": 10**20 + i, "tiny": 5e-324, "dot.ted": i, "negative zero": -0.0,
            }
        )  # fmt: skip
    run.log({"part": 1}, commit=False)
    run.log({"rest": 2})
    run.log({"late": 3}, step=50)
    run.log({"picture": wandb.Histogram([1.0, 2.0, 3.0])})
    run.config.update({"lr": 2e-3, "dropped": {"y": 2}}, allow_val_change=True)
    run.summary["best"] = {"loss": 0.2, "epoch": 1}
    run.summary["best"]["worst"] = INFINITY
    run.summary["gone"] = 1
    del run.summary["gone"]
    run.name = "rich ü, renamed"
    folder = Path(run.dir)
    (folder / "note.txt").write_text("noted", encoding="utf-8")
    run.save(str(folder / "note.txt"), base_path=run.dir, policy="end")
    (folder / "unregistered.txt").write_text("x", encoding="utf-8")
    Path("weights.bin").write_bytes(b"1234")
    artifact = wandb.Artifact("weights", "model")
    artifact.add_file("weights.bin")
    run.log_artifact(artifact, aliases=["best"])
    run.alert("a title", "a text", level=wandb.AlertLevel.WARN)
    time.sleep(0.5)  # a few samples of system metrics
    run.finish()


def failed() -> None:
    """Ends with an exception."""
    with begin(id="failed1", name="the failed one") as run:
        run.log({"loss": 1.0})
        raise RuntimeError("on purpose")


def interrupted() -> None:
    """Ends with Ctrl-C."""
    run = begin(id="ctrlc1", name="twin")
    run.log({"loss": 2.0})
    raise KeyboardInterrupt


def long() -> None:
    """Of several blocks, with a record that spans some of them."""
    run = begin(id="longrun1", name="twin", config={"long": "x" * 90_000})
    for step in range(150):
        run.log({f"metric_{k}": (step + 1) / (k + 3) for k in range(10)})
    run.finish()


def endless() -> None:
    """Logs, says so, and waits to be killed."""
    run = begin(id="endless1")
    for step in range(20):
        run.log({"loss": float(step)})
    time.sleep(2.5)  # the writer has flushed by then
    print("logged", os.getpid(), flush=True)
    time.sleep(300)


if __name__ == "__main__":
    {"rich": rich, "failed": failed, "interrupted": interrupted, "long": long, "endless": endless}[sys.argv[1]]()
