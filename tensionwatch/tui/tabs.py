"""The tabs of the top line: each the mode of the application that it leads to, and its name. Pure.

The key of a tab is that of the action `app.MODE`.
"""

from __future__ import annotations

from typing import NamedTuple


class Tab(NamedTuple):
    mode: str
    name: str


TABS = (
    Tab("watch", "Watch"),
    Tab("articles", "Articles"),
    Tab("feeds", "Feeds"),
    Tab("alerts", "Alerts"),
    Tab("trends", "Trends"),
    Tab("pairs", "Pairs"),
    Tab("log", "Log"),
)
