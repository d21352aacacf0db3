"""From the sightings of one block to the occurrences they tell. Pure, and independent of the order of arrival.

The partition is one pass in order of (effective time, article id). Each sighting joins the open occurrence that it
fits best, or begins one:
- an *incident* gathers what is told of compatible place, action and toll within 36 hours of its first report, and
  never spans more: daily shelling is a new incident each day. The other kinds do as incidents do, but that what one
  side does to the other (an attack, a threat, a protest) is never also what the other does to it;
- a *visit* is one visitor (the state, and the person where one is named) to one host: from its first announcement to
  72 hours after the last report of it as actual, and ten days after the first at most. A report that names no person
  joins the best fit.
Undated sightings have no place in time: those of one block are one event, which enters no window.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from tensionwatch.events.sighting import Block, Order, Sighting, sides_of, travellers
from tensionwatch.model import Flag, Kind, Status, Toll

INCIDENT_SPAN = timedelta(hours=36)
VISIT_TAIL = timedelta(hours=72)
"""How long after the last report of it as actual a visit still gathers reports."""
VISIT_LONGEST = timedelta(days=10)
"""Nor is a visit under way for longer than this: where visitors come and go all the time and no report names them, one
would else never end."""
PLAN_HORIZON = timedelta(days=60)
"""How long an announced visit waits for its arrival before a new announcement is another visit."""
OFF_TAIL = timedelta(days=14)
"""How long one that was called off is still talked of before a new announcement is another visit."""
INCIDENT_LEAD, VISIT_LEAD = timedelta(hours=6), timedelta(hours=72)
"""So much earlier than the first report that names both sides may one come that leaves a side open."""
CROSSING_CODES = ("X-CROSS", "X-AIR", "X-SEA")
"""Who crossed outranks who fired: shots at intruders are the response to their crossing."""
MUTUAL = ("incident", Kind.TALKS.value, Kind.MILITARY_COOPERATION.value)
"""Families of which both sides may be the actor of one occurrence: shots answer a crossing, and two sign a pact."""
TOLLS_APART = 3.0
"""Of one occurrence the count of dead grows, but not as a rule by more than this factor within its 36 hours."""
NOTED = 0.2
"""A person is the visitor's when named by this share of the reports that the most named one has."""

Score = tuple[float, ...]


class Cluster:
    """An occurrence as it grows: the sightings, in order, and what they say together."""

    def __init__(self, block: Block, members: Iterable[Sighting] = ()) -> None:
        self.block = block
        self.members: list[Sighting] = []
        self.loose: dict[tuple[str, int], Sighting] = {}
        """Sightings that leave a side open, or doubt, laid to it: they say nothing of what else fits."""
        self.last: datetime | None = None
        self.times: list[datetime] = []
        self.first_actual: datetime | None = None
        self.last_actual: datetime | None = None
        self.last_off: datetime | None = None
        self.places: Counter[str] = Counter()
        self.actions: Counter[str] = Counter()
        self.actors: Counter[str] = Counter()
        self.people: dict[str, Counter[str]] = {}
        """Of a visit, by side."""
        self.killed: list[int] = []
        for sighting in members:
            self.add(sighting)

    @property
    def key(self) -> Order:
        return self.members[0].order

    @property
    def first(self) -> datetime | None:
        return self.members[0].at

    @property
    def days(self) -> set[int]:
        """Of its reports, as ordinals."""
        return {time.toordinal() for time in self.times}

    @property
    def all(self) -> list[Sighting]:
        """With the loose ones, in order."""
        return sorted([*self.members, *self.loose.values()], key=lambda s: s.order) if self.loose else self.members

    def add(self, sighting: Sighting) -> None:
        flag = sighting.flag
        self.members.append(sighting)
        if sighting.at is not None:
            self.last = sighting.at
            self.times.append(sighting.at)
        if flag.status is Status.ACTUAL:
            self.first_actual = self.first_actual or sighting.at
            self.last_actual = sighting.at
        elif flag.status is Status.OFF:
            self.last_off = sighting.at
        if flag.place:
            self.places[flag.place] += 1
        self.actions[action_of(flag)] += 1
        if flag.actor:
            self.actors[flag.actor] += 1
        if self.block.family == "visit":
            for side in self.block.sides:
                if named := travellers(flag, side):
                    self.people.setdefault(side, Counter()).update(named)
        if flag.toll is not None and flag.toll.killed is not None:
            self.killed.append(flag.toll.killed)

    def closes(self) -> datetime | None:
        """Until when it gathers reports; None when undated."""
        if self.first is None or self.last is None:
            return None
        if self.block.family != "visit":
            return self.first + INCIDENT_SPAN
        if self.first_actual is not None and self.last_actual is not None:
            return min(self.last_actual + VISIT_TAIL, self.first_actual + VISIT_LONGEST)
        if self.last_off is not None:
            return self.last_off + OFF_TAIL
        return self.last + PLAN_HORIZON

    def fit(self, sighting: Sighting) -> Score | None:
        """How well the sighting fits, the higher the better; None where it does not. Time is not looked at."""
        if self.block.family == "visit":
            return self._fit_visit(sighting.flag)
        return self._fit_incident(sighting.flag)

    # ---- incidents

    def _fit_incident(self, flag: Flag) -> Score | None:
        if not self._same_way(flag):
            return None
        place = 0.0
        if flag.place is not None and self.places:
            if flag.place not in self.places:
                return None
            place = 1.0
        action = action_of(flag)
        if not place and not _actions_fit(action, self.actions):
            return None
        if not self._toll_fits(flag.toll):
            return None
        return (place, float(self.actions[action] > 0), float(len(self.members)))

    def _same_way(self, flag: Flag) -> bool:
        """Is it the act of the same side? Who strikes back, or answers a threat, does something else."""
        sides = sides_of(flag)
        if self.block.family in MUTUAL or not sides or not self.actors:
            return True
        actor = flag.actor or next((side for side in self.block.sides if side != flag.recipient), None)
        return actor is None or actor in self.actors

    def _toll_fits(self, toll: Toll | None) -> bool:
        if toll is None or toll.killed is None or not self.killed:
            return True
        low, high = min(self.killed), max(self.killed)
        return max(high, toll.killed) <= TOLLS_APART * max(1, min(low, toll.killed))

    # ---- visits

    def _fit_visit(self, flag: Flag) -> Score | None:
        visitor = self.visitor
        hosted = next((side for side in self.block.sides if side != flag.recipient), None)
        guest = flag.actor if flag.actor is not None else hosted
        together = {side: self._together(flag, side) for side in self.block.sides}
        if together.get(guest or "") is False:
            return None
        shared = any(together.values())
        same_way = guest == visitor
        if not same_way and not (together.get(visitor or "") or self._told_otherwise(flag, shared)):
            return None
        return (float(same_way), float(shared), self.last.timestamp() if self.last else 0.0)

    def _told_otherwise(self, flag: Flag, shared: bool) -> bool:
        """May the report have confused guest and host? Nobody returns a visit while it is under way."""
        under_way = self.last_actual is not None and flag.status is Status.ACTUAL
        return under_way and (shared or not flag.people)

    def _together(self, flag: Flag, side: str) -> bool | None:
        """Do both name the same traveller of this side? None where one names nobody."""
        named, known = travellers(flag, side), self._known(side)
        return bool(named & known) if named and known else None

    @property
    def visitor(self) -> str | None:
        """Whom most reports call so; the earliest decides a tie."""
        return max(self.actors, key=lambda side: self.actors[side]) if self.actors else None

    def _known(self, side: str) -> frozenset[str]:
        counted = self.people.get(side)
        if not counted:
            return frozenset()
        least = NOTED * max(counted.values())
        return frozenset(name for name, count in counted.items() if count >= least)


def action_of(flag: Flag) -> str:
    """air, sea, cross or fire; of what is no incident, nothing."""
    if flag.kind is not Kind.BORDER_INCIDENT:
        return ""
    return {"X-AIR": "air", "X-SEA": "sea", "X-CROSS": "cross"}.get(flag.code, "fire")


def _actions_fit(action: str, known: Counter[str]) -> bool:
    """Fire answers any crossing; a crossing by air is not one by sea or on foot."""
    return action == "fire" or action in known or set(known) == {"fire"}


def choose(open_clusters: Iterable[Cluster], sighting: Sighting) -> Cluster | None:
    """The best fit of those still open at its time; the one begun first decides a tie."""
    best: Cluster | None = None
    best_score: Score = ()
    for cluster in open_clusters:
        score = cluster.fit(sighting)
        if score is not None and (best is None or score > best_score):
            best, best_score = cluster, score
    return best


def is_open(cluster: Cluster, at: datetime) -> bool:
    closes = cluster.closes()
    return closes is not None and closes >= at


def pull(cluster: Cluster, sighting: Sighting) -> Pull | None:
    """How strongly an occurrence draws a loose sighting, the higher the better: best fit, then nearest in time, then
    begun first. None where it does not."""
    near = _apart(cluster, sighting.at) if sighting.at is not None else None
    if near is None:
        return None
    if not sides_of(sighting.flag) and sighting.flag.place not in cluster.places:
        return None  # where no side is known, the place must be the same
    score = cluster.fit(sighting)
    return None if score is None else Pull(score[:2], -near, cluster)


class Pull:
    """Ordered by strength; no two clusters pull alike."""

    __slots__ = ("cluster", "strength")

    def __init__(self, score: Score, nearness: timedelta, cluster: Cluster) -> None:
        self.strength = (score, nearness)
        self.cluster = cluster

    def __gt__(self, other: Pull) -> bool:
        if self.strength != other.strength:
            return self.strength > other.strength
        return (self.cluster.key, sorted(self.cluster.block.sides)) < (
            other.cluster.key,
            sorted(other.cluster.block.sides),
        )


def strongest(clusters: Iterable[Cluster], sighting: Sighting) -> Pull | None:
    best: Pull | None = None
    for cluster in clusters:
        drawn = pull(cluster, sighting)
        if drawn is not None and (best is None or drawn > best):
            best = drawn
    return best


def _apart(cluster: Cluster, at: datetime) -> timedelta | None:
    """How far from the cluster's reports; None where it is not of their time. No incident comes to span more than its
    36 hours by it."""
    if cluster.first is None or cluster.last is None:
        return None
    if cluster.block.family == "visit":
        place = bisect_left(cluster.times, at)
        near = min(abs(at - told) for told in cluster.times[max(0, place - 1) : place + 1])
        return near if near <= VISIT_LEAD else None
    earliest = max(cluster.first - INCIDENT_LEAD, cluster.last - INCIDENT_SPAN)
    latest = cluster.first + INCIDENT_SPAN - INCIDENT_LEAD
    return abs(at - cluster.first) if earliest <= at <= latest else None


def partition(block: Block, sightings: Iterable[Sighting]) -> list[Cluster]:
    """The sightings of one block, cut into occurrences; from the beginning."""
    ordered = sorted(sightings, key=lambda s: s.order)
    clusters: list[Cluster] = []
    standing: list[Cluster] = []
    for sighting in ordered:
        if sighting.at is None:
            continue
        standing = [c for c in standing if is_open(c, sighting.at)]
        home = choose(standing, sighting)
        if home is None:
            home = Cluster(block)
            clusters.append(home)
            standing.append(home)
        home.add(sighting)
    if undated := [s for s in ordered if s.at is None]:
        clusters.append(Cluster(block, undated))
    return clusters
