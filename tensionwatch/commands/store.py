"""`tensionwatch store …`: what is kept, is it sound, a copy of it, all of it for another program."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import msgspec

from tensionwatch import __version__
from tensionwatch.clock import SystemClock
from tensionwatch.commands import export
from tensionwatch.commands.common import telling
from tensionwatch.commands.starting import json_line, load_config, say
from tensionwatch.commands.told import at
from tensionwatch.config import Config
from tensionwatch.errors import TensionwatchError
from tensionwatch.sanitise import visible
from tensionwatch.store import Store, backup
from tensionwatch.store.census import Census, Keeping, census
from tensionwatch.store.folder import check, hot, sizes
from tensionwatch.words import counted

_NAMED_MONTHS = 24
"""Months that `stats` names each; JSON has all."""


class Exists(TensionwatchError):
    """A file is there already."""


def run(args: argparse.Namespace) -> int:
    loaded, _ = load_config(args)  # which configuration is in force matters here for the folder alone
    actions: dict[str, Callable[[argparse.Namespace, Config], int]] = {
        "stats": _stats,
        "verify": _verify,
        "compact": _compact,
        "backup": _backup,
        "restore": _restore,
        "export": export.run,
    }
    return actions[args.action](args, loaded)


def refuse_existing(path: Path, *, force: bool) -> None:
    """Raises Exists."""
    if path.exists() and not force:
        raise Exists(f"{path}: is there already; --force replaces it")


# ------------------------------------------------------------------ stats


def _stats(args: argparse.Namespace, loaded: Config) -> int:
    keeping = _keeping(loaded)
    found = census(loaded.storage.path, keeping, SystemClock().now(), telling("counting"))
    print(msgspec.json.encode(found).decode() if args.json else "\n".join(_stats_lines(found, keeping)))
    return 0


def _stats_lines(found: Census, keeping: Keeping) -> list[str]:
    marks = f"{found.flagged:,} flagged, {found.unread:,} unread, {found.starred:,} starred, {found.noted:,} noted"
    period = f"{at(found.oldest)} to {at(found.newest)}" if found.articles else ""
    search = f", {_megabytes(found.search_bytes)}" if found.search_bytes else ""
    months = list(found.months.items())
    lines = [
        ("path", found.path),
        ("articles", f"{found.articles:,} ({marks})"),
        ("from", period),
        ("hot", f"{found.hot:,}"),
        *((f"{month}", f"{count:,}") for month, count in months[-_NAMED_MONTHS:]),
        ("earlier", counted(len(months) - _NAMED_MONTHS, "month") if len(months) > _NAMED_MONTHS else ""),
        ("events", f"{found.events:,}" if found.events else ""),
        ("feeds", f"{found.feeds:,}"),
        ("corrections", f"{found.corrections:,}"),
        ("on disk", f"{_megabytes(found.bytes - found.search_bytes)}, journal {_megabytes(found.journal_bytes)} "
                    f"(generation {found.generation})"),
        ("search", f"{visible(found.search)}{search}"),
        ("to go", f"{found.to_go:,} older than {_days(keeping)}"),
        *(("attention", visible(notice)) for notice in found.notices),
    ]  # fmt: skip
    return [f"{label:<12} {words}" for label, words in lines if words]


def _keeping(loaded: Config) -> Keeping:
    return Keeping(loaded.storage.keep_unflagged_days, loaded.storage.keep_flagged_days)


def _days(keeping: Keeping) -> str:
    return f"{keeping.unflagged_days} days, flagged ones than {keeping.flagged_days}"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


# ------------------------------------------------------------------ verify and compact


def _verify(args: argparse.Namespace, loaded: Config) -> int:
    folder = loaded.storage.path
    found = check(folder, telling("looking at"))
    if args.json:
        told = found._asdict() | {"findings": [msgspec.to_builtins(finding) for finding in found.findings]}
        print(json_line({"path": str(folder), "sound": found.sound, **told}))
    else:
        print("\n".join(visible(str(finding)) for finding in found.findings) or f"{folder}: all is well")
        grave = sum(finding.grave for finding in found.findings)
        counts = counted(found.articles, "article"), counted(found.events, "event"), counted(found.months, "month")
        say(f"{', '.join(counts)}; {counted(grave, 'finding')}")
    return int(not found.sound)


def _compact(args: argparse.Namespace, loaded: Config) -> int:
    folder = loaded.storage.path
    hot(folder)  # a folder without a store stays without one
    before = sum(sizes(folder).values())
    with Store.open(folder) as store:
        store.compact()
        for notice in store.notices:
            say(visible(notice))
        articles = len(store)
    after = sum(sizes(folder).values())
    if args.json:
        print(json.dumps({"path": str(folder), "articles": articles, "bytes_before": before, "bytes": after}))
    else:
        print(f"{folder}: {counted(articles, 'article')}, {_megabytes(before)} before, {_megabytes(after)} now")
    return 0


# ------------------------------------------------------------------ backup and restore


def _backup(args: argparse.Namespace, loaded: Config) -> int:
    target = Path(args.file)
    refuse_existing(target, force=args.force)
    by, now = f"tensionwatch {__version__}", SystemClock().now()
    manifest, faults = backup.back_up(loaded.storage.path, target, by=by, now=now, progress=telling("writing"))
    for fault in faults:
        say(f"the store is not sound: {visible(fault)}")
    size = target.stat().st_size
    if args.json:
        print(json.dumps({"file": str(target), "bytes": size, "articles": manifest.articles, "faults": faults}))
    else:
        print(f"{target}: {counted(manifest.articles, 'article')}, {_megabytes(size)}, read again and sound")
    return int(bool(faults))


def _restore(args: argparse.Namespace, loaded: Config) -> int:
    folder = loaded.storage.path
    now = SystemClock().now()
    manifest, aside = backup.restore(Path(args.file), folder, force=args.force, now=now, progress=telling("restoring"))
    keeping = _keeping(loaded)
    to_go = census(folder, keeping, now, telling("counting")).to_go
    if args.json:
        told = {"path": str(folder), "articles": manifest.articles, "aside": str(aside) if aside else None}
        print(json.dumps(told | {"made": f"{manifest.made:%Y-%m-%dT%H:%M:%SZ}", "to_go": to_go}))
    else:
        print(f"{folder}: {counted(manifest.articles, 'article')} of {manifest.made:%Y-%m-%d %H:%MZ}")
        if aside is not None:
            print(f"what was there before lies in {aside}")
        if to_go:
            print(
                f"{counted(to_go, 'article')} older than {_days(keeping)} will be removed by the next round: "
                "[storage] keep_unflagged_days and keep_flagged_days keep them longer"
            )
    return 0
