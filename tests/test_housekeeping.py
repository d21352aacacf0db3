"""Ended months leave for files of their own, old articles for good; what is told of the others stays as it is."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tinydb import TinyDB

from tensionwatch.chronicle import Chronicle
from tensionwatch.config import StorageConfig
from tensionwatch.errors import StoreUnwritable
from tensionwatch.events import Ledger
from tensionwatch.exchange import ArticleQuery, Group
from tensionwatch.housekeeping import Housekeeper
from tensionwatch.model import Article, Batch, Kind, Ordinal, Status
from tensionwatch.rules.atlas import load_atlas
from tensionwatch.store import Store, files
from tensionwatch.store.journal import JournalStorage
from tensionwatch.store.months import end_of
from tensionwatch.watch import Watch
from tests.builders import NOON, FixedClock, a_flag, a_visit, an_article
from tests.events.test_ledger import ARTICLES, held
from tests.test_chronicle import restored
from tests.test_watch import a_config

DAY = 24
LATER = NOON + timedelta(days=120)
KEEP = StorageConfig(path=Path("unused"), keep_unflagged_days=36_500, keep_flagged_days=36_500, hot_days=31)
"""Nothing is removed."""


def tidy(store: Store, limits: StorageConfig = KEEP, now: datetime = LATER) -> list[str]:
    chronicle = restored(Chronicle(store))
    return asyncio.run(Housekeeper(store, chronicle, limits, FixedClock(now)).once())


def everything(store: Store) -> dict[str, Article]:
    months = store.months
    old = {article.id: article for month in months.known for article in months.articles(month)}
    return old | {article.id: article for article in store.articles()}


def all_events(store: Store) -> dict[str, str]:
    months = store.months
    old = {event.id: repr(event) for month in months.known for event in months.events(month)}
    return old | {event.id: repr(event) for event, _ in store.events()}


def watch_of(store: Store, now: datetime = LATER) -> Watch:
    return Watch(store, a_config(Path("unused")), load_atlas(), FixedClock(now))


@pytest.mark.parametrize(("month", "end"), [("2026-02", "2026-03-01"), ("2025-12", "2026-01-01")])
def test_a_month_ends_where_the_next_begins(month: str, end: str) -> None:
    assert end_of(month) == datetime.fromisoformat(end).replace(tzinfo=UTC)


SPREAD = st.lists(st.integers(-4, 4), min_size=32, max_size=32)
"""Weeks by which articles are moved."""


@given(ARTICLES, ARTICLES, SPREAD, st.data())
def test_no_article_is_lost_and_no_event_changes_when_months_leave(
    tmp_path_factory: pytest.TempPathFactory, some: list[Article], more: list[Article], weeks: list[int], data
) -> None:
    folder = tmp_path_factory.mktemp("months")
    articles = [*some, *(replace(article, id=f"n{article.id}") for article in more)]
    articles = [
        replace(
            a, effective=a.effective and a.effective + timedelta(weeks=w), first_seen=a.first_seen + timedelta(weeks=w)
        )
        for a, w in zip(articles, weeks, strict=False)
    ]
    with Store.open(folder) as store:
        Chronicle(store).take(Batch(articles=tuple(articles)))
        for number in data.draw(st.lists(st.integers(30, 120), max_size=3)):
            tidy(store, now=NOON + timedelta(days=number))
        truth = {event.id: repr(event) for event in Ledger(articles)}
        assert everything(store) == {article.id: article for article in articles}
        assert all_events(store) == truth
        cold = Ledger(store.articles())
        assert held(cold.told) == held(Chronicle(store).told)
        if articles:
            marked = data.draw(st.sampled_from(articles))
            restored(chronicle := Chronicle(store)).mark([marked.id], starred=True)
            assert store.article(marked.id) == replace(marked, starred=True)
            assert marked.id in store
            assert {e.id: repr(e) for e in chronicle.told} == {e: truth[e] for e in truth if chronicle.told.exactly(e)}
            assert all_events(store) == truth
    with Store.open(folder, read_only=True) as store:
        assert everything(store).keys() == {article.id for article in articles}
        assert all_events(store) == truth


def a_winter(tmp_path: Path) -> Store:
    """January to June: a crossing and a plain article each week."""
    store = Store.open(tmp_path / "store")
    plain = [an_article(f"p{n:02}", hours=7 * DAY * n - 59 * DAY, title=f"Quiet week {n}") for n in range(24)]
    told = [an_article(f"c{n:02}", a_flag(), hours=7 * DAY * n - 59 * DAY) for n in range(24)]
    Chronicle(store).take(Batch(articles=(*plain, *told), new=48))
    return store


def test_a_months_file_is_plain_tinydb_with_events_and_articles(tmp_path: Path) -> None:
    with a_winter(tmp_path) as store:
        tidy(store)
        assert sorted(store.months.known) == ["2026-01", "2026-02", "2026-03", "2026-04", "2026-05"]
        assert len(store) + len(store.months) == 48
    with TinyDB(tmp_path / "store" / "months" / "2026-02.json", encoding="utf-8") as plain:
        assert {document["id"] for document in plain.table("articles")} >= {"p05", "c05"}
        assert {document["kind"] for document in plain.table("events")} == {"border_incident"}


def test_articles_leave_by_the_week_when_they_are_old_enough(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        daily = [an_article(f"d{day:03}", hours=DAY * day, title=f"Day {day}") for day in range(60)]
        Chronicle(store).take(Batch(articles=tuple(daily)))
        first = NOON.replace(day=1, hour=0)
        assert NOON - first < timedelta(days=2)
        oldest = []
        for day in range(33, 75):
            tidy(store, now=first + timedelta(days=day))
            oldest.append((first + timedelta(days=day) - store.order.first()).days)
            assert everything(store) == {article.id: article for article in daily}
        assert max(oldest) <= 31 + 10
        assert min(oldest) >= 31 - 1
        assert store.months.known.keys() == {"2026-03", "2026-04"}
        assert len(store.months) == 38


def test_what_has_left_is_found_by_id_and_by_since(tmp_path: Path) -> None:
    with a_winter(tmp_path) as store:
        before = watch_of(store)
        since = NOON - timedelta(days=40)
        queries = [
            ArticleQuery(since=since),
            ArticleQuery(since=since, flagged=True),
            ArticleQuery(since=since, text="quiet"),
            ArticleQuery(since=since, region="korea", group=Group.INCIDENT),
        ]
        listed = [before.article_ids(query) for query in queries]
        events = before.events(since=since, region="korea")
        told = {article_id: before.told_by(article_id) for article_id in listed[1]}
        history, book = before.history, before.book("PRK", "KOR")
        cards = [before.card(event.id) for event in events]
        tidy(store)
        watch = watch_of(store)
        assert len(watch.article_ids(ArticleQuery())) < 15
        assert [watch.article_ids(query) for query in queries] == listed
        assert watch.events(since=since, region="korea") == events
        assert {article_id: watch.told_by(article_id) for article_id in listed[1]} == told
        assert [watch.card(event.id) for event in events] == cards
        assert (watch.history, watch.book("PRK", "KOR")) == (history, book)
        assert watch.article("p05") == before.article("p05")
        assert watch.event("nowhere") is None


@pytest.mark.parametrize("kept", [True, False], ids=["with their indexes", "with indexes made again"])
def test_strain_and_counts_reach_what_has_left(tmp_path: Path, kept: bool) -> None:
    hostile = [
        an_article(f"{side}{number}{paper}", a_flag(side, "KOR"), hours=DAY * 20 * number - 59 * DAY, publisher=paper)
        for side in ("PRK", "RUS")
        for number in range(3)
        for paper in ("one.example", "two.example")
    ]
    fourth = Ordinal(count=4, scope="this year", words="fourth crossing this year", of="crossing")
    again = an_article("again", a_flag(ordinal=fourth), hours=119 * DAY)
    visit = an_article("visit", a_visit(), hours=118 * DAY)
    with Store.open(tmp_path) as store:
        Chronicle(store).take(Batch(articles=(*hostile, again, visit)))
        before = watch_of(store)
        (told,), (crossing,) = before.events_of("visit"), before.events_of("again")
        strains, card = before.strains(told), before.card(crossing.id)
        assert [strain.on for strain in strains] == ["KOR"]
        assert card is not None
        assert [count.ours for count in card.recurrence] == [4]
        tidy(store)
        assert {article.id for article in store.articles()} == {"again", "visit"}
    if not kept:
        for index in (tmp_path / "months").glob("*.index"):
            index.unlink()
    with Store.open(tmp_path) as store:
        watch = watch_of(store)
        for _ in watch.settle():
            pass
        assert len(list((tmp_path / "months").glob("*.index"))) == len(store.months.known) >= 2
        assert watch.strains(told) == strains
        assert watch.card(crossing.id) == card


def test_a_mark_on_an_article_of_an_ended_month_brings_it_back_with_its_event(tmp_path: Path) -> None:
    with a_winter(tmp_path) as store:
        tidy(store)
        watch = watch_of(store)
        (event,) = watch.events_of("c03")
        assert "c03" not in store
        watch.mark(["c03", "p04"], starred=True)
        assert "c03" in store
        assert watch.events_of("c03") == [event]
        watch.mark_wrong("c04", Kind.BORDER_INCIDENT, True)
        assert watch.events_of("c04") == []
    with Store.open(tmp_path / "store") as store:
        watch = watch_of(store)
        assert [a.id for a in map(watch.article, ("c03", "p04")) if a is not None and a.starred] == ["c03", "p04"]
        assert watch.events_of("c03") == [event]
        assert len(everything(store)) == 48


def test_visits_that_are_still_awaited_and_events_that_were_split_stay_hot(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        chronicle = Chronicle(store)
        awaited = an_article("awaited", a_visit(status=Status.PLANNED), hours=-5 * DAY)
        pair = [an_article(f"s{n}", a_flag(), hours=n - 5 * DAY) for n in range(2)]
        chronicle.take(Batch(articles=(awaited, *pair, an_article("plain", hours=-5 * DAY))))
        watch = watch_of(store, NOON)
        watch.split(watch.events_of("s0")[0].id, ["s1"])
        tidy(store, now=NOON + timedelta(days=40))
        assert {article.id for article in store.articles()} == {"awaited", "s0", "s1"}
        tidy(store, now=NOON + timedelta(days=80))
        assert {article.id for article in store.articles()} == {
            "s0",
            "s1",
            *([] if "awaited" not in store else ["awaited"]),
        }


def test_a_crash_between_the_file_and_the_removal_leaves_duplicates_of_which_the_hot_one_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_winter(tmp_path) as store:
        chronicle = restored(Chronicle(store))
        before, removed = everything(store), []
        events = all_events(store)

        def crash(*_: object, **__: object) -> None:
            removed.append(None)
            if len(removed) > 1:
                raise KeyboardInterrupt
            real(*_, **__)

        real = chronicle.remove
        monkeypatch.setattr("tensionwatch.housekeeping.TAKEN", 1)
        monkeypatch.setattr(chronicle, "remove", crash)
        with pytest.raises(KeyboardInterrupt):
            asyncio.run(Housekeeper(store, chronicle, KEEP, FixedClock(LATER)).once())
    with Store.open(tmp_path / "store") as store:
        assert everything(store) == before
        assert all_events(store) == events
        restored(Chronicle(store)).mark(["p01"], read=True)
        monkeypatch.setattr("tensionwatch.housekeeping.WORTH_IT", 0)
        tidy(store)
        assert everything(store) == before | {"p01": replace(before["p01"], read=True)}
        assert all_events(store) == events
        assert {article.id for article in store.articles()}.isdisjoint({"p01", "c01"})


def test_a_disk_that_is_full_while_a_month_leaves_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with a_winter(tmp_path) as store:
        before = everything(store)
        chronicle = restored(Chronicle(store))
        with monkeypatch.context() as patched:
            patched.setattr(files, "_write_all", full)
            with pytest.raises(StoreUnwritable):
                asyncio.run(Housekeeper(store, chronicle, KEEP, FixedClock(LATER)).once())
        assert everything(store) == before
        assert len(store) == 48


def test_a_lost_index_is_made_again(tmp_path: Path) -> None:
    with a_winter(tmp_path) as store:
        tidy(store)
    for index in (tmp_path / "store" / "months").glob("*.index"):
        index.write_bytes(b"not one")
    with Store.open(tmp_path / "store", read_only=True) as store:
        assert store.article("p03") is not None
        assert store.article("nowhere") is None


def test_a_snapshot_of_what_has_left_is_written_anew_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tensionwatch.store.store.WASTE_FROM", 0)
    snapshot = tmp_path / "store" / "store.json"
    with a_winter(tmp_path) as store:
        storage = store._db.storage
        assert isinstance(storage, JournalStorage)
        storage.compact()
    before = snapshot.stat().st_size
    with Store.open(tmp_path / "store") as store:
        articles = everything(store)
        tidy(store)
        assert snapshot.stat().st_size == before
    assert snapshot.stat().st_size < before / 2
    with Store.open(tmp_path / "store") as store:
        assert everything(store) == articles


# ------------------------------------------------------------------ for good


def test_articles_go_after_their_days_and_what_the_user_has_marked_stays(tmp_path: Path) -> None:
    limits = replace(KEEP, keep_unflagged_days=90, keep_flagged_days=150)
    with a_winter(tmp_path) as store:
        watch = watch_of(store, NOON)
        watch.mark(["p00", "c00"], starred=True)
        store.mark(["p01"], note="compare")
        watch.mark_missed("p02", Kind.TALKS, True)
        watch.mark_wrong("c01", Kind.BORDER_INCIDENT, True)
        said = tidy(store, limits)
        left = everything(store)
        assert {i for i in left if i.startswith("p")} >= {"p00", "p01", "p02", "p15"}
        assert all(a.effective > LATER - timedelta(days=122) for i, a in left.items() if i[0] == "p" and i > "p02")
        assert all(a.effective > LATER - timedelta(days=182) for i, a in left.items() if i[0] == "c" and i > "c01")
        assert "c02" not in left
        assert said == [f"{48 - len(left)} articles past the days of [storage] removed."]
        assert {a for e in watch_of(store).events(since=NOON - timedelta(days=90)) for a in e.articles} == {
            i for i, a in left.items() if a.standing
        }
        tidy(store, limits, now=LATER + timedelta(days=600))
        assert set(everything(store)) == {"p00", "c00", "p01", "p02", "c01"}
    with Store.open(tmp_path / "store", read_only=True) as store:
        assert store.removed == 43


def test_what_an_archive_brought_in_is_kept_from_then(tmp_path: Path) -> None:
    limits = replace(KEEP, keep_unflagged_days=90, keep_flagged_days=150)
    with Store.open(tmp_path / "store") as store:
        old = [an_article(f"p{n}", hours=-1500 * DAY - n, title=f"Quiet day {n}") for n in range(2)]
        told = [an_article(f"c{n}", a_flag(), hours=-1500 * DAY - n * 240) for n in range(3)]
        fetched = [an_article("late", hours=-1500 * DAY - 5)]
        brought = [replace(article, imported=LATER) for article in (*old, *told)]
        Chronicle(store).take(Batch(articles=(*brought, *fetched)))

        said = tidy(store, limits)  # what goes, and months into their files

        assert said == ["1 article past the days of [storage] removed."]
        assert set(everything(store)) == {"p0", "p1", "c0", "c1", "c2"}
        assert len(store) == 0
        assert tidy(store, limits, now=LATER + timedelta(days=89)) == []
        tidy(store, limits, now=LATER + timedelta(days=91))
        assert set(everything(store)) == {"c0", "c1", "c2"}
        assert tidy(store, limits, now=LATER + timedelta(days=149)) == []
        tidy(store, limits, now=LATER + timedelta(days=151))
        assert (everything(store), store.months.known, store.removed) == ({}, {}, 6)


def test_in_one_month_each_article_is_kept_from_its_own_import(tmp_path: Path) -> None:
    limits = replace(KEEP, keep_unflagged_days=90)
    with Store.open(tmp_path / "store") as store:
        for number, days in enumerate((0, 50, 100)):
            imported = LATER + timedelta(days=days)
            brought = replace(an_article(f"p{number}", hours=-1500 * DAY), imported=imported)
            Chronicle(store).take(Batch(articles=(brought,)))
        tidy(store)
        left = []
        for days in (89, 91, 141, 191):
            tidy(store, limits, now=LATER + timedelta(days=days))
            left.append(sorted(everything(store)))
        assert left == [["p0", "p1", "p2"], ["p1", "p2"], ["p2"], []]


def test_above_the_size_the_oldest_without_flags_go_first(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        text = "x" * 20_000
        plain = [replace(an_article(f"p{n:02}", hours=n), summary=text) for n in range(60)]
        told = [replace(an_article(f"c{n:02}", a_flag(), hours=40 * n - 9), summary=text) for n in range(60)]
        Chronicle(store).take(Batch(articles=(*plain, *told)))
        store.mark(["p00"], starred=True)
        said = tidy(store, replace(KEEP, max_size_mb=1, hot_days=3650))
        left = set(everything(store))
        assert {i for i in left if i[0] == "p"} == {"p00"}
        assert 40 < len(left) < 52
        assert min(i for i in left if i[0] == "c") == f"c{60 - len(left) + 1:02}"
        assert said == [f"{120 - len(left)} articles removed: the store had outgrown [storage] max_size_mb."]
