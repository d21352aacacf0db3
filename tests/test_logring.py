"""What the log has to tell, held for the screen: records as they come, and the file read back."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensionwatch import logfile, logring
from tensionwatch.logbook import LOG
from tensionwatch.logread import LEVELS, LogRecord, LogTail, parse
from tensionwatch.logring import SIZE, LogRing
from tests.waiting import until


@contextmanager
def heard(ring: LogRing, level: str = "info") -> Iterator[None]:
    logring.start(ring, level)
    try:
        yield
    finally:
        logring.stop(ring)
        LOG.setLevel(logging.NOTSET)


@contextmanager
def filed(path: Path, level: str = "info") -> Iterator[None]:
    logfile.start(path, level, (), lambda told: None)
    try:
        yield
    finally:
        logfile.stop()


def texts(records: list[LogRecord]) -> list[str]:
    return [record.text for record in records]


def another(path: Path, *lines: str, pid: int = 7, at: datetime | None = None) -> None:
    """Another process writes these into the file."""
    when = (at or datetime.now(UTC)).isoformat(timespec="milliseconds").removesuffix("+00:00")
    with path.open("a") as file:
        file.writelines(f"{when}Z {pid} {line}\n" for line in lines)


# ---------------------------------------------------------------- this run


def test_records_are_kept_in_order_with_level_and_traceback() -> None:
    ring = LogRing()
    with heard(ring):
        LOG.info("poll %s: %s", "meridian", "ok")
        LOG.debug("of no interest")
        try:
            raise ValueError("first\nsecond")
        except ValueError:
            LOG.exception("a fault")
        LOG.critical("the end")
    first, second, third = ring.records()
    assert (first.text, first.level, first.pid, first.trace) == ("poll meridian: ok", "info", os.getpid(), ())
    assert (second.text, second.level) == ("a fault", "error")
    assert second.trace[0] == "Traceback (most recent call last):"
    assert second.trace[-2:] == ("ValueError: first", "second")
    assert third.level == "error"
    assert [record.number for record in ring.records()] == [1, 2, 3]


def test_the_oldest_give_way() -> None:
    ring = LogRing()
    with heard(ring):
        for n in range(SIZE + 5):
            LOG.info("%d", n)
    records = ring.records()
    assert len(records) == SIZE
    assert (records[0].text, records[-1].text) == ("5", str(SIZE + 4))


def test_warnings_and_errors_are_counted_until_somebody_looks() -> None:
    ring = LogRing()
    with heard(ring):
        LOG.info("well")
        LOG.warning("not so well")
        LOG.error("ill")
        assert (ring.unseen, ring.looked) == (2, 0)
        ring.look()
        assert (ring.unseen, ring.looked) == (0, 3)
        LOG.warning("again")
    assert ring.unseen == 1


def test_secrets_and_escapes_are_taken_out_of_text_and_traceback() -> None:
    ring = LogRing(logfile.cleaner({"hunter2hunter2"}))
    with heard(ring):
        try:
            raise ValueError("\x1b]0;x\x07 hunter2hunter2")
        except ValueError:
            LOG.exception("asked with %s \x1b[2J", "hunter2hunter2")
    (record,) = ring.records()
    told = "\n".join((record.text, *record.trace))
    assert "hunter2" not in told
    assert "\x1b" not in told
    assert record.text == "asked with *** "


def test_a_record_whose_arguments_do_not_fit_is_told_as_it_was_written(capsys: pytest.CaptureFixture[str]) -> None:
    ring = LogRing()
    ring.handle(logging.LogRecord("tensionwatch", logging.INFO, "", 0, "%d feeds", ("many",), None))
    assert texts(ring.records()) == ["%d feeds"]
    assert capsys.readouterr().err == ""


def test_where_a_file_is_kept_its_level_is_that_of_the_ring(tmp_path: Path) -> None:
    ring = LogRing()
    with heard(ring, "warning"), filed(tmp_path / "log", "warning"):
        LOG.info("no")
        LOG.warning("yes")
    assert texts(ring.records()) == ["yes"]


# ---------------------------------------------------------------- the file read back


@given(
    st.lists(
        st.tuples(st.sampled_from(LEVELS), st.text(), st.lists(st.text(), max_size=3)),
        max_size=8,
    )
)
def test_what_was_written_is_read_back(said: list[tuple[str, str, list[str]]]) -> None:
    lines, clean = [], logfile.cleaner(())
    for level, text, trace in said:
        record = logging.LogRecord("x", logging.getLevelName(level.upper()), "", 0, text, None, None)
        lines += logfile.Lines().format(record).split("\n")
        lines += [f"  | {clean(part)}" for part in trace]
    read = list(parse(lines))
    assert [(r.level, r.text) for r in read] == [(level, clean(text).lstrip(" ")) for level, text, _ in said]
    assert [r.trace for r in read] == [tuple(map(clean, trace)) for _, _, trace in said]


@given(st.lists(st.text()))
def test_nothing_that_stands_in_a_file_is_too_odd_to_be_read(lines: list[str]) -> None:
    assert all(record.level in LEVELS for record in parse(lines))


def test_lines_before_the_first_record_and_impossible_dates_make_none() -> None:
    odd = "2026-02-31T14:05:12.480Z 1 info    no such day"
    assert list(parse(["  | the end of a traceback", odd])) == []


def test_the_end_of_the_file_is_read_then_what_is_appended(tmp_path: Path) -> None:
    path = tmp_path / "log"
    tail = LogTail(path)
    assert not tail.has_changed()
    another(path, "info    one", "error   two")
    assert tail.has_changed()
    assert texts(tail.read()) == ["one", "two"]
    assert not tail.has_changed()
    another(path, "info    three")
    with path.open("a") as file:
        file.write("2026-11-25T14:05:12.480Z 7 info    being wri")
    assert texts(tail.read()) == ["three"]
    with path.open("a") as file:
        file.write("tten\n")
    assert texts(tail.read()) == ["being written"]


def test_of_a_long_file_the_end_is_read_from_a_whole_record_on(tmp_path: Path) -> None:
    path = tmp_path / "log"
    another(path, *(f"info    {n}" for n in range(100)))
    read = texts(LogTail(path, most=500).read())
    assert read[-1] == "99"
    assert 5 < len(read) < 15


def test_a_new_file_is_read_on_into_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "log"
    another(path.with_name("log.1"), "info    before")
    another(path, "info    after")
    tail = LogTail(path)
    assert texts(tail.read()) == ["before", "after"]
    another(path, "info    last of it")
    path.rename(path.with_name("log.1"))
    another(path, "info    first of the next")
    assert texts(tail.read()) == ["last of it", "first of the next"]


def test_a_file_that_was_emptied_is_read_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "log"
    another(path, "info    a long line that goes away")
    tail = LogTail(path)
    tail.read()
    path.write_text("")
    assert tail.has_changed()
    assert tail.read() == []
    another(path, "info    new")
    assert texts(tail.read()) == ["new"]


def test_a_fifo_in_its_place_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "log")
    assert not LogTail(tmp_path / "log").has_changed()


# ---------------------------------------------------------------- both together


async def test_former_runs_come_first_and_this_one_is_not_told_twice(tmp_path: Path) -> None:
    path = tmp_path / "log"
    another(path, "error   of a former run", at=datetime.now(UTC) - timedelta(days=1))
    another(path, "info    of a former run with our number", pid=os.getpid(), at=datetime.now(UTC) - timedelta(hours=1))
    ring = LogRing(path=path)
    with heard(ring), filed(path):
        LOG.info("of this run")
        reading = asyncio.create_task(ring.run())
        await asyncio.sleep(0)
        ring.want()
        await until(lambda: len(ring.records()) == 3)
        assert ring.unseen == 0, "what went wrong in former runs is no news"
        another(path, "warning of another process")
        LOG.info("of this run too")
        await until(lambda: ring.unseen == 1)
        reading.cancel()
    assert sorted(texts(ring.records())) == [
        "of a former run", "of a former run with our number", "of another process", "of this run", "of this run too",
    ]  # fmt: skip
    assert texts(ring.records())[:3] == ["of a former run", "of a former run with our number", "of this run"]
    assert sorted(r.number for r in ring.records()) == [-2, -1, 1, 2, 3]
    assert [r.at for r in ring.records()] == sorted(r.at for r in ring.records())


async def test_a_file_that_cannot_be_read_is_told_and_stops_nothing(tmp_path: Path) -> None:
    path = tmp_path / "no folder" / "log"
    path.parent.write_text("a file in place of the folder")
    ring = LogRing(path=path)
    reading = asyncio.create_task(ring.run())
    await asyncio.sleep(0)
    ring.want()
    await until(lambda: ring.trouble == "Not a directory")
    path.parent.unlink()
    path.parent.mkdir()
    another(path, "info    at last")
    await until(lambda: texts(ring.records()) == ["at last"])
    assert ring.trouble == ""
    reading.cancel()


async def test_without_a_file_there_is_nothing_to_read() -> None:
    await LogRing().run()
