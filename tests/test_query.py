"""The language of the filter line: what is read, what is told, and that nothing a person types breaks it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tensionwatch.model import Kind
from tensionwatch.ports import ELSEWHERE, ArticleQuery, Group, Names
from tensionwatch.query import KEYS, MARKS, parse, without
from tensionwatch.rules.atlas import load_atlas
from tests.builders import NOON

ATLAS = load_atlas()
NAMES = Names(
    regions={"korea": "Korean Peninsula", ELSEWHERE: "Elsewhere"},
    countries={country: ATLAS.country_name(country) for country in ATLAS.countries},
    places={"kor-dmz": "DMZ", "twn-kinmen": "Kinmen"},
    feeds={"bbc-world": "BBC World", "one": "Two Words"},
)


def read(line: str) -> ArticleQuery:
    """What a line without a problem asks for."""
    reading = parse(line, NAMES, NOON)
    assert reading.problems == ()
    assert reading.unfinished == ()
    return reading.query


@pytest.mark.parametrize(
    ("line", "query"),
    [
        ("", ArticleQuery()),
        ("drill at sea", ArticleQuery(text="drill at sea")),
        (
            "kind:visit actor:RUS since:7d unread text",
            ArticleQuery(
                group=Group.VISIT, actor="RUS", since=NOON - timedelta(days=7), unread=True, text="text"
            ),
        ),
        ("kind:incident", ArticleQuery(group=Group.INCIDENT)),
        ("kind:other", ArticleQuery(group=Group.OTHER)),
        ("kind:border_incident", ArticleQuery(kind=Kind.BORDER_INCIDENT)),
        ('kind:"arms transfer"', ArticleQuery(kind=Kind.ARMS_TRANSFER)),
        ("Kind:ATTACK", ArticleQuery(kind=Kind.ARMED_ATTACK)),
        ("region:korea", ArticleQuery(region="korea")),
        ('region:"korean peninsula"', ArticleQuery(region="korea")),
        ("region:elsewhere", ArticleQuery(region=ELSEWHERE)),
        ('actor:"north korea" recipient:kor', ArticleQuery(actor="PRK", recipient="KOR")),
        ("country:Japan", ArticleQuery(country="JPN")),
        ("pair:PRK-KOR", ArticleQuery(pair=frozenset({"KOR", "PRK"}))),
        ('pair:"North Korea-RUS"', ArticleQuery(pair=frozenset({"RUS", "PRK"}))),
        ("pair:guinea-bissau-SEN", ArticleQuery(pair=frozenset({"GNB", "SEN"}))),
        ("place:dmz", ArticleQuery(place="kor-dmz")),
        ("publisher:bbc lang:KO", ArticleQuery(publisher="bbc", lang="ko")),
        ('feed:bbc-world', ArticleQuery(feed="bbc-world")),
        ('feed:"two words"', ArticleQuery(feed="one")),
        ("since:24h until:1h", ArticleQuery(since=NOON - timedelta(days=1), until=NOON - timedelta(hours=1))),
        (
            "since:2026-02-01 until:2026-02-28",
            ArticleQuery(since=datetime(2026, 2, 1, tzinfo=UTC), until=datetime(2026, 3, 1, tzinfo=UTC)),
        ),
        ("unread starred flagged noted", ArticleQuery(unread=True, starred=True, flagged=True, noted=True)),
        ('"unread" "kind:visit"', ArticleQuery(text="unread kind:visit")),
        ('"north korea" drill', ArticleQuery(text="north korea drill")),
        ("https://a.example/story live: -no", ArticleQuery(text="https://a.example/story live: -no")),
    ],
)  # fmt: skip
def test_a_line_asks_for_this(line: str, query: ArticleQuery) -> None:
    assert read(line) == query


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("kind:vist", "kind:vist? did you mean kind:visit"),
        ("knd:visit", "knd:visit? did you mean kind:visit"),
        ("region:kore", "region:kore? did you mean region:korea"),
        ("actor:Rusia", "actor:Rusia? did you mean actor:Russia"),
        ("actor:northkorea", 'actor:northkorea? did you mean actor:"North Korea"'),
        ("pair:PRK-Rusia", "pair:PRK-Rusia? did you mean pair:PRK-Russia"),
        ("since:soon", "since:soon? 7d, 24h ago, or a day (UTC): since:2026-02-01"),
        ("pair:PRK", "pair:PRK? these two, whoever did it"),
        ("pair:PRK-PRK", "pair:PRK-PRK? these two, whoever did it"),
        ("actor:RUS actor:PRK", "actor: is there twice; actor:PRK holds"),
    ],
)
def test_a_word_that_cannot_be_read_is_told_with_the_nearest_and_the_rest_still_filters(line: str, told: str) -> None:
    reading = parse(f"{line} unread drill", NAMES, NOON)
    assert reading.problems == (told,)
    assert (reading.query.unread, reading.query.text) == (True, "drill")


@pytest.mark.parametrize("line", ["since:99999999w", "until:9999-12-31", "since:2026-02-30", "since:0000-00-00"])
def test_a_time_that_there_is_not_is_a_problem(line: str) -> None:
    reading = parse(line, NAMES, NOON)
    assert reading.query == ArticleQuery()
    assert len(reading.problems) == 1


@pytest.mark.parametrize("key", KEYS)
def test_a_key_that_is_still_being_typed_is_no_error_and_no_condition(key: str) -> None:
    for typed in (f"{key}:", f'{key}:"'):
        assert parse(typed, NAMES, NOON) == (ArticleQuery(), (), (key,))


def test_what_the_help_gives_as_an_example_is_read() -> None:
    for key, (example, _) in KEYS.items():
        assert without(example, key, "group") == ""
        assert read(example) != ArticleQuery()


def test_the_line_replaces_what_it_names_and_leaves_the_rest() -> None:
    onto = ArticleQuery(kind=Kind.TALKS, region="korea", flagged=True, text="drill")
    reading = parse("kind:visit sea", NAMES, NOON, onto)
    assert reading.query == replace(onto, kind=None, group=Group.VISIT, text="drill sea")


def test_what_a_key_of_the_screen_sets_goes_out_of_the_line() -> None:
    assert without('kind:visit  unread "north korea"', "unread") == 'kind:visit "north korea"'
    assert without("kind:visit kind:talks x", "kind") == "x"
    assert without("as  it is", "unread") == "as  it is"


WORDS = st.one_of(
    st.sampled_from(
        ["drill", '"two words"', '"', "kind:", "pair:-", *MARKS, *(example for example, _ in KEYS.values())]
    ),
    st.builds("{}:{}".format, st.sampled_from([*KEYS, *MARKS, "knd"]), st.text(max_size=12)),
    st.text(max_size=12),
)
LINES = st.lists(WORDS, max_size=6).map(" ".join)


@given(st.one_of(st.text(), LINES))
def test_any_text_is_read(line: str) -> None:
    query, problems, unfinished = parse(line, NAMES, NOON)
    assert all(problems)
    assert set(unfinished) <= set(KEYS)
    assert query.text == query.text.strip()


@given(LINES, st.sampled_from(["unread", "region", "actor", "since", "feed"]))
def test_a_line_without_a_field_asks_for_all_else_as_before(line: str, field: str) -> None:
    before, after = (parse(text, NAMES, NOON).query for text in (line, without(line, field)))
    assert after == replace(before, **{field: getattr(ArticleQuery(), field)})


@given(st.lists(st.sampled_from([*MARKS, *(example for example, _ in KEYS.values())]), unique=True), st.randoms())
def test_the_order_of_conditions_does_not_matter(conditions: list[str], chance: object) -> None:
    shuffled = list(conditions)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # a Random
    assert read(" ".join(conditions)) == read(" ".join(shuffled))
