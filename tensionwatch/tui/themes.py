"""Our own themes, and colours of groups, stars, quiet words, cursor and banner that can be read in every theme.

The hues of groups are those of Okabe and Ito, told apart by all common kinds of colour blindness; tests simulate these.
What has too little contrast against the backgrounds of a theme is made lighter or darker until it has enough: WCAG's
AA, 4.5 to 1, in all themes but the one of high contrast, which has AAA, 7 to 1.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from textual.color import BLACK, WHITE, Color
from textual.theme import Theme

AA: Final = 4.5
AAA: Final = 7.0
_ON_DARK = {"incident": "#f0a63c", "visit": "#6cbcf0", "other": "#c9a7c7", "star": "#f0e442", "muted": "#9aa4ad"}
_ON_LIGHT = {"incident": "#8f5200", "visit": "#00609c", "other": "#7a4672", "star": "#7a6a00", "muted": "#5d646b"}
_OF_16 = {"incident": "#ffff55", "visit": "#55ffff", "other": "#ff55ff", "star": "#ffff55", "muted": "#aaaaaa"}
_OF_TERMINAL = {
    "incident": "ansi_yellow", "visit": "ansi_cyan", "other": "ansi_magenta", "star": "ansi_yellow",
    "muted": "ansi_default", "cursor": "ansi_blue", "banner": "ansi_default",
}  # fmt: skip
"""In Textual's themes whose colours the terminal chooses, nobody knows what the background is."""
TEXT: Final = ("foreground", "accent", "warning", "error", "success")
"""Colours of a theme that words are written in."""
_CURSOR, _BANNER = 0.35, 0.25
"""How much of the primary colour the cursor has at most, and the banner of that for warnings."""
_LEAST = 0.18
_STEP = 0.04

DARK = Theme(
    name="tensionwatch",
    primary="#5a9bd4",
    secondary="#8fb3cc",
    accent="#6fc3b2",
    warning="#f0a63c",
    error="#ff7a6b",
    success="#6fc3b2",
    foreground="#d7dde3",
    background="#11161b",
    surface="#161c22",
    panel="#1f2830",
    dark=True,
)
LIGHT = Theme(
    name="tensionwatch-light",
    primary="#2b6ca3",
    secondary="#44708f",
    accent="#00756b",
    warning="#8f5200",
    error="#b3261e",
    success="#00756b",
    foreground="#1d252c",
    background="#fbfaf7",
    surface="#f4f2ec",
    panel="#e6e3da",
    dark=False,
)
CONTRAST = Theme(
    name="tensionwatch-contrast",
    primary="#3f8fd6",
    secondary="#b8d8f0",
    accent="#7fe8d4",
    warning="#ffb84d",
    error="#ff9a8f",
    success="#7fe8d4",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#1a1a1a",
    dark=True,
)
SIXTEEN = Theme(
    name="tensionwatch-16",
    primary="#0000aa",
    secondary="#00aaaa",
    accent="#55ff55",
    warning="#ffff55",
    error="#ff5555",
    success="#55ff55",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#0000aa",
    dark=True,
    variables={"tw-cursor": "#0000aa", "tw-banner": "#000000"},
)
"""Made of the sixteen colours that every terminal has: none has to be taken for another that is near it."""
OWN: Final = (DARK, LIGHT, CONTRAST, SIXTEEN)


def colours(theme: Theme) -> dict[str, str]:
    """What a theme is completed with: our own colours, called `$tw-incident` in CSS and Content, and those of its own
    that words are written in, as they can be read."""
    made = theme.to_color_system().generate() | theme.variables
    own = _OF_16 if theme is SIXTEEN else _ON_DARK if theme.dark else _ON_LIGHT
    if made["background"].startswith("ansi"):
        return {f"tw-{name}": colour for name, colour in _OF_TERMINAL.items()}
    if theme is SIXTEEN:  # as they are: what Textual makes of them is a shade beside
        words = {name: getattr(theme, name) for name in TEXT}
        return {f"tw-{name}": colour for name, colour in own.items()} | theme.variables | words
    told = {f"tw-{name}": colour for name, colour in own.items()} | {name: made[name] for name in TEXT}
    least = AAA if theme is CONTRAST else AA
    background, text = Color.parse(made["background"]), Color.parse(made["foreground"])
    cursor = _tint(background, Color.parse(made["primary"]), _CURSOR, text, least)
    banner = _tint(background, Color.parse(made["warning"]), _BANNER, text, least)
    behind = (background, Color.parse(made["surface"]), Color.parse(made["panel"]), cursor, banner)
    told = {name: legible(Color.parse(colour), behind, least).hex for name, colour in told.items()}
    return told | {"tw-cursor": cursor.hex, "tw-banner": banner.hex}


def contrast(one: Color, other: Color) -> float:
    """WCAG's ratio, 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@cache
def legible(colour: Color, behind: tuple[Color, ...], least: float) -> Color:
    """The colour, moved towards white or black until its contrast against all of these is at least so much; as far as
    it goes where it cannot be. Each is asked for again whenever Textual looks at the theme."""
    towards = max((WHITE, BLACK), key=lambda end: min(contrast(end, ground) for ground in behind))
    share = 0.0
    moved = colour
    while min(contrast(moved, ground) for ground in behind) < least and share < 1:
        share = min(1.0, share + _STEP)
        moved = colour.blend(towards, share)
    return moved


@cache
def _tint(background: Color, hue: Color, most: float, text: Color, least: float) -> Color:
    """The background with as much of a hue as leaves words on it legible, and room for quieter ones."""
    share = most
    while share > _LEAST and contrast(text, background.blend(hue, share)) < least * 1.3:
        share -= _STEP
    return background.blend(hue, share)


def _luminance(colour: Color) -> float:
    parts = (part / 255 for part in colour.rgb)
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
