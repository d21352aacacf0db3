"""TinyDB's query language and its cache of queries, on its own storages and on ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tinydb import Query, TinyDB, where
from tinydb.queries import QueryInstance
from tinydb.table import Table

REPORTS = [
    {"id": 1, "by": {"name": "Gazette", "city": "Pune"}, "toll": [1, 2], "tags": ["border", "fire"], "note": None},
    {"id": 2, "by": {"name": "Courier"}, "toll": [5], "tags": ["visit"]},
    {
        "id": 3,
        "by": {"name": "gazette two", "city": "Oslo"},
        "toll": [],
        "tags": ["border", "visit"],
        "at": {"n": [{"k": 1}]},
    },
    {"id": 4, "by": "nobody"},
]
Report = Query()


@pytest.fixture
def table(db: TinyDB) -> Table:
    table = db.table("reports")
    table.insert_multiple(REPORTS)
    return table


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (Report.id == 1, [1]),
        (Report["id"] != 1, [2, 3, 4]),
        (where("id") < 2, [1]),
        (where("id") <= 2, [1, 2]),
        (where("id") > 3, [4]),
        (where("id") >= 3, [3, 4]),
        (Report.by.name == "Courier", [2]),
        (where("by")["city"] == "Oslo", [3]),
        (Report.by.city.exists(), [1, 3]),
        (~Report.by.city.exists(), [2, 4]),
        (Report.note.exists(), [1]),
        (Report.note == None, [1]),  # noqa: E711  # TinyDB's query language
        (Report.by.name.matches("Gaz"), [1]),
        (Report.by.name.matches("gaz", flags=re.IGNORECASE), [1, 3]),
        (Report.by.name.matches("zette"), []),
        (Report.by.name.search("zette"), [1, 3]),
        (Report.by.name.search("TWO$", flags=re.IGNORECASE), [3]),
        (Report.id.matches("1"), []),
        (Report.id.test(lambda n: n % 2 == 0), [2, 4]),
        (Report.id.test(lambda n, low, high: low <= n <= high, 2, 3), [2, 3]),
        (Report.tags.any(["fire", "visit"]), [1, 2, 3]),
        (Report.tags.all(["border", "visit"]), [3]),
        (Report.toll.any(where("") == 1), []),
        (Report.at.n.any(where("k") == 1), [3]),
        (Report.at.n.all(where("k") == 2), []),
        (Report.toll.all([]), [1, 2, 3]),
        (Report.id.one_of([1, 4, 9]), [1, 4]),
        (Report.by.name.one_of(["Courier"]), [2]),
        (Report.fragment({"id": 2, "tags": ["visit"]}), [2]),
        (Report.fragment({"id": 2, "tags": []}), []),
        (Report.by.fragment({"city": "Pune"}), [1]),
        (Report.noop(), [1, 2, 3, 4]),
        ((Report.id > 1) & Report.by.city.exists(), [3]),
        ((Report.id == 1) | (Report.by == "nobody"), [1, 4]),
        (~(Report.id == 1) & ~(Report.id == 2), [3, 4]),
        (Report.by.name.map(str.lower).search("gazette"), [1, 3]),
        (Report.toll.map(len) == 1, [2]),
        (Report.id.map(lambda n: n * 10) == 30, [3]),
        (Report.nowhere.at == 1, []),
    ],
)  # fmt: skip
def test_queries_find(table: Table, query: QueryInstance, found: list[int]) -> None:
    assert [document["id"] for document in table.search(query)] == found
    assert table.count(query) == len(found)
    assert table.contains(query) == bool(found)
    first = table.get(query)
    assert (first["id"] if first else None) == (found[0] if found else None)


def test_any_function_may_be_a_query(table: Table) -> None:
    assert [d["id"] for d in table.search(lambda document: "tags" not in document)] == [4]


def test_a_query_without_a_field_or_a_test_is_refused(table: Table) -> None:
    with pytest.raises(RuntimeError):
        table.search(Query())
    with pytest.raises(ValueError, match="no path"):
        Query() == 1  # noqa: B015  # it is the comparison that raises


def test_changes_by_any_query_reach_what_it_finds(table: Table) -> None:
    table.update({"seen": True}, Report.tags.any(["border"]))
    table.remove(Report.by.name.matches("Courier") | (Report.by == "nobody"))
    assert [(d["id"], d.get("seen")) for d in table] == [(1, True), (3, True)]


# ------------------------------------------------------------------ the cache of queries


class Counted:
    """A query that counts how many documents it has looked at."""

    def __init__(self) -> None:
        self.looks = 0

    def __call__(self, value: Any) -> bool:
        self.looks += 1
        return bool(value["id"] > 2)

    def __hash__(self) -> int:
        return 7


def test_a_query_asked_again_is_not_worked_out_again(table: Table) -> None:
    query = Counted()
    first = table.search(query)
    assert (table.search(query), query.looks) == (first, len(REPORTS))


CHANGES: list[Callable[[Table], object]] = [
    lambda table: table.insert({"id": 9}),
    lambda table: table.insert_multiple([{"id": 9}]),
    lambda table: table.update({"id": 9}, doc_ids=[1]),
    lambda table: table.update({"id": 9}, where("id") == 1),
    lambda table: table.update_multiple([({"id": 9}, where("id") == 1)]),
    lambda table: table.upsert({"id": 9}, where("id") == 1),
    lambda table: table.remove(doc_ids=[3]),
    lambda table: table.remove(where("id") == 3),
    lambda table: table.truncate(),
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_makes_the_cache_forget(table: Table, change: Callable[[Table], object]) -> None:
    query = Counted()
    assert [d["id"] for d in table.search(query)] == [3, 4]
    change(table)
    assert [d["id"] for d in table.search(query)] == [d["id"] for d in table if d["id"] > 2] != [3, 4]


def test_clear_cache_makes_a_query_look_again(table: Table) -> None:
    query = Counted()
    table.search(query)
    table.clear_cache()
    table.search(query)
    assert query.looks == 2 * len(REPORTS)


def test_the_cache_holds_as_many_as_it_was_made_for(db: TinyDB) -> None:
    table = db.table("reports", cache_size=1)
    table.insert_multiple(REPORTS)
    query = Counted()
    table.search(query)
    table.search(where("id") == 1)
    table.search(query)
    assert query.looks == 2 * len(REPORTS)


def test_queries_that_say_not_to_be_cached_are_not(table: Table) -> None:
    class Fickle(Counted):
        def is_cacheable(self) -> bool:
            return False

    query = Fickle()
    table.search(query)
    table.search(query)
    assert query.looks == 2 * len(REPORTS)


def test_what_is_found_may_be_kept_and_emptied(table: Table) -> None:
    found = table.search(where("id") > 2)
    found.clear()
    assert [d["id"] for d in table.search(where("id") > 2)] == [3, 4]


def test_an_iteration_may_be_left_and_begun_again(table: Table) -> None:
    walk: Iterator[Any] = iter(table)
    assert next(walk)["id"] == 1
    assert [d["id"] for d in table] == [1, 2, 3, 4]
