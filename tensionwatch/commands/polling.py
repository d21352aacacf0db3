"""`tensionwatch poll`: the poller without a screen."""

from __future__ import annotations

import argparse
import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from logging import ERROR, INFO
from typing import Any

from tensionwatch.alerts.records import Alert, Raised
from tensionwatch.clock import SystemClock
from tensionwatch.commands.alerting import make_alertkeeper
from tensionwatch.commands.common import end, open_watch, poll_with, settle_at_once
from tensionwatch.commands.logged import logged
from tensionwatch.commands.progress import telling_progress
from tensionwatch.commands.starting import iso_time, json_line, say
from tensionwatch.config import Config
from tensionwatch.errors import IngestError, Stopped, StoreError
from tensionwatch.exchange import ArticleQuery, Notice, RoundStatus
from tensionwatch.feeds.poller import FeedResult, Poller
from tensionwatch.feeds.pool import IngestPool
from tensionwatch.feeds.rulekeeper import RuleKeeper
from tensionwatch.logbook import LOG
from tensionwatch.model import Feed, FeedState, Fetched
from tensionwatch.sanitise import visible, without_user
from tensionwatch.watch import Watch
from tensionwatch.words import KIND_WORDS, again_words, counted

AGAIN_EVERY = 2.0
"""Seconds between two lines of how far classifying again is."""
ALERTS_SHOWN = 5
"""Alerts raised together that have a line each."""
MANY = 10
"""Feeds in a round of the endless poll of which progress is told: of fewer each line says enough."""


def run_with(args: argparse.Namespace, loaded: Config, notices: list[str], ingest: IngestPool) -> int:
    """The command, on ingest processes that are starting meanwhile."""
    # To index 20,000 articles costs a second, which would be lost on a core that all else waits for.
    quiet_start = None if args.once else 0
    with logged(args, loaded, say), open_watch(loaded, notices, quiet_start=quiet_start) as watch:
        for pid in ingest.pids:  # before there was a log
            LOG.info("ingest process %d started", pid)
        for notice in watch.notices[len(notices) :]:
            say(notice)
        if not args.once:
            return _until_interrupted(loaded, watch, ingest)
        return poll_once(loaded, watch, ingest, everything=args.all, strict=args.strict, as_json=args.json)


def poll_once(
    loaded: Config, watch: Watch, ingest: IngestPool, *, everything: bool, strict: bool, as_json: bool
) -> int:
    """One round: a line a feed as it comes in, then the sums; or all of it as one JSON object. Gives the exit code."""
    before = frozenset(watch.article_ids(ArticleQuery()))
    keeper = make_alertkeeper(loaded, watch, SystemClock())
    keeper.begin()
    watch.lag()
    asked = RoundStatus()

    def new() -> list[str]:
        return [article_id for article_id in watch.article_ids(ArticleQuery()) if article_id not in before]

    async def one_round(poller: Poller, rules: RuleKeeper) -> tuple[list[FeedResult], dict[str, Any]]:
        nonlocal asked
        with watch.store.compacting_later():
            try:
                with telling_progress(poller, _names(watch)) as progress:
                    on_result = None if as_json else lambda result: progress.line(_result_words(result))
                    results = await poller.once(everything=everything, on_result=on_result)
            finally:
                asked = poller.round()
            offline = poller.status().offline_since is not None
            with telling_again(rules):
                again = await _classified_again(rules)
            await ingest.close()  # what follows makes this process larger by 10 MB, and they would wait for nothing
        if again or any(result.fetched and result.fetched.entries for result in results):
            settle_at_once(watch)
        # Told before old ones leave: of a feed that shows some they are new, if not for long.
        raised = [_alert_report(alert) for alert in await keeper.once()]
        report = {**tell(results, new(), watch), "classified_again": again, "offline": offline, "alerts": raised}
        for said in await watch.housekeeper.once():
            say(said)
        return results, report

    try:
        results, report = poll_with(loaded, watch, watch, ingest, one_round)
    except Stopped as stopped:
        kept = counted(len(new()), "new article")
        how_far = f"{stopped} after {asked.done:,} of {counted(asked.total, 'feed')}"
        raise type(stopped)(f"{how_far}: {kept} kept") from None
    print(json_line(report) if as_json else "\n".join(summary_lines(report)))
    if report["offline"]:
        say("offline: no server answered; no feed is asked later for it")
    return exit_code(results, strict=strict)


async def _classified_again(rules: RuleKeeper) -> int:
    """What other rules looked at last, after news has come in; that it cannot be done is no failure of a feed."""
    try:
        return await rules.once(_say_notice)
    except IngestError as error:
        say(f"not classified again: {error}")
        return 0


@contextmanager
def telling_again(rules: RuleKeeper) -> Iterator[None]:
    """A line every few seconds while articles are classified again."""

    async def look() -> None:
        while True:
            await asyncio.sleep(AGAIN_EVERY)
            if words := again_words(rules.status()):
                say(words)

    looking = asyncio.create_task(look())
    try:
        yield
    finally:
        looking.cancel()


@contextmanager
def _telling_offline(poller: Poller) -> Iterator[None]:
    """A line when no server answers any more, and one when they do again."""

    async def look() -> None:
        was_offline = False
        while True:
            await asyncio.sleep(AGAIN_EVERY)
            if (poller.status().offline_since is not None) != was_offline:
                was_offline = not was_offline
                say("offline: no server answers; one is asked now and then" if was_offline else "online again")

    looking = asyncio.create_task(look())
    try:
        yield
    finally:
        looking.cancel()


def _say_notice(notice: Notice) -> None:
    LOG.log(ERROR if notice.grave else INFO, "%s", notice.text)
    say(visible(notice.text))


def _until_interrupted(loaded: Config, watch: Watch, ingest: IngestPool) -> int:
    say("polling until interrupted (Ctrl-C)")

    talking = _Talking(watch)

    keeper = make_alertkeeper(loaded, watch, SystemClock())

    def tell_raised(raised: Raised) -> None:
        shown = [alert.title for alert in raised.alerts] if len(raised.alerts) <= ALERTS_SHOWN else [raised.title]
        for title in shown:
            talking.line(f"{raised.alerts[-1].at:%H:%M:%SZ}  {'alert':<10} {visible(title)}")

    async def for_good(poller: Poller, rules: RuleKeeper) -> None:
        keeper.begin()
        settle_at_once(watch)
        with (
            telling_again(rules),
            _telling_offline(poller),
            telling_progress(poller, _names(watch), least=MANY) as progress,
        ):
            talking.line = progress.line
            alerting = asyncio.create_task(keeper.run(tell_raised))
            try:
                await asyncio.gather(poller.run(), rules.run(_say_notice), watch.housekeeper.run(_say_notice), alerting)
            finally:
                await end([alerting])

    try:
        poll_with(loaded, watch, talking, ingest, for_good)
    except Stopped as stopped:
        kept = counted(talking.new, "new article")
        how_far = f"{stopped} after {counted(talking.polls, 'poll')}"
        raise type(stopped)(f"{how_far}: {kept} kept") from None
    return 0


def _names(watch: Watch) -> dict[str, str]:
    return {feed.id: feed.name for feed in watch.feeds}


class _Talking:
    """The watch as a sink that says what comes in."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._trouble = ""
        self._names = _names(watch)
        self.line: Callable[[str], None] = print
        self.polls = 0
        self.new = 0
        """Articles that these brought."""

    @property
    def feeds(self) -> Sequence[Feed]:
        return self._watch.feeds

    def feed_state(self, feed_id: str) -> FeedState:
        return self._watch.feed_state(feed_id)

    async def ready(self) -> None:
        await self._watch.ready()

    def accept(self, fetched: Fetched, *, jitter: float) -> FeedState:
        before = self._watch.feed_state(fetched.feed).articles
        try:
            state = self._watch.accept(fetched, jitter=jitter)
        except StoreError as error:  # the poller tries again, and nobody sees its status
            if str(error) != self._trouble:
                say(f"not kept, and to be fetched again: {visible(str(error))}")
            self._trouble = str(error)
            raise
        if self._trouble:
            say("kept again")
        self._trouble = ""
        self.polls += 1
        self.new += state.articles - before
        words = _words(fetched.result, self._names[fetched.feed], fetched, fetched.reason)
        self.line(f"{fetched.at:%H:%M:%SZ}  {words}")
        return state


def _result_words(result: FeedResult) -> str:
    return _words(result.result, result.feed.name, result.fetched, result.reason)


def _words(result: str, name: str, fetched: Fetched | None, reason: str | None) -> str:
    told = [visible(reason)] if reason else []
    if fetched is not None and fetched.result == "ok":
        told.insert(0, f"{len(fetched.seen)} entries, {len(fetched.entries)} not seen before")
    return f"{result:<10} {visible(name):<28} {'; '.join(told)}".rstrip()


def tell(results: Iterable[FeedResult], new: Sequence[str], watch: Watch) -> dict[str, Any]:
    """The report of one round that brought these articles, as JSON-ready builtins."""
    flagged = watch.flagged(new)
    results = list(results)
    regions: Counter[str] = Counter()
    for article in flagged:
        regions.update({region for event in watch.events_of(article.id) for region in watch.regions_of(event)})
    return {
        "feeds": [_feed_report(result) for result in results],
        "counts": {word: sum(r.result == word for r in results) for word in _RESULTS},
        "new": len(new),
        "flagged": len(flagged),
        "flags_by_kind": dict(Counter(flag.kind.value for article in flagged for flag in article.flags)),
        "flagged_by_region": {region: regions[region] for region in watch.region_ids},
    }


def _alert_report(alert: Alert) -> dict[str, Any]:
    return {"id": alert.id, "rule": alert.rule, "title": alert.title, "withheld": alert.withheld or None}


_RESULTS = ("ok", "unchanged", "not due", "failed", "gone")


def _feed_report(result: FeedResult) -> dict[str, Any]:
    fetched, state = result.fetched, result.state
    return {
        "id": result.feed.id,
        "name": result.feed.name,
        "url": without_user(result.feed.url),
        "result": result.result,
        "reason": result.reason,
        "http_status": fetched.http_status if fetched else None,
        "entries": len(fetched.seen) if fetched and fetched.result == "ok" else None,
        "unseen": len(fetched.entries) if fetched else None,
        "articles": state.articles,
        "next_check": iso_time(state.next_check),
        "next_reason": state.next_reason,
    }


def summary_lines(report: dict[str, Any]) -> list[str]:
    counts = ", ".join(f"{n} {word}" for word, n in report["counts"].items() if n)
    kinds = {kind.value: word for kind, word in KIND_WORDS.items()}
    lines = [
        f"{counted(len(report['feeds']), 'feed')}: {counts or 'none enabled'}",
        f"{counted(report['new'], 'new article')}, {report['flagged']} flagged",
    ]
    if report["flags_by_kind"]:
        lines.append("kinds:   " + ", ".join(f"{kinds[k]} {n}" for k, n in sorted(report["flags_by_kind"].items())))
    if inside := {region: n for region, n in report["flagged_by_region"].items() if n}:
        lines.append("regions: " + ", ".join(f"{region} {n}" for region, n in inside.items()))
    sent = [visible(alert["title"]) for alert in report["alerts"] if not alert["withheld"]]
    lines += [f"alert:   {title}" for title in sent[:ALERTS_SHOWN]]
    if len(sent) > ALERTS_SHOWN:
        lines.append(f"alerts:  {len(sent) - ALERTS_SHOWN:,} more; 'tensionwatch alerts list' has them")
    return lines


def exit_code(results: Iterable[FeedResult], *, strict: bool) -> int:
    """1 when every due feed failed, or any with `strict`."""
    asked = [r.result for r in results if r.result != "not due"]
    bad = [r in ("failed", "gone") for r in asked]
    return int(any(bad) if strict else bool(bad) and all(bad))
