"""Headlines of the tests' own, grouped by the fact that each group shows, each with what it is expected to raise.

    false_friends_*.toml    the words of an event, and no event
    minimal_pairs_*.toml    one event in its several statuses, and its double at home
    positives_*.toml        what happened, in varied wording

A file holds groups, a group items, one a line:

    [[group]]
    fact = "A denial takes the thing back"
    kind = "diplomatic_visit"            # or kinds = […]; default: both main kinds
    pair = "FRA>VNM"                     # actor>recipient; FRA-VNM in either order; ? is unknown; without it any
    items = [
        { actual = "…" },                # the status as key: a flag of the kind, this status and pair is raised
        { none = "…", summary = "…" },   # no flag of the kinds is raised; so is `domestic`, and a plain string
        { off = "…", pair = "ITA>VNM", known_miss = true },
    ]

`known_miss` marks what the rules get wrong today. `python -m tests.rules.corpus` sets the marks anew.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from tensionwatch.model import Flag, Kind, Status
from tensionwatch.rules import Rules

FOLDER = Path(__file__).parent
PUBLISHED = datetime(2025, 6, 1, tzinfo=UTC)
"""When all items are said to have been published: "in 1928" is history then."""
MAIN = (Kind.BORDER_INCIDENT, Kind.DIPLOMATIC_VISIT)
NOTHING = ("none", "domestic")
_GROUP_KEYS = {"fact", "kind", "kinds", "pair", "items"}
_ITEM_KEYS = {"summary", "pair", "known_miss"}


class Item(NamedTuple):
    """One headline and what is expected of it."""

    file: str
    fact: str
    key: str
    """A status, or `none` or `domestic`: nothing is expected."""
    kinds: tuple[Kind, ...]
    """Of which kind the flag is expected; of which kinds no flag is."""
    pair: str
    """`RUS>VNM`, `THA-KHM`; empty where any will do, or no flag is expected."""
    title: str
    summary: str
    known_miss: bool

    @property
    def suite(self) -> str:
        """`false friends`, `minimal pairs` or `positives`."""
        return " ".join(self.file.split("_")[:-1])

    def is_right(self, flags: tuple[Flag, ...]) -> bool:
        """Do the flags say what is expected? What did not happen must also raise no flag that says it did."""
        ours = [flag for flag in flags if flag.kind in self.kinds]
        if self.key in NOTHING:
            return not ours
        if self.key != Status.ACTUAL and any(flag.status is Status.ACTUAL for flag in ours):
            return False
        return any(flag.status.value == self.key and self._pair_is(flag) for flag in ours)

    def _pair_is(self, flag: Flag) -> bool:
        if "-" in self.pair:
            return sorted(self.pair.split("-")) == sorted((flag.actor or "?", flag.recipient or "?"))
        return self.pair in ("", f"{flag.actor or '?'}>{flag.recipient or '?'}")


def read_corpus(folder: Path = FOLDER) -> list[Item]:
    """All items. Raises ValueError that names file, group and item of what is wrong."""
    files = sorted(folder.glob("*.toml"))
    return [item for path in files for item in _items(path.stem, tomllib.loads(path.read_text("utf-8")))]


def _items(file: str, data: dict[str, Any]) -> Iterator[Item]:
    for group in data["group"]:
        if unknown := set(group) - _GROUP_KEYS:
            raise ValueError(f"{file}: {group.get('fact')}: unknown keys {unknown}")
        kinds = tuple(map(Kind, [group["kind"]] if "kind" in group else group.get("kinds", MAIN)))
        for raw in group["items"]:
            yield _item(file, group, kinds, {"none": raw} if isinstance(raw, str) else raw)


def _item(file: str, group: dict[str, Any], kinds: tuple[Kind, ...], raw: dict[str, Any]) -> Item:
    keys = [key for key in raw if key not in _ITEM_KEYS]
    if len(keys) != 1 or keys[0] not in (*NOTHING, *Status):
        raise ValueError(f"{file}: {group['fact']}: one expectation a line, not {keys} in {raw}")
    pair = "" if keys[0] in NOTHING else raw.get("pair", group.get("pair", ""))
    return Item(
        file, group["fact"], keys[0], kinds, pair, raw[keys[0]], raw.get("summary", ""), raw.get("known_miss", False)
    )


def judge(rules: Rules, items: list[Item]) -> list[bool]:
    """For each item, whether the rules get it right."""
    return [item.is_right(rules.classify(item.title, item.summary, published=PUBLISHED)) for item in items]
