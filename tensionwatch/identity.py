"""Which article is this? Addresses of one page made equal, and ids that outlive polls and edited titles. Pure.

link ──canonical_link──▶ canonical link ─┐
feed, entry id ──────────────────────────┼─▶ article_id: the first of these that is known
title, summary ──────────────────────────┘
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b
from urllib.parse import quote, unquote_plus, urlsplit

_PLAIN = re.compile(
    r"https?://(?:(?:www|amp|m|mobile)\.)*([a-z0-9-]+(?:\.[a-z0-9-]+)+)"
    r"(/[!$&'()*+,\-./0-9:;=@A-Z_a-z~]*)(?:\?([!$&'()*+,\-./0-9:;=?@A-Z_a-z~]*))?(?:#([0-9A-Z_a-z-]*))?"
)
"""Most addresses are plain: a match spares them urlsplit (1 to 2 µs instead of 8)."""

_DEFAULT_PORTS = frozenset({80, 443})

_VARIANTS = ("www.", "amp.", "m.", "mobile.")
"""Hosts under which one paper shows the same pages to other readers; a publisher's links are compared with its own
alone, so that `m.paper.example/7` would have to be another story than `paper.example/7` to be mistaken."""

_AMP_PATH = re.compile(r"(/[^/]+/.*[^/])/+amp")
"""`/world/a-story/amp`, but neither `/amp` nor `/technology/amp`, which may be a section."""

_AMP_PARAMETERS = frozenset({"amp", "amp=", "amp=1", "amp=true", "outputtype=amp", "output=amp"})

_POST = re.compile(r"[a-z]{1,8}[_-][0-9a-f]{16,}")
"""The fragment of a post in a live page, as of `…/live-news/some-war-10-21-22#h_309ee564ce9fb3ca6db261b3e47febd2`."""

_ENCODED = re.compile(r"(?<!%)(?<!%[0-9A-Fa-f])%([0-9A-Fa-f]{2})")
"""Not after what may become another one when this is decoded."""
_NEEDLESSLY_ENCODED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")

_TRACKING_PREFIXES = ("utm_", "at_", "ns_", "mtm_", "wt.", "wt_", "_hs", "__hs")
_TRACKING_NAMES = frozenset(
    [
        "cmp",
        "cmpid",
        "icid",
        "ito",
        "xtor",
        "maca",
        "ocid",
        "ftag",
        "smid",
        "s_cid",
        "ref_src",
        "traffic_source",
        "feedtype",
        "feedname",
        "rss",
        "__source",
        "_ga",
        "fbclid",
        "gclid",
        "dclid",
        "gbraid",
        "wbraid",
        "msclkid",
        "yclid",
        "twclid",
        "igshid",
        "mc_cid",
        "mc_eid",
        "mkt_tok",
        "pk_campaign",
        "pk_kwd",
    ]
)
"""Parameters that say how the reader came, whatever their value; compared without regard to case."""

_ORIGIN_NAMES = frozenset(
    ["ref", "eref", "source", "src", "from", "via", "partner", "emc", "mod", "medium", "channel", "output", "feed"]
)
_ORIGIN_VALUE = re.compile(
    r"(?:[a-z0-9]+[_-])*(?:rss|feed|feeds|atom|newsfeed|newsletter|email|social|twitter|facebook)(?:[_-][a-z0-9]+)*",
    re.IGNORECASE,
)
"""Names that may identify an article (`ref=4711`) go only where the value says how the reader came (`ref=rss`)."""


@lru_cache(1024)  # of each new article it is asked five times
def canonical_link(url: str) -> str:
    """The address by which a page is known: always `https`; host lowercased, without `www.` and what marks pages for
    phones; no default port, no slash at the end, no tracking parameters, no fragment (but for `#!…` and `#/…`, which
    name a page, and those of posts in a live page); percent-encoding only where needed, in capitals. Other parameters
    stay, in order.

    What is no http(s) address comes back as it is, without blanks around it. Idempotent.
    """
    url = url.strip()
    if plain := _PLAIN.fullmatch(url):
        host, path, query, fragment = plain.groups("")
        return _joined(host, path, query, fragment)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # not an address: brackets or a port that cannot be read
        return url
    host = _without_variant(parts.hostname or "")
    if parts.scheme not in ("http", "https") or not host:
        return url
    user, at, _ = parts.netloc.rpartition("@")
    netloc = f"{user}{at}[{host}]" if ":" in host else f"{user}{at}{host}"
    if port is not None and port not in _DEFAULT_PORTS:
        netloc += f":{port}"
    return _joined(netloc, _encoded(parts.path), _encoded(parts.query), parts.fragment).strip()


def names_a_story(canonical_link: str) -> bool:
    """False for a site's front page, which feeds give as the link of entries that have none."""
    return canonical_link.count("/") > 3 or not canonical_link.endswith("/")


def article_id(
    publisher: str, canonical_link: str | None, feed: str, entry_id: str | None, title: str, summary: str
) -> str:
    """16 hex digits that name an article: made of publisher and link, so that a publisher's feeds share it; without a
    link of feed and the feed's own id; without that of feed and content."""
    if canonical_link:
        return _digest("link", publisher, canonical_link)
    if entry_id:
        return _digest("entry", feed, entry_id)
    return _digest("content", feed, title, summary)


def _without_variant(host: str) -> str:
    while host.startswith(_VARIANTS) and "." in (rest := host.partition(".")[2]):
        host = rest
    return host


def _joined(netloc: str, path: str, query: str, fragment: str) -> str:
    if query:
        query = "&".join(p for p in query.split("&") if p and not _tells_origin(p))
    if not (fragment.startswith(("!", "/")) or _POST.fullmatch(fragment)):
        fragment = ""
    return f"https://{netloc}{_path(path)}{query and '?'}{query}{fragment and '#'}{fragment}"


def _path(path: str) -> str:
    path = path.rstrip("/")
    while path.endswith("/amp") and (page := _AMP_PATH.fullmatch(path)):
        path = page[1]
    return path or "/"


def _encoded(text: str) -> str:
    """RFC 3986, 6.2.2: letters and digits as themselves, everything else in capitals, what is beyond ASCII as UTF-8."""
    if "%" in text:
        text = _ENCODED.sub(_decoded, text)
    return text if text.isascii() else _BEYOND_ASCII.sub(lambda found: quote(found[0], errors="surrogatepass"), text)


def _decoded(found: re.Match[str]) -> str:
    character = chr(int(found[1], 16))
    return character if character in _NEEDLESSLY_ENCODED else found[0].upper()


@lru_cache(1024)  # feeds add the same few to each link
def _tells_origin(parameter: str) -> bool:
    if parameter.lower() in _AMP_PARAMETERS:
        return True
    name, _, value = parameter.partition("=")
    name = unquote_plus(name).lower().removeprefix("amp;")  # feeds that escape `&` twice send `&amp;ref=rss`
    if name in _TRACKING_NAMES or name.startswith(_TRACKING_PREFIXES):
        return True
    return name in _ORIGIN_NAMES and _ORIGIN_VALUE.fullmatch(unquote_plus(value)) is not None


def _digest(*parts: str) -> str:
    text = "".join(f"{len(part)}:{part}" for part in parts)  # lengths keep ("ab", "c") and ("a", "bc") apart
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
