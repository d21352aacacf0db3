"""The list of articles and its filters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from rich.cells import cell_len
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tensionwatch import finding
from tensionwatch.exchange import ArticleQuery, Group
from tensionwatch.model import Entry, Fetched, Kind, ReadEntry
from tensionwatch.tui import marks
from tensionwatch.tui.look import NOTE
from tensionwatch.tui.screens import articles
from tensionwatch.tui.screens.articles import ArticlesScreen
from tensionwatch.tui.screens.reader import ReaderScreen
from tensionwatch.tui.widgets.articles import ArticleList
from tests import waiting
from tests.tui.screen import column_of, line_with, press, rows, said, text, until
from tests.tui.world import FEEDS, World

SIZE = (100, 30)


async def at_articles(pilot: Pilot[None]) -> ArticlesScreen:
    await press(pilot, "2")
    screen = pilot.app.screen
    assert isinstance(screen, ArticlesScreen)
    return screen


async def test_all_articles_are_listed_newest_first(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await at_articles(pilot)
        assert screen.lines.ids == world.watch.article_ids(ArticleQuery())
        assert "11 of 11" in rows(app)[1]
        assert "Warning shots fired" in rows(app)[2]


async def test_a_line_has_time_marks_kind_pair_publisher_and_title(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await at_articles(pilot)
        await press(pilot, "s")
        line = line_with(app, "Warning shots")
        assert line.split()[:5] == ["•★", "11:40", "▲", "incident", "PRK→KOR"]
        assert "han.example" in line
        assert screen.lines.current is not None


async def test_each_filter_narrows_the_list_and_shows_that_it_is_on(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await at_articles(pilot)
        await press(pilot, "f")
        assert screen.query_now.flagged
        assert "9 of 11" in rows(app)[1]
        await press(pilot, "m", "u")
        assert "8 of 11" in rows(app)[1]
        await press(pilot, "s", "S")
        assert "1 of 11" in rows(app)[1]
        await press(pilot, "escape")
        assert screen.query_now == ArticleQuery()
        assert "11 of 11" in rows(app)[1]


async def test_typed_words_filter_while_they_are_typed(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await at_articles(pilot)
        await press(pilot, "slash", *"collie")
        await until(pilot, lambda: "1 of 11" in rows(app)[1] and "/ collie" in rows(app)[1])
        await press(pilot, "enter")
        assert screen.lines.has_focus
        assert not screen.query_one(Input).display
        assert "1 of 11" in rows(app)[1]


async def test_keys_typed_into_the_filter_are_words_not_commands(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await at_articles(pilot)
        await press(pilot, "slash", *"quartz123")
        await until(pilot, lambda: screen.query_now.text == "quartz123")
        await until(pilot, lambda: "No article passes these filters" in text(app))
        assert app.is_running
        assert app.screen is screen
        await press(pilot, "escape")
        assert "11 of 11" in rows(app)[1]
        assert screen.query_one(Input).value == ""


async def test_a_region_is_chosen_from_a_list(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await at_articles(pilot)
        await press(pilot, "R", "j", "enter")
        assert screen.query_now.region == "korea"
        assert "R Korean Peninsula" in rows(app)[1]
        assert "4 of 11" in rows(app)[1]
        await press(pilot, "R", "k", "enter")
        assert screen.query_now.region is None


async def test_leaving_the_choice_leaves_the_filter_as_it_is(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await at_articles(pilot)
        await press(pilot, "R", "j", "enter", "R", "j", "escape")
        assert screen.query_now.region == "korea"


async def test_a_group_or_a_kind_is_chosen_from_a_list(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await at_articles(pilot)
        await press(pilot, "K", "down", "enter")
        assert (screen.query_now.group, screen.query_now.kind) == (Group.INCIDENT, None)
        await press(pilot, "K", "down", "down", "down", "enter")
        assert (screen.query_now.group, screen.query_now.kind) == (None, Kind.ARMED_ATTACK)
        assert "K attack" in rows(app)[1]


async def test_marking_read_under_the_unread_filter_does_not_pull_the_row_away(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await at_articles(pilot)
        await press(pilot, "u", "j", "m")
        marked = screen.lines.current
        assert marked is not None
        await until(pilot, lambda: world.watch.article(marked).read)  # type: ignore[union-attr]  # it is there
        assert (screen.lines.cursor, len(screen.lines.ids)) == (1, 11)
        await press(pilot, "u", "u")
        assert len(screen.lines.ids) == 10


async def test_space_and_m_turn_the_read_mark_and_z_takes_it_back(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await at_articles(pilot)
        first = screen.lines.ids[0]
        await press(pilot, "space")
        assert world.watch.article(first).read  # type: ignore[union-attr]  # it is there
        await press(pilot, "m")
        assert not world.watch.article(first).read  # type: ignore[union-attr]  # it is there
        await press(pilot, "z")
        assert world.watch.article(first).read  # type: ignore[union-attr]  # it is there


async def test_all_listed_are_marked_read_and_undone_at_once(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await at_articles(pilot)
        await press(pilot, "j", "m", "f", "A")
        unread = world.watch.article_ids(ArticleQuery(unread=True))
        assert len(unread) == 2
        assert any("8 articles marked read" in message for message in said(app))
        await press(pilot, "z")
        assert len(world.watch.article_ids(ArticleQuery(unread=True))) == 10
        await press(pilot, "z", "z")
        assert "No mark to undo." in said(app)


async def test_enter_opens_the_article_and_next_follows_the_list(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await at_articles(pilot)
        await press(pilot, "j", "enter", "n")
        assert isinstance(app.screen, ReaderScreen)
        assert app.screen.article_id == screen.lines.ids[2]
        await press(pilot, "escape")
        assert app.screen is screen
        assert screen.lines.cursor == 1


async def test_the_cursor_goes_everywhere_with_vim_keys_and_arrows(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 10)) as pilot:
        lines = (await at_articles(pilot)).lines
        for key, cursor in (
            ("j", 1), ("down", 2), ("k", 1), ("up", 0), ("k", 0), ("G", 10), ("j", 10), ("g", 0),
            ("end", 10), ("home", 0),
            ("pagedown", 5), ("ctrl+f", 10), ("pageup", 5), ("ctrl+b", 0), ("ctrl+d", 5), ("ctrl+u", 0),
        ):  # fmt: skip
            await press(pilot, key)
            assert lines.cursor == cursor, key
            assert lines.above <= cursor < lines.above + 6


async def test_copy_and_open_tell_the_link_and_its_host(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await at_articles(pilot)
        await press(pilot, "y")
        assert app.clipboard == "https://han.example/story/1"
        assert "Copied (han.example): https://han.example/story/1" in said(app)
        await press(pilot, "o")
        await until(
            pilot, lambda: any("no browser here" in m and "https://han.example/story/1" in m for m in said(app))
        )


async def test_an_article_without_a_link_says_so(world: World) -> None:
    world.publish("No address", link=None, key="nolink")
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await at_articles(pilot)
        await press(pilot, "o", "y")
        assert said(app).count("This article has no link.") == 2


async def test_a_hundred_thousand_articles_are_asked_for_only_as_they_come_into_view(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        lines = (await at_articles(pilot)).lines
        asked: list[str] = []
        drawn = ArticleList.runs

        def counting(row_id: str, width: int) -> list[tuple[str, str]]:
            asked.append(row_id)
            return drawn(lines, world.watch.article_ids(ArticleQuery())[0], width)

        lines.runs = counting  # type: ignore[method-assign]  # to see what is asked for
        lines.show([str(n) for n in range(100_000)])
        await press(pilot, "G")
        await press(pilot, "g")
        assert len(asked) <= 3 * SIZE[1]
        assert {"0", "99999"} <= set(asked)


# ------------------------------------------------------------------ a list of many


async def test_the_first_screenful_is_shown_before_all_are_found_and_then_their_number(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    many_of(world, 400)
    monkeypatch.setattr(finding, "FIRST", 100)
    monkeypatch.setattr(finding, "PART", 20)
    monkeypatch.setattr(articles, "FIRST_LOOK", 60.0)
    monkeypatch.setattr(articles, "PIECE", 0.0)
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await at_articles(pilot)
        seen: list[tuple[str, int]] = []
        told = screen._show_filters

        def telling() -> None:
            told()
            line = str(screen.query_one("#filters", Static).content)
            seen.append((line.split(" of ")[0].strip(), len(screen.lines.ids)))

        monkeypatch.setattr(screen, "_show_filters", telling)
        await press(pilot, "u")
        await until(pilot, lambda: "411 of 411" in rows(app)[1])
        assert seen[0] == ("…", 100)
        assert screen.lines.ids == world.watch.article_ids(ArticleQuery(unread=True))


async def test_a_letter_and_the_list_that_it_leaves_come_in_one_frame_and_the_rest_draws_no_row_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    many_of(world, 400)
    for name, value in (("FIRST", 100), ("PART", 20)):
        monkeypatch.setattr(finding, name, value)
    monkeypatch.setattr(articles, "FIRST_LOOK", 60.0)
    monkeypatch.setattr(articles, "PIECE", 0.0)
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await at_articles(pilot)
        await press(pilot, "slash", *"is:unrea")
        frames: list[int] = []
        drawn, asked, paint = screen.lines.runs, [0], screen._compositor_refresh

        def counting(row_id: str, width: int) -> list[tuple[str, str]]:
            asked[0] += 1
            return drawn(row_id, width)

        def painting() -> None:
            paint()
            if screen.words.value == "is:unread":
                frames.append(asked[0])

        monkeypatch.setattr(screen.lines, "runs", counting)
        monkeypatch.setattr(screen, "_compositor_refresh", painting)
        await pilot.press("d")
        await waiting.until(lambda: screen._total == 411)
        await pilot.pause()
        in_view = screen.lines._rows_in_view
        assert frames[0] == in_view, "rows that were drawn with the first frame that had the letter"
        assert frames[-1] == in_view, "rows that were drawn in all"


async def test_a_list_that_takes_long_is_shown_as_far_as_it_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    many_of(world, 80)
    for module, name, value in ((finding, "TEXTS", 1), (articles, "PIECE", 0.0), (articles, "FIRST_LOOK", 0.0)):
        monkeypatch.setattr(module, name, value)
    monkeypatch.setattr(articles, "SHOWN_EVERY", 0.0)
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await at_articles(pilot)
        seen: list[int] = []
        shown = screen.lines.show

        def showing(ids: Sequence[str], *, from_top: bool = False) -> None:
            seen.append(len(ids))
            shown(ids, from_top=from_top)

        monkeypatch.setattr(screen.lines, "show", showing)
        screen._set(text="many")
        assert "… of 91" in str(screen.query_one("#filters", Static).content)
        await until(pilot, lambda: "80 of 91" in rows(app)[1])
        assert seen == sorted(seen)
        assert len(set(seen)) > 3
        screen._set(text="nowhere")
        await until(pilot, lambda: "No article passes these filters" in text(app))


async def test_while_the_others_are_found_the_cursor_stays_where_it_was_moved(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    many_of(world, 400)
    monkeypatch.setattr(finding, "FIRST", 100)
    monkeypatch.setattr(finding, "PART", 1)
    monkeypatch.setattr(articles, "PIECE", 0.0)
    monkeypatch.setattr(articles, "FIRST_LOOK", 60.0)
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await at_articles(pilot)
        screen.action_switch("unread")
        assert not screen._found.is_whole
        screen.lines.action_move(7)
        there = screen.lines.current
        await until(pilot, lambda: "411 of 411" in rows(app)[1])
        assert (screen.lines.current, screen.lines.cursor) == (there, 7)


async def test_what_comes_above_moves_nothing_and_is_told_until_it_is_seen(world: World) -> None:
    many_of(world, 40)
    app = world.app()
    async with app.run_test(size=(120, 20)) as pilot:
        screen = await at_articles(pilot)
        await press(pilot, "j")
        before = [line[:-2] for line in rows(app)[2:16]]
        for n in range(3):
            world.publish(f"Fresh {n}", ago=timedelta(0))
        await until(pilot, lambda: "3 new above (g)" in rows(app)[1])
        assert [line[:-2] for line in rows(app)[2:16]] == before
        await press(pilot, "k", "k", "k")
        assert "1 new above (g)" in rows(app)[1]
        await press(pilot, "g")
        assert "new above" not in rows(app)[1]
        assert screen.lines.fresh == 0


async def test_all_of_many_are_marked_read_in_steps_durably_and_undone_as_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    many_of(world, 60)
    monkeypatch.setattr(marks, "STEP", 7)
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await at_articles(pilot)
        before = world.store.revision
        await press(pilot, "A")
        await until(pilot, lambda: any("71 articles marked read" in message for message in said(app)))
        assert world.watch.unread == 0
        assert world.store.revision - before == 11
        await press(pilot, "A")
        await until(pilot, lambda: "All are read already." in said(app))
        await press(pilot, "z")
        await until(pilot, lambda: world.watch.unread == 71)
        await press(pilot, "z")
        assert "No mark to undo." in said(app)


async def test_only_those_that_are_listed_are_marked_read(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await at_articles(pilot)
        await press(pilot, "slash", *"collie", "enter", "A")
        await until(pilot, lambda: world.watch.unread == 10)
        assert screen.lines.ids == world.watch.article_ids(ArticleQuery(text="collie"))


# ------------------------------------------------------------------ beside the list


async def test_where_there_is_room_the_article_under_the_cursor_stands_beside_the_list(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(200, 40)) as pilot:
        screen = await at_articles(pilot)
        assert "It was the second crossing in recent weeks" in " ".join(text(app).split())
        await press(pilot, "j")
        assert "It was the second crossing" not in " ".join(text(app).split())
        assert "2 of 11" in text(app)
        assert screen.query_one("#article-preview").size.width > 40
    async with world.app().run_test(size=(120, 40)) as pilot:
        screen = await at_articles(pilot)
        assert not screen.query_one("#article-preview").display


async def test_the_preview_scrolls_without_the_list(world: World) -> None:
    world.publish("Long", summary="\n".join(f"line {n}" for n in range(60)), ago=timedelta(0))
    app = world.app()
    async with app.run_test(size=(200, 20)) as pilot:
        screen = await at_articles(pilot)
        await until(pilot, lambda: "line 0\n" in beside(app))
        await press(pilot, "right_square_bracket", "shift+down")
        assert "line 0\n" not in beside(app)
        assert screen.lines.cursor == 0
        for _ in range(30):
            screen.action_scroll_preview(1)
        await press(pilot, "left_square_bracket")
        assert "line 5" in beside(app)
        await press(pilot, "shift+up", *(["left_square_bracket"] * 20))
        assert "line 0\n" in beside(app)
        await press(pilot, "right_square_bracket", "j", "k")
        assert "line 0\n" in beside(app)


def beside(app: App[None]) -> str:
    """What stands right of the list."""
    return "\n".join(row[130:].strip() for row in rows(app)) + "\n"


async def test_a_note_has_its_sign_and_columns_stand_straight_whatever_the_script(world: World) -> None:
    titles = ("남북 군사분계선에서 경고 사격", "北朝鮮がミサイルを発射", "الرئيس يزور", "🚀 launch 🇰🇷", "Plain")
    ids = [world.publish(title, ago=timedelta(0), outlet=n) for n, title in enumerate(titles)]
    world.store.mark(ids[:1], note="see this")
    app = world.app()
    async with app.run_test(size=(120, 30)) as pilot:
        await at_articles(pilot)
        listed = [line_with(app, FEEDS[n].publisher) for n in range(len(titles))]
        assert len({column_of(line, FEEDS[n].publisher) for n, line in enumerate(listed)}) == 1
        assert {cell_len(line) for line in rows(app)} == {120}
        assert NOTE in line_with(app, "남북 군사분계선에서 경고 사격")


def many_of(world: World, count: int) -> None:
    entries = tuple(
        ReadEntry(
            entry=Entry(
                entry_id=f"m{n}", link=f"https://many.example/{n}", title=f"One of many {n}", summary="",
                published=world.clock.at - timedelta(days=1, minutes=n),
            ),
            hash=f"m{n}", flags=(),
        )
        for n in range(count)
    )  # fmt: skip
    seen = tuple(entry.hash for entry in entries)
    world.take(Fetched(feed=FEEDS[0].id, at=world.clock.at, result="ok", entries=entries, seen=seen, http_status=200))
