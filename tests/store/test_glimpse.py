"""What is shown of a store before it is read: right in every number, or not there."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

import tensionwatch.store.glimpse as glimpses
from tensionwatch.chronicle import Chronicle
from tensionwatch.errors import StoreUnread
from tensionwatch.exchange import Known
from tensionwatch.model import Batch
from tensionwatch.store import FollowedStore, Store
from tensionwatch.store.glimpse import GLIMPSE
from tensionwatch.store.glimpsed import Glimpse
from tensionwatch.store.journal import JOURNAL, ROTATED, SNAPSHOT
from tensionwatch.watch import Watch
from tests.builders import NOON, FixedClock, a_flag, a_visit, an_article
from tests.tui.tension import alert
from tests.tui.world import SmallAtlas, World

from .following import storage_of
from .samples import FoldHere, state
from .test_followed_whatever import FollowMachine

FEW = 2


@pytest.fixture(autouse=True)
def of_small_stores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glimpses, "FROM", 0)
    monkeypatch.setattr(glimpses, "NEWEST", FEW)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON + timedelta(hours=1))


@pytest.fixture
def folder(tmp_path: Path, clock: FixedClock) -> Path:
    """A month of crossings and visits, the last today; with a snapshot and a journal."""
    folder = tmp_path / "store"
    with Store.open(folder, clock=clock) as store:
        chronicle = Chronicle(store)
        for day in range(30):
            told = an_article(f"crossing{day}", a_flag(), hours=-24 * day, title=f"Patrol {day} crosses the line")
            chronicle.take(Batch(articles=(told,), feed_states=(state("one", articles=day),)))
        storage_of(store).compact()
        visit = an_article("visit", a_visit(), hours=-2, title="Minister lands")
        chronicle.take(Batch(articles=(visit, an_article("plain"))))
        store.alerts.keep((alert(1),))
    return folder


def assert_says_what_there_is(folder: Path, clock: FixedClock) -> Known:
    """Every number of the first screen is the one that the whole store gives, or none is known."""
    found = Glimpse.of(folder, clock)
    if found.known is Known.NOTHING:
        assert not len(found)
        return found.known
    config = World().config
    with FollowedStore.follow(folder) as whole:
        part, all_there_is = (Watch(store, config, SmallAtlas(), clock) for store in (found, whole))
        assert part.regions() == all_there_is.regions()
        assert part.events(limit=FEW) == all_there_is.events(limit=FEW)
        assert part.feed_rows() == all_there_is.feed_rows()
        assert list(part.corrections) == list(all_there_is.corrections)
        assert found.alerts.newest == whole.alerts.newest
        assert found.months.known == whole.months.known
    return found.known


def test_it_says_what_the_whole_store_says(folder: Path, clock: FixedClock) -> None:
    assert assert_says_what_there_is(folder, clock) is Known.NEWEST
    found = Glimpse.of(folder, clock)
    assert 8 < len(found) < 15, "a week of thirty days"
    assert found.order.first() >= NOON - timedelta(days=8)


def test_what_was_committed_since_is_in_it(folder: Path, clock: FixedClock) -> None:
    with Store.open(folder, clock=clock) as store:
        told = an_article("again", a_flag(), hours=1, title="Shots at the line")
        Chronicle(store).take(Batch(articles=(told,)))
        shutil.copytree(folder, folder.with_name("killed"))
    assert assert_says_what_there_is(folder.with_name("killed"), clock) is Known.NEWEST
    assert "again" in Glimpse.of(folder.with_name("killed"), clock)


def test_it_is_right_however_much_later_the_screen_is_opened(folder: Path, clock: FixedClock) -> None:
    for _ in range(12):
        clock.pass_time(days=3)
        assert assert_says_what_there_is(folder, clock) is Known.NEWEST


def test_there_is_none_for_a_clock_that_went_back(folder: Path, clock: FixedClock) -> None:
    clock.pass_time(seconds=-1)
    assert Glimpse.of(folder, clock).known is Known.NOTHING


def test_there_is_none_after_a_crash_in_or_after_a_compaction(folder: Path, clock: FixedClock) -> None:
    killed = folder.with_name("killed")
    with Store.open(folder, clock=clock) as store:
        for _ in storage_of(store).compaction(FoldHere()):
            shutil.copytree(folder, killed)
            assert Glimpse.of(killed, clock).known is Known.NOTHING
            shutil.rmtree(killed)
    assert assert_says_what_there_is(folder, clock) is Known.NEWEST, "it was closed in order"


def test_there_is_none_of_other_files_than_those_it_was_made_of(folder: Path, clock: FixedClock) -> None:
    kept = (folder / GLIMPSE).read_bytes()
    with Store.open(folder, clock=clock) as store:
        storage_of(store).compact()
    (folder / GLIMPSE).write_bytes(kept)
    assert Glimpse.of(folder, clock).known is Known.NOTHING


@pytest.mark.parametrize("gone", [SNAPSHOT, JOURNAL, GLIMPSE])
def test_there_is_none_where_a_file_is_gone(folder: Path, clock: FixedClock, gone: str) -> None:
    (folder / gone).unlink()
    assert Glimpse.of(folder, clock).known is Known.NOTHING


def test_there_is_none_of_another_program(folder: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glimpses, "__version__", "0.0.other")
    assert Glimpse.of(folder, clock).known is Known.NOTHING


@pytest.mark.parametrize("name", [GLIMPSE, SNAPSHOT, JOURNAL])
def test_damage_anywhere_gives_none_or_what_was_written(folder: Path, clock: FixedClock, name: str) -> None:
    """Of the snapshot only its end is looked at: all of it is, soon after."""
    whole = (folder / name).read_bytes()
    before = Glimpse.of(folder, clock)
    rng = random.Random(7)
    for place in rng.sample(range(len(whole)), min(150, len(whole))):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << rng.randrange(8)
        (folder / name).write_bytes(damaged)
        found = Glimpse.of(folder, clock)
        if found.known is Known.NEWEST:
            assert list(found.events()) == list(before.events())
            assert found.feed_states() == before.feed_states()
        (folder / name).write_bytes(whole[:place])
        assert Glimpse.of(folder, clock).known is Known.NOTHING or name == JOURNAL


def test_nothing_can_be_changed_in_it(folder: Path, clock: FixedClock) -> None:
    found = Glimpse.of(folder, clock)
    with pytest.raises(StoreUnread):
        found.mark(["visit"], read=True)
    with pytest.raises(StoreUnread):
        found.commit(Batch(articles=(an_article("new"),)))
    assert found.article("visit").read is False
    assert "new" not in found


def test_it_is_not_written_again_for_a_little_more(folder: Path, clock: FixedClock) -> None:
    with Store.open(folder, clock=clock) as store:
        assert store.glimpse() is None
        Chronicle(store).take(Batch(articles=(an_article("one more"),)))
        assert store.glimpse() is None
        storage_of(store).compact()
        write = store.glimpse()
        assert write is not None
        write()
        assert store.glimpse() is None


def test_none_is_written_of_a_small_store_nor_by_a_reader(
    folder: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / GLIMPSE).unlink()
    with Store.open(folder, read_only=True, clock=clock) as store:
        assert store.glimpse() is None
    monkeypatch.setattr(glimpses, "FROM", 1 << 20)
    Store.open(folder, clock=clock).close()
    assert not (folder / GLIMPSE).exists()


def test_a_disk_without_room_for_it_keeps_no_store_from_closing(
    folder: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / GLIMPSE).unlink()
    (folder / f"{GLIMPSE}.new").mkdir()  # nothing can be written there
    Store.open(folder, clock=clock).close()
    assert not (folder / GLIMPSE).exists()
    assert Glimpse.of(folder, clock).known is Known.NOTHING


def test_none_is_written_while_the_files_are_being_compacted(folder: Path, clock: FixedClock) -> None:
    with Store.open(folder, clock=clock) as store:
        next(storage_of(store).compaction(FoldHere()))
        assert (folder / ROTATED).exists()
        assert store.glimpse() is None


class GlimpseMachine(FollowMachine):
    """Whatever a writer does, and whenever it is killed."""

    def __init__(self) -> None:
        self.clock = FixedClock(NOON + timedelta(days=1))
        super().__init__()
        self.patched.setattr(glimpses, "FROM", 0)
        self.patched.setattr(glimpses, "NEWEST", FEW)

    def open(self) -> None:
        self.compaction: Iterator[None] | None = None
        self.store = Store.open(self.folder, clock=self.clock)
        self.chronicle = Chronicle(self.store)

    @rule(hours=st.integers(-30, 24 * 7))
    def pass_time(self, hours: int) -> None:
        self.clock.pass_time(hours=hours)

    @rule()
    def write(self) -> None:
        if (write := self.store.glimpse()) is not None:
            write()

    @rule()
    def look(self) -> None:
        assert_says_what_there_is(self.folder, self.clock)


GlimpseMachine.TestCase.settings = settings(max_examples=settings().max_examples // 2, stateful_step_count=20)
TestGlimpsesAgainstTheWhole = GlimpseMachine.TestCase
