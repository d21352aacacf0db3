"""The bytes of journal and snapshot."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from tensionwatch.store.memory import Tables
from tensionwatch.store.records import HEAD, Commit, frame, read_snapshot, scan, snapshot_pieces

COMMITS = [
    Commit.of({"articles": {1: Raw(b'{"title":"a"}'), 2: Raw('{"title":"é"}'.encode())}}, 3),
    Commit.of({"articles": {1: None}, "feeds": {1: Raw(b"{}")}}, 3),
    Commit.of({"empty": {}}, 4),
]
FRAMES = [frame(commit) for commit in COMMITS]
JOURNAL = b"".join(FRAMES)
TABLES: Tables = {
    "articles": {1: Raw(b'{"n":1}'), 22: Raw('{"n":"ü"}'.encode())},
    "feeds": {},
    'odd "name"': {1: Raw(b"{}")},
}


def plain(tables: Tables) -> dict[str, dict[int, Any]]:
    return {name: {doc_id: json.loads(bytes(raw)) for doc_id, raw in table.items()} for name, table in tables.items()}


def snapshot(tables: Tables = TABLES, generation: int = 5) -> bytes:
    return b"".join(snapshot_pieces(tables, generation))


def test_a_journal_gives_back_its_commits() -> None:
    found = scan(JOURNAL)
    assert (found.end, found.fault) == (len(JOURNAL), "")
    assert [frame(commit) for commit in found.commits] == FRAMES
    assert found.commits[1].delta == {"feeds": {1: found.commits[1].put["feeds"][1]}, "articles": {1: None}}
    assert found.commits[2].delta == {"empty": {}}


def test_an_empty_journal_is_whole() -> None:
    assert scan(b"") == ([], 0, "", 0)


def test_a_record_is_one_line_that_tells_its_length() -> None:
    line = FRAMES[0]
    assert line.count(b"\n") == 1
    assert int(line[9:17], 16) == len(line) - 19


@pytest.mark.parametrize("cut", range(len(JOURNAL) - len(FRAMES[2]) + 1, len(JOURNAL)))
def test_a_journal_cut_within_its_last_record_keeps_the_others(cut: int) -> None:
    found = scan(JOURNAL[:cut])
    assert (len(found.commits), found.end, found.fault) == (2, cut - (cut - len(FRAMES[0] + FRAMES[1])), "unfinished")


@given(st.integers(0, len(JOURNAL) - 1), st.integers(1, 255))
def test_a_changed_byte_ends_the_journal_before_its_record(place: int, change: int) -> None:
    damaged = bytearray(JOURNAL)
    damaged[place] ^= change
    found = scan(bytes(damaged))
    ends = [len(b"".join(FRAMES[:count])) for count in range(len(FRAMES))]
    assert found.end == max(end for end in ends if end <= place)
    assert found.fault in ("damaged", "unfinished")
    assert [frame(commit) for commit in found.commits] == FRAMES[: ends.index(found.end)]


@given(st.binary(max_size=80))
def test_any_bytes_after_a_good_record_are_told_from_it(noise: bytes) -> None:
    found = scan(FRAMES[0] + noise)
    assert (len(found.commits), found.end, bool(found.fault)) == (1, len(FRAMES[0]), bool(noise))


def test_a_record_that_is_whole_but_not_ours_is_damage() -> None:
    stranger = frame(Commit(1, {}, {})).replace(b'"generation":1', b'"generation":x')
    assert scan(stranger).fault == "damaged"


def test_a_snapshot_gives_back_its_tables() -> None:
    found = read_snapshot(snapshot())
    assert (plain(found.tables), found.generation, found.fault) == (plain(TABLES), 5, "")


def test_a_snapshot_of_nothing_is_whole() -> None:
    assert read_snapshot(snapshot({}, 2)) == ({}, 2, "")


def test_a_snapshot_is_json_with_a_document_a_line() -> None:
    content = json.loads(snapshot())
    assert content.pop(HEAD)["1"]["generation"] == 5
    assert content == {"articles": {"1": {"n": 1}, "22": {"n": "ü"}}, "feeds": {}, 'odd "name"': {"1": {}}}
    assert '"22": {"n":"ü"}'.encode() in snapshot().split(b"\n")


def test_many_documents_are_whole_over_several_pieces() -> None:
    tables: Tables = {"articles": {number: Raw(b'{"text":"%b"}' % (b"x" * 1000)) for number in range(3000)}}
    assert len(list(snapshot_pieces(tables, 1))) > 3
    found = read_snapshot(snapshot(tables, 1))
    assert (plain(found.tables), found.fault) == (plain(tables), "")


@given(st.integers(0, len(snapshot()) - 1), st.integers(1, 255))
def test_a_changed_byte_in_a_snapshot_is_noticed_and_the_other_lines_are_kept(place: int, change: int) -> None:
    damaged = bytearray(snapshot())
    damaged[place] ^= change
    found = read_snapshot(bytes(damaged))
    assert found.fault
    assert found.generation == 0
    line = snapshot()[:place].count(b"\n")
    lost = {line, line + 1} if snapshot()[place] == ord("\n") else {line}
    articles = plain(found.tables).get("articles", {})
    if 0 not in lost:  # the line that opens the table is needed to know whose documents follow
        assert 1 in lost or articles[1] == {"n": 1}
        assert 2 in lost or articles[22] == {"n": "ü"}


@given(st.integers(0, len(snapshot()) - 2))
def test_a_snapshot_cut_short_keeps_its_whole_lines(cut: int) -> None:
    found = read_snapshot(snapshot()[:cut])
    whole = snapshot()[:cut].split(b"\n")
    assert found.fault
    assert (1 in found.tables.get("articles", {})) == any(line.startswith(b'"1": {"n":1}') for line in whole)


def test_a_snapshot_rewritten_by_another_program_is_taken_with_a_word() -> None:
    changed = json.loads(snapshot())
    changed["articles"]["1"]["n"] = 2
    found = read_snapshot(json.dumps(changed).encode())
    assert plain(found.tables)["articles"][1] == {"n": 2}
    assert "another program" in found.fault


@given(st.binary(max_size=200))
def test_any_bytes_as_a_snapshot_are_read_without_an_error(noise: bytes) -> None:
    assert read_snapshot(noise).fault
