"""Configuration: TOML in, frozen records out, every problem reported at once.

file ──load──▶ text ──tomllib──▶ tables ──config_schema.read──▶ values ──▶ Config
                                                │ config_values reads each, config_lines finds their lines
                                                └──▶ ConfigError(problems)
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import tomllib
from collections.abc import Mapping
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
from platformdirs import user_cache_path, user_config_path, user_data_path, user_log_path, user_state_path

from tensionwatch.alerts.records import AlertRule, Channel
from tensionwatch.config_schema import read
from tensionwatch.config_values import Document, Spot
from tensionwatch.errors import ConfigError, Problem, TensionwatchError
from tensionwatch.model import Bloc, Feed, Record, Region, SavedFilter

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

LONGEST_INTERVAL = 3_600.0
"""Seconds: the longest interval where none is configured; the shortest, where that is longer."""

_APP = "tensionwatch"
_EXAMPLE = "config.example.toml"


class PollConfig(Record, frozen=True, kw_only=True):
    interval: float
    """Seconds: the shortest time between two polls of a feed that names none of its own."""
    longest_interval: float = LONGEST_INTERVAL
    """Seconds: the longest that our own pace makes of it for a quiet feed."""
    jitter: float
    """Share of the interval by which polls are put off, so that they spread, 0 to 0.5."""
    timeout: float
    """Seconds that one request may take in all, redirects and body included."""
    connect_timeout: float
    """Seconds to connect."""
    concurrency: int
    """Requests under way at once, over all hosts; one host sees one at a time."""
    max_body: int
    """Bytes that a feed may have after decompression."""
    parse_timeout: float
    """Seconds that reading one body may take before the ingest process is ended and the feed told broken."""
    user_agent: str


class StorageConfig(Record, frozen=True, kw_only=True):
    path: Path
    """Folder of the store."""
    keep_unflagged_days: int = 90
    """Days that articles without a flag are kept, by effective time; what the user has marked stays for ever."""
    keep_flagged_days: int = 400
    """The same for articles with a flag; never fewer."""
    hot_days: int = 31
    """Days that articles stay in the hot store, before they leave, by the week, for the file of their month."""
    max_size_mb: int = 0
    """Megabytes (10**6 bytes) that the folder may take, search index apart; 0 where there is no limit."""


class RulesConfig(Record, frozen=True, kw_only=True):
    packs: tuple[Path, ...]
    """Rule packs beside the built-in one."""


class UiConfig(Record, frozen=True, kw_only=True):
    timezone: str
    """`local`, `UTC` or an IANA name; for display, and the quiet hours of alerts."""
    theme: str
    times: str = "absolute"
    """Or `relative`: how lists tell times at the start."""
    unicode: bool | None = None
    """May the screen use more than ASCII? None: where the terminal can."""
    colours: str = "auto"
    """`none`, `16`, `256`, `all`; `auto`: as many as the terminal has."""
    mouse: bool = True


class LogConfig(Record, frozen=True, kw_only=True):
    level: str = "info"
    """`debug`, `info`, `warning` or `error`: what is less is left out."""
    path: Path | None = None
    """The file; None where no log is kept."""


class Config(Record, frozen=True, kw_only=True):
    source: Path | None
    """The file it came from; None for the shipped one."""
    poll: PollConfig
    storage: StorageConfig
    rules: RulesConfig
    ui: UiConfig
    feeds: tuple[Feed, ...]
    regions: tuple[Region, ...]
    blocs: tuple[Bloc, ...] = ()
    log: LogConfig = LogConfig()
    alerts: tuple[AlertRule, ...] = ()
    channels: tuple[Channel, ...] = ()
    filters: tuple[SavedFilter, ...] = ()
    keys: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    """The user's own keys, by the id of their action; none takes them away. The others are as shipped."""


# ------------------------------------------------------------------ reading it


def load(path: Path | None) -> Config:
    """The configuration in `path`; None reads the one that is shipped.

    Raises ConfigError with every problem found, in the order of the file."""
    return _loaded(path, _document(path or _example_path()))


def loads(text: str, path: Path) -> Config:
    """What `load` would give were `text` in `path`. Raises ConfigError."""
    return _loaded(path, Document(str(path), text.removeprefix("\ufeff"), path.absolute().parent))


def _loaded(path: Path | None, document: Document) -> Config:
    values = read(_parse(document), Spot(document))
    if document.problems:
        raise ConfigError(sorted(document.problems, key=lambda problem: problem.line or 0))
    return _config(path, values)


def _document(path: Path) -> Document:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ConfigError([Problem(str(path), "", f"cannot be read: {error.strerror}")]) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError([Problem(str(path), "", "not UTF-8", "TOML is UTF-8 text", line=line)]) from None
    return Document(str(path), text, path.absolute().parent)


def _parse(document: Document) -> dict[str, Any]:
    try:
        return tomllib.loads(document.text)
    except ValueError as error:  # TOMLDecodeError; and of Python's own, integers beyond 4,300 digits
        problem = _syntax_problem(document.file, str(error))
    except RecursionError:
        problem = Problem(document.file, "", "not readable: brackets nested too deeply")
    raise ConfigError([problem])


def _syntax_problem(file: str, message: str) -> Problem:
    """From tomllib's `Invalid value (at line 3, column 12)`."""
    what, _, place = message.partition(" (at ")
    line = re.match(r"line (\d+)", place)
    unquoted = what.startswith(("Invalid value", "Expected newline or end"))
    hint = "text stands in quotes, durations and sizes too" if unquoted else ""
    return Problem(file, "", f"not TOML: {what}", hint, line=int(line[1]) if line else None)


def _config(source: Path | None, values: dict[str, Any]) -> Config:
    storage: dict[str, Any] = values["storage"]
    log: dict[str, Any] = values["log"]
    poll: dict[str, Any] = values["poll"]
    longest = poll["longest_interval"] or max(poll["interval"], LONGEST_INTERVAL)
    folder = storage["path"] or user_data_path(_APP, appauthor=False) / "store"
    return Config(
        source=source,
        poll=PollConfig(**poll | {"longest_interval": longest}),
        storage=StorageConfig(**storage | {"path": folder}),
        rules=RulesConfig(**values["rules"]),
        ui=UiConfig(**values["ui"]),
        log=LogConfig(**log | {"path": log["path"] or user_log_path(_APP, appauthor=False) / "tensionwatch.log"}),
        feeds=tuple(map(_feed, values["feed"])),
        regions=tuple(map(_region, values["region"])),
        blocs=tuple(map(_bloc, values["bloc"])),
        alerts=tuple(AlertRule(**rule | {"name": rule["name"] or rule["id"]}) for rule in values["alert"]),
        channels=tuple(Channel(**channel) for channel in values["channel"]),
        filters=tuple(SavedFilter(**each) for each in values["filter"]),
        keys=values["keys"],
    )


def _feed(values: dict[str, Any]) -> Feed:
    name = values["name"] or values["id"]
    publisher = values["publisher"] or registrable_domain(values["url"])
    return Feed(**values | {"name": name, "publisher": publisher})


def _region(values: dict[str, Any]) -> Region:
    return Region(
        id=values["id"],
        name=values["name"] or values["id"],
        countries=frozenset(values["countries"]),
        dyads=frozenset(values["dyads"]),
        tags=tuple(values["tags"]),
    )


def _bloc(values: dict[str, Any]) -> Bloc:
    return Bloc(id=values["id"], name=values["name"] or values["id"], members=frozenset(values["members"]))


def registrable_domain(url: str) -> str:
    """`bbc.co.uk` of `https://feeds.bbc.co.uk/…`; an IP address or a bare host stands for itself."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    try:
        return str(ip_address(host))
    except ValueError:
        return _suffixes().privatesuffix(host) or host


@cache
def _suffixes() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList  # 35 ms to read its list: only where a feed names no publisher

    return PublicSuffixList()


# ------------------------------------------------------------------ where it lies


def user_path() -> Path:
    """Where this platform keeps it: the file that `find` looks for and that `init` writes."""
    return user_config_path(_APP, appauthor=False) / "config.toml"


def cache_path() -> Path:
    """Where this platform keeps what can be made again."""
    return user_cache_path(_APP, appauthor=False)


def choices_path() -> Path:
    """Where this platform keeps what was chosen on the screen."""
    return user_state_path(_APP, appauthor=False) / "screen.json"


def find() -> Path | None:
    """The user's own configuration, or None where there is none."""
    path = user_path()
    try:
        return path if path.exists() else None
    except OSError:  # out of reach: `load` says why
        return path


def example_text() -> str:
    """The shipped configuration, which is the documentation of every key."""
    return _example_path().read_text("utf-8")


def write_example(path: Path, *, force: bool = False) -> None:
    """Write the shipped configuration to `path`, whole or not at all, and the folders that lead there.

    Raises TensionwatchError where a file is there already (unless `force`) or cannot be written."""
    target = Path(os.path.realpath(path))  # a link into a folder of dotfiles stays a link
    try:
        if target.exists() and not force:
            raise TensionwatchError(f"{path}: is there already; --force replaces it")
        target.parent.mkdir(parents=True, exist_ok=True)
        replace_file(target, example_text().encode())
    except OSError as error:
        raise TensionwatchError(f"{path}: cannot be written: {error.strerror}") from None


def replace_file(target: Path, data: bytes) -> None:
    """Put `data` in the place of a file, whole or not at all; it keeps the mode and the owner that it had. Raises
    OSError."""
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)  # of a process that had this number and was killed
    try:
        # It may hold secrets: nobody else reads it before it has the old one's mode.
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            _take_after(target, file.fileno())
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(target)
        _sync(target.parent)
    finally:
        fresh.unlink(missing_ok=True)


def _take_after(old: Path, fresh: int) -> None:
    try:
        was = old.stat()
    except FileNotFoundError:
        os.fchmod(fresh, 0o666 & ~_umask())
        return
    with contextlib.suppress(PermissionError):  # another's file in a folder of ours becomes ours
        os.fchown(fresh, was.st_uid, was.st_gid)
    os.fchmod(fresh, stat.S_IMODE(was.st_mode))


def _umask() -> int:
    """It can be read only by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _example_path() -> Path:
    """In a wheel beside this module, in a source tree at its top."""
    beside = Path(__file__).with_name(_EXAMPLE)
    return beside if beside.exists() else Path(__file__).parent.parent / _EXAMPLE
