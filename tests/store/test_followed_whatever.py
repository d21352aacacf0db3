"""Whatever a writer does, is killed in, or leaves behind: who follows it says what a fresh reader says."""

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

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from tensionwatch.analysis import Analysis
from tensionwatch.chronicle import Chronicle
from tensionwatch.errors import CorrectionRefused
from tensionwatch.model import Article, Batch, Status
from tensionwatch.store import Store, files
from tensionwatch.store.folder import hot
from tensionwatch.store.journal import JOURNAL, SNAPSHOT, JournalStorage
from tests.builders import NOON, a_flag, a_visit, an_article
from tests.test_housekeeping import tidy
from tests.waiting import LONG

from .following import UNATTENDED, Follower, storage_of
from .samples import FoldHere, state

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


FollowMachine.TestCase.settings = settings(max_examples=settings().max_examples // 2, stateful_step_count=20)
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
        deadline = time.monotonic() + LONG
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
