"""What TinyDB documents of tables, on its own storages and on ours: the same tests, the same outcome."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tinydb import TinyDB, where
from tinydb.operations import add, decrement, delete, increment, subtract
from tinydb.operations import set as set_to
from tinydb.table import Document, Table

from tensionwatch.store.journal import SNAPSHOT, JournalStorage
from tensionwatch.store.table import JournalDB

Reopen = Callable[[], TinyDB]


def numbers(table: Table) -> list[Any]:
    return [document["n"] for document in table.all()]


def test_insert_gives_ids_from_one(db: TinyDB) -> None:
    assert [db.insert({}), db.insert({}), db.table("other").insert({})] == [1, 2, 1]


def test_insert_takes_mappings_only(db: TinyDB) -> None:
    with pytest.raises(ValueError, match="not a Mapping"):
        db.insert([1])
    with pytest.raises(ValueError, match="not a Mapping"):
        db.insert_multiple([{"n": 1}, [1]])
    assert len(db) == 0


def test_insert_multiple_gives_the_ids(db: TinyDB) -> None:
    assert db.insert_multiple({"n": n} for n in range(3)) == [1, 2, 3]
    assert db.insert_multiple([]) == []


def test_a_document_with_an_id_keeps_it_and_later_ones_follow(table: Table) -> None:
    assert table.insert(Document({"n": 12}, doc_id=12)) == 12
    assert table.insert({"n": 13}) == 13


def test_an_id_is_not_taken_twice(table: Table) -> None:
    with pytest.raises(ValueError, match="already exists"):
        table.insert(Document({"n": 9}, doc_id=2))
    with pytest.raises(ValueError, match="already exists"):
        table.insert_multiple([Document({"n": 9}, doc_id=2)])
    assert numbers(table) == [1, 2, 3]


def test_all_and_iteration_give_documents_with_ids_in_order(table: Table) -> None:
    assert numbers(table) == [1, 2, 3]
    assert [(document.doc_id, document["n"]) for document in table] == [(1, 1), (2, 2), (3, 3)]


def test_search_gives_what_matches(table: Table) -> None:
    assert [d["n"] for d in table.search(where("even") == False)] == [1, 3]  # noqa: E712  # TinyDB's query language
    assert table.search(where("n") > 9) == []


def test_search_sees_changes_made_since(table: Table) -> None:
    assert len(table.search(where("n") > 1)) == 2
    table.insert({"n": 4})
    table.remove(where("n") == 2)
    assert [d["n"] for d in table.search(where("n") > 1)] == [3, 4]


def test_get_by_condition_by_id_and_by_ids(table: Table) -> None:
    found = table.get(where("n") == 2)
    assert found is not None
    assert (found.doc_id, found["n"]) == (2, 2)
    assert table.get(doc_id=3) == {"n": 3, "even": False}
    assert [d["n"] for d in table.get(doc_ids=[3, 1, 99])] == [1, 3]
    assert table.get(where("n") == 99) is None
    assert table.get(doc_id=99) is None
    with pytest.raises(RuntimeError):
        table.get()


def test_contains_and_count(table: Table) -> None:
    assert table.contains(where("n") == 1)
    assert table.contains(doc_id=3)
    assert not table.contains(doc_id=4)
    assert table.count(where("n") > 1) == 2
    assert len(table) == 3


def test_update_sets_fields_where_the_condition_holds(table: Table) -> None:
    assert table.update({"seen": True}, where("n") >= 2) == [2, 3]
    assert [d.get("seen") for d in table] == [None, True, True]


def test_update_by_ids_passes_over_unknown_ones(table: Table) -> None:
    assert table.update({"seen": True}, doc_ids=[3, 99]) == [3]
    assert table.get(doc_id=3) == {"n": 3, "even": False, "seen": True}


def test_update_without_a_condition_changes_all(table: Table) -> None:
    assert table.update({"n": 0}) == [1, 2, 3]
    assert numbers(table) == [0, 0, 0]


def test_update_takes_operations(table: Table) -> None:
    table.update(increment("n"), where("n") == 3)
    table.update(delete("even"), doc_ids=[1])
    assert table.all() == [{"n": 1}, {"n": 2, "even": True}, {"n": 4, "even": False}]


def test_all_operations_work_on_one_field(table: Table) -> None:
    table.update(add("n", 10), doc_ids=[1])
    table.update(subtract("n", 1.5), doc_ids=[2])
    table.update(decrement("n"), doc_ids=[3])
    table.update(set_to("name", "one"), doc_ids=[1])
    assert table.all() == [{"n": 11, "even": False, "name": "one"}, {"n": 0.5, "even": True}, {"n": 2, "even": False}]


def test_update_takes_any_function_of_a_document(table: Table) -> None:
    def halve(document: Any) -> None:
        document["half"] = document.pop("n") / 2

    assert table.update(halve, where("even") == True) == [2]  # noqa: E712  # TinyDB's query language
    assert table.get(doc_id=2) == {"even": True, "half": 1.0}


def test_update_by_ids_does_not_look_at_the_condition(table: Table) -> None:
    assert table.update({"seen": True}, where("n") == 1, doc_ids=[2]) == [2]


def test_update_replaces_what_lies_in_a_field(table: Table) -> None:
    table.update({"toll": {"killed": 1, "wounded": 2}}, doc_ids=[1])
    table.update({"toll": {"killed": 3}}, doc_ids=[1])
    assert (table.get(doc_id=1) or {})["toll"] == {"killed": 3}


def test_update_multiple_takes_operations_and_overlaps(table: Table) -> None:
    table.update_multiple([(increment("n"), where("n") >= 2), (delete("even"), where("n") >= 1)])
    assert table.all() == [{"n": 1}, {"n": 3}, {"n": 4}]


def test_update_multiple_pairs_changes_with_conditions(table: Table) -> None:
    updates = [({"name": "one"}, where("n") == 1), ({"name": "three"}, where("n") == 3)]
    assert table.update_multiple(updates) == [1, 3]
    assert [d.get("name") for d in table] == ["one", None, "three"]


def test_upsert_merges_into_all_that_match(table: Table) -> None:
    assert table.upsert({"seen": True}, where("even") == False) == [1, 3]  # noqa: E712  # TinyDB's query language
    assert table.get(doc_id=3) == {"n": 3, "even": False, "seen": True}
    assert len(table) == 3


def test_upsert_updates_what_matches_else_inserts(table: Table) -> None:
    assert table.upsert({"n": 2, "name": "two"}, where("n") == 2) == [2]
    assert table.upsert({"n": 4}, where("n") == 4) == [4]
    assert table.upsert(Document({"name": "one"}, doc_id=1)) == [1]
    assert table.upsert(Document({"n": 9}, doc_id=9)) == [9]
    assert numbers(table) == [1, 2, 3, 4, 9]
    with pytest.raises(ValueError, match="doc_id"):
        table.upsert({"n": 1})


def test_remove_by_condition_and_by_ids(table: Table) -> None:
    assert table.remove(where("n") == 1) == [1]
    assert table.remove(doc_ids=[3, 99]) == [3]
    assert numbers(table) == [2]
    with pytest.raises(RuntimeError):
        table.remove()


def test_removing_what_is_not_there_changes_nothing(table: Table) -> None:
    assert table.remove(where("n") == 99) == []
    assert table.remove(doc_ids=[]) == []
    assert numbers(table) == [1, 2, 3]


def test_ids_are_not_given_again_within_a_session(table: Table) -> None:
    table.remove(doc_ids=[3])
    assert table.insert({"n": 4}) == 4


def test_truncate_empties_a_table_and_starts_ids_again(table: Table) -> None:
    table.truncate()
    assert len(table) == 0
    assert table.insert({"n": 1}) == 1


def test_the_default_table_is_the_databases_own(db: TinyDB) -> None:
    db.insert({"n": 1})
    assert db.tables() == {"_default"} == {db.default_table_name}
    assert db.table("_default").all() == db.all() == list(db) == [{"n": 1}]
    assert (len(db), db.count(where("n") == 1), db.contains(doc_id=1)) == (1, 1, True)
    db.truncate()
    assert db.all() == []


def test_a_table_is_the_same_whenever_it_is_asked_for(db: TinyDB) -> None:
    assert db.table("numbers") is db.table("numbers")
    assert db.table("numbers").name == "numbers"


def test_tables_do_not_see_one_another(db: TinyDB) -> None:
    db.table("one").insert_multiple([{"n": 1}, {"n": 2}])
    db.table("two").insert({"n": 1})
    db.table("one").remove(where("n") == 1)
    assert (db.table("one").all(), db.table("two").all()) == ([{"n": 2}], [{"n": 1}])
    assert db.tables() == {"one", "two"}


def test_drop_table_forgets_it_and_leaves_the_others(db: TinyDB, table: Table) -> None:
    db.table("other").insert({"n": 7})
    db.drop_table("numbers")
    db.drop_table("never there")
    assert db.tables() == {"other"}
    assert len(db.table("numbers")) == 0
    assert numbers(db.table("other")) == [7]


def test_drop_tables_forgets_all(db: TinyDB, table: Table) -> None:
    db.drop_tables()
    assert db.tables() == set()
    assert db.table("numbers").insert({}) == 1


def test_an_empty_table_is_there_when_asked_to_persist(db: TinyDB) -> None:
    assert db.tables() == set()
    db.table("lazy")
    assert db.tables() == set()
    db.table("kept", persist_empty=True)
    assert db.tables() == {"kept"}


def test_names_of_tables_may_be_anything(reopen: Reopen) -> None:
    names = {"", "with spaces", 'quotes "\\ and', "déjà", "_x"}
    for name in names:
        reopen().table(name).insert({"name": name})
    assert reopen().tables() == names
    assert {name: reopen().table(name).all() for name in names} == {name: [{"name": name}] for name in names}


def test_dropped_tables_stay_away_after_reopening(reopen: Reopen) -> None:
    reopen().table("kept").insert({"n": 1})
    reopen().table("dropped").insert({"n": 2})
    reopen().drop_table("dropped")
    assert reopen().tables() == {"kept"}
    reopen().drop_tables()
    assert reopen().tables() == set()


def test_a_truncated_table_is_empty_after_reopening(reopen: Reopen) -> None:
    reopen().insert_multiple([{"n": 1}, {"n": 2}])
    reopen().truncate()
    assert reopen().all() == []


def test_the_block_of_a_database_closes_it(reopen: Reopen) -> None:
    with reopen() as db:
        db.insert({"n": 1})
    assert reopen().all() == [{"n": 1}]


def test_everything_is_there_after_reopening(reopen: Reopen) -> None:
    table = reopen().table("numbers")
    table.insert_multiple({"n": n, "text": "déjà vu\n\u2028\"'\\"} for n in (1, 2, 3))
    table.update({"n": [1, {"deep": None}]}, doc_ids=[2])
    table.remove(doc_ids=[1])
    expected = table.all()
    again = reopen().table("numbers")
    assert again.all() == expected
    assert [document.doc_id for document in again] == [2, 3]


def test_ids_go_on_from_the_highest_after_reopening(reopen: Reopen) -> None:
    reopen().insert_multiple([{}, {}, {}])
    reopen().remove(doc_ids=[1])
    assert reopen().insert({}) == 4


def test_a_documents_top_level_is_a_copy(table: Table) -> None:
    found = table.get(doc_id=1)
    assert found is not None
    found["n"] = 99
    table.all()[1]["n"] = 99
    assert numbers(table) == [1, 2, 3]


def test_a_document_given_may_be_changed_by_its_owner_later(table: Table) -> None:
    mine = {"n": 4}
    table.insert(mine)
    mine["n"] = 99
    assert numbers(table) == [1, 2, 3, 4]


def test_documents_may_be_removed_while_they_are_walked(db: TinyDB) -> None:
    db.insert_multiple({"n": n} for n in range(4))
    for document in db:
        db.remove(doc_ids=[document.doc_id])
    assert len(db) == 0


def test_an_update_that_raises_changes_nothing(reopen: Reopen, request: pytest.FixtureRequest) -> None:
    if "TinyDB in memory" in request.node.name or "cached" in request.node.name:
        pytest.skip("TinyDB's MemoryStorage and its cache hand out their own documents: there the first is changed")
    table = reopen().table("numbers")
    table.insert_multiple([{"n": 1}, {"m": 2}])
    with pytest.raises(KeyError):
        table.update(increment("n"))
    assert table.all() == [{"n": 1}, {"m": 2}]


# ------------------------------------------------------------------ plain TinyDB on our file


def test_plain_tinydb_reads_our_snapshot(tmp_path: Path) -> None:
    with JournalDB(tmp_path / "store", storage=JournalStorage) as ours:
        ours.table("numbers").insert_multiple(
            {"n": n, "text": "déjà\n\u2028\"'\\", "deep": [{"x": None}]} for n in range(5)
        )
        ours.table("numbers").remove(doc_ids=[2])
        ours.insert({"n": 1.5, "big": 2**60})
        ours.storage.compact()
        documents = {name: ours.table(name).all() for name in ours.tables()}
        ids = {name: [document.doc_id for document in ours.table(name)] for name in ours.tables()}
    with TinyDB(tmp_path / "store" / SNAPSHOT) as plain:
        assert {name: plain.table(name).all() for name in documents} == documents
        assert {name: [document.doc_id for document in plain.table(name)] for name in documents} == ids
        assert plain.table("numbers").search(where("n") >= 3) == documents["numbers"][2:]


def test_what_plain_tinydb_writes_into_our_snapshot_is_kept_and_told(tmp_path: Path) -> None:
    with JournalDB(tmp_path / "store", storage=JournalStorage) as ours:
        ours.insert_multiple([{"n": 1}, {"n": 2}])
        ours.storage.compact()
    with TinyDB(tmp_path / "store" / SNAPSHOT) as plain:
        plain.update({"n": 7}, doc_ids=[2])
        plain.insert({"n": 3})
    with JournalDB(tmp_path / "store", storage=JournalStorage) as ours:
        assert ours.all() == [{"n": 1}, {"n": 7}, {"n": 3}]
        assert ["changed by another program" in notice for notice in ours.storage.notices] == [True, False]
