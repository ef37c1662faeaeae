"""How fast is a run read back, against W&B's own viewer, a protobuf + json loop, TensorBoard and MLflow?

`python benchmarks/reading_speed.py [--mlflow PYTHON]`, where PYTHON is an interpreter that has MLflow. Processor time
of 500 steps × 10 metrics, medians of alternating pairs of twenty readings each; for the viewer, one reading: its own
process and parsing what it prints.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path

import pairs

STEPS, METRICS, ROUNDS = 500, 10, 15
READINGS = 20  # one after the other in each turn, as when many runs are read
LONG = 100_000  # steps of the run whose memory is measured
BLOCK = 32_768

MLFLOW = """
import sys, time, mlflow
from mlflow.tracking import MlflowClient
mlflow.set_tracking_uri(sys.argv[1])
client = MlflowClient()
if sys.argv[2] == "write":
    from mlflow.entities import Metric
    run = client.create_run("0")
    for name in range({metrics}):
        rows = [Metric(f"metric_{{name}}", (step + 1) / (name + 3), 0, step) for step in range({steps})]
        for first in range(0, len(rows), 100):
            client.log_batch(run.info.run_id, metrics=rows[first:first + 100])
    print(run.info.run_id)
else:
    costs = []
    for _ in range(int(sys.argv[3])):
        began = time.process_time()
        for name in range({metrics}):
            history = client.get_metric_history(sys.argv[2], f"metric_{{name}}")
            [metric.value for metric in history], [metric.step for metric in history]
        costs.append(time.process_time() - began)
    print(sorted(costs)[len(costs) // 2])
"""

MEMORY = """
import sys
from pathlib import Path
from trackexp.reading.wandb_file.assembly import read_file
def resident(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(name))
read_file(Path(sys.argv[1]))
Path("/proc/self/clear_refs").write_text("5")
before = resident("VmRSS")
record = read_file(Path(sys.argv[2]))
arrays = {id(a): a.nbytes for s in record.history.values() for a in (s.steps, s.values)}
columns = sum(arrays.values()) / 2**20
print(len(record.history), columns, resident("VmHWM") - before - columns)
"""


def value(step: int, metric: int) -> float:
    """Return what the runs log."""
    return random.Random(step * METRICS + metric).random()


def record_run() -> Path:
    """Record the run with wandb, and return its file."""
    import wandb

    run = wandb.init(project="bench", config={"lr": 0.1, "layers": [64, 10]})
    for step in range(STEPS):
        run.log({f"metric_{k}": value(step, k) for k in range(METRICS)})
    run.finish()
    return next(Path("runs").glob("wandb/offline-run-*/*.wandb")).resolve()


def write_long(path: Path) -> None:
    """Write a run of many steps as wandb does: a summary and a history record for each."""
    from wandb.proto import wandb_internal_pb2 as pb

    def payloads() -> Iterable[bytes]:
        for step in range(LONG):
            items = [("_step", str(step)), *((f"metric_{k}", repr(value(step, k))) for k in range(METRICS))]
            for record in (pb.Record(num=2 * step + 1), pb.Record(num=2 * step + 2)):
                target = record.summary.update if record.num % 2 else record.history.item
                for name, text in items:
                    target.add(nested_key=[name], value_json=text)
                yield record.SerializeToString()

    with path.open("wb") as file:
        place = file.write(b":W&B\xe1\xbe\x00")
        for payload in payloads():
            first = True
            while first or payload:
                room = BLOCK - place % BLOCK
                if room < 7:
                    place += file.write(bytes(room))
                    continue
                part, payload = payload[: room - 7], payload[room - 7 :]
                kind = {(True, True): 1, (True, False): 2, (False, False): 3, (False, True): 4}[first, not payload]
                head = struct.pack("<IHB", zlib.crc32(bytes([kind]) + part), len(part), kind)
                place += file.write(head + part)
                first = False


def timed(call: Callable[[], object], times: int = READINGS) -> Callable[[], float]:
    """Return a measure of the processor time that a call and the processes it waits for take."""

    def measure() -> float:
        before = sum(os.times()[2:4]), time.process_time()
        for _ in range(times):
            call()
        return (sum(os.times()[2:4]) - before[0] + time.process_time() - before[1]) / times

    return measure


def viewed(path: Path) -> list[object]:
    """Read a run as W&B's own viewer prints it."""
    import wandb.util

    flags = ["leet", "inspect", "--no-observability", "--json", "--run-file", str(path), str(path.parent)]
    lines = subprocess.run([wandb.util.get_core_path(), *flags], check=True, capture_output=True).stdout.splitlines()
    assert len(lines) > STEPS
    return [json.loads(line) for line in lines]


def looped(path: Path) -> dict[str, list[float]]:
    """Read a run as the reader that wandb had until 0.27 did: fragment by fragment, then protobuf and json."""
    from wandb.proto import wandb_internal_pb2 as pb

    columns: dict[str, list[float]] = {}
    data, place, payload = path.read_bytes(), 7, b""
    while place < len(data):
        if BLOCK - place % BLOCK < 7:
            place += BLOCK - place % BLOCK
            continue
        checksum, length, kind = struct.unpack("<IHB", data[place : place + 7])
        part = data[place + 7 : place + 7 + length]
        assert zlib.crc32(part, zlib.crc32(bytes([kind]))) == checksum
        place += 7 + length
        payload += part
        if kind in (1, 4):
            record = pb.Record()
            record.ParseFromString(payload)
            payload = b""
            for item in record.history.item:
                columns.setdefault("/".join(item.nested_key) or item.key, []).append(json.loads(item.value_json))
    return columns


def write_events(folder: Path) -> None:
    """Write the same numbers as TensorBoard's scalars."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    writer = EventFileWriter(str(folder))
    for step in range(STEPS):
        for k in range(METRICS):
            scalar = Summary(value=[Summary.Value(tag=f"metric_{k}", simple_value=value(step, k))])
            writer.add_event(Event(wall_time=float(step), step=step, summary=scalar))
    writer.close()


def accumulated(folder: Path) -> dict[str, list[float]]:
    """Read TensorBoard's scalars with its own reader, none left out."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder), size_guidance={"scalars": 0, "tensors": 0})
    events.Reload()
    return {tag: [scalar.value for scalar in events.Scalars(tag)] for tag in events.Tags()["scalars"]}


def mlflow_measure(python: str, folder: Path) -> Callable[[], float]:
    """Write the same numbers with MLflow, and return a measure of its reading, in a process of its own."""
    script = MLFLOW.format(metrics=METRICS, steps=STEPS)
    where = [python, "-c", script, f"sqlite:///{folder}/mlflow.db"]
    written = subprocess.run([*where, "write"], check=True, capture_output=True, text=True).stdout.split()[-1]

    def measure() -> float:
        output = subprocess.run([*where, written, "5"], check=True, capture_output=True, text=True).stdout
        return float(output.split()[-1])

    return measure


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--mlflow", metavar="PYTHON")
    arguments = parser.parse_args()
    folder = pairs.quiet_environment()
    path = record_run()
    write_events(folder / "events")
    from trackexp.reading.listing.ends import read_ends
    from trackexp.reading.wandb_file.assembly import read_file

    assert len(looped(path)["metric_3"]) == len(read_file(path).history["metric_3"]) == STEPS
    ours = "ours: config, history, summary, everything"
    goals = {"wandb leet inspect --json, parsed": 30, "protobuf + json loop": 9, "TensorBoard's EventAccumulator": 10}
    candidates = {
        ours: timed(lambda: read_file(path)),
        "wandb leet inspect --json, parsed": timed(lambda: viewed(path), 1),
        "protobuf + json loop": timed(lambda: looped(path)),
        "TensorBoard's EventAccumulator": timed(lambda: accumulated(folder / "events")),
        "ours: a listing, both ends of the file": timed(lambda: read_ends(path)),
    }
    if arguments.mlflow:
        candidates["MLflow's get_metric_history, sqlite"] = mlflow_measure(arguments.mlflow, folder)
        goals["MLflow's get_metric_history, sqlite"] = 6
    pairs.alternate(candidates, rounds=2)  # imports, caches
    costs = pairs.alternate(candidates, rounds=ROUNDS)
    rows = []
    for name in candidates:
        times, (low, high) = pairs.ratio(costs, name, ours), pairs.spread(costs, name, ours)
        aim = f"≥ {goals[name]}: {'met' if times >= goals[name] else 'MISSED'}" if name in goals else ""
        if name.startswith("ours: a listing"):
            times, low, high = 1 / times, 1 / high, 1 / low
            aim = f"full reading takes {times:.1f}×, ≥ 10: {'met' if times >= 10 else 'MISSED'}"
        cost = sorted(costs[name])[len(costs[name]) // 2] * 1000
        rows.append([name, f"{cost:.2f} ms", f"{times:.1f}", f"{low:.1f} – {high:.1f}", aim])
    question = (
        f"Reading one run of {STEPS} steps × {METRICS} metrics ({path.stat().st_size / 1000:.0f} kB), processor time"
    )
    columns = ["reader", "median", "× ours", "quartiles", "goal"]
    pairs.table(question, columns, rows, "wandb", "numpy", "tensorboard", "protobuf")
    memory(path, folder / "run-long.wandb")


def memory(small: Path, long: Path) -> None:
    """Print what reading a long run takes beside its columns."""
    write_long(long)
    command = [sys.executable, "-c", MEMORY, str(small), str(long)]
    began = time.perf_counter()
    names, columns, extra = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    seconds = time.perf_counter() - began
    row = [
        f"{long.stat().st_size / 1e6:.0f} MB",
        f"{seconds:.1f} s",
        f"{float(columns):.0f} MB",
        f"{float(extra):.0f} MB",
    ]
    columns_of = ["file", "wall, with start", f"columns ({names})", "beside them", "goal"]
    question = f"Memory of reading {LONG:,} steps × {METRICS} metrics"
    pairs.table(question, columns_of, [[*row, pairs.goal(float(extra), 64)]], "numpy")


if __name__ == "__main__":
    main()
