"""Widths, times, links, words for the situation, what has risen: decided without a screen."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from rich.cells import cell_len

from tensionwatch.model import FeedState
from tensionwatch.ports import FeedRow, Group, PollStatus, Window
from tensionwatch.sanitise import visible
from tensionwatch.tui.cells import cut, fit, line, number, prose, row, sparkline, wrap
from tensionwatch.tui.changes import Looked
from tensionwatch.tui.links import LinkRefused, has_browser, host_of, open_link, openable
from tensionwatch.tui.marks import Marks
from tensionwatch.tui.situation import situation
from tensionwatch.tui.times import Times, relative, span
from tensionwatch.tui.widgets.lines import _place_of
from tensionwatch.tui.widgets.regions import Layout
from tests.tui.world import FEEDS, NOON, World, flag

# ---------------------------------------------------------------- widths


@given(st.text(), st.integers(0, 60))
def test_fitted_text_is_exactly_as_wide_as_asked(text: str, width: int) -> None:
    assert cell_len(fit(line(text), width)) == width


@given(st.text(alphabet=st.characters(codec="utf-8")), st.integers(1, 60))
def test_what_is_cut_ends_in_an_ellipsis_and_what_fits_is_left_whole(text: str, width: int) -> None:
    shown, short = line(text), cut(line(text), width)
    assert short == shown if cell_len(shown) <= width else short.endswith("…")


@given(st.text())
def test_outside_text_is_sanitised_for_lines_and_for_prose(text: str) -> None:
    assert "\n" not in line(text)
    assert visible(line(text)) == line(text)
    assert all(visible(part) == part for part in prose(text).split("\n"))


def test_a_column_without_room_is_left_out_with_its_gap() -> None:
    assert row([("a", 1, ""), ("gone", 0, ""), ("b", 2, "x")]) == [("a", ""), ("  ", ""), ("b ", "x")]


@given(st.text(alphabet="ab 국경中 é", max_size=120), st.integers(2, 40))
def test_wrapped_text_keeps_every_word_and_no_line_is_too_wide(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_wrapped_text_breaks_between_words_where_it_can() -> None:
    assert wrap("source says 2nd in recent weeks", 16) == ["source says 2nd", "in recent weeks"]
    assert wrap("", 9) == [""]


def test_the_columns_of_regions_fit_and_a_click_finds_the_one_it_is_on() -> None:
    for width in range(34, 200):
        layout = Layout.of(width)
        assert layout.name + 3 * layout.group + (16 if layout.trend else 0) + layout.last <= width
        assert layout.column_at(0) == layout.column_at(layout.name - 1) == 0
        first = layout.name + 2
        assert layout.column_at(first) == 1
        assert layout.column_at(first + layout.widths[0]) == 2
        assert layout.column_at(first + layout.group) == len(layout.windows) + 1


def test_with_room_the_counts_of_a_week_and_then_of_a_day_are_told_in_three_numbers() -> None:
    assert Layout.of(100).widths == (4, 4, 4)
    assert Layout.of(119).widths == (4, 4, 11)
    assert Layout.of(140).widths == (4, 11, 11)


def test_a_sparkline_tells_zero_from_the_least_above_it() -> None:
    assert sparkline((0, 1, 50, 100), 100) == "·▁▄█"
    assert sparkline((0, 0), 0) == "··"


@pytest.mark.parametrize(("n", "shown"), [(0, "0"), (999, "999"), (1000, "1k"), (12_345, "12k"), (1_000_000, "99k")])
def test_counts_take_three_cells_at_most(n: int, shown: str) -> None:
    assert number(n) == shown


# ---------------------------------------------------------------- places in lists


@given(st.lists(st.integers(), unique=True, min_size=1), st.lists(st.integers(), unique=True), st.data())
def test_a_row_that_is_still_there_is_found_again(before: list[int], after: list[int], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(before) - 1))
    old, new = list(map(str, before)), list(map(str, after))
    place = _place_of(old, index, new)
    if old[index] in new:
        assert new[place] == old[index]
    else:
        assert 0 <= place < max(1, len(new))


def test_for_a_row_that_has_gone_the_next_one_takes_its_place() -> None:
    assert _place_of(["a", "b", "c", "d"], 1, ["x", "a", "c", "d"]) == 2
    assert _place_of(["a", "b"], 1, ["x", "a"]) == 1
    assert _place_of(["a"], 0, []) == 0


# ---------------------------------------------------------------- times


def test_times_are_short_today_and_dated_before() -> None:
    times = Times("UTC")
    assert times.short(NOON - timedelta(hours=3), NOON) == "09:00"
    assert times.short(NOON - timedelta(days=2), NOON) == "21 Nov"
    assert times.short(NOON - timedelta(days=400), NOON) == "Oct’25"
    assert times.medium(NOON - timedelta(days=2), NOON) == "21 Nov 12:00"
    assert times.medium(NOON - timedelta(days=400), NOON) == "2025-10-19"


def test_today_is_the_day_of_the_zone_shown() -> None:
    seoul = Times("Asia/Seoul")
    evening = NOON - timedelta(hours=2)  # 19:00 in Seoul, and NOON + 4 h is tomorrow there
    assert seoul.short(evening, NOON) == "19:00"
    assert seoul.short(evening, NOON + timedelta(hours=4)) == "23 Nov"


def test_utc_and_the_own_zone_take_turns() -> None:
    times = Times("Asia/Seoul")
    assert times.full(NOON) == "Mon 23 Nov 2026 21:00 Asia/Seoul"
    times.toggle()
    assert times.full(NOON) == "Mon 23 Nov 2026 12:00 UTC"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "now"), (42, "in 42 s"), (-59, "59 s ago"), (-60, "1 min ago"), (7200, "in 2 h"), (-200_000, "2 d ago")],
)
def test_distances_in_time_are_told_in_words(seconds: int, words: str) -> None:
    assert relative(NOON + timedelta(seconds=seconds), NOON) == words


def test_a_negative_span_is_nothing() -> None:
    assert span(-5) == "0 s"


# ---------------------------------------------------------------- links


@pytest.mark.parametrize(
    ("link", "host"),
    [
        ("https://gazette.example/a?b=c#d", "gazette.example"),
        ("http://user:secret@real.example:8080/x", "real.example:8080"),
        ("https://gazette.example@evil.example/", "evil.example"),
        ("https://gаzette.example/", "xn--gzette-3nf.example"),
        ("https://[::1]:8080/", "[::1]:8080"),
    ],
)
def test_the_host_told_is_the_one_the_link_leads_to(link: str, host: str) -> None:
    assert host_of(link) == host
    assert f"//{host}" in openable(link)


@pytest.mark.parametrize(
    "link",
    ["", "-https://a.example", "javascript:alert(1)", "file:///etc/passwd", "ftp://a.example/", "https://", "http://[bad/",
     "https://a.example/a b",
     "https://a.example/\x1b[2J", "https://a.example:port/", "//a.example/", "--new-window"],
)  # fmt: skip
def test_nothing_but_clean_http_is_opened(link: str) -> None:
    with pytest.raises(LinkRefused):
        openable(link)


def test_what_is_not_ascii_in_an_address_is_quoted() -> None:
    assert openable("https://a.example/서울?q=é%20x") == "https://a.example/%EC%84%9C%EC%9A%B8?q=%C3%A9%20x"


def test_on_linux_a_browser_needs_a_display() -> None:
    assert not has_browser({}, "linux")
    assert has_browser({"WAYLAND_DISPLAY": "wayland-0"}, "linux")
    assert has_browser({}, "darwin")


async def test_the_browser_gets_the_address_as_one_argument_and_no_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, seen = tmp_path / "browser", tmp_path / "seen"
    browser.write_text(f"#!{sys.executable}\nimport sys\nopen({str(seen)!r}, 'w').write(repr(sys.argv[1:]))\n")
    browser.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(browser))
    link = "https://a.example/$(touch${IFS}x);`id`&x='y'"
    assert await open_link(link) == "a.example"
    assert seen.read_text() == repr([openable(link)])


async def test_a_browser_that_does_not_start_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROWSER", "/nonexistent/browser %s")
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(LinkRefused, match="no browser could be started"):
        await open_link("https://a.example/")


# ---------------------------------------------------------------- the situation


def feed_rows(*results: str | None, enabled: bool = True) -> list[FeedRow]:
    feeds = (replace(FEEDS[n], enabled=enabled) for n in range(len(results)))
    return [
        FeedRow(feed=f, state=FeedState(feed=f.id, url=f.url, result=result), address=f.url, fresh=False)  # type: ignore[arg-type]  # a word of its Literal
        for f, result in zip(feeds, results, strict=True)
    ]


@pytest.mark.parametrize(
    ("rows", "status", "articles", "words"),
    [
        ([], PollStatus(), 0, "No feed is enabled"),
        (feed_rows("ok", enabled=False), PollStatus(), 0, "No feed is enabled"),
        (feed_rows(None, None), PollStatus(trouble="no child"), 0, "Polling does not work: no child"),
        (feed_rows(None, None), PollStatus(offline_since=NOON), 0, "Offline: no server answers"),
        (feed_rows(None, "ok"), PollStatus(), 0, "First poll under way: 1 of 2 feeds answered"),
        (feed_rows(None, None), PollStatus(paused=True), 0, "polling is paused: P goes on"),
        (feed_rows("failed", "gone"), PollStatus(), 0, "All 2 feeds fail: 3 shows why"),
        (feed_rows("ok", "failed"), PollStatus(), 0, "All 2 feeds answered (1 failed: 3 shows why), none had"),
        (feed_rows("ok"), PollStatus(), 12, "Nothing flagged so far in 12 articles: 2 lists them."),
    ],
)  # fmt: skip
def test_an_empty_list_says_what_is_going_on(
    rows: list[FeedRow], status: PollStatus, articles: int, words: str
) -> None:
    assert words in situation(rows, status, articles)


# ---------------------------------------------------------------- what has risen


def test_a_count_rises_only_above_what_it_was_when_last_looked_at() -> None:
    world, looked = World(), Looked()
    looked.update(world.watch.regions())
    world.publish("Shots", flag(), ago=timedelta(minutes=1))
    rows = world.watch.regions()
    looked.update(rows)
    assert looked.risen(rows[0], Group.INCIDENT, Window.HOUR)
    assert not looked.risen(rows[0], Group.VISIT, Window.HOUR)
    looked.look(rows[0])
    assert not looked.any_risen(rows)


def test_what_has_fallen_rises_from_there() -> None:
    world, looked = World(), Looked()
    world.publish("Shots", flag(), ago=timedelta(minutes=1))
    looked.update(world.watch.regions())
    world.clock.at += timedelta(hours=3)
    looked.update(world.watch.regions())
    world.publish("Shots elsewhere", flag(code="X-AIR", actor="CHN", recipient="TWN"), ago=timedelta(minutes=1))
    rows = world.watch.regions()
    looked.update(rows)
    assert looked.risen(rows[1], Group.INCIDENT, Window.HOUR)
    assert not looked.risen(rows[0], Group.INCIDENT, Window.HOUR)


# ---------------------------------------------------------------- marks


def test_undo_takes_back_only_what_the_mark_changed() -> None:
    world = World()
    ids = [world.publish(f"Title {n}") for n in range(3)]
    world.watch.mark(ids[:1], read=True)
    marks = Marks(world.watch)
    assert marks.set(ids, "read", True) == 2
    assert marks.undo() == "2 marked unread again"
    assert [world.watch.article(i).read for i in ids] == [True, False, False]  # type: ignore[union-attr]  # they are there
    assert marks.undo() is None


def test_a_mark_that_changes_nothing_is_nothing_to_undo() -> None:
    world = World()
    article = world.publish("Title")
    marks = Marks(world.watch)
    assert marks.set([article, "unknown"], "starred", False) == 0
    assert marks.undo() is None
