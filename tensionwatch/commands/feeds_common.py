"""What several of the `feeds` commands need: feeds by id or address, ids of new ones, a file to edit."""

from __future__ import annotations

import argparse
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from tensionwatch import config
from tensionwatch.commands.common import BadOption, did_you_mean
from tensionwatch.commands.starting import say
from tensionwatch.config import Config
from tensionwatch.config_edit import Change, change, line_of
from tensionwatch.config_schema import same_address
from tensionwatch.config_values import Document, Spot, Wrong, address
from tensionwatch.errors import TensionwatchError
from tensionwatch.model import Feed
from tensionwatch.sanitise import visible, without_user

_MAX_ID = 40
_ID = re.compile(r"[a-z0-9][a-z0-9_-]*")


def feed_named(word: str, feeds: Sequence[Feed]) -> Feed:
    """The feed of an id or an address. Raises BadOption with the nearest one."""
    for feed in feeds:
        if word == feed.id or (
            is_address(word) and same_address(without_user(word)) == same_address(without_user(feed.url))
        ):
            return feed
    known = [feed.id for feed in feeds]
    near = did_you_mean(word, [*known, *(without_user(feed.url) for feed in feeds)])
    raise BadOption(f"no feed '{visible(word)}'" + (near or "; 'tensionwatch feeds list --ids' names them"))


def is_address(word: str) -> bool:
    """Can it be taken apart as a web address?"""
    try:
        return urlsplit(word).scheme in ("http", "https") and bool(urlsplit(word).netloc)
    except ValueError:
        return False


def bare_feed(url: str, *, allow_private: bool) -> Feed:
    """A feed of which nothing but the address is known. Raises BadOption."""
    if wrong := address_fault(url):
        raise BadOption(wrong)
    return Feed(id="", url=url, name="", publisher="", allow_private=allow_private)


def address_fault(url: str) -> str:
    """What the configuration would say of the address; empty where it would take it."""
    try:
        address(url, _NOWHERE)
    except Wrong as wrong:
        return visible("; ".join(filter(None, (wrong.what, wrong.allowed))))
    return ""


_NOWHERE = Spot(Document("", "", Path()))


class Ids:
    """Ids of new feeds, each of its name or, where that has no Latin letters, of its host; none twice."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)
        self._numbers: dict[str, int] = {}
        """The last one given to a word; a list may have 50,000 feeds of one name."""

    def take(self, name: str, url: str, wanted: str = "") -> str:
        """The one that is wanted, where that is an id that none has; else a new one."""
        word = _slug(name) or _slug((urlsplit(url).hostname or "").removeprefix("www.")) or "feed"
        new = wanted if _ID.fullmatch(wanted) else word
        while new in self._taken:
            self._numbers[word] = self._numbers.get(word, 1) + 1
            new = f"{word}-{self._numbers[word]}"
        self._taken.add(new)
        return new


def _slug(text: str) -> str:
    """`Al-Ahram: Wörld` → `al-ahram-world`, cut between words."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.findall("[a-z0-9]+", plain)
    slug = ""
    for word in words:
        if slug and len(slug) + 1 + len(word) > _MAX_ID:
            break
        slug = f"{slug}-{word}" if slug else word[:_MAX_ID]
    return slug


class AlreadyThere(TensionwatchError):
    """A feed of that address is configured."""


def refuse_known(url: str, feeds: Sequence[Feed], text: str, path: Path) -> None:
    """Raises AlreadyThere where one of the feeds of that text has the address."""
    for index, feed in enumerate(feeds):
        if same_address(without_user(feed.url)) == same_address(url):
            line = line_of(text, index, "url")
            raise AlreadyThere(f"{path}{f':{line}' if line else ''}: '{feed.id}' has this address already")


# ------------------------------------------------------------------ the file to edit


def editable(args: argparse.Namespace) -> tuple[Path, str | None]:
    """The user's configuration file, and what it is made of where there is none: the shipped example, as by `init`."""
    path = Path(args.config).expanduser() if args.config else config.find()
    return (path, None) if path is not None else (config.user_path(), config.example_text())


def loaded_text(path: Path, missing: str | None) -> tuple[Config, str]:
    """The configuration as it is now, and its text. Raises ConfigError."""
    if missing is not None:
        return config.load(None), missing
    return config.load(path), path.read_text("utf-8-sig")


def edit_feeds(
    path: Path, missing: str | None, edit: Callable[[str, Config], str], *, dry_run: bool
) -> tuple[Change, Config]:
    """Edit the file, and say what was made; `edit` is given the text and what it holds. Gives the change, and what was
    configured before it."""
    before: list[Config] = []

    def with_config(text: str) -> str:
        before.append(config.loads(text, path))
        return edit(text, before[-1])

    done = change(path, with_config, missing=missing, dry_run=dry_run)
    if dry_run:
        print(visible_diff(done.diff), end="")
        say("nothing was written (--dry-run)" + (f"; {path} would be made of the shipped one" if missing else ""))
    elif missing is not None:
        say(f"there was no configuration yet: made {path} of the shipped one, as 'tensionwatch init' does")
    elif done.after != done.before:
        say("a tensionwatch that runs goes by it when it is started again")
    return done, before[-1]


_SECRET = re.compile(r"""^([+\- ]\s*(?:auth|headers|password)[\w."' -]*=\s*).*""")
_KEY = re.compile(r"^([+\- ][^=]*=\s*).*")
_SECRETS_BEGIN = re.compile(r"^[+\- ]\s*\[\s*feed\s*\.\s*(?:auth|headers)\s*\]")
_USER = re.compile(r"(://)[^/@\"'\s]+@")


def visible_diff(diff: str) -> str:
    """A diff as it may be printed, and passed on: without what may be a secret."""
    lines, secrets = [], False
    for line in diff.splitlines():
        if _SECRETS_BEGIN.match(line):
            secrets = True
        elif secrets and line[1:].lstrip().startswith("["):
            secrets = False
        hidden = (_KEY if secrets else _SECRET).sub(r"\1…", line)
        lines.append(visible(_USER.sub(r"\1…@", hidden)) + "\n")
    return "".join(lines)
