"""What has changed from one wording to the next, word by word. Pure.

A script without blanks between words (Chinese, Japanese, Thai) changes by its characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final, Literal, NamedTuple

Op = Literal["same", "removed", "added"]

_TOKEN: Final = re.compile(
    r"\s+|[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]|\w+|.", re.DOTALL
)
_BESIDE: Final = 6
"""Words shown at each side of what has changed in a long text."""
_GAP: Final = " … "


class Part(NamedTuple):
    op: Op
    text: str


@lru_cache(maxsize=256)  # a page is drawn four times a second at most, and its revisions stay as they are
def word_diff(old: str, new: str) -> tuple[Part, ...]:
    """From old to new: what is the same and removed makes the old text, what is the same and added the new one. Of two
    changes beside each other what is removed comes first."""
    before, now = _TOKEN.findall(old), _TOKEN.findall(new)
    start = _common(before, now)
    end = _common(before[start:][::-1], now[start:][::-1])
    parts = [Part("same", "".join(before[:start]))]
    middle, other = before[start : len(before) - end], now[start : len(now) - end]
    for op, i, j, k, m in SequenceMatcher(None, middle, other).get_opcodes():
        if op == "equal":
            parts.append(Part("same", "".join(middle[i:j])))
        else:
            parts += [Part("removed", "".join(middle[i:j])), Part("added", "".join(other[k:m]))]
    parts.append(Part("same", "".join(before[len(before) - end :])))
    return tuple(_joined(parts))


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """Tokens that both begin with."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _joined(parts: Sequence[Part]) -> Iterator[Part]:
    """Without empty ones; changes that only a blank divides become one, which reads better than word by word."""
    removed = added = ""
    for number, part in enumerate(parts):
        if part.op == "removed":
            removed += part.text
        elif part.op == "added":
            added += part.text
        elif part.text.isspace() and (removed or added) and any(p.text for p in parts[number + 1 :] if p.op != "same"):
            removed, added = removed + part.text, added + part.text
        elif part.text:
            yield from _changed(removed, added)
            removed = added = ""
            yield part
    yield from _changed(removed, added)


def _changed(removed: str, added: str) -> Iterator[Part]:
    if removed:
        yield Part("removed", removed)
    if added:
        yield Part("added", added)


def passages(parts: Sequence[Part]) -> Iterator[Part]:
    """Of a long text what has changed, with a few words beside it; gaps are told by an ellipsis."""
    last = len(parts) - 1
    for number, part in enumerate(parts):
        yield part if part.op != "same" else Part("same", _near(part.text, first=number == 0, last=number == last))


def _near(text: str, *, first: bool, last: bool) -> str:
    tokens = _TOKEN.findall(text)
    most = 2 * _BESIDE
    head = "" if first else "".join(tokens[:most])
    tail = "" if last else "".join(tokens[-most:])
    if len(tokens) <= (most if first or last else 2 * most):
        return text
    return head.rstrip() + _GAP + tail.lstrip()
