"""A store that another process writes is followed: what it keeps is here a moment later, whatever becomes of it."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from tensionwatch.analysis import Analysis
from tensionwatch.chronicle import Chronicle
from tensionwatch.errors import CorrectionRefused, StoreError, StoreFollowed, StoreLocked, StoreNewer
from tensionwatch.model import SCHEMA_VERSION, Article, Batch, Kind, Status, Telling
from tensionwatch.store import FollowedStore, Store, files, records
from tensionwatch.store.folder import hot
from tensionwatch.store.journal import JOURNAL, LOCK, ROTATED, SNAPSHOT, JournalStorage
from tests.builders import NOON, a_flag, a_visit, an_article
from tests.events.test_ledger import held
from tests.test_housekeeping import tidy

from .samples import FoldHere, article, state


class Follower:
    """A followed store and the events in it, as a screen keeps them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = FollowedStore.follow(folder)
        self.chronicle = Chronicle(self.store)

    def look(self) -> int:
        """As a screen does every half second; gives how many commits it saw."""
        if not self.store.has_changed():
            return 0
        commits, tables = self.store.fetch()
        for commit in commits:
            change, told, gone = self.store.take(commit, tables)
            self.chronicle.follow(told, (*change.articles, *gone))
        return len(commits)

    def says_what_a_fresh_reader_says(self) -> None:
        with Store.open(self.folder, read_only=True) as reader:
            assert all_of(self.store) == all_of(reader)
            assert held(self.chronicle.told) == held(Chronicle(reader)._stored())

    def close(self) -> None:
        self.store.close()


def all_of(store: Store) -> dict[str, Any]:
    articles = {each.id: each for each in store.articles()}
    links = [each.link for each in articles.values() if each.link]
    return {
        "articles": articles,
        "order": list(store.order.newest()),
        "unread": store.unread,
        "flagged": store.flagged,
        "feeds": {each.feed: each for each in store.feed_states()},
        "corrections": store.corrections(),
        "events": {event.id: (event, ranks) for event, ranks in store.events()},
        "near": store.near(),
        "months": store.months.known,
        "in months": {month: {each.id for each in store.months.articles(month)} for month in store.months.known},
        "links": {link: sorted(store.by_link("valley.example", link)) for link in links},
        "version": store.events_version,
        "removed": store.removed,
    }


UNATTENDED = {**(JournalStorage.__init__.__kwdefaults__ or {}), "background": False, "folding": FoldHere}
"""It compacts when it is told to, and not otherwise."""


@pytest.fixture
def writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setattr(JournalStorage.__init__, "__kwdefaults__", UNATTENDED)
    with Store.open(tmp_path) as store:
        yield store


@pytest.fixture
def follower(tmp_path: Path, writer: Store) -> Iterator[Follower]:
    keep(writer, 0, 1, 2)
    follower = Follower(tmp_path)
    yield follower
    follower.close()


def keep(store: Store, *numbers: int, **changes: Any) -> None:
    store.commit(Batch(articles=tuple(article(number, **changes) for number in numbers)))


def storage_of(store: Store) -> JournalStorage:
    assert isinstance(store._db.storage, JournalStorage)
    return store._db.storage


# ---------------------------------------------------------------- what it sees


def test_a_commit_is_seen_whole_and_nothing_is_read_where_nothing_has_come(writer: Store, follower: Follower) -> None:
    assert follower.look() == 0
    writer.commit(Batch(articles=(article(3), article(4)), feed_states=(state("valley", articles=5),)))
    writer.mark([article(0).id], read=True)
    assert follower.look() == 2
    assert follower.store.unread == 4
    assert follower.store.revision == 2
    assert not follower.store.has_changed()
    follower.says_what_a_fresh_reader_says()


def test_who_keeps_lists_hears_what_has_come_and_gone(writer: Store, follower: Follower) -> None:
    heard = []
    follower.store.heard = heard.append
    keep(writer, 3)
    writer.mark([article(1).id], starred=True)
    writer.remove([article(0).id], Telling(version=writer.events_version), for_good=1)
    follower.look()
    assert [(touched.texts, touched.gone) for touched in heard] == [
        ((article(3).id,), ()),
        ((article(1).id,), ()),
        ((), (article(0).id,)),
    ]
    assert follower.store.removed == 1


def test_nothing_can_be_changed_by_who_follows(writer: Store, follower: Follower) -> None:
    before = (writer._folder / JOURNAL).read_bytes()
    ids = [article(0).id]
    for change in (
        lambda: follower.store.mark(ids, read=True),
        lambda: follower.store.commit(Batch(articles=(article(9),))),
        lambda: follower.chronicle.mark(ids, starred=True),
        lambda: follower.chronicle.mark_wrong(article(0), (Kind.BORDER_INCIDENT,)),
        lambda: follower.chronicle.take(Batch(articles=(article(9),))),
    ):
        with pytest.raises(StoreFollowed, match="another tensionwatch collects there"):
            change()
    assert (writer._folder / JOURNAL).read_bytes() == before
    follower.says_what_a_fresh_reader_says()


def test_a_store_that_is_only_being_made_is_followed_from_its_first_record(tmp_path: Path) -> None:
    follower = Follower(tmp_path / "store")
    assert len(follower.store) == 0
    with Store.open(tmp_path / "store") as writer:
        keep(writer, 0, 1)
        follower.look()
        keep(writer, 2)
        assert follower.look() == 1
        follower.says_what_a_fresh_reader_says()
    follower.close()


def test_who_collects_is_known_by_the_lock(tmp_path: Path) -> None:
    with Store.open(tmp_path):
        follower = Follower(tmp_path)
        holder = follower.store.collector()
        assert holder is not None
        assert holder.pid is not None
        with pytest.raises(StoreLocked):
            Store.open(tmp_path)
    assert follower.store.collector() is None
    with Store.open(tmp_path):
        assert follower.store.collector() == holder
    follower.close()


def test_who_looks_whether_a_lock_is_held_keeps_nobody_from_taking_it(tmp_path: Path) -> None:
    (tmp_path / LOCK).touch()
    looker = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import fcntl, sys, time\nf = open(sys.argv[1])\nfcntl.flock(f, fcntl.LOCK_SH)\nprint(flush=True)\n"
            "time.sleep(0.03)",
            str(tmp_path / LOCK),
        ],
        stdout=subprocess.PIPE,
    )
    assert looker.stdout is not None
    looker.stdout.readline()
    lock = files.Lock(tmp_path / LOCK)
    assert files.holder(tmp_path / LOCK) is not None
    lock.close()
    looker.communicate()


# ---------------------------------------------------------------- what happens to the files


def test_half_a_record_is_waited_for(writer: Store, follower: Follower) -> None:
    path = writer._folder / JOURNAL
    keep(writer, 3)
    whole = path.read_bytes()
    follower.look()
    record = records.frame(records.Commit(storage_of(writer).generation, {"meta": {}}, {}))
    with path.open("ab") as file:
        for byte in record[:-1]:
            file.write(bytes([byte]))
            file.flush()
            assert follower.look() == 0
            assert follower.store.has_changed() is False
        file.write(record[-1:])
    assert follower.look() == 1
    assert path.read_bytes() == whole + record


def test_a_record_that_was_taken_back_is_taken_back_here(writer: Store, follower: Follower) -> None:
    path = writer._folder / JOURNAL
    before = path.read_bytes()
    keep(writer, 3)
    follower.look()
    assert len(follower.store) == 4
    path.write_bytes(before)
    follower.look()
    assert len(follower.store) == 3
    follower.says_what_a_fresh_reader_says()


def test_one_of_the_same_length_in_its_place_is_noticed(writer: Store, follower: Follower) -> None:
    path = writer._folder / JOURNAL
    before = path.read_bytes()
    keep(writer, 4, title="One way")
    one = path.read_bytes()
    follower.look()
    storage_of(writer)._log._end = len(before)  # type: ignore[union-attr]  # as if that had been taken back
    keep(writer, 4, title="Another")
    assert len(path.read_bytes()) == len(one)
    time.sleep(0.02)
    path.touch()  # within one tick of the file system's clock they could not be told apart
    follower.look()
    found = follower.store.article(article(4).id)
    assert found is not None
    assert found.title == "Another"


def test_every_step_of_a_compaction_is_followed_without_loading_anew(writer: Store, follower: Follower) -> None:
    steps = storage_of(writer).compaction(FoldHere())
    for number in range(3, 9):
        keep(writer, number)
        commits, tables = follower.store.fetch()
        assert tables is None
        for commit in commits:
            follower.store.take(commit)
        assert len(follower.store) == number + 1
        next(steps, None)
    follower.says_what_a_fresh_reader_says()
    assert next(steps, None) is None
    assert not (writer._folder / ROTATED).exists()


def test_a_compaction_between_two_looks_is_followed_too(writer: Store, follower: Follower) -> None:
    keep(writer, 3)
    for _ in storage_of(writer).compaction(FoldHere()):
        pass
    assert follower.store.has_changed()
    commits, tables = follower.store.fetch()
    assert (len(commits), tables) == (1, None)
    follower.store.take(commits[0])
    keep(writer, 4)
    assert follower.look() == 1
    follower.says_what_a_fresh_reader_says()


def test_two_compactions_between_two_looks_are_loaded_anew(writer: Store, follower: Follower) -> None:
    for number in (3, 4):
        keep(writer, number)
        for _ in storage_of(writer).compaction(FoldHere()):
            pass
    follower.look()
    assert len(follower.store) == 5
    follower.says_what_a_fresh_reader_says()


def test_a_store_that_was_compacted_in_one_go_is_loaded_anew(writer: Store, follower: Follower) -> None:
    keep(writer, 3)
    writer.compact()
    follower.look()
    follower.says_what_a_fresh_reader_says()
    keep(writer, 4)
    assert follower.look() == 1
    follower.says_what_a_fresh_reader_says()


def test_a_store_put_in_its_place_is_shown(tmp_path: Path) -> None:
    for name, numbers in (("one", range(6)), ("other", range(4, 9))):
        with Store.open(tmp_path / name) as writer:
            keep(writer, *numbers, title=name)
            writer.compact()
    follower = Follower(tmp_path / "one")
    (tmp_path / "one").rename(tmp_path / "aside")
    (tmp_path / "other").rename(tmp_path / "one")
    follower.look()
    assert {each.title for each in follower.store.articles()} == {"other"}
    follower.says_what_a_fresh_reader_says()
    follower.close()


def test_a_flipped_bit_stops_it_with_a_word_until_the_writer_has_mended_that(writer: Store, follower: Follower) -> None:
    path = writer._folder / JOURNAL
    end = path.stat().st_size
    keep(writer, 3)
    damaged = bytearray(path.read_bytes())
    damaged[end + 40] ^= 1
    path.write_bytes(damaged)
    for _ in range(3):
        follower.look()
    assert len(follower.store) == 3
    assert follower.store.trouble.endswith("is damaged; what comes after it cannot be read")
    keep(writer, 4)
    assert follower.look() == 0
    writer.compact()
    follower.look()
    assert follower.store.trouble == ""
    assert len(follower.store) == 5
    follower.says_what_a_fresh_reader_says()


def test_a_writer_of_another_version_is_not_followed(writer: Store, follower: Follower, tmp_path: Path) -> None:
    for version, error in ((SCHEMA_VERSION + 1, StoreNewer), (SCHEMA_VERSION - 1, StoreError)):
        storage_of(writer).append({"meta": {1: msgspec.Raw(b'{"schema_version":%d}' % version)}})
        for _ in range(2):
            with pytest.raises(error):
                follower.look()
        with pytest.raises(error):
            FollowedStore.follow(tmp_path)
    keep(writer, 3)
    storage_of(writer).append({"meta": {1: msgspec.Raw(b'{"schema_version":%d}' % SCHEMA_VERSION)}})
    follower.look()  # as when an old backup was put in place and migrated: nothing of it is left out
    follower.says_what_a_fresh_reader_says()


# ---------------------------------------------------------------- months


def test_months_leave_and_their_files_may_vanish_before_that_is_heard(tmp_path: Path) -> None:
    with Store.open(tmp_path) as writer:
        old = [an_article(f"a{number}", hours=24 * 7 * number - 24 * 59) for number in range(20)]
        Chronicle(writer).take(Batch(articles=tuple(old)))
        follower = Follower(tmp_path)
        tidy(writer)
        assert len(writer) < 20
        follower.look()
        follower.says_what_a_fresh_reader_says()
        assert {each.id for each in map(follower.store.article, (a.id for a in old)) if each} == {a.id for a in old}
        follower.store.months.close()
        first, *_ = sorted(writer.months.known)
        path = tmp_path / "months" / f"{first}.json"
        path.unlink()  # the writer's commit that says so has not been read yet
        assert follower.store.article("a0") is None
        assert list(follower.store.months.events(first)) == []
    follower.close()


def test_a_month_that_is_gone_leaves_its_file_to_the_writer(writer: Store, follower: Follower) -> None:
    articles = {article(0).id: msgspec.Raw(msgspec.json.encode(article(0)))}
    from tensionwatch.store.months import Content

    info = writer.months.write("2026-02", Content(articles, {}))
    writer.remove([article(0).id], Telling(version=writer.events_version), into=info)
    follower.look()
    assert follower.store.article(article(0).id) is not None
    again = writer.months.write("2026-03", Content(articles, {}))
    writer.remove([], Telling(version=writer.events_version), into=again, month_gone="2026-02")
    follower.look()
    assert follower.store.months.known.keys() == {"2026-03"}
    assert (writer._folder / "months" / "2026-03.json").exists()


# ---------------------------------------------------------------- whatever is done in whatever order

PICK = st.integers(0, 30)
POOL = [
    an_article(f"{kind}{week}", *flags, hours=24 * 7 * -week + hours, publisher=f"{kind}.example", title=title)
    for week in range(4)
    for kind, hours, title, flags in (
        ("plain", 0, "Quiet at the line", ()),
        ("crossing", 1, "Patrol crosses the line", (a_flag(),)),
        ("copy", 2, "Patrol crosses the line", (a_flag(),)),
        ("visit", 3, "Minister lands", (a_visit(),)),
        ("both", 4, "Minister lands as patrol crosses", (a_flag(), a_visit())),
        ("plain", 0, "Quiet at the line, said twice", ()),
        ("crossing", 5, "Patrol crosses the line again", (a_flag(status=Status.OFF),)),
    )
]
"""Of four weeks; some come with two wordings."""


class FollowMachine(RuleBasedStateMachine):
    """A writer that does what it can, and a follower that looks now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.patched = pytest.MonkeyPatch()
        self.patched.setattr(JournalStorage.__init__, "__kwdefaults__", UNATTENDED)
        self.patched.setattr(files, "_sync", lambda fd: None)  # no power is lost here
        self.root = Path(tempfile.mkdtemp())
        self.folder = self.root / "store"
        self.compaction: Iterator[None] | None = None
        self.open()
        self.follower = Follower(self.folder)

    def open(self) -> None:
        self.compaction = None
        self.store = Store.open(self.folder)
        self.chronicle = Chronicle(self.store)

    def teardown(self) -> None:
        self.look()
        self.store.close()
        self.look()
        self.follower.close()
        self.patched.undo()
        shutil.rmtree(self.root)

    def some(self, pick: int) -> Article | None:
        known = sorted(each.id for each in self.store.articles())
        return self.store.article(known[pick % len(known)]) if known else None

    @rule(articles=st.lists(st.sampled_from(POOL), max_size=4), failures=st.integers(0, 3))
    def take(self, articles: list[Article], failures: int) -> None:
        self.chronicle.take(Batch(articles=tuple(articles), feed_states=(state("valley", failures=failures),)))

    @rule(pick=PICK, read=st.none() | st.booleans(), starred=st.none() | st.booleans())
    def mark(self, pick: int, read: bool | None, starred: bool | None) -> None:
        if found := self.some(pick):
            self.chronicle.mark([found.id], read=read, starred=starred)

    @rule(pick=PICK)
    def doubt(self, pick: int) -> None:
        if found := self.some(pick):
            kinds = tuple(dict.fromkeys(flag.kind for flag in found.flags))
            self.chronicle.mark_wrong(found, () if found.wrong else kinds)

    @rule(pick=PICK, other=PICK)
    def correct(self, pick: int, other: int) -> None:
        events = sorted(event.id for event in self.chronicle.told)
        with suppress(CorrectionRefused, IndexError, ZeroDivisionError):
            Analysis(self.chronicle, ()).merge([events[pick % len(events)], events[other % len(events)]], NOON)

    @rule()
    def undo(self) -> None:
        Analysis(self.chronicle, ()).undo()

    @rule()
    def tidy_up(self) -> None:
        tidy(self.store)
        self.chronicle = Chronicle(self.store)

    @rule()
    def a_step_of_compaction(self) -> None:
        if self.compaction is None:
            self.compaction = storage_of(self.store).compaction(FoldHere())
        if next(self.compaction, self) is self:
            self.compaction = None

    @rule()
    def compact(self) -> None:
        self.compaction = None
        self.store.compact()

    @rule(noise=st.binary(max_size=30), restart=st.booleans())
    def reopen(self, noise: bytes, restart: bool) -> None:
        self.store.close()
        if (self.folder / JOURNAL).exists():  # else it has another name, and the noise would be a journal of its own
            with (self.folder / JOURNAL).open("ab") as log:
                log.write(noise)
        if restart:
            self.look()
        self.open()

    @rule()
    def put_aside(self) -> None:
        self.store.close()
        shutil.rmtree(self.root / "aside", ignore_errors=True)
        shutil.copytree(self.folder, self.root / "aside")
        self.open()

    @rule()
    def put_back(self) -> None:
        if (self.root / "aside").exists():
            self.store.close()
            shutil.rmtree(self.folder)
            shutil.copytree(self.root / "aside", self.folder)
            self.open()

    @rule()
    def look(self) -> None:
        self.follower.look()
        if self.follower.store.has_changed():  # something looked like damage: believed at the second look
            self.follower.look()
        self.follower.says_what_a_fresh_reader_says()


FollowMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
TestFollowerAgainstReaders = FollowMachine.TestCase


# ---------------------------------------------------------------- a process of its own

WRITER = """
import sys
from pathlib import Path
from tensionwatch.model import Batch
from tensionwatch.store import Store, journal
sys.path.insert(0, sys.argv[1])
from store.samples import FoldHere, article, state

journal.COMPACT_FROM, journal.COMPACT_SHARE = int(sys.argv[3]), 1_000_000
journal.JournalStorage.__init__.__kwdefaults__["folding"] = FoldHere
with Store.open(Path(sys.argv[2])) as store:
    for first in range(len(store), len(store) + int(sys.argv[4]), 5):
        batch = [article(number, summary="x" * 3000) for number in range(first, first + 5)]
        store.commit(Batch(articles=tuple(batch), feed_states=(state("valley", articles=first + 5),), new=5))
        store.mark([batch[0].id], read=True)
        print(first + 5, flush=True)
    sys.stdin.read()
"""


def a_writer(folder: Path, *, compact_from: int = 8 << 20, articles: int = 10**9) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(Path(__file__).parents[1]), str(folder), str(compact_from)]
    return subprocess.Popen([*command, str(articles)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_a_process_that_compacts_all_the_time_is_followed_commit_by_commit(tmp_path: Path) -> None:
    follower = Follower(tmp_path)
    with a_writer(tmp_path, compact_from=60_000, articles=1_500) as writer:
        deadline = time.monotonic() + 60
        while len(follower.store) < 1_500 or follower.store.unread > 1_200:
            follower.look()
            assert len(follower.store) % 5 == 0
            found = follower.store.feed_state("valley")
            assert (found.articles if found is not None else 0) == len(follower.store)
            assert time.monotonic() < deadline
        writer.communicate("")
    follower.look()
    follower.says_what_a_fresh_reader_says()
    assert hot(tmp_path).generation > 5, "it has compacted"
    follower.close()


def test_a_killed_writer_with_a_torn_tail_and_the_next_one_are_followed(tmp_path: Path) -> None:
    follower = Follower(tmp_path)
    for _ in range(3):
        with a_writer(tmp_path) as writer:
            assert writer.stdout is not None
            said = [int(writer.stdout.readline()) for _ in range(10)][-1]
            writer.kill()
            writer.wait()
        assert writer.returncode == -signal.SIGKILL
        follower.look()
        assert len(follower.store) >= said
        kept = len(follower.store)
        assert follower.store.collector() is None
        with (tmp_path / JOURNAL).open("ab") as log:
            log.write(b'5d41402a 00000fff {"generation":0,"put":{"art')
        follower.look()
        assert len(follower.store) == kept
        follower.says_what_a_fresh_reader_says()
    assert (tmp_path / SNAPSHOT).exists() is False
    follower.close()
