"""A small world to show: fictional outlets, a few regions, the real Watch on the real Store, a clock that is set.

Only the poller and what keeps the rules are made up: they record what the screen asks of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

from tensionwatch.alertkeeper import AlertKeeper
from tensionwatch.alerts.records import Alert, AlertRule, Delivery
from tensionwatch.config import Config, PollConfig, RulesConfig, StorageConfig, UiConfig
from tensionwatch.exchange import NextPoll, Notice, PollStatus, RulesStatus
from tensionwatch.logring import LogRing
from tensionwatch.model import (
    Claim,
    Entry,
    Evidence,
    Feed,
    Fetched,
    Flag,
    Kind,
    Ordinal,
    ReadEntry,
    Region,
    SavedFilter,
    Status,
)
from tensionwatch.ports import FullText
from tensionwatch.store import Store
from tensionwatch.tui.app import TensionwatchApp
from tensionwatch.tui.context import Manners
from tensionwatch.watch import Watch
from tests.tui.tension import SaidIndex

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

OUTLETS = ("Harbour Gazette", "Meridian Wire", "Han River Post", "Ridge Observer", "Delta Courier", "Northern Lantern")
FEEDS = tuple(
    Feed(
        id=name.split()[0].lower(),
        url=f"https://{name.split()[0].lower()}.example/rss",
        name=name,
        publisher=f"{name.split()[0].lower()}.example",
    )
    for name in OUTLETS
)
REGIONS = (
    Region(
        id="korea",
        name="Korean Peninsula",
        countries=frozenset({"KOR", "PRK"}),
        dyads=frozenset({frozenset({"PRK", "RUS"})}),
    ),
    Region(id="taiwan", name="Taiwan Strait", countries=frozenset({"TWN", "CHN"})),
    Region(id="southasia", name="India–China–Pakistan", countries=frozenset({"IND", "PAK", "CHN"})),
    Region(id="ukraine", name="Ukraine", countries=frozenset({"UKR", "RUS", "BLR"})),
    Region(id="caucasus", name="Caucasus", countries=frozenset({"ARM", "AZE", "GEO"})),
    Region(id="thai", name="Thailand–Cambodia", countries=frozenset({"THA", "KHM"})),
)


class SetClock:
    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


class SmallAtlas:
    """Two places are enough."""

    PLACES: ClassVar = {"kor-dmz": ("DMZ", frozenset({"KOR", "PRK"})), "twn-kinmen": ("Kinmen", frozenset({"TWN"}))}

    def place_name(self, place_id: str) -> str:
        return self.PLACES[place_id][0] if place_id in self.PLACES else place_id

    def place_countries(self, place_id: str) -> frozenset[str]:
        return self.PLACES[place_id][1] if place_id in self.PLACES else frozenset()

    COUNTRIES: ClassVar = {
        "KOR": "South Korea", "PRK": "North Korea", "RUS": "Russia", "TWN": "Taiwan", "CHN": "China"
    }  # fmt: skip

    def country_name(self, country: str) -> str:
        return self.COUNTRIES.get(country, country)

    @property
    def countries(self) -> list[str]:
        return list(self.COUNTRIES)

    @property
    def places(self) -> list[str]:
        return list(self.PLACES)


class StubPolling:
    """Does not poll; keeps what it was asked."""

    def __init__(self, status: PollStatus | None = None) -> None:
        self.state = status or PollStatus()
        self.next = NextPoll(NOON + timedelta(seconds=42), FEEDS[0].id)
        self.asked: list[str | None] = []
        self.running = False
        self.ends_with: Exception | None = None

    def status(self) -> PollStatus:
        return self.state

    def next_poll(self) -> NextPoll:
        return self.next

    def pause(self, paused: bool) -> None:
        self.state = PollStatus(paused=paused)

    def poll_now(self, feed_id: str | None = None) -> None:
        self.asked.append(feed_id)

    async def run(self) -> None:
        if self.ends_with is not None:
            raise self.ends_with
        self.running = True
        try:
            await asyncio.Event().wait()
        finally:
            self.running = False


def flag(
    kind: Kind = Kind.BORDER_INCIDENT,
    actor: str | None = "PRK",
    recipient: str | None = "KOR",
    *,
    code: str = "193",
    status: Status = Status.ACTUAL,
    place: str | None = None,
    people: Sequence[str] = (),
    evidence: Sequence[Evidence] = (),
    rule: str = "incident.fire",
    claim: Claim | None = None,
    ordinal: Ordinal | None = None,
) -> Flag:
    return Flag(
        kind=kind, status=status, code=code, actor=actor, recipient=recipient, place=place, people=tuple(people),
        rule=rule, rules_version="test", evidence=tuple(evidence), claim=claim, ordinal=ordinal,
    )  # fmt: skip


def visit(
    actor: str, recipient: str, *, status: Status = Status.ACTUAL, code: str = "042", people: Sequence[str] = ()
) -> Flag:
    return flag(Kind.DIPLOMATIC_VISIT, actor, recipient, code=code, status=status, people=people, rule="visit.arrive")


def words(title: str, *phrases: str) -> tuple[Evidence, ...]:
    """Evidence spans of these phrases in the title."""
    return tuple(Evidence("title", title.index(p), title.index(p) + len(p), p) for p in phrases)


class StubRules:
    """Keeps no rules; says what it is given, and counts how often it was to read them again."""

    def __init__(self) -> None:
        self.state = RulesStatus()
        self.reloads = 0
        self.tell: Callable[[Notice], None] = lambda notice: None

    def status(self) -> RulesStatus:
        return self.state

    def reload(self) -> None:
        self.reloads += 1

    async def run(self, tell: Callable[[Notice], None]) -> None:
        self.tell = tell
        await asyncio.Event().wait()


class World:
    """Watch, clock and polling in one, with a short way to publish a story."""

    def __init__(
        self,
        *,
        feeds: Sequence[Feed] = FEEDS,
        regions: Sequence[Region] = REGIONS,
        notices: Sequence[str] = (),
        ui: UiConfig | None = None,
        alerts: Sequence[AlertRule] = (),
        filters: Sequence[SavedFilter] = (),
    ) -> None:
        self.clock = SetClock()
        self.config = Config(
            source=None,
            poll=PollConfig(
                interval=900,
                jitter=0.1,
                timeout=30,
                connect_timeout=10,
                concurrency=16,
                max_body=8_000_000,
                parse_timeout=10,
                user_agent="x",
            ),
            storage=StorageConfig(path=Path("unused")),
            rules=RulesConfig(packs=()),
            ui=ui or UiConfig(timezone="UTC", theme="tensionwatch"),
            feeds=tuple(feeds),
            regions=tuple(regions),
            alerts=tuple(alerts),
            filters=tuple(filters),
        )
        self.store = Store.in_memory()
        self.watch = Watch(self.store, self.config, SmallAtlas(), self.clock, notices=notices)
        self.said = SaidIndex(self.watch.region_ids)
        self.watch.index = self.said.index  # type: ignore[attr-defined]
        self.watch.explain = self.said.explain  # type: ignore[attr-defined]
        self.alerting = AlertKeeper(self.watch, self.config, self.clock)
        self.polling = StubPolling()
        self.rules = StubRules()
        self.log = LogRing()
        self._count = 0
        for _ in self.watch.settle():
            pass

    def app(
        self, title: str = "tensionwatch", manners: Manners | None = None, pages: FullText | None = None
    ) -> TensionwatchApp:
        return TensionwatchApp(
            self.watch,
            self.polling,
            self.rules,
            self.alerting,
            self.config.ui,
            title,
            manners=manners,
            ring=self.log,
            pages=pages,
        )

    def publish(
        self,
        title: str,
        *flags: Flag,
        outlet: int = 0,
        ago: timedelta = timedelta(minutes=5),
        summary: str = "",
        link: str | None = "",
        key: str | None = None,
    ) -> str:
        """One entry of one outlet, taken in as a poll would bring it; gives the article's id."""
        self._count += 1
        feed, number = self.config.feeds[outlet], key or str(self._count)
        where = f"{feed.url.removesuffix('/rss')}/story/{number}" if link == "" else link
        entry = Entry(entry_id=number, link=where, title=title, summary=summary, published=self.clock.at - ago)
        before = set(self._ids())
        self.take(
            Fetched(
                feed=feed.id,
                at=self.clock.at,
                result="ok",
                entries=(ReadEntry(entry=entry, hash=f"{self._count}", flags=flags),),
                seen=(str(self._count),),
                http_status=200,
            )
        )
        return next(iter(set(self._ids()) - before), "")

    def keep_alerts(self, *alerts: Alert, deliveries: Sequence[Delivery] = ()) -> None:
        """As if they had been raised."""
        self.store.alerts.keep(alerts, deliveries)
        self.watch.changed()

    def take(self, fetched: Fetched) -> None:
        self.watch.accept(fetched, jitter=0)

    def fail(self, outlet: int, reason: str) -> None:
        self.take(Fetched(feed=self.config.feeds[outlet].id, at=self.clock.at, result="failed", reason=reason))

    def _ids(self) -> list[str]:
        return self.store.order.since()


def tell_stories(world: World) -> None:
    """A morning's news."""
    for outlet in range(6):
        world.take(Fetched(feed=FEEDS[outlet].id, at=NOON - timedelta(days=8), result="ok"))
    shots = "Warning shots fired after soldiers step over the line at the DMZ"
    crossing = flag(code="193", place="kor-dmz", evidence=words(shots, "Warning shots fired", "the line at the DMZ"))
    world.publish(
        shots, crossing, outlet=2, ago=timedelta(minutes=20),
        summary="Seoul's military said a dozen soldiers crossed the military demarcation line on Monday morning and "
        "turned back after warning broadcasts and shots. It was the second crossing in recent weeks, officers said.",
    )  # fmt: skip
    world.publish(
        "Troops cross demarcation line, turned back by fire",
        flag(code="193", place="kor-dmz"),
        outlet=1,
        ago=timedelta(minutes=31),
    )
    world.publish(
        "남북 군사분계선에서 경고 사격, 합참 “북한군 십여 명 월선”",
        flag(code="193", place="kor-dmz"),
        outlet=0,
        ago=timedelta(minutes=50),
    )
    world.publish(
        "Minister lands in Pyongyang for two days of talks",
        visit("RUS", "PRK", people=("Ilya Brandt",)),
        outlet=3,
        ago=timedelta(hours=3),
    )
    world.publish(
        "Envoy due in Hanoi next week",
        visit("JPN", "VNM", status=Status.PLANNED, code="036"),
        outlet=4,
        ago=timedelta(hours=4),
    )
    world.publish(
        "Jets fly near Kinmen for a third day",
        flag(Kind.MILITARY_POSTURE, "CHN", "TWN", code="150", place="twn-kinmen", rule="posture.jets"),
        outlet=5,
        ago=timedelta(hours=7),
    )
    world.publish(
        "Trip to Baku called off at the last minute",
        visit("ARM", "AZE", status=Status.OFF, code="160"),
        outlet=1,
        ago=timedelta(hours=9),
    )
    world.publish(
        "Shells land across the river for the fourth night",
        flag(actor="KHM", recipient="THA", code="194"),
        outlet=2,
        ago=timedelta(days=2),
    )
    world.publish(
        "Border guards trade fire",
        flag(actor="AZE", recipient="ARM", code="190"),
        outlet=3,
        ago=timedelta(days=3, hours=5),
    )
    world.publish("Harbour festival opens with a friendly clash of drums", outlet=0, ago=timedelta(hours=1))
    world.publish("Border collie wins county show", outlet=4, ago=timedelta(hours=2))
    world.fail(5, "connect: name not found (lantern.example)")
