"""Articles, the events that they tell, and the ground that decisions on them stand on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from tensionwatch.alerts.decide import Ground, of_events, renewed
from tensionwatch.alerts.known import Known
from tensionwatch.alerts.records import Alert, AlertRule, Mute, RuleState
from tensionwatch.events import Ledger
from tensionwatch.model import Article, Event, Flag
from tests.builders import NOON, a_flag, an_article

ANY = AlertRule(id="any", name="Any")
TWO = AlertRule(id="two", name="Two", publishers=2)
LONG_AGO = NOON - timedelta(days=365)


def report(number: int, hours: float, publisher: str, *flags: Flag, **changes: Any) -> Article:
    """Its words are its own: it is nobody's near-copy."""
    words = " ".join(f"{word}{number}" for word in ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta"))
    article = an_article(f"a{number:03}", *(flags or (a_flag(),)), hours=hours, publisher=publisher, title=words)
    return replace(article, feed=publisher.partition(".")[0], **changes)


def mute(what: str, name: str, *, hours: float | None = None, at: datetime = NOON) -> Mute:
    until = None if hours is None else at + timedelta(hours=hours)
    return Mute(id=f"{what}-{name}", what=what, name=name, at=at, until=until)  # type: ignore[arg-type]  # by name


class World:
    """Some rules, and what they have raised so far."""

    def __init__(self, *rules: AlertRule, since: datetime = LONG_AGO, now: datetime = NOON) -> None:
        self.rules = rules
        self.states: dict[str, RuleState] = {state.rule: state for state in renewed(rules, lambda _: None, since)}
        self.mutes: list[Mute] = []
        self.now = now
        self.ledger = Ledger()
        self.articles: dict[str, Article] = {}
        self.known = Known()
        self.raised: list[Alert] = []
        self.regions: Sequence[str] = ("korea",)

    @property
    def ground(self) -> Ground:
        return Ground(
            rules=self.rules, states=self.states, mutes=self.mutes, now=self.now, zone=None,
            regions_of=lambda _: self.regions, region_name=str.title, place_name=str.upper,
            article=self.articles.get, held=lambda event: event,
        )  # fmt: skip

    def comes(self, *articles: Article) -> list[Alert]:
        """Take in reports; gives what is raised by them."""
        self.articles |= {article.id: article for article in articles}
        return self.decide(self.ledger.update(articles).events)

    def decide(self, events: Iterable[Event]) -> list[Alert]:
        fresh = of_events(events, self.ground, self.known)
        self.raised += fresh
        return fresh

    def look_at_all(self) -> list[Alert]:
        """As at a start."""
        return self.decide(self.ledger)

    def restart(self) -> None:
        """All that is remembered is what is kept: the alerts, and the events as they are."""

        def articles_of(event_id: str) -> Sequence[str]:
            event = self.ledger.told.get(event_id)
            return () if event is None else event.articles

        self.known = Known(self.raised, articles_of)
