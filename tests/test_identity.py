"""Which addresses lead to one page, and what an article is called."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tensionwatch.identity import article_id, canonical_link, names_a_story


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://gazette.example/a", "https://gazette.example/a"),
        ("https://www.gazette.example/a", "https://gazette.example/a"),
        ("HTTPS://Gazette.EXAMPLE/a", "https://gazette.example/a"),
        ("https://gazette.example:443/a", "https://gazette.example/a"),
        ("http://gazette.example:80/a", "https://gazette.example/a"),
        ("https://gazette.example", "https://gazette.example/"),
        ("https://gazette.example/a#comments", "https://gazette.example/a"),
        ("  https://gazette.example/a\n", "https://gazette.example/a"),
        ("https://gazette.example/a?utm_source=rss&utm_medium=feed", "https://gazette.example/a"),
        ("https://gazette.example/a?UTM_Source=rss", "https://gazette.example/a"),
        ("https://gazette.example/a?id=7&fbclid=x&p=2", "https://gazette.example/a?id=7&p=2"),
        ("https://gazette.example/a?at_medium=RSS&at_campaign=K", "https://gazette.example/a"),
        ("https://gazette.example/a?ns_mchannel=rss&ito=1", "https://gazette.example/a"),
        ("https://gazette.example/a?CMP=share&cmpid=4", "https://gazette.example/a"),
        ("https://gazette.example/a?maca=en-rss-all", "https://gazette.example/a"),
        ("https://gazette.example/a?source=rss", "https://gazette.example/a"),
        ("https://gazette.example/a?ref=top_rss_world", "https://gazette.example/a"),
        ("https://gazette.example/a?id=7&amp;ref=rss", "https://gazette.example/a?id=7"),
        ("https://gazette.example/a?gclid", "https://gazette.example/a"),
        ("https://gazette.example/a?&&id=7&", "https://gazette.example/a?id=7"),
        ("https://gazette.example/a/", "https://gazette.example/a"),
        ("https://gazette.example/a//?id=7", "https://gazette.example/a?id=7"),
        ("https://gazette.example/caf%c3%a9", "https://gazette.example/caf%C3%A9"),
        ("https://gazette.example/café?q=é", "https://gazette.example/caf%C3%A9?q=%C3%A9"),
        ("https://gazette.example/%7Edesk/%41", "https://gazette.example/~desk/A"),
        ("https://m.gazette.example/a", "https://www.gazette.example/a"),
        ("https://amp.gazette.example/world/a?amp=1", "https://gazette.example/world/a"),
        ("https://mobile.gazette.example:443/a?id=7", "https://gazette.example/a?id=7"),
        ("https://gazette.example/world/a-story/amp/", "https://gazette.example/world/a-story"),
        ("https://gazette.example/world/a-story?outputType=amp", "https://gazette.example/world/a-story"),
        ("https://gazette.example/a?eref=rss_world", "https://gazette.example/a"),
        ("https://gazette.example/live/day-9#comments", "https://gazette.example/live/day-9"),
    ],
)
def test_addresses_of_one_page_are_equal(one: str, other: str) -> None:
    assert canonical_link(one) == canonical_link(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://gazette.example/a", "https://gazette.example/b"),
        ("https://gazette.example/a", "https://gazette.example/A"),
        ("https://gazette.example/?p=1", "https://gazette.example/?p=2"),
        ("https://gazette.example/story?id=1", "https://gazette.example/story?id=2"),
        ("https://gazette.example/story?story=1", "https://gazette.example/story"),
        ("https://gazette.example/doc?ref=4711", "https://gazette.example/doc?ref=4712"),
        ("https://gazette.example/doc?from=atomic-agency", "https://gazette.example/doc"),
        ("https://gazette.example/doc?v=attack", "https://gazette.example/doc?v=attacks"),
        ("https://gazette.example:8080/a", "https://gazette.example/a"),
        ("https://news.gazette.example/a", "https://gazette.example/a"),
        ("https://gazette.example/#!/story/1", "https://gazette.example/#!/story/2"),
        ("https://gazette.example/?a=1&b=2", "https://gazette.example/?b=2&a=1"),
        ("https://gazette.example/a%2Fb", "https://gazette.example/a/b"),
        ("https://gazette.example/a?q=1%262", "https://gazette.example/a?q=1&2"),
        ("https://gazette.example/technology/amp", "https://gazette.example/technology"),
        ("https://gazette.example/live#h_309ee564ce9fb3ca6db261b3e47febd2", "https://gazette.example/live"),
        ("https://m.example/a", "https://mobile.example/a"),
    ],
)
def test_addresses_of_two_pages_differ(one: str, other: str) -> None:
    assert canonical_link(one) != canonical_link(other)


@pytest.mark.parametrize("link", ["", "mailto:desk@gazette.example", "urn:uuid:1", "https://[broken/a", "not a link"])
def test_what_is_no_web_address_stays_as_it_is(link: str) -> None:
    assert canonical_link(link) == link


def test_a_host_that_is_nothing_but_www_and_a_suffix_is_kept() -> None:
    assert canonical_link("https://www.example/a") == "https://www.example/a"


@pytest.mark.parametrize(
    ("link", "is_story"),
    [
        ("https://gazette.example/", False),
        ("http://www.gazette.example?utm_source=rss#top", False),
        ("https://gazette.example/?p=7", True),
        ("https://gazette.example/a", True),
        ("https://gazette.example/a/", True),
        ("https://gazette.example/#/a/", True),
    ],
)
def test_a_front_page_names_no_story(link: str, is_story: bool) -> None:
    assert names_a_story(canonical_link(link)) is is_story


def test_an_ipv6_host_keeps_its_brackets() -> None:
    assert canonical_link("http://[2001:DB8::1]:8080/a") == "https://[2001:db8::1]:8080/a"


PIECES = st.sampled_from(
    "http https HTTP :// / // . www. WWW. www m. amp example Gazette a %41 % %c3 ? & = ; # #! utm_x=1 ref rss"
    " amp; id=7 : :80 :443 amp=1 :8080 [ ] [::1] @ user é ß İ \x00 \x1f \xa0 \\ | ' \"".split(" ")
) | st.sampled_from([" ", "\t", "\n"])


@given(st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=40))
@example("https://gazette.example/x ?utm_a=1")
@example("https://www.www.gazette.example/")
@example("http://www.gazette.example:443/#/a#b")
@example("https://gazette.example/%%610")
@example("https://gazette.example/a/b/amp/amp/")
def test_canonical_links_are_canonical_already(link: str) -> None:
    once = canonical_link(link)
    assert canonical_link(once) == once


@given(
    st.from_regex(
        r"https?://((www|m)\.)*[a-z]{1,3}(\.[a-z]{1,3}){1,2}/[a-z/]{0,6}(/amp)?(\?[a-c=&]{0,5})?(#[a-c]?)?",
        fullmatch=True,
    )
)
def test_plain_addresses_fare_as_those_that_need_a_closer_look(link: str) -> None:
    scheme, _, rest = link.partition("://")
    host, slash, path = rest.partition("/")
    assert canonical_link(f"{scheme}://{host.upper()}:80{slash}{path}") == canonical_link(link)


def test_an_articles_id_is_sixteen_hex_digits() -> None:
    assert re.fullmatch("[0-9a-f]{16}", article_id("gazette.example", None, "feed", None, "A title", ""))


def test_an_edited_title_leaves_the_id_when_there_is_a_link_or_an_entry_id() -> None:
    link = "https://gazette.example/a"
    assert article_id("p", link, "f", None, "old", "x") == article_id("p", link, "f", None, "new", "y")
    assert article_id("p", None, "f", "e1", "old", "x") == article_id("p", None, "f", "e1", "new", "y")
    assert article_id("p", None, "f", None, "old", "x") != article_id("p", None, "f", None, "new", "x")


def test_two_feeds_of_one_publisher_share_an_article_by_its_link() -> None:
    link = "https://gazette.example/a"
    assert article_id("p", link, "world", "1", "t", "s") == article_id("p", link, "asia", "2", "t", "s")
    assert article_id("p", link, "world", "1", "t", "s") != article_id("q", link, "world", "1", "t", "s")


def test_an_entry_id_counts_within_its_feed_only() -> None:
    assert article_id("p", None, "world", "1", "t", "s") != article_id("p", None, "asia", "1", "t", "s")


def test_parts_do_not_run_together() -> None:
    assert article_id("p", None, "f", "ab", "", "") != article_id("p", None, "fa", "b", "", "")
    assert article_id("p", None, "f", None, "ab", "c") != article_id("p", None, "f", None, "a", "bc")


def test_text_that_is_no_valid_unicode_still_gets_an_id() -> None:
    assert article_id("p", None, "f", None, "\ud800", "") != article_id("p", None, "f", None, "\ud801", "")
