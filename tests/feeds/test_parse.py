"""Bodies of feeds, good, bad and hostile, to entries or a reason."""

from __future__ import annotations

import codecs
import re
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensionwatch.feeds.charset import decode
from tensionwatch.feeds.parse import MAX_ENTRIES, MAX_SUMMARY, MAX_TITLE, NotAFeed, ParsedFeed, parse
from tensionwatch.model import Entry
from tests.feeds.server import rss

URL = "https://harbour.example/news/feed.xml"


def read(body: str | bytes, content_type: str | None = None) -> ParsedFeed:
    return parse(body.encode() if isinstance(body, str) else body, url=URL, content_type=content_type)


def entries(body: str | bytes) -> list[Entry]:
    return [entry for entry, _ in read(body).entries]


def item(inner: str) -> str:
    return f'<rss version="2.0"><channel><title>Post</title><item>{inner}</item></channel></rss>'


def only(body: str) -> Entry:
    (entry,) = entries(body)
    return entry


def reason(body: str | bytes) -> str:
    with pytest.raises(NotAFeed) as caught:
        read(body)
    return caught.value.reason


# ------------------------------------------------------------------ formats

RDF = """<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">
<channel rdf:about="https://harbour.example/"><title>Post</title><sy:updatePeriod>daily</sy:updatePeriod>
<sy:updateFrequency>4</sy:updateFrequency></channel>
<item rdf:about="https://harbour.example/1"><title>Ferry turned back</title><link>https://harbour.example/1</link>
<description>A patrol &amp;amp; a ferry met.</description>
<dc:date>2026-02-28T10:00:00+02:00</dc:date></item></rdf:RDF>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Post</title><id>tag:harbour.example,2026:feed</id>
<entry><id>tag:harbour.example,2026:1</id><title type="html">Ferry &amp;lt;turned&amp;gt; back</title>
<link rel="self" href="/self"/><link rel="alternate" href="/1"/><updated>2026-02-28T08:00:00Z</updated>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>A patrol</p><p>met it.</p></div></content>
</entry></feed>"""

ATOM_03 = """<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>Post</title><entry><title>Ferry</title>
<link rel="alternate" href="https://harbour.example/1"/><issued>2026-02-28T08:00:00Z</issued><summary>Short</summary>
<content>Long</content></entry></feed>"""

EIGHT = datetime(2026, 2, 28, 8, 0, tzinfo=UTC)


def test_rdf_is_read() -> None:
    feed = read(RDF)
    (entry, _) = feed.entries[0]
    assert (feed.format, feed.title, feed.feed_floor, feed.doubt) == ("rss10", "Post", 21_600.0, None)
    assert (entry.title, entry.link) == ("Ferry turned back", "https://harbour.example/1")
    assert (entry.summary, entry.published) == ("A patrol & a ferry met.", EIGHT)


def test_atom_is_read() -> None:
    feed = read(ATOM)
    (entry, _) = feed.entries[0]
    assert feed.format == "atom10"
    assert (entry.entry_id, entry.title) == ("tag:harbour.example,2026:1", "Ferry <turned> back")
    assert (entry.link, entry.summary) == ("https://harbour.example/1", "A patrol met it.")
    assert entry.published == EIGHT


def test_an_atom_summary_goes_before_the_content() -> None:
    feed = read(ATOM_03)
    assert feed.format == "atom03"
    assert (feed.entries[0][0].summary, feed.entries[0][0].published) == ("Short", EIGHT)


@pytest.mark.parametrize("version", ["0.91", "0.92", "0.93", "0.94", "2.0"])
def test_older_rss_is_read(version: str) -> None:
    body = rss("One").replace(b"2.0", version.encode())
    assert [entry.title for entry in entries(body)] == ["One"]


def test_a_ttl_is_a_floor_in_minutes() -> None:
    assert read(rss("One", extra="<ttl>45</ttl>")).feed_floor == 2_700.0
    assert read(rss("One", extra="<ttl>often</ttl>")).feed_floor is None


@pytest.mark.parametrize(
    ("skipped", "hours", "days"),
    [
        ("<skipHours><hour>3</hour><hour> 24 </hour><hour>22</hour></skipHours>", (0, 3, 22), ()),
        ("<skipDays><day>Sunday</day><day>monday</day></skipDays>", (), (0, 6)),
        ("<skipHours>\n<hour>3</hour>\n</skipHours><skipDays><day>Friday</day></skipDays>", (3,), (4,)),
        ("<skipHours><hour>25</hour><hour>-1</hour><hour>ten</hour><hour/></skipHours>", (), ()),
        ("<skipDays><day>Funday</day><day></day></skipDays>", (), ()),
        ("<!-- <skipHours><hour>3</hour></skipHours> -->", (), ()),
        ("<skipHours>" + "".join(f"<hour>{hour}</hour>" for hour in range(24)) + "</skipHours>", (), ()),
        ("<skipHours>" + "".join(f"<hour>{hour}</hour>" for hour in range(23)) + "</skipHours>", tuple(range(23)), ()),
        ("<skipDays>" + "<day>Monday</day>" * 9 + "</skipDays>", (), (0,)),
        ("<skipHours><hour>3</hour>", (), ()),
    ],
)
def test_hours_and_days_that_a_feed_skips(skipped: str, hours: tuple[int, ...], days: tuple[int, ...]) -> None:
    for body in (rss("One", extra=skipped), rss("One").replace(b"</channel>", skipped.encode() + b"</channel>")):
        feed = read(body)
        assert (feed.skip_hours, feed.skip_days) == (hours, days)


def test_what_an_entry_shows_is_not_what_the_feed_asks() -> None:
    shown = "<description><![CDATA[<skipHours><hour>3</hour></skipHours>]]></description>"
    assert read(item(f"<title>a</title>{shown}")).skip_hours == ()


# ------------------------------------------------------------------ entries


def test_links_are_resolved_against_the_feed_and_unsafe_ones_dropped() -> None:
    assert only(item("<title>a</title><link>../1?x=2</link>")).link == "https://harbour.example/1?x=2"
    assert only(item("<title>a</title><link>javascript:alert(1)</link>")).link is None


def test_a_missing_title_takes_the_first_words_of_the_summary() -> None:
    words = (
        "The patrol boat turned back before it reached the line that both sides had agreed upon in the autumn of 2025"
    )
    assert only(item(f"<description>{words}</description>")).title == words.removesuffix(" autumn of 2025") + "…"
    assert only(item("<description>Short</description>")).title == "Short"
    assert only(item("<link>https://harbour.example/9</link>")).title == "https://harbour.example/9"


def test_an_entry_that_says_nothing_is_dropped() -> None:
    body = rss("One").replace(b"<item>", b"<item><author>me</author></item><item>", 1)
    assert [entry.title for entry in entries(body)] == ["One"]


@pytest.mark.parametrize(
    ("date", "published"),
    [
        ("Sat, 28 Feb 2026 09:00:00 +0100", EIGHT),
        ("2026-02-28T08:00:00Z", EIGHT),
        ("Wed, 01 Jan 2125 00:00:00 GMT", datetime(2125, 1, 1, tzinfo=UTC)),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("0001-01-01T00:00:00Z", None),
        ("99999-01-01T00:00:00Z", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates_are_utc_or_nothing(date: str, published: datetime | None) -> None:
    assert only(item(f"<title>a</title><pubDate>{date}</pubDate>")).published == published


def test_what_is_cut_says_so() -> None:
    entry = only(item(f"<title>{'t' * 600}</title><description>{'s ' * 5_000}</description>"))
    assert (len(entry.title), len(entry.summary), entry.cut) == (MAX_TITLE, MAX_SUMMARY, True)
    assert entry.title.endswith("t…")
    assert not only(item(f"<title>{'t' * MAX_TITLE}</title>")).cut


def test_too_many_entries_are_left_out_and_counted() -> None:
    feed = read(rss(*(f"News {number}" for number in range(MAX_ENTRIES + 7))))
    assert len(feed.entries) == MAX_ENTRIES
    assert (feed.doubt, feed.whole) == ("2,000 entries kept, 7 left out", True)


def test_the_hash_follows_the_words_and_nothing_volatile() -> None:
    def digest(body: str) -> str:
        return read(body).entries[0][1]

    base = item("<guid>1</guid><title>One</title><description>Text</description>")
    assert digest(base) == digest(base.replace("</item>", "<author>x</author><category>y</category></item>"))
    for old, new in (("One", "Two"), ("Text", "More"), (">1<", ">2<")):
        assert digest(base) != digest(base.replace(old, new))
    assert re.fullmatch("[0-9a-f]{16}", digest(base))


def test_the_same_entry_twice_counts_once() -> None:
    body = item("<guid>1</guid><title>One</title>")
    twice = body.replace("</channel>", "<item><guid>1</guid><title>One</title></item></channel>")
    assert len(read(twice).entries) == 1


def test_markup_and_controls_never_reach_an_entry() -> None:
    entry = only(item("<title>&lt;b&gt;Ferry&lt;/b&gt; &amp;amp; \u202ecrew&#x1b;[31m</title>"))
    assert entry.title == "Ferry & [U+202E]crew"


# ------------------------------------------------------------------ entries that are known


@pytest.mark.parametrize("before", [b"", b"<!DOCTYPE rss>"], ids=["by expat", "by feedparser"])
def test_known_entries_fall_away_but_their_hashes_stay(before: bytes) -> None:
    all_new = parse(before + rss("One", "Two", "Three"), url=URL, content_type=None)
    assert all_new.hashes == tuple(digest for _, digest in all_new.entries)

    known = [all_new.hashes[2], "0123456789abcdef", all_new.hashes[0]]
    feed = parse(before + rss("One", "Two", "Three"), url=URL, content_type=None, known=known)

    assert [entry.title for entry, _ in feed.entries] == ["Two"]
    assert feed.hashes == all_new.hashes


def test_a_feed_with_nothing_but_known_entries_is_one() -> None:
    known = read(rss("One", "Two")).hashes
    feed = parse(rss("One", "Two"), url=URL, content_type=None, known=known)
    assert (feed.entries, feed.hashes, feed.doubt) == ((), known, None)


def test_known_entries_are_not_made_safe_again(monkeypatch: pytest.MonkeyPatch) -> None:
    known = read(rss("One", "Two")).hashes
    cleaned: list[str] = []
    monkeypatch.setattr("tensionwatch.feeds.parse.plain_text", lambda text, cap: cleaned.append(text) or (text, False))
    parse(rss("One", "Two", "Three", channel="Post"), url=URL, content_type=None, known=known)
    assert [text for text in cleaned if text] == ["Three", "Post"]


def test_both_readers_give_an_entry_the_same_hash() -> None:
    for body in (rss("One", "Two"), RDF.encode()):
        assert (
            read(body).hashes
            == read(body.replace(b"<rss", b"<!DOCTYPE rss><rss").replace(b"<rdf", b"<!DOCTYPE r><rdf", 1)).hashes
        )


def test_a_plain_feed_needs_no_feedparser() -> None:
    body = item("<title>a</title><pubDate>Sat, 28 Feb 2026 09:00:00 +0100</pubDate>").encode()
    code = f"""
import sys
from tensionwatch.feeds.parse import parse
parse({body!r}, url={URL!r}, content_type=None)
sys.exit('feedparser' in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# ------------------------------------------------------------------ no feeds


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "empty: 0 bytes"),
        (b" \n ", "empty: nothing but blanks in 3 bytes"),
        (b"<!DOCTYPE html><html><head><title>403 &amp; out</title>", "an HTML page, not a feed (title: 403 & out)"),
        (b"<!-- x --><html><body>Wait", "an HTML page, not a feed"),
        (b'<rss version="2.0"><channel><title>Post</title></channel></rss>', "an empty channel: no entries"),
        (b'<feed xmlns="http://www.w3.org/2005/Atom"></feed>', "an empty channel: no entries"),
        (b'<rss version="2.0"><channel><title>Po', "cut short before its first entry ended"),
        (b'<rss version="2.0"><channel><item><title>On', "cut short before its first entry ended"),
        (b'{"version": "https://jsonfeed.org/version/1"}', "JSON, not RSS or Atom"),
        (b"<opml version='1.0'><body/></opml>", "XML, but not a feed: its root is <opml>"),
        (b"<a><b></a>", "not XML: mismatched tag, line 2"),
        (b"Service unavailable", "not XML: it begins with 'Service unavailable'"),
        (b"/dev/zero", "not XML: it begins with '/dev/zero'"),
        (b"file:///etc/passwd", "not XML: it begins with 'file:///etc/passwd'"),
        (item("<author>me</author>").encode(), "no usable entry: 1 without title, summary and link"),
    ],
)
def test_the_reason_why_it_is_no_feed(body: bytes, why: str) -> None:
    assert reason(body) == why


def test_a_feed_cut_short_keeps_its_whole_entries() -> None:
    body = rss("One", "Two", "Three")
    feed = read(body[: body.index(b"Three") + 2])
    assert [entry.title for entry, _ in feed.entries] == ["One", "Two"]
    assert (feed.doubt, feed.whole) == ("cut short: 2 entries kept", False)


def test_a_script_after_the_end_is_no_cut() -> None:
    assert read(rss("One") + b"\n<script src='/beacon.js'></script>").doubt is None


def test_broken_markup_inside_a_feed_is_survived() -> None:
    assert only(item("<title>Fish & chips <b>now</title>")).title.startswith("Fish & chips")


# ------------------------------------------------------------------ hostile bodies


def test_an_entity_bomb_stays_small() -> None:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 11))
    bomb = f'<!DOCTYPE rss [<!ENTITY e0 "boom">{levels}]>' + item(
        "<title>Q&e10;</title><link>https://a.example/</link>"
    )
    assert len(only(bomb).title) <= MAX_TITLE


@pytest.mark.parametrize("target", ["file:///etc/passwd", "http://127.0.0.1:9/x"])
def test_external_entities_are_not_fetched(target: str) -> None:
    body = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{target}">]>' + item("<title>a[&x;]b</title>")
    assert only(body).title in {"a[]b", "a[&x;]b"}


def outcome(body: bytes) -> str:
    """How many entries, or the reason why there are none."""
    try:
        return f"{len(read(body).entries)} entries"
    except NotAFeed as error:
        return error.reason


@given(st.binary(max_size=300))
def test_any_bytes_give_entries_or_a_reason(noise: bytes) -> None:
    assert outcome(noise) not in {"", "0 entries"}


@given(st.integers(0, 700), st.binary(max_size=8))
def test_a_feed_damaged_anywhere_gives_entries_or_a_reason(at: int, noise: bytes) -> None:
    body = ATOM.encode()
    assert outcome(body[:at] + noise + body[at + len(noise) :]) not in {"", "0 entries"}


# ------------------------------------------------------------------ charsets

WORDS = "Žižkov — «мост» 国境"


@pytest.mark.parametrize(
    ("encoding", "text", "content_type", "declared"),
    [
        ("utf-8", WORDS, None, None),
        ("utf-8", WORDS, "text/xml", None),
        ("utf-8", WORDS, "text/xml; charset=us-ascii", "utf-8"),
        ("utf-16", WORDS, None, "utf-16"),
        ("utf-16-le", WORDS, None, "utf-16"),
        ("utf-32-be", WORDS, None, "utf-32"),
        ("iso-8859-2", "Žižkov", 'application/rss+xml; charset="iso-8859-2"', None),
        ("iso-8859-2", "Žižkov", None, "iso-8859-2"),
        ("windows-1251", "мост", "text/xml; charset=windows-1251", "utf-8"),
        ("windows-1252", "“quoted”", "text/xml", "iso-8859-1"),
        ("iso-2022-jp", "国境", "text/xml", "iso-2022-jp"),
        ("gb18030", "边境", "text/xml", "gb2312"),
        ("utf-8", WORDS, "text/xml; charset=nonsense", "nonsense-too"),
        ("utf-8", WORDS, "text/xml; charset=zlib", None),
        ("windows-1252", "café", None, None),
    ],
)
def test_the_charset_is_found(encoding: str, text: str, content_type: str | None, declared: str | None) -> None:
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else '<?xml version="1.0"?>'
    body = (head + item(f"<title>{text}</title>")).encode(encoding)
    (entry, _) = read(body, content_type).entries[0]
    assert entry.title == text


def test_a_byte_order_mark_goes_before_all_else() -> None:
    assert decode(codecs.BOM_UTF8 + "mост".encode(), "text/xml; charset=windows-1251") == "mост"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("a\x00b\x0b\x1f\x7f\n\ufffe\uffffc".encode(), None),
        ("a\x00b\x0b\x1f\x7f\n\ufffe\uffffc".encode("utf-16"), None),
        (b"a\x00b\x0b\x1f\x7f\nc", "text/xml; charset=iso-8859-1"),
        ("ab\x7f\n\uffffc".encode(), "text/xml"),
        (b"a+AAs-b\x7f\nc", "text/xml; charset=utf-7"),
    ],
)
def test_characters_that_xml_forbids_are_left_out(body: bytes, content_type: str | None) -> None:
    assert decode(body, content_type) == "ab\x7f\nc"


def test_one_broken_byte_does_not_spoil_the_rest() -> None:
    body = item(f"<title>{WORDS}</title><description>{'мост ' * 40}</description>").encode()
    assert only(decode(body.replace("国".encode(), b"\xff"), None)).title == WORDS.replace("国", "\ufffd")


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=200))
def test_utf_8_comes_back_as_it_was(text: str) -> None:
    assert decode(text.encode(), "text/xml").strip("\ufeff") == re.sub("[\ufffe\uffff]", "", text).strip("\ufeff")
