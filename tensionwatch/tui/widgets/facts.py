"""What is known of an event, one line each: its life, claims, counts, couplings. A line that names another event opens
it, one that names a report opens that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tensionwatch.model import Event, Recurrence, Said
from tensionwatch.tui.cells import Run, line, many, row
from tensionwatch.tui.context import Context
from tensionwatch.tui.widgets.lines import LineList
from tensionwatch.words import KIND_WORDS, event_what, pair_words

LABEL = 8


class Fact(NamedTuple):
    label: str
    text: str
    event: str | None = None
    """Id of the event that it opens."""
    article: str | None = None
    """Id of the report that it opens."""


class FactList(LineList):
    def __init__(self, context: Context, *, id: str) -> None:
        super().__init__(context, id=id)
        self._facts: dict[str, Fact] = {}

    def show_facts(self, facts: Sequence[Fact]) -> None:
        self._facts = {f"{fact.label}|{fact.event}|{fact.article}|{fact.text}": fact for fact in facts}
        self.show(list(self._facts))

    def fact(self, row_id: str) -> Fact:
        return self._facts[row_id]

    def runs(self, row_id: str, width: int) -> list[Run]:
        """The label stands before the first line of its kind alone."""
        fact, at = self._facts[row_id], self.ids.index(row_id)
        first = at == 0 or self._facts[self.ids[at - 1]].label != fact.label
        opens = "→" if fact.event else " "
        columns = [
            (fact.label if first else "", LABEL, "muted"),
            (opens, 1, "accent"),
            (fact.text, width - LABEL - 4, ""),
        ]
        return [(" ", ""), *row(columns, 1)]


def facts(event: Event, context: Context) -> Iterator[Fact]:
    """All that is known of an event beside its sides and reports."""
    desk, now, times = context.desk, context.desk.now(), context.times
    for step in desk.life(event):
        when = times.medium(step.at, now) if step.at else "undated"
        source = f" · {line(step.publisher)}" if step.publisher else ""
        yield Fact("life", f"{step.phase} {when}{source}", article=step.article)
    for claim in event.claims:
        yield Fact("claims", claim_words(claim, context), article=claim.articles[0])
    for count in event.recurrence:
        yield Fact("counts", count_words(count), article=count.articles[0])
    for earlier in dict.fromkeys(event_id for count in event.recurrence for event_id in count.earlier):
        if (other := desk.event(earlier)) is not None:
            yield Fact("earlier", _other_words(other, context), event=other.id)
    for link in event.coupled:
        yield Fact("near it", line(link.reason), event=link.event)
    if event.not_coupled:
        yield Fact("near it", f"{many(event.not_coupled, 'more event')} of a shared party, left out")
    for strain in desk.strains(event):
        yield Fact("strain", f"{strain.on}: {line(strain.reason)}")


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
    """`14 Nov 15:52 incident PRK→KOR · crossing · DMZ · 3 publishers`"""
    when = context.times.medium(event.when, context.desk.now()) if event.when else "undated"
    place = [line(context.desk.place_name(event.place))] if event.place else []
    what = f"{when} {KIND_WORDS[event.kind]} {pair_words(event.actor, event.recipient)}"
    return " · ".join([what, event_what(event), *place, many(len(event.publishers), "publisher")])
