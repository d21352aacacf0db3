"""Rule packs of the user's own: laid over the built-in one, and every problem told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tensionwatch.errors import RuleError
from tensionwatch.model import Kind
from tensionwatch.rules import load_rules

OWN = """
language = "en"

[[rule]]
id = "fishing.row"
kind = "diplomatic_protest"
code = "112"
patterns = ["{src:state} .. fishing {border} .. row with {tgt:state}"]
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(text, "utf-8")
    return path


def problems(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(RuleError) as caught:
        load_rules([write(tmp_path, text)])
    return [str(p) for p in caught.value.problems]


def test_a_pack_adds_rules_and_may_use_the_built_in_word_lists(tmp_path: Path) -> None:
    flags = load_rules([write(tmp_path, OWN)]).classify("France in fishing frontier row with Britain", "")
    assert [(f.kind, f.rule, f.actor, f.recipient) for f in flags] == [
        (Kind.DIPLOMATIC_PROTEST, "fishing.row", "FRA", "GBR")
    ]


def test_a_rule_of_the_same_id_replaces_the_built_in_one(tmp_path: Path) -> None:
    own = OWN.replace("fishing.row", "visit.arrive")
    assert load_rules([write(tmp_path, own)]).classify("Russian president arrives in Hanoi", "") == ()


def test_another_pack_is_another_version_of_the_rules(tmp_path: Path) -> None:
    assert load_rules([write(tmp_path, OWN)]).version != load_rules().version


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("language = ", "not TOML"),
        (OWN.replace("patterns", "pattern"), "did you mean 'patterns'?"),
        (OWN.replace("diplomatic_protest", "quarrel"), "Invalid enum value 'quarrel'"),
        (OWN.replace("{border}", "{bordr}"), "no class or word list 'bordr'"),
        (OWN.replace("row with", "(row with"), "a '(' without its ')'"),
        (OWN + '\n[words]\nhost = ["x"]\n', "is the name of a class"),
    ],
)
def test_what_is_wrong_with_a_pack_is_told(tmp_path: Path, text: str, expected: str) -> None:
    told = problems(tmp_path, text)
    assert len(told) == 1
    assert told[0].startswith(str(tmp_path / "own.toml"))
    assert expected in told[0]


def test_a_bad_pattern_is_told_with_its_line(tmp_path: Path) -> None:
    assert (
        f"{tmp_path / 'own.toml'}:8: rule fishing.row.patterns:"
        in problems(tmp_path, OWN.replace("{border}", "{bordr}"))[0]
    )


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    twice = OWN.replace("{border}", "{bordr}") + OWN[OWN.index("[[rule]]") :].replace("{border}", "{fence}")
    assert len(problems(tmp_path, twice)) == 2


def test_a_missing_pack_is_told(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="cannot be read: No such file"):
        load_rules([tmp_path / "none.toml"])
