"""Whether a model is still good: a log of predictions against a reference; or many models at once."""

from __future__ import annotations

from trackexp.monitoring.entry import monitor
from trackexp.monitoring.report import MonitorReport
from trackexp.monitoring.rule import MonitorFinding, MonitorRule, monitoring_rules
from trackexp.monitoring.table import PredictionTable
from trackexp.monitoring.versions import Version, VersionsReport, compare_versions

__all__ = [
    "MonitorFinding",
    "MonitorReport",
    "MonitorRule",
    "PredictionTable",
    "Version",
    "VersionsReport",
    "compare_versions",
    "monitor",
    "monitoring_rules",
]
