"""The command line: reads it, loads what the command needs, gives its exit code. Stays light: `--version` answers in
the time that Python takes to start, and each command imports its parts when it runs.

Exit codes: 0 fine · 1 it went wrong (poll: every due feed failed; with --strict any) · 2 the command line,
configuration or rules are wrong · 3 another instance holds the store (a screen follows it instead) · 4 the store cannot
be used · 130 interrupted · 143 ended by SIGTERM.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from tensionwatch import __version__
from tensionwatch.errors import TensionwatchError, Terminated

INTERRUPTED = 130

KIND_CHOICES = (
    "incident", "visit", "border_incident", "diplomatic_visit", "armed_attack", "military_posture",
    "military_cooperation", "arms_transfer", "weapons_test", "sanctions", "threat", "diplomatic_protest", "talks",
)  # fmt: skip

INDEX_NUMBERS = ("conflict", "level", "surprise")

FEED_SORTS = ("trouble", "config", "name", "next", "rate", "flagged", "slow")

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


LOG_LEVELS = ("debug", "info", "warning", "error")


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(
        prog="tensionwatch",
        description="A terminal watch screen for regional tension: polls news feeds, flags border incidents and "
        "diplomatic visits, counts what happened. Without a command it opens the screen.",
        epilog="Exit codes: 0 fine, 1 failed, 2 bad configuration, 3 another instance holds the store (a screen "
        "follows it instead), 4 the store cannot be used, 130 interrupted, "
        "143 ended by SIGTERM.",
    )
    top.add_argument("--version", action="version", version=f"tensionwatch {__version__}")
    top.add_argument(
        "--config", metavar="PATH", default=os.environ.get("TENSIONWATCH_CONFIG") or None,
        help="configuration file (default: $TENSIONWATCH_CONFIG, else the one in the platform's config folder, "
        "else the shipped one)",
    )  # fmt: skip
    top.add_argument(
        "--log-level", choices=_Offered(LOG_LEVELS), metavar="LEVEL",
        help=f"how much the log of the screen and of 'poll' tells: {', '.join(LOG_LEVELS)} (default: info; 'check' "
        "names the file)",
    )  # fmt: skip
    top.add_argument("--ascii", action="store_true", help="no symbols on the screen but plain ASCII")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for group in (_screen, _poll, _feeds, _reading, _alerts, _rules, _archive, _store, _setup):
        group(commands)
    return top


def _screen(commands: Commands) -> None:
    commands.add_parser("watch", help="open the screen (the default); it follows where another instance "
                        "holds the store")  # fmt: skip
    demo = commands.add_parser("demo", help="the screen on an embedded scenario; touches no network but loopback")
    demo.add_argument("--speed", type=_positive, default=1.0, metavar="N", help="how fast it unfolds (default: 1)")
    demo.add_argument("--headless", action="store_true", help="no screen: poll the finished scenario once and tell")
    demo.add_argument("--json", action="store_true", help="with --headless: one JSON object")


def _poll(commands: Commands) -> None:
    poll = commands.add_parser("poll", help="poll feeds without a screen")
    poll.add_argument("--once", action="store_true", help="once, then exit; without it, until interrupted")
    poll.add_argument("--all", action="store_true", help="with --once: leave out our own intervals (a server's "
                      "Retry-After still holds)")  # fmt: skip
    poll.add_argument("--strict", action="store_true", help="exit 1 when any feed failed, not only when all did")
    poll.add_argument("--json", action="store_true", help="one JSON object at the end")


def _feeds(commands: Commands) -> None:
    """What is polled: how it is, and what it is to be."""
    feeds = commands.add_parser("feeds", help="the feeds: how they are, check, add, remove, import, export")
    actions = feeds.add_subparsers(dest="action", metavar="ACTION", required=True)
    show = actions.add_parser("list", help="how each feed is: last success, next time and why, failures, figures")
    show.add_argument("--sort", choices=FEED_SORTS, default="trouble", metavar="BY",
                      help=f"{', '.join(FEED_SORTS)} (default: trouble)")  # fmt: skip
    show.add_argument("--ids", action="store_true", help="their ids alone, as configured")
    show.add_argument("--json", action="store_true", help="one JSON object a line")

    check = actions.add_parser("check", help="ask feeds once, keep nothing; exit 1 when any is not a good feed")
    check.add_argument("feed", nargs="*", metavar="URL|ID", help="which (default: all that are polled)")
    check.add_argument("--allow-private", action="store_true", help="an address may be one of your own network")
    check.add_argument("--json", action="store_true", help="one JSON object a line")

    add = actions.add_parser("add", help="add a feed, or the one that a web page names, to the configuration")
    add.add_argument("url", metavar="URL")
    add.add_argument("--pick", type=_count, metavar="N", help="the Nth of the feeds that the page names")
    for name, metavar, words in (
        ("id", "ID", "its id (default: of its title)"), ("name", "NAME", "how it is shown (default: its title)"),
        ("publisher", "NAME", "whose voice it is (default: the registrable domain)"),
        ("interval", "DURATION", "time between polls, such as 30m"),
        ("lang", "TAG", "its language (default: what it says, else en)"),
    ):  # fmt: skip
        add.add_argument(f"--{name}", metavar=metavar, help=words)
    add.add_argument("--tag", action="append", metavar="WORD", help="a word of your own; may be given again")
    add.add_argument("--allow-private", action="store_true", help="its address may be one of your own network")
    remove = actions.add_parser("remove", help="take a feed out of the configuration; its articles stay")
    remove.add_argument("feed", metavar="ID|URL")
    bring = actions.add_parser("import", help="add the feeds of an OPML file; folders become tags")
    bring.add_argument("file", metavar="FILE.opml", help="'-' reads standard input")
    for command in (add, remove, bring):
        command.add_argument("--dry-run", action="store_true", help="show what would change in the file; write nothing")
    take = actions.add_parser("export", help="write the feeds as OPML, without secrets")
    take.add_argument("file", metavar="FILE.opml", help="'-' writes to standard output")
    take.add_argument("--force", action="store_true", help="replace a file that is there")


def _reading(commands: Commands) -> None:
    """What looks into the store."""
    show = commands.add_parser("list", help="articles in the store, newest first")
    _choosing(show)
    show.add_argument("--flagged", action="store_true", help="only articles that a rule has flagged")
    show.add_argument("--text", metavar="WORDS", default="", help="only with all of these words, or words that begin "
                      "so, in title, summary or publisher")  # fmt: skip
    show.add_argument("--query", metavar="QUERY", default="", help="as in the screen's filter line: "
                      "'kind:visit actor:RUS since:7d unread text'; its words hold before other options")  # fmt: skip
    show.add_argument("--limit", type=_count, metavar="N", help="no more than so many")
    show.add_argument("--json", action="store_true", help="one Article with its Flags a line")

    events = commands.add_parser("events", help="what happened, each event once, last told of first")
    _choosing(events)
    events.add_argument("--json", action="store_true", help="one Event a line, with its couplings and held counts")

    event = commands.add_parser("event", help="the card of one event: who, whom, where, life, claims, reports")
    event.add_argument("id", metavar="ID", help="its id, or the beginning of it")
    event.add_argument("--json", action="store_true", help="one Event, with its life, strains and articles beside it")

    index = commands.add_parser("index", help="how tense each region is, and whether that is unusual")
    index.add_argument("--region", metavar="REGION", help="only this region's id, or 'elsewhere'")
    index.add_argument("--explain", action="store_true", help="open every number into what it is made of")
    index.add_argument("--json", action="store_true", help="one RegionIndex a line; with --explain one Explained")

    trends = commands.add_parser("trends", help="how much happened, or how tense it was, over a day to a year")
    trends.add_argument("--region", metavar="REGION", help="this region's id, or 'elsewhere'")
    trends.add_argument("--pair", metavar="A-B", help="these two countries, such as PRK-KOR")
    spans, measures = ("24h", "7d", "30d", "90d", "365d"), ("events", "sides", "intensity")
    trends.add_argument("--span", choices=_Offered(spans), default="30d", metavar="SPAN",
                        help=f"{', '.join(spans)} (default: 30d)")  # fmt: skip
    trends.add_argument("--measure", choices=_Offered(measures), default="events", metavar="WHAT",
                        help="events, sides (conflict and cooperation) or intensity (default: events)")  # fmt: skip
    trends.add_argument("--table", action="store_true", help="the numbers with tabs between them, a stretch a line")
    trends.add_argument("--json", action="store_true", help="one JSON object")

    pair = commands.add_parser("pair", help="conflict and cooperation of two countries, side by side, never netted")
    pair.add_argument("one", metavar="COUNTRY", help="ISO 3166 code or name: RUS, Russia")
    pair.add_argument("other", metavar="COUNTRY", help="the other one")
    pair.add_argument("--since", metavar="DURATION", help="only what happened in the last 7d, 30d …")
    pair.add_argument("--json", action="store_true", help="one JSON object with the events behind the sums")


def _alerts(commands: Commands) -> None:
    """Who is told of what, and of what nobody is."""
    command = commands.add_parser("alerts", help="what was raised and delivered; test channels, acknowledge, retry")
    actions = command.add_subparsers(dest="action", metavar="ACTION", required=True)
    show = actions.add_parser("list", help="newest first, with what became of each message")
    show.add_argument("--unseen", action="store_true", help="only those that nobody has acknowledged")
    show.add_argument("--limit", type=_count, metavar="N", help="no more than so many")
    show.add_argument("--json", action="store_true", help="one Alert with its deliveries a line")
    test = actions.add_parser("test", help="send a test through each channel now; exit 1 when any fails")
    test.add_argument("channel", nargs="*", metavar="CHANNEL", help="which (default: all)")
    retry = actions.add_parser("retry", help="send what was given up once more")
    acknowledge = actions.add_parser("ack", help="say that you have seen them")
    for one, default in ((retry, " (default: all that were given up)"), (acknowledge, "")):
        one.add_argument("id", nargs="*", metavar="ALERT", help=f"its id, or the beginning of it{default}")
    acknowledge.add_argument("--all", action="store_true", help="all of them")

    mute = commands.add_parser("mute", help="no alert of a feed, pair, region, rule or event, for a while")
    muting = mute.add_subparsers(dest="action", metavar="ACTION", required=True)
    muting.add_parser("list", help="what is muted, and until when").add_argument(
        "--json", action="store_true", help="one Mute a line"
    )
    add = muting.add_parser("add", help="mute it")
    whats = ("feed", "pair", "region", "rule", "event")
    add.add_argument("what", choices=_Offered(whats), metavar="WHAT", help=", ".join(whats))
    add.add_argument("name", metavar="NAME", help="its id; a pair such as PRK-KOR; an event's id or its beginning")
    add.add_argument("--for", dest="length", metavar="DURATION", help="12h, 2d, 1w … (default: until it is taken back)")
    muting.add_parser("remove", help="take it back").add_argument("id", metavar="ID|NAME")


def _rules(commands: Commands) -> None:
    """What rules see, and how well."""
    classify = commands.add_parser("classify", help="explain what the rules see in a headline")
    classify.add_argument("title", metavar="HEADLINE", help="the headline; '-' reads one a line from standard input")
    classify.add_argument("--summary", default="", metavar="TEXT", help="the text below it")
    classify.add_argument("--lang", default="en", metavar="TAG", help="its language (default: en)")
    classify.add_argument("--json", action="store_true", help="one JSON object a headline")

    rules = commands.add_parser("rules", help="check, list and show rules").add_subparsers(
        dest="action", metavar="ACTION", required=True
    )
    check = rules.add_parser("check", help="check the rules in force against their own examples")
    check.add_argument("pack", nargs="?", metavar="PACK.toml", help="a pack to lay over them")
    check.add_argument("--corrections", metavar="FILE.jsonl", help="and against what you have marked wrong or missed")
    wrong = rules.add_parser("wrong", help="what you have marked wrong or missed")
    wrong.add_argument("--export", metavar="FILE.jsonl", help="write it as labelled items, for `eval` and `rules "
                       "check`; a file that is there is brought up to date")  # fmt: skip
    rules.add_parser("list", help="one line a rule")
    rules.add_parser("show", help="a rule's patterns, vetoes and examples").add_argument("id", metavar="RULE")

    measure = commands.add_parser("eval", help="measure the rules against a file of labelled items")
    measure.add_argument("file", metavar="FILE.jsonl")
    measure.add_argument("--errors", action="store_true", help="name each miss")
    measure.add_argument("--by", choices=("rule", "source"), help="precision of each rule or source")
    measure.add_argument("--json", action="store_true", help="one JSON object")


def _archive(commands: Commands) -> None:
    archive = commands.add_parser("backtest", help="run rules and events over an archive of entries, on all cores")
    archive.add_argument("corpus", metavar="CORPUS.jsonl[.gz]", help="one entry a line: JSON with published, feed, "
                         "title, summary, link")  # fmt: skip
    archive.add_argument("--since", metavar="DATE", help="only what was published on this day or later: 2022-09-01")
    archive.add_argument("--until", metavar="DATE", help="only what was published on this day or before")
    archive.add_argument("--out", metavar="DIR", help="write here events.jsonl (one Event a line), daily.csv, the "
                         "index (index.csv, surprise.csv, alarms.csv) and a plot of each region")  # fmt: skip
    archive.add_argument("--plot", metavar="REGION", help="draw a region's index in the terminal; or a country's: UKR")
    archive.add_argument("--against", metavar="FILE.csv", help="correlate with a published series, monthly or daily")
    archive.add_argument("--column", metavar="NAME", help="with --against: its column")
    archive.add_argument("--region", metavar="REGION", help="with --against: this region, or country, alone")
    archive.add_argument("--number", choices=INDEX_NUMBERS, default="level",
                         help="with --against: which of ours (default: level)")  # fmt: skip
    archive.add_argument("--into", metavar="STORE", help="add the flagged articles to the store in this folder")
    archive.add_argument("--all", action="store_true", help="with --into: those without a flag too; the level of "
                         "the index needs them")  # fmt: skip
    archive.add_argument("--json", action="store_true", help="the summary as one JSON object")


def _setup(commands: Commands) -> None:
    init = commands.add_parser("init", help="write the commented example configuration")
    init.add_argument("path", nargs="?", metavar="PATH", help="where (default: the platform's config folder)")
    init.add_argument("--force", action="store_true", help="replace a file that is there")

    commands.add_parser("check", help="check configuration and rules; report every problem")

    keys = commands.add_parser(
        "keys", help="every key of the screen, its name for [keys] in the configuration, what it does"
    )
    form = keys.add_mutually_exclusive_group()
    form.add_argument("--toml", action="store_true", help="as a [keys] table to paste and change")
    form.add_argument("--json", action="store_true", help="one JSON object an action")

    completion = commands.add_parser("completion", help="print a completion script for your shell")
    completion.add_argument("shell", choices=("bash", "zsh", "tcsh"))


class _Offered(tuple[str, ...]):
    """Choices that completion offers; the command itself says what is wrong with others, in one line."""

    def __contains__(self, choice: object) -> bool:
        return True


def _store(commands: Commands) -> None:
    """What can be done with the store as such."""
    command = commands.add_parser("store", help="the store: what it holds, is it sound, backup, export")
    actions = command.add_subparsers(dest="action", metavar="ACTION", required=True)
    stats = actions.add_parser("stats", help="how much there is, of what, from when to when")
    verify = actions.add_parser("verify", help="look at everything, change nothing; exit 1 when something is wrong")
    compact = actions.add_parser("compact", help="fold the journal into the snapshot (no other may hold the store)")
    backup = actions.add_parser("backup", help="all of it, as it is now, into one file; a running screen may go on")
    backup.add_argument("file", metavar="FILE.tar.gz")
    backup.add_argument("--force", action="store_true", help="replace a file that is there")
    restore = actions.add_parser("restore", help="a backup in place of the store")
    restore.add_argument("file", metavar="FILE.tar.gz")
    restore.add_argument("--force", action="store_true", help="set a store that is there aside")
    for one in (stats, verify, compact, backup, restore):
        one.add_argument("--json", action="store_true", help="one JSON object")

    export = actions.add_parser("export", help="articles as JSON, one a line, oldest first")
    export.add_argument("--events", action="store_true", help="events instead of articles")
    export.add_argument("--csv", action="store_true", help="a table instead of JSON")
    export.add_argument("--out", metavar="FILE", help="into a file instead of standard output")
    export.add_argument("--force", action="store_true", help="with --out: replace a file that is there")
    _choosing(export, since="only since the day 2026-02-01 or the last 7d")
    export.add_argument("--until", metavar="DAY", help="only until the end of the day 2026-02-28, or 7d ago")
    export.add_argument("--flagged", action="store_true", help="only articles that a rule has flagged")


def _choosing(command: argparse.ArgumentParser, since: str = "only the last 24h, 7d …") -> None:
    """The options that choose among articles or events."""
    kinds = ", ".join(KIND_CHOICES)
    command.add_argument("--kind", choices=_Offered(KIND_CHOICES), metavar="KIND", help=f"only this kind: {kinds}")
    command.add_argument("--region", metavar="REGION", help="only this region's id, or 'elsewhere'")
    command.add_argument("--since", metavar="DURATION", help=since)


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value <= 1000:
        raise argparse.ArgumentTypeError("a number above 0, at most 1000")
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("a whole number, 1 or more")
    return value


_MODULES = {None: "screen", "watch": "screen", "list": "listing", "init": "setup", "check": "setup", "eval": "evaluate"}
"""Commands whose module in tensionwatch.commands has another name."""


def _joined(arguments: Sequence[str]) -> list[str]:
    """With a refusal behind --query joined to it: argparse would take `-word` for an option of its own."""
    joined: list[str] = []
    for argument in arguments:
        if joined and joined[-1] == "--query" and argument.startswith("-") and not argument.startswith("--"):
            joined[-1] = f"--query={argument}"
        else:
            joined.append(argument)
    return joined


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; gives its exit code."""
    args = parser().parse_args(_joined(sys.argv[1:] if arguments is None else arguments))
    module = import_module(f"tensionwatch.commands.{_MODULES.get(args.command, args.command)}")
    try:
        code: int = module.run(args)
        sys.stdout.flush()
    except Terminated as stopped:
        print(f"tensionwatch: {stopped}", file=sys.stderr)
        _end_by(signal.SIGTERM)
        return stopped.exit_code
    except TensionwatchError as error:
        from tensionwatch.sanitise import visible_lines  # here: --version needs no sanitiser

        print(f"tensionwatch: {visible_lines(str(error))}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("tensionwatch: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader (head, less) has gone: nothing is wrong, and Python must not say so when it closes stdout.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _end_by(signum: int) -> None:
    """End as if the signal had ended us, now that all is put away: a shell calls that 143, and systemd, to which 143 as
    an exit code is a failure, a clean stop."""
    sys.stdout.flush()
    sys.stderr.flush()
    signal.signal(signum, signal.SIG_DFL)
    os.kill(os.getpid(), signum)
