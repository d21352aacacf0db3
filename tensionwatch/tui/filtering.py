"""What a tab of the articles asks for: its saved filter, keys pressed, a line typed; and how that is told. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product
from typing import Any, NamedTuple

from msgspec.structs import replace
from textual.content import Content

from tensionwatch.exchange import ArticleQuery, Counts, Names
from tensionwatch.query import Reading, parse, upon, without, written
from tensionwatch.tui.cells import cut, line, many
from tensionwatch.tui.look import GROUP_WORDS
from tensionwatch.words import KIND_WORDS

EVERYTHING = ArticleQuery()


class Place(NamedTuple):
    """Where one is in a list, by ids."""

    cursor: str
    top: str


@dataclass
class Asked:
    """Of one tab, kept while another is shown."""

    saved: str = ""
    """The line of the saved filter."""
    keys: dict[str, Any] = field(default_factory=dict)
    """Fields of ArticleQuery that were set by keys; they hold where the saved filter says otherwise."""
    line: str = ""
    """What is typed; it holds where keys say otherwise."""
    stay: set[str] = field(default_factory=set)
    """Articles that the user's own mark took out of the filter: they stay until the filter is set anew."""
    place: Place | None = None

    def read(self, names: Names, now: datetime, *, typing: bool = False) -> Reading:
        """All of it together; problems and their places are those of the line, and after them those of the filter."""
        saved = parse(self.saved, names, now)
        reading = parse(self.line, names, now, replace(saved.query, **self.keys), typing=typing)
        return reading._replace(problems=(*reading.problems, *saved.problems))

    def set(self, **fields: object) -> None:
        """By a key; what the line says of these fields goes out of it."""
        self.keys |= fields
        self.line = without(self.line, *fields)

    @property
    def is_refined(self) -> bool:
        """Is more asked for than the saved filter says?"""
        return bool(self.keys or self.line.strip())

    @property
    def as_line(self) -> str:
        """One line for all of it."""
        pressed = written(replace(EVERYTHING, **{key: value for key, value in self.keys.items() if value}))
        return upon(upon(without(self.saved, *self.keys), pressed), self.line)


def counted(shown: int | None, total: int, told: Counts | None, above: str) -> tuple[str, ...]:
    """How many are listed, and what they tell: events · reports · publishers; in words, in short. None where that is
    not known yet. `above` is what is new out of sight."""
    if shown is None or told is None:
        return (f" {'…' if shown is None else shown} of {total}  {above}",)
    three = (many(told.events, "event"), many(told.reports, "report"), many(told.publishers, "publisher"))
    listed = f" {shown} of {total}"
    return (
        f"{listed} tell {' · '.join(three)}  {above}",
        f"{listed} · {told.events} ev · {told.reports} rep · {told.publishers} pub  {above}",
        f"{listed} · {told.events}·{told.reports}·{told.publishers}  {above}",
    )


def filter_line(
    query: ArticleQuery,
    typed: str,
    names: dict[str, str],
    told: tuple[str, ...],
    width: int,
    key: Callable[[str], str],
) -> Content:
    """How much is listed, and every filter with its key, those in force bright. Where that is too long, the
    counts are told in short, then those filters that are not in force show their keys alone."""
    region = line(names.get(query.region, query.region)) if query.region else "any region"
    kind = KIND_WORDS[query.kind] if query.kind else GROUP_WORDS[query.group] if query.group else "any kind"
    feed = line(names.get(query.feed, query.feed)) if query.feed else ""
    filters = [
        ("", cut(feed, 24), bool(feed)),
        (key("articles.region"), cut(region, 24), query.region is not None),
        (key("articles.kind"), kind, query.kind is not None or query.group is not None),
        (key("articles.only_unread"), "unread", query.unread),
        (key("articles.only_flagged"), "flagged", query.flagged),
        (key("articles.only_starred"), "starred", query.starred),
        (key("articles.filter"), line(typed) or "words", bool(typed)),
    ]
    for long, count in product((False, True), told):
        said = [(by if long and not on else f"{by} {word}".strip(), on) for by, word, on in filters if word]
        styled = [(f" {text} ", "bold $accent" if on else "$tw-muted") for text, on in said]
        content = Content.assemble((count, "bold"), *styled)
        if content.cell_length <= width:
            break
    return content
