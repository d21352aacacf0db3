"""Feeds disabled and enabled by hand: kept in the store, in force at once, wherever feeds are asked for."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from msgspec.structs import replace

from tensionwatch.exchange import ELSEWHERE
from tensionwatch.health import health
from tensionwatch.model import Feed, Fetched
from tensionwatch.store import FollowedStore, Store
from tensionwatch.watch import Watch
from tests.tui.world import FEEDS, NOON, SetClock, SmallAtlas, World


def watch_of(store: Store, feeds: tuple[Feed, ...] = FEEDS) -> Watch:
    return Watch(store, World(feeds=feeds).config, SmallAtlas(), SetClock())


def enabled(watch: Watch) -> set[str]:
    return {feed.id for feed in watch.feeds if feed.enabled}


def test_what_is_switched_off_stays_so_after_a_restart(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        watch = watch_of(store)
        watch.switch_feed("harbour", False)
        assert "harbour" not in enabled(watch)
    with Store.open(tmp_path) as store:
        watch = watch_of(store)
        assert "harbour" not in enabled(watch)
        row = watch.feed_rows()[0]
        assert health(row.feed, row.state, NOON).reason == "disabled by hand since 2026-11-23 12:00 UTC"


def test_what_is_said_as_the_configuration_says_it_is_not_kept() -> None:
    store = Store.in_memory()
    watch = watch_of(store)
    watch.switch_feed("harbour", False)
    watch.switch_feed("harbour", True)
    state = watch.feed_state("harbour")
    assert (state.switched, state.switched_at) == (None, None)


def test_a_feed_disabled_in_the_configuration_is_enabled_by_hand_and_disabled_again() -> None:
    watch = watch_of(Store.in_memory(), tuple(replace(feed, enabled=False) for feed in FEEDS))
    watch.switch_feed("harbour", True)
    assert enabled(watch) == {"harbour"}
    watch.switch_feed("harbour", False)
    assert enabled(watch) == set()
    row = watch.feed_rows()[0]
    assert health(row.feed, row.state, NOON).reason == "disabled in the configuration"


def test_an_answer_that_was_under_way_and_another_address_leave_it_switched_off() -> None:
    store = Store.in_memory()
    watch = watch_of(store)
    watch.switch_feed("harbour", False)
    watch.accept(Fetched(feed="harbour", at=NOON, result="ok"), jitter=0)
    assert "harbour" not in enabled(watch)
    moved = watch_of(store, (replace(FEEDS[0], url="https://new.example/rss"), *FEEDS[1:]))
    moved.accept(Fetched(feed="harbour", at=NOON, result="ok"), jitter=0)
    assert "harbour" not in enabled(moved)


def test_a_region_is_covered_by_those_that_are_polled_alone() -> None:
    watch = watch_of(Store.in_memory())
    assert next(i for i in watch.index() if i.region == ELSEWHERE).coverage.feeds == 6
    watch.switch_feed("harbour", False)
    assert next(i for i in watch.index() if i.region == ELSEWHERE).coverage.feeds == 5


def test_subscribers_hear_of_it() -> None:
    watch = watch_of(Store.in_memory())
    heard: list[int] = []
    watch.subscribe(heard.append)
    watch.switch_feed("harbour", False, since=NOON - timedelta(days=1))
    assert heard
    assert watch.feed_state("harbour").switched_at == NOON - timedelta(days=1)


def test_a_screen_that_follows_sees_what_is_switched_where_feeds_are_polled(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        watch = watch_of(store)
        watch.accept(Fetched(feed="harbour", at=NOON, result="ok"), jitter=0)
        with FollowedStore.follow(tmp_path) as followed:
            following = watch_of(followed)
            assert "harbour" in enabled(following)
            watch.switch_feed("harbour", False)
            for _ in following.follow(followed.fetch()):
                pass
            assert "harbour" not in enabled(following)
