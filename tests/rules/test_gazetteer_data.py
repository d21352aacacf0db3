"""The gazetteer's data agree with themselves. How they are matched is tested with the loader."""

from __future__ import annotations

import csv
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from importlib.resources import files
from itertools import combinations
from typing import Any

import pytest

from tensionwatch.rules.atlas import packaged_text
from tensionwatch.rules.gazetteer import read_people

UN_MEMBERS = frozenset(
    """
    AFG AGO ALB AND ARE ARG ARM ATG AUS AUT AZE BDI BEL BEN BFA BGD BGR BHR BHS BIH BLR BLZ BOL BRA BRB BRN BTN BWA CAF
    CAN CHE CHL CHN CIV CMR COD COG COL COM CPV CRI CUB CYP CZE DEU DJI DMA DNK DOM DZA ECU EGY ERI ESP EST ETH FIN FJI
    FRA FSM GAB GBR GEO GHA GIN GMB GNB GNQ GRC GRD GTM GUY HND HRV HTI HUN IDN IND IRL IRN IRQ ISL ISR ITA JAM JOR JPN
    KAZ KEN KGZ KHM KIR KNA KOR KWT LAO LBN LBR LBY LCA LIE LKA LSO LTU LUX LVA MAR MCO MDA MDG MDV MEX MHL MKD MLI MLT
    MMR MNE MNG MOZ MRT MUS MWI MYS NAM NER NGA NIC NLD NOR NPL NRU NZL OMN PAK PAN PER PHL PLW PNG POL PRK PRT PRY QAT
    ROU RUS RWA SAU SDN SEN SGP SLB SLE SLV SMR SOM SRB SSD STP SUR SVK SVN SWE SWZ SYC SYR TCD TGO THA TJK TKM TLS TON
    TTO TUN TUR TUV TZA UGA UKR URY USA UZB VCT VEN VNM VUT WSM YEM ZAF ZMB ZWE
    """.split()
)
OTHERS = frozenset("PSE VAT TWN XKX HKG MAC ESH GRL EUR IGO NATO".split())
ACTOR_KEYS = ("names", "adjectives", "capital", "seats", "forces")
PLACE_KEYS = ("names", "capital", "cities")
COUNTRY_LISTS = ("names", "adjectives", "capital", "cities", "seats", "forces")
PLACE_TYPES = frozenset({"line", "waters", "airspace", "territory", "border_area", "island", "strait"})
OFFICE_LISTS = frozenset(
    {
        "head", "minister", "envoy", "delegation", "royal", "military_chief", "forces_people", "forces_air",
        "forces_sea", "weapons", "munitions", "groups", "edges", "not_offices",
    }
)  # fmt: skip


def read(name: str) -> dict[str, Any]:
    return tomllib.loads((files("tensionwatch.rules") / "data" / f"{name}.toml").read_text("utf-8"))


COUNTRIES: list[dict[str, Any]] = read("countries")["country"]
PEOPLE: list[dict[str, Any]] = read_people()
PLACES: list[dict[str, Any]] = read("places")["place"]
OFFICES: dict[str, Any] = read("offices")
IDS = frozenset(country["id"] for country in COUNTRIES)


def aliases(record: dict[str, Any], keys: Iterable[str]) -> Iterator[str]:
    for key in keys:
        yield from record.get(key, ())


def repeated(words: Iterable[str]) -> set[str]:
    return {word for word, times in Counter(words).items() if times > 1}


def claimed_twice(claims: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """The aliases that more than one owner claims."""
    owners: dict[str, set[str]] = defaultdict(set)
    for alias, owner in claims:
        owners[alias].add(owner)
    return {alias: who for alias, who in owners.items() if len(who) > 1}


def strong(person: dict[str, Any]) -> list[str]:
    return [person["name"], *person.get("aliases", ())]


def overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    first: date = max(one.get("from", date.min), other.get("from", date.min))
    last: date = min(one.get("until", date.max), other.get("until", date.max))
    return first < last


def within(phrase: str) -> set[str]:
    """Every shorter run of words in the phrase, hyphens dividing or not."""
    runs: set[str] = set()
    for words in (phrase.split(), re.split(r"[ -]", phrase)):
        runs |= {" ".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, len(words) + 1)}
    return runs - {phrase}


ALL_NAMES = {alias for country in COUNTRIES for alias in aliases(country, COUNTRY_LISTS)}
ALL_PLACES = {name for place in PLACES for name in place["names"]}


# ------------------------------------------------------------------ countries


def test_every_un_member_and_every_other_party_is_listed_once() -> None:
    assert not repeated(country["id"] for country in COUNTRIES)
    assert IDS == UN_MEMBERS | OTHERS
    assert len(UN_MEMBERS) == 193


def test_every_country_has_a_name_of_its_own() -> None:
    assert all(country["names"] and country["name"] for country in COUNTRIES)
    assert not repeated(country["name"] for country in COUNTRIES)


def test_countries_know_no_other_keys() -> None:
    known = {"id", "name", "ambiguous", *COUNTRY_LISTS}
    assert {key for country in COUNTRIES for key in country} <= known
    assert not [country["id"] for country in COUNTRIES if [] in country.values()]


@pytest.mark.parametrize("keys", [ACTOR_KEYS, PLACE_KEYS], ids=["as actor", "as place"])
def test_no_alias_stands_for_two_countries(keys: tuple[str, ...]) -> None:
    assert not claimed_twice((alias, c["id"]) for c in COUNTRIES for alias in aliases(c, keys))


def test_no_alias_stands_twice_in_one_country() -> None:
    assert not {c["id"]: twice for c in COUNTRIES if (twice := repeated(aliases(c, COUNTRY_LISTS)))}


def test_what_is_called_ambiguous_is_an_alias_of_that_country() -> None:
    for country in COUNTRIES:
        assert set(country.get("ambiguous", ())) <= set(aliases(country, COUNTRY_LISTS)), country["id"]


def test_names_that_are_also_other_things_are_marked() -> None:
    marked = {alias for country in COUNTRIES for alias in country.get("ambiguous", ())}
    assert {"Georgia", "Jordan", "Chad", "Turkey", "Korea", "Congo", "Georgetown", "Nice"} <= marked


# ------------------------------------------------------------------ places


def test_there_are_places_enough_and_their_ids_are_unique() -> None:
    assert len(PLACES) >= 250
    assert not repeated(place["id"] for place in PLACES)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", place["id"]) for place in PLACES)


def test_places_have_a_known_type_known_countries_and_a_short_name() -> None:
    for place in PLACES:
        assert set(place) == {"id", "name", "names", "type", "countries"}, place["id"]
        assert place["type"] in PLACE_TYPES, place["id"]
        assert place["countries"], place["id"]
        assert set(place["countries"]) <= IDS, place["id"]
        assert 0 < len(place["name"]) <= 20, place["id"]
        assert place["names"], place["id"]


def test_no_name_stands_for_two_places() -> None:
    assert not repeated(name for place in PLACES for name in place["names"])


def test_no_name_is_both_a_place_and_a_country_alias() -> None:
    assert not ALL_PLACES & ALL_NAMES


# ------------------------------------------------------------------ people


def test_there_are_people_enough_and_every_party_has_someone() -> None:
    assert len({person["name"] for person in PEOPLE}) >= 700
    assert {person["country"] for person in PEOPLE} == IDS


def test_people_have_an_office_and_known_keys_alone() -> None:
    known = {"name", "aliases", "weak", "country", "office", "from", "until"}
    assert {key for person in PEOPLE for key in person} <= known
    assert all(person["office"] for person in PEOPLE)


def test_public_life_begins_before_it_ends() -> None:
    both = [p for p in PEOPLE if "from" in p and "until" in p]
    assert both
    assert not [p["name"] for p in both if p["from"] >= p["until"]]


def test_one_person_serves_one_party_at_a_time() -> None:
    by_name: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for person in PEOPLE:
        by_name[person["name"]].append(person)
    for name, entries in by_name.items():
        assert not any(overlap(one, other) for one, other in combinations(entries, 2)), name


def test_a_strong_alias_stands_for_people_of_one_country_at_any_time() -> None:
    owners: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for person in PEOPLE:
        for alias in strong(person):
            owners[alias].append(person)
    for alias, people in owners.items():
        for one, other in combinations(people, 2):
            assert one["country"] == other["country"] or not overlap(one, other), alias


def test_no_weak_alias_is_strong_for_another() -> None:
    weak = {alias for person in PEOPLE for alias in person.get("weak", ())}
    assert weak
    assert not weak & {alias for person in PEOPLE for alias in strong(person)}


def test_no_person_repeats_an_alias() -> None:
    for person in PEOPLE:
        assert not repeated([*strong(person), *person.get("weak", ())]), person["name"]


def test_no_strong_alias_of_a_person_is_a_country_or_a_place() -> None:
    assert not {alias for person in PEOPLE for alias in strong(person)} & (ALL_NAMES | ALL_PLACES)


# ------------------------------------------------------------------ offices, and what is no name


def test_the_lists_of_offices_are_all_there() -> None:
    assert set(OFFICES) == {"not_names", "office", "sole"}
    assert set(OFFICES["office"]) == OFFICE_LISTS
    assert all(OFFICES["office"].values())


def test_offices_are_lower_case_and_stand_in_one_list() -> None:
    words = [word for listed in OFFICES["office"].values() for word in listed]
    assert not [word for word in words if word != word.lower()]
    assert not repeated(words)


def test_no_office_swallows_the_name_of_a_country() -> None:
    acting = {alias.lower() for country in COUNTRIES for alias in aliases(country, ACTOR_KEYS)}
    swallowing = {
        word: hit for listed in OFFICES["office"].values() for word in listed if (hit := within(word) & acting)
    }
    assert not swallowing


def test_every_word_that_is_no_office_holds_one() -> None:
    offices = {word for key, listed in OFFICES["office"].items() if key != "not_offices" for word in listed}
    offices |= {f"{word}s" for word in offices}
    assert not [word for word in OFFICES["office"]["not_offices"] if not within(word) & offices]


def test_every_phrase_that_is_no_name_hides_one() -> None:
    hidden = ALL_NAMES | ALL_PLACES
    hidden |= {alias for person in PEOPLE for alias in (*strong(person), *person.get("weak", ()))}
    hidden |= {f"{alias}s" for alias in hidden}
    assert len(OFFICES["not_names"]) >= 200
    assert not [phrase for phrase in OFFICES["not_names"] if not within(phrase) & hidden]


def test_what_is_no_name_is_no_name_elsewhere() -> None:
    everyone = {alias for person in PEOPLE for alias in strong(person)}
    assert not set(OFFICES["not_names"]) & (ALL_NAMES | ALL_PLACES | everyone)
    assert not repeated(OFFICES["not_names"])


# ------------------------------------------------------------------ spelling


def test_what_is_matched_is_plain_ascii_without_dots_or_stray_spaces() -> None:
    matched = [
        *ALL_NAMES,
        *ALL_PLACES,
        *(alias for person in PEOPLE for alias in (*strong(person), *person.get("weak", ()))),
        *(word for listed in OFFICES["office"].values() for word in listed),
        *OFFICES["not_names"],
    ]
    plain = re.compile(r"[A-Za-z0-9&'-]+( [A-Za-z0-9&'-]+)*")
    assert not [name for name in matched if not plain.fullmatch(name)]


def test_possessives_are_left_to_the_loader() -> None:
    names = [*ALL_NAMES, *(alias for person in PEOPLE for alias in strong(person))]
    assert not [name for name in names if name.endswith("'s")]


def test_every_row_of_people_has_all_columns() -> None:
    lines = [line for line in packaged_text("people", "csv").splitlines() if line and not line.startswith("#")]
    header, *rows = csv.reader(lines)
    assert header == ["name", "aliases", "weak", "country", "office", "from", "until"]
    assert [row for row in rows if len(row) != len(header) or [c.strip() for c in row] != row] == []
    assert [row for row in rows for forms in row[1:3] if ";" in forms.replace("; ", "")] == []


@pytest.mark.parametrize("name", ["countries", "places", "offices"])
def test_no_line_is_longer_than_120_columns(name: str) -> None:
    text = (files("tensionwatch.rules") / "data" / f"{name}.toml").read_text("utf-8")
    assert not [line for line in text.splitlines() if len(line) > 120]
