"""`tensionwatch list`: articles in the store, newest first. Reads without the lock."""

from __future__ import annotations

import argparse
import json
from datetime import timedelta

from tensionwatch import units
from tensionwatch.commands.common import load_config, open_watch, say
from tensionwatch.errors import TensionwatchError
from tensionwatch.model import Article, Kind, to_json
from tensionwatch.ports import ELSEWHERE, ArticleQuery
from tensionwatch.sanitise import visible
from tensionwatch.watch import Watch
from tensionwatch.words import KIND_WORDS, pair_words, status_words

_SHORT = {"incident": Kind.BORDER_INCIDENT, "visit": Kind.DIPLOMATIC_VISIT}


class BadOption(TensionwatchError):
    """An option's value is wrong."""

    exit_code = 2


def run(args: argparse.Namespace) -> int:
    loaded, notices = load_config(args)
    for notice in notices:
        say(notice)
    regions = [*(region.id for region in loaded.regions), ELSEWHERE]
    if args.region is not None and args.region not in regions:
        raise BadOption(f"--region: no region '{args.region}'; there are {', '.join(regions)}")
    with open_watch(loaded, [], read_only=True) as watch:
        for notice in watch.notices:
            say(notice)
        if not (ids := watch.article_ids(_query(args, watch))):
            say(f"no articles{' match' if watch.article_ids(ArticleQuery()) else f' yet in {loaded.storage.path}'}")
        for article_id in ids:
            article = watch.article(article_id)
            if article is not None:
                print(json.dumps(to_json(article), ensure_ascii=False) if args.json else _line(article))
    return 0


def _query(args: argparse.Namespace, watch: Watch) -> ArticleQuery:
    since = None
    if args.since is not None:
        try:
            since = watch.now() - timedelta(seconds=units.parse_duration(args.since))
        except ValueError as error:
            raise BadOption(f"--since: {error}") from error
    kind = (_SHORT.get(args.kind) or Kind(args.kind)) if args.kind else None
    return ArticleQuery(region=args.region, kind=kind, flagged=args.flagged, since=since)


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
