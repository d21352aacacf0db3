"""Alert rules, channels, alerts, deliveries and mutes: records without behaviour. Times are in UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from tensionwatch.model import Kind, Record


class AlertRule(Record, frozen=True, kw_only=True):
    """An `[[alert]]` of the configuration. All conditions must hold; an empty one holds of all.

    It is about events, unless `surprise` or `intensity` is set: then about the numbers of its regions."""

    id: str
    name: str
    kinds: tuple[Kind, ...] = ()
    regions: tuple[str, ...] = ()
    pairs: tuple[frozenset[str], ...] = ()
    """Unordered."""
    publishers: int = 1
    """Independent ones, at least."""
    keywords: tuple[str, ...] = ()
    """Any of these words in a title or summary of the event, whole words without regard to case and accents."""
    surprise: bool = False
    """A series of its regions (and kinds) is unusual today."""
    intensity: float | None = None
    """Conflict of one of its regions has crossed this from below."""
    cooldown: float = 0.0
    """Seconds after an alert of this rule in which it raises no other of the same pair or region."""
    quiet: tuple[int, int] | None = None
    """Minutes of the day, in `[ui] timezone`, from and to, in which alerts are kept back until the end of it."""
    channels: tuple[str, ...] = ()
    """Outward; on screen it is shown whatever they are."""
    bell: bool = True
    enabled: bool = True


class Channel(Record, frozen=True, kw_only=True):
    """A `[[channel]]`: a command that is given JSON on standard input, or an address of apprise. What it holds may be a
    secret: no repr shows it."""

    id: str
    command: tuple[str, ...] = ()
    """Program and arguments; no shell reads them."""
    url: str | None = None
    """`env:NAME` in it stands for what the environment has under that name when it is used."""
    timeout: float = 30.0
    """Seconds that one delivery may take."""

    def __repr__(self) -> str:
        return f"Channel({self.id!r}, …)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("id", self.id)]


class Alert(Record, frozen=True, kw_only=True):
    """Something that somebody asked to be told. Kept from the moment it is raised."""

    id: str
    """Of `key`: the same thing raised twice is one."""
    rule: str
    key: str
    """`RULE|event|ID|STAGE`, `RULE|surprise|REGION|FAMILY|DAY`, `RULE|intensity|REGION|TIME`."""
    at: datetime
    """When it was raised."""
    region: str | None
    """Of an event, the first of its regions that the rule asks for."""
    event: str | None
    pair: str | None = None
    """`KOR-PRK`, in the order of the alphabet; None where a side is unknown, and of a number."""
    family: str | None = None
    """Of the event, or of the series that is unusual."""
    stage: str
    """Of an event `reported`, of a visit `announced`, `under way`, `off`; `surprise`, `intensity`."""
    title: str
    """One line: `▲ incident PRK→KOR DMZ crossing · 2nd in 12 d · 6 publishers`."""
    text: str
    """More, in a few lines, with the addresses of the first reports."""
    articles: tuple[str, ...] = ()
    """Ids of the reports behind it."""
    held_until: datetime | None = None
    """Quiet hours: it is not delivered before."""
    withheld: Literal["", "cool-down", "muted"] = ""
    """Why it was never sent, and asks for nobody's attention: it is listed alone. Empty where it was."""
    seen: datetime | None = None
    """When the user acknowledged it."""


class Raised(Record, frozen=True, kw_only=True):
    """Alerts that were raised together, for a screen: one banner, however many they are."""

    alerts: tuple[Alert, ...]
    """In order of time."""
    title: str
    """One line that tells of all of them."""
    bell: bool
    """One of them is to be heard: its rule says so, and it is not quiet."""


class Delivery(Record, frozen=True, kw_only=True):
    """One message to one channel: an alert, or a digest of many."""

    id: str
    channel: str
    alerts: tuple[str, ...]
    state: Literal["waiting", "sending", "delivered", "failed"]
    """`sending` in a store that is opened: the process ended meanwhile. `failed` is given up."""
    tries: int = 0
    first_try: datetime | None = None
    next_try: datetime | None = None
    """Of one that was never tried: the end of the quiet hours that hold it back."""
    reason: str | None = None
    """Why the last try failed, in words."""
    unsure: bool = False
    """It may have arrived: this program ended, or time ran out, while it was sent."""
    finished: datetime | None = None


Muted = Literal["feed", "pair", "region", "rule", "event"]


class Mute(Record, frozen=True, kw_only=True):
    """No alert of it is raised until then; counters and lists go on."""

    id: str
    what: Muted
    name: str
    """Its id; of a pair `KOR-PRK`, in the order of the alphabet."""
    at: datetime
    until: datetime | None
    """None: until it is taken back."""


class RuleState(Record, frozen=True, kw_only=True):
    """What is remembered of a rule."""

    rule: str
    conditions: str
    """Fingerprint of what it asks for: with others it is a new rule."""
    since: datetime
    """From when on it speaks: of what is first reported, and of what crosses, from then on."""
    above: tuple[str, ...] = ()
    """Regions whose conflict is above the rule's intensity, or has not fallen far enough below it since."""
