"""Packs of other languages: their own names, offices, cues and rules, with spaces between words or without."""

from __future__ import annotations

from pathlib import Path

import pytest

from tensionwatch.model import Flag, Status
from tensionwatch.rules import LoadedRules, load_rules
from tensionwatch.rules.text import offsets, pieces, tokens
from tests.rules.conftest import built_in

CHINESE = """
language = "zh"

[names.PRK]
names = ["朝鲜"]
capital = ["平壤"]

[names.KOR]
names = ["韩国"]

[names.RUS]
names = ["俄罗斯"]

[offices]
forces_people = ["士兵"]
head = ["总统"]

[[cue]]
status = "planned"
where = "before"
reach = 6
words = ["计划"]

[[rule]]
id = "zh.cross"
kind = "border_incident"
code = "X-CROSS"
patterns = ["{src:troops} ..4 (越过|穿越) ..12 {tgt:country}"]
examples = ["朝鲜士兵越过分界线进入韩国", "韩国士兵穿越边界，朝鲜鸣枪示警"]
counter = ["朝鲜士兵进行训练", "候鸟越过韩国"]

[[rule]]
id = "zh.visit"
kind = "diplomatic_visit"
code = "042"
patterns = ["{src:visitor} ..3 (访问|抵达) {tgt:host}"]
examples = ["俄罗斯总统抵达平壤", "韩国总统访问俄罗斯"]
counter = ["俄罗斯游客抵达平壤", "俄罗斯总统谈平壤"]
"""

GERMAN = """
language = "de"

[names.FRA]
names = ["Frankreich"]
adjectives = ["französische", "französischer"]

[names.EGY]
names = ["Ägypten"]
capital = ["Kairo"]

[[person]]
name = "Erika Beispiel"
country = "FRA"
aliases = ["Beispiel"]

[offices]
minister = ["außenministerin", "außenminister"]

[[rule]]
id = "de.visit"
kind = "diplomatic_visit"
code = "042"
patterns = ["{src:visitor} ..3 (reist|reiste) ..2 (nach|in) {tgt:host}", "{src:visitor} trifft in {tgt:host} ein"]
examples = ["Französische Außenministerin reist nach Kairo", "Beispiel trifft in Ägypten ein"]
counter = ["Rentnerin reist nach Kairo", "Französischer Wein reist nach Ägypten"]
"""


def load(tmp_path: Path, text: str) -> LoadedRules:
    pack = tmp_path / "own.toml"
    pack.write_text(text, "utf-8")
    return load_rules([pack])


def told(flags: tuple[Flag, ...]) -> list[tuple[str | None, str | None, Status, str]]:
    return [(flag.actor, flag.recipient, flag.status, flag.evidence[0].words) for flag in flags]


def test_a_language_without_spaces_is_read_by_its_characters(tmp_path: Path) -> None:
    rules = load(tmp_path, CHINESE)
    assert rules.problems == ()
    text = "平壤消息。俄罗斯总统抵达平壤。"
    (flag,) = rules.classify(text, "", lang="zh-CN")
    assert told((flag,)) == [("RUS", "PRK", Status.ACTUAL, "俄罗斯总统抵达平壤")]
    assert text[flag.evidence[0].start : flag.evidence[0].end] == flag.evidence[0].words
    assert told(rules.classify("俄罗斯总统计划访问平壤", "", lang="zh"))[0][2] is Status.PLANNED
    assert told(rules.classify("朝鲜士兵越过分界线进入韩国", "", lang="zh"))[0][:2] == ("PRK", "KOR")


def test_a_language_of_its_own_words_and_names(tmp_path: Path) -> None:
    rules = load(tmp_path, GERMAN)
    assert rules.problems == ()
    flags = rules.classify("Französische Außenministerin reist nach Kairo", "", lang="de")
    assert told(flags)[0][:2] == ("FRA", "EGY")
    (flag,) = rules.classify("Beispiel trifft in Ägypten ein", "", lang="de")
    assert flag.people == ("Erika Beispiel",)


def test_each_language_has_its_own_rules_alone(tmp_path: Path) -> None:
    rules = load(tmp_path, GERMAN)
    assert rules.languages == {"en", "de"}
    assert rules.classify("French president arrives in Hanoi", "", lang="de") == ()
    assert rules.classify("Beispiel trifft in Kairo ein", "", lang="en") == ()
    assert rules.explain("Macron à Hanoï", lang="fr").note == "no rules for language 'fr': kept without flags"


def test_names_of_ones_own_serve_english_rules_too(tmp_path: Path) -> None:
    own = """language = "en"
[[person]]
name = "Erika Beispiel"
country = "DEU"
aliases = ["Beispiel"]
"""
    flags = load(tmp_path, own).classify("Beispiel arrives in Hanoi", "")
    assert [(flag.actor, flag.recipient) for flag in flags] == [("DEU", "VNM")]
    assert built_in().classify("Beispiel arrives in Hanoi", "") == ()


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ('[names.PRX]\nnames = ["X"]', "no country 'PRX'"),
        ('[offices]\nministers = ["x"]', "no class of offices or forces 'ministers'"),
        ('[names.PRK]\ncapitol = ["X"]', "unknown field `capitol`"),
    ],
)
def test_what_is_no_country_or_class_is_told(tmp_path: Path, wrong: str, problem: str) -> None:
    (told,) = load(tmp_path, f'language = "xx"\n{wrong}\n').problems
    assert problem in str(told)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("朝鲜, Russia’s 兵", ["朝", "鲜", ",", "russia", "兵"]),
        ("กทม. fires", ["ก", "ท", "ม", ".", "fires"]),
        ("士兵。", ["士", "兵", "."]),
    ],
)
def test_characters_that_are_words_stand_where_they_say(text: str, words: list[str]) -> None:
    assert [term.low for term in tokens(text)] == words
    for term, (start, end) in zip(tokens(text), offsets(text), strict=True):
        assert text[start:end].lower() == term.low or term.low in ",."


def test_a_wide_full_stop_ends_a_sentence_without_a_space() -> None:
    assert len(pieces("平壤消息。俄罗斯总统抵达平壤。")) == 2
