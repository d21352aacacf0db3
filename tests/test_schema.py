"""The records that others build on, against the JSON Schemas published in docs/schema."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import msgspec
import pytest

from tensionwatch.alerts.records import Alert
from tensionwatch.events import Ledger
from tensionwatch.index.records import Explained, RegionIndex
from tensionwatch.model import SCHEMA_VERSION, Article, Batch, Correction, Event, Flag, Ordinal, from_json, to_json
from tensionwatch.rules import load_rules
from tensionwatch.rules.atlas import load_atlas
from tensionwatch.series import Series, Span, edges
from tensionwatch.store import Store
from tensionwatch.watch import Watch
from tests.builders import NOON, FixedClock, an_article
from tests.test_watch import a_config

SCHEMAS = Path(__file__).parent.parent / "docs" / "schema"
TITLE = "S. Korea fires warning shots as N. Korean soldiers cross border for second time in recent weeks"


def a_full_article() -> Article:
    return an_article("a", *load_rules().classify(TITLE, "Two soldiers were wounded, Seoul says."), title=TITLE)


def explained() -> Explained:
    with Store.in_memory() as store:
        store.commit(Batch(articles=(a_full_article(),)))
        return Watch(store, a_config(Path("unused")), load_atlas(), FixedClock()).explain("korea")


def a_series() -> Series:
    with Store.in_memory() as store:
        store.commit(Batch(articles=(a_full_article(),)))
        watch = Watch(store, a_config(Path("unused")), load_atlas(), FixedClock())
        return watch.series("korea", edges(Span.MONTH, watch.now(), None))


RECORDS: dict[type[msgspec.Struct], msgspec.Struct] = {
    Flag: a_full_article().flags[0],
    Article: a_full_article(),
    Event: next(iter(Ledger([a_full_article()]))),
    Correction: Correction(
        id="c1", at=NOON, act="merge", family="incident", sides=("KOR", "PRK"), groups=(("a",), ("b", "c"))
    ),
    Alert: Alert(
        id="9c1f", rule="incident", key="incident|event|e1|reported", at=NOON, region="korea", event="e1",
        pair="KOR-PRK", family="incident", stage="reported", title="▲ incident PRK→KOR", text="",
        articles=("a",), held_until=NOON,
    ),
    RegionIndex: explained().index,
    Explained: explained(),
    Series: a_series(),
}  # fmt: skip


@pytest.mark.parametrize("record", RECORDS, ids=lambda r: r.__name__)
def test_the_published_schema_is_that_of_the_record(record: type[msgspec.Struct]) -> None:
    published = json.loads((SCHEMAS / f"{record.__name__.lower()}.json").read_text("utf-8"))
    made = json.loads(json.dumps(msgspec.json.schema(record)))
    assert published == made | {"version": SCHEMA_VERSION}, "run docs/schemas.py and see what changed"


@pytest.mark.parametrize("record", RECORDS, ids=lambda r: r.__name__)
def test_a_real_record_keeps_its_schema_and_comes_back(record: type[msgspec.Struct]) -> None:
    wire = json.loads(json.dumps(to_json(RECORDS[record])))
    schema = json.loads((SCHEMAS / f"{record.__name__.lower()}.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(wire)
    assert from_json(record, wire) == RECORDS[record]


def test_a_flag_has_the_keys_that_others_build_on() -> None:
    assert set(to_json(RECORDS[Flag])) == {
        "kind", "status", "code", "actor", "recipient", "place", "people", "toll", "claim", "ordinal", "rule",
        "rules_version", "evidence",
    }  # fmt: skip


def test_a_count_of_an_older_store_is_still_read() -> None:
    old = {"count": 2, "scope": "in recent weeks", "words": "second crossing in recent weeks"}
    assert from_json(Ordinal, old) == Ordinal(count=2, scope="in recent weeks", words=old["words"])
