"""What the user says of the rules, as labelled items: the form that `evaluate` reads. Pure.

    Article (wrong, missed) ──item_of──▶ a line of JSON ──evaluate.read_items──▶ Item ──▶ do the present rules keep it?

Where the user has said nothing of a kind, the label is what the rules said: nobody has contradicted it. What he misses
is taken to have happened, since only that counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from tensionwatch.model import Article, Flag, Kind, Status
from tensionwatch.rules.evaluate import MAIN

STRATUM = "corrections"


def is_corrected(article: Article) -> bool:
    return bool(article.wrong or article.missed)


def item_of(article: Article) -> dict[str, Any]:
    """The labelled item, with what the rules said and what the user says beside the labels."""
    at = article.published or article.first_seen
    standing = {flag.kind: flag for flag in reversed(article.standing)}  # of several of a kind the first
    others = {kind for kind in (*standing, *article.missed) if kind not in MAIN}
    return {
        "id": article.id, "date": f"{at:%Y-%m-%d}", "source": article.publisher, "feed": article.feed,
        "published": article.published.isoformat() if article.published is not None else None, "lang": article.lang,
        "title": article.title, "summary": article.summary, "stratum": STRATUM,
        **{kind.value: _label(kind, standing.get(kind), article) for kind in MAIN},
        "other": [kind.value for kind in Kind if kind in others], "hard": False,
        "wrong": [kind.value for kind in article.wrong], "missed": [kind.value for kind in article.missed],
        "said": [_said(flag) for flag in article.flags],
    }  # fmt: skip


def _label(kind: Kind, flag: Flag | None, article: Article) -> dict[str, Any] | None:
    if flag is not None:
        return {"status": flag.status.value, "src": flag.actor, "tgt": flag.recipient}
    return {"status": Status.ACTUAL.value, "src": None, "tgt": None} if kind in article.missed else None


def _said(flag: Flag) -> dict[str, Any]:
    return {
        "kind": flag.kind.value, "status": flag.status.value, "code": flag.code, "actor": flag.actor,
        "recipient": flag.recipient, "rule": flag.rule, "words": [evidence.words for evidence in flag.evidence],
    }  # fmt: skip


def brought_up_to_date(lines: Iterable[str], items: Iterable[dict[str, Any]], known: Iterable[str]) -> list[str]:
    """The lines of a file of items with these in them: of an article that is still `known` what the user says now, if
    anything; of one that is gone what he said. Raises ValueError naming a line that is no item."""
    fresh = {item["id"]: json.dumps(item, ensure_ascii=False) for item in items}
    there, kept = set(known), list[str]()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            item_id = str(json.loads(line)["id"])
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"line {number}: {type(error).__name__}: {error}") from error
        if item_id in fresh:
            kept.append(fresh.pop(item_id))
        elif item_id not in there:
            kept.append(line)
    return [*kept, *fresh.values()]
