"""The built-in rules on the corpus of headlines: false friends, minimal pairs, positives. What they miss is marked in
the corpus itself, and the marks must say the truth. `pytest -rP` shows the counts."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from tensionwatch.model import Kind, Status
from tests.rules.conftest import built_in
from tests.rules.corpus import FOLDER, MAIN, NOTHING, Item, judge, read_corpus
from tests.rules.corpus.__main__ import remarked

CORPUS = read_corpus()
FLOORS = {"false friends": 0.98, "minimal pairs": 0.93, "positives": 0.93}
"""The share that the rules must get right. Raise them as the rules get better."""


@pytest.fixture(scope="module")
def rights() -> list[bool]:
    return judge(built_in(), CORPUS)


def of(suite: str) -> list[Item]:
    return [item for item in CORPUS if item.suite == suite]


@pytest.mark.parametrize(("suite", "floor"), FLOORS.items())
def test_the_rules_get_their_share_right(rights: list[bool], suite: str, floor: float) -> None:
    by_file: dict[str, list[bool]] = defaultdict(list)
    for item, right in zip(CORPUS, rights, strict=True):
        if item.suite == suite:
            by_file[item.file].append(right)
    told = "\n".join(f"{file}: {sum(got)} right of {len(got)}" for file, got in by_file.items())
    print(told)  # noqa: T201 # the counts, for `pytest -rP`
    assert sum(map(sum, by_file.values())) / len(of(suite)) >= floor, told


def test_the_marks_in_the_corpus_say_what_the_rules_miss(rights: list[bool]) -> None:
    told = []
    for item, right in zip(CORPUS, rights, strict=True):
        if right == item.known_miss:
            what = "now right: remove known_miss" if right else "wrong, and not marked as a known miss"
            told.append(f"{item.file}: {what}: {item.title!r} ({item.key} {item.pair})")
    if told:
        told.append("if that is as it should be: python -m tests.rules.corpus")
    assert not told, "\n".join(told)


# ------------------------------------------------------------------ the corpus itself


def test_the_corpus_is_large() -> None:
    pairs = len(of("minimal pairs")) - len({(item.file, item.fact) for item in of("minimal pairs")})
    by_kind = Counter(item.kinds for item in of("positives"))
    assert len(of("false friends")) >= 500
    assert pairs >= 300
    assert by_kind[(Kind.DIPLOMATIC_VISIT,)] >= 125
    assert by_kind[(Kind.BORDER_INCIDENT,)] >= 125
    assert {kind for (kind,) in by_kind} == set(Kind)


def test_a_pair_is_given_for_every_event_of_the_main_kinds() -> None:
    main = [item for item in CORPUS if item.key not in NOTHING and item.kinds[0] in MAIN]
    assert [item.title for item in main if not item.pair] == []


def test_no_headline_stands_twice() -> None:
    times = Counter((item.title, item.summary) for item in CORPUS)
    assert [title for title, count in times.items() if count > 1] == []


def test_false_friends_expect_nothing_and_positives_something() -> None:
    assert {item.key for item in of("false friends")} == {"none"}
    assert {item.key for item in of("positives")} == {Status.ACTUAL}
    assert {item.key for item in of("minimal pairs")} == {*NOTHING, *Status}


def test_each_minimal_pair_has_what_happened_and_what_did_not() -> None:
    keys: dict[tuple[str, str], set[str]] = defaultdict(set)
    for item in of("minimal pairs"):
        keys[item.file, item.fact].add(item.key)
    assert [fact for fact, found in keys.items() if Status.ACTUAL not in found or len(found) < 4] == []


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_marks_can_be_set_and_taken_away_without_touching_anything_else(path) -> None:
    text = path.read_text("utf-8")
    marks = [item.known_miss for item in CORPUS if item.file == path.stem]
    assert remarked(text, marks) == text
    all_marked = remarked(text, [True] * len(marks))
    assert all_marked.count("known_miss = true") == len(marks)
    assert remarked(all_marked, marks) == text


@pytest.mark.parametrize(
    ("group", "complaint"),
    [
        ('fakt = "x"\nitems = []', "unknown keys {'fakt'}"),
        ('fact = "x"\nitems = [{ actual = "a", off = "b" }]', "one expectation a line"),
        ('fact = "x"\nitems = [{ title = "a" }]', "one expectation a line"),
    ],
)
def test_a_slip_in_the_corpus_is_refused(tmp_path, group: str, complaint: str) -> None:
    (tmp_path / "positives_slip.toml").write_text(f"[[group]]\n{group}\n", "utf-8")
    with pytest.raises(ValueError, match=complaint):
        read_corpus(tmp_path)
