"""`tensionwatch feeds import, export`: the real command on real files."""

from __future__ import annotations

import io
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tensionwatch import config
from tensionwatch.model import Login
from tests.feeds_command.conftest import KEY, Run

LIST = """<?xml version="1.0"?><opml version="1.0"><body>
<outline text="News"><outline text="Post" type="rss" xmlUrl="https://post.example/rss"/>
<outline text="Post" type="rss" xmlUrl="https://other.example/rss"/></outline>
<outline text="Mine" xmlUrl="http://A.example/rss"/>
<outline text="Run" xmlUrl="|touch harbour"/>
</body></opml>"""
MINE = '# mine\n[[feed]]\nid = "a"\nurl = "https://a.example/rss"\nname = "A &amp; B"\ntags = ["x", "a/b", "c"]\n'


@pytest.fixture
def path(path: Path) -> Path:
    path.write_text(MINE, "utf-8")
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "list.opml"
    file.write_text(LIST, "utf-8")
    return file


def test_a_list_is_brought_in_in_one_go_and_summed_up(path: Path, file: Path, feeds: Run) -> None:
    code, out, err = feeds("import", str(file))
    assert code == 1
    assert out == f"{file}: 4 feeds: 2 added, 1 already there, 1 refused\n"
    assert "already there: 'Mine' http://A.example/rss (as 'a')" in err
    assert "refused: 'Run' |touch harbour: only http and https are fetched, and nothing is ever run" in err
    text = path.read_text("utf-8")
    assert text.startswith(MINE)
    assert tomllib.loads(text)["feed"][1:] == [
        {"id": name, "url": f"https://{host}/rss", "name": "Post", "publisher": host, "tags": ["News"]}
        for name, host in (("post", "post.example"), ("post-2", "other.example"))
    ]
    assert config.load(path).feeds[2].id == "post-2"


def test_again_it_changes_nothing(path: Path, file: Path, feeds: Run) -> None:
    feeds("import", str(file))
    before = path.read_bytes()
    assert "0 added, 3 already there, 1 refused" in feeds("import", str(file))[1]
    assert path.read_bytes() == before


def test_a_dry_run_shows_what_would_be_added(path: Path, file: Path, feeds: Run) -> None:
    code, out, _ = feeds("import", str(file), "--dry-run")
    assert code == 1
    assert '+id = "post-2"' in out
    assert path.read_text("utf-8") == MINE


def test_standard_input_is_read(path: Path, feeds: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(LIST.encode())))
    assert "2 added" in feeds("import", "-")[1]


def test_what_is_no_list_is_told(path: Path, tmp_path: Path, feeds: Run) -> None:
    code, _, err = feeds("import", str(path))
    assert (code, "not a list of feeds: not XML" in err) == (1, True)
    code, _, err = feeds("import", str(tmp_path / "none.opml"))
    assert (code, "cannot be read: No such file" in err) == (1, True)
    assert path.read_text("utf-8") == MINE


def test_three_thousand_feeds_come_in(path: Path, file: Path, feeds: Run) -> None:
    outlines = "".join(f'<outline text="Feed {n}" xmlUrl="https://f{n}.example/rss"/>' for n in range(3_000))
    file.write_text(f'<opml version="2.0"><body>{outlines}</body></opml>', "utf-8")
    assert "3,000 feeds: 3000 added" in feeds("import", str(file))[1]
    assert len(config.load(path).feeds) == 3_001


def test_what_is_taken_out_comes_in_again(path: Path, tmp_path: Path, feeds: Run) -> None:
    file = tmp_path / "out.opml"
    assert feeds("export", str(file)) == (0, f"{file}: 1 feed\n", "")
    before = config.load(path).feeds
    path.write_text("", "utf-8")
    assert feeds("import", str(file))[0] == 0
    assert config.load(path).feeds == before


def test_a_file_that_is_there_is_replaced_only_when_that_is_said(path: Path, file: Path, feeds: Run) -> None:
    code, _, err = feeds("export", str(file))
    assert (code, "--force replaces it" in err) == (1, True)
    assert file.read_text("utf-8") == LIST
    assert feeds("export", str(file), "--force")[0] == 0
    assert file.read_bytes().startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<opml version="2.0"')


def test_standard_output_gets_the_list_alone(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tensionwatch", "--config", str(path), "feeds", "export", "-"],
        capture_output=True, check=True, timeout=120,
    )  # fmt: skip
    assert done.stdout.startswith(b"<?xml")
    assert b'xmlUrl="https://a.example/rss"' in done.stdout
    assert done.stderr == b""


def test_a_password_in_an_address_becomes_a_login(path: Path, file: Path, feeds: Run) -> None:
    body = f'<outline text="Mine" xmlUrl="https://me:{KEY}%21@b.example/rss"/>'
    file.write_text(f'<opml version="2.0"><body>{body}</body></opml>', "utf-8")
    code, out, err = feeds("import", str(file), "--dry-run")
    assert code == 0
    assert "+auth = …\n" in out
    assert KEY not in out + err
    assert feeds("import", str(file))[0] == 0
    feed = config.load(path).feeds[-1]
    assert (feed.url, feed.auth) == ("https://b.example/rss", Login("me", f"{KEY}!"))
    assert "1 already there" in feeds("import", str(file))[1]
