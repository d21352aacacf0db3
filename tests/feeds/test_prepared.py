"""What takes long to make of the rules, kept from one start to the next."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tensionwatch.feeds import prepared
from tensionwatch.feeds.rulebook import Rulebook
from tensionwatch.model import Flag
from tests.feeds.test_rules_in_child import pack, rule

TEXTS = (
    ("North Korean soldiers cross the border", "South Korean soldiers fired warning shots at North Korean troops."),
    ("France in banner row with Britain", "Nothing else happened."),
    ("Putin visits Pyongyang", "It is his first visit in 24 years, North Korea's state media said."),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "tensionwatch"


First = tuple[list[tuple[Flag, ...]], Path]


def flags(book: Rulebook) -> list[tuple[Flag, ...]]:
    return [book.flags(title, summary, "en", None) for title, summary in TEXTS]


def made(*args: object, **more: object) -> list[tuple[Flag, ...]]:
    return flags(Rulebook(*args, **more))  # type: ignore[arg-type]  # as it is given


def kept(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.rules"))


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> First:
    """What the built-in rules see, and the folder in which they have been kept: to make them takes a second."""
    folder = tmp_path_factory.mktemp("first") / "cache" / "tensionwatch"
    return made((), cache=folder), folder


def test_rules_from_the_file_see_what_those_see_that_were_made(first: First, monkeypatch: pytest.MonkeyPatch) -> None:
    without, (found, folder) = made(()), first
    assert sum(map(len, without)) > 2
    assert found == without
    assert len(kept(folder)) == 1
    monkeypatch.setattr("tensionwatch.rules.classify.make", lambda *_: pytest.fail("it is made again"))
    assert made((), cache=folder) == without


def test_it_is_for_the_owner_alone_and_named_by_a_hash(first: First) -> None:
    (path,) = kept(first[1])
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(bytes.fromhex(path.stem)) == 16


@pytest.mark.parametrize("at", [0, 20, 1_000_000, None])
def test_a_damaged_file_is_made_again(first: First, folder: Path, at: int | None) -> None:
    without = first[0]
    shutil.copytree(first[1], folder)
    (path,) = kept(folder)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] if at is None else whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    assert made((), cache=folder) == without
    assert path.read_bytes() == whole


def test_a_file_of_somebody_else_is_not_read(first: First, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = first[1]
    version = Rulebook(()).version
    assert prepared.load(folder, version) is not None
    monkeypatch.setattr("os.getuid", lambda: 12_345)
    assert prepared.load(folder, version) is None


def test_rules_that_differ_have_a_file_of_their_own_and_the_oldest_go(folder: Path, tmp_path: Path) -> None:
    for words in ("banner", "lantern", "kettle"):
        path = pack(tmp_path, rule(words))
        found = made([str(path)], cache=folder)
        assert ("row.banner" in {flag.rule for each in found for flag in each}) == (words == "banner")
    assert len(kept(folder)) == 2


def test_where_nothing_can_be_kept_the_rules_serve_all_the_same(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file where the folder would be")
    assert made((), cache=taken) == made(())


def test_who_finds_another_making_it_waits_and_takes_what_that_made(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = made((), cache=tmp_path / "other")
    (file,) = tmp_path.glob("other/*.rules")
    monkeypatch.setattr("tensionwatch.rules.classify.make", lambda *_: pytest.fail("it is made again"))
    with ThreadPoolExecutor() as pool:
        with prepared.alone(folder):
            waiting = pool.submit(made, (), cache=folder)
            with pytest.raises(TimeoutError):
                waiting.result(1)
            shutil.copy(file, folder)
        assert waiting.result() == without
