"""What could be better about a feed, from one look at it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from tensionwatch.feeds.credentials import shown
from tensionwatch.feeds.headers import floor_of
from tensionwatch.sanitise import visible, without_user
from tensionwatch.units import format_duration

if TYPE_CHECKING:
    from tensionwatch.feeds.look import Look

OLD: Final = timedelta(days=30)
LARGE: Final = 2_000_000
"""Bytes."""
_XML_TYPES: Final = ("xml", "rss", "atom", "rdf")


def advice(look: Look) -> tuple[str, ...]:
    """In words for the user, what matters most first; empty where all is well."""
    return tuple(_bad(look) if not look.contents.good else _better(look))


def _bad(look: Look) -> Iterator[str]:
    contents = look.contents
    if contents.page and contents.candidates:
        yield f"an HTML page that names {_feeds(len(contents.candidates))}: 'tensionwatch feeds add' takes it"
    elif contents.page:
        yield "an HTML page that names no feed: 'tensionwatch feeds add' tries the usual places"
    if not look.feed.allow_private and "private address" in (contents.reason or ""):
        yield "--allow-private, or allow_private = true in the configuration, if it is one of your own network"
    status = look.hops[-1].status if look.hops else None
    if status == 410:
        yield "gone for good: remove it, or find its new address"
    elif status == 404:
        yield "not there: look on the site for its new address"
    elif status == 401:
        yield "it wants a user and a password: see auth in the configuration"
    elif status == 403:
        yield "the server refuses this program or this place; user_agent or headers in the configuration may help"
    elif status == 429:
        yield "asked too often: a longer interval helps"
    yield from _moved(look)


def _better(look: Look) -> Iterator[str]:
    contents, header = look.contents, look.header
    yield from _moved(look)
    if contents.newest is None and contents.undated == contents.entries:
        yield "no entry has a date: each counts from when it is first seen, and those of the first poll in no window"
    elif contents.undated:
        yield f"{contents.undated} of {contents.entries} entries have no date: they count from when they are first seen"
    if contents.newest is not None and look.at - contents.newest > OLD:
        yield f"the newest entry is {(look.at - contents.newest).days} days old"
    if "etag" not in header and "last-modified" not in header:
        yield f"it sends no validators: every poll transfers all of it ({_size(look.size)})"
    if look.size > LARGE:
        yield f"large: {_size(look.size)}"
    floor = max(floor_of(header, look.at) or 0.0, contents.feed_floor or 0.0)
    if look.feed.interval and floor > look.feed.interval:
        yield f"it asks to be polled every {format_duration(floor)} at most, and is: the interval is shorter"
    kind = header.get("content-type", "").partition(";")[0].strip().lower()
    if kind and not any(word in kind for word in _XML_TYPES):
        yield f"it is served as {visible(kind[:60])}, which is no feed's type"
    yield from _in_the_clear(look)


def _moved(look: Look) -> Iterator[str]:
    if look.moved_for_good and look.contents.good:
        yield f"moved for good to {shown(look.moved_for_good)}: change url"


def _in_the_clear(look: Look) -> Iterator[str]:
    if without_user(look.feed.url) != look.feed.url:
        yield "its address has a user in it, which is kept with its state: auth is the place for that"
    if not look.url.startswith("http://") or look.feed.allow_private:
        return
    if look.feed.auth or look.feed.headers:
        yield "http: anyone on the way can read what it is sent, password and keys too; try https"
    else:
        yield "http: anyone on the way can read and change it; try https"


def _feeds(count: int) -> str:
    return "a feed" if count == 1 else f"{count} feeds"


def _size(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1_000_000 else f"{max(round(size / 1e3), 1)} KB"
