"""`tensionwatch classify`: what the rules see in a headline, and why."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from tensionwatch.commands.common import rules_in_force
from tensionwatch.commands.starting import json_line
from tensionwatch.model import Evidence, Flag, to_json
from tensionwatch.rules import Explanation
from tensionwatch.sanitise import visible
from tensionwatch.words import CODE_WORDS, code_words, reason_line, toll_words


def run(args: argparse.Namespace) -> int:
    rules = rules_in_force(args)
    for title in _titles(args.title):
        explained = rules.explain(visible(title), visible(args.summary), lang=args.lang)
        if args.json:
            print(json_line(to_json(explained)))
        else:
            print("\n".join(_lines(explained)))
    return 0


def _titles(title: str) -> Iterator[str]:
    if title != "-":
        yield title
        return
    yield from (line.strip() for line in sys.stdin if line.strip())


def _lines(explained: Explanation) -> Iterator[str]:
    paint = _Paint()
    yield paint.marked(explained.title, "title", explained.flags)
    if explained.summary:
        yield paint.marked(explained.summary, "summary", explained.flags)
    if explained.note:
        yield f"  {explained.note}"
    for flag in explained.flags:
        yield from _flag_lines(flag, explained, paint)
    if not explained.flags and not explained.note:
        yield "  no flag"
    for finding in explained.findings:
        if finding.lost is not None:
            yield paint.dim(f"  not {finding.rule}: {finding.lost} · “{finding.words}”")


def _flag_lines(flag: Flag, explained: Explanation, paint: _Paint) -> Iterator[str]:
    yield f"  {paint.strong(reason_line(flag))}"
    finding = next(f for f in explained.findings if f.flag is flag)
    details = [f"code {flag.code}" + (f" ({code_words(flag.code)})" if flag.code in CODE_WORDS else "")]
    details.append(f"status {flag.status.value}" + (f", from “{finding.cue}”" if finding.cue else ""))
    if finding.sides:
        details.append(finding.sides)
    if flag.place:
        details.append(f"place {flag.place}")
    if flag.people:
        details.append(", ".join(flag.people))
    if flag.toll:
        details.append(toll_words(flag.toll))
    if flag.claim:
        details.append(f"{flag.claim.stance} by {flag.claim.by}")
    if flag.ordinal:
        details.append(f"the text counts: {flag.ordinal.words}")
    yield f"    {' · '.join(details)}"
    yield f"    words: {'; '.join(f'“{e.words}”' for e in flag.evidence)} · pattern: {finding.pattern}"


class _Paint:
    """Colour where standard output is a terminal and NO_COLOR is not set."""

    def __init__(self) -> None:
        import os

        self._on = sys.stdout.isatty() and not os.environ.get("NO_COLOR")

    def _wrap(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._on else text

    def strong(self, text: str) -> str:
        return self._wrap("1", text)

    def dim(self, text: str) -> str:
        return self._wrap("2", text)

    def marked(self, text: str, field: str, flags: tuple[Flag, ...]) -> str:
        """The text with its evidence underlined."""
        spans = [e for flag in flags for e in flag.evidence if e.field == field]
        at, out = 0, []
        for span in sorted(_apart(spans), key=lambda e: e.start):
            out += [text[at : span.start], self._wrap("1;4", text[span.start : span.end])]
            at = span.end
        return "".join([*out, text[at:]])


def _apart(spans: list[Evidence]) -> list[Evidence]:
    """Spans that do not overlap, the longer first chosen."""
    kept: list[Evidence] = []
    for span in sorted(spans, key=lambda e: e.start - e.end):
        if all(span.end <= other.start or span.start >= other.end for other in kept):
            kept.append(span)
    return kept
