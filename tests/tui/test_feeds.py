"""The health of the feeds."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from rich.cells import cell_len

from tensionwatch.advice import advice
from tensionwatch.health import health
from tensionwatch.model import Batch, Feed, FeedState, Fetched
from tensionwatch.tui.screens.articles import ArticlesScreen
from tensionwatch.tui.screens.feeds import FeedsScreen
from tests.tui.screen import line_with, press, rows, said, text, until
from tests.tui.world import FEEDS, NOON, World

SIZE = (120, 40)


async def test_each_feed_has_its_state_last_success_and_next_check(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "3")
        assert isinstance(app.screen, FeedsScreen)
        well, ill = line_with(app, "Harbour Gazette"), line_with(app, "Northern Lantern")
        assert well.split()[0] == "✓"
        assert well.split()[3:5] == ["ok", "0"]  # last ok 0 s ago
        assert "15 min" in well
        assert "every 15m" in well
        assert ill.split()[0] == "✗"
        assert "1×" in ill


async def test_the_reason_is_told_in_full_for_the_selected_feed(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "3")
        assert "✗ failing · failed once: connect: name not found (lantern.example)" in text(app)
        assert "https://northern.example/rss" in text(app)


async def test_r_polls_the_selected_feed_and_a_polls_all(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "3", "r", "a")
        assert world.polling.asked == [FEEDS[5].id, None]
        assert "Polling Northern Lantern now." in said(app)


async def test_enter_lists_the_articles_of_the_feed(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "3", "j", "enter")
        assert isinstance(app.screen, ArticlesScreen)
        assert app.screen.query_now.feed == FEEDS[0].id
        assert "2 of 11" in rows(app)[1]
        assert "Harbour Gazette" in rows(app)[1]
        await press(pilot, "escape")
        assert "11 of 11" in rows(app)[1]


async def test_gone_disabled_never_and_moved_are_told_apart() -> None:
    feeds = [
        Feed(id=i, url=f"https://{i}.example/rss", name=i.title(), publisher=f"{i}.example", enabled=i != "off")
        for i in ("gone", "off", "new", "moved")
    ]
    world = World(feeds=feeds)
    world.take(Fetched(feed="gone", at=NOON, result="gone", reason="HTTP 410 Gone", http_status=410))
    world.take(Fetched(feed="moved", at=NOON, result="ok", moved_to="https://elsewhere.example/rss"))
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "3")
        # Trouble first; what is disabled troubles nobody.
        assert [line.split()[:3] for line in rows(app)[3:7]] == [
            ["✗", "Gone", "gone"], ["…", "New", "new"], ["✓", "Moved", "ok"], ["–", "Off", "off"],
        ]  # fmt: skip
        assert "gone for good (HTTP 410)" in text(app)
        await press(pilot, "j")
        assert "never checked" in text(app)
        await press(pilot, "j")
        assert "moved for good to https://elsewhere.example/rss" in text(app)
        await press(pilot, "j")
        assert "– off · disabled in the configuration" in text(app)
        await press(pilot, "r")
        assert world.polling.asked == []


async def test_a_stale_success_grows_old_on_the_screen(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "3")
        world.clock.at += timedelta(hours=5)
        world.fail(5, "timeout after 30 s")
        await until(pilot, lambda: "5 h" in line_with(app, "Harbour Gazette"))
        await until(pilot, lambda: "2×" in line_with(app, "Northern Lantern"))


# ---------------------------------------------------------------- health in words


HOUR = timedelta(hours=1)


def known(feed: Feed, **changes: object) -> FeedState:
    """A feed that publishes daily, polled five minutes ago."""
    state = FeedState(
        feed=feed.id, url=feed.url, result="ok", http_status=200, last_checked=NOON - HOUR / 12,
        last_success=NOON - HOUR / 12, next_check=NOON + HOUR, next_reason="every 1h 30m", interval=5400.0,
        watched_since=NOON - 400 * HOUR, last_new=NOON - 3 * HOUR, usual_gap=86_400.0, entries_a_day=4.0, arrived=60,
        articles=200, flagged=10, response_times=(0.2, 0.1, 0.4, 0.2), etag='W/"7"',
    )  # fmt: skip
    return msgspec.structs.replace(state, **changes)


def world_of(**states: dict[str, object]) -> World:
    """A feed for each, with what is remembered of it."""
    feeds = [Feed(id=i, url=f"https://{i}.example/rss", name=i.title(), publisher=f"{i}.example") for i in states]
    world = World(feeds=feeds)
    for feed in feeds:
        world.store.commit(Batch(articles=(), feed_states=(known(feed, **states[feed.id]),), new=0))
    return world


async def test_a_feed_that_is_silent_is_named_and_what_to_do_said() -> None:
    app = world_of(busy={}, quiet={"last_new": NOON - 217 * HOUR}).app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "3")
        assert "2 feeds: 1 silent · 1 ok" in rows(app)[1]
        assert line_with(app, "Quiet").split()[:3] == ["◦", "Quiet", "silent"]
        assert "silent for 9 days, usually daily" in line_with(app, "Quiet  ")
        assert "see whether its site still publishes" in line_with(app, "advice")


async def test_the_pane_tells_pace_wishes_answers_cache_and_way_of_the_feed() -> None:
    world = world_of(
        one={"proxied": True, "floor": 7200.0, "feed_floor": 3600.0, "skip_hours": (1, 2), "skip_days": (5, 6)}
    )
    app = world.app()
    async with app.run_test(size=(140, 40)) as pilot:
        await press(pilot, "3")
        await until(pilot, lambda: "through" in text(app))  # the pane is as high as its lines, once they are wrapped
        assert "in 1 h, Mon 23 Nov 2026 13:00 UTC: every 1h 30m" in line_with(app, "next   ")
        asks = line_with(app, "asks")
        assert "the server calls an answer fresh for 2h · the feed wants 1h between polls (ttl, sy:*)" in asks
        pane = " ".join(" ".join(rows(app)).split())  # what is too long for a line goes on in the next
        assert "the feed skips the hours 1, 2 UTC · the feed skips Sat, Sun · our own pace is 1h 30m" in pane
        assert "▄▂█▄ last 200 ms, median 200 ms · scale 0 to 400 ms, 4 polls" in line_with(app, "answers")
        assert "200 articles kept · 10 flagged (5 %) · 4.0 a day · something new usually daily" in line_with(
            app, "brings"
        )
        assert 'ETag W/"7"' in line_with(app, "cache")
        assert "a proxy: the names on the way were checked" in line_with(app, "through")


async def test_a_feed_without_validators_through_no_proxy_that_has_moved_for_good() -> None:
    moved = {"etag": None, "moved_to": "https://new.example/rss", "moved_since": NOON - 200 * HOUR}
    app = world_of(one=moved).app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "3")
        await until(pilot, lambda: "through" in text(app))
        assert "neither ETag nor Last-Modified" in line_with(app, "cache")
        assert "moved for good to https://new.example/rss: it is asked there" in line_with(app, "address  ")
        assert "write its new address into the configuration" in line_with(app, "advice")
        assert "no proxy" in line_with(app, "through")


async def test_s_goes_through_the_orders_and_the_heading_says_which() -> None:
    world = world_of(
        b={"entries_a_day": 9.0, "response_times": (0.1,)},
        a={"failures": 2, "result": "failed", "reason": "HTTP 500"},
        c={"flagged": 100, "next_check": NOON, "last_success": NOON - 2 * HOUR},
    )
    app = world.app()
    seen = {}
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "3")
        for _ in range(9):
            order = rows(app)[1].split("  ")[-1].strip().removesuffix(" · s")
            seen[order] = "".join(line.split()[1] for line in rows(app)[3:6])
            await press(pilot, "s")
    assert seen == {
        "trouble first": "ABC",
        "longest without success first": "CBA",
        "next first": "CBA",
        "busiest first": "BAC",
        "most flagged first": "CBA",
        "slowest first": "ACB",
        "by name": "ABC",
        "as configured": "BAC",
    }


async def test_y_copies_the_address_and_o_opens_the_front_page_of_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []

    async def remember(link: str) -> str:
        opened.append(link)
        return "one.example"

    monkeypatch.setattr("tensionwatch.tui.opening.open_link", remember)
    app = world_of(one={}).app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "3", "y", "o")
        await until(pilot, lambda: bool(opened))
        assert app.clipboard == "https://one.example/rss"
        assert opened == ["https://one.example/"]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_the_feed_screen_fits_and_has_list_and_details_at_each_size(size: tuple[int, int]) -> None:
    app = world_of(**{f"f{n}": {} for n in range(30)}).app()
    async with app.run_test(size=size) as pilot:
        await press(pilot, "3")
        lines = rows(app)
        assert len(lines) == size[1]
        assert all(cell_len(line) == size[0] for line in lines)
        for heading in ("feed", "state", "last ok", "next in", "a day", "flagged", "answer", "fails"):
            assert heading in lines[2]
        assert sum(line.startswith("✓") for line in lines) >= 5
        assert "state" in text(app)
        assert "✓ ok · publishes daily" in text(app)


# ---------------------------------------------------------------- what to do about it


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"http_status": 403, "reason": "HTTP 403 Forbidden", "failures": 1}, "the server refuses us"),
        ({"http_status": 404, "reason": "HTTP 404 Not Found", "failures": 1}, "the address is wrong or old"),
        ({"reason": "no such host: x.example", "failures": 1}, ""),
        ({"reason": "no such host: x.example", "failures": 3}, "its host is not known"),
        ({"reason": "certificate of x.example refused: expired", "failures": 5}, "its certificate is not trusted here"),
        ({"reason": "an HTML page, not a feed", "failures": 5}, "its address shows a page"),
        ({"reason": "HTTP 500", "failures": 5, "last_success": None}, "it has never worked"),
        (
            {"reason": "HTTP 500", "failures": 5, "last_success": NOON - 400 * HOUR},
            "see whether its site is still there",
        ),
        ({"reason": "HTTP 500", "failures": 5}, ""),
    ],
)
def test_advice(changes: dict[str, object], says: str) -> None:
    feed = FEEDS[0]
    state = known(feed, **{"result": "failed", "http_status": None, **changes})
    said = advice(feed, state, feed.url, health(feed, state, NOON), NOON)
    assert said.startswith(says)
    assert bool(said) is bool(says)
