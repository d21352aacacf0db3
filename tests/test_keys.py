"""Keys of the user's own: read from `[keys]`, refused where they cannot be, listed."""

from __future__ import annotations

import json
import string
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensionwatch.config import ConfigError, load, loads
from tensionwatch.keys import KNOWN, PLACES, Keymap, normal, scope, shown, written
from tests.program import call

FILE = Path("config.toml")
FEEDS = '[[feed]]\nid = "a"\nurl = "https://x.example/a"\n[[region]]\nid = "r"\ncountries = ["PRK"]\n'
FIRST = FEEDS.count("\n") + 2
"""The first line below the header of `[keys]`."""


def read(keys: str) -> dict[str, tuple[str, ...]]:
    return dict(loads(f"{FEEDS}[keys]\n{keys}", FILE).keys)


def wrong(keys: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(keys)
    return [str(problem) for problem in caught.value.problems]


def test_a_key_a_list_of_keys_and_none() -> None:
    assert read(
        '"watch.index" = "I"\n"app.help" = ["?", "f1"]\n"reader.doubt" = ""\n"app.pause" = false\n"app.undo" = []\n'
    ) == {
        "watch.index": ("I",),
        "app.help": ("question_mark", "f1"),
        "reader.doubt": (),
        "app.pause": (),
        "app.undo": (),
    }


def test_ids_need_no_quotes() -> None:
    assert read('watch.index = "I"\napp.undo = "alt+u"\n') == {"watch.index": ("I",), "app.undo": ("alt+u",)}


def test_two_actions_may_swap_their_keys() -> None:
    assert read('"event.next" = "p"\n"event.previous" = "n"\n') == {"event.next": ("p",), "event.previous": ("n",)}


def test_what_meets_as_shipped_may_be_written_out() -> None:
    assert read('"feeds.poll" = "r"\n"app.poll_now" = ["r", "f5"]\n')["app.poll_now"] == ("r", "f5")


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ('"watch.indx" = "i"', "keys.'watch.indx': unknown action; such as watch.index"),
        ('"undo" = "u"', "keys.undo: unknown action; such as app.undo"),
        ('"watch.index" = "q"', "keys.'watch.index': 'q' does app.quit (Quit) on the screen Watch; a key that is free"),
        ('"app.pause" = "s"', "keys.'app.pause': 's' does "),
        ('"list.open" = "tab"', "keys.'list.open': 'tab' does "),
        ('"app.undo" = "shift+u"', "keys.'app.undo': no key is called 'shift+u'; a key such as"),
        ('"app.undo" = "hyper+u"', "keys.'app.undo': no key is called 'hyper+u'"),
        ('"app.undo" = "ctrl+m"', "keys.'app.undo': a terminal sends enter for ctrl+m; another key, or enter itself"),
        ('"app.undo" = "ctrl+p"', "keys.'app.undo': ctrl+p opens the command palette everywhere"),
        ('"app.undo" = 3', "keys.'app.undo': not a key: 3; a key or a list of keys"),
        ('"app.undo" = true', "keys.'app.undo': not a key: true"),
        ('"app.undo" = ["u", 3]', "keys.'app.undo': not a key: ['u', 3]"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line_and_what_would_be_right(keys: str, told: str) -> None:
    (said,) = wrong(f"# first\n{keys}\n")
    assert said.startswith(f"config.toml:{FIRST + 1}: {told}")


def test_the_capital_is_meant_where_a_terminal_knows_no_shift() -> None:
    assert wrong('"app.undo" = "shift+u"\n')[0].endswith("did you mean 'U'?")


def test_both_of_two_that_were_given_one_key_are_told() -> None:
    first, second = wrong('"event.next" = "h"\n"event.previous" = "h"\n')
    assert "'h' does event.previous" in first
    assert "'h' does event.next" in second


def test_keys_that_are_named_as_free_are() -> None:
    (said,) = wrong('"watch.index" = "q"\n')
    free = said.partition("free there: ")[2].split(", ")
    assert len(free) > 5
    for key in free:
        assert read(f'"watch.index" = "{key}"\n') == {"watch.index": (key,)}


def test_a_table_is_wanted() -> None:
    with pytest.raises(ConfigError, match="not a table; one table that begins with"):
        loads(f"keys = 3\n{FEEDS}", FILE)


@given(st.text(max_size=12) | st.sampled_from(["ctrl+", "alt+x", "shift+tab", "f12", "Enter"]))
def test_whatever_is_taken_for_a_key_has_one_name(text: str) -> None:
    name = normal(text)
    if name is not None:
        assert normal(name) == name
        assert normal(written(name)) == name
        assert "," not in name, "Textual would read two keys"
        assert shown(name)
        assert shown(name, plain=True)


def test_all_of_ascii_can_be_a_key() -> None:
    for mark in string.punctuation:
        name = normal(mark)
        assert name is not None
        assert shown(name) == written(name) == mark


def test_no_two_actions_that_meet_are_shipped_with_one_key_but_where_the_inner_one_is_meant() -> None:
    """Within one scope a key does one thing; what a list or a screen does goes before what works everywhere."""
    for _, scopes in PLACES:
        for inner in scopes:
            keys = [key for id in KNOWN if scope(id) == inner for key in KNOWN[id].keys]
            assert len(keys) == len(set(keys)), inner


def test_a_text_that_names_a_key_that_was_taken_away_is_left_out() -> None:
    keys = Keymap({"app.undo": ("f2",), "app.help": ()})
    assert keys.says(" · {} undoes", "app.undo") == " · f2 undoes"
    assert keys.says("{} helps", "app.help") == ""
    assert keys.says("{} undoes, {} helps", "app.undo", "app.help") == ""
    assert keys.shown("list.open") == "⏎"
    assert Keymap(plain=True).shown("list.open") == "enter"


# ------------------------------------------------------------------ the command


@pytest.fixture
def configured(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(f'{FEEDS}[keys]\n"watch.index" = ["I", "f3"]\n"reader.doubt" = ""\n')
    return path


def test_all_keys_are_listed_by_place_and_the_own_ones_marked(configured: Path, tmp_path: Path) -> None:
    done = call("--config", configured, "keys", home=tmp_path)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0] == "Everywhere"
    assert [line.split() for line in lines if "watch.index" in line] == [["*", "I", "f3", "watch.index", "Index"]]
    assert [line.split()[:3] for line in lines if "reader.doubt" in line] == [["*", "none", "reader.doubt"]]
    assert "In lists" in lines
    assert sum("." in line.split()[-2] for line in lines if len(line.split()) > 2) >= 20


def test_as_toml_it_can_be_pasted_and_means_the_same(configured: Path, tmp_path: Path) -> None:
    told = call("--config", configured, "keys", "--toml", home=tmp_path).stdout
    assert set(tomllib.loads(told)["keys"]) == set(KNOWN)
    pasted = tmp_path / "pasted.toml"
    pasted.write_text(FEEDS + told)
    keys, before = load(pasted).keys, Keymap(load(configured).keys)
    assert {id: Keymap(keys).of(id) for id in KNOWN} == {id: before.of(id) for id in KNOWN}


def test_as_json_one_action_a_line(configured: Path, tmp_path: Path) -> None:
    told = [
        json.loads(line) for line in call("--config", configured, "keys", "--json", home=tmp_path).stdout.splitlines()
    ]
    index = next(each for each in told if each["id"] == "watch.index")
    assert index == {"id": "watch.index", "keys": ["I", "f3"], "shipped": ["i"], "does": "Index", "screens": ["Watch"]}
    assert len(told) == len(KNOWN)
