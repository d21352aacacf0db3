"""One message through one channel: real programs, a real server behind apprise."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import socket
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from tensionwatch.alerts.courier import address, parts
from tensionwatch.alerts.records import Alert, Channel, Delivery
from tensionwatch.alerts.send import send
from tensionwatch.alerts.wire import DETAILED, VERSION, Payload, compose, to_line
from tensionwatch.errors import SendFailed
from tensionwatch.events import Ledger
from tensionwatch.model import Article
from tests.builders import NOON, a_flag, an_article

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "schema" / "payload.json").read_text("utf-8"))
NASTY = "shots\x00 \x1b[31mfired\u202e at \u2028 the border \U0001f6a8 고지"


def an_alert(alert_id: str = "a1", *, event: str | None = None, title: str = "▲ incident PRK→KOR") -> Alert:
    return Alert(
        id=alert_id, rule="korea", key=f"korea|event|{event}|reported", at=NOON, region="korea", event=event,
        stage="reported", title=title, text="8 reports\nhttps://one.example/a", articles=("a",),
    )  # fmt: skip


def a_payload(*alerts: Alert, unsure: bool = False) -> Payload:
    article = an_article("a", a_flag(), title=NASTY)
    event = next(iter(Ledger([article])))
    told = alerts or (an_alert(event=event.id, title=NASTY),)
    delivery = Delivery(id="d1", channel="c", alerts=tuple(a.id for a in told), state="sending", tries=1, unsure=unsure)
    articles: dict[str, Article] = {"a": article}
    return compose(delivery, told[0].title, told[0].text, told, {event.id: event}.get, articles.get)


def a_program(folder: Path, code: str) -> tuple[str, ...]:
    """What Python does when it is given this."""
    script = folder / "notify.py"
    script.write_text(f"import json, os, subprocess, sys, time\n{code}\n", "utf-8")
    return (sys.executable, str(script))


async def reason_of(channel: Channel, payload: Payload | None = None) -> SendFailed:
    with pytest.raises(SendFailed) as failed:
        await send(channel, payload or a_payload())
    return failed.value


# ---------------------------------------------------------------- what is sent


def test_the_published_schema_is_that_of_the_record() -> None:
    made = json.loads(json.dumps(msgspec.json.schema(Payload)))
    assert made | {"version": VERSION} == SCHEMA, "run docs/schemas.py and see what changed"


def test_a_message_keeps_the_published_schema() -> None:
    wire = json.loads(to_line(a_payload()))
    jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker()).validate(wire)
    (told,) = wire["alerts"]
    assert told["event"]["kind"] == "border_incident"
    assert told["articles"] == [
        {"title": NASTY, "link": "https://one.example/a", "publisher": "one.example", "at": "2026-03-01T12:00:00Z"}
    ]
    assert (wire["digest"], wire["again"], wire["id"]) == (False, False, "d1")


def test_whatever_a_headline_holds_the_object_is_one_line_without_what_a_terminal_obeys() -> None:
    line = to_line(a_payload()).decode()
    assert line.count("\n") == 1
    assert not set("\x00\x1b\u202e\u2028") & set(line)
    assert "고지" in line
    assert json.loads(line)["title"] == NASTY


def test_a_long_digest_brings_events_and_articles_of_its_first_alerts_alone() -> None:
    event = a_payload().alerts[0].event
    assert event is not None
    wire = a_payload(*(an_alert(f"a{n}", event=event.id) for n in range(1000)))
    assert (wire.digest, len(wire.alerts)) == (True, 1000)
    assert [told.event is not None for told in wire.alerts] == [True] * DETAILED + [False] * (1000 - DETAILED)
    assert len(to_line(wire)) < 500_000


# ---------------------------------------------------------------- a command


async def test_a_command_is_given_the_message_on_standard_input_and_no_shell_reads_it(tmp_path: Path) -> None:
    command = a_program(tmp_path, f"json.dump([sys.argv[1:], sys.stdin.read()], open({str(tmp_path / 'got')!r}, 'w'))")
    payload = a_payload()
    await send(Channel(id="c", command=(*command, "$HOME; touch /tmp/x", "`id`", "*")), payload)
    arguments, stdin = json.loads((tmp_path / "got").read_text())
    assert arguments == ["$HOME; touch /tmp/x", "`id`", "*"]
    assert stdin.encode() == to_line(payload)


async def test_a_command_has_our_environment_and_no_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OF_OURS", "yes")
    command = a_program(tmp_path, "sys.exit(not (os.environ.get('OF_OURS') == 'yes' and os.getsid(0) == os.getpid()))")
    await send(Channel(id="c", command=command), a_payload())


@pytest.mark.parametrize("code", ["sys.exit(0)", "sys.stdin.read(1); sys.exit(0)", "os.close(0)"])
async def test_a_program_need_not_read_what_it_is_given(tmp_path: Path, code: str) -> None:
    long = a_payload(*(an_alert(f"a{n}", title=NASTY * 50) for n in range(1000)))
    assert len(to_line(long)) > 1_000_000
    await send(Channel(id="c", command=a_program(tmp_path, code)), long)


async def test_a_program_that_fails_is_told_with_its_last_words(tmp_path: Path) -> None:
    command = a_program(tmp_path, "print('x' * 100_000, '\\nno such\\x1b[2J room', file=sys.stderr); sys.exit(7)")
    failed = await reason_of(Channel(id="c", command=command))
    assert str(failed).startswith(f"'{Path(sys.executable).name}' ended with 7: xxx")
    assert str(failed).endswith("xxx no such room")
    assert len(str(failed)) < 300
    assert (failed.for_good, failed.unsure) == (False, False)


async def test_what_a_program_quotes_of_its_arguments_is_masked(tmp_path: Path) -> None:
    command = a_program(tmp_path, "sys.exit(' '.join(sys.argv[1:]))")
    failed = await reason_of(Channel(id="c", command=(*command, "s3cretWord", "--token=abcdef", "/a/path")))
    assert "s3cretWord" not in str(failed)
    assert "abcdef" not in str(failed)
    assert "/a/path" in str(failed)


async def test_a_program_ended_by_a_signal_is_told_so(tmp_path: Path) -> None:
    failed = await reason_of(Channel(id="c", command=a_program(tmp_path, "os.kill(os.getpid(), 11)")))
    assert "was ended by SIGSEGV" in str(failed)


async def test_when_its_time_is_up_a_program_and_what_it_started_are_killed(tmp_path: Path) -> None:
    code = f"""
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open({str(tmp_path / "pids")!r}, "w").write(f"{{os.getpid()}} {{child.pid}}")
time.sleep(600)"""
    sending = asyncio.create_task(reason_of(Channel(id="c", command=a_program(tmp_path, code), timeout=5)))
    failed = await sending
    assert "took longer than 5s and was ended" in str(failed)
    assert failed.unsure
    for pid in map(int, (tmp_path / "pids").read_text().split()):
        await gone(pid)


async def test_cancelled_it_leaves_no_program_behind(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    code = (
        f"open({str(pids) + '.new'!r}, 'w').write(str(os.getpid())); os.rename({str(pids) + '.new'!r}, {str(pids)!r})"
    )
    command = a_program(tmp_path, f"{code}; time.sleep(600)")
    sending = asyncio.create_task(send(Channel(id="c", command=command), a_payload()))
    while not pids.exists():
        await asyncio.sleep(0.02)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    await gone(int(pids.read_text()))


async def gone(pid: int) -> None:
    async with asyncio.timeout(30):
        while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]:
            await asyncio.sleep(0.02)


async def test_what_a_program_leaves_running_is_not_waited_for(tmp_path: Path) -> None:
    code = "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])"
    await send(Channel(id="c", command=a_program(tmp_path, code), timeout=30), a_payload())


async def test_a_program_that_never_stops_complaining_costs_no_memory_and_is_ended(tmp_path: Path) -> None:
    code = "while True: sys.stderr.write('no ' * 10_000)"
    failed = await reason_of(Channel(id="c", command=a_program(tmp_path, code), timeout=2))
    assert "took longer" in str(failed)


@pytest.mark.parametrize(
    ("name", "mode", "content", "reason"),
    [
        ("missing", None, "", "'missing' cannot be started: No such file or directory"),
        ("plain", 0o600, "#!/bin/sh\n", "'plain' cannot be started: Permission denied"),
        ("odd", 0o700, "\x00\x01", "'odd' cannot be started: Exec format error"),
    ],
)
async def test_a_program_that_cannot_be_started_is_told_so_and_tried_again_later(
    tmp_path: Path, name: str, mode: int | None, content: str, reason: str
) -> None:
    path = tmp_path / name
    if mode is not None:
        path.write_text(content)
        path.chmod(mode)
    failed = await reason_of(Channel(id="c", command=(str(path),)))
    assert str(failed) == reason
    assert not failed.for_good


# ---------------------------------------------------------------- apprise

needs_apprise = pytest.mark.skipif(importlib.util.find_spec("apprise") is None, reason="apprise is not installed")


class Service:
    """What apprise's `json://` talks to."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.status = 200
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                service.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(service.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """pytest's output is not its place."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        self.url = f"json://user:s3cretword@127.0.0.1:{self._http.server_port}/pathtoken"

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    made = Service()
    yield made
    made.close()


@needs_apprise
async def test_apprise_is_given_title_and_text_without_what_a_terminal_obeys(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHONE", service.url)
    await send(Channel(id="phone", url="env:PHONE"), a_payload())
    (got,) = service.got
    assert got["title"] == "shots fired[U+202E] at   the border \U0001f6a8 고지"
    assert got["message"] == "8 reports\nhttps://one.example/a"


@needs_apprise
async def test_no_reason_of_apprise_holds_a_part_of_the_address(service: Service) -> None:
    service.status = 500
    failed = await reason_of(Channel(id="phone", url=service.url))
    assert "error=500" in str(failed)
    assert not failed.for_good
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    refused = await reason_of(Channel(id="phone", url=f"json://user:s3cretword@127.0.0.1:{port}/pathtoken"))
    assert "Connection refused" in str(refused)
    for reason in (str(failed), str(refused)):
        assert not any(secret in reason for secret in ("s3cretword", "pathtoken", "127.0.0.1", "user"))


@needs_apprise
async def test_a_server_that_hangs_is_left_when_the_time_is_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"json://127.0.0.1:{silent.getsockname()[1]}/x?rto=600"
        failed = await reason_of(Channel(id="phone", url=url, timeout=4))
    assert str(failed) == "the courier to apprise took longer than 4s and was ended"
    assert failed.unsure


@needs_apprise
@pytest.mark.parametrize("url", ["nosuch://s3cretword", "json://", "tgram://s3cretword"])
async def test_an_address_that_apprise_does_not_understand_fails_for_good(url: str) -> None:
    failed = await reason_of(Channel(id="phone", url=url))
    assert (str(failed), failed.for_good) == ("apprise does not understand the channel's address", True)


async def test_without_apprise_there_is_one_clear_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "apprise.py").write_text("raise ImportError('none here')")
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join([str(tmp_path), *os.environ.get("PYTHONPATH", "").split(os.pathsep)])
    )
    failed = await reason_of(Channel(id="phone", url="json://127.0.0.1:1"))
    assert str(failed) == "apprise is not installed; pip install 'tensionwatch[alerts]' brings it"
    assert failed.for_good


async def test_a_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PHONE", raising=False)
    failed = await reason_of(Channel(id="phone", url="env:PHONE"))
    assert (str(failed), failed.for_good) == ("PHONE is not set in the environment", True)


def test_an_address_is_taken_from_the_environment_whole() -> None:
    assert address("env:PHONE", {"PHONE": " ntfys://topic \n"}) == "ntfys://topic"
    assert address("ntfys://topic", {}) == "ntfys://topic"


def test_all_parts_of_an_address_count_as_secrets() -> None:
    found = set(parts("tgram://123456:AbC-d%65f/chat?to=me%40x.org"))
    assert {"123456", "AbC-d%65f", "AbC-def", "chat", "me%40x.org", "me@x.org"} <= found
