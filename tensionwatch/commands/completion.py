"""`tensionwatch completion`: a completion script for the shell."""

from __future__ import annotations

import argparse

import shtab

from tensionwatch.cli import parser


def run(args: argparse.Namespace) -> int:
    print(shtab.complete(parser(), args.shell))
    return 0
