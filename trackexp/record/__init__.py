"""What a run *is*: plain frozen data, the same whether it comes from the live script, a file or the W&B API."""

from __future__ import annotations

from trackexp.record.best import BestValue, best_value, direction_in, epochs_of, metric_names
from trackexp.record.facts import (
    SCHEMA,
    ArrayFacts,
    CallbackFacts,
    CompileFacts,
    DataFacts,
    Facts,
    FeatureFacts,
    FitFacts,
    LayerFacts,
    LayerKind,
    LoaderFacts,
    LossFacts,
    MetricFacts,
    ModelFacts,
    OptimizerFacts,
    OutputFacts,
    PassFacts,
    ProbeFacts,
    ReferenceFacts,
)
from trackexp.record.finding import Confidence, Finding, Severity, worst_first
from trackexp.record.flat import dotted
from trackexp.record.metric_names import canonical_name, direction_of, key_of
from trackexp.record.run_record import (
    PARENT_JOB,
    ArtifactRecord,
    Damage,
    FileRecord,
    MetricDefinition,
    RunRecord,
    State,
)
from trackexp.record.series import History, Series

__all__ = [
    "PARENT_JOB",
    "SCHEMA",
    "ArrayFacts",
    "ArtifactRecord",
    "BestValue",
    "CallbackFacts",
    "CompileFacts",
    "Confidence",
    "Damage",
    "DataFacts",
    "Facts",
    "FeatureFacts",
    "FileRecord",
    "Finding",
    "FitFacts",
    "History",
    "LayerFacts",
    "LayerKind",
    "LoaderFacts",
    "LossFacts",
    "MetricDefinition",
    "MetricFacts",
    "ModelFacts",
    "OptimizerFacts",
    "OutputFacts",
    "PassFacts",
    "ProbeFacts",
    "ReferenceFacts",
    "RunRecord",
    "Series",
    "Severity",
    "State",
    "best_value",
    "canonical_name",
    "direction_in",
    "direction_of",
    "dotted",
    "epochs_of",
    "key_of",
    "metric_names",
    "worst_first",
]
