"""Lists of feeds as other readers write and read them: OPML 1.0 and 2.0. Pure.

    bytes ──expat──▶ outlines ──▶ Outline(name, url, tags, …), …        feeds ──▶ bytes

Folders become tags, and the first tag a folder. What only this program knows of a feed stands in attributes of its own
namespace, so that nothing is lost on the way out and in again; secrets and leave to reach private addresses never do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from tensionwatch.feeds.charset import decode
from tensionwatch.model import Feed, Record
from tensionwatch.sanitise import visible, without_user
from tensionwatch.units import format_duration

MAX_SIZE: Final = 20_000_000
"""Bytes of a file; 10,000 feeds take 2,500,000."""
MAX_OUTLINES: Final = 50_000
MAX_DEPTH: Final = 50
MAX_NAME: Final = 200
MAX_TAG: Final = 60
"""Code points."""
NAMESPACE: Final = "urn:tensionwatch:feed"
_PREFIX: Final = "tensionwatch"
_OWN: Final = ("id", "publisher", "interval", "enabled")
_DECLARATION: Final = re.compile(r"^\s*<\?xml[^>]*\?>")
_NOT_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class NotOpml(Exception):
    """The bytes are no list of feeds; says why in words for the user."""


class Outline(Record, frozen=True, kw_only=True):
    """A feed as a list names it; all text is sanitised, the address as it stands there."""

    url: str
    name: str
    """May be empty."""
    tags: tuple[str, ...] = ()
    lang: str = ""
    own: dict[str, str] = {}  # noqa: RUF012  msgspec gives each record its own
    """What this program wrote of it beside: id, publisher, interval, enabled; as text, unchecked."""


# ------------------------------------------------------------------ reading


def read(data: bytes) -> tuple[Outline, ...]:
    """The feeds of a list, in its order. Raises NotOpml."""
    if len(data) > MAX_SIZE:
        raise NotOpml(f"larger than {MAX_SIZE // 1_000_000} MB")
    reader = _Reader()
    text = _DECLARATION.sub("", decode(data, None), count=1)
    try:
        reader.parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        raise NotOpml(f"not XML: {expat.ErrorString(error.code)}, line {error.lineno}") from None
    if not reader.is_opml:
        raise NotOpml("its root is not <opml>")
    return tuple(reader.found)


class _Reader:
    """Takes outlines from expat as they come: nothing is built that a hostile file could make grow."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate("utf-8")  # prefixes that nobody declares are borne with
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.EntityDeclHandler = self._entity
        self.found: list[Outline] = []
        self.is_opml = False
        self._depth = 0
        self._outlines = 0
        self._folders: list[str | None] = []
        """One per outline that is open; None for one that is a feed, or has no name."""

    def _entity(self, *_: object) -> None:
        raise NotOpml("it declares entities, which no list of feeds needs")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth == 1:
            self.is_opml = _local(tag) == "opml"
        if self._depth > MAX_DEPTH:
            raise NotOpml(f"nested deeper than {MAX_DEPTH} levels")
        if _local(tag) == "outline":
            self._outline(attributes)

    def _end(self, tag: str) -> None:
        self._depth -= 1
        if _local(tag) == "outline":
            self._folders.pop()

    def _outline(self, attributes: dict[str, str]) -> None:
        self._outlines += 1
        if self._outlines > MAX_OUTLINES:
            raise NotOpml(f"more than {MAX_OUTLINES:,} outlines")
        plain = {name.lower(): value for name, value in attributes.items()}  # xmlUrl, xmlurl and XMLURL are written
        name = _line(plain.get("title", ""), MAX_NAME) or _line(plain.get("text", ""), MAX_NAME)
        url = plain.get("xmlurl", "").strip()
        if url:
            self.found.append(self._feed(url, name, plain))
        self._folders.append(None if url else _line(name, MAX_TAG) or None)

    def _feed(self, url: str, name: str, said: dict[str, str]) -> Outline:
        folders = [folder for folder in self._folders if folder]
        own = {key: said[f"{_PREFIX}:{key}"] for key in _OWN if f"{_PREFIX}:{key}" in said}
        return Outline(
            url=url,
            name=name,
            tags=tuple(dict.fromkeys([*folders, *_categories(said.get("category", ""))])),
            lang=said.get("language", "").strip(),
            own=own,
        )


def _local(tag: str) -> str:
    return tag.rpartition(":")[2].lower()


def _categories(text: str) -> Iterator[str]:
    """`/News/Asia,harbours`: paths and plain words, between commas."""
    for part in re.split("[,/]", text[:MAX_OUTLINES]):
        if tag := _line(part, MAX_TAG):
            yield tag


def _line(text: str, cap: int) -> str:
    return " ".join(visible(text[: 4 * cap]).split())[:cap].rstrip()


# ------------------------------------------------------------------ writing


def write(feeds: Iterable[Feed], *, title: str = "tensionwatch") -> bytes:
    """The feeds as OPML 2.0, in UTF-8. Feeds of one folder stand together, where the first of them does."""
    top: dict[str, Any] = {}
    for feed in feeds:
        folder = top
        folders, categories = _split(feed.tags)
        for name in folders:
            folder = folder.setdefault(f"/{name}", {})
        folder[feed.id] = (feed, categories)
    body = "\n".join(_lines(top, "    "))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<opml version="2.0" xmlns:{_PREFIX}={quoteattr(NAMESPACE)}>\n'
        f"  <head>\n    <title>{_escaped(title)[1:-1]}</title>\n  </head>\n"
        f"  <body>\n{body}\n  </body>\n</opml>\n"
    ).encode()


def _split(tags: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The tags that are folders and those that are categories: the first is a folder, and so are those that a list of
    categories, with commas between and slashes within, could not hold."""
    awkward = [number for number, tag in enumerate(tags) if "," in tag or "/" in tag]
    folders = max([1, *(number + 1 for number in awkward)])
    return tags[:folders], tags[folders:]


def _lines(folder: dict[str, Any], indent: str) -> Iterator[str]:
    for key, value in folder.items():
        if isinstance(value, dict):
            yield f"{indent}<outline text={_escaped(key[1:])}>"
            yield from _lines(value, indent + "  ")
            yield f"{indent}</outline>"
        else:
            feed, categories = value
            said = " ".join(f"{name}={_escaped(text)}" for name, text in _attributes(feed, categories) if text)
            yield f"{indent}<outline {said}/>"


def _attributes(feed: Feed, categories: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    return (
        ("type", "rss"),
        ("text", feed.name),
        ("title", feed.name),
        ("xmlUrl", without_user(feed.url)),
        ("language", feed.lang),
        ("category", ",".join(categories)),
        (f"{_PREFIX}:id", feed.id),
        (f"{_PREFIX}:publisher", feed.publisher),
        (f"{_PREFIX}:interval", format_duration(feed.interval) if feed.interval else ""),
        (f"{_PREFIX}:enabled", "" if feed.enabled else "false"),
    )


def _escaped(text: str) -> str:
    return quoteattr(_NOT_XML.sub("\ufffd", text))
