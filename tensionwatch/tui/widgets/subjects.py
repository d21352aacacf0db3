"""What a trend may be of: the regions as configured, then the pairs of countries with most events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from tensionwatch.series import Subject
from tensionwatch.tui.cells import ZERO, Run, cut_words, fit, number
from tensionwatch.tui.context import Context
from tensionwatch.tui.look import MARKED
from tensionwatch.tui.widgets.lines import LineList

COUNT = 6


class SubjectList(LineList):
    HEAD = 1
    # Here, and not at the screen: a list that scrolls has keys of its own for left and right.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "screen.stretch(-1)", "Earlier", key_display="←", id="trends.earlier"),
        Binding("right,l", "screen.stretch(1)", "Later", key_display="→", show=False, id="trends.later"),
    ]

    def __init__(self, context: Context, *, id: str) -> None:
        super().__init__(context, id=id)
        self._subjects: dict[str, Subject] = {}
        self._names: Mapping[str, str] = {}
        self._counts: Mapping[str, int] = {}
        self._span = ""
        self.compared: str | None = None
        """Row id of the one that the one under the cursor is held against."""

    def show_subjects(self, subjects: Sequence[Subject], names: Mapping[str, str], span: str) -> None:
        """`names` by row id; `span` in words, of the counts."""
        self._subjects = {key_of(subject): subject for subject in subjects}
        self._names, self._span = names, span
        self.show(list(self._subjects))

    def show_counts(self, counts: Mapping[str, int]) -> None:
        """Events in the span, by row id."""
        self._counts = counts
        self.repaint()

    @property
    def subject(self) -> Subject | None:
        """Under the cursor."""
        return self._subjects.get(self.current) if self.current is not None else None

    def subject_of(self, row_id: str) -> Subject:
        return self._subjects[row_id]

    def name_of(self, row_id: str) -> str:
        return self._names[row_id]

    @property
    def other(self) -> Subject | None:
        """That it is held against."""
        return self._subjects.get(self.compared) if self.compared not in (None, self.current) else None

    def heading(self, y: int, width: int) -> list[Run]:  # noqa: ARG002  # one line is all there is
        return [(fit(" Region, then pair", width - COUNT), "heading"), (fit(self._span, COUNT, right=True), "muted")]

    def runs(self, row_id: str, width: int) -> list[Run]:
        count = self._counts.get(row_id, 0)
        name = cut_words(self._names[row_id], width - COUNT - 2)
        return [
            (MARKED if row_id == self.compared else " ", "star"),
            (fit(name, width - COUNT - 1), "" if count else "muted"),
            (fit(number(count) if count else ZERO, COUNT, right=True), "accent" if count else "muted"),
        ]


def key_of(subject: Subject) -> str:
    """The id of its row."""
    return f"region:{subject}" if isinstance(subject, str) else f"pair:{'-'.join(subject)}"
