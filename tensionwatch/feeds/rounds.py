"""How far the present round of polls is. Pure but for being counted up.

A round begins with a feed that falls due while none is being polled, and ends when none is any more: those that fall
due meanwhile belong to it.
"""

from __future__ import annotations

from dataclasses import dataclass

from tensionwatch.exchange import RoundStatus


@dataclass(slots=True)
class Round:
    total: int = 0
    done: int = 0
    failed: int = 0
    new: int = 0

    def begun(self) -> None:
        """One more feed is to be polled."""
        if self.done == self.total:
            self.total = self.done = self.failed = self.new = 0
        self.total += 1

    def brought(self, new: int, *, failed: bool) -> None:
        """A feed has been asked: it failed, or so many articles of it are new."""
        self.failed += failed
        self.new += new

    def ended(self) -> None:
        """That poll is over, whatever came of it."""
        self.done += 1

    def status(self) -> RoundStatus:
        return RoundStatus(total=self.total, done=self.done, failed=self.failed, new=self.new)
