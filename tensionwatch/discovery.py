"""The feeds that a web page names. Pure.

    page ──html.parser──▶ <link rel="alternate" type="application/rss+xml" href="…"> ──base──▶ Candidate, …

Where it names none, the few places where most sites have theirs can be asked, one after the other.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urljoin

from tensionwatch.model import Record
from tensionwatch.sanitise import plain_text, safe_link

TYPES: Final = {
    "application/rss+xml": "RSS", "application/atom+xml": "Atom", "application/rdf+xml": "RDF",
    "application/x.atom+xml": "Atom", "application/rss": "RSS", "application/atom": "Atom", "text/rss+xml": "RSS",
    "application/x-rss+xml": "RSS", "application/xml": "XML", "text/xml": "XML",
}  # fmt: skip
USUAL_PATHS: Final = ("/feed", "/rss", "/rss.xml", "/atom.xml", "/feed.xml", "/index.xml")
MAX_PAGE: Final = 1_000_000
"""Code points of a page that are looked at: its links stand at its top."""
MAX_CANDIDATES: Final = 50
_MAX_NAME: Final = 100
_HTML: Final = re.compile(r"\s*(?:<!--.*?-->\s*|<\?xml[^>]*>\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
_COMMENTS: Final = re.compile(r"\bcomments?\b", re.IGNORECASE)


class Candidate(Record, frozen=True):
    """A feed that a page names."""

    url: str
    kind: str
    """`RSS`, `Atom`, `RDF`, `XML`."""
    name: str
    """As the page calls it; may be empty."""


def is_page(text: str, content_type: str | None) -> bool:
    """Is it HTML, whatever the server calls it?"""
    kind = (content_type or "").partition(";")[0].strip().lower()
    return _HTML.match(text[:20_000]) is not None or (kind == "text/html" and "<html" in text[:20_000].lower())


def candidates(page: str, url: str) -> tuple[Candidate, ...]:
    """The feeds that a page fetched from `url` names, in its order but feeds of comments last; each address once."""
    reader = _Links()
    reader.feed(page[:MAX_PAGE])
    base = urljoin(url, reader.base) if reader.base else url
    found: dict[str, Candidate] = {}
    for href, kind, name in reader.found:
        address = safe_link(href.strip().replace(" ", "%20"), base)
        if address is None or len(found) >= MAX_CANDIDATES:
            continue
        address = address.partition("#")[0]
        found.setdefault(address, Candidate(address, kind, plain_text(name, _MAX_NAME)[0]))
    return tuple(sorted(found.values(), key=lambda one: _COMMENTS.search(f"{one.url} {one.name}") is not None))


def usual_places(url: str) -> tuple[str, ...]:
    """Where the site of `url` may have its feed though no page says so."""
    return tuple(urljoin(url, path) for path in USUAL_PATHS)


class _Links(HTMLParser):
    """Collects what could be a feed's link. HTMLParser bears with whatever pages are."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.base = ""
        self.found: list[tuple[str, str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in reversed(attrs)}  # of two of one name the first holds
        if tag == "base" and not self.base:
            self.base = said.get("href", "").strip()
        if tag != "link" or not said.get("href"):
            return
        kind = TYPES.get(said.get("type", "").partition(";")[0].strip().lower())
        relations = said.get("rel", "").lower().split()
        if kind and ("feed" in relations or ("alternate" in relations and "stylesheet" not in relations)):
            self.found.append((said["href"], kind, said.get("title", "")))
