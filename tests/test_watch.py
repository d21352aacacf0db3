"""The watch: counters, lists and marks over a real store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from tensionwatch.config import Config, PollConfig, RulesConfig, StorageConfig, UiConfig
from tensionwatch.exchange import ELSEWHERE, ArticleQuery, Counts, Group, RegionRow, Window
from tensionwatch.model import Article, Batch, Fetched, Kind, Ordinal, Region, Sighting, Status
from tensionwatch.reread import Reread, Text
from tensionwatch.rules.atlas import load_atlas
from tensionwatch.store import Store
from tensionwatch.watch import Watch
from tests.builders import NOON, FixedClock, a_feed, a_flag, a_visit, an_article, an_entry, fetched

KOREA = Region(id="korea", name="Korea", countries=frozenset({"PRK", "KOR"}))


def a_config(folder: Path) -> Config:
    return Config(
        source=None,
        poll=PollConfig(
            interval=900, jitter=0.1, timeout=5, connect_timeout=5, concurrency=4, max_body=10**6, parse_timeout=5,
            user_agent="test",
        ),
        storage=StorageConfig(path=folder),
        rules=RulesConfig(packs=()),
        ui=UiConfig(timezone="UTC", theme="textual-dark"),
        feeds=(a_feed("one"), a_feed("two", publisher="two.example"), a_feed("off", enabled=False)),
        regions=(KOREA,),
    )  # fmt: skip


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.in_memory() as opened:
        yield opened


def watch_over(store: Store, clock: FixedClock, *articles: Article, tmp: Path = Path("unused")) -> Watch:
    if articles:
        store.commit(Batch(articles=articles, new=len(articles)))
    return Watch(store, a_config(tmp), load_atlas(), clock)


def row(watch: Watch, region: str) -> RegionRow:
    return next(r for r in watch.regions() if r.region.id == region)


def test_ten_papers_with_one_story_are_one_event_ten_reports(store: Store, clock: FixedClock) -> None:
    clock.pass_time(minutes=30)
    articles = [an_article(f"a{n}", a_flag(), publisher=f"p{n % 4}.example") for n in range(10)]
    counted = row(watch_over(store, clock, *articles), "korea").counts[Group.INCIDENT][Window.HOUR]
    assert counted == Counts(events=1, reports=10, publishers=4)


def test_windows_reach_as_far_back_as_they_say(store: Store, clock: FixedClock) -> None:
    clock.pass_time(hours=60)
    articles = [an_article(f"a{n}", a_flag(), hours=hours) for n, hours in enumerate((59.5, 20, -50, -120))]
    counts = row(watch_over(store, clock, *articles), "korea").counts[Group.INCIDENT]
    # 59.5 is past the 36 hours of the incident at 20, so a new one; -50 and -120 lie 110 and 180 hours back.
    assert {w: counts[w].events for w in Window} == {Window.HOUR: 1, Window.DAY: 1, Window.WEEK: 3}


def test_what_has_not_happened_is_listed_but_not_counted(store: Store, clock: FixedClock) -> None:
    statuses = (Status.PLANNED, Status.HYPOTHETICAL, Status.HISTORICAL)
    # a doubt about a visit that is planned would be part of that one: here somebody else may come
    visitors = {Status.HYPOTHETICAL: "JPN"}
    articles = [an_article(s.value, a_visit(visitors.get(s, "USA"), "KOR", status=s)) for s in statuses]
    watch = watch_over(store, clock, *articles)
    assert row(watch, "korea").counts[Group.VISIT][Window.WEEK] == Counts()
    assert {e.status for e in watch.events(region="korea")} == set(statuses)


def test_undated_articles_of_a_first_fetch_enter_no_window(store: Store, clock: FixedClock) -> None:
    watch = watch_over(store, clock, an_article("a", a_flag(), dated=False))
    assert row(watch, "korea").counts[Group.INCIDENT][Window.WEEK] == Counts()
    assert len(watch.events(region="korea")) == 1


def test_events_of_no_region_are_counted_elsewhere(store: Store, clock: FixedClock) -> None:
    watch = watch_over(store, clock, an_article("a", a_visit("RUS", "EGY")))
    assert row(watch, ELSEWHERE).counts[Group.VISIT][Window.DAY].events == 1
    assert row(watch, "korea").counts[Group.VISIT][Window.DAY].events == 0


def test_the_trend_has_half_days_with_the_newest_last(store: Store, clock: FixedClock) -> None:
    clock.pass_time(hours=13)
    articles = [an_article("a", a_flag(), hours=12), an_article("b", a_visit(), hours=0)]
    assert row(watch_over(store, clock, *articles), "korea").trend == (0,) * 12 + (1, 1)


def test_a_count_opens_into_the_events_and_articles_that_make_it(store: Store, clock: FixedClock) -> None:
    articles = [an_article("a", a_flag()), an_article("b", a_visit()), an_article("c", a_visit("RUS", "EGY"))]
    watch = watch_over(store, clock, *articles)
    (event,) = watch.events(region="korea", group=Group.INCIDENT)
    assert event.articles == ("a",)
    assert watch.article_ids(ArticleQuery(region="korea", group=Group.INCIDENT)) == ["a"]
    assert [e.id for e in watch.events_of("a")] == [event.id]


def test_articles_come_newest_first_and_undated_ones_by_when_they_were_seen(store: Store, clock: FixedClock) -> None:
    articles = [an_article("old", hours=-3), an_article("undated", hours=-2, dated=False), an_article("new", hours=-1)]
    assert watch_over(store, clock, *articles).article_ids(ArticleQuery()) == ["new", "undated", "old"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (ArticleQuery(flagged=True), {"crossing", "visit"}),
        (ArticleQuery(kind=Kind.DIPLOMATIC_VISIT), {"visit"}),
        (ArticleQuery(kind=Kind.DIPLOMATIC_VISIT, region="korea"), {"visit"}),
        (ArticleQuery(unread=True), {"visit", "plain"}),
        (ArticleQuery(starred=True), {"plain"}),
        (ArticleQuery(text="HARBOUR strike"), {"plain"}),
        (ArticleQuery(text="two.example"), {"visit"}),
        (ArticleQuery(feed="two"), {"visit"}),
        (ArticleQuery(feed="one"), {"crossing", "plain"}),
        (ArticleQuery(feed="asia"), {"crossing"}),
        (ArticleQuery(since=NOON - timedelta(hours=1)), {"crossing", "plain"}),
    ],
)
def test_filters(store: Store, clock: FixedClock, query: ArticleQuery, found: set[str]) -> None:
    in_asia_too = Sighting(feed="asia", entry_id=None, first_seen=NOON, same_words=True)
    watch = watch_over(
        store, clock,
        replace(an_article("crossing", a_flag()), sightings=(in_asia_too,)),
        an_article("visit", a_visit(), hours=-2, publisher="two.example", feed="two"),
        an_article("plain", title="Strike at the harbour"),
    )  # fmt: skip
    watch.mark(["crossing"], read=True)
    watch.mark(["plain"], starred=True)
    assert set(watch.article_ids(query)) == found


def test_what_the_poller_brings_is_kept_counted_and_told(store: Store, clock: FixedClock) -> None:
    watch = watch_over(store, clock)
    told: list[int] = []
    end = watch.subscribe(told.append)
    state = watch.accept(fetched(an_entry("Troops cross"), flags=(a_flag(),)), jitter=0)
    assert (state.articles, state.last_success, len(told)) == (1, NOON, 1)
    assert row(watch, "korea").counts[Group.INCIDENT][Window.HOUR].events == 1
    end()
    watch.accept(fetched(an_entry("Another", entry_id="e2", link="https://one.example/2")), jitter=0)
    assert len(told) == 1


def test_an_edit_that_brings_a_date_moves_the_article_in_the_list(store: Store, clock: FixedClock) -> None:
    watch = watch_over(store, clock, an_article("other", hours=-1))
    watch.accept(fetched(an_entry(published=None)), jitter=0)
    newest = watch.article_ids(ArticleQuery())
    watch.accept(fetched(an_entry("Edited", published=NOON - timedelta(days=1))), jitter=0)
    assert newest[1] == "other"
    assert watch.article_ids(ArticleQuery()) == list(reversed(newest))


def test_a_feed_is_fresh_for_twice_its_interval_and_at_least_an_hour(store: Store, clock: FixedClock) -> None:
    watch = watch_over(store, clock)
    watch.accept(fetched(an_entry()), jitter=0)
    watch.accept(Fetched(feed="two", at=NOON, result="failed", reason="HTTP 500"), jitter=0)

    def fresh() -> dict[str, bool]:
        return {r.feed.id: r.fresh for r in watch.feed_rows()}

    clock.pass_time(minutes=59)
    assert fresh() == {"one": True, "two": False, "off": False}
    clock.pass_time(minutes=2)
    assert fresh()["one"] is False


def test_a_watch_opened_again_shows_what_the_last_one_kept(tmp_path: Path, clock: FixedClock) -> None:
    with Store.open(tmp_path / "store") as store:
        first = Watch(store, a_config(tmp_path), load_atlas(), clock)
        first.accept(fetched(an_entry("Troops cross"), flags=(a_flag(),)), jitter=0)
        events = first.events()
    with Store.open(tmp_path / "store") as store:
        assert Watch(store, a_config(tmp_path), load_atlas(), clock).events() == events


# ------------------------------------------------------------------ flags that the user says are wrong


def test_a_flag_that_is_marked_wrong_counts_no_more_until_that_is_taken_back(store: Store, clock: FixedClock) -> None:
    watch = watch_over(store, clock, an_article("a", a_flag(), a_visit("USA", "KOR")), an_article("b", a_flag()))
    told: list[int] = []
    watch.subscribe(told.append)

    def incidents() -> Counts:
        return row(watch, "korea").counts[Group.INCIDENT][Window.DAY]

    watch.mark_wrong("a", Kind.BORDER_INCIDENT, True)
    assert incidents() == Counts(events=1, reports=1, publishers=1)
    assert [event.kind for event in watch.events_of("a")] == [Kind.DIPLOMATIC_VISIT]
    assert watch.article_ids(ArticleQuery(kind=Kind.BORDER_INCIDENT)) == ["b"]
    assert len(told) == 1

    watch.mark_wrong("b", Kind.BORDER_INCIDENT, True)
    assert incidents() == Counts()
    assert watch.article_ids(ArticleQuery(flagged=True)) == ["a"]

    for article in ("a", "b"):
        watch.mark_wrong(article, Kind.BORDER_INCIDENT, False)
    assert incidents().reports == 2


def test_a_wrong_flag_stays_wrong_when_its_feed_changes_the_words_and_when_opened_again(
    tmp_path: Path, clock: FixedClock
) -> None:
    with Store.open(tmp_path / "store") as store:
        watch = Watch(store, a_config(tmp_path), load_atlas(), clock)
        watch.accept(fetched(an_entry("Troops cross"), flags=(a_flag(),)), jitter=0)
        (article,) = watch.article_ids(ArticleQuery())
        watch.mark_wrong(article, Kind.BORDER_INCIDENT, True)
        watch.accept(fetched(an_entry("Troops cross again"), flags=(a_flag(),)), jitter=0)
        assert watch.events() == []
    with Store.open(tmp_path / "store") as store:
        watch = Watch(store, a_config(tmp_path), load_atlas(), clock)
        kept = watch.article(article)
        assert kept is not None
        assert (kept.title, kept.wrong, len(kept.flags)) == ("Troops cross again", (Kind.BORDER_INCIDENT,), 1)
        assert watch.events() == []
        watch.mark_wrong(article, Kind.BORDER_INCIDENT, False)
        assert len(watch.events()) == 1


# ------------------------------------------------------------------ articles classified again


def reread(article: Article, *flags: object) -> Reread:
    return Reread(article=article.id, text=Text.of(article), flags=flags)  # type: ignore[arg-type]  # they are flags


def test_recent_articles_are_those_of_thirty_days_newest_first(store: Store, clock: FixedClock) -> None:
    hours = {"new": -1, "undated": -2, "edge": -30 * 24, "old": -30 * 24 - 1}
    articles = [an_article(name, hours=at, dated=name != "undated") for name, at in hours.items()]
    assert watch_over(store, clock, *articles).recent_ids() == ["new", "undated", "edge"]


def test_other_flags_are_counted_and_told(store: Store, clock: FixedClock) -> None:
    article = an_article("a")
    watch = watch_over(store, clock, article)
    told: list[int] = []
    watch.subscribe(told.append)
    otherwise = watch.take_reread([reread(article, a_flag())], "v2")
    assert [kept.id for kept in otherwise] == ["a"]
    assert len(told) == 1
    assert row(watch, "korea").counts[Group.INCIDENT][Window.DAY].events == 1


def test_the_same_flags_of_other_rules_are_no_news(store: Store, clock: FixedClock) -> None:
    article = an_article("a", a_flag())
    watch = watch_over(store, clock, article)
    assert watch.take_reread([reread(article, replace(a_flag(), rules_version="v2"))], "v2") == []
    kept = watch.article("a")
    assert kept is not None
    assert (kept.classified, kept.flags[0].rules_version) == ("v2", "v2")


def test_an_article_that_could_not_be_classified_keeps_its_flags_and_counts_as_looked_at(
    store: Store, clock: FixedClock
) -> None:
    article = an_article("a", a_flag())
    watch = watch_over(store, clock, article)
    watch.take_reread([Reread(article="a", text=Text.of(article), flags=None)], "v2")
    kept = watch.article("a")
    assert kept is not None
    assert (kept.flags, kept.classified) == (article.flags, "v2")


def test_publishers_in_a_window_are_independent_voices(store: Store, clock: FixedClock) -> None:
    wire = "Seoul fires warning shots after a dozen soldiers cross the demarcation line"
    articles = [an_article(f"a{n}", a_flag(), publisher=f"p{n}.example", title=wire) for n in range(5)]
    clock.pass_time(minutes=30)
    counted = row(watch_over(store, clock, *articles), "korea").counts[Group.INCIDENT][Window.HOUR]
    assert counted == Counts(events=1, reports=5, publishers=1)


def test_a_split_is_told_and_outlives_a_restart(tmp_path: Path, clock: FixedClock) -> None:
    articles = [an_article(f"a{n}", a_flag(), hours=-n) for n in range(3)]
    with Store.open(tmp_path) as store:
        watch = watch_over(store, clock, *articles)
        told: list[int] = []
        watch.subscribe(told.append)
        split = watch.split(watch.events()[0].id, ["a1"])
        assert len(told) == 1
        assert len(watch.events()) == 2
    with Store.open(tmp_path) as store:
        watch = watch_over(store, clock)
        assert len(watch.events()) == 2
        assert list(watch.corrections) == [split]
        assert watch.undo_correction(split.id) == split
        assert len(watch.events()) == 1


def test_two_events_are_merged_into_one(store: Store, clock: FixedClock) -> None:
    watch = watch_over(store, clock, an_article("a", a_flag(), hours=-1), an_article("b", a_flag(), hours=-60))
    watch.merge([event.id for event in watch.events()])
    assert [event.reports for event in watch.events()] == [2]


def test_the_card_holds_counts_against_the_ledger_and_names_what_is_near(store: Store, clock: FixedClock) -> None:
    second = Ordinal(count=2, scope="in recent weeks", words="second crossing in recent weeks")
    watch = watch_over(
        store,
        clock,
        an_article("before", a_flag(), hours=-12 * 24),
        an_article("now", a_flag(ordinal=second)),
        an_article("visit", a_visit(), hours=-4),
    )
    card = watch.card(watch.events_of("now")[0].id)
    assert card is not None
    assert card.recurrence[0].says == "source says 2nd in recent weeks; we have 2, 12 days apart"
    assert [link.reason for link in card.coupled] == ["shares PRK: visit RUS→PRK, 4 h earlier"]
    assert watch.card("unknown") is None
    events = watch.events()
    assert list(watch.cards(events)) == [watch.card(event.id) for event in events]


def test_events_are_chosen_by_kind_and_time(store: Store, clock: FixedClock) -> None:
    watch = watch_over(store, clock, an_article("a", a_flag(), hours=-90), an_article("b", a_visit(), hours=-1))
    assert [e.articles for e in watch.events(kind=Kind.BORDER_INCIDENT)] == [("a",)]
    assert [e.articles for e in watch.events(since=clock.now() - timedelta(days=1))] == [("b",)]


def test_what_polls_bring_is_counted_by_the_minute_and_recalled_after_a_restart(
    tmp_path: Path, clock: FixedClock
) -> None:
    with Store.open(tmp_path) as store:
        watch = watch_over(store, clock, tmp=tmp_path)
        watch.accept(
            fetched(an_entry("One", entry_id="1"), an_entry("Two", entry_id="2", link="https://x.example/2")), jitter=0
        )
        clock.pass_time(minutes=2)
        watch.accept(fetched(an_entry("Three", entry_id="3", link="https://x.example/3"), at=clock.at), jitter=0)
        assert watch.arrivals.bars(clock.at, 1, 4) == [0, 2, 0, 1]
    clock.pass_time(minutes=1)
    with Store.open(tmp_path) as store:
        watch = watch_over(store, clock, tmp=tmp_path)
        assert watch.arrivals.bars(clock.at, 1, 4) == [0, 0, 0, 0]
        for _ in watch.settle():
            pass
        assert watch.arrivals.bars(clock.at, 1, 4) == [2, 0, 1, 0]
        assert watch.arrivals.since == NOON


def test_events_of_two_days_that_share_a_party_are_coupled_as_they_come(store: Store, clock: FixedClock) -> None:
    watch = watch_over(store, clock, an_article("visit", a_visit("RUS", "PRK"), hours=-3))
    assert not watch.couplings_are_ready
    assert watch.couplings() == []
    assert watch.couplings_are_ready
    watch.accept(fetched(an_entry("Soldiers cross"), flags=(a_flag("PRK", "KOR"),)), jitter=0)
    assert not watch.couplings_are_ready
    for _ in watch.prepare_couplings():
        pass
    assert watch.couplings_are_ready
    (couple,) = watch.couplings()
    assert (couple.first.family, couple.second.family, couple.shared) == ("visit", "incident", ("PRK",))
