"""Every table and key of the configuration, how each is read, and what holds between them.

    document ──tomllib──▶ tables ──Key.read──▶ values ──what holds between them──▶ problems, or values for the records

Names of keys are those of the records in `config` and `model`. A key's default is written as it would be in the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from tensionwatch import __version__
from tensionwatch.config_alerts import channel_url, check_alerts, check_channels, command, kind, quiet_hours, threshold
from tensionwatch.config_filters import check_queries, filter_name
from tensionwatch.config_keys import read_keys
from tensionwatch.config_requests import header_text, headers, login
from tensionwatch.config_values import (
    BAD,
    Reader,
    Spot,
    Wrong,
    address,
    ascii_line,
    auto_or_boolean,
    boolean,
    country,
    duration,
    dyad,
    existing_file,
    file_path,
    identifier,
    integer,
    language,
    listed,
    nearest,
    none_or,
    one_of,
    percentage,
    shown,
    size,
    string,
    timezone,
)
from tensionwatch.exchange import ELSEWHERE
from tensionwatch.units import MINUTE, format_duration

REQUIRED = object()
Values = dict[str, Any]


class Key(NamedTuple):
    read: Reader
    default: object = None
    """As written in the file; REQUIRED; or None where the record has None or `config` works it out."""


INTERVAL = duration("1s", "4w")
DAYS_MOST = 36_500
DAYS = integer(1, DAYS_MOST)

TABLES: dict[str, dict[str, Key]] = {
    "poll": {
        "interval": Key(INTERVAL, "15m"),
        "longest_interval": Key(INTERVAL),
        "jitter": Key(percentage("0%", "50%"), "10%"),
        "timeout": Key(duration("1s", "10m"), "30s"),
        "connect_timeout": Key(duration("1s", "10m"), "10s"),
        "concurrency": Key(integer(1, 256), 64),
        "max_body": Key(size("1KB", "1GB"), "10MB"),
        "parse_timeout": Key(duration("1s", "10m"), "10s"),
        "user_agent": Key(ascii_line, f"tensionwatch/{__version__}"),
    },
    "storage": {
        "path": Key(file_path),
        "keep_unflagged_days": Key(DAYS, 90),
        "keep_flagged_days": Key(DAYS, 400),
        "hot_days": Key(integer(31, 3650), 31),
        "max_size_mb": Key(none_or(10, 1_000_000), 0),
    },
    "rules": {"packs": Key(listed(existing_file), [])},
    "ui": {
        "timezone": Key(timezone, "local"),
        "theme": Key(string, "tensionwatch"),
        "times": Key(one_of("absolute", "relative"), "absolute"),
        "unicode": Key(auto_or_boolean, "auto"),
        "colours": Key(one_of("auto", "none", "16", "256", "all"), "auto"),
        "mouse": Key(boolean, True),
    },
    "log": {"level": Key(one_of("debug", "info", "warning", "error"), "info"), "path": Key(file_path)},
}

LISTS: dict[str, dict[str, Key]] = {
    "feed": {
        "id": Key(identifier, REQUIRED),
        "url": Key(address, REQUIRED),
        "name": Key(string),
        "publisher": Key(string),
        "lang": Key(language, "en"),
        "tags": Key(listed(string), []),
        "interval": Key(INTERVAL),
        "enabled": Key(boolean, True),
        "allow_private": Key(boolean, False),
        "headers": Key(headers, {}),
        "auth": Key(login),
        "user_agent": Key(header_text),
    },
    "region": {
        "id": Key(identifier, REQUIRED),
        "name": Key(string),
        "countries": Key(listed(country), []),
        "dyads": Key(listed(dyad), []),
        "tags": Key(listed(string), []),
    },
    "bloc": {
        "id": Key(identifier, REQUIRED),
        "name": Key(string),
        "members": Key(listed(country), REQUIRED),
    },
    "alert": {
        "id": Key(identifier, REQUIRED),
        "name": Key(string),
        "kinds": Key(listed(kind), []),
        "regions": Key(listed(string), []),
        "pairs": Key(listed(dyad), []),
        "publishers": Key(integer(1, 50), 1),
        "keywords": Key(listed(string), []),
        "surprise": Key(boolean, False),
        "intensity": Key(threshold),
        "cooldown": Key(duration("0s", "4w"), "0s"),
        "quiet": Key(quiet_hours),
        "channels": Key(listed(string), []),
        "bell": Key(boolean, True),
        "enabled": Key(boolean, True),
    },
    "channel": {
        "id": Key(identifier, REQUIRED),
        "command": Key(command, []),
        "url": Key(channel_url),
        "timeout": Key(duration("1s", "10m"), "30s"),
    },
    "filter": {
        "name": Key(filter_name, REQUIRED),
        "query": Key(string, REQUIRED),
    },
}

SCHEMA = TABLES | LISTS
KEYS = "keys"
"""The table whose keys are names of actions: `config_keys` reads it."""


def read(data: Values, root: Spot) -> dict[str, Any]:
    """The values of each of TABLES (a dict), LISTS (a list of dicts) and KEYS; what is wrong is told to the document.

    Keys without a value and a default are None; keys that were told as wrong are missing."""
    known = SCHEMA | {KEYS: {}}
    for name in [name for name in data if name not in known]:
        root.key(name).tell(_unknown(name, known, "table" if isinstance(data[name], dict | list) else "key"))
    values: dict[str, Any] = {name: _table(data.get(name, {}), name, root.key(name)) for name in TABLES}
    values |= {name: list(_tables(data.get(name, []), name, root.key(name))) for name in LISTS}
    values[KEYS] = read_keys(data[KEYS], root.key(KEYS)) if KEYS in data else {}
    _check_poll(values["poll"], root.key("poll"))
    _check_storage(values["storage"], root.key("storage"))
    _check_feeds(values["feed"], values["poll"], root)
    _check_regions(values["region"], root.key("region"))
    _check_region_tags(values["region"], values["feed"], root.key("region"))
    _check_blocs(values["bloc"], root.key("bloc"))
    _check_alerts(values, root)
    _check_unique(values["filter"], "name", root.key("filter"), str.casefold)
    check_queries(values, root.key("filter"))
    return values


def _table(table: object, name: str, spot: Spot) -> Values:
    if not isinstance(table, dict):
        spot.tell(Wrong("not a table", f"one table that begins with [{name}]"))
        return _table({}, name, spot)
    keys = SCHEMA[name]
    for unknown in [key for key in table if key not in keys]:
        spot.key(unknown).tell(_unknown(unknown, keys, "key"))
    values = {key: _value(table, key, keys[key], spot.key(key)) for key in keys}
    return {key: value for key, value in values.items() if value is not BAD}


def _tables(tables: object, name: str, spot: Spot) -> Iterator[Values]:
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        spot.tell(Wrong("not a list of tables", f"tables that each begin with [[{name}]]"))
        return
    for index, table in enumerate(tables):
        yield _table(table, name, spot.item(index))


def _value(table: Values, name: str, key: Key, spot: Spot) -> Any:
    if name not in table and key.default is REQUIRED:
        spot.tell(Wrong("missing", "required"))
        return BAD
    value = table.get(name, key.default)
    return None if value is None else spot.read(key.read, value)


def _unknown(name: str, known: dict[str, Any], noun: str) -> Wrong:
    """A key that belongs into another table is told so: in TOML it lands in the table that was begun last."""
    if meant := nearest(name, known):
        return Wrong(f"unknown {noun}", did_you_mean=meant)
    homes = [f"{table}.{name}" for table, keys in SCHEMA.items() if name in keys]
    return Wrong(f"unknown {noun}", f"known are {', '.join(known)}", homes[0] if homes else "")


# ------------------------------------------------------------------ what holds between values


def _check_poll(poll: Values, spot: Spot) -> None:
    longest, interval = poll.get("longest_interval"), poll.get("interval")
    if longest and interval and longest < interval:
        allowed = f"{format_duration(interval)} (interval) or longer"
        spot.key("longest_interval").tell(Wrong(f"shorter than the shortest: {format_duration(longest)}", allowed))


def _check_storage(storage: Values, spot: Spot) -> None:
    unflagged, flagged = storage.get("keep_unflagged_days", 0), storage.get("keep_flagged_days", DAYS_MOST)
    if flagged < unflagged:
        allowed = f"as long as those without a flag, {unflagged} days (keep_unflagged_days), or longer"
        spot.key("keep_flagged_days").tell(Wrong(f"flagged articles would go first: {flagged}", allowed))


def _check_feeds(feeds: list[Values], poll: Values, root: Spot) -> None:
    spot = root.key("feed")
    _check_unique(feeds, "id", spot, lambda name: name)
    _check_unique(feeds, "url", spot, same_address)
    for index, feed in enumerate(feeds):
        _check_login(feed, spot.item(index))
    strangers = {index: feed for index, feed in enumerate(feeds) if not feed.get("allow_private")}
    too_often = Wrong("too often for other people's servers", "1m or more; less for feeds with allow_private = true")
    for index, feed in strangers.items():
        if (feed.get("interval") or MINUTE) < MINUTE:
            spot.item(index).key("interval").tell(too_often)
    if poll.get("interval", MINUTE) < MINUTE and any(feed.get("interval") is None for feed in strangers.values()):
        root.key("poll").key("interval").tell(too_often)


def _check_login(feed: Values, spot: Spot) -> None:
    """A request carries one login."""
    if feed.get("auth") is None:
        return
    if any(header.name.lower() == "authorization" for header in feed.get("headers", ())):
        spot.key("auth").tell(Wrong("there is an Authorization header too", "one of the two"))
    if "@" in urlsplit(feed.get("url", "")).netloc:
        spot.key("auth").tell(Wrong("the address has a user too", "one of the two"))


def _check_regions(regions: list[Values], spot: Spot) -> None:
    _check_unique(regions, "id", spot, lambda name: name)
    for index, region in enumerate(regions):
        if region.get("id") == ELSEWHERE:
            wrong = Wrong(f"reserved: '{ELSEWHERE}' holds the events of no region", "another id")
            spot.item(index).key("id").tell(wrong)
        if region.get("countries") == () and region.get("dyads") == ():
            spot.item(index).tell(Wrong("watches nothing", "countries, dyads or both"))


def _check_region_tags(regions: list[Values], feeds: list[Values], spot: Spot) -> None:
    """A tag that no feed has is a slip where it looks like one that some have. Else its feeds have gone, as they may:
    `config` leaves it out, and `check` says so."""
    known = sorted({tag for feed in feeds for tag in feed.get("tags", ())})
    for index, region in enumerate(regions):
        for number, tag in enumerate(region.get("tags", ())):
            if tag not in known and (meant := nearest(tag, known)):
                wrong = Wrong(f"no feed has this tag: {shown(tag)}", f"of {', '.join(known)}", meant)
                spot.item(index).key("tags").item(number).tell(wrong)


def _check_blocs(blocs: list[Values], spot: Spot) -> None:
    _check_unique(blocs, "id", spot, lambda name: name)
    for index, bloc in enumerate(blocs):
        if "members" in bloc and len(set(bloc["members"])) < 2:
            spot.item(index).key("members").tell(Wrong("no bloc", "two countries or more"))


def _check_alerts(values: dict[str, Any], root: Spot) -> None:
    _check_unique(values["alert"], "id", root.key("alert"), lambda name: name)
    _check_unique(values["channel"], "id", root.key("channel"), lambda name: name)
    regions, channels = ([t["id"] for t in values[name] if "id" in t] for name in ("region", "channel"))
    check_alerts(values["alert"], regions, channels, root.key("alert"))
    check_channels(values["channel"], root.key("channel"))


def _check_unique(tables: list[Values], key: str, spot: Spot, same: Callable[[str], object]) -> None:
    first: dict[object, int] = {}
    for index, table in enumerate(tables):
        if key in table and (before := first.setdefault(same(table[key]), index)) != index:
            where = spot.item(before).key(key)
            line = where.document.lines.of(where.path)
            there = f"{where.path} (line {line})" if line else where.path
            spot.item(index).key(key).tell(Wrong(f"already used: {shown(table[key])}", f"{there} has it"))


def same_address(url: str) -> tuple[str, str, str]:
    """Addresses that ask one server for one thing are one: case of the host, http or https, fragments."""
    parts = urlsplit(url)
    return parts.netloc.lower(), parts.path or "/", parts.query
