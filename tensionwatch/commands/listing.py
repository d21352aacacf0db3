"""`tensionwatch list`: articles in the store, newest first. Reads without the lock."""

from __future__ import annotations

import argparse

from tensionwatch.commands.common import BadOption, kind_named, read_watch, region_named, time_since
from tensionwatch.commands.starting import json_line, load_config, say
from tensionwatch.exchange import ArticleQuery
from tensionwatch.model import Article, to_json
from tensionwatch.query import parse
from tensionwatch.sanitise import visible
from tensionwatch.watch import Watch
from tensionwatch.words import KIND_WORDS, pair_words, status_words


def run(args: argparse.Namespace) -> int:
    loaded, notices = load_config(args)
    region, kind = region_named(args.region, loaded), kind_named(args.kind)
    with read_watch(loaded, notices) as watch:
        since = time_since(args.since, watch.now())
        options = ArticleQuery(region=region, kind=kind, flagged=args.flagged, since=since, text=args.text)
        query = _asked(args.query, watch, options)
        if not (ids := watch.article_ids(query)):
            say(f"no articles{' match' if watch.article_ids(ArticleQuery()) else f' yet in {loaded.storage.path}'}")
        for article_id in ids[: args.limit]:
            article = watch.article(article_id)
            if article is not None:
                print(json_line(to_json(article)) if args.json else _line(article))
    return 0


def _asked(line: str, watch: Watch, options: ArticleQuery) -> ArticleQuery:
    """What --query asks for beside the other options. Nobody looks on who would see that a word does not count, so one
    that cannot be read raises BadOption."""
    reading = parse(line, watch.names, watch.now(), options)
    if problems := (*reading.problems, *map(_unfinished, reading.unfinished)):
        raise BadOption(f"--query: {'; '.join(problems)}")
    return reading.query


def _unfinished(word: str) -> str:
    return f"{word} refuses nothing" if word.startswith("-") else f"{word}: has no value"


def _line(article: Article) -> str:
    """`2026-03-01 14:05Z  visit RUS→PRK (planned)  bbc.co.uk  Title`."""
    when = f"{article.effective:%Y-%m-%d %H:%MZ}" if article.effective else "undated          "
    flags = ", ".join(
        " ".join(
            filter(
                None, (KIND_WORDS[f.kind], pair_words(f.actor, f.recipient), _bracketed(status_words(f.status, f.kind)))
            )
        )
        for f in article.standing
    )
    return "  ".join(filter(None, (when, flags, visible(article.publisher), visible(article.title))))


def _bracketed(word: str) -> str:
    return f"({word})" if word else ""
