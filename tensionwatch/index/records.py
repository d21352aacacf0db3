"""What the index says: records without behaviour. Times are aware datetimes in UTC; unknown is None."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from tensionwatch.model import Record


class Weighed(Record, frozen=True, kw_only=True):
    """One event's part in a region's intensity: `weight · credence · decay`."""

    event: str
    at: datetime
    """When it happened."""
    score: float
    """Goldstein's, −10 to 10."""
    weight: float
    """|score| / 10."""
    publishers: int
    """Independent voices."""
    credence: float
    """1 − 0.5^publishers."""
    decay: float
    """2^(−age / 48 h)."""
    part: float
    """Their product."""


class Surprise(Record, frozen=True, kw_only=True):
    """A day's count of one series, a region's family, against its usual: the tail of a negative binomial."""

    family: str
    """`incident`, `visit` or a kind."""
    day: date
    """A day of UTC; the running one too."""
    count: int
    """Pairs of an event and an independent publisher, first reported on that day, of events with two publishers."""
    events: int
    """Events among them."""
    usual_events: float
    """Events of such a day in `memory` days, on average: the figure that is put in words."""
    memory: int
    """Days of the second tail's baseline: 56, or up to 364 of what is rare."""
    days: int
    """Of the baseline: 56, or what there is."""
    mean: float
    variance: float
    dispersion: float
    low: int
    high: int
    """The 90 % interval of the count: 5 % of such days are below, 5 % above, at most."""
    tail: float
    """P(X ≥ count)."""
    clumped: float
    """The same where pairs come in clumps, several from one event."""
    alarm: bool
    """Both are below 0.001, and there is a history."""

    @property
    def chance(self) -> float:
        """Of so many: the larger of the two, by which days are ordered."""
        return max(self.tail, self.clumped)


class Level(Record, frozen=True, kw_only=True):
    """Today's share of news that tells of conflict in the region; 100 is the mean of the baseline."""

    value: float | None
    """None where it is unknown."""
    why: str
    """Why it is unknown, in words; empty where it is known."""
    publishers: int
    """Those present on 80 % of the baseline's days and today: it is averaged over them."""
    share: float | None
    """Today's share, averaged over them, 0 to 1."""
    usual: float | None
    """The same over the baseline."""


class Coverage(Record, frozen=True, kw_only=True):
    fresh: int
    """Feeds of the region that succeeded within max(2 × their interval, 1 h)."""
    feeds: int
    """Enabled feeds of the region."""

    @property
    def share(self) -> float:
        return self.fresh / self.feeds if self.feeds else 0.0

    @property
    def blind(self) -> bool:
        """Below half of the feeds: the numbers are greyed."""
        return self.share < 0.5


class RegionIndex(Record, frozen=True, kw_only=True):
    """All that the index says of a region now."""

    region: str
    at: datetime
    conflict: float
    """Intensity of conflict."""
    cooperation: float
    trend: tuple[float, ...]
    """Conflict at the end of each half day of the last 7, oldest first: 14 numbers, the last one as of now."""
    level: Level
    surprises: tuple[Surprise, ...]
    """Of each family, most surprising first."""
    yesterday: tuple[Surprise, ...] = ()
    """Alarms of the day before: a second publisher may have come after midnight."""
    history_days: int
    """Days of the baseline that there is news of."""
    learning: bool
    """History is shorter than 28 days: `surprises` raise no alarm."""
    coverage: Coverage

    @property
    def word(self) -> Literal["learning", "calm", "unusual"]:
        if self.learning:
            return "learning"
        return "unusual" if any(each.alarm for each in self.surprises) else "calm"


class Explained(Record, frozen=True, kw_only=True):
    """What a region's numbers open into."""

    index: RegionIndex
    conflict: tuple[Weighed, ...]
    """Largest part first; what has decayed below 0.001 is left out, and `rest` is its sum."""
    cooperation: tuple[Weighed, ...]
    rest: float
    cooperation_rest: float
    pairs: dict[str, tuple[tuple[str, str], ...]]
    """Family → the (event, publisher) pairs counted today, in order of time."""
    days: dict[str, tuple[int, ...]]
    """Family → the counts of the days that are remembered, oldest first: the last `Surprise.days` are the baseline."""
    publishers: dict[str, tuple[int, int]]
    """Those that the level is averaged over → their articles of today with a conflict flag of the region, and all."""
