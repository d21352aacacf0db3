"""The card of an event: what is known of it, what its lines open, and what is one event and what is not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from textual.events import MouseScrollDown

from tensionwatch.model import Claim, Ordinal, Status
from tensionwatch.tui.screens.event import EventScreen
from tensionwatch.tui.screens.reader import ReaderScreen
from tensionwatch.tui.widgets.events import EventList
from tests.tui.screen import line_with, press, rows, said, text, until
from tests.tui.world import World, flag, visit
from tests.tui.world import words as evidence_of

SIZE = (80, 24)
SECOND = Ordinal(count=2, scope="in recent weeks", words="second crossing in recent weeks")


@pytest.fixture
def border() -> World:
    """Two crossings twelve days apart, the later one counted, claimed and denied, on the day of a visit."""
    world = World()
    world.publish("Soldiers stray over the line", flag(code="X-CROSS", place="kor-dmz"), ago=timedelta(days=12))
    world.publish(
        "Soldiers cross for second time", flag(place="kor-dmz", ordinal=SECOND), outlet=1, ago=timedelta(hours=3)
    )
    world.publish(
        "Seoul: they crossed the line", flag(place="kor-dmz", claim=Claim(by="KOR", stance="claimed")),
        outlet=2, ago=timedelta(hours=2),
    )  # fmt: skip
    world.publish(
        "Pyongyang denies any crossing",
        flag(place="kor-dmz", status=Status.OFF, claim=Claim(by="PRK", stance="denied")),
        outlet=3, ago=timedelta(hours=1),
    )  # fmt: skip
    world.publish("Minister lands in Pyongyang", visit("RUS", "PRK"), outlet=4, ago=timedelta(hours=6))
    return world


def card(app: object) -> EventScreen:
    screen = app.screen  # type: ignore[attr-defined]  # an App
    assert isinstance(screen, EventScreen)
    return screen


async def test_the_line_of_an_event_says_which_of_its_like_it_is(border: World) -> None:
    app = border.app()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert "▲ incident  PRK→KOR  DMZ  shots fired · 2nd in 12 d · 3 pub" in line_with(app, "2nd in")
        assert "Newest, all regions · 3 events · 5 reports · 5 publishers" in text(app)


async def test_what_happened_and_where_stay_whole_and_numbers_give_way(border: World) -> None:
    for width, told in (
        (70, "DMZ  shots fired · 2nd in 12 d · 3 pub"),
        (58, "DMZ  shots fired · 3 pub"),
        (42, "DMZ  shots fired"),
    ):
        async with border.app().run_test(size=(width, 24)) as pilot:
            await pilot.pause()
            line = next(row for row in rows(pilot.app) if "PRK→KOR  DMZ" in row)  # type: ignore[arg-type]  # ours
            assert line.rstrip().endswith(told)


async def test_with_room_a_line_has_its_counts_in_words_and_a_headline(border: World) -> None:
    app = border.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        line = (
            "▲ incident          PRK→KOR   DMZ  shots fired · 2nd in 12 d · 3 reports · 3 publishers  Pyongyang denies"
        )
        assert line in line_with(app, "2nd in")


async def test_a_visit_says_who_travels_rather_than_visit_again() -> None:
    world = World()
    world.publish("Minister lands", visit("RUS", "PRK", people=("Ilya Brandt",)))
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert "● visit     RUS→PRK  Ilya Brandt · 1 pub" in text(app)


async def test_the_card_tells_life_claims_counts_earlier_ones_and_couplings(border: World) -> None:
    app = border.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "tab", "enter")
        for words in (
            "incident PRK→KOR · shots fired · DMZ · 2nd in 12 d", "North Korea → South Korea",
            "3 reports · 3 publishers",
            "life       happened 09:00 · meridian.example", "           denied 11:00 · ridge.example",
            "claims     claimed by KOR 10:00 · han.example · 1 report",
            "           denied by PRK 11:00 · ridge.example · 1 report",
        ):  # fmt: skip
            assert words in text(app)
        await press(pilot, "shift+tab", *"jjjjjjjj")
        for words in (
            "counts     source says 2nd in recent weeks; we have 2, 12 days apart · “second",
            "           crossing in recent weeks”",
            "           “2nd in 12 d” is our own ledger's count: this one after the earlier",
            "           ones below",
            "earlier  → 11 Nov 12:00 incident PRK→KOR · crossing · DMZ · 1 report · 1",
        ):
            assert words in text(app)
        await press(pilot, "G")
        assert "near it  → shares PRK: visit RUS→PRK, 3 h earlier" in text(app)
        assert "told by    han.example, meridian.example, ridge.example" in text(app)


async def test_the_top_row_of_the_facts_has_its_label_however_far_they_are_scrolled(border: World) -> None:
    app = border.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "tab", "enter", "shift+tab")
        top = card(app).facts.region.y
        for _ in range(len(card(app).facts.ids)):
            await press(pilot, "j")
            assert rows(app)[top][1:9].strip(), text(app)
        assert card(app).facts.above > 0


async def test_the_card_gives_the_rule_and_words_of_the_report_under_the_cursor() -> None:
    world, title = World(), "Soldiers stray over the line, turned back by shots, says Seoul of a morning in the hills"
    spans = evidence_of(title, "stray over the line", "over the line", "shots")
    world.publish(title, flag(evidence=spans, rule="incident.stray"))
    world.publish(title, flag(rule="incident.fire"), outlet=1, ago=timedelta(minutes=1))
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "tab", "enter")
        assert f"{title}  (words of harbour.example)" in " ".join(text(app).split()).replace(" (words", "  (words")
        assert "▲ PRK → KOR · incident · rule incident.fire" in text(app)
        await press(pilot, "j")
        assert "▲ PRK → KOR · incident · rule incident.stray · “stray over the line” · “shots”" in text(app)
        assert "words of" not in text(app)


async def test_a_card_that_grows_narrow_keeps_its_facts_whole(border: World) -> None:
    app = border.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "tab", "enter")
        assert "12 days apart · “second crossing in recent weeks”" in text(app)
        await pilot.resize_terminal(60, 40)
        await pilot.pause()
        assert "apart · “second crossing in recent weeks”" in " ".join(text(app).split())
        assert "…" not in "".join(rows(app)[card(app).facts.region.y : card(app).facts.region.bottom])


async def test_enter_on_a_coupled_event_opens_its_card_and_escape_comes_back(border: World) -> None:
    app = border.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "tab", "enter")
        crossing = card(app).event_id
        await press(pilot, "shift+tab", "G", "k", "enter")
        assert "visit RUS→PRK" in rows(app)[1]
        assert card(app).event_id != crossing
        await press(pilot, "escape")
        assert card(app).event_id == crossing
        await press(pilot, "k", "k", "enter")
        assert "Soldiers stray over the line" in text(app)


async def test_enter_on_a_step_of_its_life_opens_the_report_that_says_so(border: World) -> None:
    app = border.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "tab", "enter", "shift+tab", "j", "enter")
        assert isinstance(app.screen, ReaderScreen)
        assert "Pyongyang denies any crossing" in text(app)
        assert "1 of 3" in text(app)


@pytest.mark.parametrize("key", ["z", "u"])
async def test_a_report_is_split_off_and_brought_back(border: World, key: str) -> None:
    app = border.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "tab", "enter", "G", "x")  # the report that the event has its id from
        assert "Split off: the report is an event of its own · z undoes" in said(app)
        assert len(card(app).lines.ids) == 2
        assert "2 reports · 2 publishers" in text(app)
        assert "split or merged by hand" in text(app)
        assert len(border.watch.events()) == 4
        await press(pilot, key)
        assert "Undone: the report is back in its event" in said(app)
        assert len(card(app).lines.ids) == 3
        assert len(border.watch.events()) == 3
        assert not border.watch.corrections


async def test_the_only_report_of_an_event_cannot_be_split_off(border: World) -> None:
    app = border.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "tab", "j", "enter")
        assert len(card(app).lines.ids) == 1
        assert "Split off" not in rows(app)[-1]
        await press(pilot, "x")
        assert not border.watch.corrections


async def test_marked_events_are_merged_and_set_apart_again(border: World) -> None:
    app = border.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "tab", "v")
        assert line_with(app, "2nd in").startswith("+")
        assert "3 events · 5 reports · 5 publishers · 1 marked (M merges)" in text(app)
        await press(pilot, "G", "v", "M")
        assert "Merged: 2 events are one · z undoes" in said(app)
        assert len(app.screen.query_one(EventList).ids) == 2
        assert "marked" not in text(app).split("Newest")[1].splitlines()[0]
        assert " · 4 pub" in text(app)
        await press(pilot, "z")
        assert "Undone: the events are apart again" in said(app)
        assert len(app.screen.query_one(EventList).ids) == 3


async def test_one_marked_event_is_merged_with_the_one_under_the_cursor(border: World) -> None:
    app = border.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "tab", "v", "G", "M")
        assert len(app.screen.query_one(EventList).ids) == 2


async def test_a_merge_that_makes_no_sense_is_refused_in_words(border: World) -> None:
    app = border.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "tab", "M")
        assert "Mark events that are one with v, then M merges them." in said(app)
        await press(pilot, "v", "j", "M")
        assert "Not done: events of different families (a visit and an incident) are never one." in said(app)
        assert not border.watch.corrections


async def test_marks_stay_on_what_could_not_be_merged_until_escape_takes_them_away(border: World) -> None:
    app = border.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "tab", "v", "j", "v", "M")
        assert len(app.screen.query_one(EventList).marked) == 2
        assert "2 marked (M merges)" in text(app)
        await press(pilot, "escape")
        assert not app.screen.query_one(EventList).marked
        assert "marked" not in text(app)


async def test_a_copy_that_tells_another_event_is_no_further_publisher_of_the_list() -> None:
    world, title = World(), "Envoy lands in Pyongyang as soldiers cross the line and are turned back by warning shots"
    world.publish(title, visit("RUS", "PRK"))
    world.publish(title, flag(), outlet=1, ago=timedelta(minutes=1))
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert "Newest, all regions · 2 events · 2 reports · 1 publisher" in text(app)
        await press(pilot, "2")
        assert "2 of 2 tell 2 events · 2 reports · 1 publisher" in text(app)


async def test_of_a_report_that_tells_several_events_the_reader_asks_which(border: World) -> None:
    border.publish("Minister feted as soldiers cross", visit("RUS", "PRK"), flag(place="kor-dmz"), outlet=5)
    app = border.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter", "e")
        assert "It tells several events" in text(app)
        await press(pilot, "j", "enter")
        assert border.watch.event(card(app).event_id) in border.watch.events_of(card(app).lines.ids[0])


async def test_a_click_on_the_row_of_the_cursor_opens_it_and_the_wheel_scrolls(border: World) -> None:
    app = border.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "tab")
        await pilot.click(EventList, offset=(20, 1))
        assert not isinstance(app.screen, EventScreen)
        await pilot.pause(0.6)  # longer than a double click
        await pilot.click(EventList, offset=(20, 1))
        await until(pilot, lambda: isinstance(app.screen, EventScreen))


async def test_the_wheel_scrolls_the_facts(border: World) -> None:
    app = border.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "tab", "enter")
        facts = card(app).facts
        wheel = MouseScrollDown(facts, 5, 2, 0, 1, 0, False, False, False)
        facts.post_message(wheel)
        await until(pilot, lambda: facts.above > 0)
        assert facts.cursor == 0


async def test_a_split_of_an_earlier_run_is_undone_from_the_card(border: World) -> None:
    event = next(e for e in border.watch.events() if e.reports == 3)
    border.watch.split(event.id, event.articles[-1:])
    app = border.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "tab", "z")
        assert "No mark to undo." in said(app)
        await press(pilot, "enter", "u")
        assert "Undone: the report is back in its event" in said(app)
        assert len(card(app).lines.ids) == 3
        assert not border.watch.corrections


async def test_help_lists_the_keys_that_split_and_merge(border: World) -> None:
    app = border.app()
    async with app.run_test(size=(80, 50)) as pilot:
        await press(pilot, "tab", "question_mark")
        assert all(words in text(app) for words in ("Mark to merge", "Merge\n", "Undo mark, split, merge"))
        await press(pilot, "escape", "enter", "question_mark")
        assert all(words in text(app) for words in ("Split off", "Facts/reports", "Next"))


async def test_each_report_on_a_card_shows_what_it_says_of_that_event(border: World) -> None:
    border.publish(
        "Minister feted as soldiers cross",
        visit("RUS", "PRK"),
        flag(place="kor-dmz"),
        outlet=5,
        ago=timedelta(minutes=9),
    )
    app = border.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "tab")
        events = app.screen.query_one(EventList)
        crossing = next(e.id for e in border.watch.events() if e.family == "incident")
        events.move_to(list(events.ids).index(crossing))
        await press(pilot, "enter")
        assert "▲ PRK→KOR" in line_with(app, "Minister feted")


async def test_the_card_says_whether_it_happened_when_and_who_denies_it(border: World) -> None:
    app = border.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "tab", "enter")
        assert "happened 09:00 · denied by PRK · 3 reports · 3 publishers" in text(app)


async def test_what_has_not_happened_says_so_on_its_card() -> None:
    world = World()
    world.publish("Envoy due on Friday", visit("JPN", "KOR", status=Status.PLANNED, code="036"))
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "tab", "enter")
        assert "planned · 1 report · 1 publisher" in text(app)


async def test_marks_turn_on_the_card(border: World) -> None:
    app = border.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "tab", "enter", "m", "s")
        report = card(app).lines.current
        article = border.watch.article(report or "")
        assert article is not None
        assert (article.read, article.starred) == (True, True)
        await press(pilot, "A")
        assert all(a is not None and a.read for a in map(border.watch.article, card(app).lines.ids))
        await press(pilot, "w")
        assert any("Marked wrong: incident flag" in message for message in said(app))
        await press(pilot, "z")
        article = border.watch.article(report or "")
        assert article is not None
        assert article.wrong == ()
        await press(pilot, "space")  # the cursor has stayed where the event was without it
        article = border.watch.article(card(app).lines.current or "")
        assert article is not None
        assert not article.read


async def test_a_report_is_opened_and_copied_from_the_card(border: World) -> None:
    app = border.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "tab", "enter", "y")
        assert app.clipboard == "https://ridge.example/story/4"
        await press(pilot, "o")
        await until(pilot, lambda: any("Not opened, no browser here" in message for message in said(app)))
        await press(pilot, "M")
        assert "PRK" in text(app)
        assert not isinstance(app.screen, EventScreen)


async def test_next_and_previous_step_through_the_events_of_the_list(border: World) -> None:
    app = border.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "tab", "enter", "p")
        assert "This is the first of the list." in said(app)
        first = card(app).event_id
        await press(pilot, "n")
        assert card(app).event_id != first
        await press(pilot, "p")
        assert card(app).event_id == first


async def test_a_note_shows_among_the_reports_of_the_card(border: World) -> None:
    app = border.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "tab", "enter")
        border.watch.mark([card(app).lines.current or ""], note="ask again")
        await until(pilot, lambda: "✎ Pyongyang denies" in text(app))
