"""What is kept of a poll, and under which identity."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tensionwatch.ingest import decide
from tensionwatch.model import Article, Batch, Entry, Feed, FeedState, Fetched
from tensionwatch.store import Store
from tests.builders import NOON, a_feed, a_flag, an_entry, fetched, fresh_state


class Collection:
    """A real store in memory, fed through decide."""

    def __init__(self) -> None:
        self.store = Store.in_memory()

    def take(self, outcome: Fetched, feed: Feed | None = None) -> Batch:
        feed = feed or a_feed(outcome.feed)
        state = self.store.feed_state(feed.id) or fresh_state(feed)
        batch = decide(
            feed=feed, state=state, fetched=outcome, known=self.store, interval=900, jitter=0, share=0.1
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
