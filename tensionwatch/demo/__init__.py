"""The embedded demo: a made-up story, told by made-up outlets over real HTTP on loopback.

    history.toml ──history──▶ articles of the year before, put into the store
    scenario.toml ──scenario──▶ Scenario ──published(outlet, now)──▶ render ──▶ server ──HTTP──▶ the real poller
                                                                                  └──config──▶ its Config

Only the `demo` command imports this package.
"""

from tensionwatch.demo.config import demo_config
from tensionwatch.demo.history import past_articles
from tensionwatch.demo.scenario import Scenario, load_scenario
from tensionwatch.demo.server import DemoServer

__all__ = ["DemoServer", "Scenario", "demo_config", "load_scenario", "past_articles"]
