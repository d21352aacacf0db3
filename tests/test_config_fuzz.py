"""The configuration against made-up files: it is read, or it is told what is wrong; and lines are the right ones."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tensionwatch.config import Config, load
from tensionwatch.config_lines import Lines
from tensionwatch.config_schema import LISTS, SCHEMA
from tensionwatch.errors import ConfigError

# ------------------------------------------------------------------ any file

_PLAUSIBLE = [
    "15m",
    "59s",
    "0s",
    "9w",
    "10MB",
    "10%",
    "a",
    "elsewhere",
    "PRK",
    "KOR",
    "prk",
    "Nrth Korea",
    "UTC",
    "Europe",
    "../x",
    "~nobody/x",
    "https://a.org/",
    "https://a.org",
    "http://[::1]/",
    "http://[",
    "https://a.org:x/",
    "//a",
    "https://..",
    "http://ａ.org/",
    "http://a b/",
    "http://x@/",
    "en",
    "/",
    "~",
    ".",
    "\x00",
    "\x1b[2J",
    "é" * 300,
    "a" * 300,
]  # fmt: skip  (one a line would be a page)
_SCALARS = st.one_of(
    st.sampled_from(_PLAUSIBLE),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.integers(),
    st.floats(),
    st.booleans(),
)
_VALUES = st.recursive(_SCALARS, lambda values: st.lists(values, max_size=3), max_leaves=6)


def _tables(name: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from([*SCHEMA[name], "idd", "x y"]), _VALUES, max_size=6)


_DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={name: st.lists(_tables(name), max_size=3) if name in LISTS else _tables(name) for name in SCHEMA}
    | {"other": _tables("ui")},
)


def _toml(document: dict[str, Any]) -> str:
    lines = []
    for name, tables in document.items():
        for table in tables if isinstance(tables, list) else [tables]:
            lines.append(f"[[{name}]]" if isinstance(tables, list) else f"[{name}]")
            lines += [f"{json.dumps(key)} = {_value(value)}" for key, value in table.items()]
    return "\n".join(lines)


def _value(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value).lower()


def _load(content: bytes) -> Config | ConfigError:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.toml"
        path.write_bytes(content)
        try:
            return load(path)
        except ConfigError as error:
            return error


def _check(result: Config | ConfigError) -> None:
    if isinstance(result, ConfigError):
        assert result.problems
        assert all(str(problem).isprintable() for problem in result.problems)
    else:
        assert all(feed.id and feed.name and feed.publisher for feed in result.feeds)
        assert all(region.countries or region.dyads for region in result.regions)


@given(_DOCUMENTS)
def test_any_toml_gives_a_config_or_problems_that_fit_on_a_line(document: dict[str, Any]) -> None:
    _check(_load(_toml(document).encode()))


@given(st.binary(max_size=80) | st.text(st.characters(exclude_categories=["Cs"]), max_size=80).map(str.encode))
def test_any_bytes_give_a_config_or_problems(content: bytes) -> None:
    _check(_load(content))


@given(st.sampled_from(_PLAUSIBLE) | st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_any_address_gives_a_feed_with_a_publisher_or_a_problem(rest: str) -> None:
    for url in (rest, f"https://{rest}"):
        _check(_load(_toml({"feed": [{"id": "a", "url": url}]}).encode()))


# ------------------------------------------------------------------ lines

_TRICKY = [
    "1",
    '"#"',
    '"[feed]"',
    "'\\'",
    '"\\""',
    "[]",
    "[[1], [2]]",
    "{x = 1, y = [2]}",
    "1 # [feed]",
    "'''a'''",
    "[\n  [1],\n[2]\n, # ]\n]",
    '"""\n[feed]\nx = 1\n"""',
    "'''\n\"\"\"\n[[feed]]\n'''",
    "[ \"a = 1\",\n'[b]' ]",
    '"""\\"""\n[poll]"""',
    "'''it's'''''",
]  # fmt: skip  (as above)
_HEADERS = ["[a]", " [ b.c ] # x", "[[feed]]", "[[ feed ]]", "['d e']"]
_BLOCKS = st.tuples(st.sampled_from(_HEADERS), st.lists(st.sampled_from(_TRICKY), max_size=4))


def _laid_out(blocks: list[tuple[str, list[str]]]) -> tuple[str, dict[str, int]]:
    """A text, and where its headers and keys stand."""
    text, lines, feeds = "", {}, 0
    for header, values in blocks:
        feeds += "feed" in header
        name = f"feed[{feeds - 1}]" if "feed" in header else header.strip(" []#x").replace(" ", "")
        lines[name] = text.count("\n") + 1
        text += f"{header}\n"
        for index, value in enumerate(values):
            lines[f"{name}.k{index}"] = text.count("\n") + 1
            text += f"k{index} = {value}\n"
    return text, {path: line for path, line in lines.items() if not path.startswith("'")}


@given(st.lists(_BLOCKS, max_size=5, unique_by=lambda block: block[0] if "feed" not in block[0] else object()))
def test_lines_are_those_where_headers_and_keys_stand(blocks: list[tuple[str, list[str]]]) -> None:
    text, expected = _laid_out(blocks)
    lines = Lines(text)
    assert {path: lines.of(path) for path in expected} == expected


def test_what_has_no_line_of_its_own_has_that_of_what_is_around_it() -> None:
    lines = Lines('[[feed]]\ntags = [\n  "a",\n]\n[poll]\n')
    assert lines.of("feed[0].tags[0]") == 2
    assert lines.of("feed[0].url") == 1
    assert lines.of("poll.x.y") == 5
    assert lines.of("ui.theme") is None
    assert lines.of("") is None


def test_dotted_keys_and_tables_within_a_list_have_lines() -> None:
    lines = Lines("poll . interval = 1\n[[feed]]\n[feed.more]\nx = 1\n[[feed]]\n[feed.more]\nx = 1\n")
    assert lines.of("poll.interval") == 1
    assert lines.of("feed[0].more.x") == 4
    assert lines.of("feed[1].more.x") == 7
