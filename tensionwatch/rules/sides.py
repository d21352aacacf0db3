"""Who did it to whom: from the pattern's roles, else from the place, the rest of the sentence, the title. Pure.

What is inferred says so in `how`. An unknown side stays unknown unless the rule allows inference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tensionwatch.model import Kind
from tensionwatch.rules.atlas import Atlas
from tensionwatch.rules.pack import RuleSpec
from tensionwatch.rules.pattern import Found
from tensionwatch.rules.terms import Sentence
from tensionwatch.rules.text import Term

_PLACES = frozenset({"place", "city"})
_NO_FIGHTERS = frozenset({"place", "leader", "official"})
_VIOLENT = (Kind.BORDER_INCIDENT, Kind.ARMED_ATTACK)
_BETWEEN_TWO = (Kind.BORDER_INCIDENT, Kind.DIPLOMATIC_VISIT, Kind.TALKS)
"""Kinds that need two different states."""
_LIST_MARKS = (",", "and", "the")
_AT_HOME = frozenset({("VAT", "ITA"), ("EUR", "BEL"), ("NATO", "BEL"), ("USA", "IGO")})
"""Visitor and host where nobody goes abroad."""
_EDGES = frozenset({"airspace", "skies", "border", "waters", "territory", "soil"})
SENTENCES_SEARCHED = 3
"""A side that the sentence does not name is looked for in so many, itself included, from the title on."""


BLOCS = frozenset({"NATO", "EUR", "IGO"})
"""They have no border of their own: like the envoy who is summoned, a side of an incident only where nothing nearer
is named."""


class Sides:
    """The sides of one match; `actor`, `recipient`, `place`, `people`, `how`."""

    def __init__(self, spec: RuleSpec, found: Found, sentences: Sequence[Sentence], at: int, atlas: Atlas) -> None:
        self._spec = spec
        self._found = found
        self._sentences = sentences
        self._at = at
        self._atlas = atlas
        self._terms = sentences[at].terms
        # A visit is of people, who also hold talks and threaten; of violence they speak, and its sides are states and
        # forces.
        visit = spec.kind is Kind.DIPLOMATIC_VISIT
        self._of_states = spec.kind is Kind.BORDER_INCIDENT
        self._not_sides = frozenset({"place"} if visit else _NO_FIGHTERS if spec.kind in _VIOLENT else _PLACES)
        self.place = self._place()
        self._how: list[str] = []
        self.same = False
        """The pattern's two roles are one country."""
        src, tgt = self._pair()
        if src is not None and src == tgt and spec.kind not in _BETWEEN_TWO:
            self.same, tgt = False, None  # an army that fights at home, drills at home
        self.actor, self.recipient = (tgt, src) if spec.swap else (src, tgt)

    @property
    def how(self) -> str:
        """How they were resolved, in words."""
        return ", ".join(self._how)

    @property
    def people(self) -> tuple[str, ...]:
        roles = [self._terms[at] for role, at in self._found.roles.items() if role != "place"]
        return tuple(dict.fromkeys(t.label for t in roles if t.label and "place" not in t.classes))

    def lost(self) -> str | None:
        """Why a rule of these needs can say nothing of these sides."""
        known = [side for side in (self.actor, self.recipient) if side is not None]
        if self.same or (len(known) == 2 and known[0] == known[1]):
            return "both sides are one country"
        if self._spec.kind is Kind.DIPLOMATIC_VISIT and (self.actor, self.recipient) in _AT_HOME:
            return "the visitor's seat lies there"
        if f"{self.actor}>{self.recipient}" in self._spec.not_between:
            return f"says nothing of {self.actor} and {self.recipient}"
        if self._spec.needs == "both" and len(known) < 2:
            return "a side is unknown"
        return "both sides are unknown" if self._spec.needs == "any" and not known else None

    # ---- the pair

    def _pair(self) -> tuple[str | None, str | None]:
        src, tgt = self._list_head() if self._spec.mutual else (self._first_of("src"), self._first_of("tgt"))
        self._how += [f"{role} {country} as matched" for role, country in (("src", src), ("tgt", tgt)) if country]
        if src is not None and src == tgt:
            self.same = True
            if self._violence_at_the_target() and (other := self._across(src)) is not None:
                self.same, tgt = False, other
        elif self._spec.infer:
            src, tgt = self._inferred(src, tgt)
        meeting = self._spec.mutual and self._spec.kind is Kind.DIPLOMATIC_VISIT
        if meeting and src is not None and self._role("place") == src:
            return tgt, src  # whoever meets in the first one's country is its guest
        return src, tgt

    def _inferred(self, src: str | None, tgt: str | None) -> tuple[str | None, str | None]:
        if src is not None and tgt is None:
            return src, self._other(src)
        if tgt is not None and src is None:
            if self._spec.mutual:
                return self._other(tgt), tgt
            if self._spec.kind is Kind.DIPLOMATIC_VISIT:
                return self._traveller(tgt), tgt
            return self._across(tgt) if self._of_states else None, tgt
        if src is None and tgt is None:
            return self._both()
        return src, tgt

    def _role(self, role: str) -> str | None:
        at = self._found.roles.get(role)
        return self._terms[at].country if at is not None else None

    def _first_of(self, role: str) -> str | None:
        """The country of a role; of "U.S. and Canadian lawmakers" who travel, the first, though the last was found."""
        at, terms = self._found.roles.get(role), self._terms
        travels = self._spec.kind is Kind.DIPLOMATIC_VISIT and role == ("tgt" if self._spec.swap else "src")
        if at is not None and travels and at > 1 and terms[at - 1].low == "and":
            first, others = at - 2, [self._role(r) for r in ("src", "tgt") if r != role]
            while first > 2 and terms[first - 1].low == "," and "adjective" in terms[first - 2].classes:
                first -= 2
            country = terms[first].country
            if country is not None and not terms[first].classes & _PLACES and country not in others:
                return country
        return self._role(role)

    def _list_head(self) -> tuple[str | None, str | None]:
        """Of `A, B and C` the first two, though the pattern found B and C."""
        at, terms = self._found.roles.get("src"), self._terms
        src, tgt = self._role("src"), self._role("tgt")
        while at is not None:
            before = at - 1
            while before > 0 and terms[before].low in _LIST_MARKS:
                before -= 1
            if before == at - 1 or terms[before].country is None or terms[before + 1].low == "the":
                break
            at, src, tgt = before, terms[before].country, src
        return src, tgt

    def _across(self, known: str) -> str | None:
        """The other side of the line that the place is, or lies at."""
        around = self._around() - {known}
        if len(around) != 1:
            return None
        (other,) = around
        self._how.append(f"{other} from the place {self.place}")
        return other

    def _violence_at_the_target(self) -> bool:
        """Is the recipient only the place where force is used, as in "strikes in Kashmir"?"""
        at = self._found.roles.get("tgt")
        return self._spec.kind is Kind.ARMED_ATTACK and at is not None and self._terms[at].label == self.place

    def _around(self) -> frozenset[str]:
        """The countries whose matter the place is, of violence: who else speaks of a strait need not lie at it."""
        violent = self._spec.kind in _VIOLENT
        return self._atlas.place_countries(self.place) if self.place and violent else frozenset()

    def _other(self, known: str) -> str | None:
        """The side that is not `known`."""
        if (across := self._across(known)) is not None:
            return across
        others = [(term, field) for term, field in self._named(everywhere=True) if term.country != known]
        if not others:
            return None
        likely = self._likely(known, others)
        term, field = next((other for other in others if other[0] in likely), others[0])
        self._how.append(f"{term.country} from '{term.low}' in the {field}")
        return term.country

    def _traveller(self, host: str) -> str | None:
        """Who travels, of a visit whose visitor the words do not name: whoever else the item says acts for a state."""
        for term, field in self._terms_near():
            if term.country not in (None, host) and "visitor" in term.classes and (term.country, host) not in _AT_HOME:
                self._how.append(f"{term.country} from '{term.low}' in the {field}")
                return term.country
        return None

    def _at_an_edge(self) -> frozenset[Term]:
        """The names whose airspace or border the sentence speaks of: of an incident, they are a side."""
        pairs = zip(self._terms, self._terms[1:], strict=False)
        return frozenset(name for name, word in pairs if name.country is not None and word.low in _EDGES)

    def _likely(self, known: str, others: Iterable[tuple[Term, str]]) -> frozenset[Term]:
        """Of several names the likelier: of an incident whose edge the sentence speaks of, else who borders on the side
        known; of a visit what is only a place ("in Cairo"), for there the visitor goes."""
        names = [term for term, _ in others]
        if self._spec.kind is Kind.DIPLOMATIC_VISIT:
            return frozenset(term for term in names if "host" in term.classes and "actor" not in term.classes)
        if not self._of_states:
            return frozenset()
        around = self._atlas.neighbours(known)
        return self._at_an_edge().intersection(names) or frozenset(t for t in names if t.country in around)

    def _both(self) -> tuple[str | None, str | None]:
        around = sorted(self._around())
        if len(around) == 2:
            self._how.append(f"both from the place {self.place}")
            return around[0], around[1]
        named, where = self._named_countries(everywhere=False), "sentence names"
        if len(named) < 2 and self._of_states:
            named, where = self._named_countries(everywhere=True), "item names"
        self._how.append(f"in the order that the {where} them" if named else "no country is named")
        if len(named) == 1:
            return (None, named[0]) if self._spec.lone == "tgt" else (named[0], None)
        return (named[0], named[1]) if named else (None, None)

    def _named_countries(self, *, everywhere: bool) -> list[str | None]:
        return list(dict.fromkeys(term.country for term, _ in self._named(everywhere=everywhere)))

    def _named(self, *, everywhere: bool) -> Iterator[tuple[Term, str]]:
        """The terms that may name a side: those of the sentence, then of the others, from the title on."""
        last: list[tuple[Term, str]] = []
        for term, field in self._terms_near(SENTENCES_SEARCHED if everywhere else 1):
            if term.country is None:
                continue
            if self._of_states and (term.country in BLOCS or "envoy" in term.classes):
                last.append((term, field))
            elif not term.classes & self._not_sides:
                yield term, field
            elif self._of_states and everywhere:
                last.append((term, field))
        yield from last

    def _terms_near(self, sentences: int = SENTENCES_SEARCHED) -> Iterator[tuple[Term, str]]:
        """The terms of the sentence, then of the others, from the title on, each with its field."""
        for number in [self._at, *(i for i in range(len(self._sentences)) if i != self._at)][:sentences]:
            sentence = self._sentences[number]
            for term in sentence.terms:
                yield term, sentence.field

    def _place(self) -> str | None:
        """The place that the match names, else one that the sentence does; a whole territory ("the Korean Peninsula")
        only where nothing nearer is named."""
        inside = self._terms[self._found.start : self._found.end]
        named = [t for t in (*inside, *self._terms) if "place" in t.classes]
        near = [t for t in named if "territory" not in t.classes] or [t for t in inside if "place" in t.classes]
        return near[0].label if near else None
