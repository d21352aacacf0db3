"""What can go wrong, in one tree.

TensionwatchError            every error that a user should read as one clear line
├── ConfigError              the configuration is wrong; carries every Problem found            exit 2
├── RuleError                a rule pack is wrong; carries every Problem found                  exit 2
├── IngestError              fetching cannot work at all: its process does not start        exit 1
│   └── ClassifyError        these articles ended the process that was to classify them
├── CorrectionRefused        events cannot be split or merged like that                             exit 1
├── PageRefused              the page of an article cannot be had, or has no text in it
├── SendFailed               a channel did not take a message; carries whether that may change
└── StoreError               the store cannot be used                                           exit 4
    ├── StoreLocked          another instance holds it; carries its pid                         exit 3
    ├── StoreFollowed        another instance holds it, and this one only shows what that keeps
    ├── StoreUnread          only its newest is known so far: nothing can be changed in it yet
    ├── StoreUnwritable      its folder or file cannot be written (permissions, disk full)
    └── StoreNewer           written by a newer version of this program
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


class TensionwatchError(Exception):
    """Base of all errors that are shown to the user as one line; `exit_code` is what the command line returns."""

    exit_code: ClassVar[int] = 1


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a file that the user wrote."""

    file: str
    """The file's path, as the user gave it."""
    path: str
    """Where in the file: `feed[3].interval`; empty where the whole file is meant."""
    what: str
    """What is wrong: `unknown key`, `not a duration: '15 parsecs'`."""
    allowed: str = ""
    """What would be right: `a duration such as 90s, 15m, 2h`."""
    did_you_mean: str = ""
    """The nearest valid name, or empty."""
    line: int | None = None
    """Line in the file, counted from 1, where known."""

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        text = f"{where}: {self.path}: {self.what}" if self.path else f"{where}: {self.what}"
        if self.allowed:
            text += f"; {self.allowed}"
        if self.did_you_mean:
            text += f"; did you mean '{self.did_you_mean}'?"
        return text


class _Problems(TensionwatchError):
    exit_code = 2

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


class ConfigError(_Problems):
    """The configuration is wrong; `problems` holds every one of them."""


class RuleError(_Problems):
    """A rule pack is wrong; `problems` holds every one of them. What checks packs ends with it, what runs goes on with
    the rules that are sound."""


class IngestError(TensionwatchError):
    """The ingest process cannot be started, or ends again and again; no feed is to blame."""


class ClassifyError(IngestError):
    """The ingest process ended while it classified these articles."""


class StoreError(TensionwatchError):
    """The store cannot be used."""

    exit_code = 4


class StoreLocked(StoreError):
    """Another instance holds the store."""

    exit_code = 3

    def __init__(self, path: str, pid: int | None) -> None:
        self.pid = pid
        super().__init__(f"{path}: another tensionwatch ({f'pid {pid}' if pid else 'pid unknown'}) holds this store")


class StoreFollowed(StoreError):
    """Another instance holds the store; this one shows what that keeps, and changes nothing."""


class StoreUnread(StoreError):
    """Of the store only its newest is known so far; all of it is just being read."""


class StoreUnwritable(StoreError):
    """The store's folder or file cannot be written."""

    def __init__(self, message: str, reason: str = "") -> None:
        self.reason = reason
        """The system's word for it alone (`No space left on device`); empty where it is not the system that refuses."""
        super().__init__(message)


class StoreNewer(StoreError):
    """The store was written by a newer version of this program."""


class Stopped(TensionwatchError):
    """A signal has ended it; what was done until then is kept."""


class Interrupted(Stopped):
    """By SIGINT: Ctrl-C."""

    exit_code = 130


class Terminated(Stopped):
    """By SIGTERM, as service managers send it."""

    exit_code = 143


class HungUp(Stopped):
    """By SIGHUP, or its terminal has gone without one."""

    exit_code = 129


class CorrectionRefused(TensionwatchError):
    """Events cannot be split or merged like that."""


class SendFailed(TensionwatchError):
    """A channel did not take a message. The text says why, without what may be a secret."""

    def __init__(self, reason: str, *, for_good: bool = False, unsure: bool = False) -> None:
        self.for_good = for_good
        """It would fail in the same way the next time."""
        self.unsure = unsure
        """It may have arrived all the same."""
        super().__init__(reason)


class PageRefused(TensionwatchError):
    """The page that an article links to cannot be had, or has no text in it. The text says why, in words for the
    user."""
