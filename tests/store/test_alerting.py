"""What is kept of alerts: whole or not at all, across restarts, kills, backups and readers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from tensionwatch.alerts.records import Alert, Delivery, Mute, RuleState
from tensionwatch.errors import StoreFollowed, StoreUnwritable
from tensionwatch.model import Batch, Telling
from tensionwatch.store import Store, files
from tensionwatch.store.backup import back_up, restore
from tensionwatch.store.journal import JOURNAL, JournalStorage
from tensionwatch.store.migrations import Meta
from tensionwatch.store.verify import verify

from .following import UNATTENDED, Follower
from .samples import NOON, article


def an_alert(number: int, **changes: object) -> Alert:
    fields: dict[str, object] = {
        "id": f"a{number}", "rule": "incident", "key": f"incident|event|{number}|reported",
        "at": NOON + timedelta(minutes=number), "region": "korea", "event": f"e{number}", "pair": "KOR-PRK",
        "stage": "reported", "title": f"▲ incident {number}", "text": "", "articles": (f"{number:016x}",),
    }  # fmt: skip
    return Alert(**(fields | changes))  # type: ignore[arg-type]  # fields by name


def a_delivery(number: int, **changes: object) -> Delivery:
    fields: dict[str, object] = {"id": f"d{number}", "channel": "mail", "alerts": (f"a{number}",), "state": "waiting"}
    return Delivery(**(fields | changes))  # type: ignore[arg-type]  # fields by name


def a_mute(**changes: object) -> Mute:
    fields: dict[str, object] = {"id": "m", "what": "pair", "name": "KOR-PRK", "at": NOON, "until": None}
    return Mute(**(fields | changes))  # type: ignore[arg-type]  # fields by name


STATE = RuleState(rule="incident", conditions="f", since=NOON, above=("korea",))


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setattr(JournalStorage.__init__, "__kwdefaults__", UNATTENDED)
    with Store.open(tmp_path) as store:
        yield store


def fill(store: Store) -> None:
    store.alerts.keep([an_alert(1), an_alert(2)], [a_delivery(1), a_delivery(2)], [STATE])
    store.alerts.keep_mute(a_mute())
    store.alerts.acknowledge(["a1", "nobody"], NOON)
    store.alerts.keep_delivery(a_delivery(1, state="delivered", tries=1, finished=NOON))


def holds_what_was_filled_in(store: Store) -> bool:
    kept = store.alerts
    return (
        kept.newest == [an_alert(2), an_alert(1, seen=NOON)]
        and kept.deliveries() == [a_delivery(1, state="delivered", tries=1, finished=NOON), a_delivery(2)]
        and kept.open_deliveries == [a_delivery(2)]
        and kept.mutes() == [a_mute()]
        and kept.state("incident") == STATE
    )


def test_what_is_kept_is_there_after_a_restart_and_after_a_compaction(tmp_path: Path, store: Store) -> None:
    fill(store)
    assert holds_what_was_filled_in(store)
    store.close()
    with Store.open(tmp_path) as again:
        assert holds_what_was_filled_in(again)
        again.compact()
    with Store.open(tmp_path, read_only=True) as again:
        assert holds_what_was_filled_in(again)


def test_an_alert_and_its_deliveries_are_one_record(tmp_path: Path, store: Store) -> None:
    """Wherever a crash cuts the journal, both are there or neither."""
    store.alerts.keep([an_alert(1)], [a_delivery(1), a_delivery(2, alerts=("a1",))], [STATE])
    store.close()
    whole, seen = (tmp_path / JOURNAL).read_bytes(), set()
    for cut in [*range(0, len(whole), 7), len(whole)]:
        folder = tmp_path / f"cut{cut}"
        folder.mkdir()
        (folder / JOURNAL).write_bytes(whole[:cut])
        with Store.open(folder, read_only=True) as cut_off:
            seen.add((len(cut_off.alerts), len(cut_off.alerts.deliveries()), cut_off.alerts.state("incident") is None))
    assert seen == {(0, 0, True), (1, 2, False)}


def test_what_cannot_be_written_has_not_happened(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(files.os, "pwrite", full)
        with pytest.raises(StoreUnwritable):
            store.alerts.keep([an_alert(3)], [a_delivery(3)])
        with pytest.raises(StoreUnwritable):
            store.alerts.keep_mute(a_mute(id="other"))
    assert holds_what_was_filled_in(store)


def test_a_digest_takes_the_place_of_what_it_says(store: Store) -> None:
    store.alerts.keep([an_alert(n) for n in range(4)], [a_delivery(n) for n in range(4)])
    digest = a_delivery(0, alerts=("a0", "a1", "a2"), state="sending", tries=1)
    store.alerts.keep_delivery(digest, replaces=["d0", "d1", "d2"])
    assert store.alerts.deliveries() == [digest, a_delivery(3)]
    assert store.alerts.deliveries_of("a2") == [digest]


def test_what_waits_or_was_being_sent_is_open_and_what_was_given_up_is_not(store: Store) -> None:
    later = a_delivery(2, next_try=NOON + timedelta(hours=1))
    store.alerts.keep(
        [an_alert(n) for n in (1, 2, 3, 4)],
        [a_delivery(1), later, a_delivery(3, state="failed"), a_delivery(4, state="sending")],
    )
    assert store.alerts.open_deliveries == [a_delivery(1), later, a_delivery(4, state="sending")]


def test_old_ones_leave_but_what_is_still_to_be_delivered_stays(tmp_path: Path, store: Store) -> None:
    store.alerts.keep(
        [an_alert(n) for n in (1, 2, 3)],
        [a_delivery(1, state="delivered"), a_delivery(2), a_delivery(3, state="failed", alerts=("a3", "a9"))],
        [STATE],
    )
    for mute in (a_mute(), a_mute(id="n", until=NOON)):
        store.alerts.keep_mute(mute)
    assert store.alerts.remove_before(NOON + timedelta(minutes=3)) == 1
    assert [alert.id for alert in store.alerts.newest] == ["a3", "a2"]
    assert store.alerts.remove_before(NOON + timedelta(days=1)) == 1
    store.close()
    with Store.open(tmp_path) as again:
        assert [alert.id for alert in again.alerts.newest] == ["a2"]
        assert again.alerts.deliveries() == [a_delivery(2)]
        assert again.alerts.mutes() == [a_mute()]
        assert again.alerts.state("incident") == STATE


def test_a_follower_sees_what_is_kept_and_keeps_nothing(tmp_path: Path, store: Store) -> None:
    store.commit(Batch(articles=(article(0),), told=Telling(version=1)))
    follower = Follower(tmp_path)
    try:
        fill(store)
        follower.look()
        assert holds_what_was_filled_in(follower.store)
        with pytest.raises(StoreFollowed):
            follower.store.alerts.acknowledge(["a2"], NOON)
        store.alerts.remove_before(NOON + timedelta(days=1))
        follower.look()
        assert follower.store.alerts.newest == store.alerts.newest == [an_alert(2)]
        assert follower.store.alerts.open_deliveries == [a_delivery(2)]
    finally:
        follower.close()


def test_a_store_from_before_alerts_opens_without_any_and_takes_them(tmp_path: Path) -> None:
    storage = JournalStorage(tmp_path)
    storage.append({"meta": {1: msgspec.Raw(msgspec.json.encode(Meta(3)))}, "articles": {}})
    storage.close()
    with Store.open(tmp_path) as old:
        assert (old.notices, len(old.alerts), old.alerts.mutes()) == ([], 0, [])
        fill(old)
        assert holds_what_was_filled_in(old)
    assert not list(tmp_path.glob("backup-*"))


def test_an_alert_that_damage_has_taken_is_told_and_the_others_stay(tmp_path: Path) -> None:
    storage = JournalStorage(tmp_path)
    storage.append({"alerts": {1: msgspec.Raw(b'{"id":"a1"}'), 2: msgspec.Raw(msgspec.json.encode(an_alert(2)))}})
    storage.close()
    with Store.open(tmp_path) as again:
        assert again.alerts.newest == [an_alert(2)]
        assert again.notices == ["1 records in the store could not be read and are left out"]
    (finding,) = verify(tmp_path).findings
    assert "alerts 1: cannot be read" in str(finding)


def test_verify_finds_nothing_wrong_and_tells_what_is_there_twice(tmp_path: Path, store: Store) -> None:
    fill(store)
    store.close()
    assert verify(tmp_path).findings == []
    storage = JournalStorage(tmp_path)
    storage.append({"mutes": {7: msgspec.Raw(msgspec.json.encode(a_mute()))}})
    storage.close()
    (finding,) = verify(tmp_path).findings
    assert "mutes 7: m is there twice" in str(finding)


def test_a_backup_holds_them(tmp_path: Path, store: Store) -> None:
    fill(store)
    back_up(tmp_path, tmp_path / "backup.tar.gz", by="test", now=NOON, progress=lambda _: None)
    restore(tmp_path / "backup.tar.gz", tmp_path / "restored", force=False, now=NOON, progress=lambda _: None)
    with Store.open(tmp_path / "restored") as restored:
        assert holds_what_was_filled_in(restored)
