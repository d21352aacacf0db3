"""World news that nobody wrote: titles and summaries in the proportions of real ones, every one distinct.

`made_up` fills sentence patterns with names of people and towns made from syllables, so that the vocabulary is as wide
as that of news, and with real countries and capitals, so that the rules have something to read. About one in fifteen
tells of what the rules flag; most of these are of few pairs, and some occurrences are told by several papers.
`from_corpus` takes real ones instead (JSON lines with title and summary).
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable, Iterator
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

FLAGGED = 0.065
"""Share written about what the rules look for; about one in a hundred of the others is flagged too."""
_RETOLD = 0.4
"""Share of those that tell again what another paper told lately."""
_TITLE = (60, 90)
_SUMMARY = (150, 400)

_SYLLABLES = (
    "ba be bo da de do fa fe ga go ha he ja jo ka ke ko la le lo ma me mo na ne no pa pe ra re ro sa se so ta te to va "
    "ve vo ya za an ar el en er il in on or un al am as os us bran dor fell gren hart kov lund mar nak oss pet quin "
    "rath stan thor vik wick zan"
).split()
_COUNTRIES = (
    "Albania Algeria Argentina Australia Austria Bangladesh Belgium Bolivia Brazil Bulgaria Cameroon Canada Chile "
    "Colombia Croatia Denmark Ecuador Estonia Finland France Germany Ghana Greece Hungary Iceland Indonesia Ireland "
    "Italy Jamaica Jordan Kazakhstan Kenya Kuwait Latvia Lithuania Malaysia Mexico Mongolia Morocco Mozambique Nepal "
    "Nigeria Norway Panama Peru Portugal Romania Rwanda Senegal Singapore Slovakia Slovenia Spain Tanzania Tunisia "
    "Uganda Uruguay Vietnam Zambia Zimbabwe"
).split()
_PAIRS = (
    ("Russia", "Ukraine", "Kherson"), ("Israel", "Lebanon", "Naqoura"), ("India", "Pakistan", "Poonch"),
    ("China", "Taiwan", "Kinmen"), ("North Korea", "South Korea", "Paju"), ("Armenia", "Azerbaijan", "Lachin"),
    ("China", "the Philippines", "Second Thomas Shoal"), ("Thailand", "Cambodia", "Poipet"),
    ("India", "China", "Tawang"), ("Serbia", "Kosovo", "Zvecan"), ("Israel", "Syria", "Quneitra"),
    ("Iran", "Pakistan", "Panjgur"), ("Sudan", "Ethiopia", "al-Fashaga"), ("Venezuela", "Guyana", "Etheringbang"),
    ("Afghanistan", "Pakistan", "Torkham"), ("Kyrgyzstan", "Tajikistan", "Batken"), ("Belarus", "Poland", "Bialowieza"),
    ("Turkey", "Iraq", "Amedi"), ("Ethiopia", "Eritrea", "Badme"), ("Rwanda", "Congo", "Goma"),
    ("Egypt", "Israel", "Rafah"), ("Colombia", "Venezuela", "Arauca"), ("Niger", "Nigeria", "Zinder"),
    ("Greece", "Turkey", "Kastellorizo"),
)  # fmt: skip

_SUBJECTS = (
    "{country}'s parliament", "The mayor of {town}", "{person}, a novelist from {town},", "Farmers near {town}",
    "A court in {town}", "{country}'s central bank", "The {firm} group", "Doctors at {town} General Hospital",
    "Teachers across {country}", "Scientists in {town}", "{country}'s railways", "{person}", "Fishermen off {town}",
    "A museum in {town}", "The opposition in {country}", "Commuters in {town}", "{firm} shareholders",
    "Voters in {country}", "The coach of {town} United", "Engineers at {firm}", "Residents of {town}",
    "{country}'s tourism board", "A jury in {town}", "The {town} orchestra", "Regulators in {country}",
)  # fmt: skip
_DEEDS = (
    "approves a budget of {number} million for {thing}", "warns that {thing} could take {few} years to recover",
    "wins {few} awards for a study of {thing}", "asks for patience as {thing} {falls} by {few} per cent",
    "opens a new centre for {thing} after {few} years of delay", "sues {firm} over the price of {thing}",
    "finds {number} errors in the official record of {thing}", "votes to keep the tax on {thing} until {month}",
    "recalls {number} {goods} after complaints about {thing}", "celebrates {few} decades of {thing} with a festival",
    "says {thing} will cost households {number} more a year", "plans to hire {number} people for {thing} by {month}",
    "loses an appeal against a fine of {number} million over {thing}", "publishes the letters of {person} on {thing}",
    "names {person} as its next head of {thing}", "cancels {few} trains a day because of {thing}",
    "beats {town} by {few} goals despite worries about {thing}", "rescues {number} birds from a spill near {town}",
    "puts {few} paintings by {person} on show beside {thing}", "doubts the forecast of {person} about {thing}",
)  # fmt: skip
_THINGS = (
    "primary schools", "rural clinics", "the wheat harvest", "offshore wind", "flood defences", "housing",
    "public libraries", "the coffee trade", "night trains", "olive groves", "drinking water", "child care", "pensions",
    "air quality", "women's football", "the film industry", "electric buses", "coral reefs", "church roofs",
    "the census", "street markets", "the postal service", "cancer screening", "forest paths", "the fishing fleet",
    "school meals",
)  # fmt: skip
_GOODS = "kettles prams bicycles heaters ladders toys scooters batteries blenders helmets".split()
_MONTHS = "January February March April May June July August September October November December".split()
_MORE = (
    "“We had expected something like this since {month},” said {person}, who has followed {thing} for {few} years.",
    "It comes {few} weeks after {person} of {firm} called the state of {thing} a scandal.",
    "Figures published in {town} put the number of those affected at {number}, {few} per cent more than a year ago.",
    "The plan still needs the consent of {country}, where {thing} has been a matter of dispute since {month}.",
    "Critics point to {town}, where a similar scheme for {thing} ended after {few} months.",
    "{person} told reporters that {firm} would not comment before the end of {month}.",
    "A spokeswoman in {town} said {number} families had asked for help with {thing} so far.",
    "Economists at {firm} expect growth of {few} per cent in {country} if {thing} recovers.",
    "The weather service expects {few} more days of rain around {town}, and roads to {town} remain closed.",
)  # fmt: skip
_LOADED = (
    (
        "{a} troops cross the border into {b} near {place}, villagers of {town} say",
        "Soldiers from {a} crossed the border into {b} near {place} on {day}, according to {person}, a local official.",
    ),
    (
        "{b} says {a} fired {number} shells across the border at {place}, {few} killed",
        "{b}'s army said artillery from {a} hit {place} on {day}, killing {few} people and wounding {number}.",
    ),
    (
        "{a}'s foreign minister arrives in {b} for talks on {thing} and the border",
        "{a}'s foreign minister arrived in {b} on {day} for a two-day visit, {person} of the ministry said.",
    ),
    (
        "{a} accuses {b} of violating its airspace over {place} with {few} drones",
        "The defence ministry of {a} accused {b} of flying drones over {place} on {day} and summoned its ambassador.",
    ),
    (
        "{a} fires ballistic missile as {b} warns of a strong response, {town} on alert",
        "{a} test-fired a ballistic missile on {day}, {b}'s military said, the {few}th such launch since {month}.",
    ),
    (
        "{a} imposes sanctions on {number} officials of {b} over {place}",
        "{a} imposed sanctions on {number} officials of {b} on {day} over what it called aggression near {place}.",
    ),
    (
        "{a} expels {few} diplomats of {b} in row over {place}, {person} says",
        "{a} expelled {few} diplomats of {b} on {day}, and {b} promised to answer in kind, {person} said.",
    ),
    (
        "{few} soldiers killed in border clash between {a} and {b} at {place}",
        "A clash between the forces of {a} and {b} at {place} left {few} soldiers dead on {day}, {person} said.",
    ),
    (
        "{a} begins military drills near {place}, with {number} troops, as {b} protests",
        "{a} began military exercises near {place} on {day}; {b} called them a provocation, {person} reports.",
    ),
    (
        "{a} launches air strikes on {place} in {b}, {few} dead, {town} hospital says",
        "Warplanes of {a} struck {place} in {b} on {day}, killing at least {few} people, doctors in {town} said.",
    ),
)  # fmt: skip
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()


class Story(NamedTuple):
    title: str
    summary: str
    """Plain text, as a reader shows it."""


def made_up(count: int, seed: int = 1) -> list[Story]:
    """So many distinct stories; the same for the same seed."""
    return _distinct(_Desk(random.Random(seed)).stories(), count)


def from_corpus(path: Path, count: int) -> list[Story]:
    """The last so many distinct ones of a corpus, oldest first. Raises ValueError where it holds fewer."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        items = [json.loads(line) for line in lines]
    found = _distinct((Story(i["title"], i["summary"]) for i in reversed(items) if i["title"] and i["summary"]), count)
    if len(found) < count:
        raise ValueError(f"{path} holds only {len(found)} distinct articles, {count} are needed")
    return found[::-1]


def _distinct(stories: Iterator[Story], count: int) -> list[Story]:
    found: dict[Story, None] = {}
    for story in stories:
        found[story] = None
        if len(found) == count:
            break
    return list(found)


class _Desk:
    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._names = [self._name() for _ in range(6_000)]
        self._by_zipf = list(accumulate(1 / (n + 20) for n in range(len(self._names))))
        self._pair_weights = list(accumulate(1 / (n + 2) for n in range(len(_PAIRS))))
        self._told: list[tuple[int, dict[str, str]]] = []
        self._fields: dict[str, Callable[[], str]] = {
            "person": lambda: f"{self._any_name()} {self._any_name()}",
            "town": self._any_name,
            "firm": lambda: f"{self._any_name()} {rng.choice(['Energy', 'Foods', 'Bank', 'Motors', 'Media'])}",
            "country": lambda: rng.choice(_COUNTRIES),
            "thing": lambda: rng.choice(_THINGS),
            "goods": lambda: rng.choice(_GOODS),
            "month": lambda: rng.choice(_MONTHS),
            "day": lambda: rng.choice(_DAYS),
            "falls": lambda: rng.choice(["falls", "shrinks", "rises", "grows"]),
            "few": lambda: str(rng.randint(2, 19)),
            "number": lambda: str(rng.randint(20, 990)),
        }

    def stories(self) -> Iterator[Story]:
        while True:
            story = self._loaded() if self._rng.random() < FLAGGED else self._plain()
            if _TITLE[0] <= len(story.title) <= _TITLE[1]:
                yield story

    def _plain(self) -> Story:
        rng = self._rng
        title = self._filled(f"{rng.choice(_SUBJECTS)} {rng.choice(_DEEDS)}")
        lead = self._filled(f"{rng.choice(_SUBJECTS)} {rng.choice(_DEEDS)}.")
        return Story(title, self._at_length(lead))

    def _loaded(self) -> Story:
        rng = self._rng
        if self._told and rng.random() < _RETOLD:
            number, known = rng.choice(self._told[-60:])
            known = {name: known[name] for name in ("a", "b", "place", "day", "few")}
        else:
            number = rng.randrange(len(_LOADED))
            a, b, place = rng.choices(_PAIRS, cum_weights=self._pair_weights)[0]
            if rng.random() < 0.3:
                a, b = b, a
            known = {"a": a, "b": b, "place": place} | {name: self._fields[name]() for name in ("day", "few")}
            self._told.append((number, known))
        title, lead = (self._filled(text, known) for text in _LOADED[number])
        return Story(title[:1].upper() + title[1:], self._at_length(lead[:1].upper() + lead[1:]))

    def _at_length(self, lead: str) -> str:
        """The lead and as many sentences more as make it as long as a summary happens to be."""
        text, wanted = lead, self._rng.randint(_SUMMARY[0], _SUMMARY[1] - 20)
        while len(text) < wanted:
            more = f"{text} {self._filled(self._rng.choice(_MORE))}"
            if len(more) > _SUMMARY[1]:
                return text if len(text) >= _SUMMARY[0] else f"{more[: _SUMMARY[1] - 1]}…"
            text = more
        return text

    def _filled(self, pattern: str, known: dict[str, str] | None = None) -> str:
        while "{" in pattern:
            before, rest = pattern.split("{", 1)
            name, after = rest.split("}", 1)
            pattern = f"{before}{known[name] if known and name in known else self._fields[name]()}{after}"
        return pattern

    def _any_name(self) -> str:
        return self._rng.choices(self._names, cum_weights=self._by_zipf)[0]

    def _name(self) -> str:
        return "".join(self._rng.choices(_SYLLABLES, k=self._rng.choice([2, 2, 3, 3, 4]))).capitalize()
