"""The feeds that a web page names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensionwatch.discovery import MAX_CANDIDATES, candidates, is_page, usual_places

AT = "https://harbour.example/news/today.html?x=1"


def urls(head: str) -> list[str]:
    return [one.url for one in candidates(f"<!DOCTYPE html><html><head>{head}</head><body></body></html>", AT)]


def link(href: str, kind: str = "application/rss+xml", rel: str = "alternate") -> str:
    return f'<link rel="{rel}" type="{kind}" href="{href}">'


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("https://feeds.example/rss", "https://feeds.example/rss"),
        ("/rss", "https://harbour.example/rss"),
        ("rss.xml", "https://harbour.example/news/rss.xml"),
        ("//feeds.example/rss", "https://feeds.example/rss"),
        ("?feed=rss&amp;lang=en#top", "https://harbour.example/news/today.html?feed=rss&lang=en"),
        (" /a b ", "https://harbour.example/a%20b"),
    ],
)
def test_addresses_are_made_whole(href: str, url: str) -> None:
    assert urls(link(href)) == [url]


def test_a_base_holds_for_all() -> None:
    assert urls('<base href="https://cdn.example/x/">' + link("rss")) == ["https://cdn.example/x/rss"]
    assert urls('<base href="/x/">' + link("rss")) == ["https://harbour.example/x/rss"]


def test_the_types_of_feeds_are_known_and_others_are_not_feeds() -> None:
    kinds = ["application/rss+xml", "application/atom+xml", "application/rdf+xml", "Application/RSS+XML; charset=utf-8"]
    others = ["application/json", "text/css", "text/html", "application/activity+json", ""]
    found = urls("".join(link(f"/{number}", kind) for number, kind in enumerate(kinds + others)))
    assert found == [f"https://harbour.example/{number}" for number in range(len(kinds))]


def test_other_relations_are_no_feeds() -> None:
    assert urls(link("/a", rel="stylesheet") + link("/b", rel="Alternate nofollow") + link("/c", rel="feed")) == [
        "https://harbour.example/b",
        "https://harbour.example/c",
    ]


@pytest.mark.parametrize(
    "href", ["javascript:alert(1)", "file:///etc/passwd", "data:,x", "http://", "https://a\\b/", ""]
)
def test_what_is_no_web_address_is_left_out(href: str) -> None:
    assert urls(link(href) + link("/good")) == ["https://harbour.example/good"]


def test_comments_come_last_and_doubles_once() -> None:
    assert urls(link("/comments/feed") + link("/feed") + link("/feed") + link("/other")) == [
        "https://harbour.example/feed",
        "https://harbour.example/other",
        "https://harbour.example/comments/feed",
    ]


def test_names_are_plain_text_and_there_is_a_most() -> None:
    page = "".join(
        f'<link rel=alternate type=application/rss+xml href=/{n} title="&lt;b&gt;x\x1b[2J">' for n in range(200)
    )
    found = candidates(page, AT)
    assert len(found) == MAX_CANDIDATES
    assert found[0].name == "x"


@pytest.mark.parametrize(
    ("text", "kind", "page"),
    [
        ("<!DOCTYPE html><html>", None, True),
        ("\n<!-- x -->\n<HTML lang=en>", "text/plain", True),
        ('<?xml version="1.0"?><!DOCTYPE html PUBLIC "x"><html>', None, True),
        ("junk <html>", "text/html; charset=utf-8", True),
        ("<rss version='2.0'><channel><description>&lt;html></description>", "text/html", False),
        ("<feed xmlns='http://www.w3.org/2005/Atom'>", None, False),
        ("", "text/html", False),
    ],
)
def test_a_page_is_known_by_what_it_is(text: str, kind: str | None, page: bool) -> None:
    assert is_page(text, kind) is page


@given(st.text(st.sampled_from("<>/= \"'!-lnkbaseref&;\x00a"), max_size=200))
def test_any_page_is_borne_with(page: str) -> None:
    assert all(one.url.startswith(("http://", "https://")) for one in candidates(page, AT))


def test_the_usual_places_are_those_of_the_site() -> None:
    assert usual_places(AT)[:2] == ("https://harbour.example/feed", "https://harbour.example/rss")
