"""The durable storage: what is on disk, who may write it, and what a reader sees."""

from __future__ import annotations

import multiprocessing
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from tinydb import TinyDB

from tensionwatch.errors import StoreError, StoreLocked, StoreUnwritable
from tensionwatch.store import files
from tensionwatch.store.table import JournalDB

from .folders import begun, contents, files_no_larger_than, numbers, opened, storage_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return begun(tmp_path)


# ------------------------------------------------------------------ on disk


def test_files_are_for_their_owner_alone(folder: Path) -> None:
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for file in folder.iterdir():
        assert (file.name, stat.S_IMODE(file.stat().st_mode)) == (file.name, 0o600)
    assert {file.name for file in folder.iterdir()} == {"store.json", "journal.log", "lock"}


def test_a_folder_that_is_there_keeps_its_permissions(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    opened(tmp_path).close()
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o750


def test_plain_tinydb_opens_the_snapshot(folder: Path) -> None:
    with opened(folder) as db:
        storage_of(db).compact()
    with TinyDB(folder / "store.json", encoding="utf-8") as plain:
        assert plain.table("numbers").all() == numbers(0, 1, 2, 3, 4)


def test_what_plain_tinydb_wrote_into_the_snapshot_is_taken_with_a_word(folder: Path) -> None:
    with TinyDB(folder / "store.json") as plain:
        plain.table("numbers").update({"n": 100}, doc_ids=[1])
    with opened(folder) as db:
        assert db.table("numbers").all() == numbers(100, 1, 2, 3, 4)
        assert "another program" in storage_of(db).notices[0]
    with opened(folder) as db:
        assert db.table("numbers").all() == numbers(100, 1, 2, 3, 4)
        assert storage_of(db).notices == []


def test_an_update_adds_a_record_of_the_documents_it_touches(folder: Path) -> None:
    before = (folder / "journal.log").read_bytes()
    with opened(folder) as db:
        db.table("numbers").update({"n": 30}, doc_ids=[4])
    added = (folder / "journal.log").read_bytes().removeprefix(before)
    assert added.endswith(b'{"generation":1,"put":{"numbers":{"4":{"n":30}}},"gone":{}}\n')


def test_an_update_that_changes_nothing_writes_nothing(folder: Path) -> None:
    before = (folder / "journal.log").read_bytes()
    with opened(folder) as db:
        db.table("numbers").update({"n": 3}, doc_ids=[4])
        db.table("numbers").remove(doc_ids=[99])
        db.table("numbers").insert_multiple([])
    assert (folder / "journal.log").read_bytes() == before


def test_opening_again_leaves_the_files_as_they_are(folder: Path) -> None:
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    opened(folder).close()
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


# ------------------------------------------------------------------ transactions


def test_a_transaction_over_two_tables_is_one_record(folder: Path) -> None:
    before = (folder / "journal.log").read_bytes()
    with opened(folder) as db, db.transaction():
        db.table("numbers").remove(doc_ids=[1, 2])
        db.table("letters").insert({"l": "a"})
        db.table("letters").update({"l": "b"})
    assert (folder / "journal.log").read_bytes().removeprefix(before).count(b"\n") == 1
    assert contents(folder) == numbers(2, 3, 4)


def test_a_transaction_sees_its_own_changes(folder: Path) -> None:
    with opened(folder) as db, db.transaction():
        table = db.table("numbers")
        table.remove(doc_ids=[1])
        table.update({"n": 10}, doc_ids=[2])
        assert table.insert({"n": 5}) == 6
        assert table.all() == numbers(10, 2, 3, 4, 5)
        assert len(table) == 5
        assert table.get(doc_id=1) is None
        table.truncate()
        assert table.all() == []
        table.insert({"n": 6})
    assert contents(folder) == numbers(6)


def test_a_transaction_that_raises_leaves_nothing(folder: Path) -> None:
    before = (folder / "journal.log").read_bytes()

    def change_and_fail(db: JournalDB) -> None:
        with db.transaction():
            db.table("numbers").insert({"n": 5})
            db.table("numbers").update({"n": 0})
            db.table("letters").insert({"l": "a"})
            assert len(db.table("numbers").search(lambda document: document["n"] == 0)) == 6
            raise LookupError

    with opened(folder) as db:
        table = db.table("numbers")
        with pytest.raises(LookupError):
            change_and_fail(db)
        assert table.all() == numbers(0, 1, 2, 3, 4)
        assert len(table.search(lambda document: document["n"] == 0)) == 1
        assert db.tables() == {"numbers"}
        assert table.insert({"n": 5}) == 6
    assert (folder / "journal.log").read_bytes().removeprefix(before).count(b"\n") == 1


def test_transactions_do_not_nest_and_drop_no_tables(folder: Path) -> None:
    with opened(folder) as db:
        with db.transaction(), pytest.raises(RuntimeError, match="nest"), db.transaction():
            db.table("numbers").insert({"n": 5})
        with pytest.raises(RuntimeError, match="dropped"), db.transaction():
            db.drop_table("numbers")
        assert db.tables() == {"numbers"}


# ------------------------------------------------------------------ damage


def test_a_torn_tail_is_set_aside_and_told(folder: Path) -> None:
    whole = (folder / "journal.log").read_bytes()
    (folder / "journal.log").write_bytes(whole[:-3])
    with opened(folder) as db:
        assert db.table("numbers").all() == numbers(0, 1, 2, 3)
        (notice,) = storage_of(db).notices
        db.table("numbers").insert({"n": 5})
    aside = folder / "journal.damaged-20260217T120000Z"
    assert str(aside) in notice
    assert aside.read_bytes() == whole.splitlines(keepends=True)[-1][:-3]
    assert stat.S_IMODE(aside.stat().st_mode) == 0o600
    assert contents(folder) == numbers(0, 1, 2, 3, 5)
    with opened(folder) as db:
        assert storage_of(db).notices == []


def test_what_is_set_aside_twice_in_a_second_lies_in_two_files(folder: Path) -> None:
    for _ in range(2):
        with (folder / "journal.log").open("ab") as log:
            log.write(b"noise")
        opened(folder).close()
    assert len(list(folder.glob("journal.damaged-*"))) == 2


def test_a_damaged_snapshot_is_set_aside_and_what_can_be_read_is_kept(folder: Path) -> None:
    whole = (folder / "store.json").read_bytes()
    damaged = whole.replace(b'{"n":0}', b'{"n"#0}')
    (folder / "store.json").write_bytes(damaged)
    with opened(folder) as db:
        assert db.table("numbers").all() == numbers(1, 2, 3, 4)
        assert "1 lines could not" in storage_of(db).notices[0]
    assert (folder / "store.damaged-20260217T120000Z").read_bytes() == damaged
    with opened(folder) as db:
        assert db.table("numbers").all() == numbers(1, 2, 3, 4)
        assert storage_of(db).notices == []


def test_a_lost_snapshot_is_told_and_the_journal_kept(folder: Path) -> None:
    (folder / "store.json").unlink()
    with opened(folder) as db:
        assert db.table("numbers").all() == numbers(2, 3, 4)
        assert "missing" in storage_of(db).notices[0]
        db.table("numbers").insert({"n": 5})
    assert contents(folder) == numbers(2, 3, 4, 5)


def test_what_check_refuses_is_left_untouched(folder: Path) -> None:
    (folder / "journal.log").write_bytes((folder / "journal.log").read_bytes()[:-3])
    (folder / "store.json.new").write_bytes(b"half")
    before = {file.name: file.read_bytes() for file in folder.iterdir() if file.name != "lock"}

    def refuse(tables: object) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        opened(folder, check=refuse)
    assert {file.name: file.read_bytes() for file in folder.iterdir() if file.name != "lock"} == before
    opened(folder).close()


# ------------------------------------------------------------------ one writer, any readers


def test_a_second_writer_is_refused_and_told_the_pid(folder: Path) -> None:
    script = "import sys; from tensionwatch.store import Store; Store.open(__import__('pathlib').Path(sys.argv[1]))"
    with opened(folder):
        child = subprocess.run([sys.executable, "-c", script, str(folder)], capture_output=True, text=True)
        with pytest.raises(StoreLocked) as caught:
            opened(folder)
    assert f"StoreLocked: {folder}: another tensionwatch (pid {os.getpid()}) holds this store" in child.stderr
    assert caught.value.pid == os.getpid()
    opened(folder).close()


def test_a_lock_left_by_a_dead_process_holds_nobody_up(folder: Path) -> None:
    (folder / "lock").write_text("99999999\n")
    opened(folder).close()
    assert (folder / "lock").read_text() == f"{os.getpid()}\n"


def test_a_reader_needs_no_lock_and_sees_what_was_committed(folder: Path) -> None:
    with opened(folder) as db:
        assert contents(folder) == numbers(0, 1, 2, 3, 4)
        db.table("numbers").insert({"n": 5})
        assert contents(folder) == numbers(0, 1, 2, 3, 4, 5)


def test_a_reader_does_not_see_a_record_under_way(folder: Path) -> None:
    whole = (folder / "journal.log").read_bytes()
    last = len(whole.splitlines(keepends=True)[-1])
    for cut in range(1, last):
        (folder / "journal.log").write_bytes(whole[:-cut])
        with opened(folder, read_only=True) as db:
            assert db.table("numbers").all() == numbers(0, 1, 2, 3)
            assert storage_of(db).notices == []


def test_a_reader_never_writes(folder: Path) -> None:
    (folder / "journal.log").write_bytes((folder / "journal.log").read_bytes() + b"noise that is longer than a head")
    (folder / "store.json").write_bytes((folder / "store.json").read_bytes().replace(b"0", b"#"))
    before = {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in folder.iterdir()}
    with opened(folder, read_only=True) as db:
        assert db.table("numbers").all() == numbers(1, 2, 3, 4)
        assert len(storage_of(db).notices) == 2
        with pytest.raises(StoreUnwritable, match="opened for reading"):
            db.table("numbers").insert({"n": 5})
        with pytest.raises(StoreUnwritable, match="opened for reading"):
            db.drop_tables()
        assert db.table("numbers").all() == numbers(1, 2, 3, 4)
    assert {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in folder.iterdir()} == before


def test_a_reader_of_a_folder_that_is_not_there_finds_nothing_and_makes_nothing(tmp_path: Path) -> None:
    assert contents(tmp_path / "nowhere") == []
    assert not (tmp_path / "nowhere").exists()


def test_a_reader_starts_again_when_the_writer_compacts_underneath(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = opened(folder)
    read, compactions = files.read_bytes, iter([True, True])

    def read_while_compacting(path: Path) -> bytes:
        content = read(path)
        if path.name == "store.json" and next(compactions, False):
            writer.table("numbers").insert({"n": len(writer.table("numbers"))})
            storage_of(writer).compact()
        return content

    monkeypatch.setattr(files, "read_bytes", read_while_compacting)
    assert contents(folder) == numbers(0, 1, 2, 3, 4, 5, 6)
    writer.close()


def test_a_reader_gives_up_on_a_store_that_never_rests(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changing = iter(range(1000))
    monkeypatch.setattr(files, "identity", lambda path: (next(changing), 0, 0))
    with pytest.raises(StoreError, match="each time it was read"):
        contents(folder)


def test_readers_beside_a_busy_writer_always_see_a_prefix(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writer = context.Process(target=write_and_compact, args=(tmp_path / "store", 150))
    writer.start()
    seen = 0
    while writer.is_alive():
        found = contents(tmp_path / "store")
        assert found == numbers(*range(len(found)))
        assert len(found) >= seen
        seen = len(found)
    writer.join()
    assert writer.exitcode == 0
    assert contents(tmp_path / "store") == numbers(*range(150))


def write_and_compact(folder: Path, count: int) -> None:
    with opened(folder) as db:
        for n in range(count):
            db.table("numbers").insert({"n": n})
            if n % 7 == 0:
                storage_of(db).compact()


# ------------------------------------------------------------------ a disk that refuses


def test_a_folder_that_may_not_be_written_is_a_clear_error(folder: Path) -> None:
    for file in folder.iterdir():
        file.chmod(0o400)
    folder.chmod(0o500)
    if os.access(folder, os.W_OK):
        pytest.skip("root may write everywhere")
    with pytest.raises(StoreUnwritable, match=r"lock: cannot be written: Permission denied"):
        opened(folder)
    assert contents(folder) == numbers(0, 1, 2, 3, 4)
    (folder / "lock").chmod(0o600)
    with pytest.raises(StoreUnwritable, match=r"journal\.log: cannot be written: Permission denied"):
        opened(folder)


def test_a_file_in_the_place_of_the_folder_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("mine")
    with pytest.raises(StoreUnwritable, match="store: cannot be written"):
        opened(tmp_path / "store")
    with pytest.raises(StoreError, match="cannot be read"):
        contents(tmp_path / "store")


def test_a_folder_in_the_place_of_a_file_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "store.json").mkdir()
    with pytest.raises(StoreError, match="cannot be read: Is a directory"):
        opened(tmp_path)


def test_a_full_disk_leaves_memory_as_it_was_and_the_next_commit_works(folder: Path) -> None:
    with opened(folder) as db:
        size = (folder / "journal.log").stat().st_size
        with (
            files_no_larger_than(size + 500),
            pytest.raises(StoreUnwritable, match=r"journal\.log: cannot .* too large"),
        ):
            db.table("numbers").insert({"n": 5, "long": "x" * 5000})
        assert db.table("numbers").all() == numbers(0, 1, 2, 3, 4)
        assert (folder / "journal.log").stat().st_size == size
        db.table("numbers").insert({"n": 6})
    assert contents(folder) == numbers(0, 1, 2, 3, 4, 6)


def test_a_closed_store_takes_nothing(folder: Path) -> None:
    db = opened(folder)
    db.close()
    db.close()
    with pytest.raises(StoreUnwritable, match="closed"):
        db.table("numbers").insert({"n": 5})
