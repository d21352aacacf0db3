"""The journal is folded into the snapshot while commits go on, and whatever becomes of that."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from tinydb import TinyDB

from tensionwatch.store import fold, journal
from tensionwatch.store.fold import FilesDamaged
from tensionwatch.store.table import JournalDB
from tests.waiting import wait_until

from .folders import begun, contents, files_no_larger_than, numbers, opened, storage_of
from .samples import FoldHere


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return begun(tmp_path)


def test_a_journal_that_outgrew_the_snapshot_is_folded_in_while_commits_go_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "COMPACT_FROM", 0)
    with opened(folder) as db:
        monkeypatch.setattr(journal, "COMPACT_FROM", 1 << 30)
        n = 5
        while storage_of(db).compacting:
            db.table("numbers").insert({"n": n})
            n += 1
        folded = plain_numbers(folder)
        assert folded == numbers(*range(len(folded)))
        assert 5 <= len(folded) < n
        assert db.table("numbers").all() == numbers(*range(n))
        assert storage_of(db).notices == []
    assert contents(folder) == numbers(*range(n))


def test_a_journal_is_folded_in_when_it_outgrows_the_snapshot_while_the_store_is_open(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "COMPACT_FROM", 2000)
    with opened(folder, folding=FoldHere) as db:
        for n in range(5, 40):
            db.table("numbers").insert({"n": n})
        settle(db)
        assert len(plain_numbers(folder)) > 25
        assert (folder / "journal.log").stat().st_size < 1000
    assert contents(folder) == numbers(*range(40))


def test_a_compaction_that_is_put_off_begins_when_that_ends(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "COMPACT_FROM", 2000)
    with opened(folder, folding=FoldHere) as db:
        before = plain_numbers(folder)
        storage_of(db).put_off_compaction(put_off=True)
        for n in range(5, 40):
            db.table("numbers").insert({"n": n})
        assert not storage_of(db).compacting
        assert plain_numbers(folder) == before
        storage_of(db).put_off_compaction(put_off=False)
        settle(db)
        assert plain_numbers(folder) == numbers(*range(40))


def test_a_closing_store_lets_a_compaction_come_to_its_end(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "COMPACT_FROM", 0)
    opened(folder).close()
    assert plain_numbers(folder) == numbers(0, 1, 2, 3, 4)
    assert {file.name for file in folder.iterdir()} == {"store.json", "journal.log", "lock"}


def test_a_compaction_that_takes_too_long_at_closing_is_broken_off_and_done_at_the_next_opening(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "COMPACT_FROM", 0)
    monkeypatch.setattr(journal, "_PATIENCE", 0.0)
    with opened(folder) as db:
        db.table("numbers").insert({"n": 5})
    assert contents(folder) == numbers(0, 1, 2, 3, 4, 5)
    monkeypatch.undo()
    with opened(folder) as db:
        assert db.table("numbers").all() == numbers(0, 1, 2, 3, 4, 5)
        assert storage_of(db).notices == []


def test_a_compaction_may_be_left_between_any_two_steps_and_taken_up_again(folder: Path) -> None:
    for steps in range(6):
        for _ in range(2):
            with opened(folder, background=False) as db:
                compaction = storage_of(db).compaction(FoldHere())
                for _ in range(steps):
                    next(compaction, None)
                    db.table("numbers").insert({"n": len(db.table("numbers"))})
                kept = db.table("numbers").all()
                assert contents(folder) == kept
            assert contents(folder) == kept
            with opened(folder, background=False) as db:
                assert db.table("numbers").all() == kept
                assert storage_of(db).notices == []
                db.table("numbers").insert({"n": len(kept)})
            assert contents(folder) == [*kept, {"n": len(kept)}]


def test_a_compaction_that_was_left_is_ended_by_compacting_at_once(folder: Path) -> None:
    for steps in range(5):
        with opened(folder, background=False) as db:
            compaction = storage_of(db).compaction(FoldHere())
            for _ in range(steps):
                next(compaction)
            db.table("numbers").insert({"n": len(db.table("numbers"))})
            storage_of(db).compact()
            db.table("numbers").insert({"n": len(db.table("numbers"))})
            assert len(plain_numbers(folder)) == len(db.table("numbers")) - 1
        assert contents(folder) == numbers(*range(7 + 2 * steps))
        assert {file.name for file in folder.iterdir()} == {"store.json", "journal.log", "lock"}


def test_a_child_that_dies_is_told_and_the_compaction_tried_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "COMPACT_FROM", 0)
    real = fold._COMMAND
    monkeypatch.setattr(fold, "_COMMAND", (sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"))
    with opened(folder) as db:
        settle(db)
        (notice,) = storage_of(db).notices
        assert "could not be folded into store.json: its process ended with -9" in notice
        db.table("numbers").insert({"n": 5})
        assert not storage_of(db).compacting  # it is not tried at each commit
        monkeypatch.setattr(fold, "_COMMAND", real)
        monkeypatch.setattr(storage_of(db)._compactor, "_not_before", 0.0)
        db.table("numbers").insert({"n": 6})
        settle(db)
        assert plain_numbers(folder) == numbers(0, 1, 2, 3, 4)
        assert contents(folder) == numbers(0, 1, 2, 3, 4, 5, 6)
    assert not (folder / "store.json.new").exists()


def test_a_compaction_without_room_is_told_and_the_journal_still_used(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(folder) as db:
        db.table("numbers").insert_multiple({"n": n} for n in range(5, 100))
    monkeypatch.setattr(journal, "COMPACT_FROM", 0)
    size = (folder / "journal.log").stat().st_size
    with files_no_larger_than(size - 500), opened(folder) as db:  # the child's limit too
        settle(db)
        assert "File too large" in storage_of(db).notices[0]
        db.table("numbers").insert({"n": 100})
    assert not (folder / "store.json.new").exists()
    assert contents(folder) == numbers(*range(101))


def test_a_snapshot_damaged_while_the_store_is_open_is_written_anew_from_memory(folder: Path) -> None:
    with opened(folder, background=False) as db:
        (folder / "store.json").write_bytes((folder / "store.json").read_bytes().replace(b"0", b"#"))
        steps = storage_of(db).compaction(FoldHere())
        with pytest.raises(FilesDamaged) as caught:
            list(steps)
        storage_of(db)._compaction_failed(caught.value)
        db.table("numbers").insert({"n": 5})
        assert plain_numbers(folder) == numbers(0, 1, 2, 3, 4)
    with opened(folder) as db:
        assert db.table("numbers").all() == numbers(0, 1, 2, 3, 4, 5)
        assert storage_of(db).notices == []


def test_a_damaged_journal_of_before_is_set_aside_and_what_came_after_it_kept(folder: Path) -> None:
    with opened(folder, background=False) as db:
        steps = storage_of(db).compaction(FoldHere())
        next(steps), next(steps)
        db.table("numbers").insert({"n": 5})
    rotated = (folder / "journal.old").read_bytes()
    (folder / "journal.old").write_bytes(rotated.replace(b'{"n":3}', b'{"n"#3}'))
    with opened(folder) as db:
        assert db.table("numbers").all() == numbers(0, 1, 2, 5)
        assert "journal.old is damaged: 1 commits" in storage_of(db).notices[0]
    assert (folder / "journal.damaged-20260217T120000Z").read_bytes() == b"".join(
        rotated.splitlines(keepends=True)[1:]
    ).replace(b'{"n":3}', b'{"n"#3}')
    with opened(folder) as db:
        assert storage_of(db).notices == []
        assert db.table("numbers").all() == numbers(0, 1, 2, 5)


def test_a_journal_of_before_that_is_lost_is_told(folder: Path) -> None:
    with opened(folder, background=False) as db:
        steps = storage_of(db).compaction(FoldHere())
        next(steps), next(steps)
        db.table("numbers").insert({"n": 5})
    (folder / "journal.old").unlink()
    with opened(folder) as db:
        assert db.table("numbers").all() == numbers(0, 1, 5)
        assert "missing or older" in storage_of(db).notices[0]


def settle(db: JournalDB) -> None:
    """Wait for the compaction under way."""
    wait_until(lambda: not storage_of(db).compacting)


def plain_numbers(folder: Path) -> list[dict[str, Any]]:
    """What the snapshot holds."""
    with TinyDB(folder / "store.json", encoding="utf-8") as plain:
        return [dict(document) for document in plain.table("numbers")]
