"""One article."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from msgspec.structs import replace
from textual.app import App
from textual.widgets import OptionList, Static

from tensionwatch.exchange import ArticleQuery
from tensionwatch.feeds.pages import Pages
from tensionwatch.model import Batch, Claim, Evidence, Kind, Link, Ordinal, Sighting, Status
from tensionwatch.tui.screens.event import EventScreen
from tensionwatch.tui.screens.reader import Page, ReaderScreen
from tensionwatch.tui.screens.reading import evidence_pieces, paragraphs
from tests.feeds.conftest import POLL, feed_at
from tests.feeds.server import FeedServer, Reply, held_until
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


async def test_a_changed_headline_shows_what_went_and_what_came(world: World) -> None:
    world.publish("Two hurt at the line", outlet=0, key="edited", ago=timedelta(minutes=1))
    world.clock.at += timedelta(minutes=2)
    world.publish("Three hurt at the line", outlet=0, key="edited", ago=timedelta(minutes=3))
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter")
        assert "headline changed Mon 23 Nov 2026 12:02 UTC" in text(app)
        assert "Two Three hurt at the line" in text(app)
        assert styles_of(app, "Two") >= {"strike"}
        assert "underline" in styles_of(app, "Three", last=True)


async def test_of_a_changed_text_the_headline_is_not_told_again(world: World) -> None:
    before = "Officers spoke of two men. " + "Nothing else was said that day. " * 9
    world.publish("Shots at the line", summary=before, key="edited", ago=timedelta(minutes=1))
    world.clock.at += timedelta(minutes=2)
    now = before.replace("two men", "three men")
    world.publish("Shots at the line", summary=now, key="edited", ago=timedelta(minutes=3))
    app = world.app()
    async with app.run_test(size=(100, 40)) as pilot:
        await press(pilot, "2", "enter")
        assert text(app).count("Shots at the line") == 1
        below = text(app).partition("text changed Mon 23 Nov 2026 12:02 UTC")[2]
        assert "Officers spoke of two three men." in " ".join(below.split())
        assert below.count("Nothing else") < 3


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


# ------------------------------------------------------------------ links, notes, the same event


def styles_of(app: App[None], words: str, *, last: bool = False) -> set[str]:
    """How the (first or last) piece of the screen with these words is drawn: bold, underline, strike."""
    found = [
        segment
        for strip in app.screen._compositor.render_strips()
        for segment in strip
        if words in segment.text and segment.style is not None
    ]
    style = found[-1 if last else 0].style
    return {name for name in ("bold", "underline", "strike", "reverse") if getattr(style, name)}


def change(world: World, article_id: str, **fields: object) -> None:
    article = world.store.article(article_id)
    assert article is not None
    world.store.commit(Batch(articles=(replace(article, **fields),)))
    world.watch.changed()


def linked(world: World, count: int) -> str:
    newest = world.publish("With links", summary="Read this and that.", ago=timedelta(minutes=1))
    links = tuple(Link(f"words {n}", f"https://site{n}.example/page") for n in range(2, count + 1))
    change(world, newest, links=links)
    return newest


async def test_links_are_numbered_below_the_text_with_the_host_first(world: World) -> None:
    linked(world, 3)
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter")
        assert line_with(app, "[1]").strip().startswith("[1] harbour.example  https://harbour.example/story/")
        assert line_with(app, "[3]").strip() == "[3] site3.example  words 3"


@pytest.mark.parametrize(
    ("count", "keys", "opened"),
    [
        (3, ["l", "2"], "https://site2.example/page"),
        (3, ["l", "j", "j", "enter"], "https://site3.example/page"),
        (12, ["l", "1", "2"], "https://site12.example/page"),
        (12, ["l", "1", "enter"], "https://harbour.example/story/"),
        (12, ["l", "2"], "https://site2.example/page"),
        (12, ["l", "1", "7"], "https://site7.example/page"),
        (1, ["l"], "https://harbour.example/story/"),
        (3, ["o"], "https://harbour.example/story/"),
    ],
)
async def test_a_link_is_opened_by_its_number(world: World, count: int, keys: list[str], opened: str) -> None:
    linked(world, count)
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter", *keys)
        await until(pilot, lambda: any(opened in message for message in said(app)))


async def test_what_is_no_number_of_the_list_chooses_nothing(world: World) -> None:
    linked(world, 3)
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter", "l", "0", "9", "x")
        assert "Open which link?" in text(app)
        await press(pilot, "escape")
        assert isinstance(app.screen, ReaderScreen)
        assert not said(app)


async def test_an_article_without_any_link_says_so(world: World) -> None:
    world.publish("No link", link=None, ago=timedelta(minutes=1))
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter", "l")
        assert "This article has no link." in said(app)


async def test_a_link_can_be_copied_alone_and_with_its_source(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter", "y")
        assert app.clipboard == "https://han.example/story/1"
        await press(pilot, "Y")
        title = "Warning shots fired after soldiers step over the line at the DMZ"
        assert app.clipboard == f"{title} (han.example)\nhttps://han.example/story/1"


async def test_brackets_step_through_the_reports_of_the_event_in_order_of_time(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter")
        assert "report 3 of 3 of ▲ incident PRK→KOR" in text(app)
        await press(pilot, "right_square_bracket")
        assert "This is its latest report." in said(app)
        await press(pilot, "left_square_bracket")
        assert "report 2 of 3 of ▲ incident PRK→KOR" in text(app)
        assert "Troops cross demarcation line" in text(app)
        await press(pilot, "left_square_bracket", "left_square_bracket")
        assert "report 1 of 3" in text(app)
        assert "This is its first report." in said(app)
        await press(pilot, "right_square_bracket")
        assert "report 2 of 3" in text(app)


async def test_next_goes_on_in_the_list_from_where_a_report_of_the_event_stands_in_it(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter", "left_square_bracket", "left_square_bracket")
        assert isinstance(app.screen, ReaderScreen)
        at = world.watch.article_ids(ArticleQuery()).index(app.screen.article_id)
        assert f"{at + 1} of 11" in text(app)
        await press(pilot, "n")
        assert f"{at + 2} of 11" in text(app)


async def test_an_article_alone_in_its_event_offers_no_brackets(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(160, 30)) as pilot:
        await press(pilot, "2", "enter")
        assert "[ Earlier" in text(app)
        await press(pilot, "escape", "slash", *"kinmen", "enter", "enter")
        assert "Jets fly near Kinmen" in text(app)
        assert "[ Earlier" not in text(app)


async def test_a_note_is_kept_shown_and_found(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter", "N", *"ask", "space", *"Ilya", "enter")
        assert "✎ ask Ilya" in text(app)
        assert isinstance(app.screen, ReaderScreen)
        assert app.screen.query_one(Page).has_focus
        article = app.screen.article_id
        assert world.watch.article_ids(ArticleQuery(noted=True)) == [article]
        await press(pilot, "escape")
        assert "✎ Warning shots" in line_with(app, "✎")


async def test_a_note_is_changed_taken_away_and_brought_back(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter", "N", *"one", "enter", "N", *"two", "enter")
        assert "✎ onetwo" in text(app)
        await press(pilot, "z")
        assert line_with(app, "✎").strip() == "✎ one"
        await press(pilot, "N", "ctrl+u", "enter")
        assert "✎" not in text(app)
        assert "Note taken away · z undoes" in said(app)
        await press(pilot, "z")
        assert line_with(app, "✎").strip() == "✎ one"


async def test_escape_leaves_a_note_as_it_was_and_then_the_reader(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter", "N", *"never", "escape")
        assert isinstance(app.screen, ReaderScreen)
        assert "never" not in text(app)
        assert not world.watch.article_ids(ArticleQuery(noted=True))
        await press(pilot, "escape")
        assert not isinstance(app.screen, ReaderScreen)


def offered(app: App[None]) -> list[str]:
    return [str(option.prompt) for option in app.screen.query_one(OptionList).options]


async def test_a_kind_that_rules_have_missed_is_noted_and_taken_back(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "slash", *"collie", "enter", "enter", "W")
        assert "What happened that no rule saw?" in text(app)
        await press(pilot, "j", "enter")
        assert isinstance(app.screen, ReaderScreen)
        article = app.screen.article_id
        assert world.watch.article(article).missed == (Kind.DIPLOMATIC_VISIT,)  # type: ignore[union-attr]  # it is there
        assert "● visit, you say: no rule has seen it" in text(app)
        await press(pilot, "z")
        assert world.watch.article(article).missed == ()  # type: ignore[union-attr]
        await press(pilot, "W")
        assert "(said: missed)" not in text(app)


async def test_a_flagged_kind_is_none_that_was_missed_until_it_is_called_wrong(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter", "W")
        assert "▲ incident" not in offered(app)
        await press(pilot, "escape", "w", "W")
        assert "▲ incident" in offered(app)


# ------------------------------------------------------------------ how it looks


async def test_paragraphs_stand_apart_and_evidence_keeps_its_place_in_them(world: World) -> None:
    summary = "The ferry left at dawn. Warning shots were heard at noon. Nobody was hurt."
    at = summary.index("Warning shots")
    seen = flag(evidence=(Evidence("summary", at, at + 13, "Warning shots"),))
    newest = world.publish("Ferry", seen, summary=summary, ago=timedelta(minutes=1))
    change(world, newest, breaks=(at, summary.index("Nobody")))
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter")
        shown = [row.strip() for row in rows(app)]
        first = shown.index("The ferry left at dawn.")
        told = ["The ferry left at dawn.", "", "Warning shots were heard at noon.", "", "Nobody was hurt."]
        assert shown[first : first + 5] == told
        assert styles_of(app, "Warning shots", last=True) == {"bold", "underline"}


async def test_without_colour_what_fired_a_rule_is_still_told_apart(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter")
        assert "underline" in styles_of(app, "Warning shots fired")
        assert "underline" not in styles_of(app, "after soldiers")


def test_a_long_text_without_paragraphs_is_broken_after_sentences_and_keeps_its_length() -> None:
    text = "Officers spoke of Gen. J. Brandt at the line. " * 60
    broken = paragraphs(text, ())
    assert len(broken) == len(text)
    assert broken.replace("\n", " ") == text
    parts = broken.split("\n")
    assert len(parts) > 4
    assert all(part.rstrip().endswith("at the line.") for part in parts)
    assert paragraphs("Short. Text.", ()) == "Short. Text."


def test_breaks_that_lie_beyond_the_text_or_within_a_word_do_no_harm() -> None:
    assert paragraphs("One two", (0, 2, 4, 99)) == "One\ntwo"


async def test_news_elsewhere_does_not_lay_the_text_out_again(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter")
        before = app.screen.query_one("#text", Static).content
        world.publish("Elsewhere", ago=timedelta(seconds=1))
        await until(pilot, lambda: len(world.watch.article_ids(ArticleQuery())) == 12)
        app.pull()
        assert app.screen.query_one("#text", Static).content is before
        await press(pilot, "s")
        assert app.screen.query_one("#text", Static).content is before
        assert "★ starred" in text(app)
        await press(pilot, "w")
        assert app.screen.query_one("#text", Static).content is not before


# ------------------------------------------------------------------ the page behind the link

STORY = "".join(
    f"<p>{number}. The ferry left the harbour at dawn with forty passengers, its captain said.</p>"
    for number in range(9)
)
HTML = {"Content-Type": "text/html"}


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer().running() as running:
        yield running


def on_server(server: FeedServer) -> tuple[World, Pages]:
    """A world with one article, whose link leads to the server."""
    world = World(feeds=[feed_at(server.url("/rss"))])
    world.publish("Ferry", summary="A ferry left.", key="1")
    return world, Pages(world.watch, POLL, world.clock)


async def test_the_full_text_comes_below_the_feeds_and_stays_for_this_run(server: FeedServer) -> None:
    world, pages = on_server(server)
    server.on("/story/1", Reply(f"<html><body><article>{STORY}</article></body></html>".encode(), headers=HTML))
    app = world.app(pages=pages)
    async with app.run_test(size=(100, 50)) as pilot:
        await press(pilot, "2", "enter", "F")
        await until(pilot, lambda: "full text · 127.0.0.1" in text(app))
        page = text(app)
        assert "fetched Mon 23 Nov 2026 12:00 UTC" in page
        assert page.index("A ferry left.") < page.index("full text") < page.index("8. The ferry left the harbour")
        await press(pilot, "escape", "enter")
        assert "8. The ferry left the harbour" in text(app)
        assert len(server.asked) == 1


async def test_a_page_that_cannot_be_had_is_told_with_its_reason(server: FeedServer) -> None:
    world, pages = on_server(server)
    server.on("/story/1", Reply(status=403))
    app = world.app(pages=pages)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter", "F")
        await until(pilot, lambda: any("No full text: HTTP 403 Forbidden" in message for message in said(app)))
        assert "fetching the page" not in text(app)


@pytest.mark.parametrize("leaves", [["escape"], ["n"], ["escape", "escape"]])
async def test_escape_and_another_article_give_a_page_up(server: FeedServer, leaves: list[str]) -> None:
    world, pages = on_server(server)
    world.publish("Older", ago=timedelta(hours=1))
    never = threading.Event()
    server.on("/story/1", held_until(never, Reply(b"", headers=HTML)))
    app = world.app(pages=pages)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter", "F")
        assert "fetching the page at 127.0.0.1" in text(app)
        await until(pilot, lambda: bool(server.asked))
        await press(pilot, *leaves)
        assert "fetching" not in text(app)
        assert isinstance(app.screen, ReaderScreen) is (len(leaves) == 1)
        never.set()


async def test_without_anybody_to_fetch_pages_the_key_is_not_offered(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(160, 30)) as pilot:
        await press(pilot, "2", "enter", "F")
        assert "Full text" not in text(app)
        assert not said(app)


async def test_the_page_of_an_article_without_a_link_is_not_fetched(server: FeedServer) -> None:
    world, pages = on_server(server)
    world.publish("No link", link=None, ago=timedelta(minutes=1))
    world.publish("Strange", link="ftp://files.example/a", ago=timedelta(minutes=2))
    app = world.app(pages=pages)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter", "F", "n", "F")
        assert "This article has no link." in said(app)
        assert any("No full text, only http and https are opened" in message for message in said(app))
    assert not server.asked
