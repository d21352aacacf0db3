"""Make the README's pictures: the real screen on the demo's story, played to its end, saved as SVG.

.venv/bin/python docs/pictures.py
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

from tensionwatch.clock import SystemClock
from tensionwatch.commands.alerting import make_alertkeeper
from tensionwatch.commands.common import make_poller, make_rulekeeper, open_watch, settle_at_once
from tensionwatch.commands.demo import remember
from tensionwatch.commands.starting import start_ingest
from tensionwatch.demo import DemoServer, demo_config
from tensionwatch.feeds.pages import Pages
from tensionwatch.tui.app import TensionwatchApp

FOLDER = Path(__file__).parent / "pictures"
SIZE = (120, 36)
KEYS = {
    "watch": (),
    "index": ("i",),
    "alerts": ("4",),
    "event": ("right", "right", "right", "enter", "tab", "enter"),
    "articles": ("2",),
    "reader": ("2", "slash", *"demarcation", "enter", "enter"),
    "feeds": ("3",),
    "trends": ("5", "right_square_bracket", "right_square_bracket"),
    "pairs": ("6", "s"),
}
"""Picture → the keys typed before it."""


async def main() -> None:
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"
    FOLDER.mkdir(exist_ok=True)
    # The story is polled twice on its way, so that what came after the first fetch counts as it would for a user.
    server = DemoServer(SystemClock(), speed=60)
    server.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            loaded = demo_config(server, Path(folder) / "store")
            remember(loaded, server)
            with open_watch(loaded, []) as watch:
                settle_at_once(watch)
                ingest = start_ingest(loaded)
                try:
                    keeper = make_alertkeeper(loaded, watch, SystemClock())
                    await keeper.once()
                    await make_poller(loaded, watch, ingest).once(everything=True)
                    await asyncio.sleep(server.duration + 1)
                    poller = make_poller(loaded, watch, ingest)
                    await poller.once(everything=True)
                    await keeper.once()
                    for name, keys in KEYS.items():
                        rules = make_rulekeeper(loaded, watch, ingest)
                        alerting = make_alertkeeper(loaded, watch, SystemClock())
                        pages = Pages(watch, loaded.poll, SystemClock())
                        app = TensionwatchApp(
                            watch, poller, rules, alerting, loaded.ui, "tensionwatch demo", pages=pages
                        )
                        await picture(app, name, keys)
                finally:
                    await ingest.close()
    finally:
        server.stop()


async def picture(app: TensionwatchApp, name: str, keys: tuple[str, ...]) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause(0.5)
        for key in keys:
            await pilot.press(key)
            await pilot.pause(0.3)
        path = FOLDER / f"{name}.svg"
        path.write_text(app.export_screenshot(title="tensionwatch"), "utf-8")
        print(path)


if __name__ == "__main__":
    asyncio.run(main())
