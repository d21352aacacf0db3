"""What the user says of the rules, from the mark to the file that rules are measured on."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tensionwatch.commands.common import open_watch, settle_at_once
from tensionwatch.config import load
from tensionwatch.demo.server import DemoServer
from tensionwatch.exchange import ArticleQuery
from tensionwatch.model import Article, Kind
from tensionwatch.rules import load_rules
from tensionwatch.rules.corrected import brought_up_to_date, item_of
from tensionwatch.rules.evaluate import evaluate, read_items
from tensionwatch.watch import Watch
from tests.builders import an_article
from tests.program import call

ARRIVAL = "Russian president arrives in Hanoi"


@pytest.fixture(scope="module")
def polled_once(tmp_path_factory: pytest.TempPathFactory, finished_demo: DemoServer) -> Path:
    folder = tmp_path_factory.mktemp("corrected")
    url = finished_demo.feed_url("meridian", "world")
    (folder / "config.toml").write_text(
        '[poll]\ntimeout = "5m"\nparse_timeout = "5m"\n[storage]\npath = "store"\n'
        f'[[feed]]\nid = "wire"\nurl = "{url}"\npublisher = "wire.example"\nallow_private = true\n'
        '[[region]]\nid = "korea"\ncountries = ["KOR", "PRK"]\n',
        "utf-8",
    )
    polled = call("--config", folder / "config.toml", "poll", "--once", home=folder)
    assert polled.returncode == 0, polled.stderr
    return folder


@pytest.fixture
def config(polled_once: Path, tmp_path: Path) -> Path:
    shutil.copytree(polled_once, tmp_path, dirs_exist_ok=True)
    return tmp_path / "config.toml"


def told(watch: Watch, *, flagged: Kind | None = None, not_flagged: tuple[Kind, ...] = ()) -> Article:
    """The newest article with a flag of the one kind, and with none of the others."""
    articles = filter(None, map(watch.article, watch.article_ids(ArticleQuery())))
    kinds = ((article, {flag.kind for flag in article.flags}) for article in articles)
    return next(a for a, of in kinds if (flagged is None or flagged in of) and of.isdisjoint(not_flagged))


def marked(config: Path) -> tuple[Article, Article]:
    """A visit of which the user says that it is none, and an article that is no threat to the rules."""
    with open_watch(load(config), []) as watch:
        settle_at_once(watch)
        visit = told(watch, flagged=Kind.DIPLOMATIC_VISIT)
        silent = told(watch, not_flagged=(Kind.DIPLOMATIC_VISIT, Kind.THREAT))
        watch.mark_wrong(visit.id, Kind.DIPLOMATIC_VISIT, True)
        watch.mark_missed(silent.id, Kind.THREAT, True)
        return visit, silent


def exported(config: Path, path: Path) -> list[dict[str, Any]]:
    result = call("--config", config, "rules", "wrong", "--export", path, home=config.parent)
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_marks_are_listed_exported_and_hold_the_present_rules_to_account(config: Path, tmp_path: Path) -> None:
    visit, silent = marked(config)
    listed = call("--config", config, "rules", "wrong", home=tmp_path).stdout
    assert f"no visit  wire.example  {visit.title}" in listed
    assert f"threat missed  wire.example  {silent.title}" in listed

    path = tmp_path / "corrections.jsonl"
    items = {item["id"]: item for item in exported(config, path)}
    assert items[visit.id]["diplomatic_visit"] is None
    assert items[visit.id]["wrong"] == ["diplomatic_visit"]
    flag = next(flag for flag in visit.flags if flag.kind is Kind.DIPLOMATIC_VISIT)
    said = next(flag for flag in items[visit.id]["said"] if flag["kind"] == "diplomatic_visit")
    assert (said["rule"], said["actor"], said["recipient"]) == (flag.rule, flag.actor, flag.recipient)
    assert said["words"] == [evidence.words for evidence in flag.evidence]
    assert (items[silent.id]["missed"], "threat" in items[silent.id]["other"]) == (["threat"], True)

    measured = call("--config", config, "eval", path, home=tmp_path)
    assert measured.returncode == 0
    assert "0 of 2 corrections kept" in measured.stdout
    assert f"WRONG diplomatic_visit still by {flag.rule}" in measured.stdout
    assert "MISSED threat still: nothing" in measured.stdout
    checked = call("--config", config, "rules", "check", "--corrections", path, home=tmp_path)
    assert (checked.returncode, "0 of 2 corrections kept" in checked.stdout) == (2, True)


def test_rules_that_keep_the_corrections_pass_the_check(config: Path, tmp_path: Path) -> None:
    _, silent = marked(config)
    with open_watch(load(config), []) as watch:
        settle_at_once(watch)
        watch.mark_missed(silent.id, Kind.THREAT, False)
    exported(config, path := tmp_path / "corrections.jsonl")
    rules = [rule.id for rule in load_rules().rules if rule.spec.kind is Kind.DIPLOMATIC_VISIT]
    pack = tmp_path / "own.toml"
    pack.write_text(f'language = "en"\ndisable = {json.dumps(rules)}\n', "utf-8")
    checked = call("--config", config, "rules", "check", pack, "--corrections", path, home=tmp_path)
    assert (checked.returncode, "1 of 1 correction kept" in checked.stdout) == (0, True), checked.stdout


def test_a_mark_taken_back_leaves_the_file_and_what_is_no_longer_kept_stays_in_it(config: Path, tmp_path: Path) -> None:
    visit, silent = marked(config)
    path = tmp_path / "corrections.jsonl"
    exported(config, path)
    gone = {"id": "gone", "title": "Of an article that is no more", "wrong": ["talks"]}
    path.write_text(path.read_text("utf-8") + json.dumps(gone) + "\n", "utf-8")
    with open_watch(load(config), []) as watch:
        settle_at_once(watch)
        watch.mark_wrong(visit.id, Kind.DIPLOMATIC_VISIT, False)
    assert {item["id"] for item in exported(config, path)} == {silent.id, "gone"}


def test_a_file_that_holds_something_else_is_left_as_it_is(config: Path, tmp_path: Path) -> None:
    marked(config)
    path = tmp_path / "notes.txt"
    path.write_text("my own notes\n", "utf-8")
    result = call("--config", config, "rules", "wrong", "--export", path, home=tmp_path)
    assert (result.returncode, "line 1" in result.stderr) == (2, True)
    assert path.read_text("utf-8") == "my own notes\n"


def test_without_a_mark_there_is_nothing_to_export(config: Path, tmp_path: Path) -> None:
    assert "nothing is marked" in call("--config", config, "rules", "wrong", home=tmp_path).stdout


def corrected(wrong: tuple[Kind, ...] = (), missed: tuple[Kind, ...] = (), title: str = ARRIVAL) -> str:
    article = an_article("a", *load_rules().classify(title, ""), title=title)
    return json.dumps(item_of(replace(article, wrong=wrong, missed=missed)))


@pytest.mark.parametrize(
    ("line", "not_kept"),
    [
        (corrected(wrong=(Kind.DIPLOMATIC_VISIT,)), ["WRONG diplomatic_visit still by visit.arrive"]),
        (corrected(wrong=(Kind.BORDER_INCIDENT,)), []),
        (corrected(missed=(Kind.DIPLOMATIC_VISIT,)), []),
        (corrected(missed=(Kind.BORDER_INCIDENT, Kind.TALKS)), ["MISSED border_incident", "MISSED talks"]),
        # One that is planned has not happened, and the user says that it has.
        (corrected(missed=(Kind.DIPLOMATIC_VISIT,), title="Russian president to visit Hanoi"), ["MISSED diplomatic_"]),
        (corrected(), []),
    ],
)
def test_a_correction_is_kept_when_the_rules_say_what_the_user_says(line: str, not_kept: list[str]) -> None:
    result = evaluate(load_rules(), read_items(line))
    assert len(result.not_kept) == len(not_kept)
    assert all(what.startswith(begin) for (_, what), begin in zip(result.not_kept, not_kept, strict=True))


def test_items_are_classified_in_their_own_language() -> None:
    item = json.loads(corrected(wrong=(Kind.DIPLOMATIC_VISIT,))) | {"lang": "ko"}
    assert not evaluate(load_rules(), read_items(json.dumps(item))).not_kept


def test_what_nobody_has_contradicted_is_labelled_as_the_rules_said() -> None:
    item = json.loads(corrected(wrong=(Kind.TALKS,)))
    assert item["diplomatic_visit"] == {"status": "actual", "src": "RUS", "tgt": "VNM"}
    assert item["border_incident"] is None


def test_lines_keep_their_place_and_a_line_that_is_no_item_is_named() -> None:
    old = ['{"id": "1", "x": 1}', "", '{"id": "2"}', '{"id": "3"}']
    fresh = [{"id": "4"}, {"id": "1", "x": 2}]
    assert brought_up_to_date(old, fresh, ["1", "2", "4"]) == ['{"id": "1", "x": 2}', '{"id": "3"}', '{"id": "4"}']
    with pytest.raises(ValueError, match="line 2"):
        brought_up_to_date(['{"id": "1"}', "[]"], [], [])


def test_what_the_user_wrote_on_an_article_is_listed_by_its_note(config: Path, tmp_path: Path) -> None:
    with open_watch(load(config), []) as watch:
        settle_at_once(watch)
        article = told(watch)
        watch.mark([article.id], note="ask again")
    listed = call("--config", config, "list", "--query", "noted", "--json", home=tmp_path)
    (only,) = map(json.loads, listed.stdout.splitlines())
    assert (only["id"], only["note"]) == (article.id, "ask again")
