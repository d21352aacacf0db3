"""Editing the configuration: what is not meant to change does not, byte for byte."""

from __future__ import annotations

import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensionwatch import config
from tensionwatch.config_edit import CannotEdit, Table, change, line_of, with_feeds, without_feed
from tensionwatch.errors import ConfigError, TensionwatchError

A = '[[feed]]\nid = "a"\nurl = "https://a.example/rss"\n'
B = '[[feed]]\nid = "b"\nurl = "https://b.example/rss"\n'
NEW: Table = {"id": "new", "url": "https://new.example/rss", "name": 'The "New"', "tags": ["x", "y"]}
NEW_TEXT = '[[feed]]\nid = "new"\nurl = "https://new.example/rss"\nname = "The \\"New\\""\ntags = ["x", "y"]\n'


def feeds(text: str) -> list[str]:
    return [feed["id"] for feed in tomllib.loads(text).get("feed", [])]


def there(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# ------------------------------------------------------------------ where a new one goes


def test_a_feed_goes_after_the_last_one_and_before_the_heading_of_what_follows() -> None:
    tail = '\n# ---- regions ----\n# A comment.\n\n[[region]]\nid = "korea"\ncountries = ["KOR"]\n'
    assert with_feeds(f"# top\n\n{A}\n{B}{tail}", [NEW]) == f"# top\n\n{A}\n{B}\n{NEW_TEXT}{tail}"


def test_a_feed_of_which_the_last_has_a_table_of_its_own_goes_after_that() -> None:
    text = f'{A}\n[feed.headers]\nX-Key = "k"\n\n[ui]\n'
    assert with_feeds(text, [NEW]) == f'{A}\n[feed.headers]\nX-Key = "k"\n\n{NEW_TEXT}\n[ui]\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", NEW_TEXT),
        ("[ui]\n", f"[ui]\n\n{NEW_TEXT}"),
        ('[ui]\ntheme = "x"', f'[ui]\ntheme = "x"\n\n{NEW_TEXT}'),
        (A.rstrip("\n"), f"{A}\n{NEW_TEXT}"),
        (f"{A}[ui]\n", f"{A}\n{NEW_TEXT}\n[ui]\n"),
        (f"{A}[ui]\n\n{B}# last\n", f"{A}[ui]\n\n{B}\n{NEW_TEXT}\n# last\n"),
    ],
)
def test_files_of_other_shapes(text: str, expected: str) -> None:
    assert with_feeds(text, [NEW]) == expected


def test_ends_of_lines_stay_what_they_are() -> None:
    windows = f"{A}\n[ui]\n".replace("\n", "\r\n")
    assert with_feeds(windows, [NEW]) == f"{A}\n{NEW_TEXT}\n[ui]\n".replace("\n", "\r\n")
    assert without_feed(with_feeds(windows, [NEW]), 1) == windows


def test_feeds_in_brackets_are_edited_in_brackets() -> None:
    text = 'feed = [\n  { id = "a", url = "https://a.example/rss" }, # mine\n]\n\n[ui] # colours\n'
    more = with_feeds(text, [NEW])
    assert feeds(more) == ["a", "new"]
    assert "# mine" in more
    assert "# colours" in more
    assert feeds(without_feed(more, 0)) == ["new"]
    assert feeds(with_feeds("feed = []\n", [NEW])) == ["new"]


def test_what_only_a_hand_can_edit_is_left_alone() -> None:
    quoted = A.replace("[[feed]]", '[["feed"]]')
    with pytest.raises(CannotEdit, match="only a hand"):
        with_feeds(quoted, [NEW])
    apart = f'{A}\n[ui]\n\n[feed.headers]\nX-Key = "k"\n'
    with pytest.raises(CannotEdit, match="only a hand"):
        without_feed(apart, 0)


# ------------------------------------------------------------------ taking one out


def test_taking_one_out_keeps_the_headings_around_it() -> None:
    text = f"# World\n\n{A}\n# Korea\n\n{B}\n# regions\n\n[ui]\n"
    assert without_feed(text, 0) == f"# World\n\n# Korea\n\n{B}\n# regions\n\n[ui]\n"
    assert without_feed(text, 1) == f"# World\n\n{A}\n# Korea\n\n# regions\n\n[ui]\n"


def test_every_shipped_feed_can_be_taken_out_and_nothing_else_goes() -> None:
    text = config.example_text()
    lines = text.splitlines()
    for number in range(len(tomllib.loads(text)["feed"])):
        left = without_feed(text, number).splitlines()
        gone = [line for line in lines if line not in set(left)]
        assert len(lines) - len(left) <= 10
        assert not any(line.startswith("#") for line in gone)
        comments = [line for line in lines if line.startswith("#")]
        assert [line for line in left if line.startswith("#")] == comments


_COMMENT = st.sampled_from(["", "# a comment", '# [[feed]] = "', "#[[feed]]", "   # with blanks  "])
_VALUE = st.sampled_from(['"""\n[[feed]]\n# no comment\n"""', "'''\n[ui]\n'''", '"# [[feed]]"', "'plain'"])


@st.composite
def files(draw: st.DrawFn) -> tuple[str, int]:
    """A file of feeds and other tables in any order with comments between, and how many feeds it has."""
    parts, count = [], 0
    for number in range(draw(st.integers(0, 6))):
        parts += draw(st.lists(_COMMENT, max_size=2))
        if draw(st.booleans()):
            parts += ["[[feed]]", f'id = "f{number}"  # {number}', *draw(st.lists(_COMMENT, max_size=1))]
            parts += [f"name = {draw(_VALUE)}", f'tags = [\n  "x", # one\n  "y",\n]{draw(_COMMENT)}']
            parts += draw(st.sampled_from([[], ["[feed.headers]", 'X = "1"'], ["headers = { X = '[' }"]]))
            count += 1
        else:
            parts += [draw(st.sampled_from(["[[region]]", "[[bloc]]", f"[t{number}]", f"[t{number}.u]"])), "k = 1"]
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    text = newline.join(parts).replace("\r\n", "\n").replace("\n", newline)
    return text + (newline if parts and draw(st.booleans()) else ""), count


@given(files(), st.data())
def test_whatever_the_file_adding_and_taking_out_change_nothing_else(
    file: tuple[str, int], data: st.DataObject
) -> None:
    text, count = file
    before = tomllib.loads(text)
    more = with_feeds(text, [NEW])
    assert tomllib.loads(more) == before | {"feed": [*before.get("feed", []), NEW]}
    newline = "\r\n" if "\r\n" in text else "\n"
    head, new, tail = more.partition(NEW_TEXT.replace("\n", newline))
    above = head.rstrip("\r\n")
    assert new
    assert text.startswith(above)
    assert text[len(above) :].lstrip("\r\n") == tail.lstrip("\r\n")
    assert without_feed(more, count).rstrip("\r\n") == text.rstrip("\r\n") or tail.strip("\r\n")
    number = data.draw(st.integers(0, count))
    left = without_feed(more, number)
    ids = [*feeds(text), "new"]
    assert feeds(left) == [*ids[:number], *ids[number + 1 :]]


# ------------------------------------------------------------------ the file


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(f"# mine\n{A}", "utf-8")
    return path


def add(text: str) -> str:
    return with_feeds(text, [NEW])


def test_a_change_keeps_mode_link_and_byte_order_mark(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    path.chmod(0o600)
    link = path.with_name("link.toml")
    link.symlink_to(path.name)
    done = change(link, add)
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes().startswith(b"\xef\xbb\xbf# mine\n[[feed]]")
    assert config.load(link).feeds[-1].id == "new"
    assert "+id = " in done.diff
    assert there(path.parent) == ["config.toml", "link.toml"]


def test_a_result_that_would_be_wrong_never_lands(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(CannotEdit, match=r"nothing was changed.*feed\[1\].interval"):
        change(path, lambda text: with_feeds(text, [{**NEW, "interval": "soon"}]))
    with pytest.raises(CannotEdit, match="already used"):
        change(path, lambda text: with_feeds(text, [{**NEW, "id": "a"}]))
    assert path.read_bytes() == before
    assert there(path.parent) == ["config.toml"]


def test_a_file_that_is_wrong_already_is_told_and_left(path: Path) -> None:
    path.write_text("feed = 7\n", "utf-8")
    with pytest.raises(ConfigError, match="not a list"):
        change(path, add)
    assert path.read_text("utf-8") == "feed = 7\n"


def test_a_dry_run_writes_nothing_and_makes_no_folder(path: Path) -> None:
    before = path.read_bytes()
    assert change(path, add, dry_run=True).after == f"# mine\n{A}\n{NEW_TEXT}"
    assert path.read_bytes() == before
    far = path.parent / "no" / "such" / "config.toml"
    change(far, add, missing="", dry_run=True)
    assert not far.parent.exists()


def test_a_missing_file_is_made_where_that_is_meant(path: Path) -> None:
    far = path.parent / "no" / "such" / "config.toml"
    with pytest.raises(TensionwatchError, match="cannot be edited: No such file"):
        change(far, add)
    change(far, add, missing="# made\n")
    assert far.read_text("utf-8") == f"# made\n\n{NEW_TEXT}"


def test_what_another_program_has_written_meanwhile_is_not_lost(path: Path) -> None:
    def slow(text: str) -> str:
        path.write_text(f"{text}\n# from an editor\n", "utf-8")
        return add(text)

    with pytest.raises(CannotEdit, match="another program has just written it"):
        change(path, slow)
    assert "# from an editor" in path.read_text("utf-8")


def test_of_many_at_once_none_is_lost(path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tensionwatch.config_edit import change, with_feeds\n"
        "for n in range(5):\n"
        "    feed = {'id': f'{sys.argv[2]}-{n}', 'url': f'https://{sys.argv[2]}.example/{n}'}\n"
        "    change(Path(sys.argv[1]), lambda text: with_feeds(text, [feed]))\n"
    )
    writers = [subprocess.Popen([sys.executable, "-c", code, str(path), name]) for name in ("x", "y", "z")]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert len(config.load(path).feeds) == 16


def test_a_line_is_told_for_what_was_added() -> None:
    text = with_feeds(f"# mine\n{A}", [NEW])
    assert line_of(text, 1) == 6
    assert line_of(text, 1, "url") == 8
