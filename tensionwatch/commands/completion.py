"""`tensionwatch completion`: a completion script for the shell.

Files, folders, ids of feeds, and keys of the filter line are completed where an argument's METAVAR says that it is one.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping

import shtab

from tensionwatch.cli import parser
from tensionwatch.query_values import KEYS, MARKS

_FOLDERS = ("DIR", "STORE")
_FILES = ("FILE", "PATH", "PACK", "CORPUS")
_FEEDS = ("ID|URL", "URL|ID")
_IDS = {"bash": "_tensionwatch_feeds", "zsh": "_tensionwatch_feeds", "tcsh": "`tensionwatch feeds list --ids`"}
_WORDS = " ".join([*(f"{key}:" for key in KEYS), *MARKS])
"""With which a query begins: keys and marks. Values are not completed: bash takes a colon for the end of a word."""
_QUERY = {"bash": "_tensionwatch_query", "zsh": "_tensionwatch_query", "tcsh": f"({_WORDS})"}
_PREAMBLE = {
    "bash": '_tensionwatch_feeds() { compgen -W "$(tensionwatch feeds list --ids 2>/dev/null)" -- "$1"; }\n'
    f'_tensionwatch_query() {{ compgen -W "{_WORDS}" -- "$1"; }}\n',
    "zsh": '_tensionwatch_feeds() { compadd -- ${(f)"$(tensionwatch feeds list --ids 2>/dev/null)"} }\n'
    f"_tensionwatch_query() {{ compadd -S '' -- {_WORDS} }}\n",
}


def run(args: argparse.Namespace) -> int:
    top = parser()
    for action in _actions(top):
        if (complete := _complete(str(action.metavar or ""))) is not None:
            action.complete = complete  # type: ignore[attr-defined]  # where shtab looks for it
    print(shtab.complete(top, args.shell, preamble=_PREAMBLE.get(args.shell, "")))
    return 0


def _actions(command: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """All arguments and options, of subcommands too."""
    for action in command._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from _actions(inner)
        else:
            yield action


def _complete(metavar: str) -> Mapping[str, object] | None:
    if metavar in _FEEDS:
        return _IDS
    if metavar == "QUERY":
        return _QUERY
    if metavar in _FOLDERS:
        return shtab.DIRECTORY
    return shtab.FILE if metavar.startswith(_FILES) else None
