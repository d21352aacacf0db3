"""The log file: what it says, what it never says, and that it stops nothing."""

from __future__ import annotations

import logging
import os
import re
import stat
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensionwatch import logfile
from tensionwatch.logbook import LOG
from tensionwatch.model import Feed, Header, Login
from tensionwatch.redaction import redact, secrets_of

RECORD = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \d+ (debug|info|warning|error|critical) +\S")


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "tensionwatch.log"


@pytest.fixture(autouse=True)
def _stopped() -> Iterator[None]:
    yield
    logfile.stop()


def lines(path: Path) -> list[str]:
    return path.read_text("utf-8").split("\n")[:-1]


# ---------------------------------------------------------------- what it says


def test_each_thing_is_one_line_with_its_time_its_process_and_its_level(path: Path, told: list[str]) -> None:
    logfile.start(path, "info", (), told.append)
    LOG.info("poll %s: %s", "meridian", "ok")
    LOG.warning("poll lantern: failed")
    first, second = lines(path)
    assert RECORD.match(first)
    assert first.endswith(f" {os.getpid()} info    poll meridian: ok")
    assert second.endswith(" warning poll lantern: failed")


def test_what_is_below_the_level_is_left_out(path: Path, told: list[str]) -> None:
    logfile.start(path, "warning", (), told.append)
    LOG.info("poll")
    LOG.error("wrong")
    assert [line.split()[-1] for line in lines(path)] == ["wrong"]


def test_a_fault_is_there_with_its_whole_traceback_each_line_of_it_marked(path: Path, told: list[str]) -> None:
    logfile.start(path, "info", (), told.append)
    try:
        raise ValueError("first\n2026-11-25T14:05:12.480Z 1 info    poll forged: ok")
    except ValueError:
        LOG.exception("a fault in this program")
    first, *rest = lines(path)
    assert RECORD.match(first)
    assert all(line.startswith("  | ") for line in rest)
    assert "  | Traceback (most recent call last):" in rest
    assert any("test_log.py" in line for line in rest)


@given(text=st.text())
def test_no_text_from_outside_makes_a_line_of_its_own_or_an_escape(text: str) -> None:
    record = logging.LogRecord("tensionwatch", logging.INFO, "", 0, "poll x: %s", (text,), None)
    line = logfile.Lines().format(record)
    assert len(line.splitlines()) == 1
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", line)


def test_what_libraries_log_is_not_kept(path: Path, told: list[str]) -> None:
    logfile.start(path, "debug", (), told.append)
    logging.getLogger("httpx").warning("HTTP Request: GET https://name:word@feeds.example/")
    LOG.info("ours")
    assert len(lines(path)) == 1


def test_what_asyncio_says_went_wrong_is_kept(path: Path, told: list[str]) -> None:
    logfile.start(path, "info", (), told.append)
    logging.getLogger("asyncio").error("Task exception was never retrieved")
    assert "never retrieved" in lines(path)[0]


# ---------------------------------------------------------------- what it never says


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("GET https://ann:s3cret@feeds.example/x failed", "GET https://***@feeds.example/x failed"),
        ("http://ann:p@ss@feeds.example", "http://***@feeds.example"),
        ("socks5://u:p@[::1]:1080 refused", "socks5://***@[::1]:1080 refused"),
        ("https://feeds.example/x?a=1&token=abc&b=2", "https://feeds.example/x?a=1&token=***&b=2"),
        ("https://feeds.example/x?api_key=abc#top", "https://feeds.example/x?api_key=***#top"),
        ("Authorization: Basic YW5uOnMzY3JldA==", "Authorization: ***"),
        ("{'authorization': 'Bearer abc.def', 'a': 'b'}", "{'authorization': '***', 'a': 'b'}"),
        ("[(b'Proxy-Authorization', b'Basic YW5u'), (b'a', b'b')]", "[(b'Proxy-Authorization', b'***'), (b'a', b'b')]"),
        ("sent Bearer abcdefgh12345678 to it", "sent Bearer *** to it"),
        ("Cookie: session=1; b=2", "Cookie: ***"),
        ("a basic training exercise was held", "a basic training exercise was held"),
        (
            "mail ann@example.org about http://feeds.example/@ann",
            "mail ann@example.org about http://feeds.example/@ann",
        ),
    ],
)
def test_credentials_are_masked_and_nothing_else_is(text: str, clean: str) -> None:
    assert redact(text) == clean


def test_secrets_are_masked_as_they_are_and_as_they_stand_in_an_address() -> None:
    secret = "ann:pass word/ü"
    basic = b64encode(secret.encode()).decode()
    text = f"{secret} · ann%3Apass%20word%2F%C3%BC · {basic} · pass word/ü"
    assert redact(text, [secret]) == "*** · *** · *** · ***"


def test_a_secret_of_a_letter_leaves_the_rest_to_be_read() -> None:
    assert redact("a failed attempt: a", ["a"]) == "*** failed attempt: ***"


@given(
    before=st.text(max_size=20),
    secret=st.text(alphabet=st.characters(codec="ascii"), min_size=4),
    after=st.text(max_size=20),
)
def test_a_secret_is_never_told_wherever_it_stands(before: str, secret: str, after: str) -> None:
    record = logging.LogRecord("tensionwatch", logging.INFO, "", 0, "%s", (before + secret + after,), None)
    said = logfile.Lines([secret]).format(record)
    clean = logfile.visible(secret).strip()
    assert len(clean) < 4 or clean in "***" or clean not in said.split(" ", 3)[3]


def test_what_a_feeds_configuration_makes_secret_is_masked_in_every_form() -> None:
    feed = Feed(
        id="a", url="https://a.example", name="A", publisher="a.example",
        headers=(
            Header("X-Tenant", "env:TENANT"), Header("Authorization", "Bearer env:A_KEY"), Header("Accept", "text/x"),
        ),
        auth=Login("ann", "env:WORD"),
    )  # fmt: skip
    environment = {"A_KEY": "k-1234", "WORD": "s3cret!", "TENANT": "tenant-9", "HOME": "/home/ann"}
    secrets = secrets_of([feed], environment)
    basic = b64encode(b"ann:s3cret!").decode()
    told = f"k-1234 s3cret! tenant-9 {basic} Bearer k-1234 text/x /home/ann"
    assert redact(told, secrets) == "*** *** *** *** *** text/x /home/ann"


# ---------------------------------------------------------------- the file


def test_the_file_is_for_its_owner_alone(path: Path, told: list[str]) -> None:
    path.parent.mkdir()
    path.touch(0o644)
    path.chmod(0o644)
    logfile.start(path, "info", (), told.append)
    LOG.info("x")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_full_file_makes_room_and_three_are_kept(path: Path, told: list[str]) -> None:
    logfile.start(path, "info", (), told.append)
    for number in range(4 * 1_000 + 200):
        LOG.info("%06d %s", number, "x" * 940)
    assert sorted(f.name for f in path.parent.iterdir()) == [
        "tensionwatch.log",
        "tensionwatch.log.1",
        "tensionwatch.log.2",
    ]
    assert all(f.stat().st_size <= 1_002_000 for f in path.parent.iterdir())
    assert {stat.S_IMODE(f.stat().st_mode) for f in path.parent.iterdir()} == {0o600}
    kept = [line for name in (".2", ".1", "") for line in lines(path.with_name(path.name + name))]
    numbers = [int(line.split()[3]) for line in kept]
    assert numbers == list(range(numbers[0], 4_200))


def test_whoever_finds_the_file_renamed_goes_on_in_the_new_one(path: Path, told: list[str]) -> None:
    logfile.start(path, "info", (), told.append)
    LOG.info("first")
    path.rename(path.with_name("tensionwatch.log.1"))
    LOG.info("second")
    assert [line.split()[-1] for line in lines(path)] == ["second"]


@pytest.mark.parametrize("obstacle", ["a folder", "a file for its folder", "a FIFO"])
def test_a_log_that_cannot_be_written_is_told_once_and_stops_nothing(
    path: Path, told: list[str], obstacle: str
) -> None:
    if obstacle == "a folder":
        path.mkdir(parents=True)
    elif obstacle == "a FIFO":
        path.parent.mkdir()
        os.mkfifo(path)
    else:
        path.parent.write_text("")
    logfile.start(path, "info", (), told.append)
    for _ in range(3):
        LOG.info("x")
    assert len(told) == 1
    assert told[0].startswith(f"the log cannot be written: {path}: ")


def test_a_full_disk_is_told_once_and_stops_nothing(told: list[str]) -> None:
    logfile.start(Path("/dev/full"), "info", (), told.append)
    for _ in range(3):
        LOG.info("x")
    assert told == ["the log cannot be written: /dev/full: No space left on device"]


def test_without_a_log_nothing_reaches_the_terminal() -> None:
    code = "from tensionwatch.logbook import LOG; LOG.error('x'); LOG.warning('y')"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (run.stdout, run.stderr) == ("", "")
