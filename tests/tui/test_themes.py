"""Colours, as numbers: contrast as WCAG counts it, and how far apart groups stay for who sees fewer colours."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from tensionwatch.tui.themes import AA, AAA, CONTRAST, DARK, LIGHT, SIXTEEN, colours, contrast, legible

ANSI = [
    theme for theme in BUILTIN_THEMES.values() if theme.to_color_system().generate()["background"].startswith("ansi")
]
TEXTUALS = [theme for theme in BUILTIN_THEMES.values() if theme not in ANSI]
GROUPS = ("tw-incident", "tw-visit", "tw-other")
BEHIND = ("background", "surface", "panel", "tw-cursor", "tw-banner")
SIGHTS = {
    "all colours": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
"""Machado, Oliveira and Fernandes (2009), at full severity: of linear RGB."""
APART = 10.0
"""Of ΔE*ab: about 2 can be told side by side."""

rgb = st.builds(Color, *[st.integers(0, 255)] * 3)


def all_of(theme: Theme) -> dict[str, Color]:
    told = theme.to_color_system().generate() | theme.variables | colours(theme)
    named = ("foreground", "accent", "warning", "error", "success", *BEHIND, *(n for n in told if n.startswith("tw-")))
    return {name: Color.parse(told[name]) for name in named}


@pytest.mark.parametrize("theme", [DARK, LIGHT, CONTRAST, *TEXTUALS], ids=lambda theme: theme.name)
def test_every_colour_of_words_can_be_read_on_every_background(theme: Theme) -> None:
    made = all_of(theme)
    words = [name for name in made if name not in BEHIND]
    assert len(words) == 10
    least = AAA if theme is CONTRAST else AA
    faint = {(name, on): contrast(made[name], made[on]) for name in words for on in BEHIND}
    assert {pair: ratio for pair, ratio in faint.items() if ratio < least - 0.01} == {}


@pytest.mark.parametrize("theme", [DARK, LIGHT, CONTRAST, SIXTEEN, *TEXTUALS], ids=lambda theme: theme.name)
@pytest.mark.parametrize("sight", SIGHTS)
def test_groups_stay_apart_for_everyone(theme: Theme, sight: str) -> None:
    made = all_of(theme)
    seen = {name: lab(made[name], SIGHTS[sight]) for name in GROUPS}
    distances = {(a, b): distance(seen[a], seen[b]) for a, b in combinations(GROUPS, 2)}
    assert {pair: d for pair, d in distances.items() if d < APART} == {}


@pytest.mark.parametrize("theme", [DARK, LIGHT, CONTRAST, SIXTEEN, *TEXTUALS], ids=lambda theme: theme.name)
def test_the_row_of_the_cursor_is_not_the_background(theme: Theme) -> None:
    """In high contrast it is reversed."""
    made = all_of(theme)
    assert contrast(made["tw-cursor"], made["background"]) > 1.15


def test_the_theme_of_sixteen_colours_is_made_of_those_alone() -> None:
    sixteen = {0x00, 0x55, 0xAA, 0xFF}
    for name, colour in colours(SIXTEEN).items():
        assert set(Color.parse(colour).rgb) <= sixteen, name
    made = all_of(SIXTEEN)
    assert min(contrast(made[name], made["background"]) for name in (*GROUPS, "tw-muted", "accent", "error")) > AA


@pytest.mark.parametrize("theme", ANSI, ids=lambda theme: theme.name)
def test_where_the_terminal_chooses_the_colours_ours_are_its_own(theme: Theme) -> None:
    told = colours(theme)
    assert all(colour.startswith("ansi_") for colour in told.values())
    assert len({told[group] for group in GROUPS}) == 3


@given(colour=rgb, behind=st.lists(rgb, min_size=1, max_size=3))
def test_what_is_made_legible_is_or_nothing_would_be(colour: Color, behind: list[Color]) -> None:
    made = legible(colour, tuple(behind), AA)
    reached = min(contrast(made, ground) for ground in behind)
    ends = [Color(0, 0, 0), Color(255, 255, 255)]
    best = max(min(contrast(end, ground) for ground in behind) for end in ends)
    assert reached >= AA or reached == pytest.approx(best)
    assert made == colour or min(contrast(colour, ground) for ground in behind) < AA


def test_contrast_is_as_wcag_has_it() -> None:
    black, white, grey = Color(0, 0, 0), Color(255, 255, 255), Color.parse("#767676")
    assert contrast(black, white) == contrast(white, black) == pytest.approx(21.0)
    assert contrast(grey, white) == pytest.approx(4.54, abs=0.01)


Lab = tuple[float, float, float]


def lab(colour: Color, sight: tuple[tuple[float, ...], ...]) -> Lab:
    """As CIELAB, seen so."""
    parts = [part / 255 for part in colour.rgb]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    red, green, blue = (min(1.0, max(0.0, sum(a * b for a, b in zip(row, linear, strict=True)))) for row in sight)
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    fx, fy, fz = (v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def distance(one: Lab, other: Lab) -> float:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5
