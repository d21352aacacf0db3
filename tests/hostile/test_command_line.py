"""What commands print goes to a terminal: whatever a store, a configuration or an argument holds, it is drawn as text."""

from __future__ import annotations

import json
import unicodedata
from datetime import timedelta
from pathlib import Path

import pytest

from tensionwatch import cli, config
from tensionwatch.clock import SystemClock
from tensionwatch.commands.common import open_watch
from tensionwatch.model import Claim, Entry, Evidence, Fetched, Ordinal, ReadEntry
from tests.builders import a_flag, a_visit
from tests.hostile.conftest import no_proxy
from tests.hostile.lab import beside
from tests.hostile.raw import RawServer, head, says

EVIL = "\x1b]0;owned\x07\x1b]52;c;cm0gLXJm\x07\x1b[2J\x9b31m\x9dred\x7f \u202egnp.exe\u2066 \u200b[/][@click=app.quit]x"
"""Escapes of 7 and 8 bits, the clipboard, bidi controls, markup."""


def harmless(text: str) -> bool:
    """Nothing in it makes a terminal do anything but show characters and end lines."""
    return not [c for c in text if c not in "\n\t" and (unicodedata.category(c) in {"Cc", "Cs"} or c in "\u202e\u2066")]


@pytest.fixture(scope="module")
def hostile_config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that was written by something that did not clean what it kept, and names that somebody else chose."""
    folder = tmp_path_factory.mktemp("hostile")
    path = folder / "config.toml"
    path.write_text(
        f"[storage]\npath = {json.dumps(str(folder / 'store'))}\n"
        f'[[feed]]\nid = "evil"\nurl = "http://127.0.0.1:9/"\nallow_private = true\nname = "[/] [@click=app.quit]x"\npublisher = "evil.example"\n'
        '[[region]]\nid = "korea"\nname = "Korea"\ncountries = ["KOR", "PRK"]\n'
    )
    now = SystemClock().now()
    flags = (
        a_flag(place="kor-dmz", people=(EVIL,), claim=Claim(by="PRK", stance="denied"), ordinal=Ordinal(count=2, scope=EVIL, of=EVIL, quality=None, words=EVIL)),
        a_visit(),
    )  # fmt: skip
    flags = tuple(
        type(f)(**{n: getattr(f, n) for n in f.__struct_fields__} | {"evidence": (Evidence("title", 0, 9, EVIL),)}) for f in flags
    )  # fmt: skip
    entries = tuple(
        ReadEntry(
            entry=Entry(entry_id=f"{n}{EVIL}", link=f"https://evil.example/{n}", title=f"{n} {EVIL}", summary=EVIL, published=now - timedelta(hours=n)),
            hash=str(n), flags=flags,
        )
        for n in range(3)
    )  # fmt: skip
    with open_watch(config.load(path), []) as watch:
        for _ in watch.settle():
            pass
        watch.accept(Fetched(feed="evil", at=now, result="ok", entries=entries, seen=("0", "1", "2")), jitter=0.0)
        watch.accept(Fetched(feed="evil", at=now, result="failed", reason=EVIL), jitter=0.0)
    return path


@pytest.mark.parametrize("as_json", [[], ["--json"]], ids=["words", "json"])
def test_the_card_of_a_hostile_event_is_characters_alone(
    hostile_config: Path, as_json: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main(["--config", str(hostile_config), "events"])
    event_id = capsys.readouterr().out.split("\n")[0].split()[-1]
    assert cli.main(["--config", str(hostile_config), "event", event_id, *as_json]) == 0
    assert harmless(capsys.readouterr().out)


COMMANDS = [
    ["list"], ["list", "--json"], ["list", "--text", EVIL], ["events"], ["events", "--json"], ["pair", "PRK", "KOR"],
    ["pair", "PRK", "KOR", "--json"], ["store", "stats"], ["store", "stats", "--json"], ["store", "verify"],
    ["store", "verify", "--json"], ["store", "export"], ["store", "export", "--csv"], ["store", "export", "--events"],
    ["check"], ["feeds", "list"], ["feeds", "list", "--json"], ["feeds", "remove", EVIL], ["feeds", "check", EVIL], ["rules", "list"], ["classify", EVIL, "--json"],
    # what the user says himself comes back in errors
    ["list", "--region", EVIL], ["list", "--kind", EVIL], ["list", "--since", EVIL], ["event", EVIL], ["pair", EVIL, "KOR"],
    ["rules", "show", EVIL], ["eval", f"/nowhere/{EVIL}"],
    ["backtest", f"/nowhere/{EVIL}"], ["store", "restore", f"/nowhere/{EVIL}"],
    ["poll", "--once", "--all"],  # last: it classifies what is kept again
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: " ".join(words).replace(EVIL, "EVIL"))
def test_a_command_prints_characters_alone(
    hostile_config: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main(["--config", str(hostile_config), *command])
    said = capsys.readouterr()
    assert said.out or said.err
    assert harmless(said.out), ascii(said.out)[:2_000]
    assert harmless(said.err), ascii(said.err)[:2_000]


def test_json_escapes_what_a_terminal_must_not_see_and_loses_nothing(
    hostile_config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main(["--config", str(hostile_config), "list", "--json"])
    titles = [json.loads(line)["title"] for line in capsys.readouterr().out.splitlines()]
    assert all("\u202egnp.exe" in title for title in titles)


@pytest.mark.parametrize(
    "broken",
    [
        f"[poll]\n{json.dumps(EVIL)} = 1\n",
        f"[ui]\ntheme = {json.dumps(EVIL)}\ntimezone = {json.dumps(EVIL)}\n",
        "[[feed]]\nurl = 'http://x.example/\x7f'\n",
        "\x1b]0;owned\x07 = 1",
    ],
)
def test_problems_of_a_configuration_are_characters_alone(
    tmp_path: Path, broken: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "config.toml"
    path.write_text(broken)
    assert cli.main(["--config", str(path), "check"]) == 2
    said = capsys.readouterr()
    assert harmless(said.out + said.err), ascii(said.out + said.err)


ANSWERS = {
    "a feed": head(b'Content-Type: \x9b31m\x1b]0;owned\x07', b'ETag: "\x1b[2J\x9b"', b"Cache-Control: \x9d\xe2\x80\xae", b"Expires: \x1b[31m") + beside("<item><title>&#27;[2J\u202ex</title></item>"),
    "a page": head(b"Content-Type: text/html") + "<html><title>\x1b]0;owned\x07\u202e</title><link rel=alternate type=application/rss+xml title='\x9b31m\u202ex' href='/\x9b\u202efeed'>".encode(),
    "a redirect": head(b"Location: http://127.0.0.1:9/\x9b31m\xe2\x80\xae", status=b"301 \x1b[2JMoved"),
    "a refusal": head(b"Content-Length: 0", status=b"404 \x1b]0;owned\x07"),
    "noise": b"\x1b]0;owned\x07\r\n\r\n",
}  # fmt: skip


@pytest.mark.parametrize("as_json", [[], ["--json"]], ids=["words", "json"])
@pytest.mark.parametrize("name", ANSWERS)
def test_a_look_at_a_hostile_server_is_characters_alone(
    hostile_config: Path, name: str, as_json: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with no_proxy(), RawServer(says(ANSWERS[name])).running() as server:
        cli.main(["--config", str(hostile_config), "feeds", "check", "--allow-private", *as_json, server.url()])
    said = capsys.readouterr()
    assert said.out
    assert harmless(said.out + said.err), ascii(said.out + said.err)
