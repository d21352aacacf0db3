"""The rows that benchmarks print: ours beside a peer, and whether the goal holds."""

from __future__ import annotations

from typing import NamedTuple

INVALID = "INVALID: "
"""How `done` begins where something else was measured than was meant."""


class Row(NamedTuple):
    name: str
    ours: float | None
    peer: float | None
    goal: float | None
    """An upper bound: of `ratio` (ours / peer) where there is a peer, else of `ours`."""
    unit: str
    done: str
    """What was done, and by which peer."""

    @property
    def ratio(self) -> float | None:
        return self.ours / self.peer if self.ours is not None and self.peer else None

    @property
    def is_valid(self) -> bool:
        return not self.done.startswith(INVALID)

    @property
    def holds(self) -> bool | None:
        """None where the run could not say."""
        if not self.is_valid:
            return False
        held = self.ratio if self.peer is not None else self.ours
        if self.goal is None or held is None or " absent" in self.done:
            return None
        return held <= self.goal

    def as_json(self) -> dict[str, object]:
        return {
            "name": self.name, "ours": _rounded(self.ours), "peer": _rounded(self.peer), "ratio": _rounded(self.ratio),
            "goal": self.goal, "holds": self.holds, "unit": self.unit, "done": self.done,
        }  # fmt: skip

    def line(self) -> str:
        """Two lines for people."""
        verdict = {True: "holds", False: "MISSED" if self.is_valid else "INVALID", None: "-"}[self.holds]
        ratio = "" if self.ratio is None else _times(self.ratio)
        goal = "" if self.goal is None else f"<= {_times(self.goal) if self.peer is not None else self.goal}"
        figures = f"{_shown(self.ours):>10} {_shown(self.peer):>10} {self.unit:<3}{ratio:>11} {goal:>10}"
        return f"{self.name:<34}{figures}  {verdict}\n    {self.done}"


def _times(ratio: float) -> str:
    return f"{ratio:.3g} x" if ratio > 0.05 else f"1/{1 / ratio:,.0f} x"


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:,.4g}"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 5)
