"""Rule packs of the user's own: laid over the built-in one, held to their examples, and every problem told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tensionwatch.model import Kind
from tensionwatch.rules import LoadedRules, load_rules
from tensionwatch.rules.atlas import packaged_text
from tensionwatch.rules.pack import compile_pack
from tensionwatch.rules.version import BUILT_IN
from tests.rules.conftest import built_in

OWN = """
language = "en"

[[rule]]
id = "fishing.row"
kind = "diplomatic_protest"
code = "112"
patterns = ["{src:state} .. fishing {border} .. row with {tgt:state}"]
examples = [
    "France in fishing frontier row with Britain",
    "Spain has a fishing border row with Morocco",
]
counter = ["France and Britain settle fishing row", "A fishing row in Cornwall"]
"""

SECOND = """
[[rule]]
id = "grain.row"
kind = "diplomatic_protest"
code = "112"
patterns = ["{src:state} ..1 grain row with {tgt:state}"]
examples = ["Poland in grain row with Ukraine", "Hungary in grain row with Ukraine"]
counter = ["Grain row in Poland", "Poland ends grain row"]
"""


def write(tmp_path: Path, text: str, name: str = "own.toml") -> Path:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


def load(tmp_path: Path, text: str) -> LoadedRules:
    return load_rules([write(tmp_path, text)])


def problems(tmp_path: Path, text: str) -> list[str]:
    return [str(problem) for problem in load(tmp_path, text).problems]


def ids(rules: LoadedRules) -> set[str]:
    return {rule.id for rule in rules.rules}


def raised(rules: LoadedRules, headline: str) -> list[str]:
    return [flag.rule for flag in rules.classify(headline, "")]


# ------------------------------------------------------------------ laid over the built-in rules


def test_a_pack_adds_rules_and_may_use_the_built_in_word_lists(tmp_path: Path) -> None:
    rules = load(tmp_path, OWN)
    flags = rules.classify("France in fishing frontier row with Britain", "")
    assert [(f.kind, f.rule, f.actor, f.recipient) for f in flags] == [
        (Kind.DIPLOMATIC_PROTEST, "fishing.row", "FRA", "GBR")
    ]
    assert (rules.problems, rules.unusable) == ((), ())


def test_a_rule_of_the_same_id_replaces_the_built_in_one(tmp_path: Path) -> None:
    rules = load(tmp_path, OWN.replace("fishing.row", "visit.arrive"))
    assert rules.problems == ()
    assert rules.classify("Russian president arrives in Hanoi", "") == ()


def test_another_pack_is_another_version_of_the_rules(tmp_path: Path) -> None:
    assert load(tmp_path, OWN).version != built_in().version


def test_another_version_of_the_program_is_another_version_of_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    before = built_in().version
    monkeypatch.setattr("tensionwatch.rules.version.__version__", "99")
    assert load_rules().version != before


def test_a_built_in_rule_can_be_disabled(tmp_path: Path) -> None:
    headline = "Russian president arrives in Hanoi"
    rules = load(tmp_path, 'disable = ["visit.arrive"]\n' + OWN)
    assert raised(built_in(), headline) == ["visit.arrive"]
    assert "visit.arrive" not in raised(rules, headline)
    assert rules.problems == ()


def test_a_rule_of_an_earlier_pack_can_be_disabled_in_a_later_one(tmp_path: Path) -> None:
    later = write(tmp_path, 'language = "en"\ndisable = ["fishing.row"]', "later.toml")
    rules = load_rules([write(tmp_path, OWN + SECOND), later])
    assert (ids(rules) & {"fishing.row", "grain.row"}, rules.problems) == ({"grain.row"}, ())


def test_what_is_disabled_and_not_there_is_told_with_the_nearest_id(tmp_path: Path) -> None:
    (told,) = problems(tmp_path, 'disable = [\n"visit.arive"]\n' + OWN)
    assert told == (
        f"{tmp_path / 'own.toml'}:2: disable: no rule 'visit.arive' to disable; did you mean 'visit.arrive'?"
    )


# ------------------------------------------------------------------ held to its examples


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("A fishing row in Cornwall", "France in fishing border row with Britain", "it flags its counter example: 'Fr"),
        ("Spain has a fishing border row", "Spain argues", "it misses its example (no pattern matches): 'Spain argues"),
        (', "A fishing row in Cornwall"', "", "only 1 in counter; a rule needs at least 2"),
        ('    "Spain has a fishing border row with Morocco",\n', "", "only 1 in examples; a rule needs at least 2"),
    ],
)
def test_a_rule_that_does_not_keep_its_examples_is_rejected_and_the_others_stay(
    tmp_path: Path, before: str, after: str, expected: str
) -> None:
    assert before in OWN
    rules = load(tmp_path, OWN.replace(before, after) + SECOND)
    assert [expected in str(problem) for problem in rules.problems] == [True]
    assert "rule fishing.row: not in force" in str(rules.problems[0])
    assert ids(rules) & {"fishing.row", "grain.row"} == {"grain.row"}
    assert raised(rules, "Poland in grain row with Ukraine") == ["grain.row"]
    assert rules.unusable == ()


def test_an_example_that_is_missed_is_told_with_its_line(tmp_path: Path) -> None:
    (told,) = problems(tmp_path, OWN.replace("Spain has a fishing border row", "Spain argues"))
    assert told.startswith(f"{tmp_path / 'own.toml'}:11: rule fishing.row: not in force")


def test_a_rule_without_any_example_is_told_with_the_line_that_it_begins_on(tmp_path: Path) -> None:
    bare = SECOND[: SECOND.index("examples")]
    (told,) = problems(tmp_path, OWN + bare)
    line = OWN.count("\n") + 2
    assert told.startswith(f"{tmp_path / 'own.toml'}:{line}: rule grain.row: not in force: only 0 in examples and 0 in")


def test_where_a_rule_is_rejected_the_one_that_it_would_have_replaced_stays(tmp_path: Path) -> None:
    fewer = OWN.replace(', "A fishing row in Cornwall"', "")
    rules = load(tmp_path, fewer.replace("fishing.row", "visit.arrive"))
    assert raised(rules, "Russian president arrives in Hanoi") == ["visit.arrive"]

    first = write(tmp_path, OWN, "first.toml")
    second = write(tmp_path, OWN.replace("France in fishing frontier row", "France fishes"), "second.toml")
    rules = load_rules([first, second])
    assert [problem.file for problem in rules.problems] == [str(second)]
    assert raised(rules, "France in fishing frontier row with Britain") == ["fishing.row"]


def test_a_rule_that_cannot_be_tried_is_rejected_and_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug that this rule brings out")

    monkeypatch.setattr("tensionwatch.rules.load.failures", broken)
    rules = load(tmp_path, OWN)
    assert "it cannot be tried: ZeroDivisionError" in str(rules.problems[0])
    assert "fishing.row" not in ids(rules)


def test_the_examples_of_the_built_in_rules_are_not_read_at_each_start(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("held a built-in rule to its examples")

    monkeypatch.setattr("tensionwatch.rules.load.failures", refuse)
    assert load_rules().problems == ()


# ------------------------------------------------------------------ what is wrong is told


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("language = ", "not TOML"),
        ("language = 3", "language: Expected `str`, got `int`"),
        (OWN.replace('"en"', '"en-GB"'), "'en-GB' is no language; its tag alone, such as 'en'"),
        (OWN.replace("language", "langauge"), "did you mean 'language'?"),
        (OWN.replace("[[rule]]", "[rule]"), "rule: Expected `array`, got `object`"),
        ("x = " + "[" * 10_000, "brackets nested too deeply"),
        (f'language = "en"\ncue = {"9" * 5_000}', "not TOML"),
    ],
)
def test_a_pack_that_cannot_be_used_leaves_the_built_in_rules(tmp_path: Path, text: str, expected: str) -> None:
    rules = load(tmp_path, text)
    path = tmp_path / "own.toml"
    assert [str(problem).startswith(str(path)) for problem in rules.problems] == [True]
    assert expected in str(rules.problems[0])
    assert rules.unusable == (str(path),)
    assert ids(rules) == ids(built_in())


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("patterns", "pattern", "did you mean 'patterns'?"),
        ("diplomatic_protest", "diplomatic_protests", "did you mean 'diplomatic_protest'?"),
        ("{border}", "{bordr}", "no class or word list 'bordr'"),
        ("row with", "(row with", "a '(' without its ')'"),
        ('"112"', '"112"\nneeds = "bth"', "allowed: both, any, none; did you mean 'both'?"),
        ('"112"', '"112"\nnot_between = ["RUS-UKR"]', "not a pair: 'RUS-UKR'; two countries such as 'RUS>UKR'"),
        ("fishing {border}", "(" * 3_000 + "fishing" + ")" * 3_000, "brackets nested too deeply"),
        ('id = "fishing.row"', 'id = "grain.row"', "its id is taken by an earlier rule of this pack"),
    ],
)
def test_a_rule_that_is_wrong_is_told_and_the_others_stay(
    tmp_path: Path, before: str, after: str, expected: str
) -> None:
    rule = OWN.partition('"en"')[2].replace(before, after)
    rules = load(tmp_path, 'language = "en"' + SECOND + rule)
    assert [expected in str(problem) for problem in rules.problems] == [True], rules.problems
    assert "grain.row" in ids(rules)
    assert "fishing.row" not in ids(rules)
    assert rules.unusable == ()


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ('[words]\nhost = ["x"]\n', "is the name of a class"),
        ('[[cue]]\nstatus = "off"\nwhere = "behind"\nwords = ["x"]\n', "allowed: before, after, sentence"),
        ('[[cue]]\nstatus = "off"\nwhere = "after"\nwords = [" "]\n', "an empty phrase"),
        ('[[cue]]\nstatus = "of"\nwhere = "after"\nwords = ["x"]\n', "did you mean 'off'?"),
    ],
)
def test_what_is_wrong_beside_the_rules_is_told_and_the_rules_stay(tmp_path: Path, more: str, expected: str) -> None:
    rules = load(tmp_path, OWN + more)
    assert [expected in str(problem) for problem in rules.problems] == [True], rules.problems
    assert "fishing.row" in ids(rules)


def test_a_bad_pattern_is_told_with_its_line_though_another_rule_has_the_same_words(tmp_path: Path) -> None:
    bad = SECOND.replace("grain row with {tgt:state}", "grain row with {tgt:stat}")
    twice = f"{OWN}\n# grain row with {{tgt:stat}}\n{bad.replace('= [', '= [' + chr(10), 1)}"
    (told,) = problems(tmp_path, twice)
    line = next(n for n, text in enumerate(twice.splitlines(), 1) if text.startswith('"{src:state} ..1 grain'))
    assert told.startswith(f"{tmp_path / 'own.toml'}:{line}: rule grain.row.patterns:")


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    twice = OWN.replace("{border}", "{bordr}") + SECOND.replace("grain row", "grain {row}")
    assert len(problems(tmp_path, twice)) == 2


def test_a_missing_pack_is_told_and_the_others_serve(tmp_path: Path) -> None:
    rules = load_rules([tmp_path / "none.toml", write(tmp_path, OWN)])
    (problem,) = rules.problems
    assert "cannot be read: No such file" in str(problem)
    assert rules.unusable == (str(tmp_path / "none.toml"),)
    assert "fishing.row" in ids(rules)


def test_the_built_in_patterns_can_all_be_read() -> None:
    """Loading takes their word for it: they are read when the first text asks."""
    words: dict[str, tuple[str, ...]] = {}
    for name in BUILT_IN:
        pack, problems = compile_pack(packaged_text(name), f"{name}.toml", words)
        assert problems == []
        assert pack is not None
        words = pack.words
