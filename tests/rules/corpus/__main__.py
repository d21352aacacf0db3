"""`python -m tests.rules.corpus`: sets the marks of the corpus anew, to what the rules miss today, and names what they
got right before."""

# ruff: noqa: T201 # what a command prints is its result

from __future__ import annotations

import re
from collections.abc import Iterable

from tensionwatch.rules import load_rules
from tests.rules.corpus import FOLDER, judge, read_corpus

_ITEM = re.compile(r'    ["{]')
_PLAIN = re.compile(r'    (?P<title>"(?:[^"\\]|\\.)*"),')
_NOTHING_MORE = re.compile(r'    \{ none = (?P<title>"(?:[^"\\]|\\.)*") \},')
_MARK = ", known_miss = true"


def remarked(text: str, misses: Iterable[bool]) -> str:
    """The text of a corpus file with exactly its misses marked, given one bool for each of its items in order."""
    left = iter(misses)
    lines = [_remarked_line(line, next(left)) if _ITEM.match(line) else line for line in text.splitlines()]
    return "\n".join(lines) + "\n"


def _remarked_line(line: str, miss: bool) -> str:
    bare = line.replace(_MARK, "")
    if not miss:
        return _NOTHING_MORE.sub(r"    \g<title>,", bare)
    table = _PLAIN.sub(r"    { none = \g<title> },", bare)
    return table.removesuffix(" },") + _MARK + " },"


def main() -> None:
    rules = load_rules()
    items = read_corpus()
    rights = judge(rules, items)
    for path in sorted(FOLDER.glob("*.toml")):
        own = [right for item, right in zip(items, rights, strict=True) if item.file == path.stem]
        path.write_text(remarked(path.read_text("utf-8"), [not right for right in own]), "utf-8")
        print(f"{path.stem}: {sum(own)} right of {len(own)}")
    for item, right in zip(items, rights, strict=True):
        if not right and not item.known_miss:
            print(f"now missed: {item.file}: {item.title} ({item.key} {item.pair})")


if __name__ == "__main__":
    main()
