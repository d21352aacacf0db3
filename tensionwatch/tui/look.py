"""Symbols and the names of styles: meaning is carried by the symbol, colour only repeats it. Pure.

The names of styles are those of the lists (widgets/lines.py), which give them their colours.
"""

from __future__ import annotations

from tensionwatch.exchange import Group
from tensionwatch.model import Article, FeedState, Flag, Kind, Status

SYMBOLS = {Group.INCIDENT: "▲", Group.VISIT: "●", Group.OTHER: "◆"}
HOLLOW = {Group.INCIDENT: "△", Group.VISIT: "○", Group.OTHER: "◇"}
GROUP_WORDS = {Group.INCIDENT: "incidents", Group.VISIT: "visits", Group.OTHER: "other"}
UNREAD, STAR, NOTE, RISEN, MARKED, ALERT, FAILED, COUPLED = "•", "★", "✎", "↑", "+", "⚠", "✗", "⇄"

HEALTH_ORDER = ("gone", "failing", "silent", "new", "ok", "off")
"""The words of `health.Health`, trouble first."""
HEALTH_SYMBOLS = {"ok": "✓", "new": "…", "silent": "◦", "failing": "✗", "gone": "✗", "off": "–"}
HEALTH_STYLES = {"ok": "good", "new": "muted", "silent": "warn", "failing": "bad", "gone": "bad", "off": "muted"}

LEGEND = (
    ("▲", "incident", "border incident: something crossed, or shots at a line"),
    ("●", "visit", "diplomatic visit between two states"),
    ("◆", "other", "any other kind: attack, posture, sanctions, threat, talks …"),
    ("△ ○ ◇", "muted", "the same planned, off, hypothetical or historical: with its word, never counted"),
    ("↑", "risen", "since you last looked this count has risen, this event is new or told by more"),
    ("⇄", "strong", "two events that share a party within a day; “meanwhile”: a visit goes on as the other happens"),
    ("·", "muted", "none"),
    ("3.4", "strong", "conflict now: events × whose word it is, each halved every 48 hours"),
    ("▁█", "accent", "conflict over 7 days, per day or half day, from 0 to the region's own peak"),
    ("⚠", "warn", "alerts that nobody has acknowledged"),
    ("1·3·2", "strong", "e·r·p: 1 event told by 3 reports of 2 independent publishers"),
    ("•", "unread", "not read yet"),
    ("★", "star", "starred"),
    ("✎", "star", "has a note of yours"),
    ("+", "unread", "event marked to be merged"),
    ("● ○ ✗", "muted", "of the pulse, a cell a feed: fresh, late, failing"),
    ("✓ =", "good", "feed answered: with news, without"),
    ("✗", "bad", "feed failed, or is gone for good (HTTP 410)"),
    ("◦", "warn", "feed answers, but has been silent for much longer than it usually is"),
)
"""(symbol, style, meaning) of everything that is not words."""


def symbol(kind: Kind, status: Status) -> str:
    """A group's symbol; hollow for what did not happen, so that no colour is needed to tell."""
    return (SYMBOLS if status is Status.ACTUAL else HOLLOW)[Group.of(kind)]


def style(kind: Kind, status: Status) -> str:
    """The group's colour; what did not happen recedes."""
    return Group.of(kind).value if status is Status.ACTUAL else "muted"


def lead_flag(article: Article) -> Flag | None:
    """The flag an article is listed under: the first that happened, else the first; none that was marked wrong."""
    flags = article.standing
    return next((f for f in flags if f.status is Status.ACTUAL), flags[0] if flags else None)


def health_symbol(word: str, state: FeedState) -> str:
    """Of a feed that is well `=` where its last answer brought nothing new."""
    return "=" if word == "ok" and state.result == "unchanged" else HEALTH_SYMBOLS[word]
