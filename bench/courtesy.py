"""How courteous is a client? A month of polling against a town of web sites that keep score, rule by rule.

    .venv/bin/python bench/courtesy.py [--days 30] [--client ours|plain] [--json]

The poller, the store on disk and the ingest processes are the real ones, over real HTTP; only the clock is made up, and
set forward to whenever the next feed is due. In between the program is restarted 20 times in 20 minutes, and its user
asks for everything although a server wants to be left alone. `plain` is a loop of a few lines, as is often written.

`asked` says how often a rule was put to the test, `broken` how often it was not kept; the score is what is left of
100 %. With --json, `ours` is the share that was broken: every goal is an upper bound.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import courtesy_town as town
import httpx
from courtesy_town import BEGINS, DAY, HOUR, INTERVAL, LONGEST, Asked, Clock, Reply, Site, Town, Verdict, page, rss

from tensionwatch.config import Config, PollConfig, RulesConfig, StorageConfig, UiConfig
from tensionwatch.feeds import agenda, poller
from tensionwatch.feeds.poller import Poller
from tensionwatch.feeds.pool import IngestPool
from tensionwatch.model import Feed
from tensionwatch.rules.atlas import load_atlas
from tensionwatch.store import Store
from tensionwatch.watch import Watch

RESTARTS = 20
CROWD = 6
"""Feeds of one host."""
TEN_HOURS = 10 * HOUR
MALFORMED = ("soon", "-5", "1.5", "0", "10 hours")


class Stay(NamedTuple):
    """When things happen, in days from the beginning."""

    days: float

    @property
    def ends(self) -> datetime:
        return BEGINS + self.days * DAY

    @property
    def restarts(self) -> float:
        return 0.25 * self.days

    @property
    def closed(self) -> float:
        """From then on for two days a site wants to be left alone."""
        return 0.4 * self.days

    @property
    def breaks(self) -> float:
        """An adopted address is no more."""
        return 0.8 * self.days


# ------------------------------------------------------------------ the town


def sites(stay: Stay) -> list[Site]:
    return [*_knowing(stay), *_asking_to_wait(stay), *_fresh_for_a_while(stay), *_moving(stay), *_failing()]


def _knowing(stay: Stay) -> Iterator[Site]:
    """Validators, and what is no reason to come again."""
    odd = "Mon, 02 Mar 2026 06:00:00 +0000 (odd)"

    def changing(asked: Asked) -> Reply:
        edition = (asked.at - BEGINS) // (8 * HOUR)
        etag = f'W/"{edition},\xe9"'
        if asked.headers.get("if-none-match") == etag:
            return Reply(304, {"ETag": etag, "Last-Modified": odd})
        return Reply(200, {"ETag": etag, "Last-Modified": odd}, rss(f"Edition {edition}"))

    def rotating(asked: Asked) -> Reply:
        both = {"ETag": f'"{asked.number}"', "Last-Modified": town.http_date(asked.at)}
        given = [both, {}, {"ETag": both["ETag"]}, {"Last-Modified": both["Last-Modified"]}][asked.number % 4]
        return Reply(200, {**given, "Set-Cookie": f"visit={asked.number}; Path=/"}, rss(f"Edition {asked.number}"))

    def busy(asked: Asked) -> Reply:
        return Reply(200, {}, rss(*(f"Hour {hour}" for hour in range((asked.at - BEGINS) // HOUR, -1, -1)[:20])))

    etag, date = (("if-none-match", "ETag"), ("if-modified-since", "Last-Modified"))
    yield Site("changing", changing, {
        "ETag goes back byte for byte": town.brings_back(*etag),
        "Last-Modified goes back byte for byte": town.brings_back(*date),
    }, interval=4 * HOUR)  # fmt: skip
    yield Site("rotating", rotating, {
        "ETag is replaced at each 200, if by nothing": town.brings_back(*etag),
        "Last-Modified is replaced at each 200, if by nothing": town.brings_back(*date),
        "cookies are not returned": lambda visits: town.never_with(visits, lambda headers: "cookie" in headers),
    }, interval=4 * HOUR)  # fmt: skip
    yield Site("unchanged", page(), {
        "304 is no reason to ask again": town.never_sooner(INTERVAL, lambda visit: visit.reply.status == 304),
        "a quiet feed is asked seldom": town.after(stay.breaks, town.never_sooner(LONGEST / 2)),
        "a quiet feed is not forgotten": town.never_later(36 * HOUR, stay.ends),
    })  # fmt: skip
    yield Site("busy", busy, {
        "a busy feed is asked no more than is configured": town.never_sooner(INTERVAL),
        "a busy feed is not forgotten": town.never_later(6 * HOUR, stay.ends),
    })  # fmt: skip
    yield Site("crowd", page(), {
        "a host sees one request at a time": town.one_at_a_time,
        "feeds do not come all at once": town.not_all_at_once,
    }, paths=tuple(f"/{number}" for number in range(CROWD)), pause=0.01)  # fmt: skip


def _asking_to_wait(stay: Stay) -> Iterator[Site]:
    def refusing(status: int) -> town.Judge:
        return town.never_sooner(TEN_HOURS, lambda visit: visit.reply.status == status)

    def again(visits: Sequence[town.Visit]) -> tuple[int, int]:
        refused = [visit for visit in visits if visit.reply.status == 503]
        asked, early = town.never_sooner(INTERVAL, lambda visit: visit.reply.status == 503)(visits)
        _, late = town.never_later(36 * HOUR, stay.ends)(visits)
        return min(asked, len(refused)), early + late

    def closed(asked: Asked) -> Reply:
        left = BEGINS + (stay.closed + 2) * DAY - asked.at
        if timedelta(0) < left <= 2 * DAY:
            return Reply(503, {"Retry-After": str(round(left.total_seconds()))})
        return page()(asked)

    def seconds(_: Asked) -> Reply:
        return Reply(429, {"Retry-After": "36000"})

    def date(asked: Asked) -> Reply:
        return Reply(503, {"Retry-After": town.http_date(asked.at + TEN_HOURS)})

    def malformed(asked: Asked) -> Reply:
        return Reply(503, {"Retry-After": MALFORMED[asked.number // 4 % len(MALFORMED)]})

    def with_200(asked: Asked) -> Reply:
        return Reply(203, {"Retry-After": "36000"}, rss(f"Turn {asked.number}"))

    each = town.every_fourth
    yield Site("429", each(page(), seconds), {"Retry-After in seconds, with 429": refusing(429)})
    yield Site("503", each(page(), date), {"Retry-After as a date, with 503": refusing(503)})
    yield Site("?", each(page(), malformed), {"Retry-After malformed: neither at once nor never": again})
    yield Site("200", each(page(), with_200), {"Retry-After with a good answer": refusing(203)})
    yield Site("closed", closed, {
        "Retry-After over restarts, and when the user asks for all":
            town.waits_as_told,
    })  # fmt: skip


def _fresh_for_a_while(stay: Stay) -> Iterator[Site]:
    half_day, year = 12 * HOUR, 365 * DAY
    soon = town.never_later(36 * HOUR, stay.ends)
    sooner = town.never_sooner(half_day)

    def expires(asked: Asked) -> Reply:
        return page(Expires=town.http_date(asked.at + half_day))(asked)

    def silent_304(asked: Asked) -> Reply:
        reply = page(Cache_Control="max-age=43200")(asked)
        return Reply(304) if reply.status == 304 else reply

    def skipped(visit: town.Visit) -> bool:
        return visit.at.hour < 6

    def weekend(visit: town.Visit) -> bool:
        return visit.at.weekday() >= 5

    hours = "".join(f"<hour>{hour}</hour>" for hour in range(6))
    a_day = "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>"
    days = "<skipDays><day>Saturday</day><day>Sunday</day></skipDays>"
    yield Site("max-age", page(Cache_Control="max-age=46800", Age="3600"), {"max-age less Age": sooner})
    yield Site("304", silent_304, {"max-age after a 304 that does not say": sooner})
    yield Site("expires", expires, {"Expires, counted from Date": sooner})
    yield Site("stale", page(Expires="0"), {"Expires: 0 is no reason to stay away": soon})
    yield Site("year", page(Cache_Control=f"max-age={year.total_seconds():.0f}"), {"max-age is capped": soon})
    yield Site("ttl", page("<ttl>720</ttl>"), {"ttl, after a 304 too": sooner})
    yield Site("sy", page(a_day), {"sy:updatePeriod and sy:updateFrequency": sooner})
    yield Site("hours", page(f"<skipHours>{hours}</skipHours>"), {"skipHours": town.never_when(skipped)})
    yield Site("days", page(days), {"skipDays": town.never_when(weekend)})


def _moving(stay: Stay) -> Iterator[Site]:
    adopted = BEGINS + 7 * DAY

    def moved(status: int, target: town.Answer) -> town.Answer:
        def answer(asked: Asked) -> Reply:
            return target(asked) if asked.path == "/new" else Reply(status, {"Location": "/new"})

        return answer

    def for_good(status: int) -> Site:
        late = town.after(7.6, town.at_path("/feed", lambda visits: (len(visits), len(visits))))
        there = town.after(7.6, town.at_path("/new", lambda visits: (len(visits), 0)))

        def left(visits: Sequence[town.Visit]) -> tuple[int, int]:
            return there(visits)[0] + late(visits)[0], late(visits)[1]

        return Site(f"{status}", moved(status, page()), {
            f"{status} is not adopted within a week": town.not_straight_to("/new", adopted),
            f"{status} is adopted after a week": left,
            f"no Referer after {status}":
                lambda visits: town.never_with(visits, lambda headers: "referer" in headers),
        })  # fmt: skip

    def for_a_while(asked: Asked) -> Reply:
        gone = asked.at >= BEGINS + stay.breaks * DAY
        if asked.path == "/feed":
            return page()(asked) if gone else Reply(301, {"Location": "/new"})
        return Reply(404) if gone else page()(asked)

    def html(_: Asked) -> Reply:
        return Reply(200, {"Content-Type": "text/html"}, b"<html><title>Welcome</title></html>")

    never = stay.ends + DAY
    yield from map(for_good, (301, 308))
    yield Site("302", moved(302, page()), {"302 is never adopted": town.not_straight_to("/new", never)})
    yield Site("page", moved(301, html), {"301 to what is no feed is not adopted": town.not_straight_to("/new", never)})
    yield Site("back", for_a_while, {
        "a target that breaks is given up":
            town.after(stay.breaks, town.at_path("/feed", town.never_later(36 * HOUR, stay.ends))),
    })  # fmt: skip


def _failing() -> Iterator[Site]:
    fails = BEGINS + 1 * DAY

    def gone(asked: Asked) -> Reply:
        return Reply(410) if asked.at >= fails else page()(asked)

    def broken(reply: Reply) -> town.Answer:
        def answer(asked: Asked) -> Reply:
            return reply if asked.at >= fails else page()(asked)

        return answer

    def stopped(visits: Sequence[town.Visit]) -> tuple[int, int]:
        told = sum(visit.reply.status == 410 for visit in visits)
        return min(told, 1), max(told - 1, 0)

    backs_off = town.backs_off(fails, 6 * HOUR)
    yield Site("410", gone, {"410 ends it": stopped})
    yield Site("500", broken(Reply(500)), {"failures make the wait grow": backs_off}, interval=2 * HOUR)
    yield Site("rude", broken(Reply(hang_up=True)), {"so do broken connections": backs_off}, interval=2 * HOUR)


def verdicts(place: Town, restarted: tuple[datetime, datetime]) -> Iterator[Verdict]:
    """What each site says, and what only all of them together can say."""
    yield from place.verdicts()
    visits = place.visits
    during = [visit for visit in visits if restarted[0] <= visit.at <= restarted[1]]
    often = len(during) - len({(visit.host, visit.path) for visit in during})
    yield Verdict(f"{RESTARTS} restarts in {RESTARTS} minutes are one visit at most", RESTARTS, often)
    yield Verdict("nothing is sent that is not needed", *town.never_with(visits, lambda h: bool(h.keys() - town.SENT)))
    yield Verdict("an honest User-Agent", *town.never_with(visits, lambda h: "/" not in h.get("user-agent", "")
                                                        or "mozilla" in h["user-agent"].lower()))  # fmt: skip
    first = [visit for visit in visits if visit.at == BEGINS]
    yield Verdict("no herd at the start", len(first), max(place.most_at_once - town.AT_ONCE, 0))


# ------------------------------------------------------------------ the visitors


class Client(Protocol):
    async def start(self) -> None: ...

    async def until(self, moment: datetime) -> None:
        """Poll whatever wants to be polled up to then; the clock stands there at the end."""
        ...

    async def ask_for_all(self) -> None:
        """The user wants everything now."""
        ...

    async def end(self) -> None: ...


class Ours:
    """The real poller, store and ingest processes. Restarted, it opens the store anew."""

    def __init__(self, feeds: Sequence[Feed], clock: Clock, folder: Path) -> None:
        self._clock = clock
        self._config = Config(
            source=None,
            poll=PollConfig(
                interval=INTERVAL.total_seconds(), longest_interval=LONGEST.total_seconds(), jitter=0.1, timeout=20,
                connect_timeout=10, concurrency=town.AT_ONCE, max_body=10**6, parse_timeout=10,
                user_agent="tensionwatch/1 (courtesy)",
            ),
            storage=StorageConfig(path=folder), rules=RulesConfig(packs=()), ui=UiConfig(timezone="UTC", theme="x"),
            feeds=tuple(feeds), regions=(),
        )  # fmt: skip
        self._ingest = IngestPool(self._config.poll)
        self._rng = random.Random(7)
        self._running = AsyncExitStack()

    async def start(self) -> None:
        store = self._running.enter_context(Store.open(self._config.storage.path))
        watch = Watch(store, self._config, load_atlas(), self._clock)
        for _ in watch.settle():
            pass
        self._poller = Poller(watch, self._config.poll, self._ingest, self._clock, self._rng)
        polling = asyncio.create_task(self._poller.run())

        async def stop() -> None:
            polling.cancel()
            with suppress(asyncio.CancelledError):
                await polling

        self._running.push_async_callback(stop)
        await self._at_rest()

    async def until(self, moment: datetime) -> None:
        while (due := self._poller.next_poll().at) is not None and due <= moment:
            self._clock.at = max(self._clock.at, due)
            self._poller.pause(False)  # wakes it
            await self._at_rest()
        self._clock.at = moment

    async def ask_for_all(self) -> None:
        self._poller.poll_now()
        await self._at_rest()

    async def end(self) -> None:
        await self._running.aclose()

    async def close(self) -> None:
        await self._ingest.close()

    async def _at_rest(self) -> None:
        """Nothing is due, asked for or under way; only its agenda knows what waits for its host's turn."""
        async with asyncio.timeout(60):
            while True:
                await asyncio.sleep(0.001)
                if self._poller._agenda.queued or self._poller._agenda.asked:
                    continue  # before it is asked what is due, which is most of the work at 50 feeds
                due = self._poller.next_poll().at
                if due is None or due > self._clock.at:
                    return


class Plain:
    """As it is often written: everything every ten hours at once, and again where it was not a 200."""

    EVERY = 10 * HOUR

    def __init__(self, feeds: Sequence[Feed], clock: Clock) -> None:
        self._feeds, self._clock = feeds, clock
        self._etags: dict[str, str] = {}
        self._next = clock.at
        self._client = httpx.AsyncClient(follow_redirects=True, headers={"User-Agent": "Mozilla/5.0", "Referer": "x"})

    async def start(self) -> None:
        await self.ask_for_all()

    async def until(self, moment: datetime) -> None:
        while self._next <= moment:
            self._clock.at = self._next
            await self.ask_for_all()
            self._next += self.EVERY
        self._clock.at = moment

    async def ask_for_all(self) -> None:
        await asyncio.gather(*map(self._ask, self._feeds))

    async def end(self) -> None:
        """It keeps nothing that would have to be closed."""

    async def close(self) -> None:
        await self._client.aclose()

    async def _ask(self, feed: Feed) -> None:
        for _ in range(2):
            known = self._etags.get(feed.id)
            with suppress(httpx.HTTPError):
                got = await self._client.get(feed.url, headers={"If-None-Match": known.encode()} if known else {})
                self._etags.setdefault(feed.id, got.headers.get("etag", ""))
                if got.status_code == 200:
                    return


# ------------------------------------------------------------------ the month


async def stay_in_town(client: Client, place: Town, clock: Clock, stay: Stay) -> tuple[datetime, datetime]:
    """A month of it; gives when the client was restarted again and again."""
    await client.start()
    await client.until(BEGINS + stay.restarts * DAY)
    begun = clock.at
    for _ in range(RESTARTS):
        await client.end()
        await client.start()
        await client.until(clock.at + timedelta(minutes=1))
    ended = clock.at
    for days in (0.7, 1.1):
        await client.until(BEGINS + (stay.closed + days) * DAY)
        place.wanted = True
        await client.ask_for_all()
        place.wanted = False
        await client.end()
        await client.start()
    await client.until(stay.ends)
    await client.end()
    return begun, ended


async def scores(which: str, days: float) -> list[Verdict]:
    """Each rule's verdict on the client `ours` or `plain`."""
    # What waits in real time would make a month of a month.
    agenda.SPREAD_AT_MOST, poller.SHORTEST_WAIT = 0.0, 0.0  # type: ignore[misc]  # constants, but here
    stay, clock = Stay(days), Clock()
    place = Town(sites(stay), clock)
    feeds = [
        Feed(id=f"{site.name}{path}".replace("/", "-"), url=place.url(site, path), name=site.name,
             publisher=f"{site.name}.example", allow_private=True,
             interval=site.interval.total_seconds() if site.interval else None)
        for site in place.sites for path in site.paths
    ]  # fmt: skip
    with place.open(), tempfile.TemporaryDirectory() as folder:
        client = Ours(feeds, clock, Path(folder) / "store") if which == "ours" else Plain(feeds, clock)
        try:
            restarted = await stay_in_town(client, place, clock, stay)
        finally:
            await client.end()
            await client.close()
    return list(verdicts(place, restarted))


def score(verdict: Verdict) -> float:
    """Of 1; a rule that was never put to the test was not kept."""
    return max(1 - verdict.broken / verdict.asked, 0.0) if verdict.asked else 0.0


def as_row(verdict: Verdict) -> dict[str, Any]:
    broken = 1 - score(verdict)
    return {"name": verdict.name, "ours": broken, "peer": None, "ratio": None, "goal": 0.0, "holds": broken == 0}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--days", type=float, default=30.0, help="10 at least: a move is adopted after 7")
    options.add_argument("--client", choices=("ours", "plain"), default="ours")
    options.add_argument("--json", action="store_true")
    args = options.parse_args()
    found = asyncio.run(scores(args.client, max(args.days, 10.0)))
    if args.json:
        print(json.dumps([as_row(verdict) for verdict in found], indent=2))
        return
    for verdict in found:
        print(f"{verdict.name:<58}{verdict.asked:>6} asked {verdict.broken:>6} broken {100 * score(verdict):>5.0f} %")
    print(f"{'all':<58}{100 * sum(map(score, found)) / len(found):>31.1f} %")


if __name__ == "__main__":
    main()
