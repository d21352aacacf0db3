"""Whatever a watch may meet: news, corrections, the passing of time, months that leave and come back.

For tests that hold what is kept up through all this against what is made afresh.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

from hypothesis import strategies as st
from msgspec.structs import replace

from tensionwatch.config import Config
from tensionwatch.errors import CorrectionRefused
from tensionwatch.model import Batch, Kind
from tensionwatch.rules.atlas import load_atlas
from tensionwatch.store import FollowedStore, Store
from tensionwatch.watch import Watch
from tests.builders import NOON, FixedClock, a_flag, a_visit, an_article
from tests.events.test_ledger import FLAGS
from tests.test_housekeeping import everything
from tests.test_watch import a_config

ATLAS = load_atlas()
CONFIG = a_config(Path("unused"))
PUBLISHERS = [f"p{n}.example" for n in range(7)]


def watch_of(store: Store, clock: FixedClock, config: Config = CONFIG) -> Watch:
    return Watch(store, config, ATLAS, clock)


def settled(watch: Watch) -> Watch:
    for _ in watch.settle():
        pass
    return watch


# ------------------------------------------------------------------ moves

CROSSING, DRILL, VISIT = a_flag(), a_flag("KOR", "USA", kind=Kind.THREAT), a_visit("JPN", "KOR")
FEW_FLAGS = st.sampled_from([CROSSING, CROSSING, DRILL, VISIT])
HOURS = st.builds(
    lambda day, hour: -24 * day + hour, st.sampled_from([0, 0, 1, 2, 3, 5, 40, 80, 250]), st.integers(0, 9)
)
NAMES = st.sampled_from([f"a{n}" for n in range(14)])
NEWS = st.lists(
    st.builds(
        an_article,
        NAMES,
        FEW_FLAGS | FLAGS,
        hours=HOURS,
        dated=st.sampled_from([True, True, True, False]),
        publisher=st.sampled_from(PUBLISHERS[:4]),
        title=st.sampled_from(
            [
                "Seoul fires warning shots after a dozen soldiers cross the demarcation line",
                "Seoul fires warning shots after some dozen soldiers cross the demarcation line today",
                "The minister comes to the capital on Monday for three days of talks on trade",
            ]
        ),
    ),
    max_size=6,
)
TWO_FLAGS = st.lists(st.builds(an_article, NAMES, FEW_FLAGS, FLAGS, hours=HOURS), max_size=3)
PLAIN = st.lists(st.builds(an_article, NAMES, hours=HOURS, publisher=st.sampled_from(PUBLISHERS[:4])), max_size=6)
MOVES = st.one_of(
    NEWS,
    NEWS,
    TWO_FLAGS,
    PLAIN,
    st.floats(-30, 100),
    st.sampled_from([*Kind]),
    st.sampled_from(["split", "merge", "remove"]),
)


BUSY = [
    *(an_article(f"plain{day}", hours=-24 * day, publisher=PUBLISHERS[day % 3]) for day in range(45)),
    *(
        an_article(f"a{4 * n + place}", flag, hours=-24 * day + place, publisher=publisher)
        for n, (day, flag) in enumerate([(0, CROSSING), (5, CROSSING), (40, DRILL)])
        for place, publisher in enumerate(PUBLISHERS[:4])
    ),
]
"""Three events of four voices each, in a history of 45 days."""


def carry_out(move: object, watch: Watch, store: Store, clock: FixedClock) -> None:
    if isinstance(move, list):
        watch._chronicle.take(Batch(articles=tuple(move)))
    elif isinstance(move, Kind):
        for article in list(store.articles())[:3]:
            watch.mark_wrong(article.id, move, move not in article.wrong)
    elif isinstance(move, float):
        clock.pass_time(hours=move)
    else:
        events = watch.events(limit=2)
        try:
            if move == "split" and events:
                watch.split(events[0].id, events[0].articles[:1])
            elif move == "merge" and len(events) == 2:
                watch.merge([event.id for event in events])
            elif move == "remove" and not watch.corrections:
                gone = [i for i in list(store.order.oldest())[:4] if not watch.events_of(i)]
                watch._chronicle.remove(gone, [], for_good=len(gone))
        except CorrectionRefused:
            return


# ------------------------------------------------------------------ months

KEEPING = replace(CONFIG, storage=replace(CONFIG.storage, keep_unflagged_days=36_500, keep_flagged_days=36_500))
"""Nothing is removed: of an article that came back, changed and was removed, a month's file has the old form again."""
MONTH_MOVES = st.one_of(
    NEWS,
    PLAIN,
    st.sampled_from([5.0, 24.0 * 15, 24.0 * 40, 24.0 * 95, 24.0 * 400]),
    st.sampled_from(["tidy", "tidy", "recall", "reopen"]),
)


def _dated_as_before(move: object, store: Store) -> object:
    """An article of another month would be in two files."""
    if not isinstance(move, list):
        return move
    known = ((article, store.article(article.id)) for article in move)
    return [replace(a, effective=b.effective, first_seen=b.first_seen) if b is not None else a for a, b in known]


class Months:
    """A watch over a folder that months leave and come back to, and another that follows it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._clock = FixedClock(NOON + timedelta(hours=20))
        self.store = Store.open(folder)
        self.watch = settled(self.afresh())
        self._followed = FollowedStore.follow(folder)
        self._follower = watch_of(self._followed, self._clock, KEEPING)

    def carry_out(self, move: object) -> None:
        if move == "reopen":
            self.store.close()
            self.store = Store.open(self._folder)
            self.watch = settled(self.afresh())
        elif move == "tidy":
            asyncio.run(self.watch.housekeeper.once())
        elif move == "recall":
            old = sorted(everything(self.store).keys() - set(self.store.order.oldest()))
            self.watch.mark(old[:2], starred=True)
        else:
            carry_out(_dated_as_before(move, self.store), self.watch, self.store, self._clock)

    def afresh(self) -> Watch:
        return watch_of(self.store, self._clock, KEEPING)

    def follower(self) -> Watch:
        """Once it has read all that was written."""
        for _ in self._follower.follow(self._followed.fetch()):
            pass
        return self._follower

    def close(self) -> None:
        self._followed.close()
        self.store.close()
