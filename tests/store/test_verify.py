"""A walk over everything finds what is wrong, says where, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import Raw

from tensionwatch.model import Batch, Correction, Event, Kind, Status, to_json
from tensionwatch.store import Store
from tensionwatch.store.journal import JournalStorage
from tensionwatch.store.memory import Tables
from tensionwatch.store.records import snapshot_pieces
from tensionwatch.store.table import JournalDB
from tensionwatch.store.verify import verify

from .samples import NOON, FoldHere, article, state


def event(number: int, *articles: int, **changes: Any) -> Event:
    fields: dict[str, Any] = {
        "id": f"e{number}",
        "family": "incident",
        "kind": Kind.BORDER_INCIDENT,
        "code": "X-CROSS",
        "status": Status.ACTUAL,
        "actor": "PRK",
        "recipient": "KOR",
        "place": None,
        "first_reported": NOON,
        "last_reported": NOON + timedelta(hours=1),
        "reports": len(articles),
        "publishers": ("valley.example",),
        "states": (),
        "articles": tuple(article(n).id for n in articles),
    }
    return Event(**(fields | changes))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store with everything in it: a snapshot of articles 0-4, a journal of 5-6, a month with 7-8."""
    with Store.open(tmp_path) as store:
        store.commit(Batch(articles=tuple(map(article, range(5))), feed_states=(state("valley"),)))
    with JournalDB(tmp_path, storage=JournalStorage) as db:
        db.table("events").insert(to_json(event(1, 0, 3)))
        said = Correction(
            id="c", at=NOON, act="split", family="incident", sides=("KOR", "PRK"), groups=((article(0).id,),)
        )
        db.table("corrections").insert(to_json(said))
        assert isinstance(db.storage, JournalStorage)
        db.storage.compact()
        for number in (5, 6):
            db.table("articles").insert(to_json(article(number)))
    write_month(tmp_path, [to_json(article(7)), to_json(article(8))], [to_json(event(2, 7, 6))])
    return tmp_path


def write_month(folder: Path, articles: list[dict[str, Any]], events: list[dict[str, Any]]) -> None:
    (folder / "months").mkdir(exist_ok=True)
    tables: Tables = {"events": documents(events), "articles": documents(articles)}
    (folder / "months" / "2025-11.json").write_bytes(b"".join(snapshot_pieces(tables, 1)))


def documents(records: list[dict[str, Any]]) -> dict[int, Raw]:
    return {number: Raw(msgspec.json.encode(record)) for number, record in enumerate(records, start=1)}


def found(folder: Path, *, grave: bool = True) -> list[str]:
    return [str(finding) for finding in verify(folder).findings if finding.grave is grave]


def change(path: Path, before: bytes, after: bytes) -> None:
    content = path.read_bytes()
    assert before in content
    path.write_bytes(content.replace(before, after, 1))


def test_a_sound_store_has_no_findings_and_is_not_touched(folder: Path) -> None:
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()}
    heard: list[int] = []
    seen = verify(folder, heard.append)
    assert (seen.findings, seen.sound) == ([], True)
    assert (seen.articles, seen.events, seen.months, seen.commits) == (9, 2, 1, 2)
    assert heard[-1] == 9
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in before} == before


def test_a_store_in_the_middle_of_a_compaction_is_sound(folder: Path) -> None:
    with JournalDB(folder, storage=JournalStorage, background=False) as db:
        assert isinstance(db.storage, JournalStorage)
        for _ in db.storage.compaction(FoldHere()):
            assert verify(folder).findings == []
            db.table("feeds").insert(to_json(state(f"feed{len(db.table('feeds'))}")))
    assert verify(folder).findings == []


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert verify(tmp_path / "nowhere").articles == 0


CASES: dict[str, tuple[Callable[[Path], None], str]] = {
    "snapshot changed": (
        lambda folder: change(folder / "store.json", b"day 2", b"day 3"),
        "store.json: was changed by another program or by damage",
    ),
    "snapshot damaged": (
        lambda folder: change(folder / "store.json", b'"title":', b'"title"#'),
        "store.json: is damaged: ",
    ),
    "snapshot lost": (lambda folder: (folder / "store.json").unlink(), "store.json: is missing or older"),
    "journal damaged": (
        lambda folder: change(folder / "journal.log", b"day 6", b"day 7"),
        "journal.log: byte ",
    ),
    "month changed": (
        lambda folder: change(folder / "months" / "2025-11.json", b"day 8", b"day 9"),
        "months/2025-11.json: was changed by another program or by damage",
    ),
    "month's article unreadable": (
        lambda folder: write_month(folder, [to_json(article(7)), to_json(article(8)) | {"lang": 5}], []),
        "months/2025-11.json: articles 2: cannot be read: ",
    ),
    "article twice in a month": (
        lambda folder: write_month(folder, [to_json(article(7)), to_json(article(7))], []),
        f"months/2025-11.json: articles 2: {article(7).id} is there twice",
    ),
    "event without its article": (
        lambda folder: write_month(folder, [], [to_json(event(2, 6, 70, 71))]),
        f"months/2025-11.json: events 1: article {article(70).id} and 1 more is not there",
    ),
    "two events of one name": (
        lambda folder: write_month(folder, [], [to_json(event(2, 6)), to_json(event(3, 6, aliases=("e2",)))]),
        "months/2025-11.json: events 2: e2 is there twice",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_wrong_is_found_and_said_with_its_place(folder: Path, case: str) -> None:
    spoil, expected = CASES[case]
    spoil(folder)
    assert any(line.startswith(expected) for line in found(folder)), found(folder)
    assert not verify(folder).sound


@pytest.mark.parametrize(
    ("table", "fields"),
    [
        ("articles", {"lang": 5}),
        ("events", {"status": "?"}),
        ("feeds", {"failures": "many"}),
        ("corrections", {"at": 1}),
    ],
)
def test_a_record_that_cannot_be_read_is_found(folder: Path, table: str, fields: dict[str, Any]) -> None:
    with JournalDB(folder, storage=JournalStorage) as db:
        db.table(table).update(fields, doc_ids=[1])
    assert any(line.startswith(f"store.json: {table} 1: cannot be read: ") for line in found(folder))


def test_an_id_that_is_there_twice_is_found(folder: Path) -> None:
    with JournalDB(folder, storage=JournalStorage) as db:
        db.table("articles").insert(to_json(article(1)))
        db.table("feeds").insert(to_json(state("valley")))
    assert found(folder) == [
        f"store.json: articles 8: {article(1).id} is there twice: articles 2 has that id too",
        "store.json: feeds 2: valley is there twice: feeds 1 has that id too",
    ]


def test_what_a_crash_may_leave_is_told_and_no_fault(folder: Path) -> None:
    with (folder / "journal.log").open("ab") as log:
        log.write(b"0123")
    (folder / "journal.damaged-20260217T120000Z").write_bytes(b"x")
    write_month(folder, [to_json(article(6)), to_json(article(7))], [])
    assert found(folder) == []
    assert [line.partition(":")[0] for line in found(folder, grave=False)] == [
        "journal.log",
        "journal.damaged-20260217T120000Z",
        "months/2025-11.json",
    ]
