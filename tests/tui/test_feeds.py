"""The health of the feeds."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from rich.cells import cell_len

from tensionwatch.advice import advice
from tensionwatch.exchange import FeedRow, PollStatus
from tensionwatch.health import health
from tensionwatch.model import Batch, Feed, FeedState, Fetched
from tensionwatch.tui.app import TensionwatchApp
from tensionwatch.tui.asking import asking_words
from tensionwatch.tui.messages import FeedWanted
from tensionwatch.tui.screens.articles import ArticlesScreen
from tensionwatch.tui.screens.feeds import FeedsScreen
from tensionwatch.tui.times import Times
from tensionwatch.tui.widgets.feeds import FeedList
from tests.tui.screen import column_of, line_with, press, rows, said, text, until
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
        assert any(toast.startswith("Polling Northern Lantern now") for toast in said(app))


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
        for _ in range(10):
            order = rows(app)[1].split("  ")[-1].strip().removesuffix(" · s")
            seen[order] = "".join(line.split()[1] for line in rows(app)[3:6])
            await press(pilot, "s")
    assert seen == {
        "trouble first": "ABC",
        "longest without success first": "CBA",
        "next first": "CBA",
        "most failures first": "ABC",
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
        for heading in ("feed", "state", "last ok", "result", "every", "a day", "fails", "next in"):
            assert heading in lines[2]
        assert ("7 days" in lines[2]) is (size[0] > 120)
        assert sum(line.startswith("✓") for line in lines) >= 5
        assert "state" in text(app)
        assert "✓ ok · publishes daily" in text(app)


# ---------------------------------------------------------------- disabling and enabling


def named(app: TensionwatchApp, name: str) -> str:
    """The line of the list about it."""
    return next(line for line in rows(app)[3:] if name in line[:24])


async def test_e_disables_a_feed_for_good_says_since_when_and_its_articles_stay(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "3", "j")
        before = named(app, "Harbour Gazette")
        assert before.split()[3] == "ok"
        await press(pilot, "e")
        assert "Harbour Gazette is disabled, its articles stay · z undoes" in said(app)
        assert named(app, "Harbour Gazette").split()[:4] == ["–", "Harbour", "Gazette", "off"]
        assert "– off · disabled by hand since 2026-11-23 12:00 UTC" in text(app)
        assert "1 off" in rows(app)[1]
        assert [feed.id for feed in world.watch.feeds if not feed.enabled] == ["harbour"]
        await press(pilot, "enter")
        assert "2 of 11" in rows(app)[1]
        await press(pilot, "3", "r")
        assert world.polling.asked == []
        assert said(app)[-1] == "Harbour Gazette is disabled by hand: it is not asked until it is enabled."
        await press(pilot, "e")
        assert said(app)[-1] == "Harbour Gazette is enabled, and asked now · z undoes"
        assert world.polling.asked == ["harbour"]
        assert all(feed.enabled for feed in world.watch.feeds)


async def test_z_takes_disabling_back_and_keeps_since_when_it_was(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "3", "e")
        world.clock.at += timedelta(hours=3)
        await press(pilot, "e", "z")
        assert "Disabled again: Northern Lantern" in said(app)
        assert "disabled by hand since 2026-11-23 12:00 UTC" in text(app)
        await press(pilot, "z")
        assert "Enabled again: Northern Lantern" in said(app)
        assert all(feed.enabled for feed in world.watch.feeds)


async def test_e_enables_what_the_configuration_disables() -> None:
    world = World(feeds=[msgspec.structs.replace(FEEDS[0], enabled=False)])
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "3")
        assert "disabled in the configuration" in text(app)
        await press(pilot, "e")
        assert world.polling.asked == ["harbour"]
        assert "… new · not asked yet" in text(app)
        assert "enabled by hand since 12:00, the configuration disables it" in line_with(app, "by hand ")


async def test_a_screen_that_follows_disables_nothing(world: World) -> None:
    world.polling.state = PollStatus(follows=True, collector="pid 1234")
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "3", "e", "r")
        assert said(app).count("Not here: pid 1234 collects, and feeds are polled there.") == 2
        assert all(feed.enabled for feed in world.watch.feeds)


# ---------------------------------------------------------------- which are listed


async def test_f_lists_those_in_trouble_alone_and_escape_all_again(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "3", "f")
        assert rows(app)[1].startswith("1 of 6 feeds: 1 failing · 5 ok")
        assert "Northern Lantern" in rows(app)[3]
        assert "Harbour" not in "".join(rows(app)[3:-2])
        await press(pilot, "escape")
        assert rows(app)[1].startswith("6 feeds:")
        await press(pilot, "f", "f")
        assert rows(app)[1].startswith("6 feeds:")


async def test_where_no_feed_is_in_trouble_f_says_so() -> None:
    app = world_of(one={}).app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "3", "f")
        assert "No feed in trouble" in text(app)
        await press(pilot, "r", "e", "m", "y", "o", "enter")  # nothing is under the cursor
        assert said(app) == []


async def test_a_typed_part_of_a_name_narrows_the_list_as_it_is_typed(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "3", "slash", "r", "i", "d", "g")
        await until(pilot, lambda: "1 of 6 feeds" in text(app))
        assert "Ridge Observer" in text(app)
        await press(pilot, "enter", "f")
        assert "No feed in trouble passes these filters: “ridg”" in text(app)
        await press(pilot, "slash")
        assert line_with(app, "ridg")
        await press(pilot, "escape")
        assert "6 feeds:" in text(app)
        assert isinstance(app.focused, FeedList)


async def test_a_feed_that_is_wanted_is_shown_whatever_was_filtered(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "3", "f", "1")
        app.post_message(FeedWanted("harbour"))
        await until(pilot, lambda: isinstance(app.screen, FeedsScreen) and app.screen.lines.current == "harbour")
        assert rows(app)[1].startswith("6 feeds:")


async def test_the_cursor_stays_on_its_feed_when_a_poll_puts_it_elsewhere_in_the_order() -> None:
    names = [f"f{n}" for n in range(300)]
    world = World(feeds=[Feed(id=i, url=f"https://{i}.example/rss", name=i, publisher=f"{i}.example") for i in names])
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "3", *["pagedown"] * 4)
        assert isinstance(app.screen, FeedsScreen)
        lines = app.screen.lines
        at = lines.current
        assert at is not None
        for outlet in (0, 2, 299):
            world.fail(outlet, "HTTP 500")
        world.fail(int(at[1:]), "HTTP 403")
        await until(pilot, lambda: "4 failing" in rows(app)[1])
        assert lines.current == at
        assert lines.cursor < 4
        for outlet in range(10, 20):
            world.fail(outlet, "HTTP 500")
        await until(pilot, lambda: "14 failing" in rows(app)[1])
        assert lines.current == at
        assert lines.above <= lines.cursor < 14


# ---------------------------------------------------------------- what the last answer was


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({}, "200"),
        ({"result": "unchanged", "http_status": 304}, "304"),
        ({"result": "failed", "failures": 1, "http_status": 403}, "403"),
        ({"result": "failed", "failures": 1, "reason": "an HTML page, not a feed"}, "200 bad"),
        ({"result": "failed", "failures": 1, "http_status": None, "reason": "timed out after 30 s"}, "timeout"),
        ({"result": "failed", "failures": 1, "http_status": None, "reason": "no such host: x.example"}, "no host"),
        ({"result": "failed", "failures": 1, "http_status": None, "reason": "what nobody has seen"}, "failed"),
        ({"result": "gone", "http_status": 410}, "410"),
        ({"result": None}, "–"),
    ],
)
async def test_the_last_answer_stands_in_a_column(changes: dict[str, object], word: str) -> None:
    app = world_of(one=changes).app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "3")
        start = column_of(rows(app)[2], "result")
        assert rows(app)[3][start : start + 7].strip() == word


async def test_the_last_polls_are_drawn_and_counted(world: World) -> None:
    app = world.app()
    for _ in range(2):
        world.fail(5, "HTTP 500")
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "3")
        assert "✓✓✗✗✗ the last 5 polls: 2 with news, 3 failed · latest on the right" in line_with(app, "polls ")


async def test_a_muted_feed_says_so_in_the_list_and_until_when_in_the_pane(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "3", "m", "enter")
        await until(pilot, lambda: "muted" in rows(app)[3])
        assert "alerts" in rows(app)[2]
        assert "muted until 13:00, in 1 h: no alert is raised by it alone" in text(app)
        assert "muted" not in rows(app)[4]
        await press(pilot, "z")
        assert "muted" not in text(app)


async def test_what_a_week_brought_is_drawn_a_day_a_character() -> None:
    app = world_of(one={"week": (4, 0, 0, 2, 1, 8), "last_success": NOON - 24 * HOUR}).app()
    async with app.run_test(size=(200, 60)) as pilot:
        await press(pilot, "3")
        start = column_of(rows(app)[2], "7 days")
        assert rows(app)[3][start : start + 7] == "▄··▂▁█·"
        await until(pilot, lambda: "new in 7 days ▄··▂▁█· peak 8" in " ".join(text(app).split()))


# ---------------------------------------------------------------- asking one now


@pytest.mark.parametrize(
    ("changes", "asks", "words"),
    [
        ({}, True, "Polling Harbour Gazette now; it was asked 5 min ago."),
        ({"last_checked": None, "result": None}, True, "Polling Harbour Gazette now."),
        (
            {"result": "failed", "failures": 3, "next_check": NOON + 2 * HOUR},
            True,
            "Polling Harbour Gazette now instead of in 2 h: it has failed 3 times in a row. "
            "Another failure makes its pause longer.",
        ),
        ({"result": "gone", "next_check": None}, True, "Harbour Gazette said that it is gone for good."),
        ({"not_before": NOON + HOUR}, False, "Harbour Gazette: its server wants no request before 13:00 (in 1 h)"),
    ],
)
def test_what_is_said_when_a_feed_is_to_be_asked_now(changes: dict[str, object], asks: bool, words: str) -> None:
    feed = FEEDS[0]
    row = FeedRow(feed=feed, state=known(feed, **changes), address=feed.url, fresh=True)
    answer = asking_words(row, NOON, Times("UTC"))
    assert answer.asks is asks
    assert answer.words.startswith(words)


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
