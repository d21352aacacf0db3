"""`tensionwatch feeds add` and `remove`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tensionwatch import config
from tensionwatch.cli import main
from tests.feeds.server import FeedServer, Reply, rss
from tests.feeds_command.conftest import KEY, TWO, Run, link, listed, page


def test_a_feed_is_looked_at_and_written(server: FeedServer, path: Path, feeds: Run) -> None:
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


def test_what_the_user_says_goes_before_what_the_feed_says(server: FeedServer, path: Path, feeds: Run) -> None:
    url = server.feed("/rss", rss("One"))
    said = ("--id", "mine", "--name", "Mine", "--publisher", "me.example", "--lang", "ko")
    assert feeds("add", url, "--allow-private", *said)[0] == 0
    (feed,) = listed(path)
    assert [feed[key] for key in ("id", "name", "publisher", "lang")] == ["mine", "Mine", "me.example", "ko"]


def test_the_feed_behind_a_page_is_found(server: FeedServer, path: Path, feeds: Run) -> None:
    server.on("/news/", page('<base href="/deep/">', link("rss")))
    url = server.feed("/deep/rss", rss("One"))
    code, _, err = feeds("add", server.url("/news/"), "--allow-private")
    assert code == 0
    assert f"is a page; its feed is {url}" in err
    assert listed(path)[0]["url"] == url


def test_of_several_feeds_the_user_picks(server: FeedServer, path: Path, feeds: Run) -> None:
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
    server: FeedServer, path: Path, feeds: Run
) -> None:
    server.on("/news", page())
    server.on("/rss", page())
    url = server.feed("/rss.xml", rss("One"))
    assert feeds("add", server.url("/news"), "--allow-private")[0] == 0
    assert listed(path)[0]["url"] == url
    assert [asked.path for asked in server.asked] == ["/news", "/feed", "/rss", "/rss.xml"]
    assert server.most_at_once == 1


def test_where_there_is_no_feed_nothing_is_written(server: FeedServer, path: Path, feeds: Run) -> None:
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


def test_an_address_of_ones_own_network_is_refused_unless_that_is_said(server: FeedServer, feeds: Run) -> None:
    code, _, err = feeds("add", server.feed("/rss", rss("One")))
    assert code == 1
    assert "private address" in err
    assert "--allow-private" in err
    assert server.asked == []


def test_a_feed_that_has_moved_for_good_is_added_where_it_is(server: FeedServer, path: Path, feeds: Run) -> None:
    url = server.feed("/new", rss("One"))
    old = server.on("/old", Reply(status=301, headers={"Location": "/new"}))
    now = server.on("/now", Reply(status=302, headers={"Location": "/other"}))
    server.feed("/other", rss("One"))
    assert feeds("add", old, "--allow-private")[0] == 0
    assert feeds("add", now, "--allow-private")[0] == 0
    assert [feed["url"] for feed in listed(path)] == [url, now]
    assert [feed["id"] for feed in listed(path)] == ["the-harbour-post", "the-harbour-post-2"]


def test_an_address_that_is_there_is_refused_with_its_line(server: FeedServer, path: Path, feeds: Run) -> None:
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


def test_a_dry_run_shows_the_lines_and_writes_none(server: FeedServer, path: Path, feeds: Run) -> None:
    before = path.read_bytes()
    code, out, err = feeds("add", server.feed("/rss", rss("One")), "--allow-private", "--dry-run")
    assert code == 0
    assert '+[[feed]]\n+id = "the-harbour-post"\n' in out
    assert "nothing was written" in err
    assert path.read_bytes() == before


def test_options_that_the_configuration_would_not_take_are_told(server: FeedServer, path: Path, feeds: Run) -> None:
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


def test_a_password_in_the_address_becomes_a_login(server: FeedServer, path: Path, feeds: Run) -> None:
    server.on("/", page(link("/rss")))
    url = server.feed("/rss", rss("One"))
    words = ("add", server.url("/").replace("http://", f"http://me:{KEY}@"), "--allow-private")
    code, out, err = feeds(*words, "--dry-run")
    assert code == 0
    assert "+auth = …\n" in out
    assert KEY not in out + err
    assert feeds(*words)[0] == 0
    assert (listed(path)[0]["url"], listed(path)[0]["auth"]) == (url, {"user": "me", "password": KEY})
    assert all("authorization" in asked.headers for asked in server.asked)


# ------------------------------------------------------------------ remove


def test_a_feed_is_taken_out_and_all_else_stays(path: Path, feeds: Run) -> None:
    before = path.read_text("utf-8")
    path.write_text(before + TWO, "utf-8")
    code, out, err = feeds("remove", "b")
    assert (code, out) == (0, f"removed 'b' (https://b.example/rss) from {path}\n")
    assert "its articles stay in the store" in err
    assert path.read_text("utf-8") == before + TWO.partition('\n[[feed]]\nid = "b"')[0]
    assert feeds("remove", "https://A.example:443/rss")[0] == 2
    assert feeds("remove", "http://A.example/rss#x")[0] == 0
    assert listed(path) == []


def test_a_feed_that_is_not_there_is_told_with_the_nearest(path: Path, feeds: Run) -> None:
    path.write_text(path.read_text("utf-8") + TWO.replace('"a"', '"harbour"'), "utf-8")
    code, _, err = feeds("remove", "harbuor")
    assert code == 2
    assert "no feed 'harbuor'; did you mean 'harbour'?" in err


def test_a_dry_run_shows_no_secret(path: Path, feeds: Run) -> None:
    secrets = (
        f'auth = "me:{KEY}"\nheaders = {{ A = "{KEY}" }}\n',
        f'\n[feed.auth]\nuser = "me"\npassword = "{KEY}"\n\n[feed.headers]\nA = "{KEY}"\n',
    )
    for more in secrets:
        path.write_text(
            f'[[feed]]\nid = "a"\nurl = "https://me:{KEY}@a.example/"\n{more}'.replace(f"me:{KEY}@", ""), "utf-8"
        )
        code, out, err = feeds("remove", "a", "--dry-run")
        assert code == 0
        assert '-id = "a"' in out
        assert KEY not in out + err
