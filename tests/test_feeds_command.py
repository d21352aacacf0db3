"""`tensionwatch feeds list, check, add, remove`: the real command on real files against a real server on loopback."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tensionwatch import config
from tensionwatch.cli import FEED_SORTS, main
from tensionwatch.clock import SystemClock
from tensionwatch.commands.feeds_list import SORTS
from tensionwatch.model import Batch, FeedState
from tensionwatch.store import Store
from tests.feeds.server import FeedServer, Reply, rss, runaway, slowly

KEY = "k3y-0f-the-harbour"
PAGE = {"Content-Type": "text/html; charset=utf-8"}


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer().running() as running:
        yield running


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of a configuration of no feeds; HOME is a folder of its own."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    path = tmp_path / "config.toml"
    path.write_text('# mine\n[storage]\npath = "store"\n\n[ui] # colours\n', "utf-8")
    return path


Run = tuple[int, str, str]


@pytest.fixture
def feeds(path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*words: str) -> Run:
        code = main(["--config", str(path), "feeds", *words])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def listed(path: Path) -> list[dict[str, Any]]:
    feeds: list[dict[str, Any]] = tomllib.loads(path.read_text("utf-8")).get("feed", [])
    return feeds


def dated(*days_ago: float) -> bytes:
    """A feed with entries of that age."""
    items = "".join(
        f"<item><title>Story {n}</title><guid>{n}</guid>"
        f"<pubDate>{datetime.now(UTC) - timedelta(days=days):%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
        for n, days in enumerate(days_ago)
    )
    return f'<rss version="2.0"><channel><title>Dated</title>{items}</channel></rss>'.encode()


def page(*links: str) -> Reply:
    return Reply(f"<!doctype html><html><head>{''.join(links)}</head></html>".encode(), headers=PAGE)


def link(href: str, title: str = "", kind: str = "application/rss+xml") -> str:
    return f'<link rel="alternate" type="{kind}" href="{href}" title="{title}">'


# ------------------------------------------------------------------ add


def test_a_feed_is_looked_at_and_written(server: FeedServer, path: Path, feeds: Any) -> None:
    url = server.feed("/rss", rss("One", "Two", extra="<language>de-AT</language>"), ETag='"1"')
    before = path.read_text("utf-8")
    code, out, _ = feeds("add", url, "--allow-private", "--tag", "sea", "--tag", "port", "--interval", "30m")
    assert code == 0
    assert out.startswith("added 'the-harbour-post' (The Harbour Post, rss20, 2 items, http://127.0.0.1:")
    assert out.endswith(f"{path}:7\n")
    assert path.read_text("utf-8").startswith(before)
    assert listed(path) == [
        {
            "id": "the-harbour-post", "url": url, "name": "The Harbour Post", "publisher": "127.0.0.1", "lang": "de-AT",
            "tags": ["sea", "port"], "interval": "30m", "allow_private": True,
        }
    ]  # fmt: skip
    assert server.count("/rss") == 1


def test_what_the_user_says_goes_before_what_the_feed_says(server: FeedServer, path: Path, feeds: Any) -> None:
    url = server.feed("/rss", rss("One"))
    said = ("--id", "mine", "--name", "Mine", "--publisher", "me.example", "--lang", "ko")
    assert feeds("add", url, "--allow-private", *said)[0] == 0
    (feed,) = listed(path)
    assert [feed[key] for key in ("id", "name", "publisher", "lang")] == ["mine", "Mine", "me.example", "ko"]


def test_the_feed_behind_a_page_is_found(server: FeedServer, path: Path, feeds: Any) -> None:
    server.on("/news/", page('<base href="/deep/">', link("rss")))
    url = server.feed("/deep/rss", rss("One"))
    code, _, err = feeds("add", server.url("/news/"), "--allow-private")
    assert code == 0
    assert f"is a page; its feed is {url}" in err
    assert listed(path)[0]["url"] == url


def test_of_several_feeds_the_user_picks(server: FeedServer, path: Path, feeds: Any) -> None:
    first, second = server.feed("/a", rss("One")), server.feed("/b", rss("One", channel="Second"))
    server.on("/", page(link("/a", "All"), link("/b", "[/]\x1b[31mSport")))
    code, _, err = feeds("add", server.url("/"), "--allow-private")
    assert code == 1
    assert f"  1  RSS  {first}  All\n  2  RSS  {second}  [/][31mSport\n" in err
    assert "names 2 feeds: choose one with --pick N" in err
    assert listed(path) == []
    assert feeds("add", server.url("/"), "--allow-private", "--pick", "2")[0] == 0
    assert listed(path)[0]["url"] == second
    assert feeds("add", server.url("/"), "--allow-private", "--pick", "3")[0] == 2
    assert "(already there: 'second')" in feeds("add", server.url("/"), "--allow-private")[2]


def test_a_page_that_names_none_is_asked_for_in_the_usual_places_one_by_one(
    server: FeedServer, path: Path, feeds: Any
) -> None:
    server.on("/news", page())
    server.on("/rss", page())
    url = server.feed("/rss.xml", rss("One"))
    assert feeds("add", server.url("/news"), "--allow-private")[0] == 0
    assert listed(path)[0]["url"] == url
    assert [asked.path for asked in server.asked] == ["/news", "/feed", "/rss", "/rss.xml"]
    assert server.most_at_once == 1


def test_where_there_is_no_feed_nothing_is_written(server: FeedServer, path: Path, feeds: Any) -> None:
    server.on("/news", page())
    before = path.read_bytes()
    for url, told in (
        (server.url("/news"), "there is none in the usual places"),
        (server.url("/no"), "HTTP 404 Not Found"),
        (server.feed("/empty", rss()), "no entries"),
        (server.on("/json", Reply(b"{}")), "JSON, not RSS or Atom"),
        ("http://harbour.invalid/rss", "no such host"),
    ):
        code, _, err = feeds("add", url, "--allow-private")
        assert (code, told in err) == (1, True), err
    assert path.read_bytes() == before


def test_an_address_of_ones_own_network_is_refused_unless_that_is_said(server: FeedServer, feeds: Any) -> None:
    code, _, err = feeds("add", server.feed("/rss", rss("One")))
    assert code == 1
    assert "private address" in err
    assert "--allow-private" in err
    assert server.asked == []


def test_a_feed_that_has_moved_for_good_is_added_where_it_is(server: FeedServer, path: Path, feeds: Any) -> None:
    url = server.feed("/new", rss("One"))
    old = server.on("/old", Reply(status=301, headers={"Location": "/new"}))
    now = server.on("/now", Reply(status=302, headers={"Location": "/other"}))
    server.feed("/other", rss("One"))
    assert feeds("add", old, "--allow-private")[0] == 0
    assert feeds("add", now, "--allow-private")[0] == 0
    assert [feed["url"] for feed in listed(path)] == [url, now]
    assert [feed["id"] for feed in listed(path)] == ["the-harbour-post", "the-harbour-post-2"]


def test_an_address_that_is_there_is_refused_with_its_line(server: FeedServer, path: Path, feeds: Any) -> None:
    url = server.feed("/rss", rss("One"))
    server.on("/", page(link("/rss")))
    assert feeds("add", url, "--allow-private")[0] == 0
    asked = len(server.asked)
    code, _, err = feeds("add", f"{url}#top", "--allow-private")
    assert code == 1
    assert f"{path}:9: 'the-harbour-post' has this address already" in err
    assert len(server.asked) == asked
    assert feeds("add", server.url("/"), "--allow-private")[0] == 1
    assert len(listed(path)) == 1


def test_a_dry_run_shows_the_lines_and_writes_none(server: FeedServer, path: Path, feeds: Any) -> None:
    before = path.read_bytes()
    code, out, err = feeds("add", server.feed("/rss", rss("One")), "--allow-private", "--dry-run")
    assert code == 0
    assert '+[[feed]]\n+id = "the-harbour-post"\n' in out
    assert "nothing was written" in err
    assert path.read_bytes() == before


def test_options_that_the_configuration_would_not_take_are_told(server: FeedServer, path: Path, feeds: Any) -> None:
    url = server.feed("/rss", rss("One"))
    before = path.read_bytes()
    assert feeds("add", url, "--allow-private", "--interval", "soon")[0] == 2
    code, _, err = feeds("add", url, "--allow-private", "--id", "Not An Id")
    assert code == 1
    assert "did you mean 'not-an-id'?" in err
    assert feeds("add", "file:///etc/passwd")[0] == 2
    assert "http:// or https:// with a host" in feeds("add", "|touch /tmp/x")[2]
    assert path.read_bytes() == before


def test_without_a_configuration_one_is_made_of_the_shipped_one(
    server: FeedServer, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = server.feed("/rss", rss("One"))
    assert main(["feeds", "add", url, "--allow-private", "--dry-run"]) == 0
    assert config.find() is None
    assert main(["feeds", "add", url, "--allow-private"]) == 0
    assert f"made {config.user_path()} of the shipped one" in capsys.readouterr().err
    text = config.user_path().read_text("utf-8")
    assert len(text.splitlines()) == len(config.example_text().splitlines()) + 7
    assert config.load(config.user_path()).feeds[-1].url == url


def test_a_body_that_takes_for_ever_to_read_is_told_and_the_next_is_read(
    server: FeedServer, path: Path, feeds: Any
) -> None:
    path.write_text(path.read_text("utf-8") + '[poll]\nparse_timeout = "2s"\n', "utf-8")
    bad, good = server.feed("/bad", runaway()), server.feed("/good", rss("One"))
    code, out, _ = feeds("check", bad, good, "--allow-private", "--json")
    reports = [json.loads(line) for line in out.splitlines()]
    assert code == 1
    assert [report["good"] for report in reports] == [False, True]
    assert reports[0]["reason"] == "reading its body took longer than 2 s"


# ------------------------------------------------------------------ remove


TWO = """
# World

[[feed]]
id = "a"
url = "https://a.example/rss"

# Korea

[[feed]]
id = "b"
url = "https://b.example/rss"
"""


def test_a_feed_is_taken_out_and_all_else_stays(path: Path, feeds: Any) -> None:
    before = path.read_text("utf-8")
    path.write_text(before + TWO, "utf-8")
    code, out, err = feeds("remove", "b")
    assert (code, out) == (0, f"removed 'b' (https://b.example/rss) from {path}\n")
    assert "its articles stay in the store" in err
    assert path.read_text("utf-8") == before + TWO.partition('\n[[feed]]\nid = "b"')[0]
    assert feeds("remove", "https://A.example:443/rss")[0] == 2
    assert feeds("remove", "http://A.example/rss#x")[0] == 0
    assert listed(path) == []


def test_a_feed_that_is_not_there_is_told_with_the_nearest(path: Path, feeds: Any) -> None:
    path.write_text(path.read_text("utf-8") + TWO.replace('"a"', '"harbour"'), "utf-8")
    code, _, err = feeds("remove", "harbuor")
    assert code == 2
    assert "no feed 'harbuor'; did you mean 'harbour'?" in err


# ------------------------------------------------------------------ check


def check(feeds: Any, *words: str) -> tuple[int, list[dict[str, Any]]]:
    code, out, _ = feeds("check", *words, "--allow-private", "--json")
    return code, [json.loads(line) for line in out.splitlines()]


def test_a_look_tells_what_the_server_said(server: FeedServer, feeds: Any) -> None:
    headers = {"ETag": '"x"', "Last-Modified": "Sun, 01 Mar 2026 12:00:00 GMT", "Cache-Control": "max-age=900"}
    server.feed("/new", dated(0.5, 3), **headers)
    url = server.on("/old", Reply(status=308, headers={"Location": "/new"}))
    code, (report,) = check(feeds, url)
    assert code == 0
    expected = {
        "good": True, "status": 200, "final_url": server.url("/new"), "moved_for_good": server.url("/new"),
        "redirects": [{"status": 308, "url": url}], "content_type": "application/rss+xml", "format": "rss20",
        "entries": 2, "undated": 0, "etag": '"x"', "cache_control": "max-age=900", "fresh_for": 900.0, "expires": None,
    }  # fmt: skip
    assert {key: report[key] for key in expected} == expected
    assert report["advice"] == [f"moved for good to {server.url('/new')}: change url"]
    newest = datetime.fromisoformat(report["newest"])
    assert abs(datetime.now(UTC) - newest - timedelta(days=0.5)) < timedelta(minutes=5)
    assert all("if-none-match" not in asked.headers for asked in server.asked)


def test_advice_says_what_could_be_better(server: FeedServer, feeds: Any) -> None:
    server.on("/page", page(link("/rss")))
    server.on("/plain", Reply(dated(40, 41), headers={"Content-Type": "text/plain", "ETag": '"1"'}))
    urls = [server.feed("/undated", rss("One")), server.url("/plain"), server.url("/page"), server.url("/no")]
    code, reports = check(feeds, *urls)
    advice = [" | ".join(report["advice"]) for report in reports]
    assert code == 1
    assert "no entry has a date" in advice[0]
    assert "sends no validators: every poll transfers all of it" in advice[0]
    assert "the newest entry is 40 days old" in advice[1]
    assert "served as text/plain" in advice[1]
    assert "an HTML page that names a feed: 'tensionwatch feeds add' takes it" in advice[2]
    assert reports[2]["candidates"] == [{"url": server.url("/rss"), "kind": "RSS", "name": ""}]
    assert "look on the site" in advice[3]


def test_without_arguments_all_that_are_polled_are_asked_once_and_nothing_is_kept(
    server: FeedServer, path: Path, feeds: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARBOUR_KEY", KEY)
    for name in "abc":
        server.feed(f"/{name}", rss("One"), ETag='"1"')
    server.on("/c", Reply(KEY.encode(), 403))
    more = (
        f'[[feed]]\nid = "a"\nurl = "{server.url("/a")}"\nallow_private = true\n'
        'headers = { "X-Api-Key" = "env:HARBOUR_KEY" }\nauth = "me:env:HARBOUR_KEY"\n'
        f'[[feed]]\nid = "b"\nurl = "{server.url("/b")}"\nallow_private = true\nenabled = false\n'
        f'[[feed]]\nid = "c"\nurl = "{server.url("/c")}"\nallow_private = true\n'
        f'[[feed]]\nid = "d"\nurl = "{server.url("/a?d")}"\nallow_private = true\nauth = "me:env:NOT_THERE"\n'
    )
    path.write_text(path.read_text("utf-8") + more, "utf-8")
    code, out, err = feeds("check")
    assert code == 1
    assert [asked.path for asked in server.asked] == ["/a", "/c"]
    assert server.asked[0].headers["x-api-key"] == KEY
    assert "auth: NOT_THERE is not set in the environment" in out
    assert "left out: 1 feed that the configuration disables" in err
    assert "3 feeds: 1 good, 2 not" in err
    assert KEY not in out + err
    assert KEY not in "".join(feeds("check", "--json")[1:]) + "".join(feeds("list", "--json")[1:])
    assert not (path.parent / "store").exists()


def test_one_host_is_asked_one_thing_at_a_time(server: FeedServer, feeds: Any) -> None:
    urls = [server.on(f"/{n}", slowly(0.05, Reply(rss("One")))) for n in range(5)]
    assert check(feeds, *urls)[0] == 0
    assert server.most_at_once == 1


def test_passwords_in_addresses_are_not_shown(server: FeedServer, feeds: Any) -> None:
    url = server.feed("/rss", rss("One")).replace("http://", f"http://me:{KEY}@")
    code, out, err = feeds("check", url, "--allow-private")
    assert code == 0
    assert "authorization" in server.asked[0].headers
    assert KEY not in out + err
    assert KEY not in str(check(feeds, url))


def test_a_word_that_is_no_feed_and_no_address_is_told(path: Path, feeds: Any) -> None:
    path.write_text(path.read_text("utf-8") + TWO.replace('"a"', '"harbour"'), "utf-8")
    assert "did you mean 'harbour'?" in feeds("check", "harbou")[2]
    assert feeds("check", "harbou")[0] == 2


def test_in_words_a_look_fits_a_reader(server: FeedServer, feeds: Any) -> None:
    body = dated(1).replace(b"</title>", b"</title><ttl>90</ttl><skipHours><hour>3</hour></skipHours>", 1)
    url = server.feed("/rss", body, ETag='"x"')
    _, out, _ = feeds("check", url, "--allow-private")
    first, answer, feed, cache = out.splitlines()
    assert first == f"good  {url}"
    assert re.fullmatch(r"      answer  HTTP 200, application/rss\+xml, \d+ bytes in \d\.\d\d s", answer)
    assert re.fullmatch(r"      feed    rss20, 1 item, newest \d{4}-\d\d-\d\d \d\d:\d\dZ, 1d ago", feed)
    assert cache == '      cache   etag: "x"; the feed itself: every 1h30m at most; skips hours 3 UTC'


# ------------------------------------------------------------------ list


NOW = SystemClock().now().replace(microsecond=0)
STATES = (
    FeedState(
        feed="a", url="https://a.example/rss", result="ok", last_success=NOW - timedelta(minutes=5), articles=200,
        next_check=NOW + timedelta(minutes=10, seconds=30), next_reason="every 15m", entries_a_day=12.4, flagged=30,
        response_times=(0.2, 0.4, 9.0),
    ),
    FeedState(
        feed="b", url="https://b.example/rss", result="failed", reason="HTTP 503 Service Unavailable", failures=4,
        last_success=NOW - timedelta(days=2), next_check=NOW + timedelta(hours=3), next_reason="failed 4 times",
    ),
)  # fmt: skip


@pytest.fixture
def watched(path: Path) -> Path:
    path.write_text(
        path.read_text("utf-8") + TWO.replace('"b"\n', '"b"\nname = "기장 Harbour Post of the North"\n', 1), "utf-8"
    )
    with Store.open(path.parent / "store") as store:
        store.commit(Batch(feed_states=STATES))
    return path


def test_the_list_has_trouble_first_and_all_that_is_known(watched: Path, feeds: Any) -> None:
    code, out, err = feeds("list")
    head, first, second = out.splitlines()
    assert code == 0
    assert head.split() == ("STATE ID NAME PUBLISHER LAST OK NEXT FAILS A DAY FLAGGED TIME WHY THEN HEALTH").split()
    assert first.startswith("failing  b   기장 Harbour Post of the North  b.example")
    assert "2d ago" in first
    assert "HTTP 503 Service Unavailable" in first
    assert re.search(r"\d+m ago +in \d+m +0 +12 +15% +0\.40s +every 15m", second)
    assert err.strip() == "2 feeds: 1 failing, 1 ok"


def test_the_list_as_json_says_the_same(watched: Path, feeds: Any) -> None:
    reports = [json.loads(line) for line in feeds("list", "--json", "--sort", "config")[1].splitlines()]
    assert [report["id"] for report in reports] == ["a", "b"]
    expected = {"share_flagged": 0.15, "response_time": 0.4, "entries_a_day": 12.4, "state": "ok", "failures": 0}
    assert {key: reports[0][key] for key in expected} == expected
    assert reports[1]["reason"] == "HTTP 503 Service Unavailable"
    assert reports[0]["next_check"] == f"{STATES[0].next_check:%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.parametrize("by", FEED_SORTS)
def test_the_list_can_be_sorted(watched: Path, feeds: Any, by: str) -> None:
    first = {"trouble": "b", "name": "a"}.get(by, "a")
    assert json.loads(feeds("list", "--json", "--sort", by)[1].splitlines()[0])["id"] == first
    assert set(SORTS) == set(FEED_SORTS)


def test_ids_alone_are_for_scripts(watched: Path, feeds: Any) -> None:
    assert feeds("list", "--ids")[1] == "a\nb\n"


@pytest.mark.parametrize("columns", [40, 60, 80, 100, 250])
def test_the_list_fits_its_terminal(watched: Path, columns: int) -> None:
    import pty

    from rich.cells import cell_len

    main_end, their_end = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(columns), "TERM": "xterm"}
    environment.pop("NO_COLOR", None)
    subprocess.run(
        [sys.executable, "-m", "tensionwatch", "--config", str(watched), "feeds", "list"],
        stdout=their_end, stderr=subprocess.DEVNULL, env=environment, check=True, timeout=60,
    )  # fmt: skip
    os.close(their_end)
    shown = os.read(main_end, 100_000).decode().replace("\r\n", "\n")
    os.close(main_end)
    lines = re.sub(r"\x1b\[\d+m", "", shown).splitlines()
    assert max(map(cell_len, lines)) <= columns
    assert "\x1b[31m" in shown
    assert len(lines) == (3 if columns == 250 else 5)
    assert "failing" in lines[1]
    assert lines[0].split()[-1] == {40: "FAILS", 60: "TIME", 80: "TIME", 100: "TIME", 250: "HEALTH"}[columns]
    assert columns < 100 or "기장" in shown


def test_silent_feeds_are_named(watched: Path, feeds: Any) -> None:
    silent = msgspec.structs.replace(
        STATES[0], last_new=NOW - timedelta(days=9, hours=1), usual_gap=86_400.0, arrived=20,
        watched_since=NOW - timedelta(days=60),
    )  # fmt: skip
    with Store.open(watched.parent / "store") as store:
        store.commit(Batch(feed_states=(silent,)))
    assert "silent for 9 days, usually daily" in feeds("list")[1]


def test_a_configuration_that_is_wrong_is_told(path: Path, feeds: Any) -> None:
    path.write_text("feed = 7\n", "utf-8")
    for words in (("list",), ("check",), ("add", "https://a.example/"), ("remove", "a")):
        code, _, err = feeds(*words)
        assert (code, "not a list of tables" in err) == (2, True)
