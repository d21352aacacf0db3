"""Alert rules and channels in the configuration: what they give, and what is said of what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tensionwatch.alerts.records import AlertRule, Channel
from tensionwatch.model import Kind
from tests.test_config import problems, read

REGION = '[[region]]\nid = "korea"\ncountries = ["PRK", "KOR"]\n'
RULE = '[[alert]]\nid = "a"\n'
CHANNEL = '[[channel]]\nid = "c"\n'


def test_an_alert_is_read_whole(tmp_path: Path) -> None:
    text = REGION + CHANNEL + 'command = ["/bin/cat", "-u"]\ntimeout = "5s"\n' + RULE + (
        'name = "Ä"\nkinds = ["incident", "threat"]\nregions = ["korea", "elsewhere"]\n'
        'pairs = [["PRK", "KOR"], ["KOR", "PRK"]]\npublishers = 3\nkeywords = ["ultimatum", "état d\'urgence"]\n'
        'cooldown = "6h"\nquiet = "22:00-07:30"\nchannels = ["c"]\nbell = false\nenabled = false\n'
    )  # fmt: skip
    config = read(tmp_path, text)
    pair = frozenset({"PRK", "KOR"})
    assert config.alerts == (
        AlertRule(
            id="a", name="Ä", kinds=(Kind.BORDER_INCIDENT, Kind.THREAT), regions=("korea", "elsewhere"),
            pairs=(pair, pair), publishers=3, keywords=("ultimatum", "état d'urgence"), cooldown=6 * 3600.0,
            quiet=(22 * 60, 7 * 60 + 30), channels=("c",), bell=False, enabled=False,
        ),
    )  # fmt: skip
    assert config.channels == (Channel(id="c", command=("/bin/cat", "-u"), timeout=5.0),)


def test_rules_of_numbers_are_read(tmp_path: Path) -> None:
    text = '[[alert]]\nid = "s"\nsurprise = true\nkinds = ["visit"]\n[[alert]]\nid = "i"\nintensity = 5\n'
    surprise, intensity = read(tmp_path, text).alerts
    assert (surprise.surprise, surprise.kinds) == (True, (Kind.DIPLOMATIC_VISIT,))
    assert (intensity.intensity, intensity.surprise) == (5.0, False)


@pytest.mark.parametrize("url", ["ntfy://topic", "env:CHANNEL_URL", "mailto://user:secret@example.org?to=a@b.org"])
def test_a_channel_leads_to_an_address(tmp_path: Path, url: str) -> None:
    (channel,) = read(tmp_path, f'{CHANNEL}url = "{url}"\n').channels
    assert channel == Channel(id="c", url=url)
    assert url not in repr(channel)


WRONG = [
    (RULE + 'kind = ["visit"]\n', "config.toml:3: alert[0].kind: unknown key; did you mean 'kinds'?"),
    (
        RULE + 'kinds = ["incidnet"]\n',
        f"config.toml:3: alert[0].kinds[0]: unknown: 'incidnet'; incident, visit, {', '.join(Kind)}; "
        "did you mean 'incident'?",
    ),
    (
        REGION + RULE + 'regions = ["koera"]\n',
        "config.toml:6: alert[0].regions[0]: no region 'koera'; there are korea, elsewhere; did you mean 'korea'?",
    ),
    (
        RULE + 'channels = ["mail"]\n',
        "config.toml:3: alert[0].channels[0]: no channel 'mail'; there is no [[channel]]",
    ),
    (
        CHANNEL + 'url = "ntfy://x"\n' + RULE + 'channels = ["cc"]\n',
        "config.toml:6: alert[0].channels[0]: no channel 'cc'; there are c; did you mean 'c'?",
    ),
    (
        RULE + 'pairs = ["PRK-KOR"]\n',
        'config.toml:3: alert[0].pairs[0]: not a pair: \'PRK-KOR\'; two countries such as ["PRK", "KOR"]',
    ),
    (RULE + "publishers = 0\n", "config.toml:3: alert[0].publishers: out of range: 0; 1 to 50"),
    (RULE + "intensity = 0\n", "config.toml:3: alert[0].intensity: out of range: 0; 0.1 to 1000"),
    (RULE + 'intensity = "high"\n', "config.toml:3: alert[0].intensity: not a number: 'high'; 0.1 to 1000"),
    (RULE + "intensity = true\n", "config.toml:3: alert[0].intensity: not a number: true; 0.1 to 1000"),
    (RULE + 'quiet = "22-7"\n', "config.toml:3: alert[0].quiet: no hours: '22-7'; hours such as \"22:00-07:00\""),
    (
        RULE + 'quiet = "22:00-24:00"\n',
        "config.toml:3: alert[0].quiet: no hours: '22:00-24:00'; hours such as \"22:00-07:00\"",
    ),
    (
        RULE + 'quiet = "22:00-22:00"\n',
        "config.toml:3: alert[0].quiet: begin and end at once: '22:00-22:00'; hours such as \"22:00-07:00\"; "
        "enabled = false silences a rule for good",
    ),
    (
        RULE + 'cooldown = "long"\n',
        "config.toml:3: alert[0].cooldown: not a duration: 'long'; text such as 90s, 15m, 1h30m or 2d",
    ),
    (
        RULE + "surprise = true\nintensity = 3.0\n",
        "config.toml:4: alert[0].intensity: there is surprise too; one of the two; a rule of its own for the other",
    ),
    (
        RULE + 'surprise = true\nkeywords = ["x"]\n',
        "config.toml:4: alert[0].keywords: says nothing of a surprise; a rule of its own for events",
    ),
    (
        RULE + 'intensity = 3.0\nkinds = ["visit"]\n',
        "config.toml:4: alert[0].kinds: says nothing of intensity; a rule of its own for events",
    ),
    (
        RULE + "surprise = true\npublishers = 2\n",
        "config.toml:4: alert[0].publishers: says nothing of a surprise; a rule of its own for events",
    ),
    (RULE + RULE, "config.toml:4: alert[1].id: already used: 'a'; alert[0].id (line 2) has it"),
    # channels
    (CHANNEL, "config.toml:1: channel[0]: leads nowhere; a command or a url"),
    (CHANNEL + "command = []\n", "config.toml:1: channel[0]: leads nowhere; a command or a url"),
    (
        CHANNEL + 'command = ["cat"]\nurl = "ntfy://x"\n',
        "config.toml:4: channel[0].url: there is a command too; one of the two",
    ),
    (
        CHANNEL + 'command = "notify-send secret"\n',
        "config.toml:3: channel[0].command: not a list; a program and its arguments such as "
        '["notify-send", "tensionwatch"]',
    ),
    (
        CHANNEL + 'command = ["./tell"]\n',
        "config.toml:3: channel[0].command[0]: a path that depends on where one is; "
        "an absolute path, or the name of a program on PATH",
    ),
    (CHANNEL + "urll = 'ntfy://x'\n", "config.toml:1: channel[0]: leads nowhere; a command or a url"),
    (
        CHANNEL + 'url = "secret"\n',
        'config.toml:3: channel[0].url: not an address; an address of apprise such as "ntfy://topic", or "env:NAME"',
    ),
    (
        CHANNEL + 'url = "ntfy://env:TOKEN@host"\n',
        "config.toml:3: channel[0].url: env:NAME stands for the whole address; "
        'an address of apprise such as "ntfy://topic", or "env:NAME"',
    ),
    (
        CHANNEL + 'url = "env:9"\n',
        "config.toml:3: channel[0].url: names no variable after env:; env:NAME with letters, digits and _",
    ),
]


@pytest.mark.parametrize(("text", "expected"), WRONG, ids=[expected[12:60] for _, expected in WRONG])
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, expected: str) -> None:
    assert problems(tmp_path, text)[:1] == [expected]


def test_no_message_quotes_what_may_be_a_secret(tmp_path: Path) -> None:
    text = CHANNEL + 'url = "hunter2"\n[[channel]]\nid = "d"\ncommand = ["/bin/x", "hunter2\\u0007", "./hunter2"]\n'
    text += '[[channel]]\nid = "e"\ncommand = "hunter2"\n'
    said = problems(tmp_path, text)
    assert len(said) == 3
    assert "hunter2" not in "".join(said)
