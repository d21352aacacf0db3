"""Tokens to terms: a sentence in which each name, with the office or force around it, is one term. Pure.

    Russian | President | Vladimir | Putin | arrived | in | North | Korea
    └───────── RUS: leader, visitor, actor ─────────┘  arrived  in  └ PRK: country, host ┘

A patterns's classes are those of the terms. A state or capital after a preposition of place is a place, not an actor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import cached_property

from tensionwatch.rules.gazetteer import FORCE_LISTS, OFFICE_LISTS, Gazetteer, Match, Name, in_office
from tensionwatch.rules.positions import Positions
from tensionwatch.rules.text import MARKS, NO_CLASSES, Term, offsets

CLASSES = frozenset(
    """country adjective capital city seat force person place line waters airspace territory border_area island strait
    leader official delegation envoy minister head royal military_chief visitor office state actor host town troops unit
    forces_people forces_air forces_sea groups number owner""".split()
)
"""What `{…}` in a pattern may name; see docs/rules.md."""


class Sentence:
    """A sentence in terms."""

    def __init__(
        self, field: str, text: str, span: tuple[int, int], terms: tuple[Term, ...], firsts: Sequence[int]
    ) -> None:
        self.field = field
        self.terms = terms
        """With `^` first and `$` last."""
        self._text = text
        self._span = span
        self._firsts = firsts
        """Of each term but the edges, its first token."""

    @property
    def text(self) -> str:
        """As it stands in the field."""
        return self._text[slice(*self._span)]

    @cached_property
    def positions(self) -> Positions:
        return Positions(self.terms)

    @cached_property
    def _offsets(self) -> list[tuple[int, int]]:
        """Where its tokens stand; few sentences are asked."""
        return offsets(self._text, *self._span)

    def place(self, first: int, last: int) -> tuple[int, int]:
        """Where the terms `first` to `last` stand in the field, code points; edges stand nowhere and are left out."""
        first, last = max(first, 1), min(last, len(self._firsts))
        token = self._firsts[last - 1] + self.terms[last].length - 1
        return self._offsets[self._firsts[first - 1]][0], self._offsets[token][1]

    def words(self, first: int, last: int) -> str:
        begin, end = self.place(first, last)
        return self._text[begin:end]


_BY_CLS: dict[str, frozenset[str]] = {
    "country": frozenset({"country", "state", "actor", "host"}),
    "capital": frozenset({"capital", "state", "actor", "host", "town"}),
    "city": frozenset({"city", "host", "town"}),
    "seat": frozenset({"seat", "state", "actor", "host"}),
    "force": frozenset({"force", "troops", "actor"}),
    "adjective": frozenset({"adjective"}),
    "person": frozenset({"person", "leader", "visitor", "actor"}),
    "head": frozenset({"head", "leader", "visitor", "actor"}),
    **{c: frozenset({c, "official", "visitor", "actor"}) for c in OFFICE_LISTS if c != "head"},
    **{c: frozenset({c, "troops", "actor"}) for c in FORCE_LISTS},
}
_OWNER = frozenset({"owner"})
"""What is in the possessive: not Putin, but something of his."""
_PLACE_ONLY = frozenset({"actor", "state"})
_UNNAMED: dict[str, frozenset[str]] = {
    **{c: frozenset({c, "office"}) for c in OFFICE_LISTS},
    **{c: frozenset({c, "unit"}) for c in FORCE_LISTS},
}
"""Offices and forces of no known country."""
_PREPOSITIONS = frozenset(
    "in at near to into from towards toward outside around over across through throughout off via for inside".split()
)
_MODIFIERS = frozenset(
    """top senior new newly-elected outgoing incoming deputy vice acting interim special chief supreme armed heavily
    elite naval air ground border military paramilitary unarmed uniformed far-right right-wing left-wing opposition and
    high-level high-ranking visiting embattled veteran long-time longtime prime's two three four five six several dozens
    hundreds more than about some many unidentified suspected alleged backed-backed wounded young stray soviet-era
    sea-based ballistic""".split()
)
_FORMER = frozenset({"former", "ex", "late", "then", "one-time", "onetime", "jailed", "ousted", "exiled"})


PARTIES = frozenset({"country", "adjective", "capital", "seat", "force", "person", "weak_person"})
"""Names that say for whom an office or a force beside them acts."""


def classes_of(names: Iterable[Name], gazetteer: Gazetteer) -> tuple[frozenset[str], frozenset[str]]:
    """All classes that a term may have which holds one of these names: as it is, and with a name of PARTIES."""
    alone, named = NO_CLASSES, NO_CLASSES
    for name in names:
        if name.cls == "place":
            place = gazetteer.atlas.place(name.label)
            alone |= {"place", place.type} if place is not None else NO_CLASSES
        elif name.cls in _UNNAMED and name.country is None:
            alone |= _UNNAMED[name.cls]
            named |= _BY_CLS[name.cls]
        else:
            alone |= _BY_CLS.get(name.cls.removeprefix("weak_"), NO_CLASSES) | _UNNAMED.get(name.cls, NO_CLASSES)
    return alone, named


def the_koreas() -> dict[str, frozenset[str]]:
    """Words that may stand for a country by themselves where the text is about it, and their classes."""
    return dict.fromkeys(_THE_KOREAS, _BY_CLS["country"])


class Chunker:
    """One sentence: puts names and the nouns around them together."""

    def __init__(
        self, found: Sequence[Term], proper: dict[int, Match], gazetteer: Gazetteer,
        context: Callable[[], frozenset[str]], day: date | None,
    ) -> None:  # fmt: skip
        self._found = found
        self._lows = [token.low for token in found]
        self._proper = proper
        self._gazetteer = gazetteer
        self._context = context
        self._day = day

    def terms(self) -> tuple[list[Term], list[int]]:
        """The sentence in terms, and the first token of each. A word that starts no name is its own term."""
        found, lows = self._found, self._lows
        starts = self._gazetteer.noun_starts
        special = {at for at, low in enumerate(lows) if low in starts or low in _MAYBE_KOREAS}
        terms: list[Term] = []
        firsts: list[int] = []
        after = 0
        for at in (*sorted(special.union(self._proper)), len(found)):
            if at < after:
                continue
            if _UNREAD_MARKS.isdisjoint(lows[after:at]):
                terms += found[after:at]
                firsts += range(after, at)
            else:
                read = [i for i in range(after, at) if lows[i] not in _UNREAD_MARKS]
                terms += [found[i] for i in read]
                firsts += read
            if at < len(found):
                term, after = self._term(at)
                terms.append(term)
                firsts.append(at)
        return terms, firsts

    def _term(self, at: int) -> tuple[Term, int]:
        name, after = self._name_at(at)
        if name is not None:
            return self._named(name, at, after)
        if after > at:
            return self._plain(at, after), after
        if (noun := self._gazetteer.noun(self._lows, at)) is not None:
            if noun.names[0].cls == "nothing":
                return self._plain(at, at + noun.length), at + noun.length
            return self._unnamed(noun, at)
        return self._found[at], at + 1

    # ---- names

    def _name_at(self, at: int) -> tuple[Name | None, int]:
        """The name that starts here and where it ends. A phrase that only contains a name ("South China Sea") is
        skipped as a whole: (None, its end); nothing at all: (None, at)."""
        match = self._proper.get(at)
        if match is None:
            return self._anaphora(at)
        after = at + match.length
        if match.plain:
            return match.names[0], after
        fits = [n for n in in_office(match.names, self._day) if n.cls != "weak_person" or n.country in self._context()]
        if not fits:
            fits = [n for n in match.names if n.cls not in ("weak_person", "nothing")][:1]
        if not fits:
            return None, at
        best = fits[0]
        if len(fits) > 1:
            best = next((n for n in fits if n.country in self._context()), best)
        if best.ambiguous and self._part_of_a_name(at, after) and best.country not in self._context():
            return None, at
        return (None, after) if best.cls == "nothing" else (best, after)

    def _part_of_a_name(self, at: int, after: int) -> bool:
        """A capitalised neighbour that is no known name: `Michael Jordan`, `Georgia Meloni`. In a headline whose words
        are all capitalised nothing can be told from that."""
        words = [t.name for t in self._found if t.low not in MARKS]
        if sum(w[:1].isupper() for w in words) > 0.7 * len(words):
            return False
        before, behind = at - 1, after
        named_before = before > 0 and self._found[before].name[:1].isupper() and before not in self._proper
        named_behind = (
            behind < len(self._found)
            and not self._found[after - 1].possessive
            and self._found[behind].name[:1].isupper()
            and behind not in self._proper
            and self._gazetteer.noun(self._lows, behind) is None
        )
        return named_before or named_behind

    def _anaphora(self, at: int) -> tuple[Name | None, int]:
        """`the North`, `the South`: the Koreas, where the text is about them."""
        token = self._found[at]
        country = _THE_KOREAS.get(token.name)
        if country is None:
            return None, at
        listed = self._lows[at + 1 : at + 3] == ["and", "south"]  # "North and South Korea exchange fire"
        if not listed and (not at or self._lows[at - 1] not in _BEFORE_THE_KOREAS):
            return None, at
        after = self._found[at + 1] if at + 1 < len(self._found) else None
        if (after is not None and after.name[:1].isupper()) or self._context().isdisjoint(("PRK", "KOR")):
            return None, at
        return Name("country", country, token.name), at + 1

    def _named(self, name: Name, at: int, after: int) -> tuple[Term, int]:
        if name.cls == "place":
            return self._place(name, at, after), after
        if name.cls in ("person", "weak_person"):
            return self._person(name, at, after)
        if name.cls in ("country", "adjective", "capital", "seat", "force"):
            grown = self._with_noun(name, at, after)
            if grown is not None:
                return grown
        classes = _BY_CLS[name.cls]
        if name.cls in ("country", "capital") and at and self._found[at - 1].low in _PREPOSITIONS:
            classes -= _PLACE_ONLY
        return self._make(at, after, classes, name.country, None), after

    def _place(self, name: Name, at: int, after: int) -> Term:
        place = self._gazetteer.atlas.place(name.label)
        classes = frozenset({"place", place.type} if place is not None else {"place"})
        return self._make(at, after, classes, name.country, name.label)

    def _person(self, name: Name, at: int, after: int) -> tuple[Term, int]:
        """A person; `Trump envoy Witkoff` is the envoy, `Kim's soldiers` are soldiers."""
        noun = self._gazetteer.noun(self._lows, after) if after < len(self._found) else None
        office = noun.names[0].cls if noun is not None else None
        if noun is not None and office in FORCE_LISTS and self._found[after - 1].possessive:
            end = self._more_nouns(after + noun.length)
            return self._make(at, end, _BY_CLS[office], name.country, None), end
        if noun is None or office not in ("envoy", "delegation"):
            return self._make(at, after, _BY_CLS["person"], name.country, name.label), after
        after += noun.length
        label, after = self._person_after(after)
        return self._make(at, after, _BY_CLS[office], name.country, label), after

    def _with_noun(self, name: Name, at: int, after: int) -> tuple[Term, int] | None:
        """`Russian` + [top, deputy …] + `foreign minister` + [person]: who acts, and for whom."""
        end, former = after, at > 0 and self._found[at - 1].low in _FORMER
        for _ in range(4):
            if end >= len(self._found):
                return None
            noun = self._gazetteer.noun(self._lows, end)
            if noun is not None and noun.names[0].cls == "nothing":
                return None
            if noun is not None:
                return self._office_or_force(name, noun, at, end + noun.length, former=former)
            low = self._found[end].low
            former = former or low in _FORMER
            if low not in _MODIFIERS and low not in _FORMER and not low.isdigit():
                break
            end += 1
        if self._found[after - 1].possessive or name.cls == "adjective":
            label, end = self._person_after(after)
            if label is not None:
                return self._make(at, end, _BY_CLS["person"], name.country, label), end
        return None

    def _office_or_force(self, name: Name, noun: Match, at: int, after: int, *, former: bool) -> tuple[Term, int]:
        cls = noun.names[0].cls
        after = self._more_nouns(after)
        classes = _BY_CLS[cls]
        label = None
        if cls in OFFICE_LISTS:
            label, after = self._person_after(after)
            if former:
                classes -= {"visitor"}
        return self._make(at, after, classes, name.country, label), after

    def _more_nouns(self, after: int) -> int:
        """`coast guard` + `ships`, `border` `guards` + `troops`."""
        while after < len(self._found) and (more := self._gazetteer.noun(self._lows, after)) is not None:
            if self._found[after - 1].possessive or more.names[0].cls == "nothing":
                break
            after += more.length
        return after

    def _person_after(self, at: int) -> tuple[str | None, int]:
        """A known person's name that follows an office."""
        match = self._proper.get(at)
        if match is None:
            return None, at
        for name in match.names:
            if name.cls in ("person", "weak_person"):
                return name.label, at + match.length
        return None, at

    def _unnamed(self, noun: Match, at: int) -> tuple[Term, int]:
        """An office or force of no country before it: `President Putin`, `soldiers from North Korea`."""
        after = at + noun.length
        cls = noun.names[0].cls
        if cls in OFFICE_LISTS and (match := self._proper.get(after)) is not None:
            for name in in_office(match.names, self._day):
                if name.cls in ("person", "weak_person"):
                    return self._make(
                        at, after + match.length, _BY_CLS[cls], name.country, name.label
                    ), after + match.length
        if after + 1 < len(self._found) and self._found[after].low in ("of", "from"):
            start = after + 1 + (self._found[after + 1].low == "the")
            name_after, end = self._name_at(start) if start < len(self._found) else (None, start)
            if name_after is not None and name_after.cls in ("country", "capital"):
                return self._make(at, end, _BY_CLS[cls], name_after.country, None), end
        if (sole := noun.names[0].country) is not None:
            return self._make(at, after, _BY_CLS[cls], sole, None), after
        return self._make(at, after, _UNNAMED[cls], None, None), after

    # ---- making terms

    def _make(self, at: int, after: int, classes: frozenset[str], country: str | None, label: str | None) -> Term:
        last = self._found[after - 1]
        if last.possessive:
            classes |= _OWNER
        return Term(last.low, classes, country, label, length=after - at)

    def _plain(self, at: int, after: int) -> Term:
        """Words that only look like a name, as one."""
        return self._found[at]._replace(length=after - at)


_UNREAD_MARKS = MARKS - {",", ":", ";"}
_BEFORE_THE_KOREAS = frozenset({"the", "with", "and", "into", "from", "to"})
_MAYBE_KOREAS = frozenset({"north", "south"})
_THE_KOREAS = {"North": "PRK", "South": "KOR"}
