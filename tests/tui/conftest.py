from __future__ import annotations

import pytest

from tests.tui.world import World, tell_stories


@pytest.fixture
def world() -> World:
    world = World()
    tell_stories(world)
    return world


@pytest.fixture(autouse=True)
def no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)

