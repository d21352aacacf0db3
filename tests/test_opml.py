"""Lists of feeds from other readers and for them: whatever they hold, and there and back again."""

from __future__ import annotations

import contextlib
import re
import time
import tracemalloc
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensionwatch.commands.feeds_opml import sort_out
from tensionwatch.config import Config, loads
from tensionwatch.config_edit import with_feeds
from tensionwatch.model import Feed, Header, Login
from tensionwatch.opml import MAX_DEPTH, MAX_SIZE, NotOpml, read, write
from tensionwatch.sanitise import visible
from tests.feeds.server import FeedServer

URL = "https://harbour.example/rss"


def opml(body: str, head: str = "") -> bytes:
    return f'<?xml version="1.0"?>{head}<opml version="1.0"><head/><body>{body}</body></opml>'.encode()


def empty() -> Config:
    return loads("", Path("config.toml"))


# ------------------------------------------------------------------ what is read


def test_folders_and_categories_become_tags() -> None:
    body = (
        f'<outline text="News"><outline title="Asia"><outline type="rss" text="Post" xmlUrl="{URL}" language="ko"'
        ' category="/Asia/Korea, harbours"/></outline></outline><outline text="Top" xmlurl="https://top.example/"/>'
    )
    post, top = read(opml(body))
    assert (post.name, post.url, post.tags, post.lang) == ("Post", URL, ("News", "Asia", "Korea", "harbours"), "ko")
    assert (top.name, top.tags) == ("Top", ())


def test_a_feed_within_a_feed_is_no_folder_of_it() -> None:
    inner = '<outline text="B" xmlUrl="https://b.example/"/>'
    assert [one.tags for one in read(opml(f'<outline text="A" xmlUrl="{URL}">{inner}</outline>'))] == [(), ()]


def test_prefixes_that_nobody_declares_are_borne_with() -> None:
    assert read(opml(f'<outline text="A" xmlUrl="{URL}" frs:x="1"/>'))[0].url == URL


def test_many_feeds_of_one_name_are_soon_told_apart() -> None:
    body = "".join(f'<outline text="News" xmlUrl="https://f{n}.example/"/>' for n in range(20_000))
    started = time.process_time()
    sums = sort_out(read(opml(body)), empty())
    assert time.process_time() - started < 30  # 1 s; each tried from 2 on would take minutes
    assert sums.added[-1]["id"] == "news-20000"


def test_other_charsets_are_read() -> None:
    text = f'<opml version="2.0"><body><outline text="Häfen" xmlUrl="{URL}"/></body></opml>'
    for encoding in ("utf-16", "iso-8859-1", "windows-1252", "utf-8"):
        data = f'<?xml version="1.0" encoding="{encoding}"?>{text}'.encode(encoding)
        assert read(data)[0].name == "Häfen"


def test_names_are_plain_text() -> None:
    hostile = "&#x9b;31mred&#x202e;&#10;two\u200b  [/]" + "x" * 1_000
    (outline,) = read(opml(f'<outline text="{hostile}" xmlUrl="{URL}"/>'))
    assert outline.name.startswith("red[U+202E] two [/]xx")
    assert len(outline.name) == 200
    assert outline.name == visible(outline.name)


# ------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "not XML: no element found, line 1"),
        (b"not xml", "not XML: syntax error, line 1"),
        (b"<html><body/></html>", "its root is not <opml>"),
        (b"<rss version='2.0'><channel/></rss>", "its root is not <opml>"),
        (opml("<outline text='a & b'/>"), "not XML: not well-formed"),
        (opml("<outline>" * MAX_DEPTH + "</outline>" * MAX_DEPTH), "nested deeper than"),
        (opml("<outline/>" * 50_001), "more than 50,000 outlines"),
        (b" " * (MAX_SIZE + 1), "larger than 20 MB"),
        (opml("&x;", '<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/passwd">]>'), "it declares entities"),
    ],
)
def test_what_is_no_list_of_feeds_is_told(data: bytes, told: str) -> None:
    with pytest.raises(NotOpml, match=re.escape(told)):
        read(data)


def test_an_entity_bomb_does_not_go_off() -> None:
    bomb = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    tracemalloc.start()
    with pytest.raises(NotOpml, match="declares entities"):
        read(opml('<outline text="&a11;"/>', f"<!DOCTYPE opml [{bomb}]>"))
    assert tracemalloc.get_traced_memory()[1] < 2_000_000
    tracemalloc.stop()


def test_a_definition_that_lies_elsewhere_is_not_fetched() -> None:
    with FeedServer().running() as server:
        data = opml(f'<outline text="A &x; B" xmlUrl="{URL}"/>', f'<!DOCTYPE opml SYSTEM "{server.url("/x.dtd")}">')
        assert [one.url for one in read(data)] == [URL]
        assert server.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "|touch /tmp/harbour", "exec:touch /tmp/harbour", "filter:sed:https://a.example/", "file:///etc/passwd",
        "query:unread", "javascript:alert(1)", "ftp://a.example/rss", "feed://a.example/rss", "/rss", "a.example",
        "https://", "http://127.0.0.1/rss", "http://[::1]:8080/", "http://localhost/rss", "http://169.254.169.254/",
        "https://a b.example/", "http://a.example:99999/",
    ],
)  # fmt: skip
def test_only_public_web_addresses_are_taken(url: str) -> None:
    body = f'<outline text="Bad" xmlUrl="{url}"/><outline text="Good" xmlUrl="{URL}"/>'
    sums = sort_out(read(opml(body)), empty())
    assert [table["url"] for table in sums.added] == [URL]
    assert len(sums.refused) == 1
    assert "'Bad'" in sums.refused[0]


def test_a_command_is_told_as_what_is_never_run() -> None:
    sums = sort_out(read(opml('<outline text="x" xmlUrl="exec:rm -rf /"/>')), empty())
    assert sums.refused == ["'x' exec:rm -rf /: only http and https are fetched, and nothing is ever run"]


def test_doubles_are_there_already_and_ids_are_unique() -> None:
    body = "".join(
        f'<outline text="News" xmlUrl="https://{host}/rss"/>' for host in ("a.example", "b.example", "A.example")
    )
    sums = sort_out(read(opml(body)), empty())
    assert [table["id"] for table in sums.added] == ["news", "news-2"]
    assert sums.there == ["'News' https://A.example/rss (as 'news')"]


def test_a_name_without_latin_letters_gives_the_id_of_its_host() -> None:
    sums = sort_out(read(opml('<outline text="연합뉴스" xmlUrl="https://www.yna.co.kr/rss/news.xml"/>')), empty())
    assert sums.added[0]["id"] == "yna-co-kr"


# ------------------------------------------------------------------ there and back again


_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)
_LINE = _TEXT.map(lambda text: " ".join(visible(text).split())).filter(bool)
_FEED = st.builds(
    Feed,
    id=st.from_regex(r"[a-z0-9][a-z0-9_-]{0,12}", fullmatch=True),
    url=st.integers(0, 10**6).map(lambda number: f"https://f{number}.example/rss?a=1&b=<%20>"),
    name=_LINE,
    publisher=_LINE,
    lang=st.sampled_from(["en", "ko", "pt-BR"]),
    tags=st.lists(_LINE, max_size=4, unique=True).map(tuple),
    interval=st.sampled_from([None, 60.0, 5_400.0]),
    enabled=st.booleans(),
)
_FEEDS = st.lists(_FEED, max_size=8, unique_by=(lambda feed: feed.id, lambda feed: feed.url))


@given(_FEEDS)
def test_what_is_written_is_read_again(feeds: list[Feed]) -> None:
    sums = sort_out(read(write(feeds)), empty())
    assert (sums.there, sums.refused) == ([], [])
    again = loads(with_feeds("", sums.added), Path("config.toml")).feeds
    assert sorted(again, key=lambda feed: feed.id) == sorted(feeds, key=lambda feed: feed.id)


@given(_FEEDS)
def test_what_is_written_is_opml_for_any_reader(feeds: list[Feed]) -> None:
    root = ET.fromstring(write(feeds))
    assert (root.tag, root.get("version")) == ("opml", "2.0")
    listed = [one for one in root.iter("outline") if one.get("xmlUrl")]
    assert sorted(str(one.get("xmlUrl")) for one in listed) == sorted(feed.url for feed in feeds)
    assert all(one.get("type") == "rss" and one.get("text") for one in listed)


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_told(data: bytes) -> None:
    for body in (data, b"<opml><body>" + data, opml(f'<outline text="x" xmlUrl="{data.hex()}"/>')):
        with contextlib.suppress(NotOpml):
            read(body)


def test_secrets_and_leave_to_reach_private_addresses_stay_at_home() -> None:
    feed = Feed(
        id="a", url="https://me:s3cret@a.example/rss", name="A", publisher="a.example", allow_private=True,
        headers=(Header("X-Api-Key", "s3cret"),), auth=Login("me", "s3cret"), user_agent="s3cret",
    )  # fmt: skip
    written = write([feed])
    assert b"s3cret" not in written
    assert b"private" not in written
    assert read(written)[0].url == "https://a.example/rss"
