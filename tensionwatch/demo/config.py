"""The configuration that `tensionwatch demo` runs with: the demo's feeds and four regions."""

from __future__ import annotations

from pathlib import Path

from tensionwatch import __version__
from tensionwatch.alerts.records import AlertRule
from tensionwatch.config import Config, PollConfig, RulesConfig, StorageConfig, UiConfig
from tensionwatch.demo.scenario import Outlet
from tensionwatch.demo.server import DemoServer
from tensionwatch.model import Feed, Kind, Region, SavedFilter


def _dyads(*pairs: str) -> frozenset[frozenset[str]]:
    """`CHN-PHL` names the pair of China and the Philippines."""
    return frozenset(frozenset(pair.split("-")) for pair in pairs)


REGIONS = (
    Region(
        id="korea",
        name="Korean Peninsula",
        countries=frozenset({"PRK", "KOR"}),
        dyads=_dyads("RUS-PRK", "USA-PRK", "JPN-PRK", "CHN-PRK", "USA-KOR", "JPN-KOR", "RUS-KOR"),
    ),
    Region(
        id="south-china-sea",
        name="South China Sea",
        # Pairs alone: with China among the countries every visit to Beijing would count here.
        dyads=_dyads("CHN-PHL", "CHN-VNM", "CHN-MYS", "USA-PHL"),
    ),
    Region(id="thailand-cambodia", name="Thailand–Cambodia", countries=frozenset({"THA", "KHM"})),
    Region(id="serbia-kosovo", name="Serbia–Kosovo", countries=frozenset({"SRB", "XKX"})),
)
"""The last one stays calm: the one visit there is called off."""


ALERTS = (
    AlertRule(id="incident", name="Incident", kinds=(Kind.BORDER_INCIDENT,), publishers=2),
    AlertRule(id="visit", name="Visit", kinds=(Kind.DIPLOMATIC_VISIT,), publishers=2),
    AlertRule(id="surprise", name="Unusual", surprise=True),
)
"""On screen alone. What the story tells after its start raises all of them: the last one by the second crossing, which
a quiet year makes unusual."""


FILTERS = (
    SavedFilter(name="Unread", query="unread"),
    SavedFilter(name="Incidents", query="kind:incident"),
    SavedFilter(name="Visits", query="kind:visit"),
    SavedFilter(name="Korea, no talks", query="region:korea -kind:talks"),
)


KEPT_DAYS = 400
"""More than the history has: nothing of it is moved or taken out while the story is told."""


def demo_config(server: DemoServer, store_path: Path) -> Config:
    """The Config that polls a running `server` into the folder `store_path`."""
    return Config(
        source=None,
        poll=_poll(server.speed),
        storage=StorageConfig(path=store_path, hot_days=KEPT_DAYS, keep_unflagged_days=KEPT_DAYS),
        rules=RulesConfig(packs=()),
        ui=UiConfig(timezone="local", theme="tensionwatch"),
        feeds=tuple(
            _feed(server, outlet, section) for outlet in server.scenario.outlets for section in outlet.sections
        ),
        regions=REGIONS,
        alerts=ALERTS,
        filters=FILTERS,
    )


def _poll(speed: float) -> PollConfig:
    interval = max(1.0, 5.0 / speed)
    return PollConfig(
        interval=interval,
        longest_interval=interval,
        jitter=0.1,
        timeout=5.0,
        connect_timeout=2.0,
        concurrency=8,
        max_body=1_000_000,
        parse_timeout=10.0,
        user_agent=f"tensionwatch/{__version__} (demo)",
    )


def _feed(server: DemoServer, outlet: Outlet, section: str) -> Feed:
    several = len(outlet.sections) > 1
    return Feed(
        id=outlet.feed_id(section),
        url=server.feed_url(outlet.id, section),
        name=f"{outlet.name}, {section.title()}" if several else outlet.name,
        publisher=outlet.publisher,
        allow_private=True,
    )
