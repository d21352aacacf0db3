"""How sentences count: what is read as a rank, of what, over what time, and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensionwatch.model import Kind, Ordinal
from tensionwatch.rules import Rules
from tensionwatch.rules.counting import countings


def the_count(rules: Rules, kind: Kind, title: str, summary: str = "") -> Ordinal | None:
    flags = [flag for flag in rules.classify(title, summary) if flag.kind is kind]
    assert flags, f"no {kind} in {title!r}"
    return flags[0].ordinal


INCIDENT, VISIT, ATTACK = Kind.BORDER_INCIDENT, Kind.DIPLOMATIC_VISIT, Kind.ARMED_ATTACK
CROSSED = "North Korean soldiers crossed the Military Demarcation Line"


@pytest.mark.parametrize(
    ("kind", "text", "count", "of", "scope"),
    [
        (INCIDENT, f"{CROSSED} for the second time in two weeks", 2, "crossing", "in two weeks"),
        (INCIDENT, f"{CROSSED} for a third time", 3, "crossing", None),
        (INCIDENT, f"{CROSSED} twice in a week", 2, "crossing", "in a week"),
        (INCIDENT, f"{CROSSED}, the second in as many weeks", 2, "crossing", "in as many weeks"),
        (INCIDENT, f"For the third time this month, {CROSSED}", 3, "crossing", "this month"),
        (
            INCIDENT,
            f"{CROSSED} in the second such intrusion by about twenty of them with tools and mines in recent weeks",
            2, "crossing", "in recent weeks",
        ),
        (INCIDENT, f"{CROSSED}. In the past month, it was the fourth incursion", 4, "crossing", "In the past month"),
        (INCIDENT, f"{CROSSED}. It was the second incident this year", 2, "incident", "this year"),
        (INCIDENT, f"{CROSSED}. It was the third time this year that soldiers from there have crossed", 3, "crossing",
         "this year"),
        (INCIDENT, "Japan scrambles jets in third airspace violation by Chinese drone this year", 3, "airspace",
         "this year"),
        (VISIT, "Russian president arrives in Pyongyang on first visit in 24 years", 1, "visit", "in 24 years"),
        (VISIT, "Russian president arrives in Pyongyang for the first time in more than two decades", 1, "visit",
         "in more than two decades"),
        (VISIT, "Russian president arrives in Pyongyang, his first trip abroad this year", 1, "abroad", "this year"),
        (VISIT, "Indian and Chinese leaders meet in Kazan for first summit since 2019", 1, "meeting", "since 2019"),
        (Kind.WEAPONS_TEST, "North Korea fires ballistic missile in fifth test this month", 5, "test", "this month"),
        (Kind.SANCTIONS, "EU adopts eleventh package of sanctions against Russia", 11, "sanctions", None),
        (Kind.MILITARY_COOPERATION, "US and India hold first joint drills since 2018", 1, "drill", "since 2018"),
        (Kind.TALKS, "Greece and Turkey hold talks in Ankara, first in five years", 1, "talks", "in five years"),
        (ATTACK, "Russian air strikes hit Kyiv for third night running", 3, "attack", "night running"),
    ],
)  # fmt: skip
def test_counts_are_read_with_what_they_count_and_over_what_time(
    rules: Rules, kind: Kind, text: str, count: int, of: str, scope: str | None
) -> None:
    title, _, summary = text.partition(". ")
    ordinal = the_count(rules, kind, title, f"{title}. {summary}" if summary else "")
    assert ordinal is not None
    assert (ordinal.count, ordinal.of, ordinal.scope) == (count, of, scope)
    assert ordinal.words in text


@pytest.mark.parametrize(
    ("kind", "text", "quality", "scope"),
    [
        (ATTACK, "Russia launches largest drone attack on Ukraine since 2022", "largest", "since 2022"),
        (ATTACK, "Israeli raid kills ten Palestinians, deadliest in two decades", "deadliest", "in two decades"),
        (INCIDENT, "Azerbaijani, Armenian troops exchange fire in worst clash in years", "worst", "in years"),
        (Kind.MILITARY_COOPERATION, "US and Japan start largest-ever joint drills", "largest", "ever"),
        (
            VISIT, "US envoy arrives in Taipei, the most senior American official to visit in 25 years", "most senior",
            "in 25 years",
        ),
        (VISIT, "Japanese minister visits Beijing in highest-level visit since 2019", "highest-level", "since 2019"),
    ],
)  # fmt: skip
def test_superlatives_are_a_rank_with_a_quality(rules: Rules, kind: Kind, text: str, quality: str, scope: str) -> None:
    ordinal = the_count(rules, kind, text)
    assert ordinal is not None
    assert (ordinal.count, ordinal.quality, ordinal.scope) == (1, quality, scope)


@pytest.mark.parametrize(
    ("text", "narrowed"),
    [
        ("Chinese president visits Hanoi, first state visit in six years", "state"),
        (
            "South Korean president visits Tokyo in first visit by a South Korean president in 12 years",
            "by a South Korean",
        ),
        (
            "US secretary of state visits Niamey, the first US secretary of state to visit since 1990",
            "US secretary of state",
        ),
        ("Russia launches third attack on Odesa this week", "on Odesa"),
        ("Russia launches third attack on Ukraine this week", None),
        ("Russia launches second major drone attack on Ukraine in three days", "major drone"),
    ],
)
def test_what_narrows_a_count_beyond_the_records_is_kept(rules: Rules, text: str, narrowed: str | None) -> None:
    ordinal = next(flag.ordinal for flag in rules.classify(text, ""))
    assert ordinal is not None
    assert (ordinal.narrowed or "").startswith(narrowed or "")
    assert (ordinal.narrowed is None) == (narrowed is None)


@pytest.mark.parametrize(
    "text",
    [
        "First lady accompanies president on visit to Paris",
        "Second World War veterans meet on border",
        "Scotland's first minister visits Brussels",
        "Xi greets guests on the first day of a visit",
        "First Sea Lord visits the fleet",
        "China, the world's second-largest economy, hosts the visit",
        "The attack came in the first half of the year",
        "A third country will host the talks",
        "The first vice president travels to Rome",
        "Third parties may join the summit",
        "Fire broke out on the second floor after the strike",
        "It was one of the deadliest attacks in years",
        "It is not the first time that troops have crossed",
        "Relations soured after years without contact since their first summit in 2018",
        "He watched the second Test match",
        "The first responders came under attack",
        "Yet another crossing",
        "The 80th Air Assault Brigade attacked",
        "Gaza's largest hospital was hit in the attack",
        "He'll first talk about climate",
        "first-time visitors came for the summit",
    ],
)
def test_not_every_ordinal_is_a_count(text: str) -> None:
    assert list(countings(text)) == []


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.WEAPONS_TEST, "North Korea fires missile after US submarine visits Busan for first time in decades"),
        (INCIDENT, "South Korea fires warning shots at North Korean soldiers after second missile test this week"),
        (VISIT, "Russian president arrives in Pyongyang as its army fires missile for third time this week"),
    ],
)
def test_a_count_of_something_else_in_the_sentence_is_not_this_events(rules: Rules, kind: Kind, text: str) -> None:
    assert the_count(rules, kind, text) is None


def test_a_day_that_dates_a_first_is_no_stretch_of_time(rules: Rules) -> None:
    ordinal = the_count(rules, VISIT, "Indian prime minister visits Kyiv on his first trip this week")
    assert ordinal is not None
    assert ordinal.scope is None


@given(
    st.lists(
        st.sampled_from(
            "for the second third largest deadliest most senior time crossing attack visit to visit in recent weeks "
            "since 2016 as many years , . this month ever twice first-ever by a president abroad".split()
        ),
        max_size=25,
    )
)
def test_whatever_the_words_what_is_read_stands_in_them(words: list[str]) -> None:
    text = " ".join(words)
    for counting in countings(text):
        assert 0 <= counting.start < counting.end <= len(text)
        assert counting.rank >= 1
        assert counting.noun is not None or counting.quality is not None or counting.scope or "time" in text
