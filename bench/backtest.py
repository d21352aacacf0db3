"""The back-test over an archive of world news from September 2022 to December 2023: its speed, and ten dates to find.

    .venv/bin/python bench/backtest.py --corpus ITEMS.jsonl[.gz] [--json]

A date is found when there is an event of its pair and kinds whose first report lies at most a day from it. Shown is, of
those of the nearest day, the one that most publishers tell. Speed is that of the whole command, start and ledger
included: by the clock, on all cores, and by processor time, which other load on the machine touches less. `--json`
prints rows {name, ours, peer, ratio, goal, holds}; of a date, ours is 1 where it is found.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec

from tensionwatch.model import Event, Kind

GOAL = 5_000
NEAR = timedelta(days=1)

FIRE = frozenset({Kind.BORDER_INCIDENT, Kind.ARMED_ATTACK})
SHOW = frozenset({Kind.MILITARY_POSTURE, Kind.BORDER_INCIDENT})
STRAIN = frozenset({Kind.MILITARY_POSTURE, Kind.THREAT, Kind.DIPLOMATIC_PROTEST, Kind.BORDER_INCIDENT})


class Sought(NamedTuple):
    name: str
    day: date
    pairs: tuple[str, ...]
    """`PRK-KOR`; one of them is enough."""
    kinds: frozenset[Kind]


SOUGHT = (
    Sought("NLL missile", date(2022, 11, 2), ("PRK-KOR",), FIRE | {Kind.WEAPONS_TEST}),
    Sought("Tawang clash made public", date(2022, 12, 12), ("CHN-IND",), FIRE),
    Sought("drones over Seoul", date(2022, 12, 26), ("PRK-KOR",), FIRE),
    Sought("PLA drills around Taiwan", date(2023, 4, 8), ("CHN-TWN",), SHOW),
    Sought("Travis King", date(2023, 7, 18), ("USA-PRK",), frozenset({Kind.BORDER_INCIDENT})),
    Sought("Nagorno-Karabakh", date(2023, 9, 19), ("AZE-ARM",), FIRE),
    Sought("Banjska", date(2023, 9, 24), ("SRB-XKX",), FIRE),
    Sought("7 October 2023", date(2023, 10, 7), ("PSE-ISR",), FIRE),
    Sought("military pact scrapped", date(2023, 11, 23), ("PRK-KOR",), STRAIN),
    Sought("Essequibo", date(2023, 12, 5), ("VEN-GUY",), STRAIN),
)


def found(events: Iterable[Event], sought: Sought) -> list[Event]:
    """Those of its pair and kinds first reported around that day, the best first."""
    pairs = [frozenset(pair.split("-")) for pair in sought.pairs]
    near = []
    for event in events:
        if event.kind in sought.kinds and event.sides in pairs and event.first_reported is not None:
            apart = abs(event.first_reported.date() - sought.day)
            if apart <= NEAR:
                near.append((apart, -len(event.publishers), event.id, event))
    return [event for *_, event in sorted(near, key=lambda n: n[:3])]


def run(corpus: Path, out: Path) -> tuple[dict[str, float], float]:
    """The command's summary, and the seconds of processor time that it and its workers took."""
    command = [sys.executable, "-m", "tensionwatch", "backtest", str(corpus), "--out", str(out), "--json"]
    before = _spent()
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    report: dict[str, float] = json.loads(done.stdout)
    return report, _spent() - before


def _spent() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def read_events(folder: Path) -> list[Event]:
    decode = msgspec.json.Decoder(Event).decode
    return [decode(line) for line in (folder / "events.jsonl").read_bytes().splitlines()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tensionwatch-bench-") as folder:
        report, spent = run(options.corpus, Path(folder))
        events = read_events(Path(folder))
    by_clock, by_processor = report["items_per_second_per_core"], report["items"] / spent
    rows = [
        row("entries/s per core, by the clock", by_clock, GOAL, by_clock >= GOAL),
        row("entries/s per core, by processor time", by_processor, GOAL, by_processor >= GOAL),
    ]
    hits = {sought: found(events, sought) for sought in SOUGHT}
    rows += [row(f"{sought.day} {sought.name}", len(hit[:1]), 1, bool(hit)) for sought, hit in hits.items()]
    if options.json:
        print("\n".join(json.dumps(each) for each in rows))
        return
    print(f"{report['items']:,} entries, {report['events']:,} events, {report['seconds']:,.1f} s, CPU {spent:,.1f} s")
    for each in rows[:2]:
        print(f"{each['name']:<40}{each['ours']:>10,.0f}  goal {GOAL:,}{'' if each['holds'] else '  missed'}")
    for sought, hit in hits.items():
        print(f"{sought.day} {sought.name:<29} {told(hit[0]) if hit else 'not found'}")


def told(event: Event) -> str:
    return (
        f"{event.first_reported:%d %b %H:%MZ}  {event.kind.value} {event.actor}→{event.recipient} {event.status.value}"
        f"  {event.reports} reports, {len(event.publishers)} publishers"
    )


def row(name: str, ours: float, goal: float, holds: bool) -> dict[str, object]:
    return {"name": name, "ours": round(ours, 1), "peer": None, "ratio": None, "goal": goal, "holds": holds}


if __name__ == "__main__":
    main()
