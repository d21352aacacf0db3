"""`tensionwatch alerts …` and `tensionwatch mute …` on a real store."""

from __future__ import annotations

import json
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tensionwatch.alerts import outbox
from tensionwatch.alerts.records import Alert, Delivery
from tensionwatch.cli import main
from tensionwatch.model import Batch
from tensionwatch.store import Store
from tests.builders import a_flag, an_article

NOW = datetime.now(UTC).replace(microsecond=0)
NO_LENGTH = "is no length of time; without --for it is muted until it is taken back"
RULES = """
[[feed]]
id = "one"
url = "https://one.example/rss"
[[region]]
id = "korea"
countries = ["PRK", "KOR"]
[[alert]]
id = "border"
channels = ["phone"]
"""


class World:
    """A configuration, its store, and the command line."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys
        self.channels('[[channel]]\nid = "phone"\ncommand = ["true"]\n')

    def channels(self, text: str) -> None:
        (self.folder / "config.toml").write_text(f'[storage]\npath = "store"\n{RULES}{text}')

    def run(self, *words: str) -> tuple[int, list[str], str]:
        """Exit code, lines of stdout, stderr."""
        self._capsys.readouterr()
        code = main(["--config", str(self.folder / "config.toml"), *words])
        out, err = self._capsys.readouterr()
        return code, out.splitlines(), err

    def json(self, *words: str) -> list[dict[str, Any]]:
        code, out, _ = self.run(*words, "--json")
        assert code == 0
        return [json.loads(line) for line in out]

    def open(self) -> Store:
        return Store.open(self.folder / "store")

    def keep(self, *alerts: Alert, deliveries: tuple[Delivery, ...] = ()) -> None:
        with self.open() as store:
            store.alerts.keep(alerts, deliveries)


@pytest.fixture
def world(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return World(tmp_path, capsys)


def an_alert(name: str, *, hours: float = 0, **more: Any) -> Alert:
    alert = Alert(
        id=name, rule="border", key=name, at=NOW - timedelta(hours=hours), region="korea", event=None,
        stage="reported", title=f"▲ incident {name}", text="",
    )  # fmt: skip
    return replace(alert, **more)


def a_delivery(channel: str, *alerts: str) -> Delivery:
    return Delivery(id=f"{channel}-{alerts[0]}", channel=channel, alerts=alerts, state="waiting")


# ---------------------------------------------------------------- list


def test_list_tells_of_each_alert_what_became_of_its_messages_newest_first(world: World) -> None:
    sent = outbox.begun(a_delivery("phone", "aa1"), NOW)
    tried = outbox.begun(outbox.begun(a_delivery("mail", "aa1"), NOW), NOW)
    refused = outbox.begun(a_delivery("phone", "bb2", "dd4"), NOW)
    world.keep(
        an_alert("aa1", hours=2, seen=NOW),
        an_alert("bb2", hours=1),
        an_alert("cc3", withheld="muted"),
        deliveries=(
            outbox.arrived(sent, NOW),
            outbox.failed(tried, "no \x1b[2Jroute", NOW + timedelta(minutes=30)),
            outbox.failed(refused, "apprise is not installed", NOW, for_good=True),
            outbox.begun(a_delivery("mail", "bb2"), NOW),
        ),
    )  # fmt: skip
    code, out, err = world.run("alerts", "list")
    stamp = f"{NOW:%Y-%m-%d %H:%MZ}"
    assert code == 0
    assert out[0] == f"cc3  {stamp}  muted      border  ▲ incident cc3"
    assert out[1] == f"bb2  {NOW - timedelta(hours=1):%Y-%m-%d %H:%MZ}  new        border  ▲ incident bb2"
    assert out[2:4] == [
        "    mail: being sent",
        f"    phone: given up {stamp}, tried 1 time with 1 more: apprise is not installed",
    ]
    assert out[4] == f"aa1  {NOW - timedelta(hours=2):%Y-%m-%d %H:%MZ}  seen       border  ▲ incident aa1"
    assert re.fullmatch("    mail: tried 2 times, next in [0-9]+m: no route", out[5])
    assert out[6] == f"    phone: delivered {stamp}"
    assert err == ("3 alerts, 1 unseen, 2 messages to be delivered, 1 message given up ('tensionwatch alerts retry')\n")


def test_list_of_the_unseen_and_as_json(world: World) -> None:
    world.keep(an_alert("aa1", seen=NOW), an_alert("bb2", hours=1), deliveries=(a_delivery("phone", "bb2"),))
    (only,) = world.json("alerts", "list", "--unseen")
    assert (only["id"], only["deliveries"][0]["state"], only["deliveries"][0]["alerts"]) == ("bb2", "waiting", 1)
    assert [each["id"] for each in world.json("alerts", "list")] == ["aa1", "bb2"]
    assert len(world.json("alerts", "list", "--limit", "1")) == 1


def test_list_reads_while_another_holds_the_store(world: World) -> None:
    world.keep(an_alert("aa1"))
    with world.open():
        assert world.run("alerts", "list")[0] == 0


def test_where_nothing_was_raised_it_says_so(world: World) -> None:
    assert world.run("alerts", "list") == (0, [], f"no alerts yet in {world.folder / 'store'}\n")


# ---------------------------------------------------------------- ack, retry


def test_acknowledged_by_the_beginning_of_an_id_or_all_at_once(world: World) -> None:
    world.keep(an_alert("aa1"), an_alert("ab2"), an_alert("cc3"))
    assert world.run("alerts", "ack", "c", "aa1")[1] == ["2 alerts acknowledged"]
    assert [each["id"] for each in world.json("alerts", "list", "--unseen")] == ["ab2"]
    assert world.run("alerts", "ack", "--all")[1] == ["1 alert acknowledged"]
    assert world.json("alerts", "list", "--unseen") == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("ack", "a"), "alerts ack: 'a' is the beginning of several: aa1, ab2"),
        (("ack", "aa1x"), "alerts ack: no alert 'aa1x'; did you mean 'aa1'?"),
        (("retry", "zzzz"), "alerts retry: no alert 'zzzz'; 'tensionwatch alerts list' has their ids"),
        (("ack",), "alerts ack: which? ids, as 'tensionwatch alerts list' has them, or --all"),
        (("ack", "aa1", "--all"), "alerts ack: which? ids, as 'tensionwatch alerts list' has them, or --all"),
    ],
)
def test_ids_that_are_none_are_told(world: World, words: tuple[str, ...], told: str) -> None:
    world.keep(an_alert("aa1"), an_alert("ab2"))
    assert world.run("alerts", *words) == (2, [], f"tensionwatch: {told}\n")


def test_what_was_given_up_waits_again(world: World) -> None:
    given_up = [
        outbox.failed(outbox.begun(a_delivery("phone", name), NOW), "no", NOW, for_good=True)
        for name in ("aa1", "bb2", "cc3")
    ]
    world.keep(an_alert("aa1"), an_alert("bb2"), an_alert("cc3"), deliveries=tuple(given_up))
    assert world.run("alerts", "retry", "bb")[1] == ["1 message will be sent by the next screen or poll"]
    assert world.run("alerts", "list")[1][3] == "    phone: waits: no"
    assert world.run("alerts", "retry")[1] == ["2 messages will be sent by the next screen or poll"]
    assert {each["deliveries"][0]["state"] for each in world.json("alerts", "list")} == {"waiting"}


@pytest.mark.parametrize(
    "words",
    [("alerts", "ack", "--all"), ("alerts", "retry"), ("mute", "add", "feed", "one"), ("mute", "remove", "x")],
)
def test_what_writes_names_who_holds_the_store(world: World, words: tuple[str, ...]) -> None:
    with world.open():
        code, _, err = world.run(*words)
    assert code == 3
    assert "holds this store" in err


# ---------------------------------------------------------------- test


def test_a_test_goes_through_each_channel_and_says_what_came_of_it(world: World) -> None:
    program = world.folder / "notify.py"
    program.write_text(f"import sys; open({str(world.folder / 'got')!r}, 'w').write(sys.stdin.read())")
    good = json.dumps([sys.executable, str(program)])
    world.channels(
        f'[[channel]]\nid = "phone"\ncommand = {good}\n[[channel]]\nid = "mail"\ncommand = ["/no/such/program"]\n'
    )
    with world.open():  # it needs no lock
        code, out, _ = world.run("alerts", "test")
    assert code == 1
    assert out[0] == "mail: failed: 'program' cannot be started: No such file or directory"
    assert out[1].startswith("phone: delivered in ")
    message = json.loads((world.folder / "got").read_text())
    assert (message["test"], message["alerts"][0]["title"]) == (True, "tensionwatch: a test")
    assert world.run("alerts", "test", "phone")[0] == 0
    told = "tensionwatch: alerts test: no channel 'phon'; did you mean 'phone'?\n"
    assert world.run("alerts", "test", "phon") == (2, [], told)
    assert world.json("alerts", "list") == []


# ---------------------------------------------------------------- mute


def names(world: World) -> list[tuple[str, str]]:
    return [(mute["what"], mute["name"]) for mute in world.json("mute", "list")]


def test_what_is_muted_is_listed_until_it_ends_or_is_taken_back(world: World) -> None:
    assert world.run("mute", "list") == (0, [], "nothing is muted\n")
    assert world.run("mute", "add", "feed", "one")[0] == 0
    code, out, _ = world.run("mute", "add", "pair", "South Korea-PRK", "--for", "2d")
    assert code == 0
    assert "pair    KOR-PRK           until " in out[0]
    assert out[0].endswith(", for 2d more")
    assert world.run("mute", "add", "region", "elsewhere", "--for", "1w")[0] == 0
    assert world.run("mute", "add", "rule", "border", "--for", "1s")[0] == 0
    with world.open() as store:
        ended = next(mute for mute in store.alerts.mutes() if mute.what == "rule")
        store.alerts.keep_mute(replace(ended, at=NOW - timedelta(days=1), until=NOW - timedelta(hours=1)))
    assert names(world) == [("pair", "KOR-PRK"), ("region", "elsewhere"), ("feed", "one")]
    assert world.run("mute", "remove", "KOR-PRK")[1] == ["no longer muted: pair KOR-PRK"]
    mute_id = world.json("mute", "list")[1]["id"]
    assert world.run("mute", "remove", mute_id[:5])[0] == 0
    assert names(world) == [("region", "elsewhere")]


def test_an_event_is_muted_by_the_beginning_of_its_id(world: World) -> None:
    article = replace(an_article("a", a_flag()), published=NOW, first_seen=NOW, effective=NOW)
    with world.open() as store:
        store.commit(Batch(articles=(article,)))
    (event,) = world.json("events")
    assert world.run("mute", "add", "event", event["id"][:4])[0] == 0
    assert names(world) == [("event", event["id"])]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("feed", "on"), "mute: no feed 'on'; did you mean 'one'?"),
        (("feed", "x"), "mute: no feed 'x'; there are one"),
        (("region", "koria"), "mute: no region 'koria'; did you mean 'korea'?"),
        (("rule", "bordr"), "mute: no rule 'bordr'; did you mean 'border'?"),
        (("pair", "PRK"), "mute: no pair 'PRK'; a pair is such as PRK-KOR"),
        (("pair", "PRK-PRK"), "mute: 'PRK-PRK' is one country; a pair has two"),
        (("pair", "PRK-Souht Korea"), "mute: no country 'Souht Korea'; did you mean 'South Korea'?"),
        (("event", "zz"), "mute: no event 'zz'; 'tensionwatch events' lists them with their ids"),
        (("regoin", "korea"), "mute: nothing is called 'regoin'; did you mean 'region'?"),
        (("feed", "one", "--for", "soon"), "--for: not a duration: 'soon'; a duration is such as 12h, 2d, 1w"),
        (("feed", "one", "--for", "0s"), f"--for: '0s' {NO_LENGTH}"),
        (("feed", "one", "--for", "99999999w"), f"--for: '99999999w' {NO_LENGTH}"),
    ],
)  # fmt: skip
def test_names_and_lengths_that_are_none_are_told(world: World, words: tuple[str, ...], told: str) -> None:
    assert world.run("mute", "add", *words) == (2, [], f"tensionwatch: {told}\n")
