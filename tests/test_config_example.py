"""The shipped configuration is the documentation: all of it is true, and none is missing."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tensionwatch.alerts.records import AlertRule, Channel
from tensionwatch.config import Config, StorageConfig, example_text, load
from tensionwatch.config_schema import LISTS, REQUIRED, SCHEMA, TABLES
from tensionwatch.config_values import country_codes
from tensionwatch.exchange import ELSEWHERE
from tensionwatch.model import Bloc, Feed, Record, Region

_HEADER = re.compile(r"#?\[\[?(\w+)\]\]?$")
_SETTING = re.compile(r"#?(\w+) = ")


@pytest.fixture(scope="module")
def shipped() -> Config:
    return load(None)


@pytest.fixture
def uncommented(tmp_path: Path) -> Config:
    """The example with every optional key switched on: `#key = …` and `#[[feed]]` are settings, `# …` is prose."""
    text = re.sub(r"^#(?=\w+ = |\[)", "", example_text(), flags=re.MULTILINE)
    path = tmp_path / "config.toml"
    path.write_text(text, "utf-8")
    return load(path)


def documented_keys() -> Iterator[tuple[str, str]]:
    table = ""
    for line in example_text().splitlines():
        if header := _HEADER.match(line):
            table = header[1]
        elif setting := _SETTING.match(line):
            yield table, setting[1]


def test_every_key_is_documented_and_every_documented_key_exists() -> None:
    assert set(documented_keys()) == {(table, key) for table, keys in SCHEMA.items() for key in keys}


def test_every_key_has_prose_directly_above_it() -> None:
    lines = example_text().splitlines()
    commented_out = [number for number, line in enumerate(lines) if re.match(r"#\w+ = ", line)]
    assert len(commented_out) == sum(map(len, SCHEMA.values()))
    assert [lines[number] for number in commented_out if not lines[number - 1].startswith("# ")] == []


def test_required_keys_are_said_to_be_required() -> None:
    required = {(table, key) for table, keys in LISTS.items() for key in keys if keys[key].default is REQUIRED}
    assert required == {
        ("feed", "id"), ("feed", "url"), ("region", "id"), ("bloc", "id"), ("bloc", "members"), ("alert", "id"),
        ("channel", "id"), ("filter", "name"), ("filter", "query"),
    }  # fmt: skip
    assert "`id` and `url` are required" in example_text()
    assert "a-z, 0-9, _ and -. Required.\n#id" in example_text()


@pytest.mark.parametrize("table", TABLES)
def test_names_of_keys_are_those_of_the_records(table: str) -> None:
    record: Record = getattr(load(None), table)
    assert set(TABLES[table]) == set(record.__struct_fields__)


@pytest.mark.parametrize(
    ("table", "record"),
    [("feed", Feed), ("region", Region), ("bloc", Bloc), ("alert", AlertRule), ("channel", Channel)],
)
def test_names_of_keys_in_lists_are_those_of_the_records(table: str, record: type[Record]) -> None:
    assert set(LISTS[table]) == set(record.__struct_fields__)


def test_documented_defaults_are_the_defaults(shipped: Config, uncommented: Config) -> None:
    assert uncommented.poll == shipped.poll
    assert msgspec.structs.replace(uncommented.storage, path=shipped.storage.path) == shipped.storage
    assert uncommented.rules == shipped.rules
    assert uncommented.ui == shipped.ui
    assert uncommented.log.level == shipped.log.level


@pytest.mark.skipif(sys.platform != "linux", reason="the documented folder is that of Linux, and is said to be")
def test_documented_store_is_the_default_on_linux(
    uncommented: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert load(None).storage == uncommented.storage
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert load(None).storage == StorageConfig(path=tmp_path / "tensionwatch" / "store")


@pytest.mark.skipif(sys.platform != "linux", reason="the documented folder is that of Linux, and is said to be")
def test_documented_log_is_the_default_on_linux(uncommented: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    assert load(None).log == uncommented.log


def test_documented_defaults_of_a_feed_are_what_it_has_with_id_and_url_alone(
    uncommented: Config, tmp_path: Path
) -> None:
    documented = next(feed for feed in uncommented.feeds if feed.id == "example")
    path = tmp_path / "short.toml"
    path.write_text(f'[[feed]]\nid = "example"\nurl = "{documented.url}"\n')
    (short,) = load(path).feeds
    assert documented.interval == uncommented.poll.interval
    assert short.interval is None
    assert documented.user_agent == uncommented.poll.user_agent
    assert (short.user_agent, short.auth) == (None, None)
    assert msgspec.structs.replace(documented, interval=None, user_agent=None, auth=None) == short


def test_documented_defaults_of_an_alert_are_what_it_has_with_an_id_alone(uncommented: Config, tmp_path: Path) -> None:
    documented = next(rule for rule in uncommented.alerts if rule.id == "example")
    path = tmp_path / "short.toml"
    path.write_text('[[alert]]\nid = "example"\n')
    assert msgspec.structs.replace(documented, intensity=None, quiet=None) == load(path).alerts[0]
    assert load(path).alerts[0] == AlertRule(id="example", name="example")


def test_documented_defaults_of_a_channel_are_what_it_has(uncommented: Config) -> None:
    (channel,) = uncommented.channels
    assert channel == Channel(id="example", url=channel.url)


def test_shipped_alerts_are_seen_on_screen_alone_and_never_flood(shipped: Config) -> None:
    assert shipped.channels == ()
    assert len(shipped.alerts) >= 2
    assert all(rule.enabled and not rule.channels for rule in shipped.alerts)
    assert all(rule.surprise or rule.publishers >= 2 for rule in shipped.alerts)


def test_shipped_configuration_watches_the_world(shipped: Config) -> None:
    assert shipped.source is None
    assert sum(feed.enabled for feed in shipped.feeds) >= 40
    assert len(shipped.regions) >= 10


def test_shipped_feeds_that_are_polled_speak_the_language_of_the_rules(shipped: Config) -> None:
    assert {feed.lang for feed in shipped.feeds if feed.enabled} == {"en"}


def test_shipped_feeds_of_one_domain_are_one_publisher(shipped: Config) -> None:
    bbc = {feed.publisher for feed in shipped.feeds if "bbci.co.uk" in feed.url}
    guardian = {feed.publisher for feed in shipped.feeds if "theguardian.com" in feed.url}
    assert (bbc, guardian) == ({"bbc.co.uk"}, {"theguardian.com"})


def test_shipped_feeds_name_their_publisher_themselves() -> None:
    """So that the list of public suffixes need not be read (35 ms)."""
    assert all("publisher" in feed for feed in tomllib.loads(example_text())["feed"])


def test_shipped_feeds_are_asked_no_oftener_than_every_quarter_of_an_hour(shipped: Config) -> None:
    assert min(feed.interval or shipped.poll.interval for feed in shipped.feeds) >= 15 * 60


def test_shipped_regions_hold_no_great_power_that_they_do_not_host(shipped: Config) -> None:
    """Else every visit to its capital would be an event of the region."""
    hosted = {country for region in shipped.regions for country in region.countries}
    assert not hosted & {"USA", "RUS", "CHN", "GBR", "FRA", "DEU", "JPN", "TUR", "EUR", "NATO", "IGO"}


def test_shipped_dyads_add_what_the_countries_do_not_say(shipped: Config) -> None:
    idle = [(region.id, *dyad) for region in shipped.regions for dyad in region.dyads if dyad <= region.countries]
    assert idle == []
    assert ELSEWHERE not in {region.id for region in shipped.regions}


def test_country_codes_found_by_line_are_those_that_toml_finds() -> None:
    path = Path("tensionwatch/rules/data/countries.toml")
    tables = tomllib.loads((Path(__file__).parent.parent / path).read_text("utf-8"))["country"]
    assert country_codes() == {table["id"] for table in tables}
