"""Widths, times, links, words for the situation, what has risen: decided without a screen."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from rich.cells import cell_len

from tensionwatch.exchange import FeedRow, Group, PollStatus, Window
from tensionwatch.index.records import Surprise
from tensionwatch.model import FeedState
from tensionwatch.sanitise import visible
from tensionwatch.tui.alarm import Bell
from tensionwatch.tui.cells import cut, cut_words, fit, line, number, prose, row, sparkline, wrap
from tensionwatch.tui.changes import Looked
from tensionwatch.tui.indexcard import chance_words
from tensionwatch.tui.links import LinkRefused, has_browser, host_of, open_link, openable
from tensionwatch.tui.marks import Marks
from tensionwatch.tui.situation import laid_out, situation
from tensionwatch.tui.tension import intensity_words, state_words, trend_line, unusual_first
from tensionwatch.tui.times import Times, relative, span
from tensionwatch.tui.widgets.lines import _place_of
from tensionwatch.tui.widgets.regions import INDEX, Layout
from tests.tui.tension import index, surprise
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
        assert layout.before + 3 * layout.group + layout.last <= width
        assert layout.column_at(0) == layout.column_at(layout.name - 1) == 0
        assert layout.column_at(layout.name) == layout.column_at(layout.before - 1) == INDEX
        first = layout.before + layout.gap
        assert layout.column_at(first) == INDEX + 1
        assert layout.column_at(first + layout.widths[0]) == INDEX + 2
        assert layout.column_at(first + layout.group) == INDEX + 1 + len(layout.windows)


def test_what_has_room_is_the_words_first_then_the_hour_then_three_numbers() -> None:
    told = {width: Layout.of(width) for width in (60, 80, 100, 120, 140, 170, 200)}
    assert [(layout.words, layout.trend, layout.cover) for layout in told.values()][:4] == [
        (9, 0, 0), (25, 7, 0), (25, 14, 8), (43, 14, 8)
    ]  # fmt: skip
    assert told[120].windows == (Window.DAY, Window.WEEK)
    assert told[140].windows == tuple(Window)
    assert told[140].widths == (4, 4, 4)
    assert told[170].widths == (4, 4, 11)
    assert told[200].widths == (4, 11, 11)


def test_a_sparkline_tells_zero_from_the_least_above_it() -> None:
    assert sparkline((0, 1, 50, 100), 100) == "·▁▄█"
    assert sparkline((0, 0), 0) == "··"


@pytest.mark.parametrize(("n", "shown"), [(0, "0"), (999, "999"), (1000, "1k"), (12_345, "12k"), (1_000_000, "99k")])
def test_counts_take_three_cells_at_most(n: int, shown: str) -> None:
    assert number(n) == shown


# ---------------------------------------------------------------- the index in words


def said_in(width: int, *surprises: Surprise, **more: Any) -> str:
    return state_words(index("korea", *surprises, **more), width)


def test_what_is_unusual_is_said_in_as_many_words_as_have_room() -> None:
    crossing = surprise("incident", 9, 3)
    assert said_in(60, crossing, surprise("armed_attack", 5, 2)) == (
        "unusual: 3 incidents, usually 0.2 a day; also attacks"
    )
    assert said_in(39, crossing) == "unusual: 3 incidents, usually 0.2 a day"
    assert said_in(24, crossing) == "3 incidents, usually 0.2"
    assert said_in(20, crossing) == "unusual: 3 incidents"
    assert said_in(8, crossing) == "unusual"
    assert said_in(24, days=12) == "learning: 12 of 28 days"
    assert said_in(19, days=12) == "learning 12 of 28 d"
    assert said_in(8, days=12) == "learning"


def test_a_blind_region_says_so_before_all_else() -> None:
    assert said_in(39, fresh=9) == "blind 9/34 · calm"
    assert said_in(24, surprise("incident", 9, 3), fresh=9) == "blind 9/34 · unusual"
    assert said_in(8, fresh=9) == "blind"
    assert said_in(39, fresh=17) == "calm"


@given(st.integers(5, 80), st.integers(0, 60), st.integers(0, 34), st.booleans())
def test_words_of_the_index_fit_and_none_is_cut_in_its_middle(width: int, days: int, fresh: int, alarm: bool) -> None:
    whole = said_in(200, surprise(alarm=alarm), days=days, fresh=fresh).split()
    said = said_in(width, surprise(alarm=alarm), days=days, fresh=fresh)
    assert cell_len(said) <= width
    shorter = {"unusual", "learning", "blind", "usual", "d", f"{days}/28", *(word.rstrip(",:;") for word in whole)}
    assert {word.rstrip(",:") for word in said.split()} <= {*whole, *shorter} or said.endswith("…")


def test_intensity_takes_four_cells() -> None:
    shown = {0.0: "·", 0.04: "·", 0.05: "0.1", 3.44: "3.4", 99.94: "99.9", 99.96: "100", 9999.4: "9999", 12_345: "12k"}
    assert {value: intensity_words(value) for value in shown} == shown


def test_a_trend_is_drawn_to_its_own_peak_but_little_is_never_made_much() -> None:
    assert trend_line(index("a", trend=(0.0,) * 12 + (1.5, 3.0)), 14) == "············▄█"
    assert trend_line(index("a", trend=(0.0,) * 12 + (0.1, 0.2)), 14) == "············▁▂"
    assert trend_line(index("a", trend=tuple(map(float, range(14)))), 7) == "▁▂▄▅▆▇█"


def test_unusual_regions_come_first_and_the_others_keep_their_order() -> None:
    indexes = {name: index(name, surprise(alarm=name in "db")) for name in "abcd"}
    assert unusual_first(indexes, list("abcd")) == list("bdac")


@pytest.mark.parametrize(("tail", "said"), [(0.41, "41 %"), (0.00002, "1 in 50,000"), (1e-9, "below 1 in a million")])
def test_chances_are_said_as_people_say_them(tail: float, said: str) -> None:
    assert chance_words(tail) == said


@given(st.text(alphabet="ab –-,·", max_size=30), st.integers(1, 30))
def test_words_are_cut_only_between_them_where_there_is_a_place(text: str, width: int) -> None:
    shown = line(text).strip()
    short = cut_words(shown, width)
    assert cell_len(short) <= width
    if short != shown and short:
        kept = short.removesuffix("…")
        assert shown.startswith(kept)
        between = shown[len(kept) :][:1] in " –-,·" or not any(mark in kept[1:] for mark in " –-")
        assert between


# ---------------------------------------------------------------- the bell


def test_the_bell_rings_once_for_many_alerts_and_once_more_for_what_comes_after() -> None:
    clock, rung, timers = [0.0], [], []

    def strike(at: float) -> None:
        clock[0] = at
        bell.strike()

    bell = Bell(
        lambda: rung.append(clock[0]), lambda wait, ring: timers.append((clock[0] + wait, ring)), lambda: clock[0]
    )
    for at in (0.0, 0.0, 0.1, 3.0, 9.0):
        strike(at)
    assert (rung, [round(at, 6) for at, _ in timers]) == ([0.0], [10.0])
    clock[0] = 10.0
    timers[0][1]()
    strike(25.0)
    assert rung == [0.0, 10.0, 25.0]


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
        ([], PollStatus(), 0, "No feed is configured"),
        (feed_rows("ok", "ok", enabled=False), PollStatus(), 0, "No feed is enabled: all 2 feeds are disabled"),
        (feed_rows(None, None), PollStatus(trouble="no child"), 0, "Polling does not work. No child."),
        (feed_rows("ok"), PollStatus(trouble="Disk: news cannot be kept"), 3, "News cannot be kept. Disk: news cannot"),
        (feed_rows(None, None), PollStatus(offline_since=NOON), 0, "Offline: no server answers"),
        (feed_rows(None, "ok"), PollStatus(), 0, "First poll under way: 1 of 2 feeds answered"),
        (feed_rows(None, "failed"), PollStatus(), 0, "1 of them failed so far."),
        (feed_rows(None, None), PollStatus(paused=True), 0, "Nothing here yet, and polling is paused"),
        (feed_rows("failed", "gone"), PollStatus(), 0, "All 2 feeds fail. 2 × no reason given."),
        (feed_rows("failed"), PollStatus(), 7, "The only feed fails"),
        (feed_rows("ok", "failed"), PollStatus(), 0, "answered, none had an article yet. 1 of them failed."),
        (feed_rows("ok"), PollStatus(), 0, "The only feed had no article yet"),
        (feed_rows("ok"), PollStatus(), 12, "Nothing flagged so far in 12 articles"),
        (feed_rows("ok"), PollStatus(follows=True, collector="pid 7"), 0, "Nothing here yet: pid 7 holds the store"),
        (feed_rows("ok"), PollStatus(follows=True), 0, "nobody collects. Another process had the store"),
    ],
)  # fmt: skip
def test_an_empty_list_says_what_is_going_on(
    rows: list[FeedRow], status: PollStatus, articles: int, words: str
) -> None:
    assert words in situation(rows, status, articles).text


def test_each_situation_says_what_to_do() -> None:
    for rows in ([], feed_rows("ok", enabled=False), feed_rows(None), feed_rows("failed"), feed_rows("ok")):
        for status in (
            PollStatus(), PollStatus(paused=True), PollStatus(trouble="x"), PollStatus(offline_since=NOON),
            PollStatus(follows=True), PollStatus(follows=True, collector="pid 7"),
        ):  # fmt: skip
            for articles in (0, 3):
                assert situation(rows, status, articles).steps
    assert situation([], PollStatus(), 0, stopped="polling has stopped: x").heading == "News does not come any more"


def test_why_all_feeds_fail_is_told_by_the_commonest_reasons() -> None:
    reasons = ["HTTP 403"] * 3 + ["timed out"] * 2 + ["a", "b", "c"]
    rows = [
        FeedRow(feed=replace(FEEDS[0], id=str(n)), address="", fresh=False,
                state=FeedState(feed=str(n), url="", result="failed", reason=reason))
        for n, reason in enumerate(reasons)
    ]  # fmt: skip
    said = situation(rows, PollStatus(), 0)
    assert said.says[0] == "3 × HTTP 403; 2 × timed out; a; and 2 other reasons."
    assert said.is_wrong


@given(st.integers(10, 240))
def test_a_situation_is_laid_out_in_the_width_there_is(width: int) -> None:
    for rows in ([], feed_rows(None, None), feed_rows("failed")):
        lines = laid_out(situation(rows, PollStatus(), 0, ["a notice " * 30]), lambda action: action[:1], width)
        assert max(cell_len("".join(text for text, _ in runs)) for runs in lines) <= max(width, 30)


def test_in_little_room_what_to_do_comes_before_what_it_means() -> None:
    said = situation(feed_rows("failed"), PollStatus(), 0)

    def lines(height: int) -> list[str]:
        return ["".join(text for text, _ in runs).strip() for runs in laid_out(said, lambda action: "x", 80, height)]

    assert "" in lines(20)
    assert "" not in lines(8)
    assert lines(8)[1] == "no reason given."
    assert lines(4)[1].startswith("x  shows each feed")
    assert sorted(lines(4)) == sorted(lines(8))


def test_a_step_whose_key_was_taken_away_is_left_out() -> None:
    lines = laid_out(situation(feed_rows(None), PollStatus(), 0), lambda action: "", 80)
    assert not any(style == "accent" and text.strip() not in ("", "·") for runs in lines for text, style in runs)


# ---------------------------------------------------------------- what has risen


def test_a_count_rises_only_above_what_it_was_when_last_looked_at() -> None:
    world, looked = World(), Looked()
    looked.update(world.watch.regions())
    world.publish("Shots", flag(), ago=timedelta(minutes=1))
    rows = world.watch.regions()
    looked.update(rows)
    assert looked.risen(rows[0], Group.INCIDENT, Window.HOUR)
    assert not looked.risen(rows[0], Group.VISIT, Window.HOUR)
    looked.acknowledge(rows, [], NOON)
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
    marks = Marks(world.watch, world.alerting)
    assert marks.set(ids, "read", True) == 2
    assert marks.undo() == "2 marked unread again"
    assert [world.watch.article(i).read for i in ids] == [True, False, False]  # type: ignore[union-attr]  # they are there
    assert marks.undo() is None


def test_a_mark_that_changes_nothing_is_nothing_to_undo() -> None:
    world = World()
    article = world.publish("Title")
    marks = Marks(world.watch, world.alerting)
    assert marks.set([article, "unknown"], "starred", False) == 0
    assert marks.undo() is None
