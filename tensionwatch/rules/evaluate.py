"""The rules measured against labelled items (the format of a labelled .jsonl file: one item a line). Pure but for the
clock that times it.

An item counts for a main kind when its label is `actual`, and so does our answer when one of its flags is. The other
kinds count whatever their status. Disputed items are left out. A pair is right when the two countries are, in either
order; an unknown side in the label matches anything, one of ours against a country is wrong.

Items may also say which answers of the rules a user has called wrong or missed (corrected.py): of these it is told
which the present rules keep.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from math import sqrt
from time import process_time
from typing import Any, NamedTuple

from tensionwatch.model import Flag, Kind, Status
from tensionwatch.rules.classify import Rules

MAIN = (Kind.BORDER_INCIDENT, Kind.DIPLOMATIC_VISIT)


class Label(NamedTuple):
    status: str
    src: str | None
    tgt: str | None


class Item(NamedTuple):
    id: str
    title: str
    summary: str
    published: datetime | None
    source: str
    stratum: str
    main: dict[Kind, Label]
    other: frozenset[str]
    hard: bool
    lang: str = "en"
    wrong: frozenset[Kind] = frozenset()
    """Kinds of which a user says that it is none of them."""
    missed: frozenset[Kind] = frozenset()
    """Kinds of which he says that it tells one that happened."""

    @property
    def corrections(self) -> frozenset[Kind]:
        return self.wrong | self.missed


def read_items(text: str) -> list[Item]:
    """The items of a .jsonl file, disputed ones left out. Raises ValueError naming the line."""
    items = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            raw = json.loads(line)
            if not raw.get("disputed"):
                items.append(_item(raw))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"line {number}: {type(error).__name__}: {error}") from error
    return items


def _item(raw: dict[str, Any]) -> Item:
    labels = {kind: raw[kind.value] for kind in MAIN if raw.get(kind.value)}
    date = raw.get("date") or None
    return Item(
        id=str(raw["id"]), title=raw["title"], summary=raw.get("summary") or "",
        published=datetime.fromisoformat(date).replace(tzinfo=UTC) if date else None,
        source=raw.get("source", ""), stratum=raw.get("stratum", ""),
        main={k: Label(v["status"], v.get("src"), v.get("tgt")) for k, v in labels.items()},
        other=frozenset(raw.get("other", ())), hard=bool(raw.get("hard")), lang=raw.get("lang") or "en",
        wrong=frozenset(map(Kind, raw.get("wrong", ()))), missed=frozenset(map(Kind, raw.get("missed", ()))),
    )  # fmt: skip


class Score:
    """Hits and misses of one kind."""

    def __init__(self) -> None:
        self.tp = self.fp = self.fn = 0
        self.pairs = self.pairs_right = self.found = self.statuses_right = 0
        # Pairs and statuses are labelled of the main kinds alone.

    def precision(self) -> float:
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else 0.0

    def recall(self) -> float:
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else 0.0

    def f1(self) -> float:
        return 2 * self.tp / (2 * self.tp + self.fp + self.fn) if self.tp else 0.0

    def as_json(self) -> dict[str, Any]:
        return {
            "tp": self.tp, "fp": self.fp, "fn": self.fn,
            "precision": round(self.precision(), 4), "precision_interval": wilson(self.tp, self.tp + self.fp),
            "recall": round(self.recall(), 4), "recall_interval": wilson(self.tp, self.tp + self.fn),
            "f1": round(self.f1(), 4),
            "pair_accuracy": round(self.pairs_right / self.pairs, 4) if self.pairs else None,
            "status_accuracy": round(self.statuses_right / self.found, 4) if self.found else None,
        }  # fmt: skip

    def line(self) -> str:
        def rate(value: float, hits: int, of: int) -> str:
            low, high = wilson(hits, of)
            return f"{value:.2f} ({low:.2f}-{high:.2f})".ljust(20)

        pair = f"{self.pairs_right / self.pairs:.2f}" if self.pairs else "   -"
        status = f"{self.statuses_right / self.found:.2f}" if self.found else "   -"
        return (
            f"{self.tp:>5}{self.fp:>5}{self.fn:>5}  {rate(self.precision(), self.tp, self.tp + self.fp)}"
            f"{rate(self.recall(), self.tp, self.tp + self.fn)}{self.f1():.2f}  {pair}  {status}"
        )


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    if not of:
        return 0.0, 1.0
    z, p = 1.96, hits / of
    centre, spread = p + z * z / (2 * of), z * sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    return round((centre - spread) / (1 + z * z / of), 4), round((centre + spread) / (1 + z * z / of), 4)


class Evaluation:
    """What came of it."""

    def __init__(self, judged: Sequence[tuple[Item, Sequence[Flag]]], seconds: float) -> None:
        self._judged = judged
        self.items = len(judged)
        self.items_per_second = self.items / seconds if seconds else 0.0
        self.errors: list[tuple[Item, str]] = []
        self.corrections = sum(len(item.corrections) for item, _ in judged)
        """What a user has said of the rules' answers."""
        self.not_kept = [(item, what) for item, flags in judged for what in _not_kept(item, flags)]
        """Of these, what the present rules see as before."""
        self._all = _scores(judged, self.errors)

    def sections(self) -> list[tuple[str, dict[str, Score]]]:
        """All items, those not hard, then each stratum."""
        groups: dict[str, list[tuple[Item, Sequence[Flag]]]] = defaultdict(list)
        for item, flags in self._judged:
            groups[f"stratum {item.stratum}"].append((item, flags))
        easy = [(item, flags) for item, flags in self._judged if not item.hard]
        named = {"items not hard": easy, **dict(sorted(groups.items()))}
        return [("all items", self._all), *((name, _scores(part, [])) for name, part in named.items())]

    def by(self, what: str) -> list[str]:
        """Precision of each rule, or of each source, main kinds, most wrong first."""
        hits: dict[str, list[bool]] = defaultdict(list)
        for item, flags in self._judged:
            for flag in flags:
                if flag.kind in MAIN and flag.status is Status.ACTUAL:
                    key = flag.rule if what == "rule" else item.source
                    hits[key].append(_is_actual(item, flag.kind))
        rows = sorted(hits.items(), key=lambda row: (sum(row[1]) - len(row[1]), row[0]))
        return [f"  {key:<30} {sum(right):>4} right of {len(right)}" for key, right in rows]

    def as_json(self) -> dict[str, Any]:
        return {
            "items": self.items,
            "items_per_second": round(self.items_per_second),
            "corrections": {
                "of": self.corrections,
                "kept": self.corrections - len(self.not_kept),
                "not_kept": [{"id": item.id, "what": what} for item, what in self.not_kept],
            },
            "kinds": {kind: score.as_json() for kind, score in self._all.items()},
            "sections": {
                name: {kind: score.as_json() for kind, score in scores.items()} for name, scores in self.sections()[1:]
            },
        }


def evaluate(rules: Rules, items: Iterable[Item]) -> Evaluation:
    items = list(items)
    start = process_time()
    answers = [rules.classify(item.title, item.summary, lang=item.lang, published=item.published) for item in items]
    return Evaluation(list(zip(items, answers, strict=True)), process_time() - start)


def _not_kept(item: Item, flags: Sequence[Flag]) -> Iterator[str]:
    """A kind is wrong whatever its status. What is missed must have happened where that is labelled, of a main kind."""
    for kind in sorted(item.corrections):
        ours = [flag for flag in flags if flag.kind is kind]
        if kind in item.wrong and ours:
            words = ", ".join(repr(evidence.words) for evidence in ours[0].evidence)
            yield f"WRONG {kind.value} still by {ours[0].rule}: words {words}"
        elif kind in item.missed and not any(flag.status is Status.ACTUAL or kind not in MAIN for flag in ours):
            told = ", ".join(f"{flag.rule} {flag.status.value}" for flag in ours) or "nothing"
            yield f"MISSED {kind.value} still: {told}"


def _scores(judged: Iterable[tuple[Item, Sequence[Flag]]], errors: list[tuple[Item, str]]) -> dict[str, Score]:
    scores = {kind.value: Score() for kind in (*MAIN, *(k for k in Kind if k not in MAIN))}
    for item, flags in judged:
        for kind in Kind:
            ours = [flag for flag in flags if flag.kind is kind]
            if kind in MAIN:
                _judge_main(scores[kind.value], item, kind, ours, errors)
            else:
                _count(scores[kind.value], bool(ours), kind.value in item.other)
    return scores


def _count(score: Score, ours: bool, label: bool) -> None:
    score.tp += ours and label
    score.fp += ours and not label
    score.fn += label and not ours


def _judge_main(score: Score, item: Item, kind: Kind, ours: Sequence[Flag], errors: list[tuple[Item, str]]) -> None:
    label = item.main.get(kind)
    actual = [flag for flag in ours if flag.status is Status.ACTUAL]
    _count(score, bool(actual), _is_actual(item, kind))
    if label is not None and ours:
        score.found += 1
        best = (actual or list(ours))[0]
        score.statuses_right += best.status.value == label.status
    if actual and _is_actual(item, kind):
        assert label is not None  # noqa: S101 # _is_actual has seen it
        right = _pair_right(label, actual[0])
        score.pairs += 1
        score.pairs_right += right
        if not right:
            pair = f"{label.src}-{label.tgt}, ours {actual[0].actor}-{actual[0].recipient}"
            errors.append((item, f"PAIR {kind.value} {pair} by {actual[0].rule}"))
    elif actual:
        said = f"label {label.status}" if label else "no label"
        errors.append((item, f"FP {kind.value} {actual[0].rule}: {said}; words {actual[0].evidence[0].words!r}"))
    elif _is_actual(item, kind) and label is not None:
        told = ", ".join(f"{flag.rule} {flag.status.value}" for flag in ours) or "nothing"
        errors.append((item, f"FN {kind.value} {label.src}-{label.tgt}: {told}"))


def _is_actual(item: Item, kind: Kind) -> bool:
    label = item.main.get(kind)
    return label is not None and label.status == Status.ACTUAL.value


def _pair_right(label: Label, flag: Flag) -> bool:
    """In either order; None in the label matches anything."""
    wanted = [side for side in (label.src, label.tgt) if side is not None]
    ours = [flag.actor, flag.recipient]
    for side in wanted:
        if side not in ours:
            return False
        ours.remove(side)
    return True
