"""What of a summary's markup outlives its cleaning: the links in it, and where its paragraphs begin. Pure.

    markup ──sanitise.plain_text──▶ text, one line       markup ──text_links──▶ [words, address] …
                                                         markup, text ──paragraph_breaks──▶ offsets in that line

The text stays one line, which rules and searches read; whoever shows it breaks it at the offsets.
"""

from __future__ import annotations

import html
import re
from typing import Final

import nh3

from tensionwatch.model import Link
from tensionwatch.sanitise import MAX_SUMMARY, plain_text, safe_link

MAX_LINKS: Final = 20
MAX_WORDS: Final = 120
"""Code points kept of a link's words."""
MAX_BREAKS: Final = 200
ONE_PARAGRAPH: Final = 200
"""Code points up to which a text is one paragraph, whatever its markup: most are, and need no second look."""

_MOST: Final = 16 * MAX_SUMMARY + 10_000
"""Code points looked at, as many as the text is made of."""
_HREF: Final = re.compile(r"href\s*=", re.IGNORECASE)
_ANCHOR: Final = re.compile(r'<a href="([^"]*)">(.*?)</a>', re.DOTALL)
"""As the cleaner writes them: no other attribute, no anchor in another."""
_cleaner: Final = nh3.Cleaner(
    tags={"a"}, attributes={"a": {"href"}}, url_schemes={"http", "https"}, clean_content_tags={"script", "style"},
    link_rel=None,
)  # fmt: skip

_BLOCKS: Final = (
    "address|article|aside|blockquote|dd|div|dl|dt|figure|footer|h[1-6]|header|hr|li|ol|p|pre|section|table|tr|ul"
)
_EDGE: Final = re.compile(rf"</?(?:{_BLOCKS})(?=[\s/>])[^<>]*>|(?:<br\s*/?>\s*){{2,}}", re.IGNORECASE)
_BLANK_LINE: Final = re.compile(r"\n[ \t\r]*\n")
"""Ends a paragraph of what is no markup."""


def text_links(markup: str, base: str, own: str | None) -> tuple[Link, ...]:
    """The links in it that have words and lead to http(s), each address once and at most MAX_LINKS, resolved against
    `base`; `own`, where the whole entry leads, is left out ("Read more")."""
    if "<" not in markup or not _HREF.search(markup):
        return ()
    found: dict[str, Link] = {}
    for href, within in _ANCHOR.findall(_cleaner.clean(markup[:_MOST])):
        words, url = plain_text(within, MAX_WORDS)[0], safe_link(html.unescape(href), base)
        if words and url is not None and url != own and url not in found:
            found[url] = Link(words, url)
            if len(found) == MAX_LINKS:
                break
    return tuple(found.values())


def paragraph_breaks(markup: str, text: str) -> tuple[int, ...]:
    """Where in `text`, which `plain_text` has made of `markup`, its later paragraphs begin. Where a part on its own
    reads otherwise than in the whole, what follows it is one paragraph."""
    if len(text) <= ONE_PARAGRAPH:
        return ()
    split = (_EDGE if "<" in markup else _BLANK_LINE).split(markup[:_MOST], MAX_BREAKS)
    parts = [part for part in split if part and not part.isspace()]
    breaks: list[int] = []
    at = 0
    for part in (plain_text(part, MAX_SUMMARY)[0] for part in parts) if len(parts) > 1 else ():
        if not part:
            continue
        if at:
            breaks.append(at)
        if not text.startswith(f"{part} ", at):
            break
        at += len(part) + 1
    return tuple(breaks)
