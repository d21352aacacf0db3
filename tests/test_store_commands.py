"""`tensionwatch store …` on real stores: counts, a look at everything, backups that anybody may have made, exports."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import tarfile
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tinydb import TinyDB

from tensionwatch.cli import main
from tensionwatch.model import Article, Batch, Correction, Event, from_json, to_json
from tensionwatch.store import Store, files, records
from tensionwatch.store.search import INDEX
from tests.builders import a_flag, a_visit, an_article

NOW = datetime.now(UTC).replace(microsecond=0)


def kept(article_id: str, *flags: Any, days: float = 0, **more: Any) -> Article:
    at = NOW - timedelta(days=days)
    return replace(an_article(article_id, *flags), published=at, first_seen=at, effective=at, **more)


ARTICLES = (
    kept("old", days=120),
    kept("old-flagged", a_flag(), days=120),
    kept("ancient", a_flag(), days=500),
    kept("ancient-starred", days=500, starred=True),
    kept("noted", days=400, note="keep this"),
    kept("visit", a_visit(), days=2, title="=HYPERLINK(1)"),
    kept("new", read=True),
)


class World:
    """A configuration, its store, and the command line."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder / "store"
        self.config = folder / "config.toml"
        self.config.write_text(
            '[storage]\npath = "store"\n[[feed]]\nid = "one"\nurl = "https://one.example/rss"\n'
            '[[region]]\nid = "korea"\ncountries = ["PRK", "KOR"]\n'
        )
        self._capsys = capsys

    def run(self, *arguments: str | Path) -> tuple[int, str, str]:
        """Exit code, stdout, stderr of `tensionwatch store …`."""
        self._capsys.readouterr()
        code = main(["--config", str(self.config), "store", *map(str, arguments)])
        said = self._capsys.readouterr()
        return code, said.out, said.err

    def json(self, *arguments: str | Path) -> Any:
        code, out, err = self.run(*arguments, "--json")
        assert (code, err) == (0, "")
        return json.loads(out)

    def lines(self, *arguments: str) -> list[Any]:
        code, out, err = self.run("export", *arguments)
        assert (code, err) == (0, "")
        return [json.loads(line) for line in out.splitlines()]

    def ids(self) -> set[str]:
        with Store.open(self.folder, read_only=True) as store:
            assert store.notices == []
            return {article.id for article in store.articles()}


@pytest.fixture
def world(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> World:
    made = World(tmp_path, capsys)
    with Store.open(made.folder) as store:
        store.commit(Batch(articles=ARTICLES))
        store.correct(Correction(id="c", at=NOW, act="split", family="visit", sides=("PRK",), groups=(("visit",),)))
    return made


@pytest.fixture
def empty(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> World:
    return World(tmp_path, capsys)


def add_month(world: World, name: str, *articles: Article, events: tuple[Event, ...] = ()) -> Path:
    path = world.folder / "months" / name
    path.parent.mkdir(exist_ok=True)
    tables = {
        "articles": {n: records.Raw(files_json(article)) for n, article in enumerate(articles, start=1)},
        "events": {n: records.Raw(files_json(event)) for n, event in enumerate(events, start=1)},
    }
    path.write_bytes(b"".join(records.snapshot_pieces(tables, 1)))
    return path


def files_json(record: Any) -> bytes:
    return json.dumps(to_json(record)).encode()


@pytest.mark.parametrize(
    "arguments", [["stats"], ["verify"], ["compact"], ["backup", "b.tar.gz"], ["export"]], ids=lambda a: a[0]
)
def test_where_there_is_no_store_none_is_made(empty: World, arguments: list[str]) -> None:
    assert empty.run(*arguments) == (4, "", f"tensionwatch: {empty.folder}: no store is there\n")
    assert not empty.folder.exists()


# ------------------------------------------------------------------ stats


def test_stats_count_what_there_is_and_what_is_too_old(world: World) -> None:
    add_month(world, "2025-11.json", kept("cold", days=300), kept("cold-flagged", a_flag(), days=300))
    found = world.json("stats")
    assert found["path"] == str(world.folder)
    assert (found["articles"], found["hot"], found["months"]) == (9, 7, {"2025-11": 2})
    assert (found["flagged"], found["unread"], found["starred"], found["noted"]) == (4, 8, 1, 1)
    assert found["to_go"] == 3  # old, ancient, cold
    assert (found["feeds"], found["corrections"], found["search"]) == (0, 1, "none")
    assert found["oldest"] == f"{NOW - timedelta(days=500):%Y-%m-%dT%H:%M:%SZ}"
    assert found["newest"] == f"{NOW:%Y-%m-%dT%H:%M:%SZ}"
    assert found["journal_bytes"] == (world.folder / "journal.log").stat().st_size == found["files"]["journal.log"]
    assert found["bytes"] == sum(found["files"].values())


def test_stats_count_an_archives_articles_from_when_it_brought_them(world: World) -> None:
    before = world.json("stats")["to_go"]
    add_month(
        world, "2022-11.json",
        kept("brought", days=1500, imported=NOW - timedelta(days=20)),
        kept("brought-long-ago", days=1500, imported=NOW - timedelta(days=200)),
    )  # fmt: skip
    assert world.json("stats")["to_go"] == before + 1


def test_stats_follow_what_is_configured(world: World) -> None:
    world.config.write_text(world.config.read_text().replace("[[feed]]", "keep_unflagged_days = 200\n[[feed]]", 1))
    assert world.json("stats")["to_go"] == 1


def test_stats_in_words(world: World) -> None:
    code, out, err = world.run("stats")
    assert (code, err) == (0, "")
    assert "articles     7 (3 flagged, 6 unread, 1 starred, 1 noted)\n" in out
    assert "to go        2 older than 90 days, flagged ones than 400\n" in out


# ------------------------------------------------------------------ verify


def test_a_sound_store_has_no_findings(world: World) -> None:
    add_month(world, "2025-11.json", kept("cold", days=300))
    code, out, err = world.run("verify")
    assert (code, out, err) == (0, f"{world.folder}: all is well\n", "8 articles, 0 events, 1 month; 0 findings\n")


def test_verify_says_what_it_found_and_changes_nothing(world: World) -> None:
    path = add_month(world, "2025-11.json", kept("cold", days=300), kept("new"))
    path.write_bytes(path.read_bytes().replace(b'"title"', b'"titel"', 1))
    (world.folder / "journal.damaged-20260101T000000Z").touch()
    with Store.open(world.folder) as store:
        store.compact()
    (world.folder / INDEX).write_bytes(b"no database" * 100)
    snapshot = world.folder / "store.json"
    snapshot.write_bytes(snapshot.read_bytes().replace(b"keep this", b"keep that"))
    before = {p: p.read_bytes() for p in world.folder.rglob("*") if p.is_file()}
    code, out, _ = world.run("verify", "--json")
    found = json.loads(out)
    assert code == 1
    assert [(each["file"], each["where"], each["what"][:26], each["grave"]) for each in found["findings"]] == [
        ("store.json", "", "was changed by another pro", True),
        ("journal.damaged-20260101T000000Z", "", "holds what was set aside a", False),
        ("months/2025-11.json", "", "was changed by another pro", True),
        ("months/2025-11.json", "articles 1", "cannot be read: Object mis", True),
        ("months/2025-11.json", "articles 2", "article new is in store.js", False),
        ("search.sqlite", "", "file is not a database; it", True),
    ]
    assert {p: p.read_bytes() for p in world.folder.rglob("*") if p.is_file()} == before


def test_a_torn_last_commit_is_a_note_and_no_finding(world: World) -> None:
    journal = world.folder / "journal.log"
    journal.write_bytes(journal.read_bytes() + b"12345678 000000")
    code, out, _ = world.run("verify")
    assert code == 0
    assert out.startswith("journal.log: byte ")
    assert "ends in the middle of a commit" in out


# ------------------------------------------------------------------ compact


def test_compact_folds_the_journal_in_and_keeps_everything(world: World) -> None:
    before = world.ids()
    told = world.json("compact")
    assert (told["articles"], world.ids()) == (7, before)
    assert (world.folder / "journal.log").stat().st_size == 0
    assert told["bytes"] <= told["bytes_before"]


def test_compact_is_refused_while_another_holds_the_store(world: World) -> None:
    with Store.open(world.folder):
        code, out, err = world.run("compact")
    assert (code, out) == (3, "")
    assert f"another tensionwatch (pid {os.getpid()}) holds this store" in err


# ------------------------------------------------------------------ backup and restore


def test_a_backup_of_a_store_that_is_written_holds_all_that_was_there(world: World, tmp_path: Path) -> None:
    add_month(world, "2025-11.json", kept("cold", days=300))
    month = (world.folder / "months" / "2025-11.json").read_bytes()
    target = tmp_path / "b.tar.gz"
    with Store.open(world.folder) as store:
        store.commit(Batch(articles=(kept("last"),)))
        assert world.json("backup", target)["articles"] == 9
        store.commit(Batch(articles=(kept("later"),)))
    assert oct(target.stat().st_mode & 0o777) == "0o600"
    before = world.ids()

    told = world.json("restore", target, "--force")

    assert world.ids() == before - {"later"}
    assert (world.folder / "months" / "2025-11.json").read_bytes() == month
    assert world.run("verify")[0] == 0
    with Store.open(Path(told["aside"]), read_only=True) as aside:
        assert aside.article("later") is not None
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["b.tar.gz", "config.toml", "store", Path(told["aside"]).name]
    )
    with Store.open(world.folder) as store:  # and it can be written
        assert store.corrections() != []


def test_a_backup_is_plain_tinydb_in_a_plain_archive(world: World, tmp_path: Path) -> None:
    world.json("backup", tmp_path / "b.tar.gz")
    with tarfile.open(tmp_path / "b.tar.gz") as tar:
        tar.extract("store.json", tmp_path / "out", filter="data")
    with TinyDB(tmp_path / "out" / "store.json", encoding="utf-8") as plain:
        assert {from_json(Article, document).id for document in plain.table("articles")} == world.ids()


def test_a_backup_replaces_no_file_unless_forced(world: World, tmp_path: Path) -> None:
    target = tmp_path / "b.tar.gz"
    target.write_text("mine")
    assert world.run("backup", target) == (
        1, "", f"tensionwatch: {target}: is there already; --force replaces it\n",
    )  # fmt: skip
    assert target.read_text() == "mine"
    world.json("backup", target, "--force")
    assert tarfile.is_tarfile(target)


def test_a_backup_that_cannot_be_written_leaves_nothing(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "_sync", full)
    code, _, err = world.run("backup", tmp_path / "b.tar.gz")
    assert (code, err) == (4, f"tensionwatch: {tmp_path / 'b.tar.gz'}: cannot be written: No space left on device\n")
    assert list(tmp_path.glob("b.tar.gz*")) == []
    assert world.run("backup", tmp_path / "no" / "b.tar.gz")[0] == 4


def test_a_backup_of_a_damaged_store_is_made_and_told(world: World, tmp_path: Path) -> None:
    journal = world.folder / "journal.log"
    journal.write_bytes(journal.read_bytes().replace(b"keep this", b"keep that"))
    code, _, err = world.run("backup", tmp_path / "b.tar.gz")
    assert code == 1
    assert err.startswith(f"the store is not sound: {journal} is damaged")
    assert tarfile.is_tarfile(tmp_path / "b.tar.gz")


def test_restore_wants_an_empty_place_or_force_and_nobody_writing(world: World, tmp_path: Path) -> None:
    target = tmp_path / "b.tar.gz"
    world.json("backup", target)
    code, _, err = world.run("restore", target)
    assert (code, err) == (4, f"tensionwatch: {world.folder}: a store is there already; --force sets it aside\n")
    with Store.open(world.folder):
        assert world.run("restore", target, "--force")[0] == 3
    assert world.ids() == {article.id for article in ARTICLES}
    for path in world.folder.iterdir():
        path.unlink()
    (world.folder / "lock").touch()
    (world.folder / INDEX).touch()
    assert world.json("restore", target)["aside"] is None
    assert world.ids() == {article.id for article in ARTICLES}
    assert not (world.folder / INDEX).exists()


def test_restore_says_what_the_next_round_removes_and_what_keeps_it(world: World, tmp_path: Path) -> None:
    target = tmp_path / "b.tar.gz"
    world.json("backup", target)
    assert world.json("restore", target, "--force")["to_go"] == 2
    code, out, _ = world.run("restore", target, "--force")
    assert code == 0
    assert out.endswith(
        "2 articles older than 90 days, flagged ones than 400 will be removed by the next round: "
        "[storage] keep_unflagged_days and keep_flagged_days keep them longer\n"
    )
    world.config.write_text(
        world.config.read_text().replace("[[feed]]", "keep_unflagged_days = 900\nkeep_flagged_days = 900\n[[feed]]", 1)
    )
    assert "next round" not in world.run("restore", target, "--force")[1]


def test_restore_makes_the_folder_where_there_is_none(world: World, tmp_path: Path) -> None:
    target = tmp_path / "b.tar.gz"
    world.json("backup", target)
    world.config.write_text('[storage]\npath = "deep/in/store"\n')
    world.json("restore", target)
    with Store.open(tmp_path / "deep" / "in" / "store", read_only=True) as store:
        assert len(store) == 7


Change = Callable[[list[tuple[tarfile.TarInfo, bytes]]], None]


def rewritten(source: Path, target: Path, change: Change) -> None:
    """The archive with its members changed."""
    with tarfile.open(source) as tar:
        members = [(entry, tar.extractfile(entry).read()) for entry in tar]  # type: ignore[union-attr]
    change(members)
    with tarfile.open(target, "w:gz") as tar:
        for entry, content in members:
            if entry.isreg():
                entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))


def named(name: str, content: bytes = b"x", **more: Any) -> Change:
    def change(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        entry = tarfile.TarInfo(name)
        for key, value in more.items():
            setattr(entry, key, value)
        members.append((entry, content))

    return change


def manifest_says(**more: Any) -> Change:
    def change(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        said = json.loads(members[0][1])
        store = said["files"]["store.json"]
        for name, value in more.items():
            if name == "files":
                said["files"] |= {key: store | each for key, each in value.items()}
            else:
                said[name] = value
        members[0] = (members[0][0], json.dumps(said).encode())

    return change


def both(*changes: Change) -> Change:
    def change(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        for each in changes:
            each(members)

    return change


def a_changed_title(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    members[1] = (members[1][0], members[1][1].replace(b"A title", b"B title", 1))


def a_name_without_end(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    """Python's tarfile reads names of any length into memory: 200 MB here, of an archive of 200 KB."""
    entry = tarfile.TarInfo("././@LongLink")
    entry.type = tarfile.GNUTYPE_LONGNAME
    entry.size = 200_000_000
    members.insert(1, (entry, b"x" * entry.size))


HOSTILE = {
    "a name without end": a_name_without_end,
    "a path that leads out": both(manifest_says(files={"../evil": {"bytes": 1}}), named("../evil")),
    "an absolute path": both(manifest_says(files={"/tmp/evil": {"bytes": 1}}), named("/tmp/evil")),
    "a month in the wrong place": both(manifest_says(files={"2025-11.json": {"bytes": 1}}), named("2025-11.json")),
    "a path within months": both(manifest_says(files={"months/../x": {"bytes": 1}}), named("months/../x")),
    "a link": both(
        manifest_says(files={"months/2025-11.json": {"bytes": 0}}),
        named("months/2025-11.json", b"", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
    ),
    "a hard link": both(
        manifest_says(files={"months/2025-11.json": {"bytes": 0}}),
        named("months/2025-11.json", b"", type=tarfile.LNKTYPE, linkname="store.json"),
    ),
    "a device": both(
        manifest_says(files={"months/2025-11.json": {"bytes": 0}}),
        named("months/2025-11.json", b"", type=tarfile.CHRTYPE),
    ),
    "what the manifest does not name": named("months/2025-11.json"),
    "a file twice": lambda members: members.append(members[1]),
    "a file too few": lambda members: members.pop(),
    "no manifest": lambda members: members.pop(0),
    "a manifest that is none": lambda members: members.__setitem__(0, (members[0][0], b"[]")),
    "another content": a_changed_title,
    "another size": manifest_says(files={"store.json": {"bytes": 3}}),
    "more than there is room for": manifest_says(files={"months/2025-11.json": {"bytes": 10**15}}),
    "a newer version": manifest_says(schema_version=99),
    "a newer format": manifest_says(format=99),
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE.keys())
def test_an_archive_that_is_no_backup_is_refused_and_nothing_is_touched(
    world: World, tmp_path: Path, change: Change
) -> None:
    world.json("backup", tmp_path / "good.tar.gz")
    rewritten(tmp_path / "good.tar.gz", tmp_path / "bad.tar.gz", change)
    before = sorted(tmp_path.rglob("*"))
    code, out, err = world.run("restore", tmp_path / "bad.tar.gz", "--force")
    assert (code, out, err.count("\n")) == (4, "", 1)
    assert str(tmp_path / "bad.tar.gz") in err
    assert sorted(tmp_path.rglob("*")) == before
    assert world.ids() == {article.id for article in ARTICLES}


def unpacked(packed: bytes) -> bytes | None:
    """None where it cannot be."""
    try:
        return gzip.decompress(packed)
    except (EOFError, OSError, zlib.error):
        return None


def test_an_archive_cut_or_changed_anywhere_is_refused(world: World, tmp_path: Path) -> None:
    world.json("backup", tmp_path / "good.tar.gz")
    whole = (tmp_path / "good.tar.gz").read_bytes()
    bad = tmp_path / "bad.tar.gz"
    for cut in range(0, len(whole) - 8, len(whole) // 25):
        flipped = bytearray(whole)
        flipped[cut] ^= 0x40
        for content in (whole[:cut], bytes(flipped)):
            bad.write_bytes(content)
            code, _, err = world.run("restore", bad, "--force")
            # A time and a name in gzip's header say nothing, nor do the bits that fill the last byte of its stream.
            assert code == 4 or (code == 0 and unpacked(content) == unpacked(whole)), cut
            assert err.count("\n") == int(code == 4)
            assert world.ids() == {article.id for article in ARTICLES}
    assert world.run("restore", tmp_path / "none.tar.gz", "--force") == (
        4, "", f"tensionwatch: {tmp_path / 'none.tar.gz'}: No such file or directory\n",
    )  # fmt: skip


# ------------------------------------------------------------------ export


def test_export_gives_all_articles_oldest_first_those_of_months_too(world: World) -> None:
    add_month(world, "2025-10.json", kept("older", days=330), kept("oldest", days=600))
    add_month(world, "2025-11.json", kept("cold", days=300), kept("new", read=True))
    found = [from_json(Article, line).id for line in world.lines()]
    assert found == [
        "oldest", "older", "cold", "new", "ancient", "ancient-starred", "noted", "old", "old-flagged", "visit",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["--since", "3d"], {"visit", "new"}),
        (["--since", f"{NOW - timedelta(days=2):%Y-%m-%d}"], {"visit", "new"}),
        (["--until", f"{NOW - timedelta(days=2):%Y-%m-%d}", "--since", "10d"], {"visit"}),
        (["--until", "450d"], {"ancient", "ancient-starred"}),
        (["--flagged"], {"old-flagged", "ancient", "visit"}),
        (["--kind", "visit"], {"visit"}),
        (["--region", "korea", "--since", "200d"], {"old-flagged", "visit"}),
        (["--region", "elsewhere"], set()),
    ],
)
def test_export_chooses(world: World, arguments: list[str], found: set[str]) -> None:
    assert {line["id"] for line in world.lines(*arguments)} == found


def test_export_gives_events(world: World) -> None:
    events = [from_json(Event, line) for line in world.lines("--events")]
    assert [event.articles for event in events] == [("ancient",), ("old-flagged",), ("visit",)]
    assert [from_json(Event, line).articles for line in world.lines("--events", "--kind", "visit")] == [("visit",)]
    assert world.lines("--events", "--since", "1d") == []


def test_events_of_months_choose_their_articles_and_are_exported(world: World) -> None:
    (visit,) = [from_json(Event, line) for line in world.lines("--events", "--kind", "visit")]
    then = NOW - timedelta(days=300)
    cold = replace(visit, id="cold-event", first_reported=then, last_reported=then, articles=("cold",), states=())
    add_month(world, "2025-11.json", kept("cold", a_visit(), days=300), kept("plain", days=300), events=(cold,))
    assert [line["id"] for line in world.lines("--kind", "visit")] == ["cold", "visit"]
    assert [line["id"] for line in world.lines("--events", "--kind", "visit")] == ["cold-event", visit.id]


def test_export_as_a_table_holds_no_formulas(world: World, tmp_path: Path) -> None:
    code, out, err = world.run("export", "--csv", "--kind", "visit", "--out", str(tmp_path / "a.csv"))
    assert (code, out, err) == (0, "", f"{tmp_path / 'a.csv'}: 1 articles\n")
    (row,) = csv.DictReader(io.StringIO((tmp_path / "a.csv").read_text("utf-8")))
    assert (row["id"], row["title"], row["kinds"], row["pairs"]) == (
        "visit", "'=HYPERLINK(1)", "diplomatic_visit", "RUS-PRK",
    )  # fmt: skip
    assert (row["read"], row["note"]) == ("false", "")
    code, out, _ = world.run("export", "--csv", "--events")
    assert [row["actor"] for row in csv.DictReader(io.StringIO(out))] == ["PRK", "PRK", "RUS"]


def test_export_replaces_no_file_unless_forced(world: World, tmp_path: Path) -> None:
    target = tmp_path / "a.jsonl"
    target.write_text("mine")
    assert world.run("export", "--out", target)[0] == 1
    assert target.read_text() == "mine"
    assert world.run("export", "--out", target, "--force")[0] == 0
    assert len(target.read_text().splitlines()) == 7
    assert world.run("export", "--out", tmp_path / "no" / "a.jsonl")[0] == 4


@pytest.mark.parametrize("arguments", [["--since", "yesterday"], ["--until", "2026-13-01"], ["--kind", "wedding"]])
def test_wrong_choices_are_said(world: World, arguments: list[str]) -> None:
    code, out, err = world.run("export", *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert arguments[0] in err
