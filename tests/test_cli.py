"""The command line as a user meets it: a real store, a real server on loopback, and a real process where it matters."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tensionwatch import __version__
from tensionwatch.demo import DemoServer
from tensionwatch.model import Kind
from tensionwatch.store import Store
from tests.program import ENVIRONMENT, call, run
from tests.waiting import LONG, wait_until

SCHEMAS = Path(__file__).parent.parent / "docs" / "schema"


def two_feeds(demo: DemoServer) -> list[str]:
    return [demo.feed_url(outlet, "world") for outlet in ("meridian", "lantern")]


@pytest.fixture
def config(tmp_path: Path, finished_demo: DemoServer) -> Path:
    return write_config(tmp_path, two_feeds(finished_demo))


@pytest.fixture(scope="module")
def polled_once(tmp_path_factory: pytest.TempPathFactory, finished_demo: DemoServer) -> Path:
    folder = tmp_path_factory.mktemp("polled")
    config = write_config(folder, two_feeds(finished_demo))
    assert call("--config", config, "poll", "--once", home=folder).returncode == 0
    return folder


@pytest.fixture
def polled(polled_once: Path, tmp_path: Path) -> Path:
    """The same configuration, and a store of what these feeds brought."""
    shutil.copytree(polled_once, tmp_path, dirs_exist_ok=True)
    return tmp_path / "config.toml"


def write_config(folder: Path, urls: list[str]) -> Path:
    feeds = "".join(
        f'[[feed]]\nid = "feed{n}"\nurl = "{url}"\npublisher = "p{n}.example"\nallow_private = true\n\n'
        for n, url in enumerate(urls)
    )
    path = folder / "config.toml"
    path.write_text(
        f'[storage]\npath = "store"\n\n{feeds}[[region]]\nid = "korea"\nname = "Korea"\ncountries = ["PRK", "KOR"]\n',
        "utf-8",
    )
    return path


def test_version(tmp_path: Path) -> None:
    assert run("--version", home=tmp_path).stdout == f"tensionwatch {__version__}\n"


def test_an_unknown_command_exits_2_and_names_the_known_ones(tmp_path: Path) -> None:
    result = call("pol", home=tmp_path)
    assert result.returncode == 2
    assert "invalid choice: 'pol'" in result.stderr


def test_help_names_every_command(tmp_path: Path) -> None:
    text = call("--help", home=tmp_path).stdout
    assert all(
        c in text
        for c in (
            "demo",
            "poll",
            "feeds",
            "list",
            "events",
            "event",
            "index",
            "pair",
            "alerts",
            "mute",
            "classify",
            "init",
            "check",
            "completion",
        )
    )


# ---------------------------------------------------------------- poll and list


def test_poll_once_keeps_every_entry_and_a_second_poll_keeps_none(config: Path, tmp_path: Path) -> None:
    first = run("--config", config, "poll", "--once", "--all", "--json", home=tmp_path)
    report = json.loads(first.stdout)
    assert (first.returncode, report["counts"]["ok"]) == (0, 2)
    assert report["new"] == sum(feed["entries"] for feed in report["feeds"]) > 10
    assert report["flags_by_kind"]["border_incident"] > 0
    again = json.loads(run("--config", config, "poll", "--once", "--all", "--json", home=tmp_path).stdout)
    assert (again["new"], again["counts"]["unchanged"]) == (0, 2)


def test_poll_without_all_leaves_alone_what_is_not_due(polled: Path, tmp_path: Path) -> None:
    result = call("--config", polled, "poll", "--once", home=tmp_path)
    assert result.returncode == 0
    assert "2 feeds: 2 not due" in result.stdout


def test_the_plain_report_names_each_feed_and_what_was_flagged(config: Path, tmp_path: Path) -> None:
    lines = call("--config", config, "poll", "--once", home=tmp_path).stdout.splitlines()
    assert sorted(line.split()[:2] for line in lines[:2]) == [["ok", "feed0"], ["ok", "feed1"]]
    assert lines[2] == "2 feeds: 2 ok"
    assert lines[4].startswith("kinds:")
    assert lines[5].startswith("regions: korea")


def test_list_as_json_gives_articles_with_their_flags(polled: Path, tmp_path: Path) -> None:
    listed = call("--config", polled, "list", "--kind", "visit", "--region", "korea", "--json", home=tmp_path).stdout
    articles = [json.loads(line) for line in listed.splitlines()]
    assert articles
    assert all(any(f["kind"] == "diplomatic_visit" for f in a["flags"]) for a in articles)
    assert {"id", "publisher", "first_seen", "effective"} <= set(articles[0])


def test_list_finds_words_and_gives_the_newest_first(polled: Path, tmp_path: Path) -> None:
    everything = [json.loads(i) for i in call("--config", polled, "list", "--json", home=tmp_path).stdout.splitlines()]
    word = next(word for word in everything[3]["title"].split() if len(word) > 5 and word.isalpha())
    listed = call("--config", polled, "list", "--text", word[:-1].upper(), "--json", home=tmp_path).stdout.splitlines()
    assert everything[3]["id"] in [json.loads(line)["id"] for line in listed]
    assert all(word[:-1].lower() in line.lower() for line in listed)
    newest = call("--config", polled, "list", "--text", word[:-1], "--limit", "1", "--json", home=tmp_path).stdout
    assert newest.splitlines() == listed[:1]
    nothing = call("--config", polled, "list", "--text", 'xyzzy") * OR (', home=tmp_path)
    assert (nothing.returncode, nothing.stdout, nothing.stderr) == (0, "", "no articles match\n")


def test_a_query_on_the_command_line_finds_what_the_options_find(polled: Path, tmp_path: Path) -> None:
    listed = call("--config", polled, "list", "--kind", "visit", "--region", "korea", "--json", home=tmp_path).stdout
    asked = call("--config", polled, "list", "--query", "kind:visit region:korea", "--json", home=tmp_path).stdout
    assert listed
    assert asked == listed
    both = call("--config", polled, "list", "--kind", "visit", "--query", "region:korea", "--json", home=tmp_path)
    assert both.stdout == listed


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("kind:vist", "kind:vist? did you mean kind:visit"),
        ("actor:Rusia kind:visit", "actor:Rusia? did you mean actor:Russia"),
        ("kind:", "kind: has no value"),
    ],
)
def test_a_word_of_a_query_that_cannot_be_read_ends_the_command(
    line: str, told: str, config: Path, tmp_path: Path
) -> None:
    result = run("--config", config, "list", "--query", line, home=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == f"tensionwatch: --query: {told}\n"


def test_a_flag_marked_wrong_is_listed_as_such_and_not_counted(polled: Path, tmp_path: Path) -> None:
    listed = call("--config", polled, "list", "--kind", "visit", "--json", home=tmp_path).stdout.splitlines()
    article = json.loads(listed[0])
    with Store.open(tmp_path / "store") as store:
        store.mark([article["id"]], wrong=(Kind.DIPLOMATIC_VISIT,))
    after = call("--config", polled, "list", "--kind", "visit", "--json", home=tmp_path).stdout.splitlines()
    assert len(after) == len(listed) - 1
    everything = map(json.loads, call("--config", polled, "list", "--json", home=tmp_path).stdout.splitlines())
    found = next(a for a in everything if a["id"] == article["id"])
    assert (found["wrong"], found["flags"]) == (["diplomatic_visit"], article["flags"])


def test_poll_once_classifies_again_when_the_rules_have_changed(config: Path, tmp_path: Path) -> None:
    first = call("--config", config, "poll", "--once", "--json", home=tmp_path)
    assert json.loads(first.stdout)["classified_again"] == 0
    (tmp_path / "own.toml").write_text('language = "en"\ndisable = ["visit.arrive"]', "utf-8")
    config.write_text('[rules]\npacks = ["own.toml"]\n' + config.read_text("utf-8"), "utf-8")

    again = call("--config", config, "poll", "--once", "--json", home=tmp_path)

    report = json.loads(again.stdout)
    assert report["classified_again"] > 10
    told = again.stderr.splitlines()[-1]  # a slow machine is told how far it is before
    assert told.startswith(f"Classified again: {report['classified_again']} articles, ")
    listed = call("--config", config, "list", "--json", home=tmp_path).stdout
    assert '"rule": "visit.arrive"' not in listed
    third = json.loads(call("--config", config, "poll", "--once", "--json", home=tmp_path).stdout)
    assert third["classified_again"] == 0


def test_list_since_leaves_out_what_is_older(polled: Path, tmp_path: Path) -> None:
    every = call("--config", polled, "list", home=tmp_path).stdout.splitlines()
    recent = call("--config", polled, "list", "--since", "1d", home=tmp_path).stdout.splitlines()
    assert 0 < len(recent) < len(every)
    assert every[: len(recent)] == recent


def test_list_reads_while_another_instance_holds_the_store(polled: Path, tmp_path: Path) -> None:
    with Store.open(tmp_path / "store"):
        assert run("--config", polled, "list", home=tmp_path).returncode == 0


def test_list_into_a_closed_pipe_ends_quietly(polled: Path, tmp_path: Path) -> None:
    command = f"{sys.executable} -m tensionwatch --config {polled} list --json | head -n 1 | wc -l"
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, env=ENVIRONMENT)
    assert (result.stdout.strip(), result.stderr) == ("1", "")


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--region", "korae"], "no region 'korae'; there are korea, elsewhere"),
        (["--since", "soon"], "--since:"),
        (["--kind", "visitt"], "--kind: no kind 'visitt'; did you mean 'visit'?"),
    ],
)
def test_bad_options_of_list_exit_2(config: Path, tmp_path: Path, options: list[str], complaint: str) -> None:
    result = call("--config", config, "list", *options, home=tmp_path)
    assert result.returncode == 2
    assert complaint in result.stderr


def test_list_on_no_store_says_so(config: Path, tmp_path: Path) -> None:
    result = call("--config", config, "list", home=tmp_path)
    assert (result.returncode, result.stdout) == (0, "")
    assert "no articles yet in" in result.stderr
    assert not (tmp_path / "store").exists()


# ---------------------------------------------------------------- events, event and pair


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory, finished_demo: DemoServer) -> Path:
    """The configuration of a store that holds what all outlets of the demo tell; nothing writes to it."""
    folder = tmp_path_factory.mktemp("collected")
    outlets = finished_demo.scenario.outlets
    urls = [finished_demo.feed_url(outlet.id, section) for outlet in outlets for section in outlet.sections]
    config = write_config(folder, urls)
    assert call("--config", config, "poll", "--once", "--all", home=folder).returncode == 0
    return config


def records(config: Path, *arguments: str) -> list[dict[str, Any]]:
    """What a command prints with --json, line by line."""
    result = call("--config", config, *arguments, "--json", home=config.parent)
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def crossing(config: Path) -> dict[str, Any]:
    """The demo's crossing, told by several outlets."""
    return max(records(config, "events", "--kind", "incident", "--since", "1d"), key=lambda e: e["reports"])


def test_events_as_json_are_event_records_with_couplings_and_held_counts(collected: Path) -> None:
    schema = jsonschema.Draft202012Validator(json.loads((SCHEMAS / "event.json").read_text("utf-8")))
    events = records(collected, "events")
    for event in events:
        schema.validate(event)
    assert len({event["id"] for event in events}) == len(events) > 5
    assert any(event["coupled"] for event in events)
    assert any(count["ours"] and count["says"] for event in events for count in event["recurrence"])


def test_each_event_is_one_line_last_told_of_first_and_they_are_counted_three_ways(collected: Path) -> None:
    result = call("--config", collected, "events", "--kind", "incident", "--region", "korea", home=collected.parent)
    lines = result.stdout.splitlines()
    assert len(lines) == len(records(collected, "events", "--kind", "incident", "--region", "korea"))
    dated = [line[:17] for line in lines if not line.startswith("undated")]
    assert dated == sorted(dated, reverse=True)
    event = crossing(collected)
    line = next(line for line in lines if line.endswith(event["id"]))
    assert "  incident          PRK→KOR   DMZ  crossing · " in line
    assert f" in 12 d · {event['reports']} reports · {len(event['publishers'])} publishers  " in line
    assert result.stderr.startswith(f"{len(lines)} events · ")


def test_events_since_leaves_out_what_was_last_told_of_before(collected: Path) -> None:
    everything, recent = records(collected, "events"), records(collected, "events", "--since", "2d")
    assert 0 < len(recent) < len(everything)
    assert all(event["last_reported"] for event in recent)


def test_the_card_of_an_event_names_sides_life_claims_counts_couplings_and_reports(collected: Path) -> None:
    event = crossing(collected)
    card = call("--config", collected, "event", event["id"], home=collected.parent).stdout
    assert card.startswith(f"event {event['id']}\n")
    for words in (
        "who       PRK (North Korea)", "whom      KOR (South Korea)", "where     DMZ", "life      happened    20",
        "claimed by KOR", "denied by PRK", "source says 2nd", "earlier: ", "shares PRK: visit RUS→PRK",
        "rule incident.",
    ):  # fmt: skip
        assert words in card
    reports = card.partition("reports\n")[2].splitlines()
    assert len([line for line in reports if line.startswith("  20")]) == event["reports"]


def test_the_card_as_json_is_the_event_with_its_life_and_its_articles_beside_it(collected: Path) -> None:
    event = crossing(collected)
    [card] = records(collected, "event", event["id"])
    jsonschema.Draft202012Validator(json.loads((SCHEMAS / "event.json").read_text("utf-8"))).validate(card)
    assert {key: card[key] for key in event} == event
    assert [article["id"] for article in card["told_by"]] == event["articles"]
    assert card["life"][0]["phase"] == "happened"


def test_an_event_goes_by_the_beginning_of_its_id_where_that_is_its_alone(collected: Path) -> None:
    event = crossing(collected)
    assert records(collected, "event", event["id"][:8])[0]["id"] == event["id"]
    result = call("--config", collected, "event", "", home=collected.parent)
    assert (result.returncode, "no event ''" in result.stderr) == (2, True)
    firsts = [each["id"][0] for each in records(collected, "events")]
    shared = next(first for first in firsts if firsts.count(first) > 1)
    result = call("--config", collected, "event", shared, home=collected.parent)
    assert (result.returncode, f"'{shared}' is the beginning of several: " in result.stderr) == (2, True)


def test_a_pair_has_conflict_and_cooperation_side_by_side_with_the_events_behind(collected: Path) -> None:
    [book] = records(collected, "pair", "RUS", "PRK")
    assert book["cooperation"]["weight"] > 0
    assert book["cooperation"]["events"] == len(book["cooperation"]["ids"]) > 1
    behind = [*book["conflict"]["ids"], *book["cooperation"]["ids"], *book["pending"]]
    assert [event["id"] for event in book["events"]] == behind
    told = call("--config", collected, "pair", "north korea", "rus", home=collected.parent).stdout
    assert told.startswith("North Korea (PRK) and Russia (RUS), as far back as there are articles\n")
    assert told.splitlines()[1].split() == ["conflict", "cooperation"]
    assert f"weight +{book['cooperation']['weight']}" in told
    assert all(event_id in told for event_id in behind)


def test_a_pair_since_leaves_out_what_happened_before(collected: Path) -> None:
    [ever], [lately] = (records(collected, "pair", "PRK", "KOR", *since) for since in ((), ("--since", "2d")))
    assert 0 < lately["conflict"]["events"] < ever["conflict"]["events"]


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        (["events", "--kind", "visitt"], "--kind: no kind 'visitt'; did you mean 'visit'?"),
        (["events", "--region", "korae"], "no region 'korae'; there are korea, elsewhere; did you mean 'korea'?"),
        (["events", "--since", "soon"], "--since: not a duration: 'soon'"),
        (["events", "--since", "999999999w"], "--since: too long"),
        (["pair", "RUZ", "PRK"], "no country 'RUZ'; did you mean 'RUS'?"),
        (["pair", "Rusia", "PRK"], "no country 'Rusia'; did you mean 'Russia'?"),
        (["pair", "RUS", "russia"], "'RUS' and 'russia' are the same country"),
        (["event", "nothing"], "no event 'nothing'"),
    ],
)
def test_a_name_that_is_not_there_is_one_line_with_the_nearest_that_is(
    collected: Path, command: list[str], complaint: str
) -> None:
    result = call("--config", collected, *command, home=collected.parent)
    assert (result.returncode, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)
    assert complaint in result.stderr


def test_a_mistyped_id_names_the_nearest(collected: Path) -> None:
    event = crossing(collected)
    result = call("--config", collected, "event", event["id"] + "0", home=collected.parent)
    assert (result.returncode, f"did you mean '{event['id']}'?" in result.stderr) == (2, True)


def test_events_are_read_while_another_instance_holds_the_store(collected: Path) -> None:
    event = crossing(collected)
    with Store.open(collected.parent / "store"):
        for command in (["events"], ["event", event["id"]], ["pair", "RUS", "PRK"]):
            assert run("--config", collected, *command, home=collected.parent).returncode == 0


def test_events_on_no_store_say_so(config: Path, tmp_path: Path) -> None:
    result = call("--config", config, "events", home=tmp_path)
    assert (result.returncode, result.stdout) == (0, "")
    assert "no events yet in" in result.stderr
    assert not (tmp_path / "store").exists()


# ---------------------------------------------------------------- exit codes


def test_poll_exits_1_when_every_feed_failed(tmp_path: Path, finished_demo: DemoServer) -> None:
    config = write_config(tmp_path, [f"{finished_demo.base_url}/none.xml"])
    result = run("--config", config, "poll", "--once", home=tmp_path)
    assert result.returncode == 1
    assert "HTTP 404" in result.stdout


def test_strict_exits_1_when_any_feed_failed(tmp_path: Path, finished_demo: DemoServer) -> None:
    config = write_config(tmp_path, [f"{finished_demo.base_url}/none.xml", finished_demo.feed_url("meridian", "world")])
    assert call("--config", config, "poll", "--once", "--all", home=tmp_path).returncode == 0
    assert call("--config", config, "poll", "--once", "--all", "--strict", home=tmp_path).returncode == 1


def unanswered(folder: Path) -> Path:
    """A configuration of three hosts that nobody answers at."""
    config = folder / "config.toml"
    feed = '[[feed]]\nid = "f{0}"\nurl = "http://127.0.0.1:{0}/"\nallow_private = true\n'
    config.write_text(f'[storage]\npath = "{folder / "store"}"\n' + "".join(map(feed.format, (1, 2, 3))), "utf-8")
    return config


def test_poll_says_in_one_line_that_no_server_answers_and_asks_no_later_for_it(tmp_path: Path) -> None:
    config = unanswered(tmp_path)
    for _ in range(2):
        result = call("--config", config, "poll", "--once", home=tmp_path)
        assert result.returncode == 1
        assert result.stderr.splitlines()[-1] == "offline: no server answered; no feed is asked later for it"
        assert "3 feeds: 3 failed" in result.stdout
    report = json.loads(call("--config", config, "poll", "--once", "--json", home=tmp_path).stdout)
    assert (report["offline"], {feed["next_check"] for feed in report["feeds"]}) == (True, {None})


def test_poll_exits_3_and_names_the_pid_when_the_store_is_held(config: Path, tmp_path: Path) -> None:
    with Store.open(tmp_path / "store"):
        result = run("--config", config, "poll", "--once", home=tmp_path)
    assert result.returncode == 3
    assert f"pid {os.getpid()}" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_bad_configuration_exits_2_with_every_problem(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text('[poll]\nintervall = "15m"\nconcurrency = "many"\n', "utf-8")
    for command in (["check"], ["poll", "--once"], ["list"]):
        result = call("--config", path, *command, home=tmp_path)
        assert result.returncode == 2
        assert "did you mean 'interval'?" in result.stderr
        assert "poll.concurrency" in result.stderr


def test_a_rule_pack_that_is_wrong_fails_a_check_and_stops_nothing(tmp_path: Path, config: Path) -> None:
    (tmp_path / "own.toml").write_text("language = 3", "utf-8")
    config.write_text('[rules]\npacks = ["own.toml"]\n' + config.read_text("utf-8"), "utf-8")
    problem = f"{tmp_path / 'own.toml'}:1: language: Expected `str`, got `int`"
    for code, command in (
        (2, ["check"]), (2, ["rules", "check"]), (0, ["poll", "--once"]), (0, ["classify", "Putin lands in Hanoi"])
    ):  # fmt: skip
        result = call("--config", config, *command, home=tmp_path)
        assert (result.returncode, problem in result.stderr.splitlines()) == (code, True), result.stdout + result.stderr
    assert "RUS → VNM" in result.stdout


def test_a_store_path_that_is_a_file_is_one_clear_line(tmp_path: Path, config: Path) -> None:
    (tmp_path / "store").write_text("in the way", "utf-8")
    result = call("--config", config, "poll", "--once", home=tmp_path)
    assert result.returncode == 4
    assert len(result.stderr.splitlines()) == 1


def test_the_environment_names_the_configuration(tmp_path: Path, config: Path) -> None:
    assert "no problem: 2 feeds" in call("check", home=tmp_path, TENSIONWATCH_CONFIG=str(config)).stdout


def test_a_region_whose_tagged_feeds_have_gone_is_no_problem_and_is_told(tmp_path: Path, config: Path) -> None:
    with config.open("a", encoding="utf-8") as file:
        file.write('\n[[region]]\nid = "sahel"\ncountries = ["MLI"]\ntags = ["africa"]\n')
    checked = call("check", home=tmp_path, TENSIONWATCH_CONFIG=str(config))
    assert checked.returncode == 0
    assert "region 'sahel': no feed is tagged 'africa': all count as its own" in checked.stderr


def test_without_a_configuration_the_shipped_one_is_used_and_said(tmp_path: Path) -> None:
    result = call("check", home=tmp_path)
    assert result.returncode == 0
    assert "no configuration found: using the shipped one" in result.stderr


def test_init_writes_a_configuration_that_check_accepts_and_keeps_one_that_is_there(tmp_path: Path) -> None:
    target = tmp_path / "new" / "config.toml"
    assert call("init", target, home=tmp_path).returncode == 0
    assert call("--config", target, "check", home=tmp_path).returncode == 0
    again = call("init", target, home=tmp_path)
    assert again.returncode != 0
    assert "--force" in again.stderr


@pytest.mark.parametrize(
    ("stopped_by", "code", "word"),
    # By SIGTERM it ends as by the signal itself, once all is put away: a shell calls that 143, systemd a clean stop.
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, -signal.SIGTERM, "terminated")],
)
def test_stopped_in_the_middle_of_a_poll_keeps_what_came_in_and_says_how_far_it_was(
    tmp_path: Path, finished_demo: DemoServer, stopped_by: signal.Signals, code: int, word: str
) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        urls = [finished_demo.feed_url("meridian", "world"), f"http://127.0.0.1:{silent.getsockname()[1]}/never.xml"]
        # Requests to one host wait for one another: the silent one gets an address of its own.
        config = write_config(tmp_path, [urls[0], urls[1].replace("127.0.0.1", "localhost")])
        process = subprocess.Popen(
            [sys.executable, "-m", "tensionwatch", "--config", config, "poll", "--once"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**ENVIRONMENT, "HOME": str(tmp_path)},
        )  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline().startswith("ok")
        process.send_signal(stopped_by)
        _, errors = process.communicate(timeout=LONG)
    kept = len(call("--config", config, "list", home=tmp_path).stdout.splitlines())
    assert kept > 5
    assert (process.returncode, "Traceback" in errors) == (code, False)
    assert errors.splitlines()[-1] == f"tensionwatch: {word} after 1 of 2 feeds: {kept} new articles kept"


def test_a_poll_leaves_a_line_for_each_feed_in_the_log_that_check_names(config: Path, tmp_path: Path) -> None:
    named = call("--config", config, "check", home=tmp_path).stdout.splitlines()[-1]
    call("--config", config, "poll", "--once", home=tmp_path)
    lines = Path(named.removeprefix("log: ").removesuffix(" (info)")).read_text("utf-8").splitlines()
    assert "begun: tensionwatch " in lines[0]
    assert re.search(r" ingest process \d+ started$", lines[1]), "it was started before there was a log"
    polls = sorted(line.split(" info    ")[1] for line in lines if " poll feed" in line)
    assert [re.sub(r"\d+ (new|ms)", r"N \1", poll) for poll in polls] == [
        "poll feed0: ok (HTTP 200), N new, N ms",
        "poll feed1: ok (HTTP 200), N new, N ms",
    ]
    assert lines[-1].endswith("ended")


def test_the_level_of_the_command_line_goes_before_that_of_the_configuration(config: Path, tmp_path: Path) -> None:
    log = tmp_path / "own.log"
    config.write_text(config.read_text() + f'[log]\nlevel = "debug"\npath = "{log}"\n')
    call("--log-level", "error", "--config", config, "poll", "--once", home=tmp_path)
    assert not log.exists()


def test_a_log_that_cannot_be_written_is_told_in_one_line_and_the_poll_goes_on(config: Path, tmp_path: Path) -> None:
    config.write_text(config.read_text() + '[log]\npath = "/dev/full"\n')
    polled = run("--config", config, "poll", "--once", home=tmp_path)
    assert (polled.returncode, polled.stderr.count("the log cannot be written: /dev/full")) == (0, 1)


def test_a_level_that_is_none_is_one_line_with_the_nearest_that_is(config: Path, tmp_path: Path) -> None:
    polled = call("--log-level", "warnin", "--config", config, "poll", "--once", home=tmp_path)
    assert polled.returncode == 2
    assert polled.stderr == "tensionwatch: --log-level: no level 'warnin'; did you mean 'warning'?\n"


@pytest.mark.parametrize(
    ("stopped_by", "code", "word"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, -signal.SIGTERM, "terminated")],
)
def test_poll_until_stopped_polls_and_ends_cleanly(
    tmp_path: Path, config: Path, stopped_by: signal.Signals, code: int, word: str
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tensionwatch", "--config", config, "poll"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**ENVIRONMENT, "HOME": str(tmp_path)},
    )  # fmt: skip
    assert process.stdout is not None
    assert "entries" in process.stdout.readline()
    process.send_signal(stopped_by)
    _, errors = process.communicate(timeout=LONG)
    assert (process.returncode, "Traceback" in errors) == (code, False)
    assert re.fullmatch(rf"tensionwatch: {word} after \d polls?: \d+ new articles kept", errors.splitlines()[-1])


def test_poll_until_interrupted_says_in_one_line_that_no_server_answers(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tensionwatch", "--config", unanswered(tmp_path), "poll"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**ENVIRONMENT, "HOME": str(tmp_path)},
    )  # fmt: skip
    assert process.stderr is not None
    said = iter(process.stderr.readline, "")
    assert any(line.startswith("offline: no server answers") for line in said)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=LONG)
    assert (process.returncode, output, "Traceback" in errors) == (130, "", False)


# ---------------------------------------------------------------- the rest


def test_classify_explains_a_headline(tmp_path: Path) -> None:
    text = call("classify", "Russian president arrives in Hanoi", home=tmp_path).stdout
    assert "RUS → VNM · visit · rule visit.arrive" in text
    assert "\x1b" not in text


def test_classify_as_json_reads_lines_from_standard_input(tmp_path: Path) -> None:
    lines = run("classify", "-", "--json", home=tmp_path, stdin="Putin lands in Hanoi\n\nA quiet day\n").stdout
    explained = [json.loads(line) for line in lines.splitlines()]
    assert [[f["kind"] for f in e["flags"]] for e in explained] == [["diplomatic_visit"], []]


def test_rules_are_listed_shown_and_checked(tmp_path: Path) -> None:
    assert "visit.arrive" in call("rules", "list", home=tmp_path).stdout
    assert "patterns:" in call("rules", "show", "visit.arrive", home=tmp_path).stdout
    missing = call("rules", "show", "visit.arive", home=tmp_path)
    assert (missing.returncode, "did you mean 'visit.arrive'?" in missing.stderr) == (2, True)


def test_a_pack_whose_rule_misses_its_example_is_told(tmp_path: Path) -> None:
    pack = tmp_path / "own.toml"
    pack.write_text(
        'language = "en"\n[[rule]]\nid = "row.fish"\nkind = "diplomatic_protest"\ncode = "112"\n'
        'patterns = ["{src:state} .. fishing row with {tgt:state}"]\n'
        'examples = ["France in fishing row with Britain", "France and Britain quarrel over fish"]\n'
        'counter = ["A fishing row", "A row of fish"]\n',
        "utf-8",
    )
    result = call("rules", "check", pack, home=tmp_path)
    assert result.returncode == 2
    told = f"{pack}:7: rule row.fish: not in force: it misses its example (no pattern matches): 'France and Britain q"
    assert told in result.stderr
    assert "0 not kept, 1 problem in packs" in result.stdout


def test_eval_measures_the_rules_on_labelled_items(tmp_path: Path) -> None:
    items = [
        {"id": "1", "title": "Russian president arrives in Hanoi", "summary": "",
         "diplomatic_visit": {"status": "actual", "src": "RUS", "tgt": "VNM"}, "border_incident": None, "other": []},
        {"id": "2", "title": "A quiet day at the seaside", "border_incident": None, "diplomatic_visit":
         {"status": "actual", "src": "FRA", "tgt": None}, "other": []},
        {"id": "3", "title": "Left out", "border_incident": None, "diplomatic_visit": None, "disputed": True},
    ]  # fmt: skip
    path = tmp_path / "items.jsonl"
    path.write_text("\n".join(map(json.dumps, items)), "utf-8")
    report = json.loads(call("eval", path, "--json", home=tmp_path).stdout)
    visits = report["kinds"]["diplomatic_visit"]
    assert (report["items"], visits["tp"], visits["fn"], visits["fp"], visits["pair_accuracy"]) == (2, 1, 1, 0, 1.0)
    assert "FN diplomatic_visit FRA-None: nothing" in call("eval", path, "--errors", home=tmp_path).stdout


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_completion_scripts(shell: str, tmp_path: Path) -> None:
    script = call("completion", shell, home=tmp_path).stdout
    assert all(word in script for word in ("poll", "events", "pair", "weapons_test", "import", "trouble"))


def test_completion_knows_with_what_a_query_begins(tmp_path: Path) -> None:
    script = call("completion", "bash", home=tmp_path).stdout
    assert 'compgen -W "kind: region: actor:' in script
    assert "is: unread starred flagged noted" in script
    asked = f"{script}\n_tensionwatch_query pu"
    assert subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=True).stdout == "publisher:\n"


def test_completion_knows_files_and_the_ids_of_feeds(tmp_path: Path, config: Path) -> None:
    script = call("completion", "bash", home=tmp_path).stdout
    command = f"tensionwatch() {{ '{sys.executable}' -m tensionwatch --config '{config}' \"$@\"; }}\n"
    words = (("feeds", "re"), ("feeds", "remove", "fe"), ("feeds", "check", "feed1"), ("feeds", "import", "conf"))
    tries = "".join(
        f"COMP_WORDS=(tensionwatch {' '.join(said)}); COMP_CWORD={len(said)}; COMPREPLY=(); _shtab_tensionwatch;"
        ' echo "${COMPREPLY[*]}"\n'
        for said in words
    )
    told = subprocess.run(
        ["bash", "-c", script + command + tries], capture_output=True, text=True, cwd=config.parent, env=ENVIRONMENT,
        timeout=120, check=True,
    )  # fmt: skip
    assert told.stdout.splitlines() == ["remove", "feed0 feed1", "feed1", "config.toml"]


def test_the_demo_without_a_screen_tells_the_story(tmp_path: Path) -> None:
    result = run("demo", "--headless", home=tmp_path, HTTP_PROXY="http://127.0.0.1:9")
    assert result.returncode == 0
    told = result.stdout.partition("events:")[2]
    crossings = [line for line in told.splitlines() if "PRK→KOR" in line and "DMZ" in line]
    visits = [line for line in told.splitlines() if "RUS→PRK" in line and "visit" in line and "(" not in line]
    # eight outlets tell it; one of them carries the wire's words
    assert len([line for line in crossings if "7 publishers" in line]) == 1
    assert len([v for v in visits if "  visit · " in v]) == 1


def test_a_killed_terminal_leaves_the_store_whole_and_free(tmp_path: Path, config: Path) -> None:
    import pty

    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(ENVIRONMENT | {"HOME": str(tmp_path), "TERM": "xterm-256color"})
        os.execv(sys.executable, [sys.executable, "-m", "tensionwatch", "--config", str(config)])
    drain_until(terminal, lambda: len(call("--config", config, "list", home=tmp_path).stdout.splitlines()) > 5)
    os.close(terminal)
    os.waitpid(pid, 0)
    with Store.open(tmp_path / "store") as store:
        assert len(store) > 5
        assert store.notices == []


def test_a_screen_that_is_told_to_end_leaves_the_terminal_in_order_and_says_so_in_the_log(
    tmp_path: Path, config: Path
) -> None:
    import pty

    log = tmp_path / "own.log"
    config.write_text(config.read_text() + f'[log]\npath = "{log}"\n')
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(ENVIRONMENT | {"HOME": str(tmp_path), "TERM": "xterm-256color"})
        os.execv(sys.executable, [sys.executable, "-m", "tensionwatch", "--config", str(config)])
    drain_until(terminal, lambda: log.exists() and "poll feed0: ok" in log.read_text())
    os.kill(pid, signal.SIGTERM)
    drawn = b""
    os.set_blocking(terminal, True)
    try:
        while part := os.read(terminal, 65_536):
            drawn += part
    except OSError:  # EIO: nobody writes to it any more
        pass
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 143
    assert b"\x1b[?1049l" in drawn  # the other screen of the terminal is left
    assert log.read_text().splitlines()[-1].endswith("ended")


def drain_until(terminal: int, done) -> None:
    """Read what the screen draws, or it would wait for us, until `done`."""
    os.set_blocking(terminal, False)

    def done_once_it_is_read() -> bool:
        with contextlib.suppress(BlockingIOError):
            while os.read(terminal, 65536):
                pass
        return done()

    wait_until(done_once_it_is_read, lambda: "the screen has polled nothing")
