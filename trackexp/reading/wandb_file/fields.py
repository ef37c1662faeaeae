"""Field numbers of the protobuf messages in a `.wandb` file, as `wandb_internal.proto` declares them.

Names are the JSON names of that file, which W&B also shows in `wandb-metadata.json`. A test compares this table with
the descriptors of the installed wandb.
"""

from __future__ import annotations

from typing import NamedTuple


class Field(NamedTuple):
    """One field: a map is a repeated message of key and value; a lazy message is left as its place in the buffer."""

    name: str
    kind: str = "text"  # text, integer, unsigned, boolean, double, zigzag, message, map
    repeated: bool = False
    message: str = ""
    lazy: bool = False


def _text(*names: str) -> list[Field]:
    return [Field(name) for name in names]


def _message(name: str, message: str, *, repeated: bool = False, lazy: bool = False) -> Field:
    return Field(name, "message", repeated, message, lazy)


def _integer(name: str) -> Field:
    return Field(name, "integer")


def _unsigned(name: str) -> Field:
    return Field(name, "unsigned")


def _numbered(*fields: Field) -> dict[int, Field]:
    return dict(enumerate(fields, start=1))


_ITEM = {1: Field("key"), 2: Field("nestedKey", repeated=True), 16: Field("valueJson")}

MESSAGES: dict[str, dict[int, Field]] = {
    "Record": {
        2: _message("history", "HistoryRecord", lazy=True),
        3: _message("summary", "SummaryRecord", lazy=True),
        5: _message("config", "ConfigRecord", lazy=True),
        6: _message("files", "FilesRecord"),
        7: _message("stats", "StatsRecord", lazy=True),
        8: _message("artifact", "ArtifactRecord"),
        10: _message("alert", "AlertRecord"),
        12: _message("metric", "MetricRecord"),
        13: _message("outputRaw", "OutputRawRecord"),
        17: _message("run", "RunRecord"),
        18: _message("exit", "RunExitRecord"),
        25: _message("useArtifact", "UseArtifactRecord"),
        26: _message("environment", "EnvironmentRecord"),
    },
    "ConfigRecord": {
        1: _message("update", "ConfigItem", repeated=True),
        2: _message("remove", "ConfigItem", repeated=True),
    },
    "SummaryRecord": {
        1: _message("update", "SummaryItem", repeated=True),
        2: _message("remove", "SummaryItem", repeated=True),
    },
    "HistoryRecord": {
        1: _message("item", "HistoryItem", repeated=True, lazy=True),
        2: _message("step", "HistoryStep"),
    },
    "StatsRecord": {
        2: _message("timestamp", "Timestamp"),
        3: _message("item", "StatsItem", repeated=True, lazy=True),
    },
    "ConfigItem": _ITEM,
    "SummaryItem": _ITEM,
    "StatsItem": {1: Field("key"), 16: Field("valueJson")},
    "HistoryItem": {
        **_ITEM,
        3: _unsigned("none"),
        4: Field("boolean", "boolean"),
        5: Field("integer", "zigzag"),
        6: Field("number", "double"),
        7: Field("text"),
        8: Field("json"),
    },
    "HistoryStep": {1: _integer("num")},
    "RunRecord": {
        1: Field("runId"),
        2: Field("entity"),
        3: Field("project"),
        4: _message("config", "ConfigRecord", lazy=True),
        5: _message("summary", "SummaryRecord", lazy=True),
        6: Field("runGroup"),
        7: Field("jobType"),
        8: Field("displayName"),
        9: Field("notes"),
        10: Field("tags", repeated=True),
        13: Field("host"),
        17: _message("startTime", "Timestamp"),
    },
    "Timestamp": _numbered(_integer("seconds"), _integer("nanos")),
    "FilesRecord": {1: _message("files", "FilesItem", repeated=True)},
    "FilesItem": {1: Field("path")},
    "ArtifactRecord": {
        4: Field("type"),
        5: Field("name"),
        6: Field("digest"),
        7: Field("description"),
        8: Field("metadata"),
        11: Field("aliases", repeated=True),
        12: _message("manifest", "ArtifactManifest"),
    },
    "ArtifactManifest": {
        4: _message("contents", "ArtifactManifestEntry", repeated=True),
        5: Field("manifestFilePath"),
    },
    "ArtifactManifestEntry": {
        **_numbered(*_text("path", "digest", "ref"), _integer("size")),
        6: Field("localPath"),
    },
    "UseArtifactRecord": _numbered(*_text("id", "type", "name")),
    "AlertRecord": _numbered(*_text("title", "text", "level"), _integer("waitDuration")),
    "MetricRecord": {
        1: Field("name"),
        2: Field("globName"),
        4: Field("stepMetric"),
        6: _message("options", "MetricOptions"),
        7: _message("summary", "MetricSummary"),
        8: _unsigned("goal"),
    },
    "MetricOptions": _numbered(*(Field(name, "boolean") for name in ("stepSync", "hidden", "defined"))),
    "MetricSummary": _numbered(
        *(Field(name, "boolean") for name in ("min", "max", "mean", "best", "last", "none", "copy", "first"))
    ),
    "OutputRawRecord": {3: Field("line")},
    "RunExitRecord": {1: _integer("exitCode"), 2: _integer("runtime")},
    "EnvironmentRecord": {
        **_numbered(
            *_text("os", "python"),
            _message("startedAt", "Timestamp"),
            Field("docker"),
            Field("args", repeated=True),
            *_text("program", "codePath", "codePathLocal"),
            _message("git", "GitRepoRecord"),
            *_text("email", "root", "host", "username", "executable", "colab"),
            _unsigned("cpu_count"),
            _unsigned("cpu_count_logical"),
            Field("gpu"),
            _unsigned("gpu_count"),
            Field("disk", "map", True, "EnvironmentRecord.DiskEntry"),
            _message("memory", "MemoryInfo"),
            _message("cpu", "CpuInfo"),
            _message("apple", "AppleInfo"),
            _message("gpu_nvidia", "GpuNvidiaInfo", repeated=True),
            Field("cudaVersion"),
            _message("gpu_amd", "GpuAmdInfo", repeated=True),
            Field("slurm", "map", True, "EnvironmentRecord.SlurmEntry"),
            _message("trainium", "TrainiumInfo"),
            _message("tpu", "TPUInfo"),
            _message("coreweave", "CoreWeaveInfo"),
        ),
        199: Field("writerId"),
    },
    "EnvironmentRecord.DiskEntry": _numbered(Field("key"), _message("value", "DiskInfo")),
    "EnvironmentRecord.SlurmEntry": _numbered(*_text("key", "value")),
    "GitRepoRecord": _numbered(*_text("remote", "commit")),
    "DiskInfo": _numbered(_unsigned("total"), _unsigned("used")),
    "MemoryInfo": _numbered(_unsigned("total")),
    "CpuInfo": _numbered(_unsigned("count"), _unsigned("countLogical"), Field("model")),
    "AppleInfo": _numbered(
        Field("name"),
        *map(_unsigned, ("ecpuCores", "pcpuCores", "gpuCores", "memoryGb", "swapTotalBytes", "ramTotalBytes")),
        Field("macModel"),
    ),
    "GpuNvidiaInfo": _numbered(
        Field("name"), _unsigned("memoryTotal"), _unsigned("cudaCores"), *_text("architecture", "uuid")
    ),
    "GpuAmdInfo": {1: Field("id"), 8: Field("series"), 9: Field("model"), 10: Field("vendor")},
    "TrainiumInfo": _numbered(
        *_text("name", "vendor"), _unsigned("neuronDeviceCount"), _unsigned("neuroncorePerDeviceCount")
    ),
    "TPUInfo": _numbered(Field("name"), *map(_unsigned, ("hbmGib", "devicesPerChip", "count"))),
    "CoreWeaveInfo": _numbered(*_text("clusterName", "orgId", "region")),
}
