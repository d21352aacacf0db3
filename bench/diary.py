"""What the torture writes, so that it can tell afterwards whether anything is missing or half there.

    write 7     one commit: the articles of batch 7, an event that names them, the feed's list of batches
    mark 7      one commit: all articles of batch 7 are read

The oldest batches leave in the same commit. `after` says what a commit leads to, `examine` what a folder holds. A store
that was struck must hold the state after some commit, and none before the last that was acknowledged.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from tensionwatch.errors import StoreError
from tensionwatch.store.journal import JournalStorage
from tensionwatch.store.table import JournalDB

WINDOW = 20
"""Batches that are kept."""


class State(NamedTuple):
    batches: tuple[int, ...] = ()
    read: frozenset[int] = frozenset()


class Commit(NamedTuple):
    """`+` writes a batch, `*` marks one."""

    what: str
    batch: int


def after(state: State, commit: Commit) -> State:
    if commit.what == "*":
        return state._replace(read=state.read | {commit.batch})
    batches = (*state.batches, commit.batch)[-WINDOW:]
    return State(batches, state.read & set(batches))


def carry_out(db: JournalDB, state: State, commit: Commit, *, durable: bool) -> None:
    """Raises StoreUnwritable."""
    articles = db.table("articles")
    if commit.what == "*":
        ids = [i for i, raw in articles.raws() if msgspec.json.decode(raw)["batch"] == commit.batch]
        articles.update({"read": True}, doc_ids=ids)
        return
    parts = 5 - commit.batch % 5  # most often fewer than before: of a batch that was refused something would stick out
    leaving = set(state.batches) - set(after(state, commit).batches)
    with db.transaction(durable=durable):
        documents = [{"batch": commit.batch, "of": parts, "read": False, "text": "x" * 90} for _ in range(parts)]
        ids = articles.insert_multiple(documents)
        db.table("events").insert({"batch": commit.batch, "articles": ids})
        kept = {"batches": list(after(state, commit).batches)}
        if state.batches:
            db.table("feeds").update(kept, doc_ids=[1])
        else:
            db.table("feeds").insert(kept)
        for name in ("articles", "events") if leaving else ():
            table = db.table(name)
            gone = [i for i, raw in table.raws() if msgspec.json.decode(raw)["batch"] in leaving]
            table.remove(doc_ids=gone)


def examine(folder: Path) -> tuple[State, list[str]]:
    """What a folder holds, and what is wrong with it; nothing is changed."""
    try:
        storage = JournalStorage(folder, read_only=True)
    except StoreError as error:
        return State(), [f"does not open: {error}"]
    tables = {name: {i: msgspec.json.decode(raw) for i, raw in table.items()} for name, table in storage.tables.items()}
    state, wrong = _state(tables)
    return state, [*storage.notices, *wrong]


def _state(tables: dict[str, dict[int, dict[str, Any]]]) -> tuple[State, list[str]]:
    wrong = []
    articles: dict[int, list[int]] = {}
    for doc_id, article in tables.get("articles", {}).items():
        articles.setdefault(article["batch"], []).append(doc_id)
    events = {event["batch"]: event["articles"] for event in tables.get("events", {}).values()}
    feeds = tables.get("feeds", {})
    batches = tuple(feeds[1]["batches"]) if feeds else ()
    if not set(batches) == set(articles) == set(events):
        wrong.append(f"half applied: feed {batches}, articles {sorted(articles)}, events {sorted(events)}")
    read = set()
    for batch, ids in articles.items():
        parts = [tables["articles"][i] for i in ids]
        if len(ids) != parts[0]["of"] or events.get(batch) != ids or len({part["read"] for part in parts}) > 1:
            wrong.append(f"half applied: batch {batch}")
        if all(part["read"] for part in parts):
            read.add(batch)
    return State(batches, frozenset(read)), wrong
