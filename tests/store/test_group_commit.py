"""Commits that share an fsync: in the file at once, durable within a second, and told when that fails."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from tensionwatch.errors import StoreUnwritable
from tensionwatch.store import background, files
from tests.waiting import wait_until

from .folders import begun, contents, numbers, opened, storage_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return begun(tmp_path)


def test_commits_that_do_not_wait_are_in_the_file_at_once_and_share_an_fsync_soon_after(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert background.GROUP <= 0.5  # "within a second" leaves as much for the disk
    synced = count_syncs(monkeypatch)
    with opened(folder) as db:
        synced.clear()
        for n in range(5, 45):
            with db.transaction(durable=False):
                db.table("numbers").insert({"n": n})
        assert contents(folder) == numbers(*range(45))
        assert storage_of(db).appended == 40
        wait_until(lambda: storage_of(db).synced == 40)
        assert 1 <= len(synced) <= 10  # one, and one more for each half second that a slow machine took


def test_a_commit_that_waits_makes_those_before_it_durable_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced = count_syncs(monkeypatch)
    with opened(folder, background=False) as db:
        with db.transaction(durable=False):
            db.table("numbers").insert({"n": 5})
        synced.clear()
        db.table("numbers").insert({"n": 6})
        assert (storage_of(db).synced, len(synced)) == (2, 1)


def test_closing_makes_everything_durable(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    db = opened(folder)
    with db.transaction(durable=False):
        db.table("numbers").insert({"n": 5})
    synced = count_syncs(monkeypatch)
    db.close()
    assert len(synced) == 1


def count_syncs(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows with each file made durable."""
    calls: list[int] = []
    real = files._sync

    def counted(fd: int) -> None:
        real(fd)
        calls.append(fd)

    monkeypatch.setattr(files, "_sync", counted)
    return calls


def test_what_could_not_be_made_durable_is_written_again_before_the_next_commit(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk says so once, drops what it held, and has no complaint when asked again: as Linux does."""
    real = files._sync
    with opened(folder, background=False) as db:
        good = (folder / "journal.log").read_bytes()
        with db.transaction(durable=False):
            db.table("numbers").insert({"n": 5})

        def fail_and_drop(fd: int) -> None:
            (folder / "journal.log").write_bytes(good + b"\0" * 40)
            monkeypatch.setattr(files, "_sync", real)
            raise OSError(errno.EIO, os.strerror(errno.EIO))

        monkeypatch.setattr(files, "_sync", fail_and_drop)
        with pytest.raises(StoreUnwritable, match=r"journal\.log: cannot be written: Input/output error"):
            storage_of(db).sync()
        assert storage_of(db).synced == 0
        with db.transaction(durable=False):
            db.table("numbers").insert({"n": 6})
        assert contents(folder) == numbers(*range(7))
        assert storage_of(db).synced == 1
    assert contents(folder) == numbers(*range(7))


def test_while_nothing_can_be_made_durable_no_commit_is_taken_and_none_is_lost(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(fd: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(background, "GROUP", 0.01)
    with opened(folder) as db:
        with monkeypatch.context() as patched:
            patched.setattr(files, "_sync", fail)
            with db.transaction(durable=False):
                db.table("numbers").insert({"n": 5})
            wait_until(lambda: storage_of(db).trouble)
            for durable in (False, True):
                with pytest.raises(StoreUnwritable, match="Input/output error"), db.transaction(durable=durable):
                    db.table("numbers").insert({"n": 6})
            assert db.table("numbers").all() == numbers(*range(6))
            assert storage_of(db).synced == 0
        # By itself, once the disk is well.
        wait_until(lambda: storage_of(db).synced == 1 and not storage_of(db).trouble)
        db.table("numbers").insert({"n": 6})
        assert storage_of(db).trouble == ""
    assert contents(folder) == numbers(*range(7))


def test_what_could_not_be_made_durable_at_closing_is_an_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(fd: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    db = opened(folder, background=False)
    with db.transaction(durable=False):
        db.table("numbers").insert({"n": 5})
    with monkeypatch.context() as patched:
        patched.setattr(files, "_sync", fail)
        with pytest.raises(StoreUnwritable, match="Input/output error"):
            db.close()
    opened(folder).close()  # the lock was given back all the same
