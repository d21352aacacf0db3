"""`tensionwatch feeds check`."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tensionwatch.cli import main
from tests.feeds.server import FeedServer, Reply, rss, slowly
from tests.feeds_command.conftest import KEY, TWO, Run, dated, link, page
from tests.waiting import LONG, wait_until


def check(feeds: Run, *words: str) -> tuple[int, list[dict[str, Any]]]:
    code, out, _ = feeds("check", *words, "--allow-private", "--json")
    return code, [json.loads(line) for line in out.splitlines()]


def test_a_look_tells_what_the_server_said(server: FeedServer, feeds: Run) -> None:
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


def test_advice_says_what_could_be_better(server: FeedServer, feeds: Run) -> None:
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
    server: FeedServer, path: Path, feeds: Run, monkeypatch: pytest.MonkeyPatch
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


def test_one_host_is_asked_one_thing_at_a_time(server: FeedServer, feeds: Run) -> None:
    urls = [server.on(f"/{n}", slowly(0.05, Reply(rss("One")))) for n in range(5)]
    assert check(feeds, *urls)[0] == 0
    assert server.most_at_once == 1


def test_passwords_in_addresses_are_not_shown(server: FeedServer, feeds: Run) -> None:
    url = server.feed("/rss", rss("One")).replace("http://", f"http://me:{KEY}@")
    code, out, err = feeds("check", url, "--allow-private")
    assert code == 0
    assert "authorization" in server.asked[0].headers
    assert KEY not in out + err
    assert KEY not in str(check(feeds, url))


def test_a_word_that_is_no_feed_and_no_address_is_told(path: Path, feeds: Run) -> None:
    path.write_text(path.read_text("utf-8") + TWO.replace('"a"', '"harbour"'), "utf-8")
    assert "did you mean 'harbour'?" in feeds("check", "harbou")[2]
    assert feeds("check", "harbou")[0] == 2


def test_in_words_a_look_fits_a_reader(server: FeedServer, feeds: Run) -> None:
    body = dated(1).replace(b"</title>", b"</title><ttl>90</ttl><skipHours><hour>3</hour></skipHours>", 1)
    url = server.feed("/rss", body, ETag='"x"')
    _, out, _ = feeds("check", url, "--allow-private")
    first, answer, feed, cache = out.splitlines()
    assert first == f"good  {url}"
    assert re.fullmatch(r"      answer  HTTP 200, application/rss\+xml, \d+ bytes in \d\.\d\d s", answer)
    assert re.fullmatch(r"      feed    rss20, 1 item, newest \d{4}-\d\d-\d\d \d\d:\d\dZ, 1d ago", feed)
    assert cache == '      cache   etag: "x"; the feed itself: every 1h30m at most; skips hours 3 UTC'


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the kernel enforces no such limit")
def test_bodies_that_end_the_process_that_reads_are_told_each(
    server: FeedServer, path: Path, feeds: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        "import os, signal; from tensionwatch.feeds import contents; real = contents.read\n"
        "def read(asked):\n"
        "    hoard = [bytearray(400_000_000) for _ in range(asked.body.count(b'EATS'))]\n"
        "    if b'STAYS' in asked.body:\n"
        "        signal.setitimer(signal.ITIMER_REAL, signal.setitimer(signal.ITIMER_REAL, 0)[0] / 200)\n"
        "        while True: pass\n"
        "    return os._exit(3) if b'LEAVES' in asked.body else real(asked)\n"
        "contents.read = read; contents.main()"
    )
    monkeypatch.setattr("tensionwatch.feeds.look.READER", (sys.executable, "-c", code))
    path.write_text(path.read_text("utf-8") + '[poll]\nparse_timeout = "60s"\n', "utf-8")
    words = ("EATS", "good", "LEAVES", "fine", "STAYS", "well")
    reports = check(feeds, *(server.feed(f"/{word}", rss(word)) for word in words))[1]
    assert [(report["good"], report["reason"]) for report in reports] == [
        (False, "reading its body took more than 300 MB of memory"),
        (True, None),
        (False, "reading its body ended the process that read"),
        (True, None),
        (False, "reading its body took longer than 60 s"),
        (True, None),
    ]


def test_ctrl_c_ends_it_at_once_and_without_a_traceback(server: FeedServer, path: Path) -> None:
    stalled = server.on("/", Reply(chunks=[b"<rss>"] * 1_000, pause=1.0))
    command = [
        sys.executable,
        "-m",
        "tensionwatch",
        "--config",
        str(path),
        "feeds",
        "check",
        stalled,
        "--allow-private",
    ]
    checking = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: server.asked)
    checking.send_signal(signal.SIGINT)
    assert checking.communicate(timeout=LONG)[1] == "tensionwatch: interrupted\n"
    assert checking.returncode == 130


def test_the_check_of_the_configuration_names_missing_variables(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOT_THERE", raising=False)
    feed = f'[[feed]]\nid = "a"\nurl = "http://a.example/"\nauth = "me:env:NOT_THERE"\nheaders = {{ A = "{KEY}" }}\n'
    path.write_text(feed, "utf-8")
    assert main(["--config", str(path), "check"]) == 0
    told = capsys.readouterr()
    assert "feed 'a': auth: NOT_THERE is not set in the environment" in told.err
    assert "feed 'a': over http anyone on the way can read what it is sent" in told.err
    assert KEY not in told.out + told.err
