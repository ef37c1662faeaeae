"""Charts drawn from data as SVG: the same data give the same bytes, in light and in dark.

>>> chart = line_chart([Line("val/loss", [1, 2, 3], [0.5, 0.3, 0.4])], title="val/loss", x_label="epoch")
>>> chart.description
'val/loss: 0.5 at epoch 1, 0.4 at epoch 3; lowest 0.3, highest 0.5.'
>>> chart.to_svg().startswith("<svg ")
True
"""

from __future__ import annotations

from trackexp.reporting.svg.bars import Bar, bars, histogram
from trackexp.reporting.svg.frame import Chart
from trackexp.reporting.svg.lines import Band, Line, line_chart
from trackexp.reporting.svg.matrix import confusion_matrix
from trackexp.reporting.svg.pointers import Guide, Mark
from trackexp.reporting.svg.points import Point, pareto, pareto_front, scatter
from trackexp.reporting.svg.reliability import ReliabilityBins, reliability_diagram
from trackexp.reporting.svg.sparkline import sparkline

__all__ = [
    "Band",
    "Bar",
    "Chart",
    "Guide",
    "Line",
    "Mark",
    "Point",
    "ReliabilityBins",
    "bars",
    "confusion_matrix",
    "histogram",
    "line_chart",
    "pareto",
    "pareto_front",
    "reliability_diagram",
    "scatter",
    "sparkline",
]
