"""Links that lie: what is kept of them, what host is told, and what a browser is started with."""

from __future__ import annotations

import json
import sys
from html import escape
from pathlib import Path

import httpx
import pytest

from tensionwatch.tui.links import LinkRefused, host_of, open_link, openable
from tests.hostile.lab import Lab

NOT_KEPT = [
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\nscript:alert(1)", "java&#9;script:alert(1)", " javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>", "vbscript:x", "file:///etc/passwd", "file://evil.example/share",
    "ftp://evil.example/", "mailto:a@b.example", "tel:+1", "smb://evil.example/x", "ssh://-oProxyCommand=x/", "feed:x",
    "about:blank", "chrome://settings", "view-source:https://a.example/", "intent://x#Intent;end", "https:", "https://",
    "https://[::1", "https://a.example:99999/", "https://a.example:port/", "https://a.example:0/",
    "https://a.example/\\..\\x", "https:\\\\evil.example\\", "https://good.example\\@evil.example/",
    "https://a.example/\u202egnp.exe", "https://a.example/\u200bx", "https://a.example/a b", "https://a.example/" + "x" * 5_000,
]  # fmt: skip


@pytest.mark.parametrize("link", NOT_KEPT, ids=range(len(NOT_KEPT)))
async def test_a_link_that_is_unsafe_is_not_kept_and_its_entry_is(lab: Lab, link: str) -> None:
    item = f"<item><title>Bad</title><link>{link if '&#' in link else escape(link)}</link><guid>g</guid></item>"
    outcome = await lab.serve(f"<rss version='2.0'><channel>{item}</channel></rss>".encode())
    assert outcome.titles == ["Bad"]
    assert outcome.batch.articles[0].link is None


HOSTS = {
    "https://gazette.example@evil.example/": "evil.example",
    "https://user:secret@gazette.example/": "gazette.example",
    "https://gazette.example%40evil.example@real.example/": "real.example",
    "https://gazette.example#@evil.example/": "gazette.example",
    "https://gazette.example?@evil.example/": "gazette.example",
    "https://gazette.example.evil.example/": "gazette.example.evil.example",
    "https://gаzette.example/": "xn--gzette-3nf.example",  # а of Cyrillic
    "https://gazette․example.evil.example/": "gazette.example.evil.example",  # a one dot leader
    "https://gazette。example/": "gazette.example",
    "https://раураӏ.example/": "xn--80aa0cbo65f.example",
    "https://ⓖⓐzette.example/": "gazette.example",
    "https://XN--80AA0CBO65F.example/": "xn--80aa0cbo65f.example",
    "https://gazette.example:8443/": "gazette.example:8443",
    "https://[::1]/": "[::1]",
    "https://2130706433/": "2130706433",
    "HTTPS://GAZETTE.EXAMPLE/": "gazette.example",
}


@pytest.mark.parametrize("link", HOSTS)
def test_the_host_told_is_the_host_opened(link: str) -> None:
    assert host_of(link) == HOSTS[link]
    opened = httpx.URL(openable(link))
    assert opened.userinfo == b""
    assert opened.netloc.decode() == HOSTS[link].lower()
    assert openable(link).isascii()


REFUSED = [
    "https://gazette.example\\.evil.example/", "https://%65vil.example/", "https://a|b.example/", "https://a<b>.example/",
    "https://a$(id).example/", "https://a;b.example/", "https://a`id`.example/", "https://a'b.example/", 'https://a"b.example/',
    "https://a&b.example/", "https://a,b.example/", "https://a*b.example/", "https://a b.example/", "https://a\tb.example/",
    "https://a\nb.example/", "https://a\x00b.example/", "https://a\u202eb.example/", "https://a.example/\x1b[2J", "-https://a/",
    "--new-window", "-remote openURL(https://a/)", "", "x", "https://[red]/", "https://[bad", "javascript:alert(1)//https://a/",
    "file:///etc/passwd", "https://a.example:99999/", "https://a.example:-1/", "https://", "https://:80/",
]  # fmt: skip


@pytest.mark.parametrize("link", REFUSED, ids=range(len(REFUSED)))
async def test_what_a_browser_could_read_differently_is_not_opened(link: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROWSER", "/bin/false")
    with pytest.raises(LinkRefused):
        await open_link(link)


@pytest.fixture
def seen(tmp_path: Path) -> Path:
    """What the fake browser was started with, as JSON; the browser is `tmp_path / "browser"`."""
    browser = tmp_path / "browser"
    browser.write_text(
        f"#!{sys.executable}\nimport json, sys\nopen({str(tmp_path / 'seen')!r}, 'w').write(json.dumps(sys.argv[1:]))\n"
    )
    browser.chmod(0o755)
    return tmp_path / "seen"


@pytest.mark.parametrize("how", ["{}", "{} %s", "{} --new-tab %s", "/nonexistent:{} %s"])
async def test_the_browser_gets_the_address_as_one_argument_whatever_browser_says(
    seen: Path, tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROWSER", how.format(tmp_path / "browser"))
    link = f"https://u:p@a.example/$(touch${{IFS}}{tmp_path}/pwned);`id`|&x='y'%s%20\"?q=-x#--y"
    assert await open_link(link) == "a.example"
    arguments = json.loads(seen.read_text())
    assert [a for a in arguments if a != "--new-tab"] == [openable(link)]
    assert "u:p" not in arguments[-1]
    assert not (tmp_path / "pwned").exists()
