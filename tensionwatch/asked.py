"""What a query says of one article, or of one event. Pure."""

from __future__ import annotations

from tensionwatch.exchange import ArticleQuery
from tensionwatch.model import Article, Event


def asks_for_flags(query: ArticleQuery) -> bool:
    """Must an article tell an event to be found?"""
    return (
        query.flagged
        or query.kind is not None
        or query.group is not None
        or query.region is not None
        or asks_for_parties(query)
    )


def parties(query: ArticleQuery) -> tuple[object, ...]:
    return (query.actor, query.recipient, query.country, query.pair, query.place)


def asks_for_parties(query: ArticleQuery) -> bool:
    return any(each is not None for each in parties(query))


def asks_for_facets(query: ArticleQuery) -> bool:
    """For what facets.py keeps?"""
    return query.publisher is not None or query.lang is not None or query.noted


def asks_for_time(query: ArticleQuery) -> bool:
    return query.since is not None or query.until is not None


def is_asked_for(event: Event, query: ArticleQuery) -> bool:
    """Are its parties and its place those that are asked for?"""
    return (
        query.actor in (None, event.actor)
        and query.recipient in (None, event.recipient)
        and query.place in (None, event.place)
        and (query.country is None or query.country in event.sides)
        and (query.pair is None or query.pair == event.sides)
    )


def fits(article: Article, query: ArticleQuery) -> bool:
    """Without regard to words, flags, and what it asks to be without."""
    return (
        not (query.unread and article.read)
        and not (query.starred and not article.starred)
        and (query.feed is None or query.feed in article.feeds)
        and not (query.noted and article.note is None)
        and (query.publisher is None or query.publisher.casefold() in article.publisher.casefold())
        and (query.lang is None or speaks(article.lang, query.lang))
        and (query.since is None or (article.effective is not None and article.effective >= query.since))
        and (query.until is None or (article.effective is not None and article.effective < query.until))
    )


def speaks(lang: str, tag: str) -> bool:
    """Is a language this one, or a variety of it?"""
    return f"{lang.lower()}-".startswith(f"{tag}-")
