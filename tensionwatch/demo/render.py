"""Feeds and pages as an outlet serves them: pure, reports in, bytes out.

The same report comes out as RSS 2.0, Atom 1.0 or RDF (RSS 1.0), plain, as escaped HTML or as CDATA, in the outlet's
encoding: the variety that feeds have, so that the demo exercises the reading of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr

from tensionwatch.demo.scenario import Outlet, Published

_ABOUT = "A made-up outlet in the demo of tensionwatch."

CONTENT_TYPES = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "rdf": "application/rdf+xml",
}
"""Without a charset, so that the XML declaration says the encoding."""


def article_path(outlet: str, story: str) -> str:
    """Path of an article's page below the server's address, without a leading slash."""
    return f"articles/{outlet}/{story}.html"


def feed(outlet: Outlet, section: str, base_url: str, entries: Sequence[Published]) -> bytes:
    """The feed of one section, `entries` in the order given. `base_url` ends with a slash."""
    write = {"rss": _rss, "atom": _atom, "rdf": _rdf}[outlet.format]
    document = write(outlet, section, base_url, entries)
    declared = f'<?xml version="1.0" encoding="{outlet.encoding}"?>\n{document}\n'
    # What the encoding lacks (’ in ISO-8859-1) becomes a character reference, as old publishing systems do it.
    return declared.encode(outlet.encoding, "xmlcharrefreplace")


def _feed_title(outlet: Outlet, section: str) -> str:
    return escape(outlet.name if len(outlet.sections) == 1 else f"{outlet.name} - {section.title()}")


def _link(outlet: Outlet, base_url: str, entry: Published) -> str:
    path = article_path(outlet.id, entry.report.story)
    return path if outlet.relative_links else base_url + path


def _tag(outlet: Outlet, name: str) -> str:
    """A tag URI (RFC 4151): an id that does not change with the server's port."""
    return f"tag:{outlet.publisher},2024:{name}"


def _summary(outlet: Outlet, base_url: str, entry: Published) -> str:
    if outlet.html is None:
        return escape(entry.report.summary)
    link = escape(_link(outlet, base_url, entry))
    html = outlet.html.format(text=escape(entry.report.summary), link=link)
    return f"<![CDATA[{html}]]>" if outlet.cdata else escape(html)


# ------------------------------------------------------------------ RSS 2.0


def _rss(outlet: Outlet, section: str, base_url: str, entries: Sequence[Published]) -> str:
    items = "".join(_rss_item(outlet, base_url, entry) for entry in entries)
    return (
        f'<rss version="2.0"><channel><title>{_feed_title(outlet, section)}</title>'
        f"<link>{escape(base_url)}</link><description>{_ABOUT}</description>{items}</channel></rss>"
    )


def _rss_item(outlet: Outlet, base_url: str, entry: Published) -> str:
    guid = escape(_tag(outlet, entry.report.story))
    return (
        f"<item><title>{escape(entry.title)}</title><link>{escape(_link(outlet, base_url, entry))}</link>"
        + (f'<guid isPermaLink="false">{guid}</guid>' if outlet.guids else "")
        + (f"<pubDate>{format_datetime(entry.at, usegmt=True)}</pubDate>" if entry.report.dated else "")
        + f"<description>{_summary(outlet, base_url, entry)}</description></item>"
    )


# ------------------------------------------------------------------ Atom 1.0


def _atom(outlet: Outlet, section: str, base_url: str, entries: Sequence[Published]) -> str:
    updated = f"<updated>{_iso(max(entry.updated for entry in entries))}</updated>" if entries else ""
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:base={quoteattr(base_url)}>'
        f"<title>{_feed_title(outlet, section)}</title><subtitle>{_ABOUT}</subtitle>"
        f"<id>{escape(_tag(outlet, section))}</id>{updated}<author><name>{escape(outlet.name)}</name></author>"
        + "".join(_atom_entry(outlet, base_url, entry) for entry in entries)
        + "</feed>"
    )


def _atom_entry(outlet: Outlet, base_url: str, entry: Published) -> str:
    kind = "text" if outlet.html is None else "html"
    return (
        f"<entry><title>{escape(entry.title)}</title><id>{escape(_tag(outlet, entry.report.story))}</id>"
        f'<link rel="alternate" type="text/html" href={quoteattr(_link(outlet, base_url, entry))}/>'
        + (f"<published>{_iso(entry.at)}</published>" if entry.report.dated else "")
        + f"<updated>{_iso(entry.updated)}</updated>"
        f'<summary type="{kind}">{_summary(outlet, base_url, entry)}</summary></entry>'
    )


# ------------------------------------------------------------------ RDF (RSS 1.0)


def _rdf(outlet: Outlet, section: str, base_url: str, entries: Sequence[Published]) -> str:
    links = [_link(outlet, base_url, entry) for entry in entries]
    listed = "".join(f"<rdf:li rdf:resource={quoteattr(link)}/>" for link in links)
    return (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<channel rdf:about={quoteattr(base_url + section)}><title>{_feed_title(outlet, section)}</title>"
        f"<link>{escape(base_url)}</link><description>{_ABOUT}</description>"
        f"<items><rdf:Seq>{listed}</rdf:Seq></items></channel>"
        + "".join(_rdf_item(outlet, base_url, entry) for entry in entries)
        + "</rdf:RDF>"
    )


def _rdf_item(outlet: Outlet, base_url: str, entry: Published) -> str:
    link = _link(outlet, base_url, entry)
    return (
        f"<item rdf:about={quoteattr(link)}><title>{escape(entry.title)}</title><link>{escape(link)}</link>"
        + (f"<dc:date>{_iso(entry.at)}</dc:date>" if entry.report.dated else "")
        + f"<description>{_summary(outlet, base_url, entry)}</description></item>"
    )


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


# ------------------------------------------------------------------ pages


def article_page(outlet: Outlet, entry: Published) -> bytes:
    """The page that an article's link leads to."""
    body = (
        f"<p>{escape(outlet.name)} · {entry.at:%d %B %Y, %H:%M} UTC</p><h1>{escape(entry.title)}</h1>"
        f"<p>{escape(entry.report.summary)}</p>"
    )
    return _page(entry.title, body)


def index_page(feeds: Sequence[tuple[str, str]]) -> bytes:
    """A page that lists (name, address) of the feeds."""
    rows = "".join(f"<li><a href={quoteattr(address)}>{escape(name)}</a></li>" for name, address in feeds)
    return _page("The demo of tensionwatch", f"<h1>The demo of tensionwatch</h1><ul>{rows}</ul>")


def _page(title: str, body: str) -> bytes:
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title></head>'
        f"<body>{body}<hr><p>Made up: a page in the demo of tensionwatch. None of this happened.</p></body></html>"
    ).encode()
