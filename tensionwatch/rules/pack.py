"""A rule pack: TOML to compiled rules, with every problem in it found at once. Pure (text in, rules out).

What is wrong with one rule, cue or veto costs that one alone; only a file that is no TOML or has wrong keys at its top
is not used at all.

language = "en"
disable = ["threat.warn"]   # rules beneath this pack that are not wanted
[words]                      # word lists, named in patterns as {name}
border = ["border", "frontier"]
[[cue]]                      # modality: words that make what a rule found planned, off, hypothetical or historical
[names.DEU]                  # what a country is called in another language
[offices]                    # and its words for offices and forces
[[rule]]                     # what a rule is: docs/rules.md
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cached_property
from typing import Any, Final, Literal, TypeVar

import msgspec

from tensionwatch.config_lines import Lines
from tensionwatch.errors import Problem
from tensionwatch.model import Kind, Status
from tensionwatch.rules.atlas import load_atlas
from tensionwatch.rules.gazetteer import NOUN_LISTS, OwnNames
from tensionwatch.rules.modality import Cue
from tensionwatch.rules.pattern import Pattern
from tensionwatch.rules.syntax import PatternError
from tensionwatch.rules.terms import CLASSES
from tensionwatch.rules.text import has_unspaced, tokens


class CueSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    status: Status
    where: Literal["before", "after", "sentence"]
    words: tuple[str, ...]
    reach: int = 0
    clause: bool = False
    unless_next: tuple[str, ...] = ()
    unless_before: tuple[str, ...] = ()


class RuleSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A [[rule]] as written."""

    id: str
    kind: Kind
    code: str
    patterns: tuple[str, ...]
    veto: tuple[str, ...] = ()
    """Patterns: where one matches the sentence, the rule says nothing of it."""
    status: Status | None = None
    """Fixed status; without it the cues decide."""
    ignores: tuple[Status, ...] = ()
    """Statuses whose cues say nothing of it: "to discuss the border clash" plans no clash."""
    needs: Literal["both", "any", "none"] = "both"
    """Which sides must be known: both, any, none."""
    infer: bool = True
    """May an unknown side be taken from the place, the sentence, the title?"""
    lone: Literal["src", "tgt"] = "tgt"
    """Which side the only country named is, where the pattern matched neither: src or tgt."""
    mutual: bool = False
    """Neither side did it to the other (a meeting, a clash): the order is the text's."""
    tenseless: bool = False
    """Its words only name the thing ("Xi's visit to Paris"): without a cue of its own, what the rest of the text says
    of the plan or the cancellation holds."""
    swap: bool = False
    """The pattern's src is the recipient ("hosts")."""
    weight: float = 1.0
    """How much it says by itself. Rules of one kind and pair flag together what their weights sum to 1 for: 0.5 needs
    a second rule."""
    not_between: tuple[str, ...] = ()
    """Pairs (`RUS>UKR`) of which it says nothing: between them the like is war far from any border."""
    examples: tuple[str, ...] = ()
    counter: tuple[str, ...] = ()


class NamesSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a country is called in the pack's language; keys as in data/countries.toml."""

    names: tuple[str, ...] = ()
    adjectives: tuple[str, ...] = ()
    capital: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()
    seats: tuple[str, ...] = ()
    forces: tuple[str, ...] = ()


class PersonSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Someone who acts for a state."""

    name: str
    country: str
    aliases: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()


class PackSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    language: str
    disable: tuple[str, ...] = ()
    """Ids of rules beneath this pack that are not wanted."""
    words: dict[str, tuple[str, ...]] = {}
    names: dict[str, NamesSpec] = {}
    """By country: names that the gazetteer does not know, as those of another language."""
    person: tuple[PersonSpec, ...] = ()
    offices: dict[str, tuple[str, ...]] = {}
    """By class (head, minister, forces_people …): words for offices and forces."""
    barriers: tuple[str, ...] = ()
    veto: tuple[str, ...] = ()
    """Vetoes of every rule."""
    cue: tuple[dict[str, Any], ...] = ()
    """A CueSpec each."""
    rule: tuple[dict[str, Any], ...] = ()
    """A RuleSpec each, converted one by one: what is wrong with one leaves the others in force."""


class Rule:
    """A compiled rule."""

    def __init__(
        self,
        spec: RuleSpec,
        patterns: Sequence[Pattern],
        veto: Sequence[Pattern],
        language: str = "en",
        place: str = "",
    ) -> None:
        self.spec = spec
        self.id = spec.id
        self.patterns = tuple(patterns)
        self.veto = tuple(veto)
        self.language = language
        self.place = place
        """In its pack: `rule[3]`."""


class Pack(msgspec.Struct, frozen=True):
    language: str
    rules: tuple[Rule, ...]
    cues: tuple[Cue, ...]
    barriers: frozenset[str]
    veto: tuple[Pattern, ...]
    words: dict[str, tuple[str, ...]]
    disable: tuple[str, ...] = ()
    own: OwnNames = OwnNames()

    def overlaid(self, own: Pack) -> Pack:
        """This pack with `own` laid over it: a rule of the same id is replaced, one that `own` disables is gone,
        everything else added."""
        gone = {*own.disable, *(rule.id for rule in own.rules)}
        return Pack(
            language=self.language,
            rules=(*(rule for rule in self.rules if rule.id not in gone), *own.rules),
            cues=self.cues + own.cues,
            barriers=self.barriers | own.barriers,
            veto=self.veto + own.veto,
            words={**self.words, **own.words},
            own=self.own.with_those_of(own.own),
        )

    def without(self, rejected: Collection[Rule]) -> Pack:
        return msgspec.structs.replace(self, rules=tuple(rule for rule in self.rules if rule not in rejected))


class Source:
    """A pack's text and name: where in it something stands."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file

    @cached_property
    def _lines(self) -> Lines:
        return Lines(self.text)  # only a pack with a problem is read for its lines

    def problem(self, place: str, path: str, what: str, allowed: str = "", near: str = "", words: str = "") -> Problem:
        """`place` is where in the file (`rule[3].patterns`), `path` what the user calls it; `words` are looked for
        from there on, so that in a list of many lines the one is named that is meant."""
        line = self._lines.of(place)
        if words:
            line = self._line_of(words, line or 1) or line
        return Problem(self.file, path, what, allowed, near, line)

    def _line_of(self, words: str, start: int) -> int | None:
        rest = enumerate(self.text.splitlines()[start - 1 :], start)
        return next((number for number, line in rest if words in line), None)


S = TypeVar("S", bound=msgspec.Struct)


def compile_pack(
    text: str, file: str, words: Mapping[str, tuple[str, ...]] | None = None, *, checked: bool = False
) -> tuple[Pack | None, list[Problem]]:
    """The pack's sound parts, and what is wrong with the rest. None when the file cannot be used at all. `words`
    are the word lists of the built-in pack, which a user's pack may use and replace; the patterns of one that was
    `checked` before are read when the first text asks for them."""
    source = Source(text, file)
    try:
        spec = msgspec.convert(tomllib.loads(text), PackSpec)
    except (ValueError, RecursionError) as error:  # TOMLDecodeError, ValidationError, integers of 4,300 digits
        return None, [_unusable(source, error)]
    if not _LANGUAGE.fullmatch(spec.language):
        what = f"'{spec.language}' is no language"
        return None, [source.problem("language", "language", what, "its tag alone, such as 'en'")]
    return _Compiler(source, spec, words or {}, checked=checked).compile()


class _Compiler:
    """Of one pack. Gathers problems."""

    def __init__(self, source: Source, spec: PackSpec, words: Mapping[str, tuple[str, ...]], *, checked: bool) -> None:
        self._source = source
        self._checked = checked
        self._spec = spec
        self._lists = {**words, **spec.words}
        self._problems: list[Problem] = []

    def compile(self) -> tuple[Pack, list[Problem]]:
        spec = self._spec
        for name in spec.words:
            if name in CLASSES:
                what = "is the name of a class"
                self._tell(f"words.{name}", f"words.{name}", what, "a word list needs a name of its own")
        pack = Pack(
            language=spec.language,
            rules=tuple(self._rules()),
            cues=tuple(self._cues()),
            barriers=frozenset(spec.barriers),
            veto=tuple(self._patterns(spec.veto, "veto", "veto")),
            words=self._lists,
            disable=spec.disable,
            own=self._own_names(),
        )
        return pack, self._problems

    def _own_names(self) -> OwnNames:
        """Those of countries and classes that there are."""
        spec = self._spec
        if not (spec.names or spec.person or spec.offices):
            return OwnNames()
        known = load_atlas().countries
        for code in [*spec.names, *(person.country for person in spec.person)]:
            if code not in known:
                self._unknown(f"names.{code}", code, "country", known)
        for cls in spec.offices:
            if cls not in NOUN_LISTS:
                self._unknown(f"offices.{cls}", cls, "class of offices or forces", NOUN_LISTS)
        return OwnNames(
            tuple({"id": code, **msgspec.to_builtins(names)} for code, names in spec.names.items() if code in known),
            tuple(msgspec.to_builtins(person) for person in spec.person if person.country in known),
            tuple((cls, noun) for cls, nouns in spec.offices.items() if cls in NOUN_LISTS for noun in nouns),
        )

    def _unknown(self, path: str, wrong: str, what: str, known: Collection[str]) -> None:
        near = get_close_matches(wrong, known, 1)
        told = self._source.problem(path, path, f"no {what} '{wrong}'", near=near[0] if near else "", words=wrong)
        self._problems.append(told)

    def _rules(self) -> Iterator[Rule]:
        taken: set[str] = set()
        for number, table in enumerate(self._spec.rule):
            place, path = f"rule[{number}]", f"rule {table.get('id', f'number {number + 1}')}"
            spec = self._convert(table, RuleSpec, place, path)
            if spec is None:
                continue
            if spec.id in taken:
                self._tell(f"{place}.id", path, "its id is taken by an earlier rule of this pack")
                continue
            taken.add(spec.id)
            known = len(self._problems)
            for pair in spec.not_between:
                if not _PAIR.fullmatch(pair):
                    self._tell(
                        f"{place}.not_between", f"{path}.not_between", f"not a pair: '{pair}'", _A_PAIR, words=pair
                    )
            patterns = list(self._patterns(spec.patterns, f"{place}.patterns", f"{path}.patterns"))
            veto = list(self._patterns(spec.veto, f"{place}.veto", f"{path}.veto"))
            if len(self._problems) == known:
                yield Rule(spec, patterns, veto, self._spec.language, place)

    def _cues(self) -> Iterator[Cue]:
        for number, table in enumerate(self._spec.cue):
            place, path = f"cue[{number}]", f"cue number {number + 1}"
            spec = self._convert(table, CueSpec, place, path)
            if spec is None:
                continue
            if not all(map(str.strip, spec.words)):
                self._tell(f"{place}.words", f"{path}.words", "an empty phrase")
                continue
            for phrase in spec.words:
                yield Cue(
                    tuple(term.low for term in tokens(phrase))
                    if has_unspaced(phrase)
                    else tuple(phrase.lower().split()),
                    spec.status,
                    spec.where,
                    spec.reach,
                    spec.clause,
                    frozenset(spec.unless_next),
                    frozenset(spec.unless_before),
                )

    def _patterns(self, sources: Sequence[str], place: str, path: str) -> Iterator[Pattern]:
        for source in sources:
            try:
                yield Pattern(source, self._lists, checked=self._checked)
            except PatternError as error:
                self._tell(place, path, f"{error} in '{source}'", words=source)
            except RecursionError:
                self._tell(place, path, "a pattern with brackets nested too deeply")

    def _convert(self, table: dict[str, Any], spec: type[S], place: str, path: str) -> S | None:
        try:
            return msgspec.convert(table, spec)
        except msgspec.ValidationError as error:
            what, inner, allowed, near = _shape(error, spec)
            inside = f"{place}.{inner}" if inner else place
            self._problems.append(self._source.problem(inside, path, what, allowed, near))
            return None

    def _tell(self, place: str, path: str, what: str, allowed: str = "", words: str = "") -> None:
        self._problems.append(self._source.problem(place, path, what, allowed, words=words))


def _shape(error: msgspec.ValidationError, spec: type[msgspec.Struct]) -> tuple[str, str, str, str]:
    """(what, where, what is allowed, nearest name): msgspec names the path (`$.kind`), and a key that is unknown."""
    what, _, path = str(error).partition(" - at `$")
    where = path.rstrip("`").lstrip(".").partition("[")[0]
    if "unknown field" in what:
        where = wrong = what.rpartition("`")[0].rpartition("`")[2]
        known, allowed = [field.name for field in msgspec.structs.fields(spec)], ""
    else:
        wrong = what.removeprefix("Invalid enum value '").rstrip("'")
        known = _ALLOWED.get(where, []) if wrong != what else []
        allowed = f"allowed: {', '.join(known)}" if known else ""
    near = get_close_matches(wrong, known, 1)
    return what, where, allowed, near[0] if near else ""


_ALLOWED: Final = {
    "kind": [kind.value for kind in Kind],
    "status": [status.value for status in Status],
    "ignores": [status.value for status in Status],
    "where": ["before", "after", "sentence"],
    "needs": ["both", "any", "none"],
    "lone": ["src", "tgt"],
}
_PAIR: Final = re.compile(r"\w+>\w+")
_A_PAIR: Final = "two countries such as 'RUS>UKR'"
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")


def _unusable(source: Source, error: ValueError | RecursionError) -> Problem:
    if isinstance(error, msgspec.ValidationError):
        what, where, allowed, near = _shape(error, PackSpec)
        return source.problem(where, where, what, allowed, near)
    if isinstance(error, RecursionError):
        return source.problem("", "", "not TOML: brackets nested too deeply")
    return source.problem("", "", f"not TOML: {error}")
