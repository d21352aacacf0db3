"""Alerts at work: raises what is to be raised, keeps it, and lets it be looked up, acknowledged and muted.

    watch ──what changed──▶ waiting ──a second later──▶ decide (pure) ─▶ store: alerts + deliveries, one record
                                                                        ├▶ the screen: one banner
                                                                        └▶ the outbox: what waits is sent

Changes are gathered and looked at once a second, some events between two turns of the loop. What is waiting to be
looked at is lost with the process, and no harm done: at a start all events of the last 72 hours are looked at, and
what has been raised of them is in the store.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Final, cast, get_args

from msgspec.structs import replace

from tensionwatch.alerts.decide import MEMORY, Ground, alert_id, in_force, of_events, of_numbers, renewed
from tensionwatch.alerts.digest import deliveries_of, message_words
from tensionwatch.alerts.hours import zone
from tensionwatch.alerts.known import Known
from tensionwatch.alerts.records import Alert, AlertRule, Delivery, Mute, Muted, Raised, RuleState
from tensionwatch.breath import Pace
from tensionwatch.clock import Clock
from tensionwatch.config import Config
from tensionwatch.errors import StoreError
from tensionwatch.exchange import ELSEWHERE, AlertStatus
from tensionwatch.logbook import LOG
from tensionwatch.model import Event, Telling
from tensionwatch.ports import Outbox
from tensionwatch.store import Store
from tensionwatch.watch import Watch
from tensionwatch.words import counted

AT_MOST_EVERY: Final = 1.0
"""Seconds between two looks at what has changed."""
AT_LEAST_EVERY: Final = 60.0
"""Seconds: intensity fades without any news."""
LOOKED_AT: Final = 20
"""Events looked at between two turns of the loop: 2 ms, most of them without an alert."""
KEPT: Final = 50
"""Alerts kept in one record: 5 ms."""
_ALL: Final = 1_000_000_000


class AlertBook:
    """What was raised, for whoever looks: in the process that raises it, and in one that follows that, where whatever
    would change something raises StoreFollowed."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._kept = store.alerts
        self._clock = clock

    def status(self) -> AlertStatus:
        unseen = self._kept.unseen
        return AlertStatus(
            unseen=len(unseen),
            latest=unseen[0] if unseen else None,
            undelivered=len(self._kept.open_deliveries),
            failed=len(self._kept.unseen_failures),
            mutes=len(self.mutes()),
        )

    def alerts(self, limit: int = 200) -> list[Alert]:
        return self._kept.newest[:limit]

    def deliveries(self, alert_id: str) -> list[Delivery]:
        return self._kept.deliveries_of(alert_id)

    def acknowledge(self, alert_ids: Sequence[str], *, seen: bool = True) -> None:
        self._kept.acknowledge(alert_ids, self._clock.now() if seen else None)
        self._has_changed()

    def mutes(self) -> list[Mute]:
        now = self._clock.now()
        found = (mute for mute in self._kept.mutes() if in_force(mute, now))
        return sorted(found, key=lambda mute: (mute.until is None, mute.until or now, mute.name))

    def mute(self, what: str, name: str, length: timedelta | None) -> Mute:
        """One in force gets another end. Raises ValueError where that is no thing to mute."""
        if what not in get_args(Muted):
            raise ValueError(f"not to be muted: {what}")
        now = self._clock.now()
        name = "-".join(sorted(name.split("-"))) if what == "pair" else name
        until = None if length is None else now + length
        before = next((mute for mute in self.mutes() if (mute.what, mute.name) == (what, name)), None)
        if before is not None:
            mute = replace(before, until=until)
        else:
            mute_id = alert_id(f"{what}|{name}|{now.isoformat()}")
            mute = Mute(id=mute_id, what=cast("Muted", what), name=name, at=now, until=until)
        self._kept.keep_mute(mute)
        self._has_changed()
        return mute

    def unmute(self, mute_id: str) -> None:
        """It ends now; what came while it was in force stays as it was dealt with. No harm where there is none."""
        for mute in self.mutes():
            if mute.id == mute_id:
                self._kept.keep_mute(replace(mute, until=self._clock.now()))
                self._has_changed()

    def _has_changed(self) -> None:
        """Whoever shows it may want to know."""


class AlertKeeper(AlertBook):
    """Alerting, in the process that writes the store. `begin` before events change, then `run` until cancelled, or
    `once`."""

    def __init__(
        self,
        watch: Watch,
        config: Config,
        clock: Clock,
        outbox: Outbox | None = None,
    ) -> None:
        """Without an outbox what is to be delivered waits for one."""
        super().__init__(watch.store, clock)
        self._watch = watch
        self._outbox = outbox
        self._all_rules = config.alerts
        self._rules = {rule.id: rule for rule in config.alerts if rule.enabled}
        self._zone = zone(config.ui.timezone)
        self._region_names = {region.id: region.name for region in config.regions} | {ELSEWHERE: "Elsewhere"}
        self._order = {region: number for number, region in enumerate(self._region_names)}
        self._known: Known | None = None
        """None until it is made of what is kept."""
        self._waiting: dict[str, None] = {}
        """Events that have changed."""
        self._begun: datetime | None = None
        self._rules_are_kept = False
        self._woken = asyncio.Event()
        self._pace = Pace()
        self._trouble = ""

    def begin(self) -> None:
        """Hear what changes from now on, beside the events of the last 72 hours. Before anything changes: how reports
        are bundled into events may be otherwise a moment later, and what has been told is known by them."""
        if self._begun is not None:
            return
        self._begun = self._clock.now()
        self._known = self._remembered()
        recent = self._watch.events(since=self._begun - MEMORY, limit=_ALL) if self._rules else []
        self._waiting = {event.id: None for event in reversed(recent)}
        self._watch.hear_events(self._hear)
        self._watch.subscribe(lambda _: self._woken.set())

    def rules(self) -> Sequence[AlertRule]:
        return self._all_rules

    async def run(self, tell: Callable[[Raised], None]) -> None:
        """Raise what is to be raised and deliver it, until cancelled; `tell` hears of what is raised together."""
        self.begin()
        async with asyncio.TaskGroup() as group:
            if self._outbox is not None:
                group.create_task(self._outbox.run())
            while True:
                self._woken.clear()
                await self._look(tell)
                await asyncio.sleep(AT_MOST_EVERY)
                # Not wait_for: in Python 3.11 that loses a cancellation that comes with what it waits for, and the
                # program then never ended.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(AT_LEAST_EVERY):
                        await self._woken.wait()

    async def once(self) -> Sequence[Alert]:
        """Raise what is to be raised now, and deliver what is due; gives what was raised. Raises StoreError."""
        self.begin()
        raised: list[Alert] = []
        await self._raise(raised)
        if self._outbox is not None:
            await self._outbox.flush()
        return raised

    # ---------------------------------------------------------------- raising

    async def _look(self, tell: Callable[[Raised], None]) -> None:
        raised: list[Alert] = []
        try:
            await self._raise(raised)
            self._trouble = ""
        except StoreError as error:  # a full disk may have room again: nothing is raised that is not kept
            if str(error) != self._trouble:
                LOG.error("alerts wait: they cannot be kept: %s", error)
            self._trouble = str(error)
        if sent := tuple(alert for alert in raised if not alert.withheld):
            tell(Raised(alerts=sent, title=message_words(sent)[0], bell=any(map(self._is_heard, sent))))

    def _is_heard(self, alert: Alert) -> bool:
        return self._rules[alert.rule].bell and alert.held_until is None

    async def _raise(self, raised: list[Alert]) -> None:
        """Those that are raised, and kept, are added to the list, whatever becomes of the next ones."""
        self._keep_rules()
        try:
            while self._waiting:
                raised += await self._of_some()
            raised += await self._of_numbers()
        finally:
            if raised:
                LOG.info("alerts: %s raised", counted(len(raised), "alert"))
                self._has_changed()
                if self._outbox is not None:
                    self._outbox.wake()

    def _keep_rules(self) -> None:
        """From when on those speak that are new: from the beginning of this run."""
        if not self._rules_are_kept:
            states = renewed(self._all_rules, self._kept.state, self._begun or self._clock.now())
            self._kept.keep(states=states, forgotten=self._kept.rules.difference(rule.id for rule in self._all_rules))
            self._rules_are_kept = True

    async def _of_some(self) -> list[Alert]:
        """Look at events until there is enough to keep, or none left."""
        known, done, raised = self._remembers(), list[str](), list[Alert]()
        try:
            while self._waiting and len(raised) < KEPT:
                some = list(islice(self._waiting, LOOKED_AT))
                for event_id in some:
                    del self._waiting[event_id]
                done += some
                events = {event.id: event for event in map(self._watch.told, some) if event is not None}
                raised += of_events(events.values(), self._ground(), known)
                await self._pace.breathe()
            self._keep(raised)
        except BaseException:  # nothing of it is kept: all of it is looked at again
            self._waiting = dict.fromkeys(done) | self._waiting
            self._known = None
            raise
        return raised

    async def _of_numbers(self) -> list[Alert]:
        """What is not counted yet would be taken for a fall, and then for a rise: before all is, none is looked at."""
        if not self._watch.is_ready or not any(r.surprise or r.intensity is not None for r in self._rules.values()):
            return []
        for _ in self._watch.prepare_index():
            await self._pace.breathe()
        try:
            alerts, states = of_numbers(self._watch.index(), self._ground(), self._remembers())
            self._keep(alerts, states)
        except BaseException:
            self._known = None
            raise
        return alerts

    def _keep(self, alerts: Sequence[Alert], states: Iterable[RuleState] = ()) -> None:
        deliveries = [each for alert in alerts for each in deliveries_of(alert, self._rules[alert.rule])]
        self._kept.keep(alerts, deliveries, states)

    # ---------------------------------------------------------------- what decisions stand on

    def _ground(self) -> Ground:
        states = {rule: state for rule in self._rules if (state := self._kept.state(rule)) is not None}
        return Ground(
            rules=[rule for rule in self._rules.values() if rule.id in states],
            states=states,
            mutes=self._kept.mutes(),
            now=self._clock.now(),
            zone=self._zone,
            regions_of=self._regions_of,
            region_name=lambda region: self._region_names.get(region, region),
            place_name=self._watch.place_name,
            article=self._watch.article,
            held=self._watch.held,
        )

    def _regions_of(self, event: Event) -> list[str]:
        return sorted(self._watch.regions_of(event), key=self._order.__getitem__)

    def _remembers(self) -> Known:
        if self._known is None:
            self._known = self._remembered()
        return self._known

    def _remembered(self) -> Known:
        def articles_of(event_id: str) -> Sequence[str]:
            event = self._watch.told(event_id)
            return () if event is None else event.articles

        known = Known(self._kept, articles_of)
        for correction in self._watch.corrections:  # of another process, perhaps, since the alert
            known.join([article for group in correction.groups for article in group])
        return known

    def _hear(self, told: Telling) -> None:
        if self._rules:
            self._waiting.update(dict.fromkeys(event.id for event in told.events))

    def _has_changed(self) -> None:
        self._watch.changed()


class AlertsElsewhere(AlertBook):
    """Alerting where another process raises them: it shows what that keeps, and keeps nothing."""

    def __init__(self, watch: Watch, config: Config, clock: Clock) -> None:
        super().__init__(watch.store, clock)
        self._watch = watch
        self._rules: dict[str, AlertRule] = {rule.id: rule for rule in config.alerts}

    def rules(self) -> Sequence[AlertRule]:
        return tuple(self._rules.values())

    async def run(self, tell: Callable[[Raised], None]) -> None:
        """Until cancelled; `tell` hears of what appears together."""
        woken = asyncio.Event()
        leave = self._watch.subscribe(lambda _: woken.set())
        known = {alert.id for alert in self._kept}
        try:
            while True:
                await woken.wait()
                woken.clear()
                alerts = tuple(alert for alert in self._kept if alert.id not in known and not alert.withheld)
                known = {alert.id for alert in self._kept}
                if alerts:
                    tell(Raised(alerts=alerts, title=message_words(alerts)[0], bell=any(map(self._is_heard, alerts))))
                await asyncio.sleep(AT_MOST_EVERY)
        finally:
            leave()

    def _is_heard(self, alert: Alert) -> bool:
        rule = self._rules.get(alert.rule)
        return alert.held_until is None and (rule is None or rule.bell)
