"""What is so and what to do next, where a list has nothing to show, or news does not come. Pure.

    feeds, poller, store ──situation──▶ Situation ──laid_out──▶ lines, drawn by a list in place of rows, and by the help

Calm words: what is so, what that means for what is kept, then the exact command or key.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Literal, NamedTuple

from rich.cells import cell_len

from tensionwatch.exchange import FeedRow, PollStatus
from tensionwatch.tui.cells import Run, fit, line, many, wrap
from tensionwatch.words import READING

Tone = Literal["accent", "warn", "bad"]
SYMBOLS: Final[dict[Tone, str]] = {"accent": "·", "warn": "!", "bad": "✗"}
MARGIN: Final = 2
WIDEST: Final = 92
"""Cells of a text that is read with ease."""
REASONS: Final = 3
"""Why feeds fail, the commonest ones."""
NOT_KEPT: Final = "news cannot be kept"
"""As the poller says that the store, or its disk, takes nothing."""


class Step(NamedTuple):
    do: str
    """A command to type, or the id of a key's action (`app.feeds`), by which the key in force is found."""
    what: str
    """What comes of it."""

    @property
    def is_key(self) -> bool:
        return " " not in self.do and "." in self.do


class Situation(NamedTuple):
    heading: str
    says: tuple[str, ...] = ()
    """What it means, a paragraph each."""
    steps: tuple[Step, ...] = ()
    tone: Tone = "accent"

    @property
    def is_wrong(self) -> bool:
        """Is something so that keeps news from coming?"""
        return self.tone != "accent"

    @property
    def text(self) -> str:
        """All of it in one line."""
        return " ".join((f"{self.heading}.", *self.says, *(f"{step.do}: {step.what}." for step in self.steps)))


# ------------------------------------------------------------------ which

SHOWS_FEEDS: Final = Step("app.feeds", "shows each feed, what it said last, and what to do about it")
ASKS_AGAIN: Final = Step("app.poll_now", "asks all of them again, now")
SHOWS_LOG: Final = Step("app.log", "shows what has happened, newest below")
ADDS: Final = Step("tensionwatch feeds add https://…", "finds the feed behind a page and adds it to the configuration")
WRITES: Final = Step("tensionwatch init", "writes a commented configuration with feeds and regions to start from")
CHECKS: Final = Step("tensionwatch feeds check ID", "asks one feed and says what came, step by step")


def situation(
    rows: Sequence[FeedRow], status: PollStatus, articles: int, notices: Sequence[str] = (), stopped: str | None = None
) -> Situation:
    """What is so, of the gravest thing alone. `articles`: how many are kept; `notices`: what the user should know of
    this run; `stopped`: why polling has ended for good."""
    told = _wrong(rows, status, stopped)
    if told is not None:
        return told
    if status.reading is not None:
        return Situation(f"{READING.capitalize()}: {status.reading:.0%}", ("What is here appears once it is read.",))
    enabled = [row for row in rows if row.feed.enabled]
    if not rows:
        says = (*_notices(notices), "Without feeds there is no news.")
        return Situation("No feed is configured", says, (ADDS, WRITES), "warn")
    if not enabled:
        return _all_disabled(rows)
    if articles:
        return Situation(
            f"Nothing flagged so far in {many(articles, 'article')}",
            ("No headline so far tells of a border incident, a visit or one of the other kinds.",),
            (
                Step("app.articles", "lists them all"),
                Step('tensionwatch classify "a headline"', "says what the rules see in one, and why"),
            ),
        )
    return _nothing_yet(enabled, status, notices)


def filtered(total: int, noun: str, *, action: str, words: str = "", what: str = "") -> Situation:
    """Of `total` there are none left: filters are in force. `action`: the id of the key that takes them away."""
    said = f"There are {many(total, noun)} without them" if total != 1 else f"There is 1 {noun} without them"
    named = f": “{line(words)}”" if words else ""
    heading = f"No {what or noun} passes these filters{named}" if words or not what else f"No {what}"
    return Situation(heading, (f"{said}.",), (Step(action, "takes them away: shows all"),))


def _wrong(rows: Sequence[FeedRow], status: PollStatus, stopped: str | None) -> Situation | None:
    """What keeps news from coming at all."""
    if stopped:
        return Situation(
            "News does not come any more",
            (f"{_sentence(stopped)} What is kept is not lost, and can be read.",),
            (SHOWS_LOG, Step("app.quit", "ends this screen; start it again to go on")),
            "bad",
        )
    if status.trouble and NOT_KEPT in status.trouble:
        return Situation(
            "News cannot be kept",
            (
                _sentence(status.trouble),
                "What was kept before is not lost, and can be read; marks wait for room too. Polling tries again every "
                "minute, and goes on by itself once there is room.",
            ),
            (Step("df -h", "shows which disk is full"), Step("app.poll_now", "tries again now"), SHOWS_LOG),
            "bad",
        )
    if status.trouble:
        return Situation(
            "Polling does not work",
            (_sentence(status.trouble), "It is tried again every minute."),
            (Step("app.poll_now", "tries again now"), SHOWS_LOG),
            "bad",
        )
    if status.offline_since is not None:
        return Situation(
            "Offline: no server answers",
            (
                "That counts against no feed, and what they list meanwhile comes in once one of them answers. One is "
                "asked every half minute.",
                "Is the network up? Behind a proxy HTTPS_PROXY has to name it.",
            ),
            (Step("app.poll_now", "asks now"), CHECKS),
            "warn",
        )
    return _all_fail(rows, status)


def _all_fail(rows: Sequence[FeedRow], status: PollStatus) -> Situation | None:
    enabled = [row for row in rows if row.feed.enabled]
    failed = [row for row in enabled if row.state.result in ("failed", "gone")]
    if not failed or len(failed) < len(enabled):
        return None
    reasons = Counter(line(row.state.reason or "no reason given") for row in failed)
    told = [f"{count} × {reason}" if count > 1 else reason for reason, count in reasons.most_common(REASONS)]
    if (more := len(reasons) - REASONS) > 0:
        told.append(f"and {many(more, 'other reason')}")
    again = () if status.follows else (ASKS_AGAIN,)
    heading = f"All {len(enabled)} feeds fail" if len(enabled) > 1 else "The only feed fails"
    says = ("; ".join(told) + ".", "Each is asked again by itself, less and less often.")
    return Situation(heading, says, (SHOWS_FEEDS, *again, CHECKS), "bad")


def _all_disabled(rows: Sequence[FeedRow]) -> Situation:
    by_hand = sum(row.state.switched is False for row in rows)
    where = [f"{by_hand} by hand"] if by_hand else []
    where += [f"{len(rows) - by_hand} in the configuration"] if by_hand < len(rows) else []
    feeds = f"All {len(rows)} feeds are" if len(rows) > 1 else "The only feed is"
    return Situation(
        f"No feed is enabled: {feeds.lower()} disabled",
        (f"{' and '.join(where).capitalize()}. What they brought is kept, but nothing new comes.",),
        (Step("app.feeds", "lists them, and enables the one under the cursor"), ADDS),
        "warn",
    )


def _nothing_yet(enabled: Sequence[FeedRow], status: PollStatus, notices: Sequence[str]) -> Situation:
    asked = [row for row in enabled if row.state.result is not None]
    failed = [row for row in asked if row.state.result in ("failed", "gone")]
    feeds = many(len(enabled), "feed")
    if status.follows and not status.collector:
        return Situation(
            "Nothing here yet, and nobody collects",
            ("Another process had the store when this screen opened, and has ended.",),
            (Step("app.collect", "collects here"),),
            "warn",
        )
    if status.follows:
        who = line(status.collector)
        says = f"This screen follows it: what {who} collects appears as it comes in."
        return Situation(f"Nothing here yet: {who} holds the store", (says,), (SHOWS_FEEDS, SHOWS_LOG))
    if status.paused:
        return Situation(
            "Nothing here yet, and polling is paused",
            _notices(notices),
            (Step("app.pause", "goes on"), Step("app.poll_now", "asks every feed once, now")),
            "warn",
        )
    if len(asked) < len(enabled):
        trouble = (f"{len(failed)} of them failed so far.",) if failed else ()
        return Situation(
            f"First poll under way: {len(asked)} of {feeds} answered",
            (*_notices(notices), "News appears as it comes in.", *trouble),
            (SHOWS_FEEDS, SHOWS_LOG),
        )
    return Situation(
        f"All {feeds} answered, none had an article yet" if len(enabled) > 1 else "The only feed had no article yet",
        (*((f"{len(failed)} of them failed.",) if failed else ()), "They are asked again by themselves."),
        (SHOWS_FEEDS, ASKS_AGAIN),
    )


def _notices(notices: Sequence[str]) -> tuple[str, ...]:
    return tuple(_sentence(notice) for notice in notices)


def _sentence(text: str) -> str:
    """With a capital, and a full stop."""
    said = line(text).rstrip(".")
    return f"{said[:1].upper()}{said[1:]}." if said else ""


# ------------------------------------------------------------------ how it looks


def laid_out(said: Situation, key: Callable[[str], str], width: int, height: int = 100) -> list[list[Run]]:
    """Lines of at most `width` cells. `key`: how the key of an action is called; empty where it has none, and the step
    is left out. In little `height` there are no blank lines, in less the steps come first."""
    room = max(10, min(WIDEST, width - 2 * MARGIN)) - 2
    head = [
        [_MARGIN, (f"{SYMBOLS[said.tone] if n == 0 else ' '} ", said.tone), (part, "heading")]
        for n, part in enumerate(wrap(said.heading, room))
    ]
    says = [[[_INDENT, (part, "muted")] for part in wrap(paragraph, room)] for paragraph in said.says]
    steps = list(_steps(said.steps, key, room))
    airy = [*head, *(line for paragraph in says for line in ([], *paragraph)), *([[]] if steps else []), *steps]
    if len(airy) <= height:
        return airy
    told = [line for paragraph in says for line in paragraph]
    if len(head) + len(told) + len(steps) <= height:
        return [*head, *told, *steps]
    return [*head, *steps, *told]


_MARGIN: Final[Run] = (" " * MARGIN, "")
_INDENT: Final[Run] = (" " * (MARGIN + 2), "")


def _steps(steps: Sequence[Step], key: Callable[[str], str], room: int) -> Iterator[list[Run]]:
    """A key and what it does side by side; a command has a line of its own where both have no room in one."""
    called = [(key(step.do) if step.is_key else step.do, step) for step in steps]
    column = max((cell_len(shown) for shown, step in called if step.is_key), default=0)
    for shown, step in called:
        if not shown:
            continue
        if step.is_key:
            for n, part in enumerate(wrap(step.what, room - column - 2)):
                yield [_INDENT, (fit(shown if n == 0 else "", column), "accent"), ("  ", ""), (part, "")]
        elif cell_len(shown) + cell_len(step.what) + 2 <= room:
            yield [_INDENT, (shown, "accent"), (f"  {step.what}", "")]
        else:
            yield from ([_INDENT, (part, "accent")] for part in wrap(shown, room))
            yield from ([_INDENT, ("  ", ""), (part, "")] for part in wrap(step.what, room - 2))
