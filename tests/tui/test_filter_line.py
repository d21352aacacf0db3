"""The filter line as a person types it, on a terminal of 80×24."""

from __future__ import annotations

from datetime import timedelta

from textual.events import Paste
from textual.pilot import Pilot
from textual.widgets import Input

from tensionwatch.exchange import ArticleQuery, Group
from tensionwatch.tui.screens.articles import ArticlesScreen
from tests.tui.screen import press, rows, text, until
from tests.tui.world import World

SIZE = (80, 24)


async def at_line(pilot: Pilot[None], typed: str) -> ArticlesScreen:
    """The articles, with this in their line, and focus in it."""
    await press(pilot, "2", "slash")
    screen = pilot.app.screen
    assert isinstance(screen, ArticlesScreen)
    await type_in(pilot, typed)
    return screen


async def type_in(pilot: Pilot[None], typed: str) -> None:
    names = {" ": "space", ":": "colon", '"': "quotation_mark", "-": "minus"}
    await press(pilot, *(names.get(letter, letter) for letter in typed))


async def test_conditions_filter_while_they_are_typed(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await at_line(pilot, "kind:visit actor:RUS")
        await until(pilot, lambda: " 1 of 11" in rows(app)[1])
        assert screen.query_now == ArticleQuery(group=Group.VISIT, actor="RUS")
        assert "Minister lands in Pyongyang" in text(app)
        await type_in(pilot, " minis")
        await until(pilot, lambda: screen.query_now.text == "minis")
        assert " 1 of 11" in rows(app)[1]
        await press(pilot, "enter")
        assert screen.lines.has_focus
        assert "kind:visit" in rows(app)[1]


async def test_a_key_half_typed_is_no_error(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await at_line(pilot, "kind:")
        await until(pilot, lambda: "/ kind:" in rows(app)[1])
        assert screen.query_now == ArticleQuery()
        assert "11 of 11" in rows(app)[1]
        assert "?" not in text(app).split("11 of 11")[1].splitlines()[1]


async def test_a_mistake_is_told_with_the_nearest_word_and_the_rest_still_filters(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await at_line(pilot, "kind:vist collie")
        await until(pilot, lambda: "kind:vist? did you mean kind:visit" in text(app))
        await until(pilot, lambda: " 1 of 11" in rows(app)[1])
        await press(pilot, "escape")
        assert "did you mean" not in text(app)
        assert "11 of 11" in rows(app)[1]


async def test_what_is_offered_is_taken_with_tab_or_the_right_arrow(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await at_line(pilot, "-ki")
        await until(pilot, lambda: "-kind:" in text(app))
        await press(pilot, "tab")
        assert screen.words.value == "-kind:"
        await type_in(pilot, "vi")
        await until(pilot, lambda: "-kind:visit" in text(app))
        assert screen.query_now == ArticleQuery()
        await press(pilot, "right")
        assert screen.words.value == "-kind:visit"
        await until(pilot, lambda: screen.query_now.without == (ArticleQuery(group=Group.VISIT),))
        await until(pilot, lambda: " 8 of 11" in rows(app)[1])
        await press(pilot, "tab", "left", "tab")
        assert screen.words.has_focus
        assert screen.words.value == "-kind:visit"


async def test_earlier_lines_come_back_with_the_arrows(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await at_line(pilot, "collie")
        await press(pilot, "enter", "escape", "slash", *"dmz", "enter", "escape", "slash", *"new")
        for key, line in (("up", "dmz"), ("up", "collie"), ("up", "collie"), ("down", "dmz"), ("down", "new")):
            await press(pilot, key)
            assert screen.words.value == line
        await press(pilot, "up", "up", "enter")
        await until(pilot, lambda: " 1 of 11" in rows(app)[1])
        assert screen.query_now.text == "collie"


async def test_a_value_half_typed_is_a_problem_only_once_the_line_is_left(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await at_line(pilot, "kind:vi")
        assert screen.query_one("#problem").display is False
        await press(pilot, "enter")
        assert "kind:vi? did you mean kind:visit" in text(app)


async def test_what_cannot_be_read_is_underlined_where_it_stands(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await at_line(pilot, "x kind:vist y")
        strip = app.screen._compositor.render_strips()[2]
        assert strip.text.startswith("x kind:vist y")
        underlined = "".join(s.text for s in strip if s.style is not None and s.style.underline)
        assert underlined == "kind:vist"


async def test_a_phrase_and_a_word_refused(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await at_line(pilot, '"friendly clash"')
        await until(pilot, lambda: " 1 of 11" in rows(app)[1])
        await press(pilot, "ctrl+u")
        await type_in(pilot, '"clash friendly"')
        await until(pilot, lambda: " 0 of 11" in rows(app)[1])
        await press(pilot, "ctrl+u")
        await type_in(pilot, "border -collie")
        await until(pilot, lambda: screen.query_now.without == (ArticleQuery(text="collie"),))
        await until(pilot, lambda: " 1 of 11" in rows(app)[1])


async def test_what_is_pasted_reaches_the_terminal_as_text_alone(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await at_line(pilot, "x ")
        screen.query_one(Input).post_message(Paste("kind:[/bold]\x1b[31m\u202e\x9b2Jred"))
        await until(pilot, lambda: "kind:[/bold][U+202E]red?" in text(app))
        assert screen.query_one(Input).value == "x kind:[/bold][U+202E]red"
        assert not {"\x1b", "\x9b", "\u202e"} & set(text(app))
        await type_in(pilot, " y")
        assert screen.query_one(Input).value.endswith("red y")


async def test_names_of_two_words_are_put_in_quotes(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await at_line(pilot, 'pair:"North Korea-KOR"')
        await until(pilot, lambda: screen.query_now.pair == frozenset({"PRK", "KOR"}))
        assert "3 of 11" in rows(app)[1]


async def test_the_last_hours_are_others_when_time_has_passed(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await at_line(pilot, "since:3h")
        await until(pilot, lambda: screen.query_now.since == world.clock.at - timedelta(hours=3))
        before = len(screen.lines.ids)
        world.clock.at += timedelta(hours=2)
        world.publish("One more", outlet=1)
        await until(pilot, lambda: screen.query_now.since == world.clock.at - timedelta(hours=3))
        assert len(screen.lines.ids) < before


async def test_a_key_of_the_screen_takes_back_what_the_line_says(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await at_line(pilot, "unread region:korea kind:visit")
        await press(pilot, "enter", "u")
        assert not screen.query_now.unread
        assert screen.query_one(Input).value == "region:korea kind:visit"
        await press(pilot, "R", "k", "enter")
        assert screen.query_now == ArticleQuery(group=Group.VISIT)
        await press(pilot, "K", "home", "enter")
        assert screen.query_now == ArticleQuery()
        assert screen.query_one(Input).value == ""


async def test_the_keys_of_the_screen_stand_beside_the_line(world: World) -> None:
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        screen = await at_line(pilot, "kind:visit")
        await press(pilot, "enter", "u")
        assert screen.query_now == ArticleQuery(group=Group.VISIT, unread=True)
        await press(pilot, "escape")
        assert screen.query_now == ArticleQuery()


async def test_the_help_of_the_articles_tells_how_the_line_is_read(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(100, 120)) as pilot:
        await press(pilot, "2", "question_mark")
        assert "The filter line" in text(app)
        assert "pair:PRK-KOR" in text(app)
        assert "or starred, flagged, noted" in text(app)
