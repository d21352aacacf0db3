"""What of a summary's markup outlives its cleaning."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tensionwatch.feeds.parse import parse
from tensionwatch.feeds.structure import MAX_LINKS, MAX_WORDS, ONE_PARAGRAPH, paragraph_breaks, text_links
from tensionwatch.model import Link
from tensionwatch.sanitise import MAX_SUMMARY, plain_text

BASE = "https://harbour.example/rss"
LONG = "The ferry left the harbour at dawn with forty passengers and a cargo of lamp oil on board. " * 3


def paragraphs(markup: str) -> list[str]:
    text = plain_text(markup, MAX_SUMMARY)[0]
    starts = (0, *paragraph_breaks(markup, text))
    return [text[start:end].strip() for start, end in zip(starts, (*starts[1:], len(text)), strict=True)]


@pytest.mark.parametrize(
    ("markup", "links"),
    [
        ('See <a href="https://gov.example/text">the text</a>.', [("the text", "https://gov.example/text")]),
        ("<a class=x href='/b?x=1&amp;y=2' onclick=e()><b>two</b> words</a>",
         [("two words", "https://harbour.example/b?x=1&y=2")]),
        ("<A HREF=https://gov.example/a>bare", [("bare", "https://gov.example/a")]),
        ('<a href="javascript:alert(1)">no</a> <a href="data:text/html,x">no</a> <a href="file:///etc">no</a>', []),
        ('<a href="https://gov.example/a"><img src="x.png"></a> <a>no address</a>', []),
        ('<a href="https://gov.example/a">one</a> <a href="https://gov.example/a">again</a>',
         [("one", "https://gov.example/a")]),
        ('<a href="https://harbour.example/own">Read more</a>', []),
        ('<a href="https://gov.example/a">a \u202ehidden\u202c\x1b[31m word</a>',
         [("a [U+202E]hidden[U+202C] word", "https://gov.example/a")]),
        ("a < b and href = c", []),
        ('<script><a href="https://gov.example/a">x</a></script>', []),
    ],
)  # fmt: skip
def test_links_have_words_and_lead_to_the_web(markup: str, links: list[tuple[str, str]]) -> None:
    found = text_links(markup, BASE, "https://harbour.example/own")
    assert [(link.words, link.url) for link in found] == links


def test_there_are_no_more_links_than_a_reader_would_number() -> None:
    markup = "".join(f'<a href="/{number}">{number} {"x" * 500}</a> ' for number in range(500))
    found = text_links(markup, BASE, None)
    assert len(found) == MAX_LINKS
    assert all(len(link.words) == MAX_WORDS for link in found)


@pytest.mark.parametrize(
    ("markup", "parts"),
    [
        (f"<p>{LONG}</p><p>Two.</p>", [LONG.strip(), "Two."]),
        (f"<p>{LONG}</p>", [LONG.strip()]),
        (f"{LONG}<br><br>Two<br>still two.", [LONG.strip(), "Two still two."]),
        (f"<ul><li>{LONG}<li>Two</ul>Three", [LONG.strip(), "Two", "Three"]),
        (f"<div><p>{LONG}</p><p> </p></div><h2>Two &amp; a <b>half</b></h2>", [LONG.strip(), "Two & a half"]),
        (f"{LONG}\n\nTwo\nstill two", [LONG.strip(), "Two still two"]),
        (f"<i>{LONG}</i>\n\n<b>the same</b>", [f"{LONG}the same"]),
        ("<p>Short.</p><p>Two.</p>", ["Short. Two."]),
    ],
)
def test_paragraphs_begin_where_the_markup_says(markup: str, parts: list[str]) -> None:
    assert paragraphs(markup) == parts


def test_what_is_cut_has_the_paragraphs_of_what_is_left() -> None:
    markup = "".join(f"<p>{number} {LONG}</p>" for number in range(100))
    text, cut = plain_text(markup, MAX_SUMMARY)
    breaks = paragraph_breaks(markup, text)
    assert cut
    assert len(breaks) > 5
    assert all(text[at : at + 40].split()[1] == "The" for at in breaks)


PIECES = st.sampled_from(
    [*"ab <>&;/='!\u0301\u202e남p1\n", "<p>", "</p>", "<br><br>", "<li>", "&lt;p>", "&amp;", "<a href="]
)


@given(st.lists(PIECES).map("".join))
@example(f"{LONG}<p>a<p>b &amp;amp; c")
@example(f"<p>{LONG}e</p><p>\u0301x</p>")
def test_breaks_are_offsets_of_words_in_any_text(markup: str) -> None:
    markup += f"<p>{LONG}</p>{markup}"
    text = plain_text(markup, MAX_SUMMARY)[0]
    breaks = paragraph_breaks(markup, text)
    assert list(breaks) == sorted(set(breaks))
    assert all(0 < at < len(text) and text[at - 1] == " " != text[at] for at in breaks)
    assert len(text) > ONE_PARAGRAPH
    text_links(markup, BASE, None)


def test_an_entry_has_its_links_and_paragraphs() -> None:
    words = f'<p>{LONG}</p><p>See <a href="/b">the order</a>.</p>'
    body = (
        '<rss version="2.0"><channel><title>Harbour</title><item><title>Ferry</title>'
        f"<link>https://harbour.example/a</link><description><![CDATA[{words}]]></description></item></channel></rss>"
    )
    ((entry, _),) = parse(body.encode(), url=BASE, content_type=None).entries
    assert entry.links == (Link("the order", "https://harbour.example/b"),)
    assert [entry.summary[at:] for at in entry.breaks] == ["See the order."]
