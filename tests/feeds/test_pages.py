"""The page behind an article's link: fetched from a real server by the process that reads pages, hostile ones too."""

from __future__ import annotations

import asyncio
import gzip
import sys
from asyncio.subprocess import Process
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from tensionwatch.errors import PageRefused
from tensionwatch.feeds import pages as module
from tensionwatch.feeds.pages import Pages
from tensionwatch.model import Article, Feed, FeedState, Header
from tests.builders import an_article
from tests.feeds.conftest import NOON, POLL, MemorySink, SetClock, feed_at
from tests.feeds.server import FeedServer, Reply
from tests.waiting import until

WORDS = (
    "The ferry left the harbour at dawn with forty passengers and a cargo of lamp oil, its captain said on Monday.",
    "By noon the wind had turned, and two fishing boats that had gone out with it were back at the quay.",
    "Nobody was hurt. The harbour master said that the line would run again once the storm had passed the cape.",
)
HTML = {"Content-Type": "text/html; charset=utf-8"}


def page(*paragraphs: str, head: str = "") -> bytes:
    text = "".join(f"<p>{words}</p>" for words in paragraphs or WORDS)
    return (
        f"<html><head><title>Ferry</title>{head}</head><body><nav><a href='/'>Home</a> <a href='/x'>Sport</a></nav>"
        f"<article><h1>Ferry turns back</h1>{text}</article><footer>All rights reserved</footer></body></html>"
    ).encode()


def feed_of(server: FeedServer, **more: object) -> Feed:
    return feed_at(server.url("/rss"), **more)


def linked(link: str | None, article_id: str = "a") -> Article:
    return replace(an_article(article_id, feed="post"), link=link)


def pages_of(feed: Feed, **poll: float) -> Pages:
    return Pages(MemorySink([feed]), replace(POLL, **poll), SetClock())


async def refusal(pages: Pages, article: Article) -> str:
    with pytest.raises(PageRefused) as refused:
        await pages.fetch(article)
    return str(refused.value)


async def test_the_text_of_the_article_is_found_without_what_stands_around_it(server: FeedServer) -> None:
    link = server.on("/story", Reply(page(), headers=HTML))
    found = await pages_of(feed_of(server)).fetch(linked(link))
    assert [line for line in found.text.split("\n") if line in WORDS] == list(WORDS)
    assert "All rights reserved" not in found.text
    assert (found.url, found.at, found.cut) == (link, NOON, False)


async def test_a_page_is_fetched_once_and_then_kept(server: FeedServer) -> None:
    article = linked(server.on("/story", Reply(page(), headers=HTML)))
    pages = pages_of(feed_of(server))
    assert pages.kept(article) is None
    found = await pages.fetch(article)
    assert pages.kept(article) == found
    assert pages.kept(replace(article, link=server.url("/moved"))) is None


async def test_of_many_pages_the_one_not_looked_at_for_longest_is_forgotten(
    server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT", 2)
    link, pages = server.on("/story", Reply(page(), headers=HTML)), pages_of(feed_of(server))
    first, second, third = (linked(link, name) for name in "abc")
    await pages.fetch(first)
    await pages.fetch(second)
    assert pages.kept(first)
    await pages.fetch(third)
    assert [pages.kept(article) is not None for article in (first, second, third)] == [True, False, True]


async def test_it_is_asked_for_as_a_page_by_name_and_with_nothing_else(server: FeedServer) -> None:
    link = server.on("/story", Reply(page(), headers={**HTML, "Set-Cookie": "a=b"}))
    await pages_of(feed_of(server)).fetch(linked(link))
    (asked,) = server.asked
    assert set(asked.headers) == {"host", "user-agent", "accept", "accept-encoding", "connection"}
    assert asked.headers["accept"].startswith("text/html")
    assert asked.headers["user-agent"] == POLL.user_agent


async def test_what_is_meant_for_the_feeds_server_goes_to_no_other(server: FeedServer) -> None:
    link = server.on("/story", Reply(page(), headers=HTML))
    secret = feed_of(server, headers=(Header("X-Key", "s3cret"),))
    await pages_of(secret).fetch(linked(link))
    assert server.asked[-1].headers["x-key"] == "s3cret"
    with FeedServer().running() as other:
        moved = server.on("/away", Reply(status=302, headers={"Location": other.on("/story", Reply(page()))}))
        await refusal(pages_of(secret), linked(moved))
        assert not other.asked


async def test_the_charset_may_stand_in_the_page(server: FeedServer) -> None:
    words = "배가 새벽에 항구를 떠났고 선장은 월요일에 승객 마흔 명이 타고 있었다고 말했다. " * 4
    body = page(words, head='<meta charset="euc-kr">').decode().encode("euc-kr")
    found = await pages_of(feed_of(server)).fetch(
        linked(server.on("/story", Reply(body, headers={"Content-Type": "text/html"})))
    )
    assert words.strip() in found.text


async def test_what_a_terminal_must_not_see_is_taken_out(server: FeedServer) -> None:
    bad = "The \x1b[31mferry\x1b[0m \u202eleft\u202c\x07 the harbour at dawn. " * 8
    found = await pages_of(feed_of(server)).fetch(linked(server.on("/story", Reply(page(bad), headers=HTML))))
    assert "ferry" in found.text
    assert not {"\x1b", "\x07", "\u202e", "\x9b"} & set(found.text)


async def test_a_long_text_is_cut_and_says_so(server: FeedServer) -> None:
    story = page(*(f"{number}. {words}" for number in range(600) for words in WORDS))
    found = await pages_of(feed_of(server)).fetch(linked(server.on("/story", Reply(story, headers=HTML))))
    assert (len(found.text), found.cut) == (100_000, True)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(status=403), "HTTP 403 Forbidden (a paywall, or it wants no programs)"),
        (Reply(status=404), "HTTP 404 Not Found"),
        (Reply(status=451), "HTTP 451"),
        (Reply(page("Subscribe to read on."), headers=HTML), "no text of an article there: a paywall"),
        (Reply(b"", headers=HTML), "no text of an article there"),
        (Reply(b"%PDF-1.7 \0\1\2", headers={"Content-Type": "application/pdf"}), "a PDF document, not a page"),
        (Reply(b"\0\1\2" * 99, headers={"Content-Type": "image/x-odd"}), "image/x-odd, not a page"),
        (Reply(b"abc\0" * 99, headers=HTML), "no text, not a page"),
        (Reply(gzip.compress(bytes(30_000_000)), headers={**HTML, "Content-Encoding": "gzip"}), "larger than 10 MB"),
        (Reply(chunks=(b"<p>" + b"x" * 999_997 for _ in range(40)), headers=HTML), "larger than 10 MB"),
        (Reply(status=302, headers={"Location": "http://169.254.169.254/latest"}), "169.254.169.254 is a private addr"),
        (Reply(status=302, headers={"Location": "http://localhost:9/"}), "localhost is a private address"),
        (Reply(status=302, headers={"Location": "file:///etc/passwd"}), "redirected to file:/etc/passwd: only http"),
        (Reply(status=302, headers={"Location": "/story"}), "redirected more than 5 times"),
    ],
    ids=["403", "404", "451", "paywall", "empty", "pdf", "image", "binary", "bomb", "huge", "metadata", "localhost",
         "file", "circle"],
)  # fmt: skip
async def test_a_page_that_cannot_be_had_says_why(server: FeedServer, reply: Reply, reason: str) -> None:
    said = await refusal(pages_of(feed_of(server)), linked(server.on("/story", reply)))
    assert said.startswith(reason)
    assert "allow_private" not in said


async def test_a_server_that_drips_runs_out_of_time(server: FeedServer) -> None:
    link = server.on("/story", Reply(chunks=(b"<p>" for _ in range(1_000_000)), pause=0.05, headers=HTML))
    assert await refusal(pages_of(feed_of(server), timeout=1.0), linked(link)) == "timed out after 1 s"


async def test_a_page_nested_without_end_does_no_harm(server: FeedServer) -> None:
    deep = b"<div>" * 300_000 + b"<table><tr><td>" * 50_000 + page()
    link = server.on("/story", Reply(deep, headers=HTML))
    pages = pages_of(feed_of(server))
    try:
        found = await pages.fetch(linked(link))
    except PageRefused as refused:
        assert "page" in str(refused) or "no text" in str(refused)  # noqa: PT017  # either will do: the screen goes on
    else:
        assert found.text
    link = server.on("/next", Reply(page(), headers=HTML))
    assert (await pages.fetch(linked(link, "b"))).text


@pytest.mark.parametrize("private", [False, True])
async def test_a_private_address_is_asked_only_where_the_feed_itself_is_there(
    server: FeedServer, private: bool
) -> None:
    link = server.on("/story", Reply(page(), headers=HTML))
    elsewhere = feed_at("http://harbour.example/rss", allow_private=private)
    assert (await refusal(pages_of(elsewhere), linked(link))).startswith("127.0.0.1 is a private address")
    assert not server.asked


async def test_a_page_of_a_private_feed_leads_to_no_other_private_host(server: FeedServer) -> None:
    with FeedServer().running() as other:
        there = other.on("/inner", Reply(page(), headers=HTML))
        link = server.on("/story", Reply(status=302, headers={"Location": there}))
        assert (await refusal(pages_of(feed_of(server)), linked(link))).startswith("127.0.0.1 is a private address")
        assert not other.asked


async def test_a_redirect_within_the_host_is_followed_and_told(server: FeedServer) -> None:
    link = server.on("/old", Reply(status=301, headers={"Location": "/new"}))
    server.on("/new", Reply(page(), headers=HTML))
    assert (await pages_of(feed_of(server)).fetch(linked(link))).url == server.url("/new")


async def test_a_server_that_asked_to_be_left_alone_is(server: FeedServer) -> None:
    feed = feed_of(server)
    sink, clock = MemorySink([feed]), SetClock()
    sink.states[feed.id] = FeedState(feed=feed.id, url=feed.url, not_before=NOON + timedelta(hours=2))
    article = linked(server.on("/story", Reply(page(), headers=HTML)))
    pages = Pages(sink, POLL, clock)
    assert await refusal(pages, article) == f"127.0.0.1:{server.port} asked to be left alone until 01 Mar 14:00 UTC"
    assert not server.asked
    clock.forward(hours=3)
    assert (await pages.fetch(article)).text


@pytest.mark.parametrize(
    ("link", "reason"),
    [(None, "the article has no link"), ("ftp://harbour.example/a", "ftp://harbour.example/a: only http and https")],
)
async def test_what_is_no_web_address_is_not_asked_for(server: FeedServer, link: str | None, reason: str) -> None:
    assert (await refusal(pages_of(feed_of(server)), linked(link))).startswith(reason)


async def test_an_article_of_a_feed_that_is_no_longer_configured_is_fetched_as_from_anybody(
    server: FeedServer,
) -> None:
    link = server.on("/story", Reply(page(), headers=HTML))
    article = replace(linked(link), feed="gone")
    assert (await refusal(pages_of(feed_of(server)), article)).startswith("127.0.0.1 is a private address")


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> list[Process]:
    """All that were started."""
    started, start = list[Process](), asyncio.create_subprocess_exec

    async def noted(*arguments: Any, **more: Any) -> Process:
        started.append(await start(*arguments, **more))
        return started[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", noted)
    return started


async def test_whoever_gives_up_ends_the_process(server: FeedServer, processes: list[Process]) -> None:
    link = server.on("/story", Reply(chunks=(b"<p>" for _ in range(1_000_000)), pause=0.05, headers=HTML))
    task = asyncio.create_task(pages_of(feed_of(server)).fetch(linked(link)))
    await until(lambda: server.asked)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [process.returncode for process in processes] == [-9]


async def test_pages_are_fetched_one_at_a_time(server: FeedServer, processes: list[Process]) -> None:
    link, pages = server.on("/story", Reply(page(), headers=HTML)), pages_of(feed_of(server))
    running: list[int] = []
    server.on("/second", lambda asked: running.append(sum(p.returncode is None for p in processes)) or Reply(page()))  # type: ignore[func-returns-value]  # append gives None
    await asyncio.gather(pages.fetch(linked(link, "a")), pages.fetch(linked(server.url("/second"), "b")))
    assert running == [1]


def reader_with(code: str) -> tuple[str, ...]:
    """The process that reads pages, changed by this code."""
    return (sys.executable, "-c", f"from tensionwatch.feeds import pagereader\n{code}\npagereader.main()")


async def test_a_page_that_takes_too_long_to_read_ends_its_process_alone(
    server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = "def endless(page):\n    while True: pass\npagereader._main_text = endless"
    monkeypatch.setattr(module, "READER", reader_with(endless))
    link = server.on("/story", Reply(page(), headers=HTML))
    said = await refusal(pages_of(feed_of(server), parse_timeout=0.5), linked(link))
    assert said == "reading the page took longer than 0.5 s"


async def test_a_page_that_wants_too_much_memory_ends_its_process_alone(
    server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "READER", reader_with("pagereader._main_text = lambda page: bytes(1 << 40)"))
    link = server.on("/story", Reply(page(), headers=HTML))
    said = await refusal(pages_of(feed_of(server)), linked(link))
    assert said == "reading the page took more than 300 MB of memory"


async def test_a_fault_in_reading_is_told(server: FeedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "READER", reader_with("pagereader._main_text = lambda page: page.nothing"))
    said = await refusal(pages_of(feed_of(server)), linked(server.on("/story", Reply(page(), headers=HTML))))
    assert said.startswith("reading the page ended the process that read it (AttributeError")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("sys.modules['trafilatura'] = None", "trafilatura finds the text, and is not installed: pip install 'tension"),
        ("sys.modules['lxml'] = None", "trafilatura cannot be loaded: "),
    ],
    ids=["without", "broken"],
)  # fmt: skip
async def test_without_the_extra_it_says_how_to_install_it_and_asks_no_server(
    server: FeedServer, monkeypatch: pytest.MonkeyPatch, code: str, reason: str
) -> None:
    monkeypatch.setattr(module, "READER", reader_with(f"import sys\n{code}"))
    link = server.on("/story", Reply(page(), headers=HTML))
    assert (await refusal(pages_of(feed_of(server)), linked(link))).startswith(reason)
    assert not server.asked
