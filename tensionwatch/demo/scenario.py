"""What the demo's outlets have published at a moment: pure, but for reading the packaged scenario.toml.

A report's moment is either so many seconds before the start (backlog, the same at every speed) or so many seconds
after it (live, divided by the speed). scenario.toml says at its top what its keys mean; the private records here
have its shape, the public ones are what the others use.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from typing import Literal

import msgspec

from tensionwatch.model import Kind, Record, Status
from tensionwatch.units import parse_duration


class Moment(Record, frozen=True):
    """A point on the scenario's own time line."""

    seconds: float
    """Before the start when not live, else after it at speed 1."""
    live: bool

    def instant(self, start: datetime, speed: float) -> datetime:
        return start + timedelta(seconds=self.seconds / speed if self.live else -self.seconds)


class Expected(Record, frozen=True, kw_only=True):
    """A flag that a report must raise."""

    kind: Kind
    status: Status
    actor: str | None = None
    recipient: str | None = None


class Outage(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A stretch of the live part during which an outlet answers 503; all in seconds at speed 1."""

    at: float
    lasts: float
    retry_after: float

    def covers(self, now: datetime, start: datetime, speed: float) -> bool:
        return self.at <= (now - start).total_seconds() * speed < self.at + self.lasts


class Outlet(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who publishes, and the habits of its feeds."""

    id: str
    name: str
    publisher: str
    sections: tuple[str, ...] = ("world",)
    """One feed each; the first is where reports run that name none."""
    format: Literal["rss", "atom", "rdf"] = "rss"
    encoding: str = "utf-8"
    html: str | None = None
    """How a summary is dressed up, with {text} and {link}; None leaves it plain."""
    cdata: bool = False
    """HTML goes in as CDATA instead of escaped."""
    guids: bool = True
    relative_links: bool = False
    validator: Literal["etag", "last-modified"] | None = None
    """What a client may ask with whether anything changed."""
    gzip: bool = False
    outage: Outage | None = None

    def feed_id(self, section: str) -> str:
        """Of the feed of a section, in the demo's configuration."""
        return f"{self.id}-{section}" if len(self.sections) > 1 else self.id


class Edit(Record, frozen=True, kw_only=True):
    """A later wording of a headline."""

    moment: Moment
    title: str


class Report(Record, frozen=True, kw_only=True):
    """One outlet's wording of one story."""

    outlet: str
    story: str
    """Unique within the outlet: an outlet tells a story once."""
    moment: Moment
    title: str
    """The first wording; `edits` hold later ones, in order of time."""
    summary: str
    """Plain text; an outlet's markup comes on top when its feed is rendered."""
    sections: tuple[str, ...]
    dated: bool
    """Does the feed say when it was published?"""
    edits: tuple[Edit, ...]
    expect: tuple[Expected, ...]
    """The flags it must raise; none for a false friend."""
    also: tuple[Kind, ...]
    """Further kinds that it may raise."""

    @property
    def titles(self) -> tuple[str, ...]:
        """All wordings of the headline, oldest first."""
        return (self.title, *(edit.title for edit in self.edits))


class Published(Record, frozen=True, kw_only=True):
    """A report as it stands in its outlet's feeds at a moment."""

    report: Report
    title: str
    at: datetime
    updated: datetime
    """Of the last edit, or `at`."""


class Scenario(Record, frozen=True, kw_only=True):
    duration: float
    """Seconds that the live part lasts at speed 1."""
    outlets: tuple[Outlet, ...]
    reports: tuple[Report, ...]

    def published(self, outlet: str, now: datetime, start: datetime, speed: float) -> tuple[Published, ...]:
        """What the outlet has published by `now`, newest first."""
        entries = (_as_of(report, now, start, speed) for report in self.reports if report.outlet == outlet)
        return tuple(sorted((entry for entry in entries if entry.at <= now), key=lambda entry: entry.at, reverse=True))


def _as_of(report: Report, now: datetime, start: datetime, speed: float) -> Published:
    at = updated = report.moment.instant(start, speed)
    title = report.title
    for edit in report.edits:
        if (edited := edit.moment.instant(start, speed)) <= now:
            title, updated = edit.title, edited
    return Published(report=report, title=title, at=at, updated=updated)


# ------------------------------------------------------------------ scenario.toml


class _Edit(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    after: float | str
    title: str


class _Report(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    outlet: str
    title: str
    summary: str
    after: float | str = 0
    sections: tuple[str, ...] = ()
    dated: bool = True
    edits: tuple[_Edit, ...] = ()
    expect: tuple[Expected, ...] | None = None
    also: tuple[Kind, ...] | None = None


class _Story(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    at: float | None = None
    ago: str | None = None
    expect: tuple[Expected, ...] = ()
    also: tuple[Kind, ...] = ()
    report: tuple[_Report, ...]


class _File(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    duration: float
    outlet: tuple[Outlet, ...]
    story: tuple[_Story, ...]


@cache
def load_scenario() -> Scenario:
    """The packaged scenario."""
    return parse_scenario((resources.files(__package__) / "scenario.toml").read_text("utf-8"))


def parse_scenario(text: str) -> Scenario:
    """The scenario in a TOML text. Raises tomllib.TOMLDecodeError, or ValueError (msgspec.ValidationError among them)
    where it has another shape."""
    file = msgspec.convert(tomllib.loads(text), _File)
    reports = tuple(_reports(file))
    return Scenario(duration=file.duration, outlets=file.outlet, reports=reports)


def _reports(file: _File) -> Iterator[Report]:
    outlets = {outlet.id: outlet for outlet in file.outlet}
    for story in file.story:
        for told in story.report:
            if told.outlet not in outlets:
                raise ValueError(f"story {story.id}: no such outlet: {told.outlet}")
            yield _report(story, told, outlets[told.outlet])


def _report(story: _Story, told: _Report, outlet: Outlet) -> Report:
    moment = _later(_story_moment(story), told.after)
    return Report(
        outlet=outlet.id,
        story=story.id,
        moment=moment,
        title=_folded(told.title),
        summary=_folded(told.summary),
        sections=told.sections or outlet.sections[:1],
        dated=told.dated,
        edits=tuple(Edit(moment=_later(moment, edit.after), title=_folded(edit.title)) for edit in told.edits),
        expect=story.expect if told.expect is None else told.expect,
        also=story.also if told.also is None else told.also,
    )


def _story_moment(story: _Story) -> Moment:
    if (story.at is None) == (story.ago is None):
        raise ValueError(f"story {story.id}: give either 'at' or 'ago'")
    return Moment(story.at, live=True) if story.at is not None else Moment(parse_duration(story.ago or ""), live=False)


def _later(moment: Moment, after: float | str) -> Moment:
    delay = parse_duration(after) if isinstance(after, str) else after
    return Moment(moment.seconds + delay if moment.live else moment.seconds - delay, live=moment.live)


def _folded(text: str) -> str:
    return " ".join(text.split())
