"""Two calm themes of our own, and the colours of groups, stars and quiet words for every theme.

The hues are those of Okabe and Ito, told apart by all common kinds of colour blindness; on light backgrounds darkened
to a contrast above 4.5.
"""

from __future__ import annotations

from textual.theme import Theme

_ON_DARK = {"incident": "#f0a63c", "visit": "#6cbcf0", "other": "#c9a7c7", "star": "#f0e442", "muted": "#8b959e"}
_ON_LIGHT = {"incident": "#8f5200", "visit": "#00609c", "other": "#7a4672", "star": "#7a6a00", "muted": "#656c73"}

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


def own_colours(*, dark: bool) -> dict[str, str]:
    """What no theme of another hand defines; CSS and Content call it `$tw-incident`."""
    return dict(_ON_DARK if dark else _ON_LIGHT)
