"""The colours of charts and pages, in light and in dark, and the rules that charts are painted by."""

from __future__ import annotations

import re

# Each in light and in dark. Text has a contrast of at least 4.5 to its ground, graphics one of 3: a test computes both.
COLOURS = {
    "ground": ("#ffffff", "#14171c"),
    "raised": ("#f4f6f8", "#1d2128"),
    "ink": ("#191c21", "#e7eaee"),
    "muted": ("#545c68", "#a4adba"),
    "line": ("#d5dae1", "#363d48"),
    "accent": ("#0b57b8", "#79b1ff"),
    "good": ("#11703c", "#5fce8d"),
    "warn": ("#8a5300", "#f0b34c"),
    "bad": ("#b3202c", "#ff8a8f"),
    "heat": ("#6ea2f2", "#2b5cae"),
    "miss": ("#f0925a", "#9c4a1c"),
    "s0": ("#1f65c8", "#6fa8ff"),
    "s1": ("#c2540a", "#f7964f"),
    "s2": ("#0d7f5f", "#46c79d"),
    "s3": ("#8b35b5", "#cd90f2"),
    "s4": ("#b8203f", "#ff7f93"),
    "s5": ("#67700a", "#c0c74f"),
    "s6": ("#0b7189", "#46c0df"),
    "s7": ("#7b4b2c", "#d6a47f"),
}
SERIES = 8  # colours of curves; from then on they come again, dashed

_SERIES_RULES = "\n".join(f".chart .s{i}{{fill:var(--s{i});stroke:var(--s{i})}}" for i in range(SERIES))
CHART_RULES = f"""{_SERIES_RULES}
.chart .rest{{fill:var(--muted);stroke:var(--muted)}}
.chart .ink{{fill:var(--ink);stroke:var(--ink)}}
""" + """
.chart{font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
.chart text{fill:var(--muted);stroke:none}
.chart .title{font-weight:600;font-size:13px;fill:var(--ink)}
.chart .strong{fill:var(--ink)}
.chart .small{font-size:10.5px}
.chart .end{text-anchor:end}
.chart .mid{text-anchor:middle}
.chart .halo{stroke:var(--ground);stroke-width:3;paint-order:stroke;stroke-linejoin:round}
.chart .ground{fill:var(--ground)}
.chart .grid{stroke:var(--line);fill:none}
.chart .axis{stroke:var(--muted);fill:none}
.chart .guide{stroke:var(--muted);stroke-width:1.2;stroke-dasharray:5 4;fill:none}
.chart .whisker{stroke:var(--ink);stroke-width:1.5;fill:none}
.chart .curve{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.chart .curve.rest{stroke-opacity:.45;stroke-width:1}
.chart .dashed{stroke-dasharray:7 4}
.chart .dotted{stroke-dasharray:1.5 4.5}
.chart .dot{stroke:var(--ground);stroke-width:1.5}
.chart.sample{overflow:visible}
.chart .wide{fill-opacity:.13;stroke:none}
.chart .close{fill-opacity:.28;stroke:none}
.chart .cloud{fill:none;stroke-width:5;stroke-linecap:round;stroke-opacity:.55}
.chart .plain{stroke:none}
.chart .heat{fill:var(--heat);stroke:none}
.chart .miss{fill:var(--miss);stroke:none}
.chart .gap{fill:var(--bad);fill-opacity:.3;stroke:none}
""".strip()


def series_class(number: int) -> str:
    """Return the class of the n-th curve: its colour, and a dash once the colours have all been used.

    >>> series_class(0), series_class(9), series_class(17)
    ('s0', 's1 dashed', 's1 dotted')
    """
    dash = ("", " dashed", " dotted")[number // SERIES % 3]
    return f"s{number % SERIES}{dash}"


def standalone_rules() -> str:
    """Return the rules of a chart that stands in a file of its own, where no page defines the colours."""
    light, dark = (_painted(CHART_RULES, side) for side in (0, 1))
    dark_only = "\n".join(rule for rule in dark.splitlines() if "#" in rule)
    return f"{light}\n@media (prefers-color-scheme:dark){{\n{dark_only}\n}}"


def _painted(rules: str, side: int) -> str:
    return re.sub(r"var\(--(\w+)\)", lambda found: COLOURS[found[1]][side], rules)
