"""Who may import whom, as written in the sources and as it comes about in a fresh interpreter."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import tensionwatch

PACKAGE = Path(tensionwatch.__file__).parent
OWNERS = {
    "httpx": ("feeds/fetch.py",),
    "feedparser": ("feeds/by_feedparser.py",),
    "tinydb": ("store/",),
    "textual": ("tui/",),
    "leather": ("commands/plots.py",),
    "plotille": ("commands/plots.py", "plotting.py"),
    "apprise": ("alerts/courier.py",),
}


def imports_of(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return {name.split(".")[0] for name in names}


def test_each_library_is_known_to_its_owner_alone() -> None:
    strangers = [
        (str(path.relative_to(PACKAGE)), library)
        for path in PACKAGE.rglob("*.py")
        for library in imports_of(path) & set(OWNERS)
        if not str(path.relative_to(PACKAGE)).startswith(OWNERS[library])
    ]
    assert strangers == []


def modules_after(statement: str) -> set[str]:
    code = f"import sys; {statement}; print('\\n'.join(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import tensionwatch", {"tensionwatch.cli", "argparse"}),
        ("import tensionwatch.cli", {"textual", "httpx", "feedparser", "tinydb", "asyncio", "tomllib", "msgspec"}),
        ("import tensionwatch.rules", {"textual", "httpx", "feedparser", "tinydb", "asyncio"}),
        ("import tensionwatch.events", {"textual", "httpx", "feedparser", "tinydb", "asyncio"}),
        ("import tensionwatch.ingest", {"textual", "httpx", "feedparser", "tinydb", "asyncio"}),
        ("import tensionwatch.feeds.parse", {"textual", "httpx", "feedparser", "tinydb", "asyncio"}),
        ("import tensionwatch.feeds.child, tensionwatch.feeds.poller", {"httpx", "feedparser", "tinydb", "textual"}),
        ("import tensionwatch.feeds.worker", {"feedparser", "tinydb", "textual"}),
        ("import tensionwatch.commands.screen", {"httpx", "feedparser", "textual"}),
        ("import tensionwatch.tui.app", {"httpx", "feedparser", "tinydb"}),
    ],
)
def test_what_an_import_does_not_bring(statement: str, absent: set[str]) -> None:
    assert modules_after(statement) & absent == set()
