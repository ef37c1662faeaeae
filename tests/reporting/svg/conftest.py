from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree as ET

import pytest

from trackexp.reporting.svg import Chart

NS = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def parts() -> Callable[..., list[ET.Element]]:
    """Parses a chart as the XML that a viewer reads; returns its elements of a tag, and of a class if one is named."""

    def of(chart: Chart, tag: str, class_: str = "") -> list[ET.Element]:
        root = ET.fromstring(chart.to_svg())
        found = root.iter(f"{NS}{tag}")
        return [one for one in found if not class_ or class_ in one.get("class", "").split()]

    return of
