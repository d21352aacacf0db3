"""A very long text is laid out in two parts, which nobody is to notice."""

from __future__ import annotations

from textual.widgets import Static

from tensionwatch.tui.screens.reader import AT_ONCE, Page
from tests.tui.screen import press, text, until
from tests.tui.world import World

SIZE = (120, 40)


def wordy(sentences: int) -> str:
    return " ".join(f"Sentence number {n} of a report that does not end." for n in range(sentences))


async def test_the_end_of_a_long_text_is_there_and_stays_under_the_readers_eye() -> None:
    world = World()
    world.publish("One that ends", summary=wordy(3))
    world.publish("One that does not end", summary=wordy(2_000))
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter")
        rest = app.screen.query_one("#rest", Static)
        await until(pilot, lambda: rest.display)
        await press(pilot, "G")
        await until(pilot, lambda: "Sentence number 1999" in text(app))
        page = app.screen.query_one(Page)
        at = page.scroll_y
        await press(pilot, "t")  # all of it is written anew
        assert (page.scroll_y, page.max_scroll_y) == (at, at)
        assert "Sentence number 1999" in text(app)
        await press(pilot, "n")
        await until(pilot, lambda: "Sentence number 2 " in text(app))
        assert not rest.display
        await press(pilot, "p")
        await until(pilot, lambda: rest.display and "Sentence number 0 " in text(app))


async def test_between_the_parts_of_a_long_text_stands_what_stands_between_any_two_paragraphs() -> None:
    world = World()
    world.publish("One that does not end", summary=wordy(2_000))
    app = world.app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "2", "enter")
        first, rest = app.screen.query_one("#text", Static), app.screen.query_one("#rest", Static)
        await until(pilot, lambda: rest.display)
        said = [str(part.content) for part in (first, rest)]
        assert AT_ONCE <= len(said[0]) < AT_ONCE + 1_000
        assert said[0].endswith(".")
        assert said[1].startswith("Sentence number ")
        page = app.screen.query_one(Page)
        page.scroll_to(y=rest.virtual_region.y - 5, animate=False)
        await pilot.pause()
        shown = [line.strip() for line in text(app).splitlines()]
        begun = next(n for n, line in enumerate(shown) if line and said[1].startswith(line))
        assert (shown[begun - 1], bool(shown[begun - 2])) == ("", True)
