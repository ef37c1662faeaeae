"""Reads back what it has put into config and summary, of many types."""

import datetime
import enum
import pathlib

import numpy as np
import pandas as pd

import wandb


class Color(enum.Enum):
    """A colour."""

    RED = "red"


run = wandb.init(
    project="readback",
    config={
        "lr": np.float32(0.5),
        "weights": np.array([1.0, 2.0]),
        "path": pathlib.PurePosixPath("/data/set (1)"),
        "when": datetime.date(2024, 1, 2),
        "api_key": "sk-abcdef1234567890abcdef",
        "nested": {"a": [1, 2, {"b": None}]},
        "data_dir": "/home/me/My Project (2)",
        "none": None,
    },
)
wandb.config.update({"epochs": 3, "table": pd.Series([1, 2]).tolist()})
run.config.setdefaults({"epochs": 9, "momentum": 0.9})
wandb.config["late"] = True
wandb.config.color = Color.RED.value
for name, value in sorted(dict(run.config).items()):
    print(name, type(value).__name__, value)
print("lr" in run.config, run.config.get("nothing", 5), run.config.as_dict().keys() == dict(run.config).keys())
wandb.log({"acc": np.float64(0.5), "arr": 3, "token": 1})
run.summary["note"] = "password=hunter2222"
run.summary["np"] = np.int64(4)
print(run.summary["note"], run.summary["acc"], run.summary.get("np"), sorted(k for k in run.summary.keys() if k[0] != "_"))
run.name = "renamed"
run.notes = "later"
run.tags = run.tags + ("late",)
print(run.name, run.notes, run.tags)
