"""What is said of articles that are classified again, between the two processes and to the collection. Pure.

Article ──Text──▶ rules (in force: RulesInForce) ──Classified──▶ Reread ──▶ Shelf
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from tensionwatch.model import Article, Flag, Record


class Text(Record, frozen=True, kw_only=True):
    """What the rules read of an article."""

    title: str
    summary: str
    lang: str
    published: datetime | None

    @classmethod
    def of(cls, article: Article) -> Text:
        return cls(title=article.title, summary=article.summary, lang=article.lang, published=article.published)


class Classified(Record, frozen=True, kw_only=True):
    """What the rules see in some texts."""

    rules_version: str
    found: tuple[tuple[Flag, ...] | str, ...]
    """One each, in order: its flags, or in words why it could not be classified."""


class RulesInForce(Record, frozen=True, kw_only=True):
    """What classifies, and what of the user's packs does not."""

    version: str
    count: int
    languages: tuple[str, ...]
    """That there are rules for."""
    problems: tuple[str, ...] = ()
    """What is wrong with the user's packs, a line each."""
    kept: tuple[str, ...] = ()
    """Files that cannot be used as they are now, whose rules from before are in force."""


class Reread(Record, frozen=True, kw_only=True):
    """An article classified again."""

    article: str
    text: Text
    """What was read: the article may have another by now."""
    flags: tuple[Flag, ...] | None
    """None where it could not be classified: its flags stay."""


def same_flags(some: Sequence[Flag], others: Sequence[Flag]) -> bool:
    """Do they say the same, whichever rules they are of?"""
    return len(some) == len(others) and all(
        one == (other if one.rules_version == other.rules_version else _of(other, one.rules_version))
        for one, other in zip(some, others, strict=True)
    )


def _of(flag: Flag, rules_version: str) -> Flag:
    return msgspec.structs.replace(flag, rules_version=rules_version)
