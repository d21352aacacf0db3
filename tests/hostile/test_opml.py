"""Lists of feeds from strangers: http and https alone are taken, nothing is run, fetched or read for them, and the
configuration stays one that can be read."""

from __future__ import annotations

import unicodedata
from html import escape
from pathlib import Path

import pytest

from tensionwatch import cli, config
from tests.feeds.server import FeedServer

GOOD = '<outline text="Good" xmlUrl="https://good.example/rss"/>'


def opml(body: str, before: str = "") -> bytes:
    return f'{before}<opml version="2.0"><head/><body>{body}{GOOD}</body></opml>'.encode()


def imported(folder: Path, data: bytes) -> tuple[int, list[str]]:
    """The exit code, and the addresses that are configured afterwards."""
    path, file = folder / "config.toml", folder / "feeds.opml"
    path.write_text(f'[storage]\npath = "{folder / "store"}"\n')
    file.write_bytes(data)
    code = cli.main(["--config", str(path), "feeds", "import", str(file)])
    return code, [feed.url for feed in config.load(path).feeds]


REFUSED = [
    "file:///etc/passwd", "/etc/passwd", "ftp://a.example/x", "javascript:alert(1)", "exec:touch {pwned}", "|touch {pwned}",
    "filter:touch {pwned}:https://a.example/", '"touch {pwned}"', "query:x:title =~ y", "data:text/xml,<rss/>", "C:\\feeds.xml",
    "https://", "https://[::1", "https://a.example:99999/", "http://127.0.0.1/x", "http://127.1/", "http://2130706433/",
    "http://[::ffff:10.0.0.1]/", "http://localhost/", "http://router/", "http://169.254.169.254/latest", "\x0bjavascript:x",
    "https://a.example/\u202egnp", "https://a b.example/", "-oProxyCommand=touch {pwned}", "$(touch {pwned})", "`touch {pwned}`",
    "https://a.example/\nid = 'x'\n[poll]\ninterval = '1s'",
]  # fmt: skip


@pytest.mark.parametrize("url", REFUSED, ids=range(len(REFUSED)))
def test_an_address_that_is_not_the_webs_is_refused_and_the_good_one_taken(
    tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    url = url.replace("{pwned}", str(tmp_path / "pwned"))
    shown = url.replace("\x0b", "\u200b")
    code, urls = imported(tmp_path, opml(f'<outline text="Bad" xmlUrl="{escape(shown).replace(chr(10), "&#10;")}"/>'))
    assert (code, urls) == (1, ["https://good.example/rss"])
    assert not (tmp_path / "pwned").exists()
    said = capsys.readouterr()
    assert "refused" in said.err
    assert not [c for c in said.out + said.err if c != "\n" and unicodedata.category(c) in {"Cc", "Cs"}]


NAMES = [
    '"]\n[poll]\ninterval = "1s"\n#', "\\", "'''", '"""', "[/] [@click=app.quit]x", "\x9b31mred", "\u202egnp", "x" * 5_000, "名" * 500, " ", "#",
    "{0} %s ${HOME}", "<b>x</b>", "&amp;lt;",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_hostile_name_stays_a_name(tmp_path: Path, name: str) -> None:
    said = escape(name).replace("\n", "&#10;")
    folder = f'<outline text="{said}"><outline text="{said}" title="{said}" category="{said}" xmlUrl="https://bad.example/rss"/></outline>'
    code, urls = imported(tmp_path, opml(folder))
    assert (code, urls) == (0, ["https://bad.example/rss", "https://good.example/rss"])
    loaded = config.load(tmp_path / "config.toml")
    assert all(text.isprintable() for feed in loaded.feeds for text in (feed.name, feed.id, *feed.tags))
    assert loaded.poll.interval > 60, "no other key came in with it"


BOMBS = {
    "a billion laughs": opml(
        '<outline text="&d;"/>',
        "<!DOCTYPE opml [<!ENTITY a 'x'><!ENTITY b '&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;'><!ENTITY d '&c;&c;&c;&c;'>]>",
    ),
    "100,000 levels": opml('<outline text="x">' * 100_000 + "</outline>" * 100_000),
    "100,000 outlines": opml('<outline text="x"/>' * 100_000),
    "25 MB": opml("<!-- " + "x" * 25_000_000 + " -->"),
    "no OPML": b"<html><body/></html>",
    "no XML": b"/etc/passwd",
    "a feed": b"<rss version='2.0'><channel/></rss>",
    "nothing": b"",
    "NULs": bytes(9_999),
    "half of it": opml("")[:-20],
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_file_that_is_no_list_is_told_and_changes_nothing(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, urls = imported(tmp_path, BOMBS[name])
    assert (code, urls) == (1, [])
    said = capsys.readouterr().err
    assert "not a list of feeds: " in said
    assert len(said) < 500


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE opml [<!ENTITY x SYSTEM '{}'>]>",
        "<!DOCTYPE opml [<!ENTITY % x SYSTEM '{}'>%x;]>",
        "<!DOCTYPE opml SYSTEM '{}'>",
    ],
)
@pytest.mark.parametrize("scheme", ["file", "http"])
def test_nothing_is_fetched_or_read_for_a_list_that_names_it(
    tmp_path: Path, scheme: str, doctype: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "secret").write_text("TOP-SECRET")
    with FeedServer().running() as server:
        url = server.feed("/x", b"TOP-SECRET") if scheme == "http" else f"file://{tmp_path}/secret"
        body = '<outline text="&x;"/>' if "ENTITY x" in doctype else ""
        imported(tmp_path, opml(body, doctype.format(url)))
        assert server.asked == []
    assert "TOP-SECRET" not in (tmp_path / "config.toml").read_text() + "".join(capsys.readouterr())
