"""How an event is told in headless output: its line, its card."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from tensionwatch.exchange import Counts
from tensionwatch.model import Article, Event, Flag, Kind
from tensionwatch.sanitise import visible
from tensionwatch.watch import Watch
from tensionwatch.words import KIND_WORDS, counted, event_what, nth_words, pair_words, reason_line, toll_words

ALL = 1_000_000_000
"""No limit: a command lists every event that matches."""

_LABEL = 10


def whole_events(
    watch: Watch, *, region: str | None = None, kind: Kind | None = None, since: datetime | None = None
) -> Iterator[Event]:
    """Events with their couplings and held counts, last told of first."""
    return watch.cards(watch.events(region=region, kind=kind, since=since, limit=ALL))


def at(moment: datetime | None) -> str:
    """`2026-03-01 14:05Z`, in as many columns where undated."""
    return f"{moment:%Y-%m-%d %H:%MZ}" if moment else "undated".ljust(17)


def event_line(event: Event, watch: Watch) -> str:
    """`2026-03-01 14:05Z  incident  PRK→KOR  DMZ  shots fired · 2nd in 12 d · 8 reports · 6 publishers`"""
    told = (
        event_what(event), nth_words(event), counted(event.reports, "report"),
        counted(len(event.publishers), "publisher"),
    )  # fmt: skip
    place = visible(watch.place_name(event.place)) if event.place else ""
    pair = pair_words(event.actor, event.recipient)
    parts = (at(event.last_reported), f"{KIND_WORDS[event.kind]:<16}", f"{pair:<8}", place)
    return "  ".join([*filter(None, parts), " · ".join(filter(None, told))])


def three_counts(counts: Counts) -> str:
    """`3 events · 12 reports · 7 publishers`"""
    told = ((counts.events, "event"), (counts.reports, "report"), (counts.publishers, "publisher"))
    return " · ".join(counted(number, noun) for number, noun in told)


def card_lines(event: Event, watch: Watch) -> Iterator[str]:
    """All that is known of an event: who, whom, where, its life, claims, counts, couplings, reports."""
    yield f"event {event.id}"
    yield from _labelled(
        "what", [" · ".join(filter(None, (KIND_WORDS[event.kind], event_what(event), nth_words(event))))]
    )
    yield from _labelled("who", [_country(event.actor, watch)])
    yield from _labelled("whom", [_country(event.recipient, watch)])
    if event.place:
        yield from _labelled("where", [visible(watch.place_name(event.place))])
    yield from _labelled("people", [", ".join(map(visible, event.people))] if event.people else [])
    yield from _labelled("toll", [toll_words(event.toll)] if event.toll else [])
    yield from _labelled("told by", _tellers(event))
    life = ((step.phase, at(step.at), visible(step.publisher)) for step in watch.life(event))
    yield from _labelled("life", (f"{phase:<11} {when}  {source}".rstrip() for phase, when, source in life))
    yield from _labelled("claims", _claims(event, watch))
    yield from _labelled("counts", _counts(event, watch))
    yield from _labelled("near it", _near(event))
    yield from _labelled("strain", (f"{strain.on}: {visible(strain.reason)}" for strain in watch.strains(event)))
    yield from _labelled("corrected", ["split or merged by hand"] if event.corrected else [])
    yield "reports"
    for article_id in event.articles:
        article = watch.article(article_id)
        if article is not None:
            yield from _report(event, article, [f for e, f in watch.told_by(article_id) if e.id == event.id])


def _labelled(label: str, lines: Iterable[str]) -> Iterator[str]:
    """The lines below one another, the label before the first."""
    for line in lines:
        yield f"  {label:<{_LABEL}}{line}"
        label = ""


def _country(country: str | None, watch: Watch) -> str:
    return f"{country} ({visible(watch.country_name(country))})" if country else "unknown"


def _tellers(event: Event) -> Iterator[str]:
    yield f"{counted(event.reports, 'report')} · {counted(len(event.publishers), 'publisher')}"
    yield ", ".join(map(visible, event.publishers))
    if event.carriers:
        yield f"carried by {', '.join(map(visible, event.carriers))}"


def _claims(event: Event, watch: Watch) -> Iterator[str]:
    """`denied by PRK  2026-03-01 14:05Z  lantern.example, 2 reports`"""
    for claim in event.claims:
        first = watch.article(claim.articles[0])
        told = ", ".join(filter(None, [visible(first.publisher) if first else "", _reports(claim.articles)]))
        yield f"{claim.stance} by {claim.by or 'a side not named'}  {at(claim.at)}  {told}"


def _counts(event: Event, watch: Watch) -> Iterator[str]:
    """The texts' own counts, and what the ledger says to them, with the earlier ones."""
    for count in event.recurrence:
        said = f": {visible(count.says)}" if count.says else ""
        yield f"“{visible(count.ordinal.words)}” ({_reports(count.articles)}){said}"
    earlier = dict.fromkeys(event_id for count in event.recurrence for event_id in count.earlier)
    for other in filter(None, map(watch.event, earlier)):
        yield f"earlier: {other.id}  {event_line(other, watch)}"


def _near(event: Event) -> Iterator[str]:
    yield from (f"{link.event}  {visible(link.reason)}" for link in event.coupled)
    if event.not_coupled:
        more = "more" if event.coupled else "others"
        yield f"{event.not_coupled:,} {more} that share a party within a day, left out"


def _report(event: Event, article: Article, flags: Iterable[Flag]) -> Iterator[str]:
    """When, who, title, id; then each flag's rule and words."""
    copied = f"  (words of {visible(event.copies[article.id])})" if article.id in event.copies else ""
    yield f"  {at(article.effective)}  {visible(article.publisher)}{copied}  {visible(article.title)}"
    for flag in flags:
        words = "; ".join(f"“{visible(evidence.words)}”" for evidence in flag.evidence)
        yield f"      {reason_line(flag)} · {words}"


def _reports(articles: tuple[str, ...]) -> str:
    return counted(len(articles), "report")
