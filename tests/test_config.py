"""Reading the configuration: what it gives, and what it says of what is wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tensionwatch.config import Config, StorageConfig, find, load, registrable_domain, user_path
from tensionwatch.errors import ConfigError
from tensionwatch.model import Bloc
from tensionwatch.units import parse_duration

FEED = '[[feed]]\nid = "a"\nurl = "https://a.example.org/rss"\n'


def read(folder: Path, text: str) -> Config:
    path = folder / "config.toml"
    path.write_text(text, "utf-8")
    return load(path)


def problems(folder: Path, text: str) -> list[str]:
    """Every problem as a line, without the folder in front."""
    with pytest.raises(ConfigError) as caught:
        read(folder, text)
    return [str(problem).replace(f"{folder}{os.sep}", "") for problem in caught.value.problems]


# ------------------------------------------------------------------ what it gives


def test_empty_file_is_the_defaults(tmp_path: Path) -> None:
    config, shipped = read(tmp_path, ""), load(None)
    assert (config.poll, config.storage, config.rules, config.ui) == (
        shipped.poll,
        shipped.storage,
        shipped.rules,
        shipped.ui,
    )
    assert (config.feeds, config.regions) == ((), ())
    assert config.source == tmp_path / "config.toml"


def test_values_come_in_the_units_of_the_records(tmp_path: Path) -> None:
    poll = read(
        tmp_path,
        '[poll]\ninterval = "1h30m"\njitter = "12.5%"\ntimeout = "45s"\nmax_body = "2MB"\nconcurrency = 4\n',
    ).poll
    assert (poll.interval, poll.jitter, poll.timeout, poll.max_body, poll.concurrency) == (
        5400,
        0.125,
        45,
        2 * 10**6,
        4,
    )


def test_storage_is_read_whole(tmp_path: Path) -> None:
    storage = read(
        tmp_path,
        '[storage]\npath = "/srv/store"\nkeep_unflagged_days = 30\nkeep_flagged_days = 30\nhot_days = 60\n'
        "max_size_mb = 500\n",
    ).storage
    assert storage == StorageConfig(
        path=Path("/srv/store"), keep_unflagged_days=30, keep_flagged_days=30, hot_days=60, max_size_mb=500
    )


def test_storage_keeps_flagged_articles_longer_by_default(tmp_path: Path) -> None:
    storage = read(tmp_path, "").storage
    assert (storage.keep_unflagged_days, storage.keep_flagged_days, storage.hot_days) == (90, 400, 31)
    assert storage.max_size_mb == 0
    assert storage == StorageConfig(path=storage.path)


def test_feed_is_read_whole(tmp_path: Path) -> None:
    text = (
        '[[feed]]\nid = "a-1_x"\nurl = "http://10.0.0.1:8080/rss?x=1"\nname = "Ä"\npublisher = "p"\nlang = "pt-BR"\n'
        'tags = ["x", "y z"]\ninterval = "5s"\nenabled = false\nallow_private = true\n'
    )
    (feed,) = read(tmp_path, text).feeds
    assert (feed.id, feed.url, feed.name, feed.publisher) == ("a-1_x", "http://10.0.0.1:8080/rss?x=1", "Ä", "p")
    assert (feed.lang, feed.tags, feed.interval) == ("pt-BR", ("x", "y z"), 5)
    assert (feed.enabled, feed.allow_private) == (False, True)


def test_region_is_read_whole(tmp_path: Path) -> None:
    text = '[[region]]\nid = "k"\nname = "K"\ncountries = ["PRK", "KOR"]\ndyads = [["PRK", "JPN"], ["JPN", "PRK"]]\n'
    (region,) = read(tmp_path, text).regions
    assert (region.id, region.name) == ("k", "K")
    assert region.countries == {"PRK", "KOR"}
    assert region.dyads == {frozenset({"PRK", "JPN"})}


def test_a_bloc_is_read_whole(tmp_path: Path) -> None:
    (bloc,) = read(tmp_path, '[[bloc]]\nid = "east"\nmembers = ["USA", "JPN", "KOR"]\n').blocs
    assert bloc == Bloc(id="east", name="east", members=frozenset({"USA", "JPN", "KOR"}))


@pytest.mark.parametrize(
    ("text", "longest"),
    [("", "1h"), ('interval = "5m"', "1h"), ('interval = "2h"', "2h"), ('longest_interval = "15m"', "15m"),
     ('interval = "1m"\nlongest_interval = "1d"', "1d")],
)  # fmt: skip
def test_the_longest_interval_is_an_hour_or_the_shortest(tmp_path: Path, text: str, longest: str) -> None:
    assert read(tmp_path, f"[poll]\n{text}\n").poll.longest_interval == parse_duration(longest)


def test_order_of_feeds_and_regions_is_that_of_the_file(tmp_path: Path) -> None:
    feeds = "".join(f'[[feed]]\nid = "{name}"\nurl = "https://{name}.org"\n' for name in "zam")
    regions = "".join(f'[[region]]\nid = "{name}"\ncountries = ["PRK"]\n' for name in "qbx")
    config = read(tmp_path, regions + feeds)
    assert [feed.id for feed in config.feeds] == list("zam")
    assert [region.id for region in config.regions] == list("qbx")


@pytest.mark.parametrize(
    ("url", "publisher"),
    [
        ("https://feeds.news.example.co.uk/rss", "example.co.uk"),
        ("https://news.example.org:8443/rss", "example.org"),
        ("https://EXAMPLE.org./rss", "example.org"),
        ("https://someone.github.io/feed.xml", "someone.github.io"),
        ("http://localhost:8000/rss", "localhost"),
        ("http://127.0.0.1:8000/rss", "127.0.0.1"),
        ("http://[::1]:8000/rss", "::1"),
    ],
)
def test_publisher_is_by_default_the_registrable_domain(tmp_path: Path, url: str, publisher: str) -> None:
    assert registrable_domain(url) == publisher
    (feed,) = read(tmp_path, f'[[feed]]\nid = "a"\nurl = "{url}"\n').feeds
    assert feed.publisher == publisher


def test_paths_are_relative_to_the_folder_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "pack.toml").touch()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "conf" / "config.toml").write_text('[storage]\npath = "store"\n[rules]\npacks = ["pack.toml"]\n')
    config = load(Path("conf/config.toml"))
    assert config.storage.path == tmp_path / "conf" / "store"
    assert config.rules.packs == (tmp_path / "conf" / "pack.toml",)
    assert read(tmp_path, '[storage]\npath = "~/store"\n').storage.path == tmp_path / "home" / "store"
    assert read(tmp_path, '[storage]\npath = "/srv/store"\n').storage.path == Path("/srv/store")


def test_byte_order_mark_is_no_problem(tmp_path: Path) -> None:
    assert [feed.id for feed in read(tmp_path, "\ufeff" + FEED).feeds] == ["a"]


# ------------------------------------------------------------------ what it says

WRONG = [
    # unknown names
    ('[poll]\nintervall = "15m"\n', "config.toml:2: poll.intervall: unknown key; did you mean 'interval'?"),
    ("[[feeds]]\n", "config.toml:1: feeds: unknown table; did you mean 'feed'?"),
    (
        "[qqq]\n",
        "config.toml:1: qqq: unknown table; known are poll, storage, rules, ui, log, feed, region, bloc, alert, "
        "channel, filter, keys",
    ),
    (
        "concurrency = 3\n",
        "config.toml:1: concurrency: unknown key; known are poll, storage, rules, ui, log, feed, region, bloc, "
        "alert, channel, filter, keys; "
        "did you mean 'poll.concurrency'?",
    ),
    (
        '[ui]\n"x y" = 1\n',
        "config.toml:2: ui.'x y': unknown key; known are timezone, theme, times, unicode, colours, mouse",
    ),
    (
        '[ui]\n"\\u001b[2J" = 1\n',
        "config.toml:1: ui.'\\x1b[2J': unknown key; known are timezone, theme, times, unicode, colours, mouse",
    ),
    ("[ui]\nunicode = 3\n", 'config.toml:2: ui.unicode: not a yes or no: 3; "auto", true or false'),
    ('[ui]\ncolours = "8"\n', "config.toml:2: ui.colours: unknown: '8'; auto, none, 16, 256, all"),
    ('[ui]\ntimes = "ago"\n', "config.toml:2: ui.times: unknown: 'ago'; absolute, relative"),
    # tables
    ("poll = 3\n", "config.toml:1: poll: not a table; one table that begins with [poll]"),
    ("[[poll]]\n", "config.toml:1: poll: not a table; one table that begins with [poll]"),
    ("[feed]\n", "config.toml:1: feed: not a list of tables; tables that each begin with [[feed]]"),
    ("region = [1]\n", "config.toml:1: region: not a list of tables; tables that each begin with [[region]]"),
    # durations, sizes, shares, numbers
    (
        '[poll]\ninterval = "15 parsecs"\n',
        "config.toml:2: poll.interval: not a duration: '15 parsecs'; text such as 90s, 15m, 1h30m or 2d",
    ),
    ("[poll]\ninterval = 15\n", 'config.toml:2: poll.interval: has no unit: 15; text such as "15s" or "15m"'),
    (
        "[poll]\ntimeout = true\n",
        "config.toml:2: poll.timeout: not a duration: true; text such as 90s, 15m, 1h30m or 2d",
    ),
    ('[poll]\ninterval = "5w"\n', "config.toml:2: poll.interval: out of range: 5w; 1s to 4w"),
    (
        '[poll]\nlongest_interval = "5m"\n',
        "config.toml:2: poll.longest_interval: shorter than the shortest: 5m; 15m (interval) or longer",
    ),
    ('[poll]\nmax_body = "big"\n', "config.toml:2: poll.max_body: not a size: 'big'; text such as 512KB or 10MB"),
    ('[poll]\nmax_body = "1B"\n', "config.toml:2: poll.max_body: out of range: 1B; 1KB to 1GB"),
    ("[poll]\njitter = 0.1\n", "config.toml:2: poll.jitter: not a percentage: 0.1; text such as 10%"),
    ('[poll]\njitter = "51%"\n', "config.toml:2: poll.jitter: out of range: 51%; 0% to 50%"),
    ("[poll]\nconcurrency = 0\n", "config.toml:2: poll.concurrency: out of range: 0; 1 to 256"),
    ("[poll]\nconcurrency = true\n", "config.toml:2: poll.concurrency: not a whole number: true; 1 to 256"),
    # how long articles are kept
    (
        "[storage]\nkeep_unflaged_days = 90\n",
        "config.toml:2: storage.keep_unflaged_days: unknown key; did you mean 'keep_unflagged_days'?",
    ),
    (
        '[storage]\nkeep_unflagged_days = "90d"\n',
        "config.toml:2: storage.keep_unflagged_days: not a whole number: '90d'; 1 to 36500",
    ),
    ("[storage]\nkeep_flagged_days = 0\n", "config.toml:2: storage.keep_flagged_days: out of range: 0; 1 to 36500"),
    (
        "[storage]\nkeep_unflagged_days = 90\nkeep_flagged_days = 89\n",
        "config.toml:3: storage.keep_flagged_days: flagged articles would go first: 89; "
        "as long as those without a flag, 90 days (keep_unflagged_days), or longer",
    ),
    ("[storage]\nhot_days = 30\n", "config.toml:2: storage.hot_days: out of range: 30; 31 to 3650"),
    (
        "[storage]\nmax_size_mb = 9\n",
        "config.toml:2: storage.max_size_mb: out of range: 9; 0 for none, or 10 to 1000000",
    ),
    (
        '[storage]\nmax_size_mb = "1GB"\n',
        "config.toml:2: storage.max_size_mb: not a whole number: '1GB'; 0 for none, or 10 to 1000000",
    ),
    # text
    ("[ui]\ntheme = 1\n", "config.toml:2: ui.theme: not text: 1; text in quotes"),
    ('[ui]\ntheme = " "\n', "config.toml:2: ui.theme: empty; text in quotes"),
    (
        '[poll]\nuser_agent = "x\\r\\nCookie: y"\n',
        "config.toml:2: poll.user_agent: has control characters: 'x\\r\\nCookie: y'",
    ),
    (
        '[poll]\nuser_agent = "Wächter"\n',
        "config.toml:2: poll.user_agent: not plain ASCII: 'Wächter'; ASCII alone, as HTTP headers are",
    ),
    (
        '[ui]\ntimezone = "Asia/Soeul"\n',
        "config.toml:2: ui.timezone: unknown time zone: 'Asia/Soeul'; local, UTC or a name such as Asia/Seoul; "
        "did you mean 'Asia/Seoul'?",
    ),
    (
        '[ui]\ntimezone = "/etc"\n',
        "config.toml:2: ui.timezone: unknown time zone: '/etc'; local, UTC or a name such as Asia/Seoul",
    ),
    # files
    (
        '[rules]\npacks = ["/no/pack.toml"]\n',
        "config.toml:2: rules.packs[0]: cannot be read: '/no/pack.toml' (No such file or directory); "
        "a rule pack, a TOML file",
    ),
    (
        '[rules]\npacks = ["/"]\n',
        "config.toml:2: rules.packs[0]: cannot be read: '/' (Is a directory); a rule pack, a TOML file",
    ),
    ('[rules]\npacks = "a.toml"\n', "config.toml:2: rules.packs: not a list: 'a.toml'; values in square brackets"),
    # feeds
    ('[[feed]]\nurl = "https://x.org"\n', "config.toml:1: feed[0].id: missing; required"),
    ('[[feed]]\nid = "x"\n', "config.toml:1: feed[0].url: missing; required"),
    (
        '[[feed]]\nid = "BBC World"\nurl = "https://x.org"\n',
        "config.toml:2: feed[0].id: not an id: 'BBC World'; a-z, 0-9, _ and -, beginning with a letter or digit; "
        "did you mean 'bbc-world'?",
    ),
    (
        '[[feed]]\nid = "x"\nurl = "x.org/rss"\n',
        "config.toml:3: feed[0].url: not a web address: 'x.org/rss'; http:// or https:// with a host; "
        "did you mean 'https://x.org/rss'?",
    ),
    (
        '[[feed]]\nid = "x"\nurl = "file:///etc/passwd"\n',
        "config.toml:3: feed[0].url: not a web address: 'file:///etc/passwd'; http:// or https:// with a host",
    ),
    (
        '[[feed]]\nid = "x"\nurl = "https:///rss"\n',
        "config.toml:3: feed[0].url: not a web address: 'https:///rss'; http:// or https:// with a host "
        "and without spaces",
    ),
    (
        '[[feed]]\nid = "x"\nurl = "https://x.org:99999/"\n',
        "config.toml:3: feed[0].url: not a web address: 'https://x.org:99999/' (Port out of range 0-65535); "
        "http:// or https:// with a host",
    ),
    (
        FEED + 'lang = "English"\n',
        "config.toml:4: feed[0].lang: not a language tag: 'English'; a BCP 47 tag such as en, fr or pt-BR",
    ),
    (FEED + "enabled = 1\n", "config.toml:4: feed[0].enabled: not a yes or no: 1; true or false"),
    (FEED + 'tags = ["a", 1]\n', "config.toml:4: feed[0].tags[1]: not text: 1; text in quotes"),
    (
        FEED + 'interval = "59s"\n',
        "config.toml:4: feed[0].interval: too often for other people's servers; "
        "1m or more; less for feeds with allow_private = true",
    ),
    (
        '[poll]\ninterval = "5s"\n' + FEED + FEED.replace("a", "b"),
        "config.toml:2: poll.interval: too often for other people's servers; "
        "1m or more; less for feeds with allow_private = true",
    ),
    (
        FEED + '[[feed]]\nid = "a"\nurl = "https://b.org"\n',
        "config.toml:5: feed[1].id: already used: 'a'; feed[0].id (line 2) has it",
    ),
    (
        FEED + '[[feed]]\nid = "b"\nurl = "http://A.example.org/rss#top"\n',
        "config.toml:6: feed[1].url: already used: 'http://A.example.org/rss#top'; feed[0].url (line 3) has it",
    ),
    # blocs
    ('[[bloc]]\nid = "k"\n', "config.toml:1: bloc[0].members: missing; required"),
    (
        '[[bloc]]\nid = "k"\nmembers = ["PRK", "PRK"]\n',
        "config.toml:3: bloc[0].members: no bloc; two countries or more",
    ),
    (
        '[[bloc]]\nid = "k"\nmembers = ["PRK", "Rusia"]\n',
        "config.toml:3: bloc[0].members[1]: 'Rusia' is not a country code; ISO 3166 alpha-3 such as PRK; "
        "did you mean 'RUS'?",
    ),
    (
        '[[bloc]]\nid = "k"\nmember = ["PRK"]\nmembers = ["PRK", "RUS"]\n',
        "config.toml:3: bloc[0].member: unknown key; did you mean 'members'?",
    ),
    # regions
    ('[[region]]\nid = "k"\n', "config.toml:1: region[0]: watches nothing; countries, dyads or both"),
    (
        FEED + 'tags = ["asia", "world"]\n[[region]]\nid = "k"\ncountries = ["PRK"]\ntags = ["gone", "aisa"]\n',
        "config.toml:8: region[0].tags[1]: no feed has this tag: 'aisa'; of asia, world; did you mean 'asia'?",
    ),
    (
        '[[region]]\nid = "elsewhere"\ncountries = ["PRK"]\n',
        "config.toml:2: region[0].id: reserved: 'elsewhere' holds the events of no region; another id",
    ),
    (
        '[[region]]\nid = "k"\ncountries = [\n  "KOR",\n  "North Korea",\n]\n',
        "config.toml:3: region[0].countries[1]: 'North Korea' is not a country code; ISO 3166 alpha-3 such as PRK; "
        "did you mean 'PRK'?",
    ),
    (
        '[[region]]\nid = "k"\ncountries = ["kor"]\n',
        "config.toml:3: region[0].countries[0]: 'kor' is not a country code; ISO 3166 alpha-3 such as PRK; "
        "did you mean 'KOR'?",
    ),
    (
        '[[region]]\nid = "k"\ndyads = [["PRK", "Isreal"]]\n',
        "config.toml:3: region[0].dyads[0][1]: 'Isreal' is not a country code; ISO 3166 alpha-3 such as PRK; "
        "did you mean 'ISR'?",
    ),
    (
        '[[region]]\nid = "k"\ndyads = [["PRK", "PRK"]]\n',
        "config.toml:3: region[0].dyads[0]: twice the same country: PRK; two different countries",
    ),
    (
        '[[region]]\nid = "k"\ndyads = ["PRK"]\n',
        'config.toml:3: region[0].dyads[0]: not a pair: \'PRK\'; two countries such as ["PRK", "KOR"]',
    ),
    # not TOML
    (
        "[poll]\ninterval = 15m\n",
        "config.toml:2: not TOML: Expected newline or end of document after a statement; "
        "text stands in quotes, durations and sizes too",
    ),
    ("[poll\n", "config.toml:1: not TOML: Expected ']' at the end of a table declaration"),
    ("a = " + "[" * 5000, "config.toml: not readable: brackets nested too deeply"),
]


@pytest.mark.parametrize(("text", "expected"), WRONG, ids=[expected[12:60] for _, expected in WRONG])
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, expected: str) -> None:
    assert problems(tmp_path, text) == [expected]


def test_every_problem_is_reported_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = "[ui]\nthemee = 1\n[[region]]\nid = 3\n[[feed]]\nid = 'x'\n[poll]\njitter = '1'\nconcurrency = 0\n"
    assert [line.split(": ")[1] for line in problems(tmp_path, text)] == [
        "ui.themee",
        "region[0]",
        "region[0].id",
        "feed[0].url",
        "poll.jitter",
        "poll.concurrency",
    ]


def test_bad_config_ends_the_program_with_2_and_one_line_for_each_problem(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, "[ui]\na = 1\nb = 2\n")
    assert caught.value.exit_code == 2
    assert str(caught.value).count("\n") == 1


def test_own_servers_may_be_polled_often(tmp_path: Path) -> None:
    config = read(tmp_path, '[poll]\ninterval = "2s"\n' + FEED + "allow_private = true\n")
    assert config.poll.interval == 2


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing.toml", "cannot be read: No such file or directory"),
        ("folder", "cannot be read: Is a directory"),
        ("file/config.toml", "cannot be read: Not a directory"),
    ],
)
def test_file_that_cannot_be_read_is_named_with_the_reason(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / name)
    assert str(caught.value) == f"{tmp_path / name}: {reason}"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_file_without_permission_is_named_with_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.touch(mode=0o000)
    with pytest.raises(ConfigError, match="cannot be read: Permission denied"):
        load(path)


def test_file_that_is_not_utf_8_is_told_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"# one\n# tw\xf6\n")
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert str(caught.value) == f"{path}:2: not UTF-8; TOML is UTF-8 text"


# ------------------------------------------------------------------ where it lies


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "conf"))
    return tmp_path


def test_nothing_is_found_where_there_is_no_file(home: Path) -> None:
    assert find() is None


def test_file_in_the_platforms_folder_is_found(home: Path) -> None:
    user_path().parent.mkdir(parents=True)
    user_path().write_text(FEED)
    path = find()
    assert path == user_path()
    assert path.is_relative_to(home)
    assert [feed.id for feed in load(path).feeds] == ["a"]


# ------------------------------------------------------------------ what it costs


def test_reading_the_shipped_file_imports_nothing_that_is_slow() -> None:
    code = (
        "import sys; from tensionwatch.config import load; load(None);"
        "print(*{'httpx', 'textual', 'publicsuffixlist', 'tinydb', 'feedparser', 'asyncio'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == ""
