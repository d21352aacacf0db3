"""Feeds added to and taken out of the user's configuration; all the rest of the file stays byte for byte.

    text ──config_lines──▶ where the [[feed]] tables stand ──splice──▶ text ──tomllib──▶ is it what was meant? ──▶ file

tomlkit writes the tables, and edits those few files that list their feeds within brackets (`feed = [{…}, …]`). It does
not splice: it counts comments between two tables as the first one's, so that a table removed takes the heading of the
next with it, and it sorts feeds that stand apart. Whatever edits, the result is read by tomllib and compared with what
was meant, and by `config.load`, before it takes the place of the file.
"""

from __future__ import annotations

import fcntl
import os
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from difflib import unified_diff
from pathlib import Path
from typing import Any, NamedTuple

from tensionwatch import config
from tensionwatch.config_lines import Lines
from tensionwatch.errors import ConfigError, TensionwatchError

Table = dict[str, Any]
_MARK = "\ufeff"


class CannotEdit(TensionwatchError):
    """The file is such that it is better edited by hand, or it changes under our hands."""


class Change(NamedTuple):
    path: Path
    """As the user knows it."""
    before: str
    after: str

    @property
    def diff(self) -> str:
        """As `diff -u` tells it."""
        before, after = self.before.splitlines(keepends=True), self.after.splitlines(keepends=True)
        told = unified_diff(before, after, str(self.path), str(self.path))
        return "".join(line if line.endswith("\n") else f"{line}\n" for line in told)


# ------------------------------------------------------------------ the text


def with_feeds(text: str, feeds: Sequence[Table]) -> str:
    """The text with these feeds after those that it has. Raises CannotEdit."""
    data = tomllib.loads(text)
    before = data.get("feed", [])
    if "feed" in data and _extent(text, 0) is None:
        return _checked(_bracketed(text, lambda listed: _extend(listed, feeds)), data, [*before, *feeds])
    if not feeds:
        return text
    newline = "\r\n" if "\r\n" in text else "\n"
    tables = _written(feeds).replace("\n", newline)
    lines = text.split("\n")
    last = max((extent[1] for extent in _extents(text, len(before))), default=len(lines))
    above, below = "\n".join(lines[:last]), "\n".join(lines[last:])
    if last < len(lines):
        above += "\n"
    elif above and not above.endswith("\n"):
        above += newline
    gap = newline if above else ""
    after = newline if below.strip("\r\n") and not below.startswith(("\n", "\r\n")) else ""
    return _checked(f"{above}{gap}{tables}{after}{below}", data, [*before, *feeds])


def without_feed(text: str, index: int) -> str:
    """The text without its feed of that number, counted from 0; comments around it stay. Raises CannotEdit."""
    data = tomllib.loads(text)
    left = [feed for number, feed in enumerate(data["feed"]) if number != index]
    extent = _extent(text, index)
    if extent is None:
        return _checked(_bracketed(text, lambda listed: listed.pop(index)), data, left)
    lines = text.split("\n")
    first, last = extent[0] - 1, extent[1]
    if first > 0 and not lines[first - 1].strip("\r"):
        first -= 1  # the blank line that set it apart
    return _checked("\n".join(lines[:first] + lines[last:]), data, left)


def line_of(text: str, index: int, key: str = "") -> int | None:
    """Where a feed, or a key of it, stands."""
    return Lines(text).of(f"feed[{index}].{key}" if key else f"feed[{index}]")


def _extent(text: str, index: int) -> tuple[int, int] | None:
    return Lines(text).extent(f"feed[{index}]")


def _extents(text: str, count: int) -> Iterator[tuple[int, int]]:
    lines = Lines(text)
    for index in range(count):
        if extent := lines.extent(f"feed[{index}]"):
            yield extent


def _written(feeds: Sequence[Table]) -> str:
    import tomlkit  # 0.1 s: only who edits pays for it

    tables = tomlkit.aot()
    for feed in feeds:
        table = tomlkit.table()
        for key, value in feed.items():
            table.add(key, _inline(value) if isinstance(value, dict) else value)
        tables.append(table)
    document = tomlkit.document()
    document.add("feed", tables)
    return tomlkit.dumps(document).strip("\n") + "\n"


def _bracketed(text: str, edit: Callable[[Any], object]) -> str:
    import tomlkit

    document = tomlkit.parse(text)
    try:
        edit(document["feed"])
    except (TypeError, ValueError):  # its header stands in quotes
        return text
    return tomlkit.dumps(document)


def _extend(listed: Any, feeds: Sequence[Table]) -> None:
    for feed in feeds:
        listed.append(_inline(feed))


def _inline(values: Table) -> Any:
    import tomlkit

    table = tomlkit.inline_table()
    for key, value in values.items():
        table.add(key, _inline(value) if isinstance(value, dict) else value)
    return table


def _checked(text: str, before: Table, feeds: Sequence[Table]) -> str:
    try:
        now = tomllib.loads(text)
    except ValueError:
        now = None
    meant = {key: value for key, value in before.items() if key != "feed"} | ({"feed": list(feeds)} if feeds else {})
    if now is not None and not feeds and now.get("feed") == []:
        meant["feed"] = []
    if now != meant:
        raise CannotEdit("its [[feed]] tables stand in a way that only a hand can edit; nothing was changed")
    return text


# ------------------------------------------------------------------ the file


def change(path: Path, edit: Callable[[str], str], *, missing: str | None = None, dry_run: bool = False) -> Change:
    """Edit a configuration file: read, checked and replaced while no other of our programs does. `missing` is what
    there would be where there is no file yet. A dry run does all but replace.

    Raises CannotEdit, ConfigError where the result would be wrong, whatever `edit` raises, and TensionwatchError where
    the file cannot be read or written."""
    target = Path(os.path.realpath(path))  # a link into a folder of dotfiles stays a link
    try:
        if missing is not None and not dry_run:
            target.parent.mkdir(parents=True, exist_ok=True)
        with _locked(target.parent):
            before = _read(target, missing)
            text = before.decode("utf-8")
            config.loads(text, path)
            after = _edited(path, text, edit)
            if not dry_run and after != text:
                if _read(target, missing) != before:
                    raise CannotEdit(f"{path}: another program has just written it; try again")
                config.replace_file(target, after.encode())
    except UnicodeDecodeError:
        raise CannotEdit(f"{path}: not UTF-8") from None
    except OSError as error:
        raise TensionwatchError(f"{path}: cannot be edited: {error.strerror}") from None
    return Change(path, text, after)


def _edited(path: Path, text: str, edit: Callable[[str], str]) -> str:
    mark = _MARK if text.startswith(_MARK) else ""
    try:
        after = mark + edit(text.removeprefix(_MARK))
        config.loads(after, path)
    except CannotEdit as error:
        raise CannotEdit(f"{path}: {error}") from None
    except ConfigError as error:
        raise CannotEdit(f"nothing was changed, for then it would be wrong: {error.problems[0]}") from None
    return after


def _read(target: Path, missing: str | None) -> bytes:
    try:
        return target.read_bytes()
    except FileNotFoundError:
        if missing is None:
            raise
        return missing.encode()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Ours alone, among programs of this kind; an editor knows nothing of it. The folder is locked: the file itself
    is another one after each change."""
    opened = os.open(folder, os.O_RDONLY) if folder.exists() else None
    if opened is None:  # only a dry run comes here: there is nothing to guard
        yield
        return
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)
