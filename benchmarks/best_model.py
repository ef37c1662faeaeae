"""What does keeping the best model cost at each improvement, against Keras's own ModelCheckpoint?

Each candidate runs in a process of its own, is driven through improvements that always improve, and is then ended as a
training ends. Bytes are those that the process handed to the kernel (`wchar` of /proc), whatever the place.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from pairs import alternate, goal, quiet_environment, ratio, spread, table

KERAS, OURS, WANDB = "ModelCheckpoint", "trackexp BestModel", "WandbModelCheckpoint"
IMPROVEMENTS = {10: 12, 200: 3}  # megabytes of the model: improvements a process
ROUNDS = {10: 5, 200: 5}


def main() -> None:
    if len(sys.argv) > 1:
        print(json.dumps(improve(sys.argv[1], int(sys.argv[2]))))
        return
    quiet_environment()
    for size, rounds in ROUNDS.items():
        seen: dict[str, list[dict[str, float]]] = {KERAS: [], OURS: [], WANDB: []}
        times = alternate({name: partial(candidate, name, size, seen) for name in seen}, rounds=rounds)
        report(
            size,
            times,
            {
                name: {key: statistics.median(one[key] for one in runs) for key in runs[0]}
                for name, runs in seen.items()
            },
        )


def report(size: int, times: dict[str, list[float]], seen: dict[str, dict[str, float]]) -> None:
    """Print what one size of model costs; the last counts are in models."""
    rows = []
    for name, of in seen.items():
        time_ratio, bytes_ratio = ratio(times, name, KERAS), of["each"] / seen[KERAS]["each"]
        low, high = spread(times, name, KERAS)
        verdict = f"time {goal(time_ratio, 1.05, (low, high))}, bytes {goal(bytes_ratio, 1.0)}" if name == OURS else ""
        counts = [f"{bytes_ratio:.2f}", f"{of['end'] / of['model']:.1f}", f"{of['staged']:.0f}"]
        rows.append([name, f"{time_ratio:.2f}", f"{low:.2f} – {high:.2f}", *counts, verdict])
    columns = ["", "time", "quartiles", "bytes", "written at the end", "left in staging", "goal"]
    title = f"One improvement of a {size} MB .h5 model ({IMPROVEMENTS[size]} of them), against ModelCheckpoint"
    table(title, columns, rows, "wandb", "keras", "tensorflow")


def candidate(name: str, size: int, seen: dict[str, list[dict[str, float]]]) -> float:
    """Run one candidate in a new process; return its seconds per improvement and keep the rest in `seen`."""
    ran = subprocess.run([sys.executable, __file__, name, str(size)], capture_output=True, text=True, check=False)
    if ran.returncode:
        raise RuntimeError(f"{name} failed:\n{ran.stderr[-3000:]}")
    seen[name].append(json.loads(ran.stdout.splitlines()[-1]))
    return seen[name][-1]["seconds"]


def improve(name: str, size: int) -> dict[str, float]:
    """Drive one callback through its improvements; everything is in bytes and seconds."""
    staging = quiet_environment() / "data" / "artifacts" / "staging"
    import numpy as np

    model = model_of(size)
    callback, finish = {KERAS: keras_checkpoint, OURS: best_model, WANDB: wandb_checkpoint}[name](model)
    callback.set_model(model)
    callback.on_train_begin({})
    seconds, each = [], []
    for epoch in range(IMPROVEMENTS[size] + 1):
        callback.on_epoch_begin(epoch, {})
        model.layers[-1].bias.assign(np.full(model.layers[-1].bias.shape, epoch))
        written, began = bytes_written(), time.perf_counter()
        callback.on_epoch_end(epoch, {"loss": 1.0 / (epoch + 1), "val_loss": 1.0 / (epoch + 1)})
        seconds.append(time.perf_counter() - began)
        each.append(bytes_written() - written)
    before = bytes_written()
    callback.on_train_end({})
    finish()
    staged = [path for path in staging.rglob("*") if path.is_file() and path.stat().st_size > size * 1e6 / 2]
    return {
        "seconds": statistics.median(seconds[1:]),  # the first loads what saving needs
        "each": statistics.mean(each[1:]),
        "end": bytes_written() - before,
        "staged": len(staged),
        "model": model.count_params() * 4,
    }


def model_of(megabytes: int):
    """Build a compiled model of that size on disk."""
    import keras

    width = int((megabytes * 1e6 / 4 / 4) ** 0.5)
    layers = [keras.layers.Input((width,)), *(keras.layers.Dense(width, activation="relu") for _ in range(4))]
    model = keras.Sequential(layers)
    model.compile(keras.optimizers.SGD(), loss="mean_squared_error")
    return model


def keras_checkpoint(model):
    """Keras's own: one file, overwritten at each improvement."""
    del model
    import keras

    return keras.callbacks.ModelCheckpoint("best.h5", monitor="val_loss", save_best_only=True), lambda: None


def best_model(model):
    """Ours, inside a run as a user would have it."""
    from trackexp import track
    from trackexp.keras import BestModel

    del model
    context = track(project="bench", mode="offline", dir=".", autolog=False)
    run = context.__enter__()
    return BestModel(run, monitor="val_loss"), lambda: context.__exit__(None, None, None)


def wandb_checkpoint(model):
    """W&B's own, with the fixed file name that survives `save_best_only`."""
    del model
    import wandb
    from wandb.integration.keras import WandbModelCheckpoint

    run = wandb.init(project="bench", mode="offline", dir=".")
    return WandbModelCheckpoint("best.h5", monitor="val_loss", save_best_only=True), run.finish


def bytes_written() -> int:
    """Return how many bytes this process has handed to the kernel so far."""
    lines = Path("/proc/self/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("wchar"))


if __name__ == "__main__":
    main()
