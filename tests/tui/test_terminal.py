"""Terminals that have less: no colours, sixteen of them, no more than ASCII, little room."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from textual import events

from tensionwatch.config import UiConfig
from tensionwatch.exchange import Group
from tensionwatch.tui.app import TensionwatchApp
from tensionwatch.tui.ascii import plain
from tensionwatch.tui.cells import SPARKS, fit, line
from tensionwatch.tui.context import Manners
from tensionwatch.tui.look import HOLLOW, SYMBOLS
from tensionwatch.tui.terminal import Terminal, terminal
from tensionwatch.tui.widgets.lines import LineList
from tests.tui.screen import line_with, press, rows, text, until
from tests.tui.tension import RISING, alert, index, surprise
from tests.tui.test_sizes import WALK
from tests.tui.world import World, flag

PLAIN = UiConfig(timezone="UTC", theme="tensionwatch")
UTF8 = {"TERM": "xterm-256color", "LANG": "en_GB.UTF-8"}


# ------------------------------------------------------------------ what it is found to have


@pytest.mark.parametrize(
    ("environ", "ascii_alone", "colours"),
    [
        (UTF8, False, "256"),
        (UTF8 | {"COLORTERM": "truecolor"}, False, "all"),
        (UTF8 | {"COLORTERM": "truecolor", "NO_COLOR": "1"}, False, "none"),
        (UTF8 | {"NO_COLOR": ""}, False, "256"),
        ({"TERM": "xterm-16color", "LANG": "de_DE.utf8"}, False, "16"),
        ({"TERM": "xterm", "LANG": "ko_KR.UTF-8"}, False, "16"),
        ({"TERM": "linux", "LANG": "en_GB.UTF-8"}, True, "16"),
        ({"TERM": "vt100", "LANG": "en_GB.UTF-8"}, True, "none"),
        ({"TERM": "xterm-kitty"}, False, "256"),
        ({"TERM": "xterm-256color"}, False, "256"),
        ({"TERM": "xterm-256color", "LANG": "C"}, True, "256"),
        ({"TERM": "xterm-256color", "LANG": "POSIX"}, True, "256"),
        ({"TERM": "xterm-256color", "LANG": "C", "LC_CTYPE": "C.UTF-8"}, True, "256"),
        ({"TERM": "xterm-256color", "LANG": "C", "LC_CTYPE": "en_GB.UTF-8"}, False, "256"),
        ({"TERM": "xterm-256color", "LC_CTYPE": "UTF-8"}, False, "256"),
        ({"TERM": "xterm-256color", "LC_ALL": "de_DE.ISO-8859-1", "LANG": "de_DE.UTF-8"}, True, "256"),
        ({"TERM": "xterm-256color", "LC_ALL": "de_DE@euro"}, False, "256"),
    ],
)  # fmt: skip
def test_what_the_environment_says_of_it(environ: Mapping[str, str], ascii_alone: bool, colours: str) -> None:
    found = terminal(environ, "utf-8", PLAIN)
    assert (found.ascii, found.colours) == (ascii_alone, colours)


def test_a_stream_that_is_not_utf8_takes_ascii_alone() -> None:
    assert terminal(UTF8, "iso8859-1", PLAIN).ascii
    assert not terminal(UTF8, "UTF-8", PLAIN).ascii


def test_the_configuration_overrules_what_is_found() -> None:
    has = UiConfig(timezone="UTC", theme="x", unicode=True, colours="all")
    lacks = UiConfig(timezone="UTC", theme="x", unicode=False, colours="none")
    found = terminal({"TERM": "vt100", "LANG": "C", "NO_COLOR": "1"}, "ascii", has)
    assert (found.ascii, found.colours) == (False, "all")
    found = terminal(UTF8 | {"COLORTERM": "truecolor"}, "utf-8", lacks)
    assert (found.ascii, found.colours) == (True, "none")


# ------------------------------------------------------------------ ASCII alone


@given(st.text(max_size=40))
def test_in_ascii_everything_takes_as_many_cells(written: str) -> None:
    made = plain(line(written))
    assert made.isascii()
    assert len(made) == cell_len(line(written))


def test_symbols_of_one_place_stay_apart_in_ascii() -> None:
    symbols = [*SYMBOLS.values(), *HOLLOW.values()]
    assert len({plain(each) for each in symbols}) == 2 * len(Group)
    assert len({plain(each) for each in (*SPARKS, "·")}) == 9
    assert plain("│┌┐└┘─┼━┃╭▁▔") == "|++++-+-|+_-"
    assert plain("PRK→KOR · “Łódź” … 남북") == 'PRK>KOR - "Lodz" ~ ????'


def full(world: World) -> World:
    world.keep_alerts(*(alert(n) for n in range(20)))
    world.alerting.mute("pair", "KOR-PRK", None)
    world.said.said["korea"] = index("korea", surprise(), conflict=3.4, trend=RISING)
    return world


def on(world: World, **has: object) -> TensionwatchApp:
    return full(world).app(manners=Manners(terminal=Terminal(**has)))  # type: ignore[arg-type]  # its own fields


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_every_screen_is_ascii_and_straight(world: World, size: tuple[int, int]) -> None:
    app = on(world, ascii=True)
    async with app.run_test(size=size) as pilot:
        for keys in (*WALK, ("escape", "ctrl+p"), ("escape", "t")):
            await press(pilot, *keys)
            assert "".join(rows(app)).isascii()
            assert {len(row) for row in rows(app)} == {size[0]}
        assert app.context.ascii


async def test_columns_stand_where_they_do_with_symbols(world: World) -> None:
    app = on(world, ascii=True)
    async with app.run_test(size=(100, 24)) as pilot:
        await press(pilot, "2")
        row = line_with(app, "harbour.example")
        assert "????" in row, "Korean is not drawn, and takes its room"
        assert row.index("harbour.example") == line_with(app, "meridian.example").index("meridian.example")


# ------------------------------------------------------------------ no colours


def segments(app: TensionwatchApp) -> list[Segment]:
    return [segment for strip in app.screen._compositor.render_strips() for segment in strip]


async def test_without_colours_no_screen_has_any(world: World) -> None:
    app = on(world, colours="none")
    async with app.run_test(size=(120, 40)) as pilot:
        for keys in (*WALK, ("escape", "ctrl+p")):
            await press(pilot, *keys)
            styles = [segment.style for segment in segments(app) if segment.style is not None]
            colours = {colour for style in styles for colour in (style.color, style.bgcolor) if colour is not None}
            assert {colour.name for colour in colours} <= {"default"}


async def test_no_color_has_no_shades_of_grey_either(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        named = {segment.style.color.name for segment in segments(app) if segment.style and segment.style.color}
        assert named == {"default"}


def marked(app: TensionwatchApp, attribute: str) -> str:
    """What is drawn with this attribute."""
    return "".join(s.text for s in segments(app) if s.style is not None and getattr(s.style, attribute))


async def test_without_colours_cursor_tab_and_choice_can_be_seen(world: World) -> None:
    app = on(world, colours="none")
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert "1 Watch" in marked(app, "reverse")
        assert "Korean Peninsula" in marked(app, "reverse")
        assert "2 Articles" not in marked(app, "reverse")
        await press(pilot, "j")
        assert "Korean Peninsula" not in marked(app, "reverse")
        assert "Taiwan Strait" in marked(app, "reverse")
        await press(pilot, "tab")
        assert "Taiwan Strait" in marked(app, "underline"), "the list that one has left keeps its place in sight"
        await press(pilot, "2", "K", "j", "j")
        assert "visits" in marked(app, "underline")
        await press(pilot, "escape", "4")
        assert "4 Alerts" in marked(app, "reverse")


async def test_the_number_under_the_cursor_stands_out_of_its_row(world: World) -> None:
    app = on(world, colours="none")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "l", "l")
        row = next(s for s in app.screen._compositor.render_strips() if "Korean Peninsula" in s.text)
        assert [s.text for s in row if s.style is not None and not s.style.reverse and s.text.strip()] == [
            "unusual: 3 incidents, usually 0.2 a day", "  1"
        ]  # fmt: skip


async def test_in_high_contrast_the_cursor_is_reversed(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        app.theme = "tensionwatch-contrast"
        await until(pilot, lambda: "Korean Peninsula" in marked(app, "reverse"))
        await press(pilot, "l", "l")
        row = next(s for s in app.screen._compositor.render_strips() if "Korean Peninsula" in s.text)
        bar = {s.style.color for s in row if s.style is not None and s.style.reverse}
        assert len(bar) == 1, "one bar, and no patchwork of the colours in it"
        assert [s.text.strip() for s in row if s.style is not None and not s.style.reverse and s.text.strip()] == ["1"]


# ------------------------------------------------------------------ sixteen colours


async def test_of_sixteen_colours_groups_have_their_own(world: World) -> None:
    app = on(world, colours="16")
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert app.theme == "tensionwatch-16"
        assert app.console.color_system == "standard"
        seen = {}
        for segment in segments(app):
            for group, symbol in SYMBOLS.items():
                if segment.text.startswith(symbol) and segment.style is not None and segment.style.color is not None:
                    seen[group] = segment.style.color.downgrade(app.console._color_system).number  # type: ignore[arg-type]
        assert len(set(seen.values())) == len(seen) == 3


# ------------------------------------------------------------------ little room


@pytest.mark.parametrize(("size", "fits"), [((39, 24), False), ((80, 9), False), ((40, 10), True)])
async def test_too_little_room_is_said(world: World, size: tuple[int, int], fits: bool) -> None:
    world.keep_alerts(alert(1))
    app = world.app()
    async with app.run_test(size=size) as pilot:
        for keys in ((), ("2",), ("3",), ("2", "enter")):
            await press(pilot, *keys)
            said = f"{size[0]}×{size[1]} cells are too few" in " ".join(text(app).split())
            assert said is not fits
            assert ("Feeds" in text(app) or "Watch" in text(app) or "Articles" in text(app)) is fits
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: "1 Watch" in text(app))


# ------------------------------------------------------------------ characters that terminals do not agree on


def by_itself(character: str) -> int:
    """The cells that a terminal gives a character that looks at nothing beside it."""
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


CHARACTERS = st.characters(
    codec="utf-8",
    # Vowel signs of Indian scripts (Mc) are no cell to some terminals and one to others; they cannot be left out.
    exclude_categories=("Cs", "Cn", "Co", "Mc"),
)
HARD = st.sampled_from(
    [
        "👩‍👩‍👧‍👦",
        "🇰🇷",
        "🇺🇦🇷🇺",
        "❤️",
        "1️⃣",
        "👍🏽",
        "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
        "é̶̡̛",
        "남북",
        "שלום",
        "العربية",
        "می‌خواهم",
        "ก็",
        "ﬁ",
        "\u0301",
        "\u200d",
        "한",
    ]
)


@given(st.lists(HARD | st.text(CHARACTERS, max_size=5), max_size=8).map("".join))
def test_every_character_has_its_own_width_whatever_stands_beside_it(written: str) -> None:
    made = line(written)
    assert cell_len(made) == sum(map(cell_len, made))
    assert cell_len(fit(made, 20)) == 20
    assert line(made) == made


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_rows_of_hard_titles_are_as_wide_as_the_screen_by_a_terminal_s_own_count(size: tuple[int, int]) -> None:
    hard = [
        "👩‍👩‍👧‍👦 family",
        "🇰🇷🇯🇵 flags",
        "❤️ ☎️ 1️⃣ signs",
        "👍🏽 shade",
        "שלום לכולם",
        "العربية في الخبر",
        "می‌خواهم",
        "남북 군사",
        "é̶̡̛ a",
    ]
    world = World()
    for n, title in enumerate(hard):
        world.publish(f"{title} " * 12, flag(place=title), outlet=n % 6)
    app = world.app()
    async with app.run_test(size=size) as pilot:
        for keys in (("tab",), ("2",), ("enter",), ("3",), ("1",)):
            await press(pilot, *keys)
            assert {sum(map(by_itself, row)) for row in rows(app)} == {size[0]}
        await press(pilot, "2", "2")
        assert "KRJP flags" in text(app)


# ------------------------------------------------------------------ a window that one looks away from


async def test_a_window_that_loses_the_focus_keeps_the_place_and_gives_it_back(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(100, 24)) as pilot:
        await press(pilot, "2", "j", "j")
        lines = app.screen.query_one("#articles", LineList)
        current = lines.current
        app.post_message(events.AppBlur())
        await until(pilot, lambda: not lines.has_focus)
        world.publish("Late news", flag(), ago=timedelta(seconds=5))
        await until(pilot, lambda: len(lines.ids) == 12)
        app.post_message(events.AppFocus())
        await until(pilot, lambda: lines.has_focus)
        assert lines.current == current
        await press(pilot, "j")
        assert lines.cursor == lines.ids.index(current or "") + 1


async def test_the_configuration_has_colours_in_spite_of_the_environment(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = on(world, colours="all")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert len({s.style.color.name for s in segments(app) if s.style and s.style.color}) > 5
