"""A region's index drawn: as SVG, and in the characters of a terminal.

leather draws the SVG and plotille's canvas the lines in a terminal: both small, without dependencies, under the MIT
licence, and imported when something is drawn (0.04 and 0.1 s). The colours are of Okabe and Ito's set, which the
colour-blind tell apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from xml.etree import ElementTree

CONFLICT, COOPERATION, SHARE, ALARM = "#D55E00", "#0072B2", "#00795A", "#000000"
SHARE_TITLE = "% of the news on conflict"
WIDTH, HEIGHT = 900, 320
"""Of one chart in an SVG, of which there are two."""
ROWS = {"conflict": 9, "cooperation": 5, SHARE_TITLE: 6}
"""Lines that each has in a terminal."""
MARGIN = 8
"""Columns on the left of a terminal's, for numbers."""
NARROWEST = 24
"""Columns for the line itself, however narrow the terminal."""
LEAST = 0.1
"""Where an SVG's axis ends at least: of a region in which nothing happened it would have no length."""
ROUNDING = 0.001
"""What a point that is drawn may lie above its number."""
BLANK = "\u2800 "
"""Braille without dots, and a space."""
DATE_FORMAT = "%Y-%m-%d"


class Drawn(NamedTuple):
    """What is to be seen of a region; a value of each day, unknown is None."""

    title: str
    days: Sequence[date]
    conflict: Sequence[float]
    cooperation: Sequence[float]
    share: Sequence[float | None]
    """Of the news that tells of conflict there, 0 to 1. The level is the same against two months before: after quiet
    ones one day of 20,000 hides all others."""
    alarms: Sequence[date]
    """Days on which one was raised."""


# ------------------------------------------------------------------ SVG


def svg(drawn: Drawn) -> str:
    """Two charts, one above the other: intensities with the alarms on their zero line, and the share of news."""
    import leather
    from leather import theme

    theme.label_color = theme.legend_color = "#555"
    for name in ("title", "legend", "axis_title", "tick"):
        setattr(theme, f"{name}_font_family", "sans-serif")

    intensity = leather.Chart(drawn.title)
    intensity.add_line(_points(drawn.days, drawn.conflict), stroke_color=CONFLICT, width=1.5, name="conflict")
    intensity.add_line(_points(drawn.days, drawn.cooperation), stroke_color=COOPERATION, width=1.5, name="cooperation")
    if drawn.alarms:
        intensity.add_dots([(_at(day), 0) for day in drawn.alarms], fill_color=ALARM, radius=3, name="alarm")
    charts = [intensity]
    if known := _points(drawn.days, _percent(drawn.share)):
        share = leather.Chart(SHARE_TITLE)
        share.add_y_scale(0, max(LEAST, *(value for _, value in known)))
        share.add_line(known, stroke_color=SHARE, width=1.5)
        charts.append(share)
    intensity.add_y_scale(0, max(*drawn.conflict, *drawn.cooperation, LEAST) + ROUNDING)
    for chart in charts:
        chart.add_x_scale(_at(drawn.days[0]), _at(max(drawn.days[-1], drawn.days[0] + timedelta(days=1))))

    root = ElementTree.Element("svg", width=str(WIDTH), height=str(HEIGHT * len(charts)), version="1.1",
                               xmlns="http://www.w3.org/2000/svg")  # fmt: skip
    ElementTree.SubElement(root, "rect", width="100%", height="100%", fill="#ffffff")
    for number, chart in enumerate(charts):
        place = ElementTree.SubElement(root, "g", transform=f"translate(0 {number * HEIGHT})")
        place.append(chart.to_svg_group(WIDTH, HEIGHT))
    return f"{ElementTree.tostring(root, encoding='unicode')}\n"


def _at(day: date) -> datetime:
    """leather cannot label an axis of a few dates, of times without a zone it can."""
    return datetime.combine(day, time())


def _percent(share: Sequence[float | None]) -> list[float | None]:
    return [None if value is None else 100 * value for value in share]


def _points(days: Sequence[date], values: Sequence[float | None]) -> list[tuple[datetime, float]]:
    return [(_at(day), round(value, 3)) for day, value in zip(days, values, strict=True) if value is not None]


# ------------------------------------------------------------------ a terminal


def text(drawn: Drawn, columns: int) -> str:
    """Three charts of braille, one above the other, on one axis of days; a mark below the first on days of alarms. One
    line each, so that no colour is needed."""
    width = max(NARROWEST, columns - MARGIN - 1)
    lines = [drawn.title[: MARGIN + width]]
    series = (("conflict", drawn.conflict), ("cooperation", drawn.cooperation), (SHARE_TITLE, _percent(drawn.share)))
    for name, values in series:
        lines += _chart(name, drawn.days, values, width)
        if name == "conflict":
            lines.append(f"{'alarms':>{MARGIN - 1}} {_marks(drawn, width)}".rstrip())
    return "\n".join([*lines, _axis(drawn.days, width)])


def _chart(name: str, days: Sequence[date], values: Sequence[float | None], width: int) -> Iterator[str]:
    known = [value for value in values if value is not None]
    yield name
    if not known:
        yield f"{'':>{MARGIN}}not known"
        return
    from plotille import Canvas

    rows, highest = ROWS[name], max(known) or 1.0
    canvas = Canvas(width, rows, xmin=0.0, ymin=0.0, xmax=max(1.0, len(days) - 1.0), ymax=highest)
    points = [(float(number), value) for number, value in enumerate(values) if value is not None]
    for (x, y), (next_x, next_y) in zip(points, points[1:] or points, strict=False):
        if next_x - x <= 1:  # across days on which it is not known there is no line
            canvas.line(x, y, next_x, next_y)
    for number, line in enumerate(canvas.plot().split("\n")):
        label = f"{max(known):.3g}" if number == 0 else "0" if number == rows - 1 else ""
        yield f"{label:>{MARGIN - 1}} {line.rstrip(BLANK)}".rstrip()


def _marks(drawn: Drawn, width: int) -> str:
    first, last = drawn.days[0], max(1, len(drawn.days) - 1)
    places = {round((day - first).days / last * (width - 1)) for day in drawn.alarms}
    return "".join("▲" if place in places else " " for place in range(width))


def _axis(days: Sequence[date], width: int) -> str:
    """The first day and the last, and as many between as there is room for; each label is of the day at its place."""
    length = len(f"{days[0]:{DATE_FORMAT}}")
    number = max(2, width // (length + 5))
    line = ""
    for place in (round(n / (number - 1) * (width - length)) for n in range(number)):
        at = (place / (width - length)) * (width - 1)  # of the last one its end is the place
        day = days[round(at / (width - 1) * (len(days) - 1))]
        line = f"{line:<{place}}{day:{DATE_FORMAT}}"
    return " " * MARGIN + line
