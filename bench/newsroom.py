"""World news that nobody wrote: titles and summaries in the proportions of real ones, every one distinct.

`made_up` fills sentence patterns with names of people and towns made from syllables, so that the vocabulary is as wide
as that of news, and with real countries and capitals, so that the rules have something to read. About one in fifteen
tells of what the rules flag; most of these are of few pairs, and some occurrences are told by several papers.
`from_corpus` takes real ones instead (JSON lines with title and summary).

Beside 20,500 articles of late 2023, in one run: made-up ones take 0.23 ms to classify and real ones 0.33, of which 13 %
are flagged; among the flagged, patterns are met again more often than in the world's prose, so that each is compared
with 6 possible near-copies instead of 0.4.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import accumulate
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

FLAGGED = 0.06
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
    "{country}'s parliament", "The mayor of {town}", "{person}, a novelist from {town},", "A farmers' union in {town}",
    "A court in {town}", "{country}'s central bank", "The {firm} group", "A doctor at {town} General Hospital",
    "The teachers' union of {country}", "A team from {town}", "{country}'s railway", "{person}", "A skipper off {town}",
    "A museum in {town}", "The opposition in {country}", "{firm}'s founder {person}", "A referendum in {country}",
    "The coach of {town} United", "An engineer at {firm}", "{country}'s tourism board", "A jury in {town}",
    "The {town} orchestra", "A regulator in {country}", "The health minister of {country}",
    "The army band of {country}",
)  # fmt: skip
_DEEDS = (
    "[approves|drafts|rejects|trims] a {number} million budget for {thing}",
    "[warns|fears|says] {thing} could {fall}", "[wins|shares|declines] a prize for {thing} in {town}",
    "asks for {quality} as {thing} {falls} {few} per cent",
    "[opens|shuts|moves] its {adjective} centre for {thing} in {month}",
    "[sues|fines|praises] {firm} over {adjective} {goods}",
    "[finds|corrects|denies] {number} {adjective} errors in {thing}",
    "[votes|refuses] to tax {thing} until {month}, {person} {said}",
    "[recalls|donates|sells] {number} {goods} after {adjective} complaints", "[marks|skips] {few} decades of {thing}",
    "[predicts|disputes] {quality} over {thing} by {month}", "[hires|loses] {number} people for {thing} in {town}",
    "[appeals|settles] a {number} million row over {thing}", "[publishes|burns|buys] {person}'s letters on {thing}",
    "[names|drops|thanks] {person} for {adjective} work on {thing}",
    "[cancels|adds|doubles] {few} trains to {town} on {day}",
    "[beats|loses to] {town} by {few} goals on {day}, to {adjective} {quality}",
    "[rescues|counts|rings] {number} {adjective} birds off {town}",
    "[shows|hides|restores] {few} {adjective} paintings by {person}",
    "[visits|leaves|rebuilds] a hospital in {town} on {day}, to {quality}",
    "[strikes|settles|doubts] a deal with {firm} on {thing}", "[attacks|backs|fears] plans of {firm} for {thing}",
)  # fmt: skip
_THINGS = (
    "primary schools", "rural clinics", "the wheat harvest", "offshore wind", "flood defences", "housing",
    "public libraries", "the coffee trade", "night trains", "olive groves", "drinking water", "child care", "pensions",
    "air quality", "women's football", "the film industry", "electric buses", "coral reefs", "church roofs",
    "the census", "street markets", "the postal service", "cancer screening", "forest paths", "the fishing fleet",
    "school meals", "the trade war", "border trade", "the steel trade", "missile plants",
)  # fmt: skip
_GOODS = "kettles prams bicycles heaters ladders toys scooters batteries blenders helmets".split()
_MONTHS = "January February March April May June July August September October November December".split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_ADJECTIVES = (
    "ageing ambitious bitter bold brief cautious cheap costly crowded curious delicate distant early eager empty "
    "fierce fragile gentle gloomy hasty heavy hidden honest idle keen lasting late loud lucky mild modest narrow odd "
    "patient plain popular private quiet rare rural rusty secret sharp shy slow steady stubborn sudden "
    "tidy urgent vague warm"
).split()
_QUALITIES = (
    "patience calm unity restraint money advice silence pride worry hope relief doubt anger interest caution envy "
    "support haste care time"
).split()
_SAID = "said told added argued wrote recalled insisted admitted complained noted explained repeated".split()
_MORE = (
    "“{quality_} [matters|helps|fades|lasts],” {said} {person} of {firm}, {few} {adjective} [weeks|months] later.",
    "{firm} had [promised|feared|hidden|sought] {adjective} {quality} over {thing}, {person} {said}.",
    "In {town}, {number} [families|pupils|drivers] {felt} {adjective} {quality}; in {town} [few|most|none] did.",
    "{country} [spends|earns|saves] {number} million on {thing}, {adjective} [sums|news] for {few} {adjective} years.",
    "{person} [blamed|credited|thanked] {firm}; {person} [did not|did|would not] [agree|listen|reply].",
    "By {month} {thing} [fell|rose|shrank|grew] {few} per cent in {town}, {person} {said} with {quality}.",
    "{thing_} [cost|earned|saved] {firm} {number} million, {adjective} [sums|news|odds] for {country}.",
    "On {day} {adjective} [rain|crowds|snow|heat] [closed|filled|reached] {town}, {few} [miles|hours] from {town}.",
    "{adjective_} {quality} [met|followed|greeted] {person} in {town}, where {thing} [matters|pays|suffers].",
    "[Neither|Both|Either] {person} [nor|and|or] {person} {said} so before {month}, as {firm} [knew|hoped|claimed].",
)  # fmt: skip
_LOADED = (
    (
        "{a} [troops|soldiers|forces] [cross|crossed] the border into {b} near {place}, {source}",
        "[Soldiers|Troops|Border guards] from {a} crossed into {b} {near} {place} on {day}, {source}.",
    ),
    (
        "{b} says {a} fired {number} [shells|rockets] across the border at {place}, {few} killed",
        "[Shells|Rockets|Artillery fire] from {a} hit {place} in {b} on {day}, killing {few} and wounding {number}.",
    ),
    (
        "{a}'s [foreign|defence] minister arrives in {b} for {adjective} talks on {thing}",
        "{a}'s [foreign|defence] minister arrived in {b} on {day} on a {few}-day visit, {source}.",
    ),
    (
        "{a} accuses {b} of violating its airspace over {place} with {few} drones, {source}",
        "{a} accused {b} of flying [drones|jets|balloons] over {place} on {day} and summoned its ambassador, {source}.",
    ),
    (
        "{a} fires {adjective} ballistic missile [past|towards|near] {b}, {source}",
        "{a} test-fired a ballistic missile on {day}, {b}'s [military|army|navy] said, {source}.",
    ),
    (
        "{a} imposes sanctions on {number} [officials|firms|banks] of {b} over {place}, {source}",
        "{a} imposed {adjective} sanctions on {number} [officials|firms] of {b} on {day}, {source}.",
    ),
    (
        "{a} expels {few} diplomats of {b} in {adjective} row over {place}, {source}",
        "{a} expelled {few} diplomats of {b} on {day}, [and|while|as] {person} promised an answer in {month}.",
    ),
    (
        "{few} soldiers killed in {adjective} border clash between {a} and {b} at {place}",
        "A clash [between|of] {a} and {b} forces at {place} left {few} soldiers dead on {day}, {source}.",
    ),
    (
        "{a} begins {adjective} [military|naval|air] drills near {place}, as {b} protests",
        "{a} began military exercises {near} {place} on {day}; {b} called them {adjective}, {source}.",
    ),
    (
        "{a} launches air strikes on {place} in {b}, {few} dead, {source}",
        "Warplanes of {a} struck {place} in {b} on {day}, killing {few} people, {source}.",
    ),
)  # fmt: skip


_WORDS = {
    "country": _COUNTRIES, "thing": _THINGS, "goods": _GOODS, "month": _MONTHS, "day": _DAYS, "said": _SAID,
    "adjective": _ADJECTIVES, "quality": _QUALITIES,
    "fall": "fail fade shrink suffer change end vanish grow".split(), "falls": "falls shrinks rises grows".split(),
    "felt": "felt showed reported lacked".split(), "near": ["near", "close to", "north of", "south of", "east of"],
}  # fmt: skip
_SLOT = re.compile(r"\[([^]]+)\]|\{(\w+)\}")


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
            "source": lambda: f"{self._any_name()} {rng.choice(['officials', 'villagers', 'radio', 'police'])} say",
            "few": lambda: str(rng.randint(2, 19)),
            "number": lambda: str(rng.randint(20, 990)),
        } | {name: partial(rng.choice, words) for name, words in _WORDS.items()}

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

    def _filled(self, pattern: str, known: Mapping[str, str] = MappingProxyType({})) -> str:
        """The pattern with one of `[these|those]`, and with `{words}`, `{words_}` for a capital letter."""

        def fill(slot: re.Match[str]) -> str:
            if slot[1]:
                return self._rng.choice(slot[1].split("|"))
            name = slot[2].removesuffix("_")
            word = known[name] if name in known else self._fields[name]()
            return word if name == slot[2] else word[:1].upper() + word[1:]

        return _SLOT.sub(fill, pattern)

    def _any_name(self) -> str:
        return self._rng.choices(self._names, cum_weights=self._by_zipf)[0]

    def _name(self) -> str:
        return "".join(self._rng.choices(_SYLLABLES, k=self._rng.choice([2, 2, 3, 3, 4]))).capitalize()
