"""docs/rules.md tells the truth: its tables are looked up, its packs compiled, its commands run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import msgspec
import pytest

from tensionwatch.cli import main
from tensionwatch.model import Flag, Kind
from tensionwatch.rules import Rules, load_rules
from tensionwatch.rules.atlas import packaged_text
from tensionwatch.rules.gazetteer import load
from tensionwatch.rules.pack import CueSpec, PackSpec, RuleSpec, compile_pack
from tensionwatch.rules.pattern import Pattern
from tensionwatch.rules.reading import read
from tensionwatch.rules.syntax import DEFAULT_GAP, LONGEST_GAP
from tensionwatch.rules.terms import CLASSES, Term
from tests.rules.conftest import built_in

PAGE = (Path(__file__).parents[2] / "docs" / "rules.md").read_text("utf-8")
FENCE = re.compile(r"^```(?P<sort>\w+)(?: (?P<file>\S+))?\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = list(FENCE.finditer(PAGE))
FILES = {block["file"]: block["body"] for block in BLOCKS if block["file"]}
COMMANDS = [
    (shlex.split(command)[1:], expected)
    for block in BLOCKS
    if block["sort"] == "console"
    for command, _, expected in (part.partition("\n") for part in re.split(r"^\$ ", block["body"], flags=re.M)[1:])
]


def tables(heading: str) -> list[list[str]]:
    """Rows of all tables whose first heading begins so, without the marks of code."""
    found = re.finditer(rf"^\| {heading}.*\n\|[-|]+\n(?P<rows>(?:\|.*\n)+)", PAGE, re.MULTILINE)
    rows = [re.split(r"(?<!\\)\|", line[1:-1]) for table in found for line in table["rows"].splitlines()]
    return [[cell.strip().strip("`").replace("\\|", "|") for cell in row] for row in rows]


def terms_of(text: str) -> tuple[Term, ...]:
    (sentence,) = read(text, "", load())
    return sentence.terms


def built_in_words() -> dict[str, tuple[str, ...]]:
    pack, problems = compile_pack(packaged_text("en"), "en.toml")
    assert pack is not None
    assert not problems
    return pack.words


def main_flags(headline: str) -> list[Flag]:
    main_kinds = (Kind.BORDER_INCIDENT, Kind.DIPLOMATIC_VISIT)
    return [flag for flag in built_in().classify(headline, "") if flag.kind in main_kinds]


@pytest.mark.parametrize(("words", "country", "classes"), tables("Words"))
def test_words_are_put_together_to_the_term_that_the_table_says(words: str, country: str, classes: str) -> None:
    (term,) = terms_of(words)[1:-1]
    assert (term.country or "") == country
    assert term.classes == set(classes.split())


@pytest.mark.parametrize(("pattern", "finds", "does_not_find"), tables("Pattern"))
def test_a_pattern_finds_what_the_table_says_and_not_the_rest(pattern: str, finds: str, does_not_find: str) -> None:
    compiled = Pattern(pattern, built_in_words())
    assert next(compiled.search(terms_of(finds)), None) is not None
    assert next(compiled.search(terms_of(does_not_find)), None) is None


@pytest.mark.parametrize(("headline", "status"), tables("Headline"))
def test_a_headline_has_the_status_that_the_table_says(headline: str, status: str) -> None:
    assert {flag.status.value for flag in main_flags(headline)} == {status}


@pytest.mark.parametrize(("text", "pair"), tables("Text"))
def test_a_text_has_the_sides_that_the_table_says(text: str, pair: str) -> None:
    assert [f"{flag.actor} → {flag.recipient}" for flag in main_flags(text)] == ([] if pair == "nothing" else [pair])


def test_the_bounds_of_gaps_are_told() -> None:
    assert f"a gap of up to {DEFAULT_GAP} terms" in PAGE
    assert f"and {LONGEST_GAP} is the most" in PAGE


def test_every_class_and_kind_is_named() -> None:
    words = set(re.findall(r"\w+", PAGE))
    missing = ({*CLASSES} | {kind.value for kind in Kind}) - words
    assert not missing, f"docs/rules.md does not name {missing}"


@pytest.mark.parametrize("spec", [RuleSpec, CueSpec, PackSpec], ids=["rule", "cue", "pack"])
def test_every_key_is_explained(spec: type[msgspec.Struct]) -> None:
    code = " ".join(re.findall(r"`([^`\n]+)`", PAGE)) + " ".join(FILES.values())
    missing = {field.name for field in msgspec.structs.fields(spec)} - set(re.findall(r"\w+", code))
    assert not missing, f"docs/rules.md does not explain {missing}"


@pytest.mark.parametrize(("key", "told"), [(key, told) for key, told, *_ in tables("Key") if told])
def test_a_default_is_as_the_table_says(key: str, told: str) -> None:
    defaults = {f.name: f.default for spec in (CueSpec, RuleSpec) for f in msgspec.structs.fields(spec)}
    value = None if told == "none" else msgspec.json.decode(told)
    assert defaults[key] == (tuple(value) if isinstance(value, list) else value)


def test_the_packs_flag_their_examples_and_not_their_counter_examples(tmp_path: Path) -> None:
    packs = [tmp_path / name for name, body in FILES.items() if body.startswith("language")]
    for path in packs:
        path.write_text(FILES[path.name], "utf-8")
    rules = load_rules(packs)
    own = [rule for rule in rules.rules if rule.id.startswith("baltic.")]
    assert own
    for rule in own:
        assert all(rule.id in rules_raised(rules, text) for text in rule.spec.examples)
        assert not any(rule.id in rules_raised(rules, text) for text in rule.spec.counter)


def rules_raised(rules: Rules, headline: str) -> set[str]:
    return {flag.rule for flag in rules.classify(headline, "")}


@pytest.mark.parametrize(("arguments", "expected"), COMMANDS, ids=[" ".join(c[0][-2:]) for c in COMMANDS])
def test_each_command_says_what_the_page_shows(
    arguments: list[str], expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    for name, body in FILES.items():
        (tmp_path / name).write_text(body, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TENSIONWATCH_CONFIG", raising=False)
    for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "HOME"):
        monkeypatch.setenv(variable, str(tmp_path))
    assert main(arguments) == 0
    said = capsys.readouterr().out
    shown = r".*".join(re.escape(part) for part in expected.strip().split("…"))
    assert re.fullmatch(shown, said.strip(), re.DOTALL), said
