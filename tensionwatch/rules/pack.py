"""A rule pack: TOML to compiled rules, with every problem in it found at once. Pure (text in, rules out).

language = "en"
[words]                      # word lists, named in patterns as {name}
border = ["border", "frontier"]
[[cue]]                      # modality: words that make what a rule found planned, off, hypothetical or historical
[[rule]]                     # what a rule is: docs/rules.md
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import msgspec

from tensionwatch.errors import Problem
from tensionwatch.model import Kind, Status
from tensionwatch.rules.modality import Cue
from tensionwatch.rules.pattern import Pattern
from tensionwatch.rules.syntax import PatternError
from tensionwatch.rules.terms import CLASSES


class CueSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    status: Status
    where: str
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
    needs: str = "both"
    """Which sides must be known: both, any, none."""
    infer: bool = True
    """May an unknown side be taken from the place, the sentence, the title?"""
    lone: str = "tgt"
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


class PackSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    language: str
    words: dict[str, tuple[str, ...]] = {}
    barriers: tuple[str, ...] = ()
    veto: tuple[str, ...] = ()
    """Vetoes of every rule."""
    cue: tuple[CueSpec, ...] = ()
    rule: tuple[RuleSpec, ...] = ()


class Rule:
    """A compiled rule."""

    def __init__(self, spec: RuleSpec, patterns: Sequence[Pattern], veto: Sequence[Pattern]) -> None:
        self.spec = spec
        self.id = spec.id
        self.patterns = tuple(patterns)
        self.veto = tuple(veto)


class Pack(msgspec.Struct, frozen=True):
    language: str
    rules: tuple[Rule, ...]
    cues: tuple[Cue, ...]
    barriers: frozenset[str]
    veto: tuple[Pattern, ...]
    words: dict[str, tuple[str, ...]]

    def overlaid(self, own: Pack) -> Pack:
        """This pack with `own` laid over it: a rule of the same id is replaced, everything else added."""
        replaced = {rule.id for rule in own.rules}
        return Pack(
            language=self.language,
            rules=(*(rule for rule in self.rules if rule.id not in replaced), *own.rules),
            cues=self.cues + own.cues,
            barriers=self.barriers | own.barriers,
            veto=self.veto + own.veto,
            words={**self.words, **own.words},
        )


def compile_pack(
    text: str, file: str, words: Mapping[str, tuple[str, ...]] | None = None
) -> tuple[Pack | None, list[Problem]]:
    """The pack's sound rules, and what is wrong with the rest. None when the file cannot be read at all. `words`
    are the word lists of the built-in pack, which a user's pack may use and replace."""
    try:
        spec = msgspec.convert(tomllib.loads(text), PackSpec)
    except tomllib.TOMLDecodeError as error:
        return None, [Problem(file, "", f"not TOML: {error}")]
    except msgspec.ValidationError as error:
        return None, [_shape_problem(file, text, error)]
    lists = {**(words or {}), **spec.words}
    problems: list[Problem] = []
    problems += [
        Problem(file, f"words.{name}", "is the name of a class", "a word list needs a name of its own")
        for name in spec.words
        if name in CLASSES
    ]
    rules = [rule for each in spec.rule if (rule := _compile_rule(each, lists, file, text, problems)) is not None]
    veto = _compile_all(spec.veto, lists, file, "veto", text, problems)
    cues = tuple(
        Cue(
            tuple(phrase.lower().split()),
            each.status,
            each.where,  # type: ignore[arg-type] # checked below
            each.reach,
            each.clause,
            frozenset(each.unless_next),
            frozenset(each.unless_before),
        )
        for each in spec.cue
        for phrase in each.words
    )
    problems += [
        Problem(file, "cue.where", f"'{each.where}'", "allowed: before, after, sentence")
        for each in spec.cue
        if each.where not in ("before", "after", "sentence")
    ]
    pack = Pack(spec.language, tuple(rules), cues, frozenset(spec.barriers), tuple(veto), lists)
    return pack, problems


def _compile_rule(
    spec: RuleSpec, lists: Mapping[str, Sequence[str]], file: str, text: str, problems: list[Problem]
) -> Rule | None:
    known = len(problems)
    patterns = _compile_all(spec.patterns, lists, file, f"rule {spec.id}.patterns", text, problems)
    veto = _compile_all(spec.veto, lists, file, f"rule {spec.id}.veto", text, problems)
    return Rule(spec, patterns, veto) if len(problems) == known else None


def _compile_all(
    sources: Sequence[str], lists: Mapping[str, Sequence[str]], file: str, path: str, text: str, problems: list[Problem]
) -> list[Pattern]:
    compiled = []
    for source in sources:
        try:
            compiled.append(Pattern(source, lists))
        except PatternError as error:
            problems.append(Problem(file, path, f"{error} in '{source}'", line=_line_of(text, source)))
    return compiled


def _line_of(text: str, needle: str) -> int | None:
    return next((number for number, line in enumerate(text.splitlines(), 1) if needle in line), None)


def _shape_problem(file: str, text: str, error: msgspec.ValidationError) -> Problem:
    """msgspec names the path (`$.rule[3]`) and the key that is unknown, missing or of the wrong type."""
    what, _, path = str(error).partition(" - at `$")
    path = path.rstrip("`").lstrip(".")
    unknown = what.rpartition("`")[0].rpartition("`")[2] if "unknown field" in what else ""
    names = [f.name for spec in (RuleSpec, PackSpec, CueSpec) for f in msgspec.structs.fields(spec)]
    nearest: list[Any] = get_close_matches(unknown, names, 1) if unknown else []
    return Problem(
        file, path, what, did_you_mean=nearest[0] if nearest else "", line=_line_of(text, unknown) if unknown else None
    )
