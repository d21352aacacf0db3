"""What is known of an event, under labels: its life, claims, counts, couplings, tellers. What is too long for a line
goes on below. A fact that names another event opens it, one that names a report or a feed opens that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tensionwatch.model import Event, Recurrence, Said
from tensionwatch.tui.cells import Run, cut_words, line, many, row, wrap
from tensionwatch.tui.context import Context
from tensionwatch.tui.widgets.lines import LineList
from tensionwatch.words import KIND_WORDS, counted, event_what, nth_words, pair_words

LABEL = 8
BESIDE = LABEL + 5
"""Cells that are not the text's: label, arrow, gaps, and the scroll bar that may come."""


class Fact(NamedTuple):
    label: str
    text: str
    event: str | None = None
    """Id of the event that it opens."""
    article: str | None = None
    """Id of the report that it opens."""
    style: str = ""
    feed: str | None = None
    """Id of the feed that it opens."""
    cut: bool = False
    """What is too long for a line is cut: it stands in columns with others."""

    @property
    def opens(self) -> bool:
        """Does it lead elsewhere than to a report?"""
        return self.event is not None or self.feed is not None


class _Line(NamedTuple):
    fact: Fact
    text: str
    """The part of its text that stands here."""
    first: bool
    """Of the fact's lines."""
    labelled: bool


class FactList(LineList):
    def __init__(self, context: Context, *, id: str) -> None:
        super().__init__(context, id=id)
        self.facts: list[Fact] = []
        self._lines: dict[str, _Line] = {}

    def show_facts(self, facts: Iterable[Fact], *, from_top: bool = False) -> None:
        self.facts = list(facts)
        self._lay_out(from_top=from_top)

    def on_resize(self) -> None:
        self._lay_out()

    def _lay_out(self, *, from_top: bool = False) -> None:
        width, label = max(self.size.width, LABEL) - BESIDE, ""
        self._lines = {}
        for fact in self.facts:
            parts = _parts(fact, width) if width > 0 else [fact.text]
            for number, part in enumerate(parts):
                key = f"{fact.label}|{fact.event}|{fact.article}|{fact.feed}|{fact.text}|{number}"
                self._lines[key] = _Line(fact, part, number == 0, number == 0 and fact.label != label)
            label = fact.label
        self.show(list(self._lines), from_top=from_top)

    def fact(self, row_id: str) -> Fact:
        """The fact of a row; one that opens nothing where news has changed it since the row was chosen."""
        line = self._lines.get(row_id)
        return line.fact if line is not None else Fact("", "")

    def runs(self, row_id: str, width: int) -> list[Run]:
        """The label stands before the first line of its kind alone."""
        return self._runs(self._lines[row_id], width, labelled=self._lines[row_id].labelled)

    def top_runs(self, row_id: str, width: int) -> list[Run]:
        return self._runs(self._lines[row_id], width, labelled=True)

    @staticmethod
    def _runs(shown: _Line, width: int, *, labelled: bool) -> list[Run]:
        columns = [
            (shown.fact.label if labelled else "", LABEL, "muted"),
            ("→" if shown.fact.opens and shown.first else " ", 1, "accent"),
            (shown.text, width - LABEL - 4, shown.fact.style),
        ]
        return [(" ", ""), *row(columns, 1)]


def _parts(fact: Fact, width: int) -> list[str]:
    return [cut_words(fact.text, width)] if fact.cut else wrap(fact.text, width)


def facts(event: Event, context: Context) -> Iterator[Fact]:
    """All that is known of an event beside its sides and reports."""
    desk, now, times = context.desk, context.desk.now(), context.times
    for step in desk.life(event):
        when = times.medium(step.at, now) if step.at else "undated"
        source = f" · {line(step.publisher)}" if step.publisher else ""
        yield Fact("life", f"{step.phase} {when}{source}", article=step.article)
    for claim in event.claims:
        yield Fact("claims", claim_words(claim, context), article=claim.articles[0])
    yield from _counts(event, context)
    for link in event.coupled:
        yield Fact("near it", line(link.reason), event=link.event)
    if event.not_coupled:
        yield Fact("near it", f"{many(event.not_coupled, 'more event')} of a shared party, left out")
    for strain in desk.strains(event):
        yield Fact("strain", f"{strain.on}: {line(strain.reason)}")
    yield Fact("told by", ", ".join(map(line, event.publishers)))
    if event.carriers:
        yield Fact("carriers", f"{', '.join(map(line, event.carriers))}: in others' words, no voice of their own")


def _counts(event: Event, context: Context) -> Iterator[Fact]:
    """What its texts count, what we do, and the events behind our own count."""
    for count in event.recurrence:
        yield Fact("counts", count_words(count), article=count.articles[0])
    earlier = dict.fromkeys(event_id for count in event.recurrence for event_id in count.earlier)
    if nth := nth_words(event):
        yield Fact("counts", f"“{nth}” is our own ledger's count: this one after the earlier ones below")
    for event_id in earlier:
        if (other := context.desk.event(event_id)) is not None:
            yield Fact("earlier", _other_words(other, context), event=other.id)


def claim_words(claim: Said, context: Context) -> str:
    """`denied by KOR 11:40 · meridian.example · 2 reports`"""
    first = context.desk.article(claim.articles[0])
    when = f" {context.times.medium(claim.at, context.desk.now())}" if claim.at else ""
    told = [line(first.publisher)] if first is not None else []
    said = f"{claim.stance} by {claim.by or 'a side not named'}{when}"
    return " · ".join([said, *told, many(len(claim.articles), "report")])


def count_words(count: Recurrence) -> str:
    """`source says 2nd in recent weeks; we have 2, 12 days apart · “second crossing in recent weeks”`"""
    words = f"“{line(count.ordinal.words)}”"
    return f"{line(count.says)} · {words}" if count.says else words


def _other_words(event: Event, context: Context) -> str:
    """`14 Nov 15:52 incident PRK→KOR · crossing · DMZ · 4 reports · 3 publishers`"""
    when = context.times.medium(event.when, context.desk.now()) if event.when else "undated"
    place = [line(context.desk.place_name(event.place))] if event.place else []
    what = f"{when} {KIND_WORDS[event.kind]} {pair_words(event.actor, event.recipient)}"
    told = (counted(event.reports, "report"), counted(len(event.publishers), "publisher"))
    return " · ".join([what, event_what(event), *place, *told])
