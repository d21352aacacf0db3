"""The rules measured against labelled items: what counts as a hit, a miss, a right pair and a right status."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tensionwatch.model import Kind
from tensionwatch.rules import Rules
from tensionwatch.rules.evaluate import Evaluation, evaluate, read_items, wilson

VISIT = "French president arrives in Hanoi"


def item(title: str, visit: dict[str, Any] | None, **more: Any) -> str:
    raw = {"id": title, "date": "2025-05-01", "title": title, "summary": "", "border_incident": None, "other": []}
    return json.dumps({**raw, "diplomatic_visit": visit, **more})


def label(src: str | None = "FRA", tgt: str | None = "VNM", status: str = "actual") -> dict[str, Any]:
    return {"status": status, "src": src, "tgt": tgt}


def judged(rules: Rules, *lines: str) -> Evaluation:
    return evaluate(rules, read_items("\n".join(lines)))


def visits(rules: Rules, *lines: str) -> dict[str, Any]:
    return judged(rules, *lines).as_json()["kinds"]["diplomatic_visit"]


def test_hits_misfires_and_misses_are_counted_of_what_happened(rules: Rules) -> None:
    found = visits(
        rules,
        item(VISIT, label()),
        item("German chancellor lands in Lima", None),
        item("Nobody told who went where", label()),
        item("French president to visit Hanoi", label(status="planned")),
    )
    assert (found["tp"], found["fp"], found["fn"]) == (1, 1, 1)
    assert (found["precision"], found["recall"], found["f1"]) == (0.5, 0.5, 0.5)
    assert found["status_accuracy"] == 1.0


@pytest.mark.parametrize(
    ("src", "tgt", "right"),
    [("FRA", "VNM", 1.0), ("VNM", "FRA", 1.0), (None, "VNM", 1.0), (None, None, 1.0), ("DEU", "VNM", 0.0)],
)
def test_a_pair_is_right_in_either_order_and_an_unknown_side_of_the_label_matches_any(
    rules: Rules, src: str | None, tgt: str | None, right: float
) -> None:
    assert visits(rules, item(VISIT, label(src, tgt)))["pair_accuracy"] == right


def test_an_unknown_side_of_ours_against_a_country_is_wrong(rules: Rules) -> None:
    title = "French president ends overseas trip"
    assert [f.recipient for f in rules.classify(title, "")] == [None]
    assert visits(rules, item(title, label()))["pair_accuracy"] == 0.0


def test_disputed_items_are_left_out_and_hard_ones_are_told_apart(rules: Rules) -> None:
    result = judged(rules, item(VISIT, label()), item(VISIT, None, disputed=True), item(VISIT, label(), hard=True))
    assert result.items == 2
    assert {name: scores["diplomatic_visit"].tp for name, scores in result.sections()} == {
        "all items": 2,
        "items not hard": 1,
        "stratum ": 2,
    }


def test_other_kinds_count_whatever_their_status_and_have_no_pairs(rules: Rules) -> None:
    kinds = judged(rules, item("US to impose sanctions on Iran", None, other=["sanctions"])).as_json()["kinds"]
    assert (kinds["sanctions"]["tp"], kinds["sanctions"]["pair_accuracy"]) == (1, None)
    assert set(kinds) == {kind.value for kind in Kind}


def test_each_error_says_what_was_wanted_and_what_was_found(rules: Rules) -> None:
    result = judged(rules, item(VISIT, None), item("Nobody told who went", label()), item(VISIT, label("DEU", "VNM")))
    told = sorted(what for _, what in result.errors)
    assert told == [
        "FN diplomatic_visit FRA-VNM: nothing",
        "FP diplomatic_visit visit.arrive: no label; words 'French president arrives in Hanoi'",
        "PAIR diplomatic_visit DEU-VNM, ours FRA-VNM by visit.arrive",
    ]
    assert result.by("rule") == [f"  {'visit.arrive':<30} {1:>4} right of 2"]


@pytest.mark.parametrize(
    "line", ['{"id": 1', '{"id": "a"}', '{"id": "a", "title": "b", "diplomatic_visit": {"src": "FRA"}}']
)
def test_a_line_that_cannot_be_read_is_named(line: str) -> None:
    with pytest.raises(ValueError, match="line 2: "):
        read_items(f"{item(VISIT, None)}\n{line}")


def test_the_interval_of_a_share_is_wilsons() -> None:
    assert wilson(8, 10) == (0.4902, 0.9433)  # the textbook's example
    assert wilson(0, 0) == (0.0, 1.0)
