"""`tensionwatch feeds …`: what is polled and how it is, looked at, added, taken out, brought in, taken along."""

from __future__ import annotations

import argparse
from importlib import import_module

_MODULES = {
    "list": "feeds_list", "check": "feeds_check", "add": "feeds_add", "remove": "feeds_remove",
    "import": "feeds_opml", "export": "feeds_opml",
}  # fmt: skip


def run(args: argparse.Namespace) -> int:
    code: int = import_module(f"tensionwatch.commands.{_MODULES[args.action]}").run(args)
    return code
