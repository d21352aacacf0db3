"""What the reader and the event's card say, as Content. Pure but for the desk's look-ups.

Outside text is sanitised piece by piece: evidence offsets are code points of the stored text, so it is split first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from textual.content import Content

from tensionwatch.exchange import Group, Page
from tensionwatch.model import Article, Event, Flag, Kind, Status
from tensionwatch.sanitise import visible
from tensionwatch.tui.cells import line, many, prose
from tensionwatch.tui.context import Context
from tensionwatch.tui.links import LinkRefused, host_of
from tensionwatch.tui.look import NOTE, STAR, UNREAD, style, symbol
from tensionwatch.tui.times import relative
from tensionwatch.tui.widgets.facts import facts
from tensionwatch.tui.wording import Part, passages, word_diff
from tensionwatch.words import KIND_WORDS, event_what, nth_words, pair_words, reason_line, status_words, toll_words

Piece = tuple[str, str]
_SENTENCE_END = re.compile(r'(?<=[.!?…”"»])(?<!\b[A-Z]\.) (?=[^\Wa-z\d_]|[“"«])')
PREVIEWED = 12
"""Titles shown beside the list; the event's own screen has them all."""


REVISIONS = 10
"""Changes of wording shown; the first and the latest. 50 of long texts would take 0.3 s."""
PARAGRAPH, SENTENCES_FROM = 400, 900
"""Code points: a text of more than the second without paragraphs of its own is broken after a sentence, once the first
is reached."""
_DIFF = {"same": "", "removed": "strike $tw-muted", "added": "bold underline"}


class Place(NamedTuple):
    """Where an article stands."""

    listed: str
    """In the list it was opened from: `3 of 41`."""
    event: Event | None = None
    """The one whose reports are stepped through."""
    report: int = 0
    """Which of its reports this is, counted from 1."""


def tone(kind: Kind, status: Status) -> str:
    return f"$tw-{style(kind, status)}"


def evidence_pieces(text: str, field: str, flags: Iterable[Flag], plain: str) -> Iterator[Piece]:
    """The text in pieces, those that made a rule fire in their group's colour and underlined."""
    spans = sorted({(e.start, e.end, Group.of(f.kind)) for f in flags for e in f.evidence if e.field == field})
    done = 0
    for start, end, group in spans:
        start = max(start, done)
        if start >= min(end, len(text)):
            continue
        yield prose_part(text[done:start]), plain
        yield prose_part(text[start:end]), f"bold underline $tw-{group.value}"
        done = end
    yield prose_part(text[done:]), plain


def prose_part(text: str) -> str:
    """As `prose`, for a part: the newline at its end is kept."""
    return prose(text) + ("\n" if text.endswith("\n") else "")


def paragraphs(text: str, breaks: Sequence[int]) -> str:
    """The stored line with a line end in place of the blank before each paragraph: offsets stay what they are."""
    if not breaks and len(text) > SENTENCES_FROM:
        breaks = list(_sentence_breaks(text))
    for at in breaks:
        if 0 < at < len(text) and text[at - 1] == " ":
            text = f"{text[: at - 1]}\n{text[at:]}"
    return text


def _sentence_breaks(text: str) -> Iterator[int]:
    """Where a sentence begins and the ones before it are enough for a paragraph."""
    begun = 0
    for end in _SENTENCE_END.finditer(text):
        if end.end() - begun >= PARAGRAPH and len(text) - end.end() >= PARAGRAPH // 4:
            begun = end.end()
            yield begun


def article_head(article: Article, context: Context, place: Place) -> Content:
    """Above the text: the title, who says so and when, the user's marks, why it is flagged."""
    title = evidence_pieces(article.title or "(no title)", "title", article.standing, "bold")
    return Content.assemble(*title, "\n\n", *_by_line(article, context, place), "\n", *_reasons(article, context))


def article_body(article: Article, context: Context, events: Iterable[Event], page: Page | None) -> Content:
    """The text, with that of the page that it links to where that has been fetched; links, events, earlier wordings."""
    parts: list[Piece | Content] = []
    if article.summary:
        broken = evidence_pieces(paragraphs(article.summary, article.breaks), "summary", article.standing, "")
        parts += ((text.replace("\n", "\n\n"), look) for text, look in broken)
        parts.append(("\n\n", ""))
    else:
        parts.append(("(the feed gives no text beside the title)\n\n", "$tw-muted"))
    if page is not None:
        parts += _full_text(page, context)
    parts += [*_links(article), ("\n", "")]
    parts += _events(events, context)
    parts += _revisions(article, context)
    return Content.assemble(*parts)


def _full_text(page: Page, context: Context) -> Iterator[Piece]:
    """Below the feed's own text, so that nobody takes the one for the other."""
    cut = " · cut, it was longer" if page.cut else ""
    yield f"full text · {_host(page.url)} · fetched {context.times.full(page.at)}{cut}\n\n", "bold $accent"
    yield prose(page.text).replace("\n", "\n\n") + "\n\n", ""


def _by_line(article: Article, context: Context, place: Place) -> Iterator[Piece]:
    now, times = context.desk.now(), context.times
    yield line(article.publisher), "bold"
    if article.effective is not None:
        yield f" · {times.full(article.effective)} ({relative(article.effective, now)})", "$tw-muted"
    else:
        yield f" · undated, first seen {times.full(article.first_seen)}", "$tw-muted"
    yield f"\n{place.listed} · {'read' if article.read else UNREAD + ' unread'}", "$tw-muted"
    if article.starred:
        yield f" · {STAR} starred", "$tw-star"
    yield "\n", ""
    if place.event is not None and place.event.reports > 1:
        event = place.event
        what = f"{symbol(event.kind, event.status)} {KIND_WORDS[event.kind]} {pair_words(event.actor, event.recipient)}"
        yield f"report {place.report} of {event.reports} of ", "$tw-muted"
        yield f"{what}\n", tone(event.kind, event.status)
    if article.note:
        yield f"{NOTE} {line(article.note)}\n", "$tw-star"
    if article.published is not None and article.published > article.first_seen:
        yield f"dated ahead by its feed: {times.full(article.published)}\n", "$tw-muted"
    for sighting in article.sightings:
        yield f"also in the feed {line(sighting.feed)} since {times.full(sighting.first_seen)}\n", "$tw-muted"


def _reasons(article: Article, context: Context) -> Iterator[Piece]:
    if not article.flags:
        lacking = context.desk.lacks_rules(article.lang)
        why = f"no rules for language '{line(article.lang)}': kept without flags" if lacking else ""
        yield f"{why or 'not flagged: no rule fired'}\n", "$tw-muted"
    for flag in article.flags:
        if flag.kind in article.wrong:
            yield f"{symbol(flag.kind, flag.status)} {line(reason_line(flag))}", "$tw-muted strike"
            yield "  marked wrong\n", "$tw-muted"
            continue
        yield f"{symbol(flag.kind, flag.status)} {line(reason_line(flag))}\n", tone(flag.kind, flag.status)
        if flag.claim is not None:
            yield f"  {flag.claim.stance} by {flag.claim.by or 'a side not named'}\n", "$tw-muted"
    for words in dict.fromkeys(flag.ordinal.words for flag in article.standing if flag.ordinal is not None):
        yield f"  its own count: “{line(words)}”\n", "$tw-muted"
    for kind in article.missed:
        yield f"{symbol(kind, Status.ACTUAL)} {KIND_WORDS[kind]}, you say: no rule has seen it\n", "$tw-muted"


def doubt_words(article: Article, kind: Kind) -> str:
    """The choice to mark a kind of flags as wrong: `▲ incident PRK→KOR`; with a word where that is done already."""
    first = next(flag for flag in article.flags if flag.kind is kind)
    pair = pair_words(first.actor, first.recipient)
    marked = "  (marked wrong)" if kind in article.wrong else ""
    return f"{symbol(kind, first.status)} {KIND_WORDS[kind]} {pair}{marked}"


def missed_choice(article: Article, kind: Kind) -> str:
    """The choice to say that rules have missed a kind; with a word where that is said already."""
    said = "  (said: missed)" if kind in article.missed else ""
    return f"{symbol(kind, Status.ACTUAL)} {KIND_WORDS[kind]}{said}"


def links_of(article: Article) -> list[tuple[str, str]]:
    """Of address and words: its own first, then those within its text."""
    own = [(article.link, "")] if article.link is not None else []
    return [*own, *((link.url, link.words) for link in article.links)]


def link_label(url: str, words: str, look: str = "") -> Content:
    """The host first, which is where it leads; the words in that look."""
    try:
        host = Content.styled(host_of(url), "bold")
    except LinkRefused as refused:
        return Content.styled(f"{line(url)}  (not opened: {refused})", look)
    return Content.assemble(host, "  ", (line(words) or line(url), look))


def _host(url: str) -> str:
    try:
        return host_of(url)
    except LinkRefused:
        return line(url)


def _links(article: Article) -> Iterator[Piece | Content]:
    """Numbered where there are several."""
    links = links_of(article)
    if not links:
        yield "no link\n", "$tw-muted"
    for number, (url, words) in enumerate(links, 1):
        if len(links) > 1:
            yield f"[{number}] ", "$tw-muted"
        yield link_label(url, words, "$tw-muted")
        yield "\n", ""


def _events(events: Iterable[Event], context: Context) -> Iterator[Piece]:
    opens = context.says(" ({} opens it)", "reader.event")
    for event in events:
        told = f"{many(event.reports, 'report')} · {many(len(event.publishers), 'publisher')}{opens}"
        more = told if event.reports > 1 else f"its only report so far{opens}"
        yield (
            f"{symbol(event.kind, event.status)} {event_words(event, context)}",
            tone(event.kind, event.status),
        )
        yield f" · {more}\n", "$tw-muted"


def event_words(event: Event, context: Context) -> str:
    """`incident PRK→KOR · shots fired · DMZ`"""
    parts = [f"{KIND_WORDS[event.kind]} {pair_words(event.actor, event.recipient)}", event_what(event)]
    if event.place is not None:
        parts.append(line(context.desk.place_name(event.place)))
    return " · ".join(parts)


def _revisions(article: Article, context: Context) -> Iterator[Piece]:
    """Each change of its wording, the latest first: what was taken out struck, what came in underlined."""
    wordings = [*((r.title, r.summary) for r in article.revisions), (article.title, article.summary)]
    changes = list(zip(article.revisions, pairwise(wordings), strict=True))[::-1]
    left = len(changes) - REVISIONS
    if left > 0:
        changes = [*changes[: REVISIONS - 1], changes[-1]]
    for revision, ((title, summary), (next_title, next_summary)) in changes:
        what = "headline" if title != next_title else "text"
        yield f"\n{what} changed {context.times.full(revision.replaced)}\n", "$tw-muted"
        if title != next_title:
            yield from _diff(word_diff(title, next_title))
        if summary != next_summary:
            if title != next_title:
                yield "text: ", "$tw-muted"
            yield from _diff(list(passages(word_diff(summary, next_summary))))
    if left > 0:
        yield f"\n({many(left, 'more change')} in between)\n", "$tw-muted"


def _diff(parts: Sequence[Part]) -> Iterator[Piece]:
    """Sanitised piece by piece; what takes the place of another text stands apart from it."""
    for before, part in zip((Part("same", ""), *parts), parts, strict=False):
        replaced = before.op == "removed" and part.op == "added"
        if replaced and not before.text.endswith(" ") and not part.text.startswith(" "):
            yield " ", ""
        yield visible(part.text), _DIFF[part.op]
    yield "\n", ""


def event_head(event: Event, context: Context) -> Content:
    """Who, what, where and how many tell it; who they are stands among the facts."""
    desk = context.desk
    who = " → ".join(line(desk.country_name(side)) if side else "unknown" for side in (event.actor, event.recipient))
    title = " · ".join(filter(None, (event_words(event, context), nth_words(event))))
    more = [", ".join(map(line, event.people)), toll_words(event.toll) if event.toll else ""]
    more.append("split or merged by hand" if event.corrected else "")
    lines = (
        (f"{symbol(event.kind, event.status)} {title}", f"bold {tone(event.kind, event.status)}"),
        (" · ".join(filter(None, (who, *more))), ""),
        (" · ".join(_standing(event, context)), "$tw-muted"),
    )
    return Content("\n").join(Content.styled(text, tone) for text, tone in lines)


def _standing(event: Event, context: Context) -> Iterator[str]:
    """Has it happened, and when; who denies it; how many tell it."""
    when = f" {context.times.medium(event.when, context.desk.now())}" if event.when is not None else ", undated"
    yield f"{status_words(event.status, event.kind) or 'happened'}{when if event.status is Status.ACTUAL else ''}"
    if event.status is Status.ACTUAL and (denied := [claim.by for claim in event.claims if claim.stance == "denied"]):
        yield f"denied by {', '.join(dict.fromkeys(by or 'a side not named' for by in denied))}"
    yield many(event.reports, "report")
    yield many(len(event.publishers), "publisher")


def report_said(article: Article, event: Event, context: Context) -> Content:
    """What one report says of an event: its title in full, and of each of its flags the rule and the words."""
    copied = f"  (words of {line(event.copies[article.id])})" if article.id in event.copies else ""
    parts: list[Piece] = [(line(article.title) or "(no title)", "bold"), (copied, "$tw-muted")]
    for told, flag in context.desk.told_by(article.id):
        if told.id == event.id:
            said = dict.fromkeys(evidence.words for evidence in flag.evidence)
            whole = (one for one in said if not any(one != other and one in other for other in said))
            words = " · ".join(f"“{line(one)}”" for one in whole)
            parts.append(
                (f"\n{symbol(flag.kind, flag.status)} {line(reason_line(flag))}", tone(flag.kind, flag.status))
            )
            parts.append((f" · {words}" if words else "", ""))
    return Content.assemble(*parts)


def event_card(event: Event, context: Context) -> Content:
    """The head, and all else that is known of it."""
    known = (Content.styled(f"{fact.label}: {fact.text}", "$tw-muted") for fact in facts(event, context))
    return Content("\n").join((event_head(event, context), *known))


def event_preview(event: Event, context: Context) -> Content:
    """The card, and the titles that tell it, newest first."""
    articles = (context.desk.article(article_id) for article_id in reversed(event.articles[-PREVIEWED:]))
    titles = ([("\n", ""), (f"{line(a.title)}\n", ""), (f"  {line(a.publisher)}", "$tw-muted")] for a in articles if a)
    return Content("\n").join((event_card(event, context), *(Content.assemble(*pieces) for pieces in titles)))
