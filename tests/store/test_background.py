"""The thread that waits for the disk."""

from __future__ import annotations

from threading import Event

import pytest

from tensionwatch.store import background
from tensionwatch.store.background import Syncer


def test_it_ends_though_it_is_stopped_in_the_moment_in_which_it_begins_to_sync(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(background, "GROUP", 0)
    syncer = Syncer(lambda: None)

    class StoppedMeanwhile(Event):
        def wait(self, timeout: float | None = None) -> bool:
            self.set()
            syncer._wanted.set()  # what `stop` does, too late for this wait
            return False

    syncer._stopping = StoppedMeanwhile()
    syncer.wake()
    thread = syncer._thread
    assert thread is not None
    thread.join(5)
    assert not thread.is_alive()
