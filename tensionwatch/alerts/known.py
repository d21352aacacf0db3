"""What has been raised before, and how an event is known again by it. State without I/O.

An event keeps its id while reports are added to it. Where it is merged, split or, by new rules, clustered otherwise, it
may get another: then it is known by its reports. It is one that an alert was about where most of its reports are that
alert's, or half of that alert's reports or more are among its own now.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from tensionwatch.alerts.records import Alert
from tensionwatch.model import Event


class _About(NamedTuple):
    """An alert about an event, with its reports as far as they are known now."""

    rule: str
    stage: str
    sides: frozenset[str]
    """Empty where one is unknown."""
    articles: set[str]


class Last(NamedTuple):
    """Of a rule and a pair, or region."""

    sent: datetime
    withheld: int
    """Alerts that the cool-down has held back since."""


class Known:
    def __init__(
        self, alerts: Iterable[Alert] = (), articles_of: Callable[[str], Sequence[str]] = lambda _: ()
    ) -> None:
        """`articles_of` gives the reports of an event as it is now: those that came after an alert on it count too."""
        self._keys: set[str] = set()
        self._about: dict[str, _About] = {}
        self._of_article: dict[str, list[str]] = defaultdict(list)
        self._of_event: dict[tuple[str, str, str], str] = {}
        """Rule, stage and event → alert."""
        self._last: dict[tuple[str, str], Last] = {}
        for alert in sorted(alerts, key=lambda alert: alert.at):
            self.put(alert, articles_of(alert.event) if alert.event is not None else ())

    def __contains__(self, key: object) -> bool:
        """Has an alert of this key been raised?"""
        return key in self._keys

    def put(self, alert: Alert, articles: Iterable[str] = ()) -> None:
        """It has been raised."""
        self._keys.add(alert.key)
        if alert.event is not None:
            sides = frozenset(alert.pair.split("-")) if alert.pair else frozenset()
            self._about[alert.id] = _About(alert.rule, alert.stage, sides, set())
            self._of_event[alert.rule, alert.stage, alert.event] = alert.id
            self._grow(alert.id, (*alert.articles, *articles))
        place, before = (alert.rule, scope(alert)), self._last.get((alert.rule, scope(alert)))
        if not alert.withheld:
            self._last[place] = Last(alert.at, 0)
        elif alert.withheld == "cool-down" and before is not None:
            self._last[place] = Last(before.sent, before.withheld + 1)

    def join(self, articles: Sequence[str]) -> None:
        """An analyst has split or merged what these tell: whoever was told of a part of it was told of all of it."""
        for alert in {alert for article in articles for alert in self._of_article.get(article, ())}:
            self._grow(alert, articles)

    def tells(self, rule: str, stage: str, event: Event) -> bool:
        """Has this rule told of this event at this stage? Its reports are remembered where it has."""
        found = self._find(rule, stage, event)
        if found is None:
            return False
        self._of_event[rule, stage, event.id] = found
        self._grow(found, event.articles)
        return True

    def last(self, rule: str, of: str) -> Last | None:
        """The last alert of a rule and a pair or region (see `scope`) that was sent."""
        return self._last.get((rule, of))

    def _find(self, rule: str, stage: str, event: Event) -> str | None:
        for event_id in (event.id, *event.aliases):
            if (alert := self._of_event.get((rule, stage, event_id))) is not None:
                return alert
        shared: Counter[str] = Counter()
        told = 0
        for article in event.articles:
            alerts = [alert for alert in self._of_article.get(article, ()) if self._may_be(alert, rule, stage, event)]
            shared.update(alerts)
            told += bool(alerts)
        if 2 * told > len(event.articles):
            return shared.most_common(1)[0][0]
        return next((alert for alert, n in shared.most_common() if 2 * n >= len(self._about[alert].articles)), None)

    def _may_be(self, alert: str, rule: str, stage: str, event: Event) -> bool:
        """An article that tells of two countries' clash and of two others' does not make one of them."""
        about = self._about[alert]
        if (about.rule, about.stage) != (rule, stage):
            return False
        return not about.sides or not event.sides or bool(about.sides & event.sides)

    def _grow(self, alert: str, articles: Iterable[str]) -> None:
        known = self._about[alert].articles
        for article in articles:
            if article not in known:
                known.add(article)
                self._of_article[article].append(alert)


def scope(alert: Alert) -> str:
    """What a cool-down is of: the pair, else the region."""
    return alert.pair or alert.region or ""
