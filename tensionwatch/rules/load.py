"""From packs to rules in force: the built-in packs, the user's laid over them, and what is wrong with these. Pure
(text in, rules out).

    texts ─compile▶ packs ─lay over one another▶ rules ─▶ own examples kept? ─no▶ once more without that rule

What is wrong with a rule costs that rule alone: the one that it would have replaced stays in its place. The built-in
packs are held to their examples by `rules check` and by the tests, not at each start (180 ms).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches

from tensionwatch.errors import Problem
from tensionwatch.rules.bench import failures
from tensionwatch.rules.classify import Rules
from tensionwatch.rules.collection import no_collection
from tensionwatch.rules.gazetteer import load as load_gazetteer
from tensionwatch.rules.pack import Pack, Rule, Source, compile_pack
from tensionwatch.rules.version import built_in_texts, version_of

FEWEST_EXAMPLES = 2
"""That a rule of the user's own must have, and as many counter examples: what a rule must not flag shows its bounds."""


class LoadedRules(Rules):
    """Rules in force, and what of the user's packs is not."""

    def __init__(
        self, packs: Mapping[str, Pack], version: str, problems: Sequence[Problem] = (), unusable: Sequence[str] = ()
    ) -> None:
        super().__init__(packs.values(), load_gazetteer(), version)
        self.languages = frozenset(packs)
        self.problems = tuple(problems)
        self.unusable = tuple(unusable)
        """Files of which nothing is in force."""


class _Layer:
    """One pack of the stack."""

    def __init__(self, pack: Pack, source: Source, *, own: bool) -> None:
        self.pack = pack
        self.source = source
        self.own = own
        """The user's, not built in."""


@no_collection()
def build_rules(own: Mapping[str, str], unread: Sequence[Problem] = ()) -> LoadedRules:
    """The rules of the built-in packs and of the user's `own` (file → text). `unread` tells of files that could not
    be read."""
    problems, unusable = list(unread), [problem.file for problem in unread]
    built_in, version = built_in_texts(), version_of(own)
    layers: list[_Layer] = []
    merged: dict[str, Pack] = {}
    for file, text, is_own in (*((f, t, False) for f, t in built_in.items()), *((f, t, True) for f, t in own.items())):
        pack, found = compile_pack(text, file, merged["en"].words if merged else None, checked=not is_own)
        problems += found
        if pack is None:
            unusable.append(file)
            continue
        layer = _Layer(pack, Source(text, file), own=is_own)
        problems += _unknown_ids(layer, merged)
        layers.append(layer)
        merged = _laid_over(merged, pack)
    checked: set[Rule] = set()
    while True:
        rules = LoadedRules(merged, version, problems, unusable)
        fresh = _unchecked(rules, layers, checked)
        rejected = {rule: told for rule, layer in fresh.items() if (told := list(_faults(rule, layer, rules)))}
        if not rejected:
            return rules
        problems += [problem for told in rejected.values() for problem in told]
        checked |= fresh.keys()
        merged = {}
        for layer in layers:
            layer.pack = layer.pack.without(rejected)
            merged = _laid_over(merged, layer.pack)


def rebuild_rules(
    own: Mapping[str, str], unread: Sequence[Problem], before: Mapping[str, str], files: Sequence[str]
) -> tuple[LoadedRules, dict[str, str]]:
    """As `build_rules`, but a file that cannot be used serves as it was in `before`, and stays among the unusable
    ones. `files` are all of them, in order. Gives the texts that are in force too."""
    rules = build_rules(own, unread)
    serving = {file: before[file] for file in rules.unusable if file in before}
    texts = {**{file: text for file, text in own.items() if file not in rules.unusable}, **serving}
    texts = {file: texts[file] for file in files if file in texts}
    if not serving:
        return rules, texts
    older = build_rules(texts)
    told = [p for p in rules.problems if p.file in rules.unusable]
    told += [p for p in older.problems if p.file not in serving]
    older.problems, older.unusable = tuple(told), rules.unusable
    return older, texts


def _laid_over(merged: Mapping[str, Pack], pack: Pack) -> dict[str, Pack]:
    base = merged.get(pack.language)
    return {**merged, pack.language: pack if base is None else base.overlaid(pack)}


def _unknown_ids(layer: _Layer, beneath: Mapping[str, Pack]) -> Iterator[Problem]:
    """What the pack disables and is not there."""
    base = beneath.get(layer.pack.language)
    known = [rule.id for rule in base.rules] if base else []
    for wanted in layer.pack.disable:
        if wanted not in known:
            near = get_close_matches(wanted, known, 1)
            what = f"no rule '{wanted}' to disable"
            yield layer.source.problem("disable", "disable", what, near=near[0] if near else "", words=wanted)


def _unchecked(rules: Rules, layers: Iterable[_Layer], checked: set[Rule]) -> dict[Rule, _Layer]:
    """The user's rules in force that have not been held to their examples, each with the pack it is of."""
    own = {rule: layer for layer in layers if layer.own for rule in layer.pack.rules}
    return {rule: own[rule] for rule in rules.rules if rule in own and rule not in checked}


def _faults(rule: Rule, layer: _Layer, rules: Rules) -> Iterator[Problem]:
    """Why the rule is rejected."""
    place, path = rule.place, f"rule {rule.id}"
    given = {"examples": rule.spec.examples, "counter": rule.spec.counter}
    if few := [f"{len(texts)} in {key}" for key, texts in given.items() if len(texts) < FEWEST_EXAMPLES]:
        needed = f"a rule needs at least {FEWEST_EXAMPLES} headlines in examples and in counter"
        yield layer.source.problem(place, path, f"not in force: only {' and '.join(few)}", needed)
    try:
        failed = list(failures(rules, [rule]))
    except Exception as error:  # noqa: BLE001  what a rule of the user's brings out must not end the program
        yield layer.source.problem(place, path, f"not in force: it cannot be tried: {type(error).__name__}: {error}")
        return
    for failure in failed:
        key = "examples" if failure.text in rule.spec.examples else "counter"
        what = f"not in force: it {failure.why}: '{failure.text}'"
        yield layer.source.problem(f"{place}.{key}", path, what, words=failure.text)
