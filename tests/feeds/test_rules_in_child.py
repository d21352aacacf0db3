"""The rules in the ingest process: asked for, read again, and at work on articles that are kept."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from pathlib import Path

import pytest

from tensionwatch.errors import ClassifyError, IngestError
from tensionwatch.feeds.child import IngestProcess
from tensionwatch.reread import Text
from tensionwatch.rules import load_rules
from tests.caches import PREPARED_RULES
from tests.feeds.conftest import ENDLESS, POLL, feed_at, running
from tests.feeds.server import FeedServer, Reply, held_until, rss
from tests.feeds.test_child import ask

pytestmark = pytest.mark.asyncio(loop_scope="module")


FISH = "France in fishing row with Britain"
GRAIN = "Poland in grain row with Ukraine"


def rule(what: str, *, examples: bool = True) -> str:
    told = f'["France in {what} row with Britain", "Italy in {what} row with Malta"]' if examples else "[]"
    return (
        f'[[rule]]\nid = "row.{what}"\nkind = "diplomatic_protest"\ncode = "112"\n'
        f'patterns = ["{{src:state}} ..1 {what} row with {{tgt:state}}"]\n'
        f'examples = {told}\ncounter = ["A {what} row", "No {what} for France"]\n'
    )


def pack(folder: Path, *rules: str, name: str = "own.toml") -> Path:
    path = folder / name
    path.write_text("\n".join(['language = "en"', *rules]), "utf-8")
    return path


def text(title: str, lang: str = "en", summary: str = "") -> Text:
    return Text(title=title, summary=summary, lang=lang, published=None)


async def raised(ingest: IngestProcess, *titles: str) -> list[str]:
    classified = await ingest.classify([text(title) for title in titles])
    return [flag.rule for found in classified.found for flag in found if not isinstance(flag, str)]


async def test_it_says_which_rules_are_in_force(ingest: IngestProcess) -> None:
    here = load_rules()
    said = await ingest.rules()
    assert (said.version, said.count, said.languages) == (here.version, len(here.rules), ("en",))
    assert (said.problems, said.kept) == ((), ())


async def test_it_classifies_articles_by_them_and_leaves_other_languages_alone(ingest: IngestProcess) -> None:
    classified = await ingest.classify([text("Putin lands in Hanoi"), text("A quiet day"), text("Putin lands", "ko")])
    assert [len(found) for found in classified.found] == [1, 0, 0]
    assert classified.rules_version == load_rules().version


async def test_what_is_fetched_says_by_which_rules_it_was_read(server: FeedServer, ingest: IngestProcess) -> None:
    fetched = await ingest.fetch(ask(feed_at(server.feed("/a", rss("One")))))
    assert fetched.rules_version == load_rules().version


async def test_a_pack_that_has_changed_is_read_again_when_asked(tmp_path: Path) -> None:
    path = pack(tmp_path, rule("fishing"))
    async with running(IngestProcess(POLL, [path])) as ingest:
        before = await ingest.rules()
        pack(tmp_path, rule("grain"))
        assert await raised(ingest, FISH, GRAIN) == ["row.fishing"]

        after = await ingest.rules(reload=True)

        assert (after.problems, after.version != before.version) == ((), True)
        assert await raised(ingest, FISH, GRAIN) == ["row.grain"]


async def test_where_only_some_rules_are_rejected_the_others_replace_the_old_ones(tmp_path: Path) -> None:
    path = pack(tmp_path, rule("fishing"))
    async with running(IngestProcess(POLL, [path])) as ingest:
        await ingest.rules()
        pack(tmp_path, rule("fishing", examples=False), rule("grain"))

        after = await ingest.rules(reload=True)

        assert [f"{path}:2: rule row.fishing: not in force" in problem for problem in after.problems] == [True]
        assert after.kept == ()
        assert await raised(ingest, FISH, GRAIN) == ["row.grain"]


async def test_a_pack_that_cannot_be_used_leaves_its_rules_as_they_were_and_the_others_change(tmp_path: Path) -> None:
    fish, grain = pack(tmp_path, rule("fishing")), pack(tmp_path, rule("grain"), name="grain.toml")
    async with running(IngestProcess(POLL, [fish, grain])) as ingest:
        before = await ingest.rules()
        fish.write_text("language = ", "utf-8")
        broken = await ingest.rules(reload=True)
        assert (broken.version, broken.kept, len(broken.problems)) == (before.version, (str(fish),), 1)

        grain.write_text('language = "en"', "utf-8")
        later = await ingest.rules(reload=True)
        assert (later.kept, len(later.problems)) == ((str(fish),), 1)
        assert await raised(ingest, FISH, GRAIN) == ["row.fishing"]

        fish.unlink()
        gone = await ingest.rules(reload=True)
        assert "cannot be read: No such file" in gone.problems[0]
        assert await raised(ingest, FISH) == ["row.fishing"]


async def test_a_pack_that_never_could_be_used_leaves_the_built_in_rules(tmp_path: Path) -> None:
    async with running(IngestProcess(POLL, [tmp_path / "none.toml"])) as ingest:
        said = await ingest.rules()
        assert (len(said.problems), said.kept, said.count) == (1, (), len(load_rules().rules))


async def test_articles_that_take_too_long_are_to_blame_and_nothing_else_is(
    server: FeedServer, tmp_path: Path, never_ending: None
) -> None:
    path = pack(tmp_path, rule("fishing"))
    released = threading.Event()
    waiting = feed_at(server.on("/a", held_until(released, Reply(rss("One")))))
    async with running(IngestProcess(POLL, [path])) as ingest:
        version = (await ingest.rules()).version
        fetching = asyncio.create_task(ingest.fetch(ask(waiting)))
        with pytest.raises(ClassifyError, match=r"classifying again took longer than 60 s"):
            await ingest.classify([text(ENDLESS)])
        path.write_text("changed since", "utf-8")

        assert (await ingest.classify([text(FISH)])).rules_version == version, "its successor has the rules it had"
        released.set()
        assert (await fetching).result == "ok"


async def test_a_process_that_is_killed_meanwhile_is_asked_again(tmp_path: Path) -> None:
    async with running(IngestProcess(POLL, cache=PREPARED_RULES)) as ingest:
        await ingest.rules()
        assert ingest.pid
        os.kill(ingest.pid, signal.SIGKILL)
        assert await raised(ingest, "Putin lands in Hanoi") == ["visit.arrive"]


async def test_a_late_answer_to_a_request_that_was_given_up_is_no_other_requests(ingest: IngestProcess) -> None:
    await ingest.rules()
    for _ in range(3):
        given_up = asyncio.create_task(ingest.classify([text("A quiet day")] * 50))
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.wait({given_up})
        assert await raised(ingest, "Putin lands in Hanoi") == ["visit.arrive"]


async def test_closing_ends_those_who_wait_for_rules() -> None:
    ingest = IngestProcess(POLL, cache=PREPARED_RULES)
    waiting = asyncio.create_task(ingest.rules())
    await asyncio.sleep(0.01)
    await ingest.close()
    with pytest.raises(IngestError, match="closed"):
        await waiting
