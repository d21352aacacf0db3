from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.notifications import Notification, Notifications

from tests.tui.world import World, tell_stories
from tests.waiting import LONG


@pytest.fixture
def world() -> World:
    world = World()
    tell_stories(world)
    return world


@pytest.fixture(autouse=True)
def no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True, scope="session")
def parsed_once() -> Iterator[None]:
    """Style sheets are the same in all applications but for a theme's colours: to parse them is a tenth of a test."""
    real = Stylesheet._parse_rules
    known: dict[object, list[RuleSet]] = {}

    def parse(sheet: Stylesheet, *asked: Any, **more: Any) -> list[RuleSet]:
        key = (asked, tuple(more.items()), tuple(sheet._variables.items()))
        if key not in known:
            known[key] = real(sheet, *asked, **more)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "_parse_rules", parse)
        yield


async def idle(min_sleep: float = 0.0, max_sleep: float = LONG) -> None:
    """Until nothing was left to run at four looks in a row, a millisecond apart."""
    loop = asyncio.get_running_loop()
    deadline, looks = loop.time() + LONG, 0
    while looks < 4 and loop.time() < deadline:
        await asyncio.sleep(0.001)
        looks = 0 if loop._ready else looks + 1  # type: ignore[attr-defined]  # asyncio tells nobody else


@pytest.fixture(autouse=True)
def attentive_pilot(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pilot takes a program for idle that has used no processor for 20 ms, twice a key. On a busy machine that is one
    that was not given any, and the next key comes too early; on others 4 ms tell it as well."""
    for module in ("app", "pilot"):
        monkeypatch.setattr(f"textual.{module}.wait_for_idle", idle)


@pytest.fixture(autouse=True)
def every_toast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Toasts go after seconds of the real clock: what has been said is kept for `screen.said`."""
    add, clear = Notifications.add, Notifications.clear

    def add_and_keep(self: Notifications, notification: Notification) -> Notifications:
        self.__dict__.setdefault("every_message", []).append(notification.message)
        return add(self, notification)

    def clear_all(self: Notifications) -> Notifications:
        self.__dict__["every_message"] = []
        return clear(self)

    monkeypatch.setattr(Notifications, "add", add_and_keep)
    monkeypatch.setattr(Notifications, "clear", clear_all)
