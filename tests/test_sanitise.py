"""The one sanitiser: what it takes out, what it leaves alone, and what must hold for every input."""

from __future__ import annotations

import re
import unicodedata
from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tensionwatch.sanitise import plain_text, resolved_link, safe_link, visible

FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufdd0-\ufdef\ufff9-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e007f\U0001fffe\U0010ffff]"
)
TRICKS = (
    *(
        "<",
        ">",
        "&",
        "&lt;",
        "&gt;",
        "&amp;",
        "&#60;",
        "&#x1b;",
        "&#8238;",
        "<b>",
        "</b>",
        "<p",
        "<script>",
        "</script>",
    ),
    *(
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "\x1b[31m",
        "\x1b]0;x\x07",
        "\x9b",
        "\x1b",
        "\u202e",
        "\u2066",
        "\u200b",
        "\u200d",
    ),
    *(
        "\u200c",
        "\u00ad",
        "e\u0301",
        "\u0301",
        "\ud800",
        "\ufffe",
        "🏴\U000e0067\U000e007f",
        "👩",
        "क्",
        " ",
        "\n",
        "\x85",
        "a",
        "style",
    ),
)
hostile = st.lists(st.sampled_from(TRICKS) | st.text(st.characters(), max_size=4), max_size=30).map("".join)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("Plain words", "Plain words"),
        ("  two \n lines\t", "two lines"),
        ("a < b and c > d", "a < b and c > d"),
        ("AT&T, R&D", "AT&T, R&D"),
        ("AT&amp;T", "AT&T"),
        ("&amp;quot;Quoted&amp;quot;", '"Quoted"'),
        ("&#8216;x&#8217; &#x2014; &nbsp;y", "‘x’ — y"),
        ("1 &lt; 2", "1 < 2"),
        ("I <3 ferries", "I <3 ferries"),
        ("<desk@harbour.example> wrote", "<desk@harbour.example> wrote"),
        ("?a=1&copy=2", "?a=1&copy=2"),
        ("<p>One</p><p>Two</p>", "One Two"),
        ("One<br/>Two<BR>Three", "One Two Three"),
        ("<ul><li>a</li><li>b</li></ul>", "a b"),
        ("in<b>com</b>plete", "incomplete"),
        ("&lt;p&gt;Escaped&lt;/p&gt; twice", "Escaped twice"),
        ("&amp;lt;i&amp;gt;thrice&amp;lt;/i&amp;gt;", "thrice"),
        ("a<script>alert(1)</script>b<style>p{}</style>c", "abc"),
        ("a<!-- not shown -->b", "ab"),
        ("<![CDATA[kept]]>", "kept"),
        ('text <img src="x" alt="y"> more', "text more"),
        ('broken off <a href="https://harb', "broken off"),
        ("<o:p>office</o:p> <amp-img>web</amp-img>", "office web"),
        ("cafe\u0301", "café"),
        ("\ud800 and \ufffe", "\ufffd and \ufffd"),
    ],
)
def test_markup_becomes_plain_text(markup: str, text: str) -> None:
    assert plain_text(markup, 500) == (text, False)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("tab\tand\nline", "tab and line"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]52;c;aGk=\x07clip\x1b]8;;https://x\x1b\\link", "cliplink"),
        ("\x9b31mred", "red"),
        ("bell\x07 del\x7f nul\x00", "bell del nul"),
        ("user\u202etxt.exe", "user[U+202E]txt.exe"),
        ("\u2066isolated\u2069", "[U+2066]isolated[U+2069]"),
        ("mis\u200dsi\u200ble\u00ad", "missile"),
        ("\ufeffstart \u2060\u200e\u200f", "start "),
        ("👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("می\u200c\u200c\u200dخ", "می\u200cخ"),
        ("\u200dend\u200d", "end"),
        ("A\U000e0041\U000e007fB", "AB"),
        ("\udfff \ufdd0 \U0001ffff", "\ufffd \ufffd \ufffd"),
        ("❤\ufe0f stays", "❤\ufe0f stays"),
    ],
)
def test_what_a_terminal_may_see(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_long_text_is_cut_at_the_cap() -> None:
    assert plain_text("word " * 100, 12) == ("word word w…", True)
    assert plain_text("word word ", 9) == ("word word", False)
    assert plain_text("<b></b>" * 40_000, 500)[1], "markup beyond all measure counts as cut"


@given(hostile)
@example("\x1b\x1b[m[m")
@example("<\x00b>x")
@example("&#38;#38;lt;b>")
@example("<<b>b>x</<b>b>")
@example("\u200c" * 3)
def test_no_forbidden_character_comes_out(text: str) -> None:
    for clean in (visible(text), plain_text(text, 60)[0]):
        assert not FORBIDDEN.search(clean)


@given(hostile)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert visible(visible(text)) == visible(text)
    clean, _ = plain_text(text, 60)
    assert plain_text(clean, 60) == (clean, False)
    assert visible(clean) == clean


@given(hostile)
def test_plain_text_is_one_trimmed_line_within_the_cap(text: str) -> None:
    clean, _ = plain_text(text, 60)
    assert len(clean) <= 60
    assert clean == " ".join(clean.split())
    assert unicodedata.is_normalized("NFC", clean)


@given(st.text(st.characters(categories=["L", "N", "P"], exclude_characters="<&"), max_size=60))
def test_words_are_left_alone(text: str) -> None:
    normal = unicodedata.normalize("NFC", text)
    if not FORBIDDEN.search(text) and not re.search("[\u115f\u1160\u3164\uffa0]", text) and len(normal) <= 60:
        assert plain_text(text, 60) == (normal, False)


MARKUP = (
    *("<p>", "</p>", "<br/>", "<div class='x y'>", "</div>", "<li>", "</ul>", "<h2>", "</h3>", "<hr >", "</br>"),
    *("<b>", "</b>", "<i>", "</i>", '<a href="/x?a=1&amp;b=2" title="a &lt; b">', "</a>", "<img src='a.png' alt>"),
    *("<font color=red>", "</font>", "<EM\n>", "</Em>", "<code>", "<!-- note -->", "<!---->", "<a  b = 'c'\td/>"),
    *("<table>", "<td>", "<script>", "</script>", "<b", "<!--", "-->", "]]>", "<", ">", "&", ";", "amp;", '"', "'"),
    *(
        "&amp;",
        "&lt;",
        "&gt;",
        "&#8217;",
        "&#39;",
        "&nbsp;",
        "&eacute;",
        "&nosuch;",
        "&copy",
        "&#128;",
        "&#0;",
        "&#27;",
    ),
    *(
        "&am",
        "p;",
        "lt;",
        "b>",
        "word",
        " ",
        "\n",
        "\xa0",
        "\u3000",
        "\xad",
        "\u3164",
        "é",
        "e\u0301",
        "国境",
        "\u200d",
    ),
)
markup = st.lists(st.sampled_from(MARKUP), max_size=25).map("".join)


@settings(max_examples=8 * settings().max_examples)
@given(markup)
@example("&am<b>p;lt;x")
@example("<p>&amp;<b>lt;</b>p&gt;")
@example("<b>1<p>2</b>3</p><a>4<div>5</a>6</div>")
def test_plain_tags_come_off_as_an_html_parser_takes_them_off(text: str) -> None:
    quickly = plain_text(text, 500)
    with patch("tensionwatch.sanitise._without_plain_tags", lambda _: None):
        assert plain_text(text, 500) == quickly


@given(hostile | markup)
def test_what_is_seen_at_a_glance_is_what_a_close_look_shows(text: str) -> None:
    """Blanks that are kept do not hide what is not."""
    assert visible(text) == visible(text + "\x00")


def test_layers_without_end_are_peeled_in_bounded_time() -> None:
    assert plain_text("&amp;" * 3_000 + "lt;b&gt;x", 500)
    clean, _ = plain_text("<" * 200 + "<b></b>b>" * 200, 500)
    assert plain_text(clean, 500) == (clean, False)


# ------------------------------------------------------------------ addresses

BASE = "https://harbour.example/news/feed.xml"


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://a.example/x?y=1&z=2#f", "https://a.example/x?y=1&z=2#f"),
        (" http://a.example/ \n", "http://a.example/"),
        ("/1", "https://harbour.example/1"),
        ("1", "https://harbour.example/news/1"),
        ("//b.example/x", "https://b.example/x"),
        ("https://границa.example/ж", "https://границa.example/ж"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("file:///etc/passwd", None),
        ("mailto:a@b.example", None),
        ("https://", None),
        ("http://[half", None),
        ("http://a.example:99999/", None),
        ("http://a.example/x y", None),
        ("ht\ntp://a.example/", None),
        ("http://a.example/\x1b[31m", None),
        ("http://a.example/\u202egpj", None),
        ("\\\\server\\share", None),
        ("", None),
        ("http://a.example/" + "x" * 4_000, None),
    ],
)
def test_only_plain_web_addresses_are_links(url: str, link: str | None) -> None:
    assert safe_link(url, BASE) == link


@given(hostile)
def test_a_link_is_always_safe_to_draw_and_to_open(url: str) -> None:
    link = safe_link(url, BASE)
    if link is not None:
        assert link.startswith(("http://", "https://"))
        assert visible(link) == link
        assert not re.search(r"\s", link)


@given(
    st.sampled_from(["http://", "https://", "HTTP://", "//", ""]),
    st.text("aZ9.-/?#;:@[]%&=+~!$'\\ \n\xe9", max_size=20),
)
def test_a_plain_address_is_what_it_is_resolved_to(scheme: str, rest: str) -> None:
    for url in (scheme + rest, f"{scheme}a.example/{rest}"):
        assert safe_link(url, BASE) == resolved_link(url, BASE)


def test_every_character_that_must_not_be_seen_is_looked_for() -> None:
    """Also those that count as letters."""
    assert [code for code in range(0x110000) if FORBIDDEN.search(visible(f"a{chr(code)}b"))] == []
    assert [visible(f"a{filler}b") for filler in "\u115f\u1160\u3164\uffa0"] == ["ab"] * 4
