"""A store that another process writes is followed: what it keeps is here a moment later, whatever becomes of it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tensionwatch.chronicle import Chronicle
from tensionwatch.errors import StoreError, StoreFollowed, StoreLocked, StoreNewer
from tensionwatch.model import SCHEMA_VERSION, Batch, Kind, Telling
from tensionwatch.store import FollowedStore, Store, files, records
from tensionwatch.store.journal import JOURNAL, LOCK, ROTATED, JournalStorage
from tests.builders import an_article
from tests.test_housekeeping import tidy

from .following import UNATTENDED, Follower, keep, storage_of
from .samples import FoldHere, article, state


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


def test_who_looks_whether_a_lock_is_held_keeps_nobody_from_taking_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look is over by the second time that the lock is tried, however slow the machine."""
    (tmp_path / LOCK).touch()
    looker = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import fcntl, sys\nf = open(sys.argv[1])\nfcntl.flock(f, fcntl.LOCK_SH)\nprint(flush=True)\n"
            "sys.stdin.read()",
            str(tmp_path / LOCK),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert looker.stdout is not None
    looker.stdout.readline()
    waits: list[float] = []

    def look_is_over(seconds: float) -> None:
        waits.append(seconds)
        looker.communicate()

    monkeypatch.setattr(files, "sleep", look_is_over)
    lock = files.Lock(tmp_path / LOCK)
    assert len(waits) == 1
    assert files.holder(tmp_path / LOCK) is not None
    lock.close()


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
