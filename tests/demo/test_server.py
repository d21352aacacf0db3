"""The demo's feeds as a feed reader meets them: over HTTP, read by feedparser."""

from __future__ import annotations

import socket
from calendar import timegm
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import feedparser
import pytest

from tensionwatch.clock import SystemClock
from tensionwatch.demo import DemoServer, load_scenario
from tensionwatch.demo.scenario import Outlet, Published

from .conftest import START, Response, SetClock, get, parsed

SCENARIO = load_scenario()
FEEDS = [pytest.param(o, section, id=f"{o.id}-{section}") for o in SCENARIO.outlets for section in o.sections]
MOMENTS = [0, 75, 160, 299]
VERSIONS = {"rss": "rss20", "atom": "atom10", "rdf": "rss10"}


def outlet(outlet_id: str) -> Outlet:
    return next(outlet for outlet in SCENARIO.outlets if outlet.id == outlet_id)


def fetch(server: DemoServer, outlet_id: str, section: str = "world", **headers: str) -> Response:
    return get(server.feed_url(outlet_id, section), **headers)


def expected(outlet: Outlet, section: str, clock: SetClock) -> list[Published]:
    entries = SCENARIO.published(outlet.id, clock.now(), START, 1)
    return [entry for entry in entries if section in entry.report.sections]


def stories(response: Response) -> list[str]:
    """The story at the end of each link."""
    return [entry.link.rpartition("/")[2].removesuffix(".html") for entry in parsed(response).entries]


class Text(HTMLParser):
    """Gathers the text of an HTML fragment or page."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)


def plain(html: str) -> str:
    parser = Text()
    parser.feed(html)
    parser.close()
    return "".join(parser.pieces)


@pytest.mark.parametrize("seconds", MOMENTS)
@pytest.mark.parametrize(("outlet", "section"), FEEDS)
def test_every_feed_reads_as_its_outlet_has_published(
    server: DemoServer, clock: SetClock, outlet: Outlet, section: str, seconds: float
) -> None:
    clock.at(seconds)
    feed = parsed(fetch(server, outlet.id, section))
    assert feed.version == VERSIONS[outlet.format]
    for got, meant in zip(feed.entries, expected(outlet, section, clock), strict=True):
        assert got.title == meant.title
        assert meant.report.summary in plain(got.summary)
        assert got.link == f"{server.base_url}/articles/{outlet.id}/{meant.report.story}.html"


@pytest.mark.parametrize("seconds", MOMENTS)
@pytest.mark.parametrize(("outlet", "section"), FEEDS)
def test_every_date_is_the_reports_own_and_none_lies_in_the_future(
    server: DemoServer, clock: SetClock, outlet: Outlet, section: str, seconds: float
) -> None:
    clock.at(seconds)
    entries = parsed(fetch(server, outlet.id, section)).entries
    for got, meant in zip(entries, expected(outlet, section, clock), strict=True):
        if not meant.report.dated:
            assert "published" not in got
            continue
        # RDF has the one date, which feedparser calls `updated`.
        date = datetime.fromtimestamp(timegm(got.get("published_parsed") or got.updated_parsed), UTC)
        assert date == meant.at.replace(microsecond=0) <= clock.now()


def test_a_story_appears_at_its_moment_and_not_before(server: DemoServer, clock: SetClock) -> None:
    clock.at(69.9)
    assert "second-crossing" not in stories(fetch(server, "meridian"))
    clock.at(70)
    assert stories(fetch(server, "meridian"))[0] == "second-crossing"


def test_twice_the_speed_shows_it_in_half_the_time(serve: Callable[..., DemoServer], clock: SetClock) -> None:
    server = serve(2.0)
    assert server.duration == SCENARIO.duration / 2
    clock.at(34.9)
    assert "second-crossing" not in stories(fetch(server, "meridian"))
    clock.at(35)
    assert "second-crossing" in stories(fetch(server, "meridian"))


def test_finished_serves_the_end_at_once_and_dates_it_before_now(
    serve: Callable[..., DemoServer], clock: SetClock
) -> None:
    server = serve(finished=True)
    assert server.start_time == START - timedelta(seconds=SCENARIO.duration)
    served = {
        (o.id, s) for o in SCENARIO.outlets for section in o.sections for s in stories(fetch(server, o.id, section))
    }
    assert served == {(report.outlet, report.story) for report in SCENARIO.reports}


def test_an_edited_headline_keeps_its_id_and_link(server: DemoServer, clock: SetClock) -> None:
    def crossing() -> feedparser.FeedParserDict:
        return next(e for e in parsed(fetch(server, "meridian")).entries if "second-crossing" in e.link)

    clock.at(165)
    before = crossing()
    clock.at(167)
    after = crossing()
    assert after.title != before.title
    assert (after.id, after.link, after.published) == (before.id, before.link, before.published)


# ------------------------------------------------------------------ habits of the feeds


def test_one_outlet_gives_no_guids_and_leaves_some_dates_out(server: DemoServer, clock: SetClock) -> None:
    clock.at(100)
    entries = parsed(fetch(server, "imjin")).entries
    assert not any("id" in entry for entry in entries)
    assert {"published" in entry for entry in entries} == {True, False}


def test_one_feed_is_in_latin_1_and_says_so_in_its_declaration_alone(server: DemoServer, clock: SetClock) -> None:
    clock.at(299)
    response = fetch(server, "parrot")
    assert "charset" not in response.headers["Content-Type"]
    assert response.body.startswith(b'<?xml version="1.0" encoding="iso-8859-1"?>')
    assert "déjà".encode("latin-1") in response.body
    assert b"&#8217;" in response.body
    with pytest.raises(UnicodeDecodeError):
        response.body.decode("utf-8")


def test_one_feed_wraps_html_in_cdata_and_others_escape_it(server: DemoServer) -> None:
    assert b"<![CDATA[<img " in fetch(server, "halcyon").body
    assert b"&lt;p&gt;" in fetch(server, "lantern").body
    assert b"&lt;p&gt;" in fetch(server, "palawan").body


def test_one_feed_has_relative_links(server: DemoServer) -> None:
    assert b'href="articles/lantern/' in fetch(server, "lantern").body


def test_two_feeds_of_one_publisher_carry_the_same_article(server: DemoServer) -> None:
    world, asia = (
        {entry.id: entry.link for entry in parsed(fetch(server, "halcyon", section)).entries}
        for section in ("world", "asia")
    )
    assert world.items() & asia.items()
    assert world.keys() != asia.keys()


def test_gzip_comes_when_asked_for_and_not_otherwise(server: DemoServer) -> None:
    packed = fetch(server, "halcyon", accept_encoding="gzip")
    bare = fetch(server, "halcyon")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.raw.startswith(b"\x1f\x8b")
    assert "Content-Encoding" not in bare.headers
    assert packed.body == bare.raw
    assert "Content-Encoding" not in fetch(server, "meridian", accept_encoding="gzip").headers


# ------------------------------------------------------------------ conditional requests


@pytest.mark.parametrize("outlet_id", ["meridian", "halcyon"])
def test_an_echoed_etag_is_answered_304_until_something_new_comes(
    server: DemoServer, clock: SetClock, outlet_id: str
) -> None:
    clock.at(1)
    etag = fetch(server, outlet_id).headers["ETag"]
    clock.at(9)
    unchanged = fetch(server, outlet_id, if_none_match=etag)
    assert (unchanged.status, unchanged.raw, unchanged.headers["ETag"]) == (304, b"", etag)
    clock.at(20)
    changed = fetch(server, outlet_id, if_none_match=etag)
    assert changed.status == 200
    assert changed.headers["ETag"] != etag


def test_an_etag_is_weak_where_the_coding_varies(server: DemoServer) -> None:
    assert fetch(server, "halcyon").headers["ETag"].startswith('W/"')
    assert fetch(server, "meridian").headers["ETag"].startswith('"')


def test_an_echoed_last_modified_is_answered_304_until_something_new_comes(server: DemoServer, clock: SetClock) -> None:
    clock.at(1)
    changed = fetch(server, "taedong").headers["Last-Modified"]
    clock.at(33.9)
    assert fetch(server, "taedong", if_modified_since=changed).status == 304
    clock.at(36)
    assert fetch(server, "taedong", if_modified_since=changed).status == 200


def test_no_last_modified_is_promised_within_the_second_of_a_change(server: DemoServer, clock: SetClock) -> None:
    clock.at(34)
    assert "Last-Modified" not in fetch(server, "taedong").headers
    clock.at(35)
    assert fetch(server, "taedong").headers["Last-Modified"] == "Tue, 18 Jun 2024 21:30:49 GMT"


@pytest.mark.parametrize("outlet_id", ["ledger", "imjin", "parrot", "palawan"])
def test_some_feeds_have_no_validator(server: DemoServer, clock: SetClock, outlet_id: str) -> None:
    clock.at(60)
    assert not {"ETag", "Last-Modified"} & fetch(server, outlet_id).headers.keys()


# ------------------------------------------------------------------ the outage


def test_one_outlet_drops_out_for_half_a_minute_and_comes_back(server: DemoServer, clock: SetClock) -> None:
    def status(seconds: float) -> int:
        clock.at(seconds)
        return fetch(server, "imjin").status

    assert [status(seconds) for seconds in (119, 120, 149, 150, 299)] == [200, 503, 503, 200, 200]
    clock.at(130)
    assert fetch(server, "imjin").headers["Retry-After"] == "8"
    assert fetch(server, "meridian").status == 200


def test_what_was_written_during_the_outage_is_there_afterwards(server: DemoServer, clock: SetClock) -> None:
    clock.at(151)
    assert stories(fetch(server, "imjin"))[0] == "school-museum"


def test_retry_after_shrinks_with_speed_but_not_to_nothing(serve: Callable[..., DemoServer], clock: SetClock) -> None:
    server = serve(60.0)
    clock.at(2.1)
    response = fetch(server, "imjin")
    assert (response.status, response.headers["Retry-After"]) == (503, "1")


# ------------------------------------------------------------------ pages and sockets


@pytest.mark.parametrize(("outlet", "section"), FEEDS)
def test_every_link_leads_to_a_page_with_the_article(
    server: DemoServer, clock: SetClock, outlet: Outlet, section: str
) -> None:
    clock.at(299)
    for entry in parsed(fetch(server, outlet.id, section)).entries:
        page = get(entry.link)
        assert page.status == 200
        text = plain(page.body.decode())
        assert entry.title in text
        assert "None of this happened" in text


def test_the_front_page_lists_every_feed(server: DemoServer) -> None:
    page = get(f"{server.base_url}/").body.decode()
    for outlet in SCENARIO.outlets:
        assert all(server.feed_url(outlet.id, section) in page for section in outlet.sections)


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/feeds/nobody/world.xml",
        "/feeds/meridian/asia.xml",
        "/articles/meridian/nothing.html",
        "/feeds/../..",
    ],
)
def test_anything_else_is_not_found(server: DemoServer, path: str) -> None:
    assert get(server.base_url + path).status == 404


def test_the_page_of_a_future_article_is_not_found(server: DemoServer, clock: SetClock) -> None:
    url = f"{server.base_url}/articles/meridian/second-crossing.html"
    assert get(url).status == 404
    clock.at(70)
    assert get(url).status == 200


def test_it_listens_on_loopback_alone(server: DemoServer) -> None:
    assert server.base_url.startswith("http://127.0.0.1:")


@pytest.fixture
def no_resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> str:
        raise AssertionError(f"the resolver was asked: {args}")

    monkeypatch.setattr(socket, "getfqdn", refuse)
    monkeypatch.setattr(socket, "gethostbyaddr", refuse)


@pytest.mark.usefixtures("no_resolver")
def test_starting_and_answering_asks_no_resolver(serve: Callable[..., DemoServer]) -> None:
    assert fetch(serve(), "meridian").status == 200


def test_stop_frees_the_port_and_may_be_repeated(serve: Callable[..., DemoServer]) -> None:
    server = serve()
    port = int(server.base_url.rpartition(":")[2])
    server.stop()
    server.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=60)
    with pytest.raises(RuntimeError, match="not running"):
        _ = server.base_url


def test_before_its_start_it_has_no_times_to_tell() -> None:
    with pytest.raises(RuntimeError, match="not been started"):
        _ = DemoServer(SystemClock()).start_time


def test_requests_leave_the_terminal_alone(server: DemoServer, capfd: pytest.CaptureFixture[str]) -> None:
    fetch(server, "meridian")
    get(f"{server.base_url}/nothing")
    assert capfd.readouterr() == ("", "")


def test_a_client_that_hangs_up_is_no_error(server: DemoServer, capfd: pytest.CaptureFixture[str]) -> None:
    port = int(server.base_url.rpartition(":")[2])
    for _ in range(5):
        rude = socket.create_connection(("127.0.0.1", port), timeout=60)
        # Closing with SO_LINGER 0 sends a reset, which a handler meets in the middle of its answer.
        rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        rude.sendall(b"GET /feeds/meridian/world.xml HTTP/1.0\r\n\r\n")
        rude.close()
    assert fetch(server, "meridian").status == 200
    server.stop()
    assert capfd.readouterr() == ("", "")
