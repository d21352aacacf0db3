"""The language of the filter line: what is read, what is told, and that nothing a person types breaks it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tensionwatch.exchange import ELSEWHERE, ArticleQuery, Group, Names
from tensionwatch.model import Kind
from tensionwatch.query import parse, without, written
from tensionwatch.query_suggest import suggested
from tensionwatch.query_values import KEYS, MARKS
from tensionwatch.rules.atlas import load_atlas
from tensionwatch.store.terms import Wanted
from tests.builders import NOON

ATLAS = load_atlas()
NAMES = Names(
    regions={"korea": "Korean Peninsula", ELSEWHERE: "Elsewhere"},
    countries={country: ATLAS.country_name(country) for country in sorted(ATLAS.countries)},
    places={"korean-dmz": "DMZ", "twn-kinmen": "Kinmen"},
    feeds={"bbc-world": "BBC World", "one": "Two Words"},
    publishers=("bbc.co.uk", "one.example"),
    langs=("en", "ko"),
)

ALL_MARKS = ArticleQuery(unread=True, starred=True, flagged=True, noted=True)


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
        ("place:dmz", ArticleQuery(place="korean-dmz")),
        ("publisher:bbc lang:KO", ArticleQuery(publisher="bbc", lang="ko")),
        ('feed:bbc-world', ArticleQuery(feed="bbc-world")),
        ('feed:"two words"', ArticleQuery(feed="one")),
        ("since:24h until:1h", ArticleQuery(since=NOON - timedelta(days=1), until=NOON - timedelta(hours=1))),
        (
            "since:2026-02-01 until:2026-02-28",
            ArticleQuery(since=datetime(2026, 2, 1, tzinfo=UTC), until=datetime(2026, 3, 1, tzinfo=UTC)),
        ),
        ("unread starred flagged noted", ArticleQuery(unread=True, starred=True, flagged=True, noted=True)),
        ('"unread" "-no"', ArticleQuery(text="unread -no")),
        ('"kind:visit"', ArticleQuery(text="kind:visit")),
        ('"north  korea" drill', ArticleQuery(text='"north korea" drill')),
        ('drill "north korea', ArticleQuery(text='drill "north korea')),
        ("https://a.example/story live:", ArticleQuery(text="https://a.example/story live:")),
        ("is:unread IS:Starred is:flagged is:noted", ALL_MARKS),
        ("-is:read starred flagged noted", ALL_MARKS),
        ("actor:north-korea", ArticleQuery(actor="PRK")),
        ("since:2026-02-01T14:05", ArticleQuery(since=datetime(2026, 2, 1, 14, 5, tzinfo=UTC))),
        ("since:2026-02-01T14:05+09:00", ArticleQuery(since=datetime(2026, 2, 1, 5, 5, tzinfo=UTC))),
        ("-no drill", ArticleQuery(text="drill", without=(ArticleQuery(text="no"),))),
        ('-"north korea"', ArticleQuery(without=(ArticleQuery(text='"north korea"'),))),
        (
            "-kind:talks -kind:visit",
            ArticleQuery(without=(ArticleQuery(kind=Kind.TALKS), ArticleQuery(group=Group.VISIT))),
        ),
        ('-country:"south korea"', ArticleQuery(without=(ArticleQuery(country="KOR"),))),
        ("-unread", ArticleQuery(without=(ArticleQuery(unread=True),))),
        ("is:read", ArticleQuery(without=(ArticleQuery(unread=True),))),
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
        ("-kind:vist", "-kind:vist? did you mean -kind:visit"),
        ("-knd:visit", "-knd:visit? did you mean -kind:visit"),
        ("is:unred", "is:unred? did you mean is:unread"),
        ("is:odd", "is:odd? unread, read, starred, flagged or noted"),
    ],
)
def test_a_word_that_cannot_be_read_is_told_with_the_nearest_and_the_rest_still_filters(line: str, told: str) -> None:
    reading = parse(f"{line} unread drill", NAMES, NOON)
    assert reading.problems == (told,)
    ((begin, end),) = reading.places
    assert line.endswith(line[begin:end])
    assert (reading.query.unread, reading.query.text) == (True, "drill")


@pytest.mark.parametrize("line", ["since:99999999w", "until:9999-12-31", "since:2026-02-30", "since:0000-00-00"])
def test_a_time_that_there_is_not_is_a_problem(line: str) -> None:
    reading = parse(line, NAMES, NOON)
    assert reading.query == ArticleQuery()
    assert len(reading.problems) == 1


@pytest.mark.parametrize("key", KEYS)
def test_a_key_that_is_still_being_typed_is_no_error_and_no_condition(key: str) -> None:
    for typed in (f"{key}:", f'{key}:"'):
        assert parse(typed, NAMES, NOON)[:3] == (ArticleQuery(), (), (key,))
        assert parse(f"-{typed}", NAMES, NOON)[:3] == (ArticleQuery(), (), (key,))


@pytest.mark.parametrize(
    "line",
    ["kind:vis", "region:kor", 'country:"north k', "actor:NORW", "pair:PRK-SOU", "since:2026-0", "until:2", "is:star",
     "-kind:t", "place:korean-", "feed:two-w", "-", "kind:arms"],
)  # fmt: skip
def test_a_value_half_typed_is_no_problem_while_it_is_typed(line: str) -> None:
    typed = parse(f"drill {line}", NAMES, NOON, typing=True)
    assert (typed.query, typed.problems, len(typed.unfinished)) == (ArticleQuery(text="drill"), (), 1)
    assert line == "-" or parse(f"drill {line}", NAMES, NOON).problems
    assert line == "-" or parse(f"{line} drill", NAMES, NOON, typing=True).problems


@pytest.mark.parametrize("line", ["kind:vist", "since:soon", "pair:XX-", "actor:zz", "knd:v"])
def test_what_no_more_typing_would_mend_is_a_problem_at_once(line: str) -> None:
    assert parse(line, NAMES, NOON, typing=True).problems


@pytest.mark.parametrize(
    ("typed", "whole"),
    [
        ("ki", "kind:"),
        ("drill unr", "drill unread"),
        ("-fla", "-flagged"),
        ("kind:", "kind:incident"),
        ("kind:vi", "kind:visit"),
        ("-kind:wea", "-kind:weapons_test"),
        ("region:k", "region:korea"),
        ("region:korean", "region:korean-peninsula"),
        ("country:Norw", "country:Norway"),
        ("country:north-k", "country:north-korea"),
        ("actor:PR", "actor:PRK"),
        ("pair:PRK", "pair:PRK-"),
        ("pair:PRK-KO", "pair:PRK-KOR"),
        ("pair:PR", "pair:PRK-"),
        ("place:tw", "place:twn-kinmen"),
        ("feed:bb", "feed:bbc-world"),
        ("publisher:b", "publisher:bbc.co.uk"),
        ("lang:", "lang:en"),
        ("is:", "is:unread"),
        ("", ""),
        ("u", ""),
        ("kind:visit", ""),
        ("kind:nothing", ""),
        ("since:7", ""),
        ('"ki', ""),
        ("kind:visit ", ""),
        ("unknown:x", ""),
    ],
)
def test_the_last_word_is_offered_as_it_could_go_on(typed: str, whole: str) -> None:
    assert suggested(typed, NAMES).casefold() == whole.casefold()


def test_what_the_help_gives_as_an_example_is_read() -> None:
    for key, (example, _) in KEYS.items():
        assert without(example, key, "group", "unread") == ""
        assert read(example) != ArticleQuery()


def test_the_line_replaces_what_it_names_and_leaves_the_rest() -> None:
    onto = ArticleQuery(kind=Kind.TALKS, region="korea", flagged=True, text="drill")
    reading = parse("kind:visit sea", NAMES, NOON, onto)
    assert reading.query == replace(onto, kind=None, group=Group.VISIT, text="drill sea")


def test_what_a_key_of_the_screen_sets_goes_out_of_the_line() -> None:
    assert without('kind:visit  unread "north korea"', "unread") == 'kind:visit "north korea"'
    assert without("kind:visit kind:talks x", "kind") == "x"
    assert without("is:unread -unread is:read drill", "unread") == "drill"
    assert without("is:starred -kind:talks -x", "kind", "group") == "is:starred -x"
    assert without("as  it is", "unread") == "as  it is"


WORDS = st.one_of(
    st.sampled_from(
        [
            "drill",
            '"two words"',
            '"',
            "kind:",
            "pair:-",
            "-drill",
            '-"two words"',
            "-kind:talks",
            "-is:read",
            "-",
            *MARKS,
            *(example for example, _ in KEYS.values()),
        ]
    ),
    st.builds("{}:{}".format, st.sampled_from([*KEYS, *MARKS, "knd"]), st.text(max_size=12)),
    st.text(max_size=12),
)
LINES = st.lists(WORDS, max_size=6).map(" ".join)


@given(st.one_of(st.text(), LINES))
def test_any_text_is_read(line: str) -> None:
    query, problems, unfinished, places = parse(line, NAMES, NOON)
    assert all(problems)
    assert len(problems) == len(places)
    assert set(unfinished) <= {*KEYS, "-", '-"', '-""'} | {each for each in unfinished if not each.strip('-" \t')}
    assert query.text == query.text.strip()


@given(st.one_of(st.text(), LINES))
def test_what_is_written_of_a_query_asks_for_it_again(line: str) -> None:
    query = parse(line, NAMES, NOON).query
    assert read(written(query)) == query


@given(LINES, LINES)
def test_a_line_may_stand_upon_another(one: str, other: str) -> None:
    onto = parse(one, NAMES, NOON).query
    both = parse(other, NAMES, NOON, onto).query
    assert both.without[: len(onto.without)] == onto.without
    assert Wanted(both.text).terms[: len(Wanted(onto.text).terms)] == Wanted(onto.text).terms


@given(LINES)
def test_more_typed_of_what_is_offered_is_offered_still(line: str) -> None:
    whole = suggested(line, NAMES)
    assert whole == "" or (whole.startswith(line) and len(whole) > len(line))


@given(LINES, st.sampled_from(["unread", "region", "actor", "since", "feed"]))
def test_a_line_without_a_field_asks_for_all_else_as_before(line: str, field: str) -> None:
    before, after = (parse(text, NAMES, NOON).query for text in (line, without(line, field)))
    assert after == replace(before, **{field: getattr(ArticleQuery(), field)})


@given(st.lists(st.sampled_from([*MARKS, *(example for example, _ in KEYS.values())]), unique=True), st.randoms())
def test_the_order_of_conditions_does_not_matter(conditions: list[str], chance: object) -> None:
    shuffled = list(conditions)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # a Random
    assert read(" ".join(conditions)) == read(" ".join(shuffled))
