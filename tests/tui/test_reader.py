"""One article."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from tensionwatch.model import Batch, Claim, Evidence, Ordinal, Sighting, Status
from tensionwatch.ports import ArticleQuery
from tensionwatch.tui.screens.event import EventScreen
from tensionwatch.tui.screens.reader import Page, ReaderScreen
from tensionwatch.tui.screens.reading import evidence_pieces
from tests.tui.screen import line_with, press, rows, said, text, until
from tests.tui.world import NOON, World, flag, visit, words

SIZE = (100, 30)


async def test_opening_an_article_marks_it_read(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter")
        assert isinstance(app.screen, ReaderScreen)
        assert world.watch.article(app.screen.article_id).read  # type: ignore[union-attr]  # it is there
        assert "1 of 11 · read" in text(app)


async def test_the_page_says_who_when_why_and_where(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter")
        page = text(app)
        assert "han.example · Mon 23 Nov 2026 11:40 UTC (20 min ago)" in page
        assert "1 of 11 · read" in page
        assert "▲ PRK → KOR · incident · rule incident.fire" in page
        assert "https://han.example/story/1" in page
        assert "3 reports · 3 publishers (e opens it)" in page


def test_the_words_that_fired_the_rule_are_highlighted_where_they_stand() -> None:
    title = "Warning shots fired after soldiers step over the line"
    pieces = list(
        evidence_pieces(title, "title", [flag(evidence=words(title, "Warning shots fired", "the line"))], "bold")
    )
    assert [text for text, style in pieces if "underline" in style] == ["Warning shots fired", "the line"]
    assert "".join(text for text, _ in pieces) == title


def test_highlights_keep_their_place_though_text_before_them_is_made_visible() -> None:
    title = "\u202eabc\u202c shots fired"
    evidence = (Evidence("title", 6, 17, "shots fired"),)
    pieces = list(evidence_pieces(title, "title", [flag(evidence=evidence)], ""))
    assert [text for text, style in pieces if "underline" in style] == ["shots fired"]
    assert "\u202e" not in "".join(text for text, _ in pieces)


def test_evidence_that_overlaps_or_lies_beyond_the_text_does_no_harm() -> None:
    evidence = (Evidence("title", 0, 5, "x"), Evidence("title", 3, 8, "x"), Evidence("title", 50, 60, "x"))
    pieces = list(evidence_pieces("shots fired", "title", [flag(evidence=evidence)], ""))
    assert "".join(text for text, _ in pieces) == "shots fired"


async def test_next_and_previous_stop_at_the_ends_and_say_so(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter", "p")
        assert "This is the first of the list." in said(app)
        await press(pilot, "n")
        assert "2 of 11" in text(app)
        await press(pilot, "p")
        assert "1 of 11" in text(app)


async def test_marks_turn_in_the_reader(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter", "m", "s")
        await until(pilot, lambda: "• unread" in text(app) and "★ starred" in text(app))
        await press(pilot, "z")
        await until(pilot, lambda: "★ starred" not in text(app))


async def test_e_lists_the_other_reports_of_the_event(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter", "e")
        assert isinstance(app.screen, EventScreen)
        assert len(app.screen.lines.ids) == 3


async def test_an_article_of_no_event_says_so(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "slash", *"collie", "enter", "enter", "e")
        assert "not flagged: no rule fired" in text(app)
        assert "This article belongs to no event." in said(app)


async def test_earlier_wordings_are_shown(world: World) -> None:
    world.publish("First wording", outlet=0, key="edited", ago=timedelta(minutes=1))
    world.clock.at += timedelta(minutes=2)
    world.publish("Second wording", outlet=0, key="edited", ago=timedelta(minutes=3))
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter")
        assert "Second wording" in text(app)
        assert "until Mon 23 Nov 2026 12:02 UTC it said:" in text(app)
        assert "First wording" in text(app)


async def test_other_feeds_that_show_it_are_named(world: World) -> None:
    world.publish("In two feeds", outlet=0, key="twice", ago=timedelta(minutes=1))
    (newest, *_) = world.watch.article_ids(ArticleQuery())
    article = world.store.article(newest)
    assert article is not None
    again = Sighting(feed="harbour-asia", entry_id=None, first_seen=NOON, same_words=True)
    world.store.commit(Batch(articles=(replace(article, sightings=(again,)),)))
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter")
        assert "also in the feed harbour-asia since Mon 23 Nov 2026 12:00 UTC" in text(app)


async def test_claims_and_the_texts_own_count_are_told(world: World) -> None:
    said_flag = replace(
        flag(),
        claim=Claim(by="KOR", stance="claimed"),
        ordinal=Ordinal(count=2, scope="in recent weeks", words="second crossing in recent weeks"),
    )
    world.publish("Second crossing in recent weeks, Seoul says", said_flag, ago=timedelta(minutes=1))
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter")
        assert "claimed by KOR" in text(app)
        assert "its own count: “second crossing in recent weeks”" in text(app)


async def test_a_time_in_the_future_is_told_as_the_feed_said_it(world: World) -> None:
    world.publish("From tomorrow", ago=timedelta(days=-1))
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter")
        assert "dated ahead by its feed: Tue 24 Nov 2026 12:00 UTC" in text(app)


async def test_a_link_that_is_not_opened_says_why(world: World) -> None:
    world.publish("Strange address", link="ftp://files.example/a", ago=timedelta(minutes=1))
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter", "o")
        assert "not opened: only http and https are opened" in text(app)
        await until(pilot, lambda: any("only http and https" in message for message in said(app)))


async def test_the_host_shown_is_the_real_one(world: World) -> None:
    world.publish("Look-alike", link="https://gazette.example@xn--gzette-kva.example/a", ago=timedelta(minutes=1))
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter")
        assert line_with(app, "gazette.example@").strip().startswith("xn--gzette-kva.example ")


async def test_a_long_text_scrolls_with_all_the_usual_keys(world: World) -> None:
    world.publish(
        "Long", summary=" ".join(f"sentence {n} of a long report." for n in range(400)), ago=timedelta(minutes=1)
    )
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "2", "enter")
        page = app.screen.query_one(Page)
        for down, up in (
            ("j", "k"),
            ("down", "up"),
            ("space", "ctrl+b"),
            ("pagedown", "pageup"),
            ("G", "g"),
            ("end", "home"),
        ):
            await press(pilot, down)
            await until(pilot, lambda: page.scroll_y > 0)
            await press(pilot, up)
            await until(pilot, lambda: page.scroll_y == 0)


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_lines_keep_a_comfortable_measure(world: World, size: tuple[int, int]) -> None:
    world.publish("Long", summary="A word or two more. " * 60, ago=timedelta(minutes=1))
    app = world.app()
    async with app.run_test(size=size) as pilot:
        await press(pilot, "2", "enter")
        lengths = [len(line.strip()) for line in rows(app) if "A word or two more" in line]
        assert max(lengths) <= 84
        assert max(lengths) >= 70


async def test_a_visit_shows_reason_and_status(world: World) -> None:
    world.publish(
        "Envoy to fly on Friday", visit("JPN", "KOR", status=Status.PLANNED, code="036"), ago=timedelta(minutes=1)
    )
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter")
        assert "○ JPN → KOR · visit · planned · rule visit.arrive" in text(app)
        assert world.watch.article_ids(ArticleQuery())[0] == app.screen.article_id  # type: ignore[attr-defined]  # it is the reader
        assert world.clock.at == NOON
