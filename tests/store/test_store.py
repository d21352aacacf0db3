"""The typed store, as the rest of the program uses it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tinydb import TinyDB

from tensionwatch.errors import StoreLocked, StoreNewer, StoreUnwritable
from tensionwatch.identity import canonical_link
from tensionwatch.model import SCHEMA_VERSION, Batch, Kind, Revision, to_json
from tensionwatch.store import Store, files
from tensionwatch.store.journal import JournalStorage
from tensionwatch.store.table import JournalDB

from .samples import NOON, article, state


@pytest.fixture(params=["in memory", "on disk"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with Store.in_memory() if request.param == "in memory" else Store.open(tmp_path / "store") as store:
        yield store


@pytest.fixture
def reopened(tmp_path: Path) -> Callable[[], Store]:
    """Gives a reader of what is on disk now."""
    return lambda: Store.open(tmp_path / "store", read_only=True)


def ids(*numbers: int) -> tuple[str, ...]:
    return tuple(article(number).id for number in numbers)


def test_a_batch_is_kept_and_told(store: Store) -> None:
    change = store.commit(Batch(articles=(article(1), article(2)), feed_states=(state("valley"),), new=2))
    assert (change.revision, change.articles, change.feeds) == (1, ids(1, 2), ("valley",))
    assert (len(store), store.revision) == (2, 1)
    assert store.article(article(1).id) == article(1)
    assert list(store.articles()) == [article(1), article(2)]
    assert store.feed_state("valley") == state("valley")


def test_what_is_not_there_is_none(store: Store) -> None:
    assert store.article("nowhere") is None
    assert store.feed_state("nowhere") is None
    assert store.by_link("valley.example", "https://nowhere.example/") == ()
    assert store.by_entry_id("valley", "nowhere") == ()
    assert list(store.articles()) == []


def test_everything_is_there_after_reopening(tmp_path: Path) -> None:
    edited = article(3, revisions=(Revision(replaced=NOON, title="Old", summary=""),), note="why?", starred=True)
    batch = Batch(articles=(edited, article(1, published=None, effective=None, link=None)))
    with Store.open(tmp_path) as store:
        store.commit(batch)
        store.commit(Batch(feed_states=(state("valley", seen=("a", "b"), last_checked=NOON), state("hill"))))
    with Store.open(tmp_path) as store:
        assert tuple(store.articles()) == batch.articles
        assert store.feed_states() == [state("valley", seen=("a", "b"), last_checked=NOON), state("hill")]
        assert (store.revision, store.notices) == (0, [])


def test_a_changed_article_takes_the_place_of_the_old(store: Store) -> None:
    store.commit(Batch(articles=(article(1), article(2)), new=2))
    store.commit(Batch(articles=(article(1, title="Edited"),)))
    assert [found.title for found in store.articles()] == ["Edited", article(2).title]
    assert (len(store), store.revision) == (2, 2)


def test_the_last_of_an_article_given_twice_in_a_batch_counts(store: Store) -> None:
    store.commit(Batch(articles=(article(1), article(1, title="Later"))))
    assert [found.title for found in store.articles()] == ["Later"]


def test_an_empty_batch_is_no_commit(store: Store) -> None:
    change = store.commit(Batch())
    assert (change.revision, change.articles, store.revision) == (0, (), 0)


def test_articles_are_found_by_canonical_link_within_their_publisher(store: Store) -> None:
    store.commit(Batch(articles=(article(1), article(2), article(3, link=article(1).link, publisher="other.example"))))
    link = canonical_link("http://valley.example/world/1")
    assert store.by_link("valley.example", link) == ids(1)
    assert store.by_link("other.example", link) == ids(3)


def test_articles_are_found_by_the_id_that_their_feed_gave(store: Store) -> None:
    store.commit(Batch(articles=(article(1), article(2, entry_id="urn:valley:1"), article(3, feed="hill"))))
    assert store.by_entry_id("valley", "urn:valley:1") == ids(1, 2)
    assert store.by_entry_id("hill", "urn:valley:3") == ids(3)


def test_an_article_that_moved_is_found_under_its_new_link_only(store: Store) -> None:
    store.commit(Batch(articles=(article(1), article(2, link=article(1).link))))
    store.commit(Batch(articles=(article(1, link="https://valley.example/moved", entry_id=None),)))
    assert store.by_link("valley.example", "https://valley.example/moved") == ids(1)
    assert store.by_link("valley.example", "https://valley.example/world/1") == ids(2)
    assert store.by_entry_id("valley", "urn:valley:1") == ()


def test_lookups_hold_after_reopening(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.commit(Batch(articles=(article(1), article(2))))
    with Store.open(tmp_path, read_only=True) as store:
        assert store.by_link("valley.example", "https://valley.example/world/2") == ids(2)
        assert store.by_entry_id("valley", "urn:valley:2") == ids(2)


def test_marks_change_only_what_is_asked_for(store: Store) -> None:
    store.commit(Batch(articles=(article(1), article(2), article(3))))
    change = store.mark(ids(1, 2), read=True)
    assert (change.revision, change.articles, change.feeds) == (2, ids(1, 2), ())
    store.mark(ids(2), starred=True, note="compare")
    store.mark(ids(2), read=False)
    assert [(a.read, a.starred, a.note) for a in store.articles()] == [
        (True, False, None),
        (False, True, "compare"),
        (False, False, None),
    ]


def test_an_empty_note_takes_the_note_away(store: Store) -> None:
    store.commit(Batch(articles=(article(1, note="old"),)))
    store.mark(ids(1), note="")
    assert next(store.articles()).note is None


def test_marks_that_are_there_already_and_unknown_articles_are_no_change(store: Store) -> None:
    store.commit(Batch(articles=(article(1, read=True), article(2))))
    assert store.mark([*ids(1), "nowhere"], read=True).articles == ()
    assert store.mark(ids(1)).articles == ()
    assert store.revision == 1
    assert store.mark([*ids(1, 2, 2), "nowhere"], read=True).articles == ids(2)


def test_marks_are_durable_when_the_call_returns(tmp_path: Path, reopened: Callable[[], Store]) -> None:
    with Store.open(tmp_path / "store") as store:
        store.commit(Batch(articles=(article(1),)))
        store.mark(ids(1), read=True)
        assert next(reopened().articles()).read


def test_a_walk_under_way_is_not_reached_by_later_commits(store: Store) -> None:
    store.commit(Batch(articles=(article(1), article(2))))
    walk = store.articles()
    next(walk)
    store.commit(Batch(articles=(article(2, title="Edited"), article(3))))
    assert list(walk) == [article(2)]


def test_a_commit_that_cannot_be_kept_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reopened: Callable[[], Store]
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with Store.open(tmp_path / "store") as store:
        store.commit(Batch(articles=(article(1),), feed_states=(state("valley"),)))
        moved = Batch(
            articles=(article(1, link="https://valley.example/moved"), article(2)),
            feed_states=(state("valley", failures=1), state("hill")),
        )
        with monkeypatch.context() as patched:
            patched.setattr(files, "_write_all", full)
            with pytest.raises(StoreUnwritable, match="No space left"):
                store.commit(moved)
            with pytest.raises(StoreUnwritable, match="No space left"):
                store.mark(ids(1), read=True)
        for same in (store, reopened()):
            assert list(same.articles()) == [article(1)]
            assert same.feed_states() == [state("valley")]
            assert same.by_link("valley.example", "https://valley.example/moved") == ()
        assert store.revision == 1
        store.commit(moved)
        assert tuple(reopened().articles()) == moved.articles
        assert tuple(reopened().feed_states()) == moved.feed_states


def test_a_store_of_a_newer_version_is_refused_and_left_untouched(tmp_path: Path) -> None:
    with JournalDB(tmp_path, storage=JournalStorage) as db:
        db.table("meta").insert({"schema_version": SCHEMA_VERSION + 1})
    before = (tmp_path / "journal.log").read_bytes()
    for read_only in (False, True):
        with pytest.raises(StoreNewer, match=f"version {SCHEMA_VERSION + 1}"):
            Store.open(tmp_path, read_only=read_only)
    assert (tmp_path / "journal.log").read_bytes() == before
    JournalDB(tmp_path, storage=JournalStorage).close()  # and the lock was given back


def test_a_second_store_on_the_folder_is_refused(tmp_path: Path) -> None:
    with Store.open(tmp_path), pytest.raises(StoreLocked):
        Store.open(tmp_path)
    Store.open(tmp_path).close()


def test_a_reader_finds_an_empty_store_where_there_is_none(tmp_path: Path) -> None:
    with Store.open(tmp_path / "nowhere", read_only=True) as store:
        assert len(store) == 0
        with pytest.raises(StoreUnwritable):
            store.commit(Batch(articles=(article(1),)))


def test_records_that_damage_made_unreadable_are_left_out_and_told(tmp_path: Path) -> None:
    with JournalDB(tmp_path, storage=JournalStorage) as db, Store.in_memory() as whole:
        whole.commit(Batch(articles=(article(1), article(2), article(3)), feed_states=(state("valley"),)))
        for name in ("articles", "feeds"):
            db.table(name).insert_multiple(whole._db.table(name).all())
        db.table("articles").update({"lang": 5}, doc_ids=[2])
        db.table("articles").update({"id": None}, doc_ids=[3])
        db.table("feeds").update({"failures": "many"})
        assert isinstance(db.storage, JournalStorage)
        db.storage.compact()
    snapshot = tmp_path / "store.json"
    snapshot.write_bytes(snapshot.read_bytes().replace(b'"crc32":"', b'"crc32":"x'))
    with Store.open(tmp_path) as store:
        assert list(store.articles()) == [article(1)]
        assert len(store) == 1
        assert store.feed_states() == []
        assert "3 records" in store.notices[-1]


def test_a_store_whose_version_was_lost_to_damage_still_opens(tmp_path: Path) -> None:
    with JournalDB(tmp_path, storage=JournalStorage) as db:
        db.table("meta").insert({"schema_vers#on": 1})
    with Store.open(tmp_path) as store:
        store.commit(Batch(articles=(article(1),)))
        assert len(store) == 1


def test_the_snapshot_tells_plain_tinydb_everything(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.commit(Batch(articles=(article(1), article(2)), feed_states=(state("valley"),)))
        storage = store._db.storage
        assert isinstance(storage, JournalStorage)
        storage.compact()
    with TinyDB(tmp_path / "store.json", encoding="utf-8") as plain:
        assert [document["title"] for document in plain.table("articles")] == [article(1).title, article(2).title]
        assert plain.table("meta").all() == [{"schema_version": SCHEMA_VERSION, "events_version": 0, "removed": 0}]


def test_wrong_flags_are_kept(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.commit(Batch(articles=(article(3),), new=1))
        store.mark(ids(3), wrong=(Kind.TALKS, Kind.BORDER_INCIDENT))
        revision = store.revision
        store.mark(ids(3), wrong=(Kind.TALKS, Kind.BORDER_INCIDENT))
        assert store.revision == revision
    with Store.open(tmp_path) as store:
        kept = store.article(article(3).id)
        assert kept is not None
        assert (kept.wrong, kept.standing) == ((Kind.TALKS, Kind.BORDER_INCIDENT), ())


NEWER = ("classified", "wrong", "sightings")
"""Fields that records of the first versions lack."""


def test_a_store_from_before_some_fields_were_kept_opens_as_it_is(tmp_path: Path) -> None:
    older = {name: value for name, value in to_json(article(3)).items() if name not in NEWER}
    with JournalDB(tmp_path, storage=JournalStorage) as db:
        db.table("meta").insert({"schema_version": SCHEMA_VERSION})
        db.table("articles").insert(older)
    with Store.open(tmp_path) as store:
        assert store.notices == []
        assert list(store.articles()) == [article(3)]
