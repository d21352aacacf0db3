"""The tabs of the top line: each a key, the mode of the application that it leads to, and its name. Pure."""

from __future__ import annotations

from typing import NamedTuple


class Tab(NamedTuple):
    key: str
    mode: str
    name: str


TABS = (
    Tab("1", "watch", "Watch"),
    Tab("2", "articles", "Articles"),
    Tab("3", "feeds", "Feeds"),
    Tab("4", "alerts", "Alerts"),
)
