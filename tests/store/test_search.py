"""Full-text search over real files: what it finds, that it follows the store, and what it does when its file is bad."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tensionwatch.model import Article, Batch, Telling
from tensionwatch.store import Store
from tensionwatch.store.fulltext import HOT, FullText, row_of
from tensionwatch.store.search import INDEX, IndexLost, Search
from tensionwatch.store.terms import Wanted, fold, terms
from tests.builders import an_article
from tests.waiting import wait_until

# ------------------------------------------------------------------ words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Troops crossed the line", "LINE troops"),
        ("Troops crossed the line", "troo cro"),
        ("Erdoğan reçoit Zelenskyy à Ankara", "erdogan recoit"),
        ("Erdogan receives Zelenskyy", "Erdoğan"),
        ("Straße gesperrt", "strasse"),
        ("ПУТИН прибыл в Пекин", "путин пекин"),
        ("Ο Μητσοτάκης στην Άγκυρα", "αγκυρα"),
        ("ＮＡＴＯ軍が演習", "nato"),
        ("北朝鮮がミサイルを発射", "朝鮮"),
        ("北朝鮮がミサイルを発射", "ミサイル"),
        ("北朝鮮がミサイルを発射", "朝"),
        ("한미연합훈련을 시작했다", "연합훈련"),
        ("เกาหลีเหนือยิงขีปนาวุธ", "ขีปนาวุธ"),
        ("उत्तर कोरिया ने मिसाइल दागी", "कोरिया"),
        ("الرئيس مُحَمَّد", "محمد"),
        ("It's the U.S.-led drill", "u.s.-led"),
        ("Talks in North Korea, again", '"north korea" talk'),
        ("The North – Korean – war", '"north korea'),
        ("북한 미사일 발사", '"북한 미사"'),
        ("Lonely words", '"lone"'),
    ],
)
def test_what_is_found(text: str, words: str) -> None:
    assert Wanted(words).fits(text)
    assert found_by_index({"a": text}, words) == {"a"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Troops crossed the line", "roops"),
        ("Troops crossed the line", "troops border"),
        ("北朝鮮がミサイルを発射", "韓国"),
        ("한미연합훈련을 시작했다", "북한"),
        ("उत्तर कोरिया", "मिसाइल"),
        ("Troops crossed the line", "!!!"),
        ("", "a"),
    ],
)
def test_what_is_not_found(text: str, words: str) -> None:
    assert not Wanted(words).fits(text)
    assert found_by_index({"a": text}, words) == set()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Korea is north of here", '"north korea"'),
        ("The North Korean army", '"north korea"'),
        ("up north, South Korea", '"north korea'),
        ("미사일 북한", '"북한 미사일"'),
    ],
)
def test_a_phrase_is_found_as_it_stands_and_no_otherwise(text: str, words: str) -> None:
    assert Wanted(words).has_phrases
    assert not Wanted(words).fits(text)
    assert Wanted(words.replace('"', "")).fits(text)


def test_blank_words_ask_for_nothing_and_any_text_has_that() -> None:
    assert Wanted("  \t").is_blank
    assert Wanted(" ").fits("")
    assert not Wanted("?").is_blank


HOSTILE = [
    '"',
    '""',
    "a AND",
    "NOT",
    "OR OR",
    "NEAR(",
    "*",
    "a*",
    "^a",
    "terms:a",
    "a' --",
    "{a}",
    "\x00a",
    "-a",
    "(" * 500,
]
WORDS = st.text(
    st.one_of(st.sampled_from("abz09 \"*'()-:^\x00éß_北朝ミ軍국ไัिम़İſﬁ①½"), st.characters(exclude_categories=[])),
    max_size=12,
)


@given(st.dictionaries(st.sampled_from("abcdef"), WORDS, max_size=6), st.one_of(WORDS, st.sampled_from(HOSTILE)))
@example({"a": "İ"}, "i")
@example({"a": "a" * 200}, "a" * 100)
@settings(max_examples=6 * settings().max_examples)
def test_no_words_raise_and_the_index_finds_what_a_look_at_each_text_finds(texts: dict[str, str], words: str) -> None:
    seen = {i for i, text in texts.items() if Wanted(words).fits(text) and not Wanted(words).is_blank}
    found = found_by_index(texts, words)
    assert seen <= found
    assert all(has_all_pairs(texts[i], words) for i in found)


@given(st.text(max_size=200))
def test_terms_are_plain_for_the_index(text: str) -> None:
    """No ASCII character but letters and digits, which SQLite's tokenizer takes as they are."""
    assert all(c.isalnum() or c > "\x7f" for term in terms(text) for c in term)
    assert fold(fold(text)) == fold(text) or not text.isascii()


def found_by_index(texts: dict[str, str], words: str) -> set[str]:
    with TemporaryDirectory() as folder, closing(FullText(Path(folder) / INDEX)) as index:
        index.put([titled(i, text) for i, text in texts.items()], HOT)
        found = [hit.id for hit in index.find(Wanted(words))]
        assert index.ids(Wanted(words)) == (found, index.find(Wanted(words))[-1].row if found else 0)
        return set(found)


def has_all_pairs(text: str, words: str) -> bool:
    known = terms(text)
    return all(any(k.startswith(t) if begins else k == t for k in known) for t, begins in Wanted(words).terms)


def titled(article_id: str, title: str, hours: float = 0) -> Article:
    return replace(an_article(article_id, publisher="", hours=hours), title=title)


# ------------------------------------------------------------------ the index beside a store


def found(search: Search, words: str) -> list[str] | None:
    """All of it; None where the index cannot say."""
    parts = search.find(Wanted(words))
    try:
        return None if parts is None else [i for part in parts for i in part]
    except IndexLost:
        return None


class Opened:
    """A store with its search, as a writer has them."""

    def __init__(self, folder: Path, *, start: bool = True) -> None:
        self.folder = folder
        self.store = Store.open(folder)
        self.search = Search(folder, self.store.raw_articles)
        if start:
            self.search.start()

    def keep(self, *articles: Article) -> None:
        self.store.commit(Batch(articles=articles))
        self.search.changed(articles)

    def found(self, words: str) -> list[str] | None:
        return found(self.search, words)

    def close(self) -> None:
        self.store.close()
        self.search.close()


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    both = Opened(tmp_path / "store")
    yield both
    both.close()


def indexed(search: Search) -> None:
    """Wait until the thread has nothing left to do."""
    wait_until(lambda: search.status.ready)
    thread = search._thread
    assert thread is not None
    wait_until(lambda: thread.finished == search._number)


def test_articles_are_found_newest_first(opened: Opened) -> None:
    opened.keep(titled("old", "A drill", hours=-2), titled("new", "Drills", hours=-1), titled("other", "A visit"))
    indexed(opened.search)
    assert opened.found("drill") == ["new", "old"]


def test_an_article_is_found_before_the_thread_has_come_to_it(opened: Opened) -> None:
    opened.keep(titled("a", "A drill", hours=-1))
    indexed(opened.search)
    thread = opened.search._thread
    assert thread is not None
    thread.queue, held = type(thread.queue)(), thread.queue  # what comes now lies there
    opened.keep(titled("b", "A drill"), titled("a", "A visit", hours=-1))
    assert (opened.found("drill"), opened.found("visit")) == (["b"], ["a"])
    job = thread.queue.get()
    assert job is not None
    thread.queue = held
    held.put(job)
    indexed(opened.search)
    assert (opened.found("drill"), opened.found("visit")) == (["b"], ["a"])


def test_a_screen_lists_the_newest_of_very_many_and_a_reader_all(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tensionwatch.store.search.AT_MOST", 3)
    opened.keep(*(titled(f"{n:04x}", "A drill", hours=n) for n in range(5)))
    indexed(opened.search)
    assert opened.found("drill") == ["0004", "0003", "0002"]
    opened.close()
    assert len(found(Search(opened.folder), "drill") or ()) == 5


def test_texts_that_are_indexed_are_not_kept_though_nobody_asks_for_any(opened: Opened) -> None:
    opened.keep(titled("a", "Ferry"))
    for n in range(20):
        indexed(opened.search)
        opened.keep(titled(f"b{n}", "Troops"))
    assert len(opened.search._waiting) <= 2, "it is seen from outside by the memory of a day alone"


def test_no_article_is_missed_while_the_thread_is_at_it(opened: Opened) -> None:
    indexed(opened.search)
    for n in range(300):
        opened.keep(titled(f"{n:04x}", "A drill", hours=n))
        assert len(opened.found("drill") or ()) == n + 1


def test_an_edited_title_is_found_by_its_new_words_alone(opened: Opened) -> None:
    opened.keep(titled("a", "Troops cross the line"))
    opened.keep(titled("a", "Troops said to have crossed the river"))
    indexed(opened.search)
    assert (opened.found("line"), opened.found("river")) == ([], ["a"])


def test_an_article_that_has_gone_is_not_found(opened: Opened) -> None:
    opened.keep(titled("a", "A drill"), titled("b", "A drill"))
    opened.search.changed((), ["a"])
    assert opened.found("drill") in (None, ["b"])
    indexed(opened.search)
    assert opened.found("drill") == ["b"]


def test_what_was_kept_without_the_index_is_found_at_the_next_start(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.commit(Batch(articles=tuple(titled(f"a{n}", f"Drill {n}", hours=n) for n in range(600))))
    both = Opened(tmp_path)
    indexed(both.search)
    assert both.found("drill 59") == ["a599", *(f"a{n}" for n in range(599, 589, -1) if n != 599), "a59"]
    both.close()


def test_an_index_that_is_current_is_not_compared_again(tmp_path: Path) -> None:
    both = Opened(tmp_path)
    both.keep(titled("a", "A drill"))
    both.close()
    with closing(sqlite3.connect(tmp_path / INDEX)) as db:
        db.execute("UPDATE articles SET crc = 1")  # a comparison would mend it
        db.commit()
    again = Opened(tmp_path)
    indexed(again.search)
    again.close()
    with closing(sqlite3.connect(tmp_path / INDEX)) as db:
        assert db.execute("SELECT crc FROM articles").fetchall() == [(1,)]


def test_a_reader_uses_an_index_that_holds_what_the_files_hold_and_no_other(tmp_path: Path) -> None:
    both = Opened(tmp_path)
    both.keep(titled("a", "A drill"))
    both.close()
    reader = Search(tmp_path)
    assert found(reader, "drill") == ["a"]
    assert reader.status.ready
    with Store.open(tmp_path) as store:
        store.commit(Batch(articles=(titled("b", "A drill"),)))
    assert found(reader, "drill") is None
    reader.close()
    assert found(Search(tmp_path / "nothing"), "drill") is None


def test_who_follows_uses_the_writers_index_as_soon_as_it_fits_and_after_it_was_made_again(tmp_path: Path) -> None:
    both = Opened(tmp_path)
    follower = Search(tmp_path, follows=True)
    for round_, words in enumerate(("drill", "visit", "talks")):
        both.keep(titled(f"a{round_}", f"A {words} in winter"))
        wait_until(lambda words=words, wanted=f"a{round_}": found(follower, words) == [wanted])
    both.close()
    assert found(follower, "drill") == ["a0"]
    for name in (INDEX, f"{INDEX}-wal", f"{INDEX}-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    assert found(follower, "drill") is None
    (tmp_path / INDEX).touch()  # as while it is being made
    assert found(follower, "drill") is None
    again = Opened(tmp_path)
    again.keep(titled("later", "A later drill", hours=1))
    wait_until(lambda: found(follower, "drill") == ["later", "a0"])
    assert follower.notices == []
    follower.close()
    again.close()


def test_a_month_is_found_and_leaves_when_its_file_does(tmp_path: Path) -> None:
    both = Opened(tmp_path)
    both.keep(titled("moved", "A drill in autumn", hours=-2), titled("hot", "A drill in winter"))
    both.close()
    (tmp_path / "months").mkdir()
    with Store.open(tmp_path / "elsewhere") as store:
        store.commit(
            Batch(articles=(titled("moved", "A drill in autumn", hours=-2), titled("cold", "Old drill", hours=-9)))
        )
        store.compact()
    (tmp_path / "elsewhere" / "store.json").rename(tmp_path / "months" / "2026-02.json")
    with Store.open(tmp_path) as store:
        store.remove(["moved"], Telling(version=store.events_version))

    again = Opened(tmp_path)
    wait_until(lambda: again.found("drill") == ["hot", "moved", "cold"])
    again.close()
    (tmp_path / "months" / "2026-02.json").unlink()
    last = Opened(tmp_path)
    wait_until(lambda: last.found("drill") == ["hot"])
    last.close()


# ------------------------------------------------------------------ when its file is bad


@pytest.mark.parametrize(
    "damage", [lambda b: b"not a database" * 1000, lambda b: b[:5000], lambda b: b[:4096] + b"x" * len(b)]
)
def test_a_damaged_index_is_told_and_built_again(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    both = Opened(tmp_path)
    both.keep(*(titled(f"a{n}", f"A drill {n}", hours=n) for n in range(300)))
    both.close()
    path = tmp_path / INDEX
    path.write_bytes(damage(path.read_bytes()))
    again = Opened(tmp_path)
    wait_until(lambda: (again.found("drill 7") or [])[-1:] == ["a7"])
    assert [notice.startswith(f"{path} was damaged") for notice in again.search.notices] == [True]
    again.close()


def test_an_index_of_another_version_is_built_again(tmp_path: Path) -> None:
    both = Opened(tmp_path)
    both.keep(titled("a", "A drill"))
    both.close()
    with closing(sqlite3.connect(tmp_path / INDEX)) as db:
        db.execute("PRAGMA user_version = 99")
    assert found(Search(tmp_path), "drill") is None
    again = Opened(tmp_path)
    indexed(again.search)
    assert (again.found("drill"), again.search.notices) == (["a"], [])
    again.close()


def test_an_index_that_cannot_be_written_is_told_and_search_goes_on_without(tmp_path: Path) -> None:
    (tmp_path / INDEX).mkdir()
    both = Opened(tmp_path)
    both.keep(titled("a", "A drill"))
    wait_until(lambda: both.search.status.off)
    assert both.found("drill") is None
    assert both.search.notices == [f"searching without an index: {tmp_path / INDEX}: unable to open database file"]
    both.close()


def test_a_python_without_fts5_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tensionwatch.store.fulltext._MODULE", "fts_of_the_future")
    both = Opened(tmp_path)
    wait_until(lambda: both.search.status.off)
    assert "no such module" in both.search.status.off
    assert both.found("drill") is None
    both.close()


def test_a_build_that_is_broken_off_goes_on_at_the_next_start(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.commit(Batch(articles=tuple(titled(f"a{n}", f"Drill {n}", hours=n) for n in range(2000))))
    both = Opened(tmp_path)
    wait_until(lambda: both.search.status.done > 0)
    both.store.close()
    both.search.close(patience=0)
    with closing(FullText(tmp_path / INDEX)) as index:
        begun = len(index)
    assert 0 < begun <= 2000
    again = Opened(tmp_path)
    indexed(again.search)
    assert len(again.found("drill") or ()) == 2000
    again.close()


def test_many_articles_of_one_second_each_have_a_row(tmp_path: Path) -> None:
    same = [titled(f"{n % 4:04x}-{n}", "A drill") for n in range(400)]
    assert len({row_of(article) for article in same}) == 4
    with closing(FullText(tmp_path / INDEX)) as index:
        index.put(same, HOT)
        assert {hit.id for hit in index.find(Wanted("drill"))} == {article.id for article in same}


def test_an_index_full_of_former_texts_is_built_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tensionwatch.store.fulltext._DEAD_AT_LEAST", 10)
    both = Opened(tmp_path)
    for n in range(30):
        both.keep(titled("a", f"Wording {n}"))
    both.close()
    again = Opened(tmp_path)
    indexed(again.search)
    assert again.found("wording") == ["a"]
    again.close()
    with closing(sqlite3.connect(tmp_path / INDEX)) as db:
        assert db.execute("SELECT count(*) FROM articles").fetchone() == (1,)


def test_only_the_owner_may_read_the_index(tmp_path: Path) -> None:
    with closing(FullText(tmp_path / INDEX)) as index:
        index.put([titled("a", "A drill")], HOT)
        assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
