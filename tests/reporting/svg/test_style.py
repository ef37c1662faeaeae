from __future__ import annotations

import re

import pytest

from trackexp.reporting.svg.style import CHART_RULES, COLOURS, SERIES, standalone_rules

SIDES = {"light": 0, "dark": 1}
GRAPHICS = [*(f"s{i}" for i in range(SERIES)), "good", "bad", "warn", "accent"]


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio, WCAG 2.2."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def mixed(one: str, other: str, share: float) -> str:
    """Return the colour of `one` at that opacity over `other`."""
    pairs = [(int(one[p : p + 2], 16), int(other[p : p + 2], 16)) for p in (1, 3, 5)]
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in pairs)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("ground", ["ground", "raised"])
@pytest.mark.parametrize("text", ["ink", "muted", "accent", "good", "warn", "bad"])
def test_text_can_be_read(text: str, ground: str, side: str):
    """At least 4.5, as WCAG's level AA asks of text, on both grounds and in both themes."""
    place = SIDES[side]

    assert contrast(COLOURS[text][place], COLOURS[ground][place]) >= 4.5


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("colour", GRAPHICS)
def test_curves_can_be_seen(colour: str, side: str):
    """At least 3, as level AA asks of graphics."""
    assert contrast(COLOURS[colour][SIDES[side]], COLOURS["ground"][SIDES[side]]) >= 3


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("shade", ["heat", "miss"])
@pytest.mark.parametrize("share", [0.06, 0.25, 0.5, 0.75, 1.0])
def test_numbers_on_a_heat_map_can_be_read(shade: str, share: float, side: str):
    """On every shade from the faintest to the strongest."""
    place = SIDES[side]
    ground = mixed(COLOURS[shade][place], COLOURS["ground"][place], share)

    assert contrast(COLOURS["ink"][place], ground) >= 4.5


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(("text", "share"), [("good", 0.13), ("bad", 0.12)])
def test_lines_of_a_diff_can_be_read(text: str, share: float, side: str):
    """Added and removed lines stand on a tint of their own colour."""
    place = SIDES[side]
    ground = mixed(COLOURS[text][place], COLOURS["raised"][place], share)

    assert contrast(COLOURS[text][place], ground) >= 4.5


def test_every_colour_of_the_rules_is_known():
    """And a chart in a file of its own names none that only a page would define."""
    assert set(re.findall(r"var\(--(\w+)\)", CHART_RULES)) <= set(COLOURS)
    assert "var(" not in standalone_rules()
    assert COLOURS["s0"][1] in standalone_rules()
