"""What feeds are read decides how sure the index is, not what it says: over a made-up newsroom, polled day by day."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from tensionwatch.index.records import Coverage, RegionIndex
from tensionwatch.model import Feed, Fetched, Kind, ReadEntry
from tensionwatch.rules.atlas import load_atlas
from tensionwatch.store import Store
from tensionwatch.watch import Watch
from tests.builders import NOON, FixedClock, a_feed, a_flag, an_entry
from tests.test_watch import KOREA, a_config

ATLAS = load_atlas()
DAYS = 34
PAPERS = [a_feed(f"paper{n}", publisher=f"paper{n}.example") for n in range(30)]
TWIN = a_feed("twin", publisher="paper0.example")
"""A second feed of a publisher, with the same stories."""
COPYIST = a_feed("copyist", publisher="copyist.example")
"""Another's words."""
VISIT = a_flag("JPN", "KOR", kind=Kind.DIPLOMATIC_VISIT, code="043")
WORDS = "ash bay cod dam elm fig gum hay ivy jet kiln lamp mast nut oak peg quay reed sail tar urn vat wall yew".split()


def entries(feed: Feed, day: int) -> Iterator[ReadEntry]:
    """Every third day all tell a crossing, today more; every fifth a visit. The other news is the paper's own."""
    source = PAPERS[0] if feed in (TWIN, COPYIST) else feed
    told = [a_flag(place="korean-dmz")] if day % 3 == 1 else []
    if day == 0:
        told = [a_flag(place="korean-dmz"), a_flag("KOR", "PRK", place="nll", code="193"), a_flag(kind=Kind.THREAT)]
    told += [VISIT] if day % 5 == 0 else []
    for number in range(5 + PAPERS.index(source) % 3):
        rng = random.Random(f"{source.id} {day} {number}")
        title = " ".join(rng.choices(WORDS, k=12))
        link = f"https://{feed.publisher}/{day}/{number}"
        entry = an_entry(title, entry_id=link, link=link, published=NOON - timedelta(days=day, minutes=number))
        entry = replace(entry, summary=" ".join(rng.choices(WORDS, k=20)))
        yield ReadEntry(entry=entry, hash=title, flags=tuple(told[number : number + 1]))


def read(feeds: Sequence[Feed]) -> RegionIndex:
    """Poll them every day for so many days; what the index then says of Korea."""
    clock = FixedClock()
    config = replace(a_config(Path("unused")), feeds=tuple(feeds))
    with Store.in_memory() as store:
        watch = Watch(store, config, ATLAS, clock)
        for day in reversed(range(DAYS)):
            clock.at = NOON - timedelta(days=day)
            for feed in feeds:
                new = tuple(entries(feed, day))
                hashes = tuple(each.hash for each in new)
                watch.accept(
                    Fetched(feed=feed.id, at=clock.at, result="ok", body_hash=str(day), entries=new, seen=hashes),
                    jitter=0.5,
                )
        clock.pass_time(hours=1)
        return next(index for index in watch.index() if index.region == "korea")


@pytest.fixture(scope="module")
def usual() -> RegionIndex:
    return read(PAPERS)


def test_the_newsroom_has_something_to_say(usual: RegionIndex) -> None:
    incidents = next(each for each in usual.surprises if each.family == "incident")
    assert (usual.history_days, usual.level.publishers, usual.coverage) == (31, 30, Coverage(fresh=30, feeds=30))
    assert (incidents.count, incidents.events) == (30, 1)
    assert usual.conflict > 1
    assert usual.cooperation > 0
    assert usual.level.value is not None
    assert usual.level.value > 200


@pytest.mark.parametrize("duplicate", [TWIN, COPYIST], ids=["of the same publisher", "with another's words"])
def test_a_duplicate_feed_moves_no_number_by_a_hundredth(usual: RegionIndex, duplicate: Feed) -> None:
    found = read([*PAPERS, duplicate])
    assert found.surprises == usual.surprises
    assert numbers(found) == pytest.approx(numbers(usual), rel=0.01)


def test_losing_one_of_thirty_moves_no_number_by_a_hundredth_but_the_count_of_voices(usual: RegionIndex) -> None:
    found = read(PAPERS[1:])
    assert numbers(found) == pytest.approx(numbers(usual), rel=0.01)
    for one, other in zip(found.surprises, usual.surprises, strict=True):
        assert (one.family, one.events, one.usual_events, one.alarm) == (
            other.family, other.events, other.usual_events, other.alarm,
        )  # fmt: skip
        assert one.count == other.count * 29 / 30


def numbers(index: RegionIndex) -> list[float]:
    level = index.level
    return [
        index.conflict,
        index.cooperation,
        *index.trend,
        *(x or 0.0 for x in (level.value, level.share, level.usual)),
    ]


# ------------------------------------------------------------------ coverage


def coverage(feeds: Sequence[Feed], tags: tuple[str, ...], fresh: Sequence[Feed]) -> Coverage:
    config = replace(a_config(Path("unused")), feeds=tuple(feeds), regions=(replace(KOREA, tags=tags),))
    with Store.in_memory() as store:
        watch = Watch(store, config, ATLAS, FixedClock())
        for feed in fresh:
            watch.accept(Fetched(feed=feed.id, at=NOON, result="ok", body_hash="b", seen=()), jitter=0.5)
        return watch.index()[0].coverage


ASIA, WORLD = a_feed("asia", tags=("asia",)), a_feed("world", tags=("world", "asia"))
OFF = a_feed("off", tags=("asia",), enabled=False)
SEA = a_feed("sea", tags=("sea",))


def test_a_region_without_tags_is_covered_by_every_enabled_feed() -> None:
    assert coverage([ASIA, WORLD, OFF, SEA], (), [ASIA]) == Coverage(fresh=1, feeds=3)


def test_a_region_with_tags_is_covered_by_the_feeds_that_have_one_of_them() -> None:
    found = coverage([ASIA, WORLD, OFF, SEA], ("asia",), [ASIA, SEA])
    assert (found, found.blind) == (Coverage(fresh=1, feeds=2), False)


def test_a_region_whose_tags_no_enabled_feed_has_is_covered_by_all() -> None:
    assert coverage([ASIA, OFF, SEA], ("africa",), [ASIA]) == Coverage(fresh=1, feeds=2)
    assert coverage([OFF, SEA], ("asia",), [SEA]) == Coverage(fresh=1, feeds=1)


def test_below_half_of_its_feeds_a_region_is_blind() -> None:
    assert coverage([ASIA, WORLD, SEA], (), [SEA]).blind
    assert coverage([], (), []).blind
