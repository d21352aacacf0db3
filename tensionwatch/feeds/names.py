"""What feedparser calls the elements of a feed, and which of them can touch what we read. Pure.

feedparser knows an element by a prefix of its own choice for the namespace (`dc_date`), or by the document's for a
namespace that it does not know; a few elements have a handler, the others are kept under their name. ElementTree
keeps no prefixes, so they are looked for in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

ATOM: Final = "http://www.w3.org/2005/Atom"
RSS_1: Final = "http://purl.org/rss/1.0/"
RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
OLDEST_RSS: Final = "http://my.netscape.com/rdf/simple/0.9/"
_ANY_RSS_2: Final = "backend.userland.com/rss"

NAMESPACES: Final = {
    uri: prefix
    for prefix, *uris in (
        # no prefix: the formats themselves
        (
            "",
            *("http://backend.userland.com/rss", "http://blogs.law.harvard.edu/tech/rss", RSS_1, OLDEST_RSS),
            *("http://example.com/newformat#", "http://example.com/necho", "http://purl.org/echo/"),
            *("uri/of/echo/namespace#", "http://purl.org/pie/", "http://purl.org/atom/ns#", ATOM.lower()),
            "http://purl.org/rss/1.0/modules/rss091#",
        ),
        ("admin", "http://webns.net/mvcb/"),
        ("ag", "http://purl.org/rss/1.0/modules/aggregation/"),
        ("annotate", "http://purl.org/rss/1.0/modules/annotate/"),
        ("audio", "http://media.tangent.org/rss/1.0/"),
        ("blogchannel", "http://backend.userland.com/blogchannelmodule"),
        ("cc", "http://creativecommons.org/ns#license", "http://web.resource.org/cc/"),
        (
            "creativecommons",
            "http://cyber.law.harvard.edu/rss/creativecommonsrssmodule.html",
            "http://backend.userland.com/creativecommonsrssmodule",
        ),
        ("co", "http://purl.org/rss/1.0/modules/company"),
        ("content", "http://purl.org/rss/1.0/modules/content/"),
        ("cp", "http://my.theinfo.org/changed/1.0/rss/"),
        ("dc", "http://purl.org/dc/elements/1.1/"),
        ("dcterms", "http://purl.org/dc/terms/"),
        ("email", "http://purl.org/rss/1.0/modules/email/"),
        ("ev", "http://purl.org/rss/1.0/modules/event/"),
        ("feedburner", "http://rssnamespace.org/feedburner/ext/1.0"),
        ("fm", "http://freshmeat.net/rss/fm/"),
        ("foaf", "http://xmlns.com/foaf/0.1/"),
        ("geo", "http://www.w3.org/2003/01/geo/wgs84_pos#"),
        ("georss", "http://www.georss.org/georss"),
        ("gml", "http://www.opengis.net/gml"),
        ("icbm", "http://postneo.com/icbm/"),
        ("image", "http://purl.org/rss/1.0/modules/image/"),
        ("itunes", "http://www.itunes.com/dtds/podcast-1.0.dtd", "http://example.com/dtds/podcast-1.0.dtd"),
        ("l", "http://purl.org/rss/1.0/modules/link/"),
        ("media", "http://search.yahoo.com/mrss", "http://search.yahoo.com/mrss/"),
        ("pingback", "http://madskills.com/public/xml/rss/module/pingback/"),
        ("prism", "http://prismstandard.org/namespaces/1.2/basic/"),
        ("rdf", RDF),
        ("rdfs", "http://www.w3.org/2000/01/rdf-schema#"),
        ("ref", "http://purl.org/rss/1.0/modules/reference/"),
        ("reqv", "http://purl.org/rss/1.0/modules/richequiv/"),
        ("search", "http://purl.org/rss/1.0/modules/search/"),
        ("slash", "http://purl.org/rss/1.0/modules/slash/"),
        ("soap", "http://schemas.xmlsoap.org/soap/envelope/"),
        ("ss", "http://purl.org/rss/1.0/modules/servicestatus/"),
        ("str", "http://hacks.benhammersley.com/rss/streaming/"),
        ("sub", "http://purl.org/rss/1.0/modules/subscription/"),
        ("sy", "http://purl.org/rss/1.0/modules/syndication/"),
        ("szf", "http://schemas.pocketsoap.com/rss/mydescmodule/"),
        ("taxo", "http://purl.org/rss/1.0/modules/taxonomy/"),
        ("thr", "http://purl.org/rss/1.0/modules/threading/"),
        ("ti", "http://purl.org/rss/1.0/modules/textinput/"),
        ("trackback", "http://madskills.com/public/xml/rss/module/trackback/"),
        ("wfw", "http://wellformedweb.org/commentapi/"),
        ("wiki", "http://purl.org/rss/1.0/modules/wiki/"),
        ("xhtml", "http://www.w3.org/1999/xhtml"),
        ("xlink", "http://www.w3.org/1999/xlink"),
        ("xml", "http://www.w3.org/xml/1998/namespace"),
        ("psc", "http://podlove.org/simple-chapters"),
    )
    for uri in uris
}
"""feedparser's prefixes of the namespaces that it knows, both in lower case."""
_PREFIXES: Final = frozenset(NAMESPACES.values()) - {""}

HARMLESS: Final = ""
"""Stands for every element that touches nothing we read, as long as none within it does."""
WORDS: Final = "words"
"""Stands for those whose content is text of their own: harmless without elements in it."""
_WORDS: Final = frozenset(
    "rights copyright dc_rights subtitle tagline itunes_subtitle info feedburner_browserfriendly".split()
)
_MEANT: Final = frozenset(
    "rss feed rdf_rdf channel item entry image textinput source link guid id title dc_title media_title description "
    "dc_description media_description summary itunes_summary content content_encoded media_group media_content "
    "published issued pubdate dcterms_issued updated modified lastbuilddate dc_date dcterms_modified created "
    "dcterms_created ttl sy_updateperiod sy_updatefrequency".split()
)
"""Elements that have a meaning here or in `by_expat`."""
_ODD: Final = frozenset(
    # rare ones that feedparser handles in its own way, and those whose names collide with its own notes
    "abstract body fullitem svg math where georss_where links authors contributors publishers".split()
)
_ODD_PREFIXES: Final = ("gml_", "psc_", "xhtml_")
_READ_ATTRIBUTES: Final = frozenset("href url uri rel type mode src lastmod version ispermalink".split())

XML_BASE: Final = "{http://www.w3.org/XML/1998/namespace}base"
_DECLARATION = re.compile(
    r"""xmlns(?::([^\s="'<>&]{1,40}))?\s{0,9}=\s{0,9}(?:"([^"<&\s]{0,200})"|'([^'<&\s]{0,200})')"""
)
_LIKE_ONE = re.compile(r"""xmlns([^\s="'<>&]{0,60}+)(\s{0,20}+)(=?)(\s{0,20}+)(["']?)""")
"""What could be the beginning of a declaration, as far as one is looked at."""


_MOST_DECLARED: Final = 20_000
"""WordPress declares one in each entry, drawings in a text do in each."""


class Odd(Exception):
    """Something that only feedparser can read."""


class Names(dict[str, str]):
    """ElementTree's tag to feedparser's name of what matters, or HARMLESS or WORDS; raises Odd for what is odd."""

    def __init__(self, text: str) -> None:
        """Of a document with that text."""
        super().__init__()
        declared = _declared(text)
        self.uris = {uri.lower() for _, uri in declared}
        self._bound: dict[str, set[str]] = {}
        bound_to: dict[str, str] = {}
        for prefix, uri in {(prefix.lower(), uri) for prefix, uri in declared}:
            known = prefix_of(uri)
            mistaken = prefix in _PREFIXES and known not in {None, prefix}
            if mistaken or (prefix and bound_to.setdefault(prefix, uri) != uri):
                raise Odd
            self._bound.setdefault(uri, set()).add(prefix)

    def __missing__(self, tag: str) -> str:
        kinds = {_kind(name) for name in self._names(tag)}
        if len(kinds) != 1:
            raise Odd
        self[tag] = kinds.pop()
        return self[tag]

    def name(self, tag: str) -> str:
        """feedparser's name, whatever it means."""
        (name, *others) = self._names(tag)
        if others:
            raise Odd
        return name

    def _names(self, tag: str) -> set[str]:
        """One for each prefix of its namespace: which of them was written is unknown."""
        uri, _, local = tag.rpartition("}")
        return {f"{prefix}_{local.lower()}" if prefix else local.lower() for prefix in self._prefixes(uri[1:])}

    def _prefixes(self, uri: str) -> set[str]:
        known = prefix_of(uri) if uri else ""
        prefixes = self._bound.get(uri) if known is None else {known}
        if not prefixes:
            raise Odd
        return prefixes


def _declared(text: str) -> list[tuple[str, str]]:
    """Prefixes, "" for the default one, and their namespaces; those in comments and shown markup, too."""
    if text.count("xmlns") > _MOST_DECLARED:
        raise Odd
    declared = []
    at = text.find("xmlns")
    while at >= 0:
        if found := _DECLARATION.match(text, at):
            declared.append((found[1] or "", found[2] or found[3] or ""))
        elif _may_declare(text, at):
            raise Odd
        at = text.find("xmlns", at + 1)
    return declared


def _may_declare(text: str, at: int) -> bool:
    """False for the word in prose, and for markup that is shown, with its quotes escaped."""
    found = _LIKE_ONE.match(text, at)
    if not found or len(found[1]) == 60 or len(found[2]) == 20 or len(found[4]) == 20:
        return True
    return bool(found[3] and found[5])


def _kind(name: str) -> str:
    if name in _ODD or name.startswith(_ODD_PREFIXES) or name.endswith("_parsed"):
        raise Odd
    return name if name in _MEANT else WORDS if name in _WORDS else HARMLESS


def prefix_of(uri: str) -> str | None:
    """feedparser's prefix of a namespace, None for one that it does not know."""
    uri = uri.lower()
    return "" if _ANY_RSS_2 in uri else NAMESPACES.get(uri)


def refuse_odd_attributes(keys: Iterable[str]) -> None:
    """Raise Odd for a document with these attributes, if any is spelled or bound oddly."""
    lower: set[str] = set()
    for key in set(keys):
        name = key.rpartition("}")[2].lower()
        if (name == "base" and key != XML_BASE) or (
            name in _READ_ATTRIBUTES and (key[0] == "{" or name in lower or _odd_case(key, name))
        ):
            raise Odd
        lower.add(name if key[0] != "{" else key)


def _odd_case(key: str, name: str) -> bool:
    return key != name and name != "ispermalink"
