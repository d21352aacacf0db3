"""What the reader and the event's card say, as Content. Pure but for the desk's look-ups.

Outside text is sanitised piece by piece: evidence offsets are code points of the stored text, so it is split first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from textual.content import Content

from tensionwatch.model import Article, Event, Flag, Kind, Revision, Status
from tensionwatch.ports import Group
from tensionwatch.tui.cells import line, many, prose
from tensionwatch.tui.context import Context
from tensionwatch.tui.links import LinkRefused, host_of
from tensionwatch.tui.look import STAR, UNREAD, style, symbol
from tensionwatch.tui.times import relative
from tensionwatch.tui.widgets.facts import facts
from tensionwatch.words import KIND_WORDS, event_what, nth_words, pair_words, reason_line, toll_words

Piece = tuple[str, str]
PREVIEWED = 12
"""Titles shown beside the list; the event's own screen has them all."""


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


def article_page(article: Article, context: Context, place: str) -> Content:
    """The whole page of the reader. `place` is where the article stands in its list: `3 of 41`."""
    flags = article.standing
    parts: list[Piece] = [*evidence_pieces(article.title or "(no title)", "title", flags, "bold"), ("\n\n", "")]
    parts += [*_by_line(article, context, place), ("\n", "")]
    parts += [*_reasons(article, context), ("\n", "")]
    if article.summary:
        parts += [*evidence_pieces(article.summary, "summary", flags, ""), ("\n\n", "")]
    else:
        parts.append(("(the feed gives no text beside the title)\n\n", "$tw-muted"))
    parts += [*_link(article.link), ("\n", "")]
    parts += _events(article, context)
    parts += _revisions(article.revisions, context)
    return Content.assemble(*parts)


def _by_line(article: Article, context: Context, place: str) -> Iterator[Piece]:
    now, times = context.desk.now(), context.times
    yield line(article.publisher), "bold"
    if article.effective is not None:
        yield f" · {times.full(article.effective)} ({relative(article.effective, now)})", "$tw-muted"
    else:
        yield f" · undated, first seen {times.full(article.first_seen)}", "$tw-muted"
    yield f"\n{place} · {'read' if article.read else UNREAD + ' unread'}", "$tw-muted"
    if article.starred:
        yield f" · {STAR} starred", "$tw-star"
    yield "\n", ""
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


def doubt_words(article: Article, kind: Kind) -> str:
    """The choice to mark a kind of flags as wrong: `▲ incident PRK→KOR`; with a word where that is done already."""
    first = next(flag for flag in article.flags if flag.kind is kind)
    pair = pair_words(first.actor, first.recipient)
    marked = "  (marked wrong)" if kind in article.wrong else ""
    return f"{symbol(kind, first.status)} {KIND_WORDS[kind]} {pair}{marked}"


def _link(link: str | None) -> Iterator[Piece]:
    if link is None:
        yield "no link\n", "$tw-muted"
        return
    try:
        yield host_of(link), "bold"
        yield f"  {line(link)}\n", "$tw-muted"
    except LinkRefused as refused:
        yield f"{line(link)}  (not opened: {refused})\n", "$tw-muted"


def _events(article: Article, context: Context) -> Iterator[Piece]:
    opens = context.says(" ({} opens it)", "reader.event")
    for event in context.desk.events_of(article.id):
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


def _revisions(revisions: Iterable[Revision], context: Context) -> Iterator[Piece]:
    for revision in reversed(list(revisions)):
        yield f"\nuntil {context.times.full(revision.replaced)} it said:\n", "$tw-muted"
        yield f"{line(revision.title)}\n", "italic"


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
        (f"{many(event.reports, 'report')} · {many(len(event.publishers), 'publisher')}", "$tw-muted"),
    )
    return Content("\n").join(Content.styled(text, tone) for text, tone in lines)


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
