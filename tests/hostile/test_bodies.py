"""Hostile bodies: the good entries are kept, one clear reason stands on the feed, and the feed beside it gets its news."""

from __future__ import annotations

import gzip
import io
import os
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.feeds.server import Reply, rss
from tests.hostile.lab import GOOD_ITEM, Lab, beside

GOOD = "A good story"
FINE = r""
ENTITY = "ENTITY"


def item(title: str = "Bad", inside: str = "", attributes: str = "") -> str:
    return f"<item{attributes}><title>{title}</title>{inside}</item>"


# ------------------------------------------------------------------ bodies that cost their reader time or memory

COSTLY: dict[str, tuple[Callable[[], bytes], list[str], str]] = {
    # searches that are quadratic (feedparser issues 562 and 378)
    "64 KB of author": (lambda: beside(item(inside=f"<author>{'a' * 64_000}</author>")), ["Bad", GOOD], FINE),
    "64 KB of author with an @": (lambda: beside(item(inside=f"<author>{'a.' * 32_000}@</author>")), ["Bad", GOOD], FINE),
    "64 KB of managing editor": (lambda: beside(extra=f"<managingEditor>{'a' * 64_000}</managingEditor>"), [GOOD], FINE),
    "64 KB of creator": (lambda: beside(item(inside=f"<dc:creator xmlns:dc='http://purl.org/dc/elements/1.1/'>{'a-' * 32_000}</dc:creator>")), ["Bad", GOOD], FINE),
    "64 KB of author in a broken feed": (lambda: beside(item(inside=f"</b><author>{'a' * 64_000}</author>")), ["Bad", GOOD], FINE),
    "200 KB of digits for a date": (lambda: beside(item(inside=f"<pubDate>{'1' * 200_000}</pubDate>")), ["Bad", GOOD], FINE),
    "50,000 weekdays for a date": (lambda: beside(item(inside=f"<pubDate>{'Mon, ' * 50_000}</pubDate>")), ["Bad", GOOD], FINE),
    "60,000 empty lines before the root": (lambda: b"<?xml version='1.0'?>" + b"\n" * 60_000 + beside(), [GOOD], r"60,021 characters before its first element left out"),
    "60,000 empty lines in a DOCTYPE": (lambda: beside(before=f"<!DOCTYPE rss [{chr(10) * 60_000}]>"), [GOOD], r"60,017 characters before .*"),
    "60,000 entity declarations without an end": (lambda: beside(before="<!DOCTYPE rss [" + "\n<!ENTITY" * 60_000), [GOOD], r"540,015 characters before .*"),
    "9 MB of blanks before the root": (lambda: b" " * 4_500_000 + beside(), [GOOD], r"4,500,000 characters before .*"),
    "200,000 blank lines in a title": (lambda: beside(item("\n" * 200_000 + "Bad")), ["Bad", GOOD], FINE),
    "100,000 comments opened": (lambda: beside(item("Bad<!--" * 5_000)), [], r".*"),
    "30,000 tags opened in a broken title": (lambda: beside(item("x<a " * 30_000)), [GOOD], r"1 entry of more than 20,000 tags left out"),
    "100,000 ampersands in a broken feed": (lambda: beside(item("Bad" + " &a" * 100_000, "</b>")), [r"Bad &a; .*…", GOOD], FINE),
    "quotes that never close": (lambda: beside("</b>" + item(attributes=" a='" * 150)), [], r".*"),
    "300,000 marks on one letter": (lambda: beside(item("e" + "\u0301\u0316" * 150_000)), [r"\u00e9[\u0301\u0316]*…", GOOD], FINE),
    "1 MB of &amp; stacked": (lambda: beside(item("&amp;" * 200_000 + "lt;b")), [r"&+…", GOOD], FINE),
    "1 MB of &lt;": (lambda: beside(item("&lt;" * 250_000)), [r"<+…", GOOD], FINE),
    "100,000 emoji by number": (lambda: beside(item("&#x1F600;" * 100_000)), [r"\U0001F600+…", GOOD], FINE),
    # depth
    "100,000 levels in an entry": (lambda: beside(item(inside="<a>" * 100_000 + "</a>" * 100_000)), [GOOD], r"1 entry of more than 20,000 tags left out"),
    "100,000 levels with a namespace each": (lambda: beside(item(inside="<a xmlns='u'>" * 100_000 + "</a>" * 100_000)), [GOOD], r"1 entry of .*"),
    "100,000 levels never closed": (lambda: beside()[:-16] + b"<a>" * 100_000, [GOOD], r"cut short: 1 entry kept; more than 20,000 tags outside entries left out"),
    "100,000 levels around the entries": (lambda: b"<a>" * 100_000 + beside() + b"</a>" * 100_000, [GOOD], r"more than 20,000 tags outside entries left out"),
    "9,000 levels in an entry": (lambda: beside(item(inside="<a>" * 9_000 + "</a>" * 9_000)), ["Bad", GOOD], FINE),
    "100,000 levels of markup in a summary": (lambda: beside(item(inside=f"<description>{'&lt;div&gt;' * 100_000}</description>")), ["Bad", GOOD], FINE),
    "100,000 levels of formatting in a summary": (lambda: beside(item(inside=f"<description>{'&lt;b&gt;&lt;i&gt;' * 50_000}</description>")), ["Bad", GOOD], FINE),
    "layers of escaping": (lambda: beside(item("&" + "amp;" * 2_000 + "lt;b>Bad")), [r".*Bad", GOOD], FINE),
    "100,000 levels of RDF": (lambda: b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'>" + b"<rdf:Seq>" * 100_000 + b"</rdf:Seq>" * 100_000 + GOOD_ITEM.encode() + b"</rdf:RDF>", [GOOD], r"more than 20,000 tags outside .*"),
    # too much of something
    "a million entries": (lambda: beside(*["<item/>"] * 500_000, item("Last")).replace(b"<item/>", GOOD_ITEM.encode() + b"<item/>", 1), [GOOD], r"2,000 entries kept, 498,003 left out"),
    "100,000 good entries": (lambda: beside(*(f"<item><title>n{n}</title></item>" for n in range(100_000))), [f"n{n}" for n in range(2_000)], r"2,000 entries kept, 98,001 left out"),
    "100,000 attributes": (lambda: beside(item(attributes="".join(f" a{n}='1'" for n in range(100_000)))), ["Bad", GOOD], r"more than 200 attributes left out of 1 element"),
    "100,000 namespaces": (lambda: beside(item(attributes="".join(f" xmlns:a{n}='u{n}'" for n in range(100_000)))), ["Bad", GOOD], r"more than 200 attributes .*"),
    "1,000 attributes twice over": (lambda: beside(item(attributes=" a='1'" * 1_000)), ["Bad", GOOD], r"more than 200 attributes .*"),
    "an attribute of 4 MB": (lambda: beside(item(attributes=f" a='{'x' * 4_000_000}'")), ["Bad", GOOD], FINE),
    "200,000 categories in an entry": (lambda: beside(item(inside="<category>c</category>" * 150_000)), [GOOD], r"1 entry of .*"),
    "100,000 links in an entry": (lambda: beside(item(inside="<link>http://a/</link>" * 100_000)), [GOOD], r"1 entry of .*"),
    "100,000 enclosures in an entry": (lambda: beside(item(inside="<enclosure url='http://a/'/>" * 100_000)), [GOOD], r"1 entry of .*"),
    "100,000 sections of CDATA": (lambda: beside(item("<![CDATA[Bad]]>" * 100_000)), [GOOD], r"1 entry of .*"),
    "a title of 4 MB": (lambda: beside(item("Bad " * 1_000_000)), [r"(Bad )+.*…", GOOD], FINE),
    "an id of 4 MB": (lambda: beside(item(inside=f"<guid>{'x' * 4_000_000}</guid>")), ["Bad", GOOD], FINE),
    "a link of 4 MB": (lambda: beside(item(inside=f"<link>http://a.example/{'x' * 4_000_000}</link>")), ["Bad", GOOD], FINE),
    "an element's name of 2 MB": (lambda: beside(item(inside=f"<{'x' * 2_000_000}/>")), ["Bad", GOOD], FINE),
    "200,000 points of a polygon": (lambda: beside(item(inside=f"<g:where xmlns:g='http://www.georss.org/georss'><g:polygon>{'1 2 ' * 200_000}</g:polygon></g:where>")), ["Bad", GOOD], FINE),
    # entities
    "a billion laughs": (lambda: beside(item("&lol9;"), before="<!DOCTYPE rss [<!ENTITY lol 'lol'>" + "".join(f"<!ENTITY lol{n} '{('&lol%s;' % (n - 1 or '')) * 10}'>" for n in range(1, 10)) + "]>"), [r"&lol9;", GOOD], FINE),
    "quadratic blowup": (lambda: beside(item("&a;" * 50_000), before=f"<!DOCTYPE rss [<!ENTITY a '{'x' * 4_000}'>]>"), [r"(&a;)+&?a?…|x+…", GOOD], FINE),
    "an entity that contains itself": (lambda: beside(item("&a;"), before="<!DOCTYPE rss [<!ENTITY a '&b;'><!ENTITY b '&a;'>]>"), [r"&[ab];", GOOD], FINE),
    "100,000 entities declared": (lambda: beside(item("Bad"), before="<!DOCTYPE rss [" + "".join(f"<!ENTITY a{n} 'x'>" for n in range(100_000)) + "]>"), ["Bad", GOOD], r".* characters before .*"),
    "parameter entities that multiply": (lambda: beside(item("Bad"), before="<!DOCTYPE rss [<!ENTITY % a 'x'><!ENTITY % b '%a;%a;%a;%a;'><!ENTITY % c '%b;%b;%b;%b;'>%c;]>"), ["Bad", GOOD], FINE),
    "attributes with defaults": (lambda: beside(item("Bad"), before="<!DOCTYPE rss [<!ATTLIST item x CDATA 'y'>]>"), ["Bad", GOOD], FINE),
    "numbers beyond Unicode": (lambda: beside(item("Bad &#x110000; &#xD800; &#0; &#99999999999;")), [r"Bad.*", GOOD], FINE),
}  # fmt: skip


def matches(expected: list[str], titles: list[str]) -> bool:
    return len(expected) == len(titles) and all(re.fullmatch(e, t) for e, t in zip(expected, titles, strict=True))


@pytest.mark.parametrize("name", COSTLY)
async def test_a_costly_body_is_read_at_once_and_its_good_entries_kept(lab: Lab, name: str) -> None:
    make, titles, reason = COSTLY[name]
    pid = lab.ingest.pid
    outcome = await lab.serve(make())
    if reason != r".*":
        assert matches(titles, outcome.titles), [title[:60] for title in outcome.titles[:5]]
    assert re.fullmatch(reason, outcome.reason), outcome.reason
    assert lab.ingest.pid == pid, "it needed no other process, as one that takes too long does"


# ------------------------------------------------------------------ charsets


def xml(text: str, encoding: str | None) -> str:
    declared = f"<?xml version='1.0' encoding='{encoding}'?>" if encoding else ""
    return f"{declared}<rss version='2.0'><channel><item><title>{text}</title></item></channel></rss>"


CAFE, KYIV, TOKYO = "Café à Zürich", "Київ і Харків", "東京の朝"
CHARSETS: dict[str, tuple[bytes, str, str]] = {
    "UTF-8 declared, Latin-1 sent": (xml(CAFE, "utf-8").encode("latin-1"), "text/xml", CAFE),
    "Latin-1 declared, UTF-8 sent": (xml(CAFE, "iso-8859-1").encode(), "application/xml", CAFE),
    "Latin-1 in the header, UTF-8 declared and sent": (xml(KYIV, "utf-8").encode(), "text/xml; charset=iso-8859-1", KYIV),
    "ASCII declared, UTF-8 sent": (xml(KYIV, "us-ascii").encode(), "text/xml", KYIV),
    "nothing declared, windows-1251 sent": (xml(KYIV, None).encode("cp1251"), "text/xml", r".+"),
    "windows-1251 declared": (xml(KYIV, "windows-1251").encode("cp1251"), "text/xml", KYIV),
    "windows-1251 in the header alone": (xml(KYIV, None).encode("cp1251"), "text/xml; charset=windows-1251", KYIV),
    "Shift-JIS declared": (xml(TOKYO, "shift_jis").encode("shift_jis"), "text/xml", TOKYO),
    "EUC-JP declared": (xml(TOKYO, "euc-jp").encode("euc-jp"), "text/xml", TOKYO),
    "ISO-2022-JP declared": (xml(TOKYO, "iso-2022-jp").encode("iso-2022-jp"), "text/xml", TOKYO),
    "GB2312 declared, GBK sent": (xml("镕基", "gb2312").encode("gbk"), "text/xml", "镕基"),
    "Big5 declared": (xml("台北", "big5").encode("big5"), "text/xml", "台北"),
    "KOI8-R declared": (xml("Москва", "koi8-r").encode("koi8-r"), "text/xml", "Москва"),
    "UTF-16 with a mark": (xml(CAFE, "utf-16").encode("utf-16"), "text/xml", CAFE),
    "UTF-16 LE without a mark": (xml(CAFE, "utf-16").encode("utf-16-le"), "text/xml", CAFE),
    "UTF-16 BE without a mark": (xml(CAFE, "utf-16").encode("utf-16-be"), "text/xml", CAFE),
    "UTF-16 without mark or declaration": (xml(CAFE, None).encode("utf-16-le"), "text/xml", CAFE),
    "UTF-16 with a mark, declared UTF-8": (xml(CAFE, "utf-8").encode("utf-16"), "text/xml; charset=utf-8", CAFE),
    "UTF-16 cut in the middle of a unit": (xml(CAFE, "utf-16").encode("utf-16") + b"\0", "text/xml", CAFE),
    "UTF-16 with a lone surrogate": (xml("Bad \ud800 one", "utf-16").encode("utf-16", "surrogatepass"), "text/xml", "Bad \ufffd one"),
    "UTF-32 with a mark": (xml(CAFE, "utf-32").encode("utf-32"), "text/xml", CAFE),
    "UTF-16 declared, UTF-8 sent": (xml(CAFE, "utf-16").encode(), "text/xml", CAFE),
    "UTF-8 with a mark": (b"\xef\xbb\xbf" + xml(CAFE, "utf-8").encode(), "text/xml; charset=iso-8859-1", CAFE),
    "UTF-8 with two marks": (b"\xef\xbb\xbf\xef\xbb\xbf" + xml(CAFE, "utf-8").encode(), "text/xml", CAFE),
    "a mark in the middle": (xml("Bad\ufeff one", "utf-8").encode(), "text/xml", "Bad one"),
    "UTF-7 declared": (xml("Caf+AOk- +ADw-script+AD4-", "utf-7").encode("ascii"), "text/xml", r"Caf.*"),
    "UTF-7 in the header": (b"+ADw-rss+AD4-", "text/xml; charset=utf-7", ""),
    "EBCDIC": (xml(CAFE, "cp037").encode("cp037"), "text/xml", CAFE),
    "overlong UTF-8": (xml("Bad \xc0\xafetc\xc1\x9c one", "utf-8").encode("latin-1"), "text/xml", r"Bad .*etc.* one"),
    "UTF-8 of surrogates": (xml("Bad XX one", "utf-8").encode().replace(b"XX", b"\xed\xa0\xbd\xed\xb8\x80"), "text/xml", r"Bad .* one"),
    "UTF-8 beyond Unicode": (xml("Bad XX one", "utf-8").encode().replace(b"XX", b"\xf7\xbf\xbf\xbf"), "text/xml", r"Bad .* one"),
    "one byte of Latin-1 in UTF-8": (xml(f"{KYIV} XX", "utf-8").encode().replace(b"XX", b"\xe9"), "text/xml", f"{KYIV} \ufffd"),
    "UTF-8 twice over": (xml(CAFE.encode().decode("latin-1"), "utf-8").encode(), "text/xml", r"Caf.+"),
    "half UTF-8, half Latin-1": (xml("é XX ü", "utf-8").encode().replace(b"XX", b"\xe9"), "text/xml", r".* .* .*"),
    "no such charset": (xml(CAFE, "klingon").encode(), "text/xml; charset=vulcan", CAFE),
    "a codec that is no charset": (xml("Bad", "zlib").encode(), "text/xml; charset=rot13", "Bad"),
    "a codec that evaluates": (xml("Bad \\x41", "unicode_escape").encode(), "text/xml; charset=unicode-escape", r"Bad \\x41"),
    "a charset with an escape in it": (xml(CAFE, None).encode(), "text/xml; charset=\x80\xff", CAFE),
    "a charset of 40 KB": (xml(CAFE, None).encode(), "text/xml; charset=" + "x" * 40_000, CAFE),
    "NULs everywhere": (xml("B\0a\0d", "utf-8").encode().replace(b"rss", b"\0rss"), "text/xml", "Bad"),
    "control characters": (xml("B\x01a\x08d\x1b\x0b\x7f", "utf-8").encode(), "text/xml", "Bad"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHARSETS)
async def test_a_charset_that_lies_costs_characters_at_most(lab: Lab, name: str) -> None:
    body, content_type, title = CHARSETS[name]
    outcome = await lab.serve(body, **{"Content-Type": content_type})
    if title:
        assert len(outcome.titles) == 1, outcome.reason
        assert re.fullmatch(title, outcome.titles[0]), outcome.titles
    else:
        assert outcome.reason
    assert all(text.isprintable() for text in (*outcome.titles, outcome.reason))


# ------------------------------------------------------------------ bodies that are something else


def archive(data: bytes, times: int = 1) -> bytes:
    for _ in range(times):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as zipped:
            zipped.writestr("feed.xml", data)
        data = packed.getvalue()
    return data


ELSE: dict[str, tuple[bytes, str, str]] = {
    "an HTML page": (b"<!doctype html><html><head><title>Sorry &amp; bye</title></head></html>", "application/rss+xml", r"an HTML page, not a feed \(title: Sorry & bye\)"),
    "an HTML page with an escape in its title": (b"<html><title>\x1b]0;owned\x07[red]x</title></html>", "text/html", r"an HTML page, not a feed \(title: .*\[red\]x\)"),
    "an HTML page after 10,000 comments": (b"<!-- -->" * 10_000 + b"<html><body>", "text/html", r"an HTML page, not a feed|.*not a feed.*"),
    "XHTML": (b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><body/></html>", "application/xhtml+xml", r"an HTML page, not a feed"),
    "a login page cut in half": (b"<!DOCTYPE html><html><head><title>Log", "text/html", r"an HTML page, not a feed.*"),
    "JSON": (b'{"version": "https://jsonfeed.org/version/1.1", "items": []}', "application/feed+json", r"JSON, not RSS or Atom"),
    "100,000 brackets": (b"[" * 100_000, "application/json", r"JSON, not RSS or Atom"),
    "the path of a device": (b"/dev/zero", "application/rss+xml", r"not XML: it begins with '/dev/zero'"),
    "the path of a file": (b"/etc/passwd", "application/rss+xml", r"not XML: it begins with '/etc/passwd'"),
    "the address of a file": (b"file:///etc/passwd", "application/rss+xml", r"not XML: it begins with 'file:///etc/passwd'"),
    "a path of Windows": (rb"C:\Windows\win.ini", "application/rss+xml", r"not XML: it begins with 'C:\\Windows\\win\.ini'"),
    "a path up": (b"../../../../etc/passwd\0.xml", "application/rss+xml", r"not XML: it begins with '.*'"),
    "an address of the web": (b"http://127.0.0.1/feed", "application/rss+xml", r"not XML: it begins with 'http://127\.0\.0\.1/feed'"),
    "a command": (b"|cat /etc/passwd", "application/rss+xml", r"not XML: it begins with '\|cat /etc/passwd'"),
    "a filter": (b"exec:rm -rf /", "application/rss+xml", r"not XML: it begins with 'exec:rm -rf /'"),
    "a feed in a ZIP": (archive(beside()), "application/zip", r"a ZIP archive, not a feed"),
    "a ZIP in a ZIP in a ZIP": (archive(bytes(5_000_000), 3), "application/rss+xml", r"a ZIP archive, not a feed"),
    "a gzip file": (gzip.compress(beside()), "application/gzip", r"gzip data, not a feed"),
    "a PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "application/rss+xml", r"a PDF document, not a feed"),
    "an image": (b"\x89PNG\r\n\x1a\n" + bytes(999), "text/xml", r"an image, not a feed"),
    "a program": (b"\x7fELF\x02\x01\x01" + bytes(999), "text/xml", r"a program, not a feed"),
    "noise": (bytes(range(256)) * 40, "text/xml", r"not XML: it begins with .*"),
    "NULs alone": (bytes(9_999), "text/xml", r"empty: nothing but blanks in 9999 bytes"),
    "blanks alone": (b" \n\t" * 999, "text/xml", r"empty: nothing but blanks in 2997 bytes"),
    "nothing": (b"", "text/xml", r"empty: 0 bytes"),
    "a mark alone": (b"\xef\xbb\xbf", "text/xml", r"empty: .*"),
    "a declaration alone": (b"<?xml version='1.0'?>", "text/xml", r".+"),
    "an empty channel": (b"<rss version='2.0'><channel><title>x</title></channel></rss>", "text/xml", r"an empty channel: no entries"),
    "a sitemap": (b"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url/></urlset>", "text/xml", r"XML, but not a feed: its root is <urlset>"),
    "OPML": (b"<opml version='2.0'><body><outline xmlUrl='http://127.0.0.1/'/></body></opml>", "text/x-opml", r"XML, but not a feed: its root is <opml>"),
    "SVG with a script": (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "image/svg+xml", r"XML, but not a feed: its root is <svg>"),
    "an XSLT stylesheet": (b"<xsl:stylesheet version='1.0' xmlns:xsl='http://www.w3.org/1999/XSL/Transform'><xsl:include href='file:///etc/passwd'/></xsl:stylesheet>", "text/xsl", r"XML, but not a feed: .*"),
    "entries that say nothing": (b"<rss version='2.0'><channel><item/><item><guid/></item></channel></rss>", "text/xml", r"no usable entry: 2 without title, summary and link"),
    "a root with a bidi control in its name": ("<ab\u202ecd/>".encode(), "text/xml", r".+"),
}  # fmt: skip


@pytest.mark.parametrize("name", ELSE)
async def test_a_body_that_is_no_feed_is_told_for_what_it_is(lab: Lab, name: str) -> None:
    body, content_type, reason = ELSE[name]
    outcome = await lab.serve(body, **{"Content-Type": content_type})
    assert outcome.fetched.result == "failed"
    assert re.fullmatch(reason, outcome.reason), outcome.reason
    assert outcome.reason.isprintable()
    assert "\x1b" not in outcome.reason


async def test_a_body_that_names_a_fifo_does_not_open_it(lab: Lab, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    outcome = await lab.serve(str(fifo).encode())  # whoever opens it waits until the alarm rings
    assert outcome.reason.startswith("not XML: it begins with '/")


LIES = [
    "text/html", "image/png", "application/octet-stream", "text/plain; charset=utf-8", "application/json", "", "x",
    "multipart/form-data; boundary=x", "text/xml; charset=", "application/rss+xml; charset=utf-8; charset=utf-16", ";;;",
    "application/x-sh", "text/xml;" + " x" * 5_000,
]  # fmt: skip


@pytest.mark.parametrize("content_type", LIES, ids=lambda lie: lie[:40])
async def test_a_content_type_that_lies_is_not_believed(lab: Lab, content_type: str) -> None:
    outcome = await lab.serve(beside(), **{"Content-Type": content_type})
    assert (outcome.titles, outcome.reason) == ([GOOD], "")


# ------------------------------------------------------------------ bodies that want something from elsewhere

WANT = {
    "an external entity": "<!DOCTYPE rss [<!ENTITY x SYSTEM '{}'>]>",
    "an external entity with a public name": "<!DOCTYPE rss [<!ENTITY x PUBLIC '-//X//Y' '{}'>]>",
    "an external parameter entity": "<!DOCTYPE rss [<!ENTITY % x SYSTEM '{}'>%x;]>",
    "an external DTD": "<!DOCTYPE rss SYSTEM '{}'>",
    "an external DTD with a public name": "<!DOCTYPE rss PUBLIC '-//Netscape Communications//DTD RSS 0.91//EN' '{}'>",
    "an unparsed entity": "<!DOCTYPE rss [<!NOTATION n SYSTEM '{0}'><!ENTITY x SYSTEM '{0}' NDATA n>]>",
    "a stylesheet": "<?xml-stylesheet type='text/xsl' href='{}'?>",
    "an XInclude": "INSIDE<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='{}' parse='text'/>",
    "a schema": "INSIDE<x xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:schemaLocation='u {}'/>",
    "an image in a summary": "INSIDE<description>&lt;img src='{0}'&gt;&lt;script src='{0}'&gt;&lt;/script&gt;</description>",
    "an enclosure": "INSIDE<enclosure url='{}' type='audio/mpeg' length='1'/>",
    "an icon and a logo": "INSIDE<image><url>{0}</url></image><icon>{0}</icon><logo>{0}</logo>",
    "a content element by reference": "INSIDE<content xmlns='http://www.w3.org/2005/Atom' src='{}' type='text/html'/>",
    "a base address": "INSIDE<x xml:base='{}'/>",
    "a hub": "INSIDE<link xmlns='http://www.w3.org/2005/Atom' rel='hub' href='{}'/>",
    "a next page": "INSIDE<link xmlns='http://www.w3.org/2005/Atom' rel='next' href='{}'/>",
}  # fmt: skip


@pytest.mark.parametrize("scheme", ["file", "http"])
@pytest.mark.parametrize("name", WANT)
async def test_nothing_is_fetched_or_read_for_a_feed_that_names_it(
    lab: Lab, tmp_path: Path, name: str, scheme: str
) -> None:
    (tmp_path / "secret").write_text("TOP-SECRET", "ascii")
    path = lab.path()
    target = lab.server.feed(path, b"TOP-SECRET") if scheme == "http" else f"file://{tmp_path}/secret"
    wants = WANT[name].format(target)
    before, inside = ("", wants[6:]) if wants.startswith("INSIDE") else (wants, "")
    body = beside(item("Bad &x;" if "ENTITY" in wants else "Bad", inside), before=before)
    outcome = await lab.serve(body)

    assert outcome.titles[-1] == GOOD
    assert len(outcome.titles) == 2
    assert lab.server.count(path) == 0
    assert "TOP-SECRET" not in repr(outcome)


# ------------------------------------------------------------------ one broken entry among good ones

BROKEN: dict[str, tuple[bytes, list[str]]] = {
    "an entity that nobody declared": (beside(item("Bad &bogus; one")), [r"Bad &bogus; one", GOOD]),
    "an end tag too many": (beside(item("Bad", "</b>")), ["Bad", GOOD]),
    "a tag that is not closed": (beside(item("Bad", "<description><b>bold</description>")), ["Bad", GOOD]),
    "an ampersand alone": (beside(item("Salt & pepper")), ["Salt & pepper", GOOD]),
    "a less-than alone": (beside(item("1 < 2")), [r"1.*", GOOD]),
    "a namespace that nobody declared": (beside(item("Bad", "<nope:thing>x</nope:thing>")), ["Bad", GOOD]),
    "an attribute twice": (beside(item("Bad", "<enclosure url='a' url='b'/>")), ["Bad", GOOD]),
    "an attribute without quotes": (beside(item("Bad", "<enclosure url=a/>")), ["Bad", GOOD]),
    "junk before the declaration": (b"\n\n<!-- cached -->\n<?xml version='1.0'?>" + beside(), [GOOD]),
    "junk behind the root": (beside() + b"<script>alert(1)</script>", [GOOD]),
    "two roots": (beside(item("Bad")) + rss("Second root"), ["Bad", GOOD, "Second root"]),
    "an end of CDATA within CDATA": (beside(item("<![CDATA[Bad ]]]]><![CDATA[> one]]>")), [r"Bad.*one", GOOD]),
    "control characters by number": (beside(item("B&#1;a&#27;]0;owned&#7;d")), [r"Bad", GOOD]),
    "no title, a link alone": (beside(item("", "<link>https://a.example/x</link>")), ["https://a.example/x", GOOD]),
    "cut in the last entry": (beside(item("Bad"))[:-80], ["Bad"]),
    "uppercase": (beside(item("Bad")).replace(b"item", b"ITEM").replace(b"title", b"TITLE"), ["Bad", GOOD]),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
async def test_a_broken_entry_costs_itself_at_most(lab: Lab, name: str) -> None:
    body, titles = BROKEN[name]
    outcome = await lab.serve(body)
    assert outcome.fetched.result == "ok", outcome.reason
    assert matches(titles, outcome.titles), outcome.titles


async def test_a_body_larger_than_allowed_is_told_before_it_is_read(lab: Lab) -> None:
    outcome = await lab.reply(Reply(b"<rss>" + b" " * 6_000_000))
    assert outcome.reason == "larger than 5 MB"
