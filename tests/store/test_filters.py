"""Filters that were saved: kept across restarts and in backups, seen by who follows, refused where all is."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from tensionwatch.errors import StoreUnwritable
from tensionwatch.model import SavedFilter
from tensionwatch.store import FollowedStore, Store, files
from tensionwatch.store.journal import JournalStorage
from tensionwatch.store.verify import verify

from .samples import NOON

VISITS = SavedFilter(name="Visits", query="kind:visit since:7d", saved=NOON)
KOREA = SavedFilter(name="Korea", query='"north korea"', saved=NOON + timedelta(minutes=1))


def test_what_was_saved_is_there_after_a_restart_in_the_order_it_was_saved(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.filters.keep(KOREA)
        store.filters.keep(VISITS)
        store.filters.keep(msgspec.structs.replace(VISITS, query="kind:visit"))
        store.filters.keep(SavedFilter(name="Gone", query="x", saved=NOON))
        store.filters.remove("Gone")
        store.filters.remove("Nobody")
        expected = [msgspec.structs.replace(VISITS, query="kind:visit"), KOREA]
        assert store.filters.all() == expected
    with Store.open(tmp_path) as again:
        assert again.filters.all() == expected
    assert verify(tmp_path).findings == []


def test_who_follows_sees_them_come_and_go(tmp_path: Path) -> None:
    with Store.open(tmp_path) as writer, FollowedStore.follow(tmp_path) as follower:
        writer.filters.keep(VISITS)
        for commit in follower.fetch().commits:
            follower.take(commit)
        assert follower.filters.all() == [VISITS]
        writer.filters.remove("Visits")
        for commit in follower.fetch().commits:
            follower.take(commit)
        assert follower.filters.all() == []


def test_one_that_cannot_be_kept_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store.open(tmp_path) as store:
        store.filters.keep(VISITS)
        with monkeypatch.context() as full:
            full.setattr(files.os, "pwrite", _full)
            with pytest.raises(StoreUnwritable):
                store.filters.keep(KOREA)
            with pytest.raises(StoreUnwritable):
                store.filters.remove("Visits")
        assert store.filters.all() == [VISITS]


def _full(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_one_that_damage_has_taken_is_told_and_the_others_stay(tmp_path: Path) -> None:
    storage = JournalStorage(tmp_path)
    storage.append({"filters": {1: msgspec.Raw(b'{"name":1}'), 2: msgspec.Raw(msgspec.json.encode(VISITS))}})
    storage.close()
    with Store.open(tmp_path) as again:
        assert again.filters.all() == [VISITS]
        assert again.notices == ["1 records in the store could not be read and are left out"]
    (finding,) = verify(tmp_path).findings
    assert "filters 1: cannot be read" in str(finding)
