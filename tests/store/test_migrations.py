"""Stores that earlier versions wrote are backed up, then made stores of this version."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tinydb import TinyDB

from tensionwatch.chronicle import Chronicle
from tensionwatch.errors import StoreUnwritable
from tensionwatch.events import Ledger
from tensionwatch.model import SCHEMA_VERSION, to_json
from tensionwatch.store import Store, files
from tensionwatch.store.journal import JournalStorage
from tensionwatch.store.table import JournalDB
from tests.builders import FixedClock
from tests.store.samples import article, state

STAMP = "20260301T120000Z"


def a_store_of(version: int, folder: Path) -> None:
    """As that version wrote it: some in the snapshot, some in the journal, no events."""
    with JournalDB(folder, storage=JournalStorage) as db:
        db.table("meta").insert({"schema_version": version})
        db.table("articles").insert(to_json(article(3)))
        assert isinstance(db.storage, JournalStorage)
        db.storage.compact()
        db.table("articles").insert(to_json(article(4)))
        db.table("feeds").insert(to_json(state("valley")))


@pytest.mark.parametrize("version", range(1, SCHEMA_VERSION))
def test_an_older_store_is_backed_up_and_migrated(tmp_path: Path, version: int) -> None:
    a_store_of(version, tmp_path)
    before = {name: (tmp_path / name).read_bytes() for name in ("store.json", "journal.log")}
    with Store.open(tmp_path, clock=FixedClock()) as store:
        aside = tmp_path / f"backup-v{version}-{STAMP}"
        assert {path.name: path.read_bytes() for path in aside.iterdir()} == before
        [notice] = store.notices
        assert f"of version {version} and is now of {SCHEMA_VERSION}" in notice
        assert str(aside) in notice
        Chronicle(store)
        assert [event for event, _ in store.events()] == list(Ledger([article(3), article(4)]))
    with Store.open(tmp_path, clock=FixedClock()) as store:
        assert store.notices == []
        assert list(store.articles()) == [article(3), article(4)]
        assert store.feed_states() == [state("valley")]
        storage = store._db.storage
        assert isinstance(storage, JournalStorage)
        storage.compact()
    with TinyDB(tmp_path / "store.json", encoding="utf-8") as plain:
        assert [meta["schema_version"] for meta in plain.table("meta")] == [SCHEMA_VERSION]
        assert len(plain.table("events")) == 1


def test_a_reader_takes_an_older_store_as_one_of_this_version_and_leaves_it(tmp_path: Path) -> None:
    a_store_of(2, tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with Store.open(tmp_path, read_only=True) as store:
        assert list(Chronicle(store).told) == list(Ledger([article(3), article(4)]))
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_store_that_cannot_be_backed_up_stays_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_store_of(2, tmp_path)
    real = files._write_new

    def full(path: Path, *rest: object) -> None:
        if "backup" in str(path):
            raise OSError(28, "No space left on device")
        real(path, *rest)  # type: ignore[arg-type]  # as they came

    with monkeypatch.context() as patched:
        patched.setattr(files, "_write_new", full)
        with pytest.raises(StoreUnwritable, match="backup-v2"):
            Store.open(tmp_path, clock=FixedClock())
    records = (tmp_path / "journal.log").read_bytes().splitlines()
    assert not any("schema_version" in json.loads(record[18:])["put"].get("meta", {}) for record in records)
    with Store.open(tmp_path, clock=FixedClock()) as store:
        assert len(store) == 2
        assert (tmp_path / f"backup-v2-{STAMP}").is_dir()


def test_a_crash_between_backup_and_migration_is_begun_again(tmp_path: Path) -> None:
    a_store_of(2, tmp_path)
    (tmp_path / f"backup-v2-{STAMP}.new").mkdir()
    (tmp_path / f"backup-v2-{STAMP}.new" / "store.json").write_bytes(b"half")
    (tmp_path / "backup-v2-20260228T120000Z").mkdir()
    with Store.open(tmp_path, clock=FixedClock()) as store:
        assert len(store) == 2
    assert (tmp_path / f"backup-v2-{STAMP}" / "store.json").read_bytes() != b"half"
