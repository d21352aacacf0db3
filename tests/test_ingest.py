"""What is kept of a poll, and under which identity."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensionwatch.feeds.parse import parse
from tensionwatch.feeds.schedule import Bounds, address
from tensionwatch.ingest import MAX_REVISIONS, decide
from tensionwatch.model import Article, Batch, Entry, Feed, FeedState, Fetched, ReadEntry, Sighting
from tensionwatch.store import Store
from tests.builders import NOON, a_feed, a_flag, an_entry, fetched, fresh_state

BOUNDS = Bounds(interval=900, longest=3_600, jitter=0.1)


class Collection:
    """A real store, in memory if none is given, fed through decide."""

    def __init__(self, store: Store | None = None) -> None:
        self.store = Store.in_memory() if store is None else store

    def take(self, outcome: Fetched, feed: Feed | None = None) -> Batch:
        feed = feed or a_feed(outcome.feed)
        state = self.store.feed_state(feed.id) or fresh_state(feed)
        batch = decide(
            feed=feed, state=state, fetched=outcome, known=self.store, bounds=BOUNDS, jitter=0
        )  # fmt: skip
        self.store.commit(batch)
        return batch

    @property
    def articles(self) -> list[Article]:
        return list(self.store.articles())

    def state(self, feed_id: str = "one") -> FeedState:
        state = self.store.feed_state(feed_id)
        assert state is not None
        return state


@pytest.fixture
def kept() -> Collection:
    return Collection()


def test_new_entries_become_articles(kept: Collection) -> None:
    batch = kept.take(fetched(an_entry("One"), an_entry("Two", entry_id="e2", link="https://one.example/story-2")))
    assert batch.new == 2
    assert {a.title for a in kept.articles} == {"One", "Two"}


def test_same_entries_polled_again_store_nothing(kept: Collection) -> None:
    kept.take(fetched(an_entry()))
    assert kept.take(fetched(an_entry(), at=NOON + timedelta(hours=1))).articles == ()
    assert len(kept.articles) == 1


def test_an_edited_title_keeps_the_article_and_becomes_a_revision(kept: Collection) -> None:
    kept.take(fetched(an_entry("Troops cross the border")))
    kept.take(fetched(an_entry("Troops cross the border again"), at=NOON + timedelta(hours=1)))
    (article,) = kept.articles
    assert article.title == "Troops cross the border again"
    assert [r.title for r in article.revisions] == ["Troops cross the border"]
    assert article.first_seen == NOON


def test_an_edit_brings_its_flags(kept: Collection) -> None:
    kept.take(fetched(an_entry("Quiet day")))
    kept.take(fetched(an_entry("Troops cross the border"), flags=(a_flag(),)))
    assert [f.actor for f in kept.articles[0].flags] == ["PRK"]


def test_a_title_that_flips_back_is_not_a_new_revision(kept: Collection) -> None:
    for title in ("First", "Second", "First", "Second"):
        kept.take(fetched(an_entry(title)))
    assert [r.title for r in kept.articles[0].revisions] == ["First"]


def test_read_and_star_survive_an_edit(kept: Collection) -> None:
    kept.take(fetched(an_entry("First")))
    kept.store.mark([kept.articles[0].id], read=True, starred=True)
    kept.take(fetched(an_entry("Second")))
    assert (kept.articles[0].read, kept.articles[0].starred) == (True, True)


def test_tracking_parameters_do_not_make_another_article(kept: Collection) -> None:
    kept.take(fetched(an_entry(link="https://one.example/a?utm_source=rss", entry_id="x")))
    kept.take(fetched(an_entry(link="http://www.one.example/a#top", entry_id="y")))
    assert len(kept.articles) == 1


def test_ids_that_change_at_every_fetch_do_not_multiply_an_article(kept: Collection) -> None:
    for number in range(3):
        kept.take(fetched(an_entry(entry_id=f"fetch-{number}")))
    assert len(kept.articles) == 1


def test_an_id_whose_link_and_title_both_change_is_another_article(kept: Collection) -> None:
    kept.take(fetched(an_entry("One", entry_id="1", link="https://one.example/a")))
    kept.take(fetched(an_entry("Two", entry_id="1", link="https://one.example/b")))
    assert {a.title for a in kept.articles} == {"One", "Two"}


def test_two_entries_of_one_body_that_share_an_id_are_both_kept(kept: Collection) -> None:
    entries = [an_entry(f"Story {n}", entry_id="guid", link=f"https://one.example/{n}") for n in range(3)]
    assert kept.take(fetched(*entries)).new == 3


def test_a_link_that_many_titles_share_names_a_page_not_a_story(kept: Collection) -> None:
    entries = [an_entry(f"Story {n}", entry_id=f"id-{n}", link="https://one.example/") for n in range(4)]
    assert kept.take(fetched(*entries)).new == 4
    kept.take(fetched(*entries, at=NOON + timedelta(hours=1)))
    assert len(kept.articles) == 4


def test_one_story_in_two_feeds_of_a_publisher_is_one_article(kept: Collection) -> None:
    kept.take(fetched(an_entry("World: story"), feed="world"), a_feed("world"))
    kept.take(fetched(an_entry("Asia: story"), feed="asia"), a_feed("asia"))
    (article,) = kept.articles
    assert (article.feed, article.title, article.revisions) == ("world", "World: story", ())


def test_what_another_feed_of_the_publisher_shows_is_a_sighting(kept: Collection) -> None:
    later = NOON + timedelta(hours=2)
    kept.take(fetched(an_entry(entry_id="w1"), feed="world"), a_feed("world"))
    batch = kept.take(fetched(an_entry(entry_id="a7"), feed="asia", at=later), a_feed("asia"))
    (article,) = kept.articles
    assert (article.feed, article.entry_id, article.first_seen) == ("world", "w1", NOON)
    assert article.sightings == (Sighting(feed="asia", entry_id="a7", first_seen=later, same_words=True),)
    assert article.feeds == ("world", "asia")
    assert batch.new == 0


def test_an_article_counts_in_each_feed_that_shows_it_and_once_in_each(kept: Collection) -> None:
    for hour in range(3):
        at = NOON + timedelta(hours=hour)
        kept.take(fetched(an_entry(), feed="world", at=at), a_feed("world"))
        kept.take(fetched(an_entry(), feed="asia", at=at), a_feed("asia"))
    assert (kept.state("world").articles, kept.state("asia").articles) == (1, 1)
    assert kept.state("asia").newest == NOON
    assert len(kept.articles[0].sightings) == 1


def test_a_sighting_is_known_by_its_own_entry_id(kept: Collection) -> None:
    kept.take(fetched(an_entry(entry_id="w1"), feed="world"), a_feed("world"))
    kept.take(fetched(an_entry(entry_id="a7"), feed="asia"), a_feed("asia"))
    kept.take(fetched(an_entry(entry_id="a7", link="https://one.example/moved"), feed="asia"), a_feed("asia"))
    assert len(kept.articles) == 1


def test_sightings_hold_after_reopening(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        kept = Collection(store)
        kept.take(fetched(an_entry(entry_id="w1"), feed="world"), a_feed("world"))
        kept.take(fetched(an_entry(entry_id="a7"), feed="asia"), a_feed("asia"))
    with Store.open(tmp_path) as store:
        kept = Collection(store)
        moved = an_entry(entry_id="a7", link="https://one.example/moved")
        assert kept.take(fetched(moved, feed="asia"), a_feed("asia")).new == 0
        assert kept.articles[0].feeds == ("world", "asia")


def test_an_edit_that_only_the_second_feed_shows_is_a_revision(kept: Collection) -> None:
    kept.take(fetched(an_entry("First"), feed="world"), a_feed("world"))
    kept.take(fetched(an_entry("First"), feed="asia"), a_feed("asia"))
    kept.take(fetched(an_entry("Second"), feed="asia"), a_feed("asia"))
    kept.take(fetched(an_entry("Second"), feed="world"), a_feed("world"))
    (article,) = kept.articles
    assert (article.title, [r.title for r in article.revisions]) == ("Second", ["First"])


def test_a_feed_with_headlines_of_its_own_edits_nothing(kept: Collection) -> None:
    kept.take(fetched(an_entry("World: story"), feed="world"), a_feed("world"))
    for title in ("Asia: story", "Asia: the story"):
        kept.take(fetched(an_entry(title), feed="asia"), a_feed("asia"))
    assert (kept.articles[0].title, kept.articles[0].revisions) == ("World: story", ())


def test_a_feed_that_comes_round_to_the_articles_words_may_edit_from_then_on(kept: Collection) -> None:
    kept.take(fetched(an_entry("World: story"), feed="world"), a_feed("world"))
    for title in ("Asia: story", "World: story", "World: the story"):
        kept.take(fetched(an_entry(title), feed="asia"), a_feed("asia"))
    assert kept.articles[0].title == "World: the story"
    assert len(kept.articles[0].sightings) == 1


def test_a_page_that_moves_with_its_headline_takes_its_article_along(kept: Collection) -> None:
    kept.take(fetched(an_entry("Truce near", entry_id="1", link="https://one.example/truce-near")))
    kept.take(fetched(an_entry("Truce near", entry_id="1", link="https://one.example/truce-signed")))
    kept.take(fetched(an_entry("Truce signed", entry_id="1", link="https://one.example/truce-signed")))
    (article,) = kept.articles
    assert (article.link, article.title) == ("https://one.example/truce-signed", "Truce signed")
    kept.take(fetched(an_entry("Truce signed", entry_id="x", link="https://one.example/truce-signed"), feed="two"),
              a_feed("two"))  # fmt: skip
    kept.take(fetched(an_entry("Truce near", entry_id="y", link="https://one.example/truce-near"), feed="two"),
              a_feed("two"))  # fmt: skip
    assert len(kept.articles) == 1


def test_an_article_does_not_move_to_the_link_of_another(kept: Collection) -> None:
    kept.take(fetched(an_entry("One", entry_id="1", link="https://one.example/a"),
                      an_entry("Two", entry_id="2", link="https://one.example/b")))  # fmt: skip
    kept.take(fetched(an_entry("One", entry_id="1", link="https://one.example/b")))
    assert sorted(a.link or "" for a in kept.articles) == ["https://one.example/a", "https://one.example/b"]


def test_two_stories_of_one_body_with_one_id_and_one_title_stay_two(kept: Collection) -> None:
    entries = [an_entry("Photo of the day", entry_id="photo", link=f"https://one.example/photo-{n}") for n in range(2)]
    kept.take(fetched(entries[0]))
    kept.take(fetched(*entries))
    assert len(kept.articles) == 2


def test_the_second_article_of_an_id_is_found_under_it_too(kept: Collection) -> None:
    for n in range(2):
        kept.take(fetched(an_entry(f"Story {n}", entry_id="1", link=f"https://one.example/{n}")))
    kept.take(fetched(an_entry("Story 1", entry_id="1", link="https://one.example/1-moved")))
    assert len(kept.articles) == 2


def test_front_pages_given_as_links_are_told_apart_by_entry_id(kept: Collection) -> None:
    for n in range(3):
        kept.take(fetched(an_entry(f"Story {n}", entry_id=f"id-{n}", link="https://www.one.example/?utm_source=rss")))
    assert [a.title for a in kept.articles] == ["Story 0", "Story 1", "Story 2"]
    kept.take(fetched(an_entry("Story 2, edited", entry_id="id-2", link="https://www.one.example/")))
    assert len(kept.articles) == 3


def test_a_page_is_known_as_one_by_what_is_kept_of_it(kept: Collection) -> None:
    kept.take(fetched(*(an_entry(f"Story {n}", entry_id=f"id-{n}", link="https://one.example/news") for n in range(3))))
    kept.take(fetched(an_entry("Story 3", entry_id="id-3", link="https://one.example/news")))
    assert len(kept.articles) == 4


def test_of_many_wordings_the_first_and_the_latest_are_kept(kept: Collection) -> None:
    for minute in range(MAX_REVISIONS + 20):
        kept.take(fetched(an_entry("Live", summary=f"{minute} minutes ago")))
    revisions = [r.summary for r in kept.articles[0].revisions]
    assert len(revisions) == MAX_REVISIONS
    assert (revisions[0], revisions[1], revisions[-1]) == ("0 minutes ago", "20 minutes ago", "68 minutes ago")


def test_a_feed_whose_address_changes_keeps_its_articles(kept: Collection) -> None:
    entries = [an_entry("One"), an_entry("Two", entry_id=None, link="https://one.example/2"),
               an_entry("Three", entry_id=None, link=None)]  # fmt: skip
    kept.take(fetched(*entries))
    before = kept.articles
    moved = msgspec.structs.replace(a_feed(), url="https://feeds.elsewhere.example/one", publisher="elsewhere.example")
    again = kept.take(fetched(*entries, at=NOON + timedelta(hours=1)), moved)
    assert (again.articles, kept.articles) == ((), before)
    assert kept.state().articles == 3
    assert kept.state().url == moved.url


def polls(kept: Collection, *answers: str | None) -> list[str]:
    """One poll a day, each answered from there by a permanent redirect, or from where it was asked; where it was."""
    asked = []
    for day, moved_to in enumerate(answers):
        at, feed = NOON + timedelta(days=day), a_feed()
        asked.append(address(feed, kept.store.feed_state("one") or fresh_state(feed), at))
        result = fetched(an_entry(), at=at)
        kept.take(msgspec.structs.replace(result, moved_to=moved_to if asked[-1] == feed.url else None))
    return asked


def test_a_feed_that_has_moved_for_good_is_asked_there_and_keeps_its_articles(kept: Collection) -> None:
    old, new = a_feed().url, "https://one.example/new.xml"
    assert polls(kept, *[new] * 10) == [old] * 7 + [new] * 3
    assert (kept.state().moved_to, kept.state().moved_since, kept.state().articles) == (new, NOON, 1)


def test_a_redirect_that_is_taken_back_or_leads_elsewhere_is_not_followed_for_good(kept: Collection) -> None:
    old = a_feed().url
    assert (
        polls(kept, *["https://a.example/"] * 5, None, *["https://a.example/"] * 3, *["https://b.example/"] * 5)
        == [old] * 14
    )


def test_an_adopted_address_that_fails_is_given_up(kept: Collection) -> None:
    old, new = a_feed().url, "https://one.example/new.xml"
    polls(kept, *[new] * 8)
    for failures in range(3):
        assert address(a_feed(), kept.state(), NOON + timedelta(days=8)) == new, failures
        kept.take(Fetched(feed="one", at=NOON + timedelta(days=8), result="failed", reason="HTTP 404"))
    assert address(a_feed(), kept.state(), NOON + timedelta(days=8)) == old
    kept.take(fetched(at=NOON + timedelta(days=9)))
    assert kept.state().moved_to is None


def test_a_publishers_earlier_name_serves_only_the_feed_that_bore_it(kept: Collection) -> None:
    kept.take(fetched(an_entry(link="https://wire.example/1"), feed="two"), a_feed("two", publisher="wire.example"))
    kept.take(fetched(feed="one"), a_feed("one", publisher="wire.example"))
    kept.take(fetched(an_entry(link="https://wire.example/1"), feed="one"), a_feed("one", publisher="one.example"))
    assert {(a.feed, a.publisher) for a in kept.articles} == {("two", "wire.example"), ("one", "one.example")}


def test_the_same_link_at_another_publisher_is_another_article(kept: Collection) -> None:
    kept.take(fetched(an_entry(link="https://wire.example/1"), feed="one"), a_feed("one", publisher="one.example"))
    kept.take(fetched(an_entry(link="https://wire.example/1"), feed="two"), a_feed("two", publisher="two.example"))
    assert len(kept.articles) == 2


def test_entries_with_neither_id_nor_link_are_told_apart_by_their_words(kept: Collection) -> None:
    bare: list[Entry] = [an_entry(f"Bare {n}", entry_id=None, link=None) for n in range(2)]
    kept.take(fetched(*bare))
    kept.take(fetched(*bare))
    assert len(kept.articles) == 2


def test_an_undated_entry_of_the_first_fetch_has_no_effective_time(kept: Collection) -> None:
    kept.take(fetched(an_entry(published=None)))
    assert kept.articles[0].effective is None


def test_an_undated_entry_of_a_later_fetch_counts_from_when_it_was_seen(kept: Collection) -> None:
    kept.take(fetched(an_entry("Old")))
    later = NOON + timedelta(hours=1)
    kept.take(fetched(an_entry("New", entry_id="e2", link="https://one.example/2", published=None), at=later))
    assert {a.title: a.effective for a in kept.articles}["New"] == later


def test_a_date_in_the_future_is_kept_and_counts_from_first_seen(kept: Collection) -> None:
    future = NOON + timedelta(days=3)
    kept.take(fetched(an_entry(published=future)))
    assert (kept.articles[0].published, kept.articles[0].effective) == (future, NOON)


def test_failures_are_counted_and_told_and_a_success_clears_them(kept: Collection) -> None:
    for _ in range(3):
        kept.take(Fetched(feed="one", at=NOON, result="failed", reason="HTTP 500"))
    assert (kept.state().failures, kept.state().reason, kept.state().last_success) == (3, "HTTP 500", None)
    kept.take(fetched(an_entry()))
    assert (kept.state().failures, kept.state().reason, kept.state().last_success) == (0, None, NOON)


def test_a_failure_keeps_the_validators_of_the_last_good_answer(kept: Collection) -> None:
    good = Fetched(feed="one", at=NOON, result="ok", etag='"v1"', body_hash="b", seen=("h",))
    kept.take(good)
    kept.take(Fetched(feed="one", at=NOON, result="failed", reason="timed out"))
    assert (kept.state().etag, kept.state().body_hash, kept.state().seen) == ('"v1"', "b", ("h",))


def test_hashes_of_entries_that_left_the_feed_are_remembered(kept: Collection) -> None:
    kept.take(Fetched(feed="one", at=NOON, result="ok", seen=("a", "b")))
    kept.take(Fetched(feed="one", at=NOON, result="ok", seen=("c", "b")))
    assert kept.state().seen == ("c", "b", "a")


def hashes(start: int, count: int) -> tuple[str, ...]:
    return tuple(f"h{n:05}" for n in range(start, start + count))


@pytest.mark.parametrize(("size", "remembered"), [(1, 100), (20, 100), (40, 120), (2_000, 3_000)])
def test_so_many_hashes_are_remembered_as_the_body_is_large(kept: Collection, size: int, remembered: int) -> None:
    for number in range(200):
        kept.take(Fetched(feed="one", at=NOON, result="ok", seen=hashes(number * size, size)))
    assert len(kept.state().seen) == remembered
    assert kept.state().seen[:size] == hashes(199 * size, size)


def test_an_answer_that_nothing_has_changed_keeps_the_hashes(kept: Collection) -> None:
    kept.take(Fetched(feed="one", at=NOON, result="ok", seen=hashes(0, 40)))
    kept.take(Fetched(feed="one", at=NOON, result="unchanged"))
    assert kept.state().seen == hashes(0, 40)


def test_an_entry_that_comes_back_after_its_hash_is_forgotten_is_compared_and_not_kept_twice(kept: Collection) -> None:
    kept.take(fetched(an_entry("Old story", entry_id="old", link="https://one.example/old")))
    for number in range(0, 400, 40):
        kept.take(Fetched(feed="one", at=NOON, result="ok", seen=hashes(number, 40)))
    back = fetched(an_entry("Old story", entry_id="old", link="https://one.example/old"))
    assert set(back.seen).isdisjoint(kept.state().seen)
    assert kept.take(back).articles == ()
    assert (len(kept.articles), kept.state().articles) == (1, 1)


def test_what_the_feed_asks_for_is_remembered_from_its_last_good_body(kept: Collection) -> None:
    wishes = {"feed_floor": 7_200.0, "skip_hours": (2, 3), "skip_days": (5, 6)}
    kept.take(Fetched(feed="one", at=NOON, result="ok", **wishes))  # type: ignore[arg-type]  # kwargs of mixed types
    for result in ("unchanged", "failed"):
        kept.take(Fetched(feed="one", at=NOON, result=result))  # type: ignore[arg-type]  # of the literals
        state = kept.state()
        assert (state.feed_floor, state.skip_hours, state.skip_days) == (7_200.0, (2, 3), (5, 6))
    kept.take(Fetched(feed="one", at=NOON, result="ok"))
    assert (kept.state().feed_floor, kept.state().skip_hours) == (None, ())


def test_what_the_server_calls_it_fresh_for_holds_after_a_304_that_does_not_say(kept: Collection) -> None:
    def floor_after(**answer: object) -> float | None:
        kept.take(Fetched(feed="one", at=NOON, **answer))  # type: ignore[arg-type]  # kwargs of mixed types
        return kept.state().floor

    assert floor_after(result="ok", http_status=200, floor=7_200.0) == 7_200
    assert floor_after(result="unchanged", http_status=304) == 7_200
    assert kept.state().next_reason == "server calls it fresh for 2h"
    assert floor_after(result="failed", http_status=500) == 7_200
    assert floor_after(result="unchanged", http_status=304, floor=60.0) == 60
    assert floor_after(result="unchanged", http_status=200) is None


def test_the_last_ten_response_times_are_remembered_and_silence_is_none(kept: Collection) -> None:
    for tenths in range(12):
        kept.take(Fetched(feed="one", at=NOON, result="unchanged", http_status=304, elapsed=tenths / 10))
    kept.take(Fetched(feed="one", at=NOON, result="failed", elapsed=30.0))
    assert kept.state().response_times == tuple(tenths / 10 for tenths in range(2, 12))


def test_flagged_articles_are_counted_once_in_each_feed_that_shows_them(kept: Collection) -> None:
    for feed in ("one", "two"):
        for _ in range(2):
            kept.take(fetched(an_entry(), feed=feed, flags=(a_flag(),)), a_feed(feed))
        kept.take(fetched(an_entry("Plain", entry_id="p", link="https://one.example/p"), feed=feed), a_feed(feed))
        assert (kept.state(feed).articles, kept.state(feed).flagged) == (2, 1)


def test_an_edit_is_no_arrival(kept: Collection) -> None:
    for hour in range(6):
        kept.take(fetched(an_entry(f"Live: {hour}"), at=NOON + timedelta(hours=hour)))
    assert (kept.state().last_new, kept.state().gaps, kept.state().arrived) == (NOON, (), 0)


def test_a_changed_address_starts_without_what_the_old_one_was_told_even_where_it_fails_at_first(
    kept: Collection,
) -> None:
    kept.take(Fetched(feed="one", at=NOON, result="ok", etag='"v1"', last_modified="x", body_hash="b", seen=("h",)))
    for _ in range(5):
        kept.take(Fetched(feed="one", at=NOON, result="failed", reason="HTTP 500"))
    moved = msgspec.structs.replace(a_feed(), url="https://one.example/new.xml")
    kept.take(Fetched(feed="one", at=NOON, result="failed", reason="HTTP 404"), moved)
    state = kept.state()
    assert (state.url, state.etag, state.last_modified, state.body_hash) == (moved.url, None, None, None)
    assert (state.failures, state.seen) == (1, ("h",))


# ------------------------------------------------------------------ captures of made-up feeds


STORY_LINKS = ("https://one.example/{0}", "http://www.one.example/{0}?utm_source=rss&amp;utm_medium=f{1}",
               "https://one.example/{0}/#comments", "https://M.one.example:443/{0}?at_campaign=K{1}")  # fmt: skip
STORY_IDS = ("tag:one.example,2026:{0}", "https://one.example/{0}#{1}")

Showing = tuple[int, int, int, int]
"""Story, edition of its headline, which form of its link, which of its id."""

SHOWINGS = st.tuples(st.integers(0, 5), st.integers(0, 2), st.integers(0, 3), st.integers(0, 1))
POLLS = st.lists(st.tuples(st.sampled_from(["world", "asia"]), st.lists(SHOWINGS, max_size=8)), max_size=12)


def capture(showings: list[Showing], number: int) -> bytes:
    """The body of a feed that shows these."""
    items = "".join(
        f"<item><title>Story {story}, edition {edition}</title><link>{STORY_LINKS[link].format(story, number)}</link>"
        f'<guid isPermaLink="false">{STORY_IDS[name].format(story, number)}</guid></item>'
        for story, edition, link, name in showings
    )
    items = items or "<item><title>-</title></item>"
    return f'<rss version="2.0"><channel><title>One</title>{items}</channel></rss>'.encode()


def polled(feed: str, body: bytes, number: int, state: FeedState) -> Fetched:
    parsed = parse(body, url=f"https://one.example/{feed}.xml", content_type="application/rss+xml")
    seen = tuple(digest for _, digest in parsed.entries)
    fresh = [
        ReadEntry(entry=entry, hash=digest, flags=()) for entry, digest in parsed.entries if digest not in state.seen
    ]
    at = NOON + timedelta(minutes=number)
    return Fetched(feed=feed, at=at, result="ok", entries=tuple(fresh), seen=seen)


@given(POLLS)
def test_every_story_is_one_article_however_its_feeds_show_it(polls: list[tuple[str, list[Showing]]]) -> None:
    kept = Collection()
    shown_in: dict[int, list[str]] = {}
    for number, (feed_id, showings) in enumerate(polls):
        once = list({showing[0]: showing for showing in showings}.values())
        feed = a_feed(feed_id)
        kept.take(
            polled(feed_id, capture(once, number), number, kept.store.feed_state(feed_id) or fresh_state(feed)), feed
        )
        for story, *_ in once:
            if feed_id not in shown_in.setdefault(story, []):
                shown_in[story].append(feed_id)
    stories = [article for article in kept.articles if article.title != "-"]
    assert {int(a.title.split()[1].rstrip(",")): list(a.feeds) for a in stories} == shown_in
    assert len(stories) == len(shown_in)
    for feed_id in {feed_id for feed_id, _ in polls}:
        assert kept.state(feed_id).articles == sum(feed_id in article.feeds for article in kept.articles)
    for article in stories:
        wordings = [article.title, *(revision.title for revision in article.revisions)]
        assert len(wordings) == len(set(wordings))
