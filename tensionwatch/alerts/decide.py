"""Which alerts are to be raised. Pure: what is known, asked and muted comes in, alerts go out.

    changed events ─▶ stage ─▶ does a rule ask for it? ─▶ told before? ─▶ muted, cooling down? ─▶ Alert
    RegionIndex ───▶ surprise, or intensity that crosses ───────┘

An alert of an event is raised once the conditions of a rule hold, and that is a time of its own, worked out of the
reports and not of when we saw them: the first report that says that the stage is reached, the n-th independent voice
from then on, the first report with a keyword, whichever is last. So neither the order in which reports come nor how
they are bundled changes what is raised. A rule speaks of stages that are first reported after it was made or changed,
and of nothing whose conditions have held for longer than `MEMORY`: at a start all events of that time are looked at.

Where few feeds answer, a surprise is raised all the same, and says so: a count is never too high for want of news, and
the day on which half of the feeds fall silent is the wrong one to fall silent too. While a region is still learning
what is usual none is raised. Intensity, which fades by itself, does not become ready to cross again while little is
seen.

What is muted or falls into a cool-down is an alert too, kept with a word why it was not sent: it is raised once as all
others, can be looked up, and comes back neither when the mute ends nor at the next start.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from msgspec.structs import replace

from tensionwatch.alerts import say
from tensionwatch.alerts.hours import held_until
from tensionwatch.alerts.known import Known, scope
from tensionwatch.alerts.records import Alert, AlertRule, Mute, RuleState
from tensionwatch.alerts.stages import Stage, stage_of
from tensionwatch.index.records import RegionIndex, Surprise
from tensionwatch.model import Article, Event

MEMORY: Final = timedelta(hours=72)
"""What has been so for longer is no news."""
AGAIN_BELOW: Final = 0.8
"""Share of its threshold below which conflict must fall before it can cross it again."""
SETTLING: Final = timedelta(minutes=15)
"""After a rule was made, in which crossings are not told: at a first start conflict rises from nothing to what it has
been for days, while the first polls bring them in."""
REPORTS: Final = 3
"""First reports that an alert quotes."""


@dataclass(frozen=True)
class Ground:
    """What decisions stand on."""

    rules: Sequence[AlertRule]
    """Those that are enabled."""
    states: Mapping[str, RuleState]
    """Of each of them."""
    mutes: Sequence[Mute]
    """Ended ones too: what was first seen while its feed was muted counts no more later."""
    now: datetime
    zone: tzinfo | None
    """Of quiet hours; None is the machine's own."""
    regions_of: Callable[[Event], Sequence[str]]
    """In the order of the configuration."""
    region_name: Callable[[str], str]
    place_name: Callable[[str], str]
    article: Callable[[str], Article | None]
    held: Callable[[Event], Event]
    """The event with its texts' counts held against the ledger."""

    def is_muted(self, what: str, names: Iterable[str]) -> bool:
        names = set(names)
        return any(mute.what == what and mute.name in names and in_force(mute, self.now) for mute in self.mutes)


def in_force(mute: Mute, now: datetime) -> bool:
    """Has it not ended? (Its begin may lie ahead, by a clock that was wrong.)"""
    return mute.until is None or now < mute.until


def alert_id(key: str) -> str:
    """16 hex digits."""
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def conditions(rule: AlertRule) -> str:
    """Fingerprint of what a rule asks for, without how it tells it. A rule that was switched off is another."""
    pairs = sorted("-".join(sorted(pair)) for pair in rule.pairs)
    asked = (
        rule.enabled, sorted(rule.kinds), sorted(rule.regions), pairs, rule.publishers, sorted(rule.keywords),
        rule.surprise, rule.intensity,
    )  # fmt: skip
    return alert_id(repr(asked))


def renewed(rules: Iterable[AlertRule], states: Callable[[str], RuleState | None], now: datetime) -> list[RuleState]:
    """States of rules that are new, or ask for something else than before: they speak from now on. One that would speak
    only later was made by a clock that was wrong."""
    known = ((rule, states(rule.id)) for rule in rules)
    return [
        RuleState(rule=rule.id, conditions=conditions(rule), since=now)
        for rule, state in known
        if state is None or state.conditions != conditions(rule) or state.since > now
    ]


# ------------------------------------------------------------------ events


def of_events(events: Iterable[Event], ground: Ground, known: Known) -> list[Alert]:
    """Alerts of events that are new, or told otherwise; `known` has them then."""
    rules = [rule for rule in ground.rules if not rule.surprise and rule.intensity is None]
    raised = []
    for event in sorted(events, key=lambda event: (event.first_reported or ground.now, event.id)):
        if not rules or (stage := stage_of(event)) is None:
            continue
        for rule in rules:
            if known.tells(rule.id, stage.name, event):
                continue
            if (alert := _of_event(rule, event, stage, ground, known)) is not None:
                known.put(alert, event.articles)
                raised.append(alert)
    return raised


def _of_event(rule: AlertRule, event: Event, stage: Stage, ground: Ground, known: Known) -> Alert | None:
    if stage.at < ground.states[rule.id].since or not _asks_for(rule, event):
        return None
    regions = [each for each in ground.regions_of(event) if not rule.regions or each in rule.regions]
    if not regions:
        return None
    holds = _holds_since(rule, event, stage, ground)
    if holds is None or holds < ground.now - MEMORY:
        return None
    key = f"{rule.id}|event|{event.id}|{stage.name}"
    if key in known:
        return None
    place = ground.place_name(event.place) if event.place else ""
    first = list(_first(event, stage, ground))
    alert = Alert(
        id=alert_id(key), rule=rule.id, key=key, at=ground.now, region=regions[0], event=event.id,
        pair="-".join(sorted(event.sides)) if len(event.sides) == 2 else None, family=event.family, stage=stage.name,
        title=say.event_title(ground.held(event), stage.name, place),
        text=say.event_text(event, map(ground.region_name, regions), first, rule.name),
        articles=event.articles,
    )  # fmt: skip
    is_muted = (
        ground.is_muted("pair", [alert.pair] if alert.pair else ())
        or all(ground.is_muted("region", [region]) for region in regions)
        or ground.is_muted("event", (event.id, *event.aliases))
    )
    return _with_fate(alert, rule, ground, known, is_muted=is_muted)


def _asks_for(rule: AlertRule, event: Event) -> bool:
    """By what needs no look at its reports."""
    return (
        (not rule.kinds or event.kind in rule.kinds)
        and (not rule.pairs or event.sides in rule.pairs)
        and len(event.publishers) >= rule.publishers
    )


def _holds_since(rule: AlertRule, event: Event, stage: Stage, ground: Ground) -> datetime | None:
    """From when on the rule's conditions hold by its reports; None where they do not."""
    feeds = [mute for mute in ground.mutes if mute.what == "feed"]
    if rule.publishers == 1 and not rule.keywords and not feeds:
        return stage.at
    voices, worded = set[str](), None if rule.keywords else stage.at
    spoken: datetime | None = None
    for article in filter(None, map(ground.article, event.articles)):
        if article.effective is None or _is_muted(article, feeds, ground.now):
            continue
        if worded is None and _has_any(rule.keywords, article):
            worded = article.effective
        if spoken is None and article.effective >= stage.at:
            voices.add(event.copies.get(article.id, article.publisher))
            spoken = article.effective if len(voices) >= rule.publishers else None
        if spoken is not None and worded is not None:
            return max(spoken, worded)
    return None


def _is_muted(article: Article, feeds: Iterable[Mute], now: datetime) -> bool:
    """Do only feeds show it that are muted, or were when it came?"""
    came = article.first_seen
    muted = {mute.name for mute in feeds if in_force(mute, now) or (mute.at <= came and in_force(mute, came))}
    return bool(muted) and muted.issuperset(article.feeds)


def _has_any(keywords: tuple[str, ...], article: Article) -> bool:
    return _pattern(keywords).search(_folded(f"{article.title}\n{article.summary}")) is not None


@lru_cache(maxsize=256)
def _pattern(keywords: tuple[str, ...]) -> re.Pattern[str]:
    """Any of them as whole words, in text that is folded as they are."""
    spelled = (r"\s+".join(map(re.escape, _folded(keyword).split())) for keyword in keywords)
    return re.compile(rf"(?<!\w)(?:{'|'.join(spelled)})(?!\w)")


def _folded(text: str) -> str:
    from tensionwatch.rules.text import fold  # 45 ms to import: only rules with keywords pay for it

    return fold(text).casefold()


def _first(event: Event, stage: Stage, ground: Ground) -> Iterator[Article]:
    """The first report of each of the first voices that say that the stage is reached."""
    voices = set[str]()
    for article_id in event.articles[event.articles.index(stage.article) :]:
        if len(voices) == REPORTS:
            return
        article = ground.article(article_id)
        if article is not None and (voice := event.copies.get(article_id, article.publisher)) not in voices:
            voices.add(voice)
            yield article


# ------------------------------------------------------------------ numbers


def of_numbers(indexes: Sequence[RegionIndex], ground: Ground, known: Known) -> tuple[list[Alert], list[RuleState]]:
    """Alerts of what is unusual or has crossed, and the states of rules that have changed by it; `known` has the alerts
    then."""
    raised: list[Alert] = []
    states: list[RuleState] = []
    for rule in ground.rules:
        mine = [index for index in indexes if not rule.regions or index.region in rule.regions]
        if rule.surprise:
            raised += _surprises(rule, mine, ground, known)
        if rule.intensity is not None:
            alerts, state = _crossings(rule, rule.intensity, mine, ground, known)
            raised += alerts
            states += [state] if state != ground.states[rule.id] else []
    return raised, states


def _surprises(rule: AlertRule, indexes: Iterable[RegionIndex], ground: Ground, known: Known) -> Iterator[Alert]:
    """Of today and yesterday, to which reports may be added after midnight; once per series and day."""
    families, since = {kind.family for kind in rule.kinds}, ground.states[rule.id].since.date()
    for index in indexes:
        for surprise in (*index.surprises, *index.yesterday):
            asked = surprise.alarm and not index.learning and (not families or surprise.family in families)
            if not asked or surprise.day < since:
                continue
            alert = _surprise(rule, surprise, index, ground)
            if alert.key not in known:
                alert = _with_fate(alert, rule, ground, known, is_muted=ground.is_muted("region", [index.region]))
                known.put(alert)
                yield alert


def _surprise(rule: AlertRule, surprise: Surprise, index: RegionIndex, ground: Ground) -> Alert:
    key = f"{rule.id}|surprise|{index.region}|{surprise.family}|{surprise.day}"
    return Alert(
        id=alert_id(key), rule=rule.id, key=key, at=ground.now, region=index.region, event=None,
        family=surprise.family, stage="surprise", title=say.surprise_title(surprise, ground.region_name(index.region)),
        text=say.surprise_text(surprise, index, rule.name),
    )  # fmt: skip


def _crossings(
    rule: AlertRule, threshold: float, indexes: Sequence[RegionIndex], ground: Ground, known: Known
) -> tuple[list[Alert], RuleState]:
    """From below: what was above when the rule was made has not crossed."""
    state, raised = ground.states[rule.id], list[Alert]()
    if ground.now < state.since + SETTLING:
        return raised, replace(state, above=tuple(sorted(i.region for i in indexes if i.conflict >= threshold)))
    above = set(state.above)
    for index in indexes:
        if index.region in above:
            if index.conflict < AGAIN_BELOW * threshold and not index.coverage.blind:
                above.discard(index.region)
        elif index.conflict >= threshold:
            above.add(index.region)
            key = f"{rule.id}|intensity|{index.region}|{ground.now:%Y-%m-%dT%H:%M:%S.%fZ}"
            alert = Alert(
                id=alert_id(key), rule=rule.id, key=key, at=ground.now, region=index.region, event=None,
                stage="intensity", title=say.intensity_title(index, threshold, ground.region_name(index.region)),
                text=say.intensity_text(index, rule.name),
            )  # fmt: skip
            alert = _with_fate(alert, rule, ground, known, is_muted=ground.is_muted("region", [index.region]))
            known.put(alert)
            raised.append(alert)
    return raised, replace(state, above=tuple(sorted(above)))


# ------------------------------------------------------------------ what becomes of it


def _with_fate(alert: Alert, rule: AlertRule, ground: Ground, known: Known, *, is_muted: bool) -> Alert:
    """Sent now, after the quiet hours, or not at all."""
    if is_muted or ground.is_muted("rule", [rule.id]):
        return replace(alert, withheld="muted")
    last = known.last(rule.id, scope(alert))
    if last is not None and last.sent <= ground.now < last.sent + timedelta(seconds=rule.cooldown):
        return replace(alert, withheld="cool-down")
    if last is not None and last.withheld:
        alert = replace(alert, text=f"{alert.text}\n{say.since_words(last.withheld, last.sent)}")
    return replace(alert, held_until=held_until(rule.quiet, ground.now, ground.zone))
