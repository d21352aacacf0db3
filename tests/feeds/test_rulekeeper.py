"""Articles classified again when the rules change: the real ingest process, files, watch and store."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from tensionwatch.errors import StoreUnwritable
from tensionwatch.exchange import ArticleQuery, Notice
from tensionwatch.feeds import rulekeeper
from tensionwatch.feeds.child import IngestProcess
from tensionwatch.feeds.rulekeeper import RuleKeeper
from tensionwatch.model import Article, Batch, Change, Kind, Revision
from tensionwatch.reread import RulesInForce
from tensionwatch.rules import load_rules
from tensionwatch.rules.atlas import load_atlas
from tensionwatch.store import Store
from tensionwatch.watch import Watch
from tests.builders import NOON, FixedClock, a_flag, a_visit, an_article, an_entry, fetched
from tests.caches import PREPARED_RULES
from tests.feeds.conftest import ENDLESS, POLL, running
from tests.feeds.test_rules_in_child import FISH, GRAIN, pack, rule
from tests.test_watch import a_config
from tests.waiting import meanwhile, until

VISIT = "Russian president arrives in Hanoi"


pytestmark = pytest.mark.asyncio(loop_scope="module")


class Told:
    """What was said, and what to wait for."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []

    def __call__(self, notice: Notice) -> None:
        self.notices.append(notice)

    def has(self, words: str) -> bool:
        return any(words in notice.text for notice in self.notices)


def a_watch(store: Store, *articles: Article) -> Watch:
    store.commit(Batch(articles=articles, new=len(articles)))
    return Watch(store, a_config(Path("unused")), load_atlas(), FixedClock())


def flags_of(store: Store, article_id: str) -> list[str]:
    article = store.article(article_id)
    assert article is not None
    return [flag.rule for flag in article.flags]


@pytest.fixture(autouse=True)
def restless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tensionwatch.feeds.rulekeeper.LOOK_EVERY", 0.05)
    monkeypatch.setattr("tensionwatch.feeds.rulekeeper.SETTLING", 0.05)


async def test_articles_of_the_last_thirty_days_are_classified_again_and_older_ones_are_not(
    ingest: IngestProcess,
) -> None:
    day = 24
    with Store.in_memory() as store:
        watch = a_watch(
            store,
            an_article("missed", title=VISIT, hours=-1),
            an_article("wrongly", a_flag(), title="A quiet day", hours=-29 * day),
            an_article("undated", title=VISIT, hours=-2, dated=False),
            an_article("old", a_flag(), title=VISIT, hours=-31 * day),
            an_article("old and undated", title=VISIT, hours=-31 * day, dated=False),
            msgspec.structs.replace(an_article("foreign", title=VISIT), lang="ko"),
        )
        told = Told()
        assert await RuleKeeper(watch, ingest).once(told) == 4

        now = {i: flags_of(store, i) for i in watch.article_ids(ArticleQuery())}
        assert now == {
            "missed": ["visit.arrive"],
            "wrongly": [],
            "undated": ["visit.arrive"],
            "old": ["test.rule"],
            "old and undated": [],
            "foreign": [],
        }
        looked_at = {article.id for article in store.articles() if article.classified == load_rules().version}
        assert looked_at == {"missed", "wrongly", "undated", "foreign"}
        assert [notice.text for notice in told.notices] == ["Classified again: 4 articles, 3 with other flags."]
        assert {event.articles for event in watch.events() if event.kind is Kind.DIPLOMATIC_VISIT} == {
            ("missed",),
            ("undated",),
        }


async def test_what_these_rules_have_looked_at_is_not_looked_at_again(ingest: IngestProcess) -> None:
    with Store.in_memory() as store:
        watch = a_watch(store, an_article("a", title=VISIT), an_article("b", title="A quiet day"))
        await RuleKeeper(watch, ingest).once(Told())
        revision, told = store.revision, Told()
        assert await RuleKeeper(watch, ingest).once(told) == 0
        assert (store.revision, told.notices) == (revision, [])


async def test_marks_corrections_and_earlier_wordings_stay(ingest: IngestProcess, tmp_path: Path) -> None:
    revision = Revision(replaced=NOON, title="Before", summary="")
    more = {"read": True, "starred": True, "note": "why?", "revisions": (revision,), "wrong": (Kind.DIPLOMATIC_VISIT,)}
    article = msgspec.structs.replace(an_article("a", a_visit("RUS", "VNM"), title=VISIT), **more)
    with Store.open(tmp_path / "store") as store:
        watch = a_watch(store, article)
        await RuleKeeper(watch, ingest).once(Told())
    with Store.open(tmp_path / "store") as store:
        kept = store.article("a")
        assert kept is not None
        assert {name: getattr(kept, name) for name in more} == more
        assert [flag.rule for flag in kept.flags] == ["visit.arrive"]
        assert kept.standing == ()
        assert watch.events() == []


async def test_a_slice_is_one_commit(ingest: IngestProcess) -> None:
    with Store.in_memory() as store:
        watch = a_watch(store, *(an_article(f"a{n}", title=f"Quiet day {n}") for n in range(200)))
        before = store.revision
        await RuleKeeper(watch, ingest).once(Told())
        assert store.revision - before == 4


async def test_a_slice_is_bounded_by_its_characters_too(ingest: IngestProcess) -> None:
    with Store.in_memory() as store:
        watch = a_watch(store, *(an_article(f"a{n}", title="Quiet " * 6_000) for n in range(6)))
        before = store.revision
        await RuleKeeper(watch, ingest).once(Told())
        assert store.revision - before == 3


async def test_progress_can_be_followed(ingest: IngestProcess) -> None:
    seen: list[tuple[int, int]] = []
    with Store.in_memory() as store:
        watch = a_watch(store, *(an_article(f"a{n}", title=VISIT) for n in range(130)))
        keeper = RuleKeeper(watch, ingest)
        watch.subscribe(lambda _: seen.append((keeper.status().done, keeper.status().total)))
        await keeper.once(Told())
        assert {done for done, total in seen if total == 130} == {0, 64, 128}
        assert keeper.status().total == 0


async def test_an_article_that_ends_the_process_is_named_keeps_its_flags_and_is_not_tried_again(
    never_ending: None,
) -> None:
    with Store.in_memory() as store:
        watch = a_watch(
            store,
            an_article("culprit", a_flag(), title=ENDLESS, hours=-1),
            *(an_article(f"a{n}", title=VISIT, hours=-2) for n in range(3)),
        )
        async with running(IngestProcess(POLL, cache=PREPARED_RULES)) as ingest:
            told = Told()
            await RuleKeeper(watch, ingest).once(told)

            assert [notice.text for notice in told.notices if notice.grave] == [
                "Not classified again, its flags stay: “A story without an end” "
                "(classifying again took longer than 60 s)"
            ]
            assert flags_of(store, "culprit") == ["test.rule"]
            assert [flags_of(store, f"a{n}") for n in range(3)] == [["visit.arrive"]] * 3
            assert await RuleKeeper(watch, ingest).once(Told()) == 0


async def test_a_process_that_dies_again_and_again_is_given_up_until_the_rules_are_read_again(
    monkeypatch: pytest.MonkeyPatch, never_ending: None
) -> None:
    monkeypatch.setattr("tensionwatch.feeds.rulekeeper.MOST_CULPRITS", 2)
    with Store.in_memory() as store:
        watch = a_watch(store, *(an_article(f"bad{n}", title=f"{ENDLESS} {n}", hours=-n) for n in range(3)))
        async with running(IngestProcess(POLL, cache=PREPARED_RULES)) as ingest:
            told = Told()
            keeper = RuleKeeper(watch, ingest)
            await keeper.once(told)
            assert [article.id for article in store.articles() if not article.classified] == ["bad2"]
            assert told.notices[-1].text.startswith("Classifying again is given up after 2 such articles")


async def test_a_process_that_is_killed_meanwhile_loses_nothing(ingest: IngestProcess) -> None:
    with Store.in_memory() as store:
        watch = a_watch(store, *(an_article(f"a{n}", title=VISIT) for n in range(200)))
        keeper, deaths = RuleKeeper(watch, ingest), []

        def kill_once(_: int) -> None:
            if not deaths and keeper.status().done and ingest.pid:
                deaths.append(ingest.pid)
                os.kill(ingest.pid, signal.SIGKILL)

        watch.subscribe(kill_once)
        assert await keeper.once(Told()) == 200
        assert deaths
        assert all(flags_of(store, f"a{n}") == ["visit.arrive"] for n in range(200))


async def test_what_is_interrupted_goes_on_where_it_was(ingest: IngestProcess) -> None:
    with Store.in_memory() as store:
        watch = a_watch(store, *(an_article(f"a{n}", title=VISIT) for n in range(200)))
        keeper = RuleKeeper(watch, ingest)
        task = asyncio.create_task(keeper.once(Told()))
        await until(lambda: keeper.status().done >= 64)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        rest = await RuleKeeper(watch, ingest).once(Told())
        assert 0 < rest < 200
        assert all(flags_of(store, f"a{n}") == ["visit.arrive"] for n in range(200))


async def test_an_article_that_its_feed_changes_meanwhile_is_left_to_the_feed(ingest: IngestProcess) -> None:
    """The answer is of words that it no longer has."""

    class EditedMeanwhile(Watch):
        def take_reread(self, reread: Sequence, rules_version: str) -> list[Article]:
            entry = an_entry("Nobody came", entry_id="a", link="https://one.example/a")
            self.accept(msgspec.structs.replace(fetched(entry), rules_version="theirs"), jitter=0)
            return super().take_reread(reread, rules_version)

    with Store.in_memory() as store:
        store.commit(Batch(articles=(an_article("x"), an_article("a", title=VISIT)), new=2))
        watch = EditedMeanwhile(store, a_config(Path("unused")), load_atlas(), FixedClock())
        await RuleKeeper(watch, ingest).once(Told())
        kept = store.article("a")
        assert kept is not None
        assert (kept.title, kept.flags, kept.classified) == ("Nobody came", (), "theirs")


# ------------------------------------------------------------------ rules that change


async def test_a_pack_that_changes_is_read_again_by_itself_and_classifies_what_is_kept(tmp_path: Path) -> None:
    path = pack(tmp_path, rule("fishing"))
    with Store.in_memory() as store:
        watch = a_watch(store, an_article("fish", title=FISH), an_article("grain", title=GRAIN))
        async with running(IngestProcess(POLL, [path])) as ingest:
            told = Told()
            async with meanwhile(RuleKeeper(watch, ingest, [path]).run(told)):
                await until(lambda: flags_of(store, "fish") == ["row.fishing"])
                pack(tmp_path, rule("grain"))
                await until(lambda: flags_of(store, "grain") == ["row.grain"])
                assert flags_of(store, "fish") == []
                assert told.has("A rule pack has changed:")

                path.write_text("language = ", "utf-8")
                await until(lambda: told.has("own.toml cannot be used; its rules from before stay in force."))
                assert told.has(f"{path}: not TOML")
                assert flags_of(store, "grain") == ["row.grain"]


async def test_the_rules_are_read_again_when_asked_and_it_says_what_came_of_it(tmp_path: Path) -> None:
    path = pack(tmp_path, rule("fishing", examples=False))
    with Store.in_memory() as store:
        async with running(IngestProcess(POLL, [path])) as ingest:
            told, keeper = Told(), RuleKeeper(a_watch(store), ingest, [path])
            async with meanwhile(keeper.run(told)):
                await until(lambda: told.has("own.toml:2: rule row.fishing: not in force"))
                assert keeper.status().in_force is not None
                keeper.reload()
                await until(lambda: told.has("Rule packs read again:") and told.has("the same as before"))


async def test_without_a_pack_it_says_so(ingest: IngestProcess) -> None:
    with Store.in_memory() as store:
        told, keeper = Told(), RuleKeeper(a_watch(store), ingest)
        async with meanwhile(keeper.run(told)):
            keeper.reload()
            await until(lambda: told.has("No rule pack is configured ([rules] packs)"))


async def test_many_problems_are_counted(tmp_path: Path) -> None:
    path = pack(tmp_path, *(rule(f"r{n}", examples=False) for n in "abcde"))
    with Store.in_memory() as store:
        async with running(IngestProcess(POLL, [path])) as ingest:
            told, keeper = Told(), RuleKeeper(a_watch(store), ingest, [path])
            await keeper.once(told)
            assert len(told.notices) == 4
            assert told.notices[-1].text == "… and 2 more problems in rule packs"
            in_force = keeper.status().in_force
            assert in_force is not None
            assert len(in_force.problems) == 5


async def test_rules_asked_for_while_it_classifies_are_read_first(tmp_path: Path) -> None:
    path = pack(tmp_path, rule("fishing"))
    with Store.in_memory() as store:
        watch = a_watch(store, *(an_article(f"a{n}", title=FISH) for n in range(500)))
        async with running(IngestProcess(POLL, [path])) as ingest:
            told, keeper = Told(), RuleKeeper(watch, ingest, [path])
            change = watch.subscribe(lambda _: keeper.status().done and reload())

            def reload() -> None:
                change()
                pack(tmp_path, rule("grain"))
                keeper.reload()

            async with meanwhile(keeper.run(told)):
                await until(lambda: told.has("Classified again"))
                assert [notice.text.partition(":")[0] for notice in told.notices] == [
                    "Rule packs read again",
                    "Classified again",
                ]
                assert told.has("500 articles")
                assert flags_of(store, "a0") == flags_of(store, "a499") == []


async def test_a_change_that_is_read_because_somebody_asks_is_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = pack(tmp_path, rule("fishing"))
    monkeypatch.setattr(rulekeeper, "SETTLING", 0.5)
    looks, stamps, asked = [0], rulekeeper._stamps, list[bool]()

    def looking(packs: Sequence[Path]) -> object:
        looks[0] += 1
        return stamps(packs)

    class Asked(IngestProcess):
        async def rules(self, *, reload: bool = False) -> RulesInForce:
            asked.append(reload)
            return await super().rules(reload=reload)

    with Store.in_memory() as store:
        watch = a_watch(store, an_article("a", title=FISH))
        async with running(Asked(POLL, [path])) as ingest:
            told, keeper = Told(), RuleKeeper(watch, ingest, [path])
            async with meanwhile(keeper.run(told)):
                await until(lambda: told.has("Classified again"))
                monkeypatch.setattr(rulekeeper, "_stamps", looking)
                await until(lambda: looks[0])
                pack(tmp_path, rule("grain"))
                written = looks[0]
                await until(lambda: looks[0] > written)  # it has been seen, and is to settle
                keeper.reload()
                await until(lambda: told.has("Rule packs read again"))
                read = looks[0]
                await until(lambda: looks[0] > read + 4)
            assert asked == [False, True]


async def test_a_store_that_is_full_is_told_once_and_tried_again(
    ingest: IngestProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tensionwatch.feeds.rulekeeper.TROUBLE_PAUSE", 0.05)

    class FullAtFirst(Store):
        refusals = 3

        def commit(self, batch: Batch) -> Change:
            if batch.articles and not batch.new and self.refusals:
                self.refusals -= 1
                raise StoreUnwritable("disk full")
            return super().commit(batch)

    with FullAtFirst.in_memory() as store:
        watch, told = a_watch(store, an_article("a", title=VISIT)), Told()
        async with meanwhile(RuleKeeper(watch, ingest).run(told)):
            await until(lambda: flags_of(store, "a") == ["visit.arrive"])
        assert [notice.text for notice in told.notices if notice.grave] == ["Not classified again: disk full"]


async def test_the_watch_learns_which_languages_have_rules(ingest: IngestProcess) -> None:
    with Store.in_memory() as store:
        watch = a_watch(store)
        assert not watch.lacks_rules("ko"), "it is not known yet"
        async with meanwhile(RuleKeeper(watch, ingest).run(Told())):
            await until(lambda: watch.lacks_rules("ko"))
        assert not watch.lacks_rules("en-GB")


async def test_rules_of_which_no_article_is_in_want_are_not_even_loaded() -> None:
    with Store.in_memory() as store:
        watch = a_watch(store)
        async with running(IngestProcess(POLL, cache=PREPARED_RULES)) as fresh:
            assert await RuleKeeper(watch, fresh).once(Told()) == 0
            assert fresh.texts is None, "the process would have told them"
            assert await fresh.rules_version() == load_rules().version
