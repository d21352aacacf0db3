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


@pytest.fixture(autouse=True)
def brisk_pilot(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pilot watches for 20 ms, twice a key, whether the program is idle; 4 ms tell it as well."""
    monkeypatch.setattr("textual._wait.SLEEP_GRANULARITY", 1 / 250)
    monkeypatch.setattr("textual._wait.SLEEP_IDLE", 1 / 250 / 20)
