"""The fast reader of feeds against its judge, feedparser: what it accepts it reads to the letter."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from feedparser.mixin import _FeedParserMixin
from hypothesis import given, settings
from hypothesis import strategies as st

from tensionwatch.feeds import by_expat, by_feedparser
from tensionwatch.feeds.charset import decode
from tensionwatch.feeds.dates import read_date
from tensionwatch.feeds.names import NAMESPACES
from tensionwatch.feeds.parse import NotAFeed, ParsedFeed, cleaned
from tensionwatch.feeds.raw import RawFeed
from tests.feeds.server import rss

URL = "https://harbour.example/news/feed.xml"
FEEDS = os.environ.get("TENSIONWATCH_FEEDS")
"""A folder of real feeds, whose text belongs to their publishers: not in the repository."""


def outcome(text: str, raw: RawFeed) -> ParsedFeed | str:
    """What comes of it in the end, hashes of every raw field of an entry included."""
    try:
        return cleaned(text, raw, url=URL)
    except NotAFeed as error:
        return error.reason


def assert_judged_alike(text: str) -> None:
    """What the fast reader accepts, both read alike."""
    fast = by_expat.read(text, URL)
    if fast is not None:
        judgement = by_feedparser.read(text, URL)
        assert outcome(text, fast) == outcome(text, judgement)
        assert (fast.title, fast.format) == (judgement.title, judgement.format)
        assert (fast.ttl, fast.period, fast.frequency) == (judgement.ttl, judgement.period, judgement.frequency)


# ------------------------------------------------------------------ made-up feeds

URIS = {
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "media": "http://search.yahoo.com/mrss/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "geo": "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "own": "https://harbour.example/ns",
}
DECLARED = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in URIS.items())
ATOM = "http://www.w3.org/2005/Atom"
RSS_1 = "http://purl.org/rss/1.0/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

WORDS = (
    "Ferry turned back", "  two\n lines ", "", " ", "&amp;amp;", "a &lt; b",
    "&lt;p&gt;met &lt;b&gt;it&lt;/b&gt;&lt;/p&gt;", "<![CDATA[<p>A patrol</p> &amp; it]]>",
    "<![CDATA[one]]> and <![CDATA[two]]>", "&#8217;s", "café", "\x93Q\x94", "cafÃ©", "Žižkov — мост 国境",
    "\u202eright", "&amp;copy=2", "mid<!-- a note -->dle", "&#x1F6A2;", "\xa0x\xa0",
)  # fmt: skip
ADDRESSES = (
    "https://harbour.example/1", "http://harbour.example/a?b=1&amp;c=2", " https://harbour.example/blank ", "/1",
    "../up/1;x", "1", "", "https://häfen.example/é", "HTTPS://harbour.example", "https:///three", "#here",
    "tag:harbour.example,2026:1", "urn:uuid:1", "post 7", "https://harbour.example/?#", "http://[half",
    "?a=1&amp;b;=2", "https://harbour.example/&amp;amp;x", "javascript:alert(1)", "//other.example/x",
    "https://harbour.example:8/x/../y", "/cafÃ©", "/\x93",
)  # fmt: skip
DATES = (
    "Sat, 28 Feb 2026 09:00:00 +0100", "Sat, 28 Feb 2026 08:00:00 GMT", "28 Feb 2026 08:00 UTC",
    "Saturday, 28 February", "2026-02-28T08:00:00Z", "2026-02-28T09:00:00.123+01:00", "2026-02-28",
    "2026-02-28 08:00:00", "20260228", "soon", "", "Sat, 31 Feb 2026 09:00:00 GMT", "Sat, 28 Feb 26 09:00:00 EST",
    "Sat, 28 Feb 2026 09:00:60 GMT", "1970-01-01T00:00:00Z", "Mon Feb 28 08:00:00 2026",
    "Sat, 28 Feb 2026 09:00:00 PST", "2026-02-28T24:00:00Z", "0000-01-01T00:00:00Z", "١",
)  # fmt: skip
TYPES = ("", "", "", "", ' type="html"', ' type="text"', ' type="TEXT/HTML"', ' xml:lang="fr"')
BESIDE = (
    "<category>c</category>", "<author>me@harbour.example</author>", "<comments>/c</comments>",
    "<dc:creator>C</dc:creator>", "<own:note>n</own:note>", "<own:title>t</own:title>", "<own:link>l</own:link>",
    "<own:x a='b'>y</own:x>", "<links2/>",
    "<enclosure url='https://harbour.example/1.mp3' length='1' type='audio/mpeg'/>", "<geo:lat>1.0</geo:lat>",
    "<ttl>5</ttl>", "<author><name>A</name><uri>https://harbour.example/a</uri></author>",
    "<!-- <title>no</title> -->", "<?go on?>", "<source url='https://harbour.example/'>Post</source>",
    "<image><url>/i</url><title>I</title><link>/i</link></image>", "<media:thumbnail url='/1.png' width='4'/>",
    "<media:credit role='x'>C</media:credit>", "<media:content url='/1.png'/>",
    "<media:group><media:content url='/1.mp4'/><media:title>M</media:title></media:group>", "<media:text/>",
    "<rights>R</rights>",
    "<media:content url='/2'><media:description type='plain'>D</media:description></media:content>",
    "<category term='t'/>",
    "<media:group><media:description>D</media:description><media:content><media:title/></media:content></media:group>",
    "text", "<own:box><own:title>inner</own:title></own:box>", "<itunes:image href='/i.png'/>",
    "<post-id xmlns='of:own'>3</post-id>",
)  # fmt: skip
RARE = (
    "<own:box><title>inner</title></own:box>", "<updated_parsed>x</updated_parsed>", "<links>x</links>",
    "<title>a<b/></title>", "<image><link href='/i'/></image>", "<image><name>N</name><title>I</title></image>",
    "<source><title>P</title></source>", '<title type="xhtml"><div>x</div></title>',
    '<content type="image/png">aGFyYm91cg==</content>', '<title TYPE="html">x</title>',
    '<content mode="base64">aGFyYm91cg==</content>', "<link HREF='/1'/>", "<link url='/1'/>",
    "<link base='/b/'>1</link>", "<item><title>inner</title></item>", "<link xml:base='/b/'>1</link>",
    "<description><p>x</p></description>", "<svg/>", "<abstract>x</abstract>", "<body>x</body>",
    "<x:title xmlns:x='http://purl.org/dc/terms/'>x</x:title>", "<date>2026</date>",
    "<dc:title xmlns:dc='http://purl.org/rss/1.0/modules/content/'>x</dc:title>", "<title xmlns='of:own'>x</title>",
    "<x:title xmlns:x='https://harbour.example/ns'>x</x:title>", "<link><own:x/></link>",
    "<summary src='/x'>x</summary>",
    "<media:group xmlns:media='//short.example/'><media:title>x</media:title></media:group>", "<guid>1<x/></guid>",
    "<TITLE>x</TITLE>", "<source><title/><id>1</id><link href='/s'/><updated>2026</updated><own:x/></source>",
    "<source><summary>S</summary></source>", "<source><media:title>M</media:title></source>", "xmlns = ",
    "<own:x>xmlns</own:x>", "<own:x>xmlns='u'</own:x>", "<own:x>xmlns:dc='u'</own:x>", "<own:x>xmlns=&quot;u</own:x>",
)  # fmt: skip
OF_CHANNELS = (
    "<image><url>/i.png</url><title>Image</title><link>/</link></image>", "<image><own:x/><title>T</title></image>",
    "<textInput><title>Input</title><name>q</name></textInput>", "<cloud domain='x' port='80'/>",
    "<ttl a='b'>9</ttl>", "<skipHours><hour>3</hour><hour>24</hour></skipHours>",
    "<itunes:owner><itunes:name>N</itunes:name></itunes:owner>",
    "<author><name>N</name><email>n@harbour.example</email></author>", "<generator uri='/g'>G</generator>",
)  # fmt: skip
ON_ROOTS = ("", "", "", "", " xml:base='https://other.example/x/'", " xml:base='sub/'", " xml:lang='fr'", " base='/b/'")

texts = st.sampled_from(WORDS) | st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="<&>"), max_size=20
)
addresses = st.sampled_from(ADDRESSES)
dates = st.sampled_from(DATES)


def element(names: str, content: st.SearchStrategy[str], attributes: tuple[str, ...] = ("",)) -> st.SearchStrategy[str]:
    """One of those names, with one of those attributes."""
    return st.builds(
        lambda name, attribute, inner: f"<{name}{attribute}>{inner}</{name}>",
        st.sampled_from(names.split()),
        st.sampled_from(attributes),
        content,
    )


links = st.builds(
    "<link{0}{1} href='{2}'/>".format,
    st.sampled_from(["", " rel='alternate'", " rel='self'", " rel='ALTERNATE'", " rel='enclosure'", " rel=''"]),
    st.sampled_from(["", " type='text/html'", " type='application/json'"]),
    addresses,
)
fields = st.one_of(
    element("title title title dc:title media:title", texts, TYPES),
    element("description description summary content content:encoded", texts, TYPES),
    element("itunes:summary dc:description media:description", texts),
    element("link", addresses),
    links,
    element("guid", addresses, ("", ' isPermaLink="false"', ' isPermaLink="true"', ' ispermalink="False"')),
    element("id", addresses),
    element("pubDate published dc:date updated dcterms:issued dcterms:modified dcterms:created", dates),
    st.sampled_from(BESIDE),
)
of_channels = st.one_of(
    element("title title dc:title", texts, TYPES),
    element("description itunes:summary subtitle language rights", texts),
    element("link", addresses),
    links,
    element("ttl sy:updatePeriod sy:updateFrequency", st.sampled_from(["60", " 2 ", "daily", "Hourly", "-1", ""])),
    element("pubDate lastBuildDate updated", dates),
    st.sampled_from(OF_CHANNELS),
)


@st.composite
def feeds(draw: st.DrawFn) -> str:
    """RSS 0.9x and 2.0, Atom and RSS 1.0; one in ten holds something rare."""
    some = st.sampled_from(RARE) if draw(st.integers(0, 9)) == 0 else fields
    items = ["".join(draw(st.lists(fields | some, max_size=9))) for _ in range(draw(st.integers(0, 3)))]
    head, tail = "".join(draw(st.lists(of_channels, max_size=5))), "".join(draw(st.lists(of_channels, max_size=2)))
    on_root = draw(st.sampled_from(ON_ROOTS))
    before = draw(
        st.sampled_from(("", '<?xml version="1.0"?>\n', '<?xml version="1.0" encoding="koi8-r"?>', "\n<!-- c -->"))
    )
    match draw(st.sampled_from(("rss", "rss", "atom", "rdf"))):
        case "rss":
            version = draw(st.sampled_from(("2.0", "2.0", "0.91", "0.92", "2.1", "1", "")))
            inner = "".join(f"<item>{item}</item>" for item in items)
            declared = f'{DECLARED} xmlns:atom="{ATOM}"' if draw(st.booleans()) else DECLARED
            body = f'<rss version="{version}" {declared}{on_root}><channel>{head}{inner}{tail}</channel></rss>'
            body = body.replace("<link href", "<atom:link href") if "atom" in declared else body
        case "atom":
            inner = "".join(f"<entry{draw(st.sampled_from(ON_ROOTS))}>{item}</entry>" for item in items)
            body = f'<feed xmlns="{ATOM}" {DECLARED}{on_root}>{head}{inner}{tail}</feed>'
        case _:
            inner = "".join(f'<item rdf:about="{draw(addresses)}">{item}</item>' for item in items)
            image = draw(
                st.sampled_from(("", "<image rdf:about='/i'><title>I</title></image>", "<own:x/>", "<title/>"))
            )
            declared = f'xmlns="{RSS_1}" xmlns:rdf="{RDF}" {DECLARED}'
            body = f"<rdf:RDF {declared}{on_root}><channel rdf:about='/'>{head}</channel>{image}{inner}</rdf:RDF>"
    return before + body


@settings(max_examples=6 * settings().max_examples)
@given(feeds())
def test_what_is_accepted_is_read_as_feedparser_reads_it(text: str) -> None:
    assert_judged_alike(text)


@pytest.mark.skipif(FEEDS is None, reason="TENSIONWATCH_FEEDS names no folder of real feeds")
def test_real_feeds_are_read_as_feedparser_reads_them() -> None:
    paths = [path for path in sorted(Path(FEEDS or "").rglob("*")) if path.is_file()]
    assert paths
    for path in paths:
        assert_judged_alike(decode(path.read_bytes(), None))


@pytest.mark.parametrize(
    "body",
    [
        rss("One", "Two", extra="<ttl>60</ttl>").decode(),
        f'<?xml version="1.0"?><feed xmlns="{ATOM}"><title type="text">Post</title><entry><id>tag:x,2026:1</id>'
        '<link href="/1"/><content type="html" xml:base="/x/">&lt;p&gt;x</content></entry></feed>',
        f'<rdf:RDF xmlns="{RSS_1}" xmlns:rdf="{RDF}"><channel rdf:about="/"><title>Post</title></channel>'
        '<item rdf:about="/1"><title>One</title></item></rdf:RDF>',
        f'<rss version="2.0" xmlns:atom="{ATOM}" {DECLARED}><channel><atom:link rel="self" href="/"/>'
        "<item><title>One</title><media:group><media:content><media:title>M</media:title></media:content></media:group>"
        "<content:encoded><![CDATA[<svg xmlns='http://www.w3.org/2000/svg'/>]]></content:encoded></item></channel></rss>",
        '<rss><channel><item><title>Shown: xmlns=&quot;x&quot;</title></item></channel></rss>',
    ],
    ids=["rss", "atom", "rdf", "modules", "shown markup"],
)  # fmt: skip
def test_plain_feeds_are_accepted(body: str) -> None:
    assert by_expat.read(body, URL)
    assert_judged_alike(body)


@pytest.mark.parametrize("rare", RARE)
def test_what_is_rare_is_read_alike_or_not_at_all(rare: str) -> None:
    body = f'<rss version="2.0" {DECLARED}><channel><item><title>One</title>{rare}</item></channel></rss>'
    assert_judged_alike(body)


@pytest.mark.parametrize(
    "body",
    [
        "<!DOCTYPE rss>" + rss("One").decode(),
        '<rss><channel><item><title>One <!ENTITY x "y"></title></item></channel></rss>',
        rss("One").decode().replace("</item>", "<br></item>"),
        rss("One &nbsp;").decode(),
        "\ufeff" + rss("One").decode(),
        rss("One").decode().replace("One", "\ud800"),
        rss("One").decode().replace("<channel>", "<channel/><channel>"),
        rss("One").decode().replace("<rss", "<rss xmlns='http://purl.org/rss/1.0/'"),
        rss("One").decode().replace("<rss", "<rss base='/b/'"),
        f'<feed xmlns="{ATOM}"><entry><title type="xhtml"><div>One</div></title></entry></feed>',
        f'<feed xmlns="{ATOM}"><entry><content type="image/png">aGFyYm91cg==</content></entry></feed>',
        '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><title>One</title></entry></feed>',
        "<opml><body/></opml>",
        "not XML",
        "",
    ],
)
def test_what_it_is_not_sure_of_it_declines(body: str) -> None:
    assert by_expat.read(body, URL) is None


def test_elements_within_elements_without_end_are_survived() -> None:
    deep = 50_000
    for opened, closed in (("<own:x>", "</own:x>"), ("<media:group>", "</media:group>")):
        nest = opened * deep + closed * deep
        body = f"<rss {DECLARED}><channel><item><title>One</title>{nest}</item></channel></rss>"
        read = by_expat.read(body, URL)
        assert read is None or [entry.title for entry in read.entries] == ["One"]


def test_its_namespaces_are_those_of_feedparser() -> None:
    known = {uri.lower(): prefix.lower() for uri, prefix in _FeedParserMixin.namespaces.items() if uri}
    assert known == NAMESPACES


# ------------------------------------------------------------------ dates

rfc_822 = st.builds(
    "{}{} {} {} {:02}:{}{} {}".format,
    st.sampled_from(["", "Sat, ", "Saturday, ", "sat ", "Xyz, "]),
    st.integers(0, 32),
    st.sampled_from(["Feb", "feb", "February", "Sept", "Mai", "12"]),
    st.sampled_from(["2026", "26", "1989", "2201", "0001", "9999"]),
    st.integers(0, 25),
    st.sampled_from(["00", "59", "60", "7"]),
    st.sampled_from(["", ":00", ":59", ":60", ":7"]),
    st.sampled_from(["GMT", "UTC", "UT", "Z", "+0000", "-0530", "+9959", "+01:00", "EST", "GMT+2", "", "Europe/Oslo"]),
)
iso_8601 = st.builds(
    "{}-{:02}-{:02}{}{:02}:{}{}{}".format,
    st.sampled_from(["2026", "26", "0001", "9999"]),
    st.integers(0, 13),
    st.integers(0, 32),
    st.sampled_from(["T", "t", " "]),
    st.integers(0, 25),
    st.sampled_from(["00", "59", "60"]),
    st.sampled_from(["", ":00", ":59", ":60", ":09.5", ":09.999999999"]),
    st.sampled_from(["Z", "z", "+00:00", "-05:30", "+14:00", "+0130", "", " GMT", "+99:99"]),
)


@settings(max_examples=10 * settings().max_examples)
@given(rfc_822 | iso_8601 | st.text(max_size=20))
def test_dates_are_read_as_feedparser_reads_them(text: str) -> None:
    assert read_date(text) == by_feedparser.read_date(text)


def test_common_dates_do_not_need_feedparser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensionwatch.feeds.by_feedparser", None)
    for date in ("Sat, 28 Feb 2026 09:00:00 +0100", "Sat, 28 Feb 2026 08:00:00 GMT", "2026-02-28T09:00:00.000+01:00"):
        moment = read_date(date)
        assert moment is not None
        assert moment.isoformat() == "2026-02-28T08:00:00+00:00"
