"""Rules on the screen: read again by a key, what is wrong with them, articles classified again; and flags that the user
says are wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace
from textual.app import App

from tensionwatch.errors import StoreUnwritable
from tensionwatch.exchange import ArticleQuery, Group, Notice, RulesStatus, Window
from tensionwatch.model import Article, Batch, Kind
from tensionwatch.reread import Reread, RulesInForce, Text
from tensionwatch.tui.screens.articles import ArticlesScreen
from tensionwatch.tui.screens.choose import ChooseScreen
from tensionwatch.tui.screens.event import EventScreen
from tensionwatch.tui.screens.reader import ReaderScreen
from tests.tui.screen import line_with, press, rows, said, text, until
from tests.tui.world import World, flag, visit, words

SIZE = (80, 24)
PROBLEM = "/home/me/own.toml:12: rule row.fish: not in force: only 1 in counter"
IN_FORCE = RulesInForce(version="1a2b3c", count=104, languages=("en",))


def newest(world: World) -> Article:
    article = world.watch.article(world.watch.article_ids(ArticleQuery())[0])
    assert article is not None
    return article


def struck(app: App[None], phrase: str) -> bool:
    """Is the phrase on the screen with a line through it?"""
    return any(
        phrase in segment.text and segment.style is not None and bool(segment.style.strike)
        for strip in app.screen._compositor.render_strips()
        for segment in strip
    )


def incidents(world: World) -> int:
    korea = world.watch.regions()[0]
    return korea.counts[Group.INCIDENT][Window.DAY].reports


# ------------------------------------------------------------------ rules


async def test_a_key_reads_the_rule_packs_again_from_everywhere(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "ctrl+r", "2", "ctrl+r", "enter", "ctrl+r", "3", "ctrl+r")
        assert world.rules.reloads == 4
        assert "Reading the rule packs again." in said(app)


async def test_help_and_palette_have_the_key(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 60)) as pilot:
        assert "Read rule packs again" in {command.title for command in app.get_system_commands(app.screen)}
        await press(pilot, "question_mark")
        assert "^r" in line_with(app, "Read rule packs again")


async def test_what_is_wrong_with_a_pack_is_toasted_and_stays_in_the_status_and_in_help(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert "rules" not in rows(app)[-2]
        world.rules.state = RulesStatus(in_force=replace(IN_FORCE, problems=(PROBLEM,), kept=("/home/me/b.toml",)))
        world.rules.tell(Notice(text=PROBLEM, grave=True))
        await pilot.pause()
        assert PROBLEM in said(app)
        assert "rules ✗ 1" in rows(app)[-2]
        app.clear_notifications()
        await press(pilot, "question_mark")
        page = " ".join(text(app).split())
        assert "104 in force, version 1a2b3c, for en" in page
        assert "rule row.fish: not in force" in page
        assert "b.toml: its rules from before are in force" in page


async def test_before_the_rules_are_known_help_says_so(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "question_mark", "G")
        assert "not known yet" in text(app)


async def test_progress_of_classifying_again_is_in_the_status(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        world.rules.state = RulesStatus(in_force=IN_FORCE, done=1_200, total=5_400)
        app.pull()
        await until(pilot, lambda: "↻ classifying again: 1,200 of 5,400" in rows(app)[-2])
        world.rules.state = RulesStatus(in_force=replace(IN_FORCE, problems=(PROBLEM,)), done=1_200, total=5_400)
        app.pull()
        both = "classifying again: 1,200 of 5,400    rules ✗ 1 · feeds ✗ 1 ·"
        await until(pilot, lambda: both.split() == rows(app)[-2].split()[1:-2])
        world.rules.state = RulesStatus(in_force=IN_FORCE)
        app.pull()
        await until(pilot, lambda: "classifying" not in rows(app)[-2])


async def test_an_article_in_a_language_without_rules_says_so(world: World) -> None:
    world.publish("오늘의 소식", ago=timedelta(minutes=1))
    article = newest(world)
    world.store.commit(_batch(replace(article, lang="ko")))
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter")
        assert "not flagged: no rule fired" in text(app)
        world.watch.rules_known(IN_FORCE)
        await until(pilot, lambda: "no rules for language 'ko': kept without flags" in text(app))


async def test_flags_of_other_rules_do_not_move_the_page_until_they_are_asked_for(world: World) -> None:
    title = "Guards cross the ford"
    world.publish(title, ago=timedelta(minutes=1))
    article = newest(world)
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter")
        before = rows(app)[1:-3]
        flags = (flag(evidence=words(title, "cross the ford")),)
        world.watch.take_reread([Reread(article=article.id, text=Text.of(article), flags=flags)], "v2")
        await until(pilot, lambda: "flagged otherwise by other rules while you read · R shows it" in text(app))
        shown = rows(app)[1:-3]
        assert [line for line in shown if line.strip()][:6] == [line for line in before if line.strip()][:6]
        await press(pilot, "R")
        assert "PRK → KOR · incident" in text(app)


# ------------------------------------------------------------------ flags that are wrong


async def test_w_in_the_reader_strikes_the_flag_out_and_its_counts_go(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter")
        assert (incidents(world), struck(app, "PRK → KOR · incident")) == (3, False)
        await press(pilot, "w")
        assert line_with(app, "PRK → KOR · incident").rstrip().endswith("marked wrong")
        assert struck(app, "PRK → KOR · incident")
        assert "Marked wrong: incident flag no longer counted · z undoes" in said(app)
        assert incidents(world) == 2
        await press(pilot, "w")
        assert not struck(app, "PRK → KOR · incident")
        assert incidents(world) == 3
        await press(pilot, "w", "z")
        assert "Counted again: incident flag" in said(app)
        assert incidents(world) == 3


async def test_w_in_the_list_takes_the_symbol_and_leaves_the_row_where_it_is(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "f", "K", "j", "enter")
        screen = app.screen
        assert isinstance(screen, ArticlesScreen)
        listed = list(screen.lines.ids)
        await press(pilot, "j", "w")
        await until(pilot, lambda: "▲" not in rows(app)[3])
        assert (list(screen.lines.ids), screen.lines.cursor) == (listed, 1)
        await press(pilot, "escape", "f")
        assert listed[1] not in screen.lines.ids


async def test_of_several_kinds_the_user_says_which(world: World) -> None:
    world.publish("Guards cross as envoy lands", flag(), visit("RUS", "PRK"), ago=timedelta(minutes=1))
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "w")
        assert isinstance(app.screen, ChooseScreen)
        assert "▲ incident PRK→KOR" in text(app)
        await press(pilot, "j", "enter")
        assert newest(world).wrong == (Kind.DIPLOMATIC_VISIT,)
        await press(pilot, "w")
        assert "● visit RUS→PRK  (marked wrong)" in text(app)
        await press(pilot, "escape")
        assert newest(world).wrong == (Kind.DIPLOMATIC_VISIT,)
        await press(pilot, "w", "j", "enter")
        assert newest(world).wrong == ()


async def test_an_article_without_a_flag_has_none_that_is_wrong(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "slash", *"collie", "enter", "w")
        assert "This article has no flag that could be wrong." in said(app)


async def test_an_event_whose_only_report_is_wrong_says_that_it_is_gone(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "slash", *"lands", "enter", "enter", "e")
        assert isinstance(app.screen, EventScreen)
        await press(pilot, "w")
        await until(pilot, lambda: "No article tells this event any more" in text(app))
        await press(pilot, "escape")
        assert isinstance(app.screen, ReaderScreen)


async def test_a_correction_that_cannot_be_kept_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise StoreUnwritable("disk full")

    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter")
        monkeypatch.setattr(world.store, "mark", full)
        await press(pilot, "w")
        assert "Not kept: disk full" in said(app)
        assert "marked wrong" not in text(app)


def _batch(article: Article) -> Batch:

    return Batch(articles=(article,))
