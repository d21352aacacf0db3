"""From an entry's words to its flags, each with its reason. Pure.

    title, summary ─read▶ sentences ─patterns▶ hits ─veto, sides, status▶ findings ─settle▶ flags

The title comes first, then the lead. A finding that lost (vetoed, sides unknown, outranked) is kept with its reason,
for `explain`; `classify` gives the flags alone.
"""

from __future__ import annotations

import marshal
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from msgspec.structs import replace

from tensionwatch.model import Evidence, Flag, Kind, Record, Status
from tensionwatch.rules.details import Details
from tensionwatch.rules.gate import Gate, Tables, make, plain
from tensionwatch.rules.gazetteer import Gazetteer, extended
from tensionwatch.rules.modality import Modality, Span, Standing, Verdict
from tensionwatch.rules.pack import Pack, Rule
from tensionwatch.rules.pattern import AnyOf, Found, Pattern
from tensionwatch.rules.reading import Reading, read
from tensionwatch.rules.sides import Sides
from tensionwatch.rules.terms import Sentence
from tensionwatch.rules.text import Term

EVIDENCE_CAP = 4
"""Spans kept for one flag: enough to show, and a long text cannot make it grow."""
DATE_REACH = 6
"""Terms between a match and the year or month that dates it."""
_MONTHS = "january february march april may june july august september october november december".split()
_MONTHS_BACK = (2, 9)
"""A month named without its year lies so many months back; else it is this one, the last, or one of the next two."""


class Hit(NamedTuple):
    """A pattern that matched a sentence."""

    rule: Rule
    pattern: Pattern
    found: Found
    sentence: int


class _Heard(NamedTuple):
    """What all findings of one sentence ask of it."""

    sentence: Sentence
    details: Details
    cues: list[Standing]


class Finding(Record, frozen=True, kw_only=True):
    """What a rule made of a hit: a flag, or the reason why not."""

    rule: str
    pattern: str
    words: str
    """The words that matched."""
    flag: Flag
    lost: str | None = None
    """Why the flag is not raised; None when it is."""
    cue: str | None = None
    """The words that made it planned, off, hypothetical or historical, or sure."""
    tenseless: bool = False
    """Its words only name the thing, and no cue says more: what else the text says of its status holds."""
    sides: str = ""
    """How actor and recipient were resolved."""
    weight: float = 1.0
    """Of its rule."""


class Explanation(Record, frozen=True, kw_only=True):
    title: str
    summary: str
    lang: str
    flags: tuple[Flag, ...]
    findings: tuple[Finding, ...]
    note: str | None = None
    """Why nothing was tried ("no rules for language 'ko'")."""


class Rules:
    """Compiled packs of one or more languages over one gazetteer."""

    def __init__(self, packs: Iterable[Pack], gazetteer: Gazetteer, version: str) -> None:
        self.gazetteer = gazetteer
        self.version = version
        self._engines = {
            pack.language: _Engine(pack, extended(pack.own) if any(pack.own) else gazetteer, version) for pack in packs
        }

    def classify(
        self, title: str, summary: str, *, lang: str = "en", published: datetime | None = None
    ) -> tuple[Flag, ...]:
        """The flags of one entry, in order of the text. Empty for a language without rules."""
        engine = self._engines.get(lang.partition("-")[0])
        return engine.flags(title, summary, published) if engine is not None else ()

    def explain(self, title: str, summary: str = "", *, lang: str = "en") -> Explanation:
        """The flags of an entry without a date, and all that was tried on the way."""
        engine = self._engines.get(lang.partition("-")[0])
        if engine is None:
            note = f"no rules for language '{lang}': kept without flags"
            return Explanation(title=title, summary=summary, lang=lang, flags=(), findings=(), note=note)
        findings = engine.findings(title, summary, None)
        return Explanation(
            title=title, summary=summary, lang=lang, findings=tuple(findings),
            flags=tuple(f.flag for f in findings if f.lost is None),
        )  # fmt: skip

    def prepared(self) -> dict[str, bytes]:
        """What takes long to make before the first text, by language: for `prepare` of rules of the same version."""
        return {language: engine.prepared() for language, engine in self._engines.items()}

    def prepare(self, prepared: Mapping[str, bytes]) -> None:
        """Have it as rules of the same version had it, made by the same code."""
        for language, engine in self._engines.items():
            engine.prepare(prepared[language])

    @property
    def rules(self) -> tuple[Rule, ...]:
        return tuple(rule for engine in self._engines.values() for rule in engine.rules)


class _Engine:
    """The rules of one language."""

    def __init__(self, pack: Pack, gazetteer: Gazetteer, version: str) -> None:
        self.rules = pack.rules
        self._gazetteer = gazetteer
        self._version = version
        self._modality = Modality(pack.cues, pack.barriers)
        self._vetoes = {rule.id: AnyOf((*rule.veto, *pack.veto)) for rule in pack.rules}
        self._mutual = frozenset(rule.id for rule in pack.rules if rule.spec.mutual)
        self._patterns = [(rule, pattern) for rule in pack.rules for pattern in rule.patterns]

    @cached_property
    def _tables(self) -> Tables:
        """Of its gate; made for the first text, as much else of the patterns is."""
        return make([pattern for _, pattern in self._patterns], self._gazetteer)

    @cached_property
    def _gate(self) -> Gate:
        return Gate(self._tables)

    def _all_patterns(self) -> Iterator[Pattern]:
        """One after the other, some more than once: vetoes of the pack are each rule's."""
        yield from (pattern for _, pattern in self._patterns)
        yield from (pattern for veto in self._vetoes.values() for pattern in veto.patterns)

    def prepared(self) -> bytes:
        programs = [pattern.program for pattern in dict.fromkeys(self._all_patterns())]
        vetoes = [veto.by_word for veto in self._vetoes.values()]
        kept = marshal.dumps((plain(self._tables), programs, vetoes))
        for pattern in self._all_patterns():
            pattern.forget()
        return kept

    def prepare(self, kept: bytes) -> None:
        """What `prepared` gave, by the same version of Python and of this package: other bytes may end the process."""
        tables, programs, vetoes = marshal.loads(kept)  # noqa: S302  our own, and the checksum was right
        self._tables = Tables(*tables)
        for pattern, program in zip(dict.fromkeys(self._all_patterns()), programs, strict=True):
            pattern.program = program
        for veto, by_word in zip(self._vetoes.values(), vetoes, strict=True):
            veto.by_word = by_word

    def flags(self, title: str, summary: str, published: datetime | None) -> tuple[Flag, ...]:
        findings = self.findings(title, summary, published, brief=True)
        return tuple(f.flag for f in findings if f.lost is None)

    def findings(self, title: str, summary: str, published: datetime | None, *, brief: bool = False) -> list[Finding]:
        """All that was tried; `brief`, only what has a flag, and what has lost it to that: one in five is vetoed or has
        no sides, and what it would have said nobody asks."""
        reading = read(title, summary, self._gazetteer, published.date() if published else None)
        tried: dict[tuple[str, int, int], Finding | None] = {}
        heard: dict[int, _Heard] = {}
        for hit in self._hits(reading):
            # Who stands nearest to the verb is tried first; who stands farther off only where that came to nothing.
            key = (hit.rule.id, hit.sentence, hit.found.trigger(reading[hit.sentence].terms)[0])
            if (before := tried.get(key)) is not None and before.lost is None:
                continue
            lost = self._vetoed(hit, reading[hit.sentence])
            sides = self._sides(hit, reading) if lost is None or not brief else None
            if sides is None or (brief and sides.lost() is not None):
                tried.setdefault(key, None)  # keeps its place, should the next one stand
                continue
            if hit.sentence not in heard:
                heard[hit.sentence] = self._hear(reading, hit.sentence)
            tried[key] = self._finding(hit, sides, lost or sides.lost(), heard[hit.sentence], published)
        findings = [finding for finding in tried.values() if finding is not None]
        return _settle(findings, self._mutual) if findings else []

    def _hits(self, reading: Reading) -> Iterator[Hit]:
        for number in range(len(reading)):
            candidates = self._gate.candidates(reading.text(number), cased=reading.cased(number))
            if not candidates:
                continue
            sentence = reading[number]
            for rule, pattern in map(self._patterns.__getitem__, candidates):
                if pattern.matches(sentence.positions):
                    for found in pattern.search(sentence.terms):
                        yield Hit(rule, pattern, found, number)

    # ---- from hit to finding

    def _hear(self, reading: Reading, at: int) -> _Heard:
        sentence = reading[at]
        return _Heard(sentence, Details(reading, at), self._modality.cues(sentence.terms))

    def _finding(self, hit: Hit, sides: Sides, lost: str | None, heard: _Heard, published: datetime | None) -> Finding:
        sentence, details, spec = heard.sentence, heard.details, hit.rule.spec
        begin, end = sentence.place(hit.found.start, hit.found.end - 1)
        words = sentence.words(hit.found.start, hit.found.end - 1)
        inside = sentence.terms[hit.found.start : hit.found.end]
        verdict = self._status(hit, heard, published)
        cue = sentence.words(*verdict.cue) if verdict.cue else None
        flag = Flag(
            kind=spec.kind, status=verdict.status, code=_code(spec.kind, spec.code, verdict.status, inside),
            actor=sides.actor, recipient=sides.recipient, place=sides.place, people=sides.people,
            toll=details.toll(spec.kind), claim=details.claim, ordinal=details.ordinal(spec.kind, spec.code, words),
            rule=spec.id, rules_version=self._version,
            evidence=(Evidence(sentence.field, begin, end, words),),  # type: ignore[arg-type] # fields are these two
        )  # fmt: skip
        return Finding(
            rule=spec.id, pattern=hit.pattern.source, words=words, flag=flag, lost=lost, cue=cue,
            tenseless=spec.tenseless and cue is None, sides=sides.how, weight=spec.weight,
        )  # fmt: skip

    def _sides(self, hit: Hit, reading: Reading) -> Sides:
        return Sides(hit.rule.spec, hit.found, reading, hit.sentence, self._gazetteer.atlas)

    def _vetoed(self, hit: Hit, sentence: Sentence) -> str | None:
        veto = self._vetoes[hit.rule.id].match(sentence.positions)
        return None if veto is None else f"vetoed by '{veto.source}'"

    def _status(self, hit: Hit, heard: _Heard, published: datetime | None) -> Verdict:
        fixed = hit.rule.spec.status
        if fixed is not None:
            return Verdict(fixed, None)
        terms = heard.sentence.terms
        first, last = hit.found.trigger(terms)
        span = Span(hit.found.start, first, last, hit.found.end - 1)
        verdict = self._modality.judge(terms, heard.cues, span, hit.rule.spec.ignores)
        if verdict.status is Status.ACTUAL and (at := _old_date(terms, span, published)) is not None:
            return Verdict(Status.HISTORICAL, (at, at))
        return verdict


def _code(kind: Kind, code: str, status: Status, inside: Sequence[Term]) -> str:
    """A visit that is announced or called off is recoded (CAMEO 036, 160). Of a crossing, what crossed says by which
    way: the drones that "cross the border" of one paper are in the airspace of the next."""
    if kind is Kind.DIPLOMATIC_VISIT:
        return {Status.PLANNED: "036", Status.OFF: "160"}.get(status, code)
    if code == "X-CROSS":
        crossers = frozenset().union(*(term.classes for term in inside))
        if "forces_people" not in crossers:
            return "X-AIR" if "forces_air" in crossers else "X-SEA" if "forces_sea" in crossers else code
    return code


def _old_date(terms: Sequence[Term], span: Span, published: datetime | None) -> int | None:
    """Index of what dates the match long back: a year before last ("in 1976" near it, "the 1976 visit"; not "the 2015
    deal"), or a month that is neither this one, the last nor soon to come ("in March" told in September)."""
    if published is None:
        return None
    for at in range(max(1, span.start - DATE_REACH), min(len(terms), span.end + DATE_REACH + 1)):
        low = terms[at].low
        old = len(low) == 4 and low.isdigit() and 1900 <= int(low) < published.year - 1
        named = at + 1 < span.first and terms[at + 1].country is not None  # "the 1972 China visit"
        if old and (terms[at - 1].low == "in" or at + 1 + named == span.first):
            return at
        if low in _MONTHS and terms[at - 1].low == "in" and not terms[at + 1].low.isdigit():
            since = (published.month - _MONTHS.index(low) - 1) % 12
            if _MONTHS_BACK[0] <= since <= _MONTHS_BACK[1]:
                return at
    return None


# ---------------------------------------------------------------- merging


def _settle(findings: Sequence[Finding], mutual: Collection[str]) -> list[Finding]:
    """One flag for one thing. Of findings of the same kind and pair one that says that it happened stands before one
    that says that it is planned, and this before one that only names it; one that says who came to whom before one
    that only says who met, and the earlier in the text before the later; its evidence takes in the others'. A border
    incident is not also an attack."""
    findings = [replace(f, lost=why) if (why := _too_weak(f, findings)) is not None else f for f in findings]
    settled: list[Finding] = []
    standing: dict[tuple[Kind, frozenset[str | None], str], int] = {}
    for finding in findings:
        flag = finding.flag
        if finding.lost is not None:
            settled.append(finding)
            continue
        key = (flag.kind, frozenset((flag.actor, flag.recipient)), _class_of(flag))
        at = standing.get(key)
        if at is None:
            standing[key] = len(settled)
            settled.append(finding)
        else:
            winner, loser = _rank(settled[at], finding, mutual)
            settled[at] = winner
            settled.append(_outranked(loser, winner))
    return _precedence(_fuller(settled))


def _too_weak(finding: Finding, findings: Sequence[Finding]) -> str | None:
    """Why its rule and the others that speak of the same kind and pair do not weigh enough together."""
    if finding.lost is not None or finding.weight >= 1:
        return None
    sides = _sides(finding.flag)
    weights = {finding.rule: finding.weight}
    for other in findings:
        happened = other.lost is None and other.flag.status is Status.ACTUAL
        same = happened and other.flag.kind is finding.flag.kind
        if same and (sides <= _sides(other.flag) or _sides(other.flag) <= sides):
            weights.setdefault(other.rule, other.weight)
    total = sum(weights.values())
    return None if total >= 1 else f"too weak alone: weighs {total:g} of 1"


def _fuller(findings: list[Finding]) -> list[Finding]:
    """What names one side or none is told already by one of its kind that names that side and more. Not so of border
    incidents, where a second crossing by one side is news of its own."""
    standing = [f for f in findings if f.lost is None and f.flag.kind is not Kind.BORDER_INCIDENT]

    def fuller(finding: Finding) -> Finding | None:
        kind, sides, sure = finding.flag.kind, _sides(finding.flag), _certainty(finding)
        same = (f for f in standing if f.flag.kind is kind and _certainty(f) >= sure)
        return next((f for f in same if sides < _sides(f.flag)), None)

    return [_outranked(f, known) if f in standing and (known := fuller(f)) is not None else f for f in findings]


def _sides(flag: Flag) -> frozenset[str]:
    return frozenset(side for side in (flag.actor, flag.recipient) if side is not None)


def _class_of(flag: Flag) -> str:
    """Within one pair a crossing and the shots at it are two flags; so are an actual visit and another's plan: not."""
    if flag.kind is not Kind.BORDER_INCIDENT:
        return ""
    return "crossing" if flag.code.startswith("X-") else "fire"


def _rank(first: Finding, second: Finding, mutual: Collection[str]) -> tuple[Finding, Finding]:
    sure = [_certainty(finding) for finding in (first, second)]
    directed = [finding.rule not in mutual for finding in (first, second)]
    better = (sure[1], directed[1]) > (sure[0], directed[0])
    winner, loser = (second, first) if better else (first, second)
    return replace(winner, flag=_with(winner.flag, loser.flag)), loser


def _certainty(finding: Finding) -> int:
    """How much its status is worth beside another of the same pair."""
    if finding.flag.status is Status.ACTUAL:
        return 1 if finding.tenseless else 3
    return 2 if finding.flag.status in (Status.PLANNED, Status.OFF) else 0


def _with(flag: Flag, other: Flag) -> Flag:
    """The flag, with what the other one knows besides."""
    extra = tuple(e for e in other.evidence if e not in flag.evidence)
    return replace(
        flag,
        evidence=(flag.evidence + extra)[:EVIDENCE_CAP],
        place=flag.place or other.place,
        people=tuple(dict.fromkeys((*flag.people, *other.people))),
        toll=flag.toll or other.toll,
        claim=flag.claim or other.claim,
        ordinal=flag.ordinal or other.ordinal,
    )


def _outranked(finding: Finding, winner: Finding) -> Finding:
    return replace(finding, lost=f"told already by {winner.rule}")


def _precedence(findings: list[Finding]) -> list[Finding]:
    """Specific beats general: what is flagged as a border incident is not an armed attack of that pair."""
    standing = [f.flag for f in findings if f.lost is None]
    told = [f for f in standing if f.kind is Kind.BORDER_INCIDENT]
    incidents = [{f.actor, f.recipient} for f in told]
    known = [{f.actor, f.recipient} for f in told if f.actor and f.recipient and f.status is Status.ACTUAL]

    def part_of_an_incident(flag: Flag) -> bool:
        sides = {flag.actor, flag.recipient} - {None}
        if flag.kind is Kind.BORDER_INCIDENT:  # "border clashes" beside "Thai and Cambodian troops exchange fire"
            return len(sides) < 2 and any(sides <= pair for pair in known)
        return flag.kind in _GENERAL and any(sides <= pair for pair in incidents)

    return [
        replace(f, lost="part of the border incident") if f.lost is None and part_of_an_incident(f.flag) else f
        for f in findings
    ]


_GENERAL = (Kind.ARMED_ATTACK,)
