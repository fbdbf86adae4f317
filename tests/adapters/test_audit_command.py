"""``hotline audit``: whatever is changed in the past is found, and a month can be sealed (S30, S31)."""

from __future__ import annotations

import copy
import gzip
import json
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotline.adapters.dynamodb.cases import KEEP_EVENTS
from hotline.adapters.dynamodb.codec import decode_events
from hotline.adapters.dynamodb.directory import DirectoryStore
from hotline.adapters.dynamodb.texts import decode_note, decode_words
from hotline.domain.history import beginning, digest_of, link
from hotline.domain.side_orders import SideKind
from infrastructure.ops import audit
from infrastructure.ops.cli import main
from infrastructure.ops.seals import Archive, Month, Row, Seal, merkle_root
from tests.adapters.conftest import Tables
from tests.adapters.stored_lives import StoredLife
from tests.unit.builders import APPEAL, NO, NOON
from tests.unit.builders_directory import tiny_parts

OTHER = "64923CGAMWRWRTHNZ"
MONTH = "202603"
CASES, TEXTS = "CasesTable", "TextsTable"
Item = dict[str, Any]


class Audit:
    """The command line at the tables, and hands that change what lies in them."""

    def __init__(self, tables: Tables, stack_file: Path, output: pytest.CaptureFixture[str]) -> None:
        self.tables = tables
        self._stack_file = stack_file
        self._output = output

    def run(self, *arguments: str) -> int:
        return main(["audit", *arguments, "--stack", str(self._stack_file)])

    def verify(self, *arguments: str) -> list[str]:
        """What verify reports; its exit code must say the same."""
        self._output.readouterr()
        code = self.run("verify", *arguments)
        found = self._output.readouterr().err.splitlines()
        assert code == (1 if found else 0)
        return found

    def seal(self, month: str = MONTH) -> str:
        """The root that is printed."""
        self._output.readouterr()
        assert self.run("seal", "--month", month) == 0
        return self._output.readouterr().out.split()[-1]

    def item(self, table: str, sort_key: str, appeal_id: str = APPEAL) -> Item:
        key = {"pk": {"S": f"A#{appeal_id}"}, "sk": {"S": sort_key}}
        item: Item = self.tables.client.get_item(TableName=table, Key=key)["Item"]
        return item

    def put(self, table: str, item: Item) -> None:
        self.tables.client.put_item(TableName=table, Item=item)

    def drop(self, table: str, item: Item) -> None:
        self.tables.client.delete_item(TableName=table, Key={name: item[name] for name in ("pk", "sk")})

    def change(self, table: str, sort_key: str, change: Callable[[Item], Any]) -> None:
        """Let somebody with too many rights edit an item."""
        item = self.item(table, sort_key)
        change(item)
        self.put(table, item)


@pytest.fixture
def at_audit(
    tables: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Audit:
    names = {name: name for name in (CASES, TEXTS, "DirectoryTable", "SealedTable")}
    outputs = {f"{name.removesuffix('Table').lower()}_table": name for name in names}
    stack_file = tmp_path / "stack.json"
    stack_file.write_text(json.dumps({"region": "cn-north-1", "archive_bucket": "archive", **outputs}))
    directory = DirectoryStore(tables.client, "DirectoryTable")
    directory.save("tiny", tiny_parts(), {})
    directory.activate("tiny")
    where: Any = {"LocationConstraint": "cn-north-1"}
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="archive", CreateBucketConfiguration=where, ObjectLockEnabledForBucket=True)
    return Audit(tables, stack_file, capsys)


@pytest.fixture
def life(tables: Tables) -> StoredLife:
    """A long life: older events moved out, an order beside the lead order, notes of agency and citizen."""
    life = StoredLife(tables).dispatched().acknowledged().contacted().asked(SideKind.ASSIST).reported_by()
    for _ in range(KEEP_EVENTS):
        life.reported()
    return life.supplemented().resolved().surveying().answered(NO, note_id="n-comment")


# --- what nobody has touched -----------------------------------------------------------------------


def test_a_history_that_nobody_has_touched_is_whole(
    at_audit: Audit, life: StoredLife, capsys: pytest.CaptureFixture[str]
) -> None:
    StoredLife(at_audit.tables, appeal_id=OTHER).withdrawn()
    assert at_audit.verify() == []
    assert at_audit.verify("--appeal", APPEAL) == []
    assert life.case.first_event > 1
    at_audit.run("verify")
    assert capsys.readouterr().out == "3 orders of 2 appeals read; differences: 0\n"


def test_an_appeal_that_is_not_there_is_said_to_be_missing(
    at_audit: Audit, capsys: pytest.CaptureFixture[str]
) -> None:
    assert at_audit.run("verify", "--appeal", OTHER) == 1
    assert capsys.readouterr().err == f"hotline: there is no appeal '{OTHER}'\n"


def test_what_changes_while_it_is_read_is_no_difference(
    at_audit: Audit, life: StoredLife, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = copy.deepcopy(at_audit.item(CASES, "W#2"))
    items = audit.Appeals._items

    def overtaken(self: audit.Appeals, appeal_id: str) -> Any:
        read = items(self, appeal_id)
        if calls:
            calls.pop()
            return {sort_key: item for sort_key, item in read.items() if sort_key != late["sk"]["S"]}
        return read

    calls = [1]
    monkeypatch.setattr(audit.Appeals, "_items", overtaken)
    assert at_audit.verify() == []
    assert calls == []


def test_words_that_were_erased_by_law_leave_the_history_whole(
    at_audit: Audit, life: StoredLife, capsys: pytest.CaptureFixture[str]
) -> None:
    at_audit.change(TEXTS, "N#n-supplement", lambda item: item.pop("z"))
    assert at_audit.verify() == []
    assert "n-supplement" not in {note.note_id for note in life.words.notes(APPEAL)}
    at_audit.run("verify")
    assert "1 texts erased" in capsys.readouterr().out


def test_what_a_confidential_informant_said_is_part_of_the_history_and_what_was_released_is_not(
    at_audit: Audit, tables: Tables
) -> None:
    StoredLife(tables, confidential=True).supplemented().released().dispatched().acknowledged().contacted()
    assert at_audit.verify() == []
    at_audit.change("SealedTable", "N#n-supplement", say_otherwise)
    at_audit.change("SealedTable", "T", say_otherwise)
    assert at_audit.verify() == [
        f"{APPEAL}.1: the words of note n-supplement (event 2) were changed",
        f"{APPEAL}.1: the head differs: one of the events 1 to 5, or the citizen's own words, was changed",
    ]


# --- what somebody has changed ---------------------------------------------------------------------


def edit(number: int, old: str, new: str) -> Callable[[Item], None]:
    def change(item: Item) -> None:
        event = item["e"]["L"][number]
        assert old in event["S"]
        event["S"] = event["S"].replace(old, new, 1)

    return change


def swap(item: Item) -> None:
    events = item["e"]["L"]
    events[1], events[2] = events[2], events[1]


def say_otherwise(item: Item) -> None:
    body = json.loads(zlib.decompress(bytes(item["z"]["B"])))
    item["z"] = {"B": zlib.compress(json.dumps(body | {"text": "已办结"}, ensure_ascii=False).encode())}


def say_otherwise_with_a_digest_that_fits(item: Item) -> None:
    say_otherwise(item)
    item["dg"] = {"B": digest_of(decode_note(item))}


CHANGED: dict[str, tuple[str, str, Callable[[Item], Any], str]] = {
    "an event's time": (CASES, "#", edit(3, ",", ",1"), "the head differs"),
    "an event's actor": (CASES, "H#00001", edit(2, "zhang", "zhong"), "the head differs"),
    "an event that cannot be": (
        CASES,
        "#",
        edit(3, "PG", "AK"),
        "event 24 WorkOrderAcknowledged cannot follow",
    ),
    "an event that is no JSON": (CASES, "#", edit(3, '"', ""), "event 24 cannot be read"),
    "a space": (CASES, "#", edit(3, ",", ", "), "event 24 cannot be read"),
    "the order of events": (CASES, "H#00001", swap, "cannot follow"),
    "a removed event": (CASES, "#", lambda item: item["e"]["L"].pop(3), "the version is"),
    "a removed last event": (CASES, "#", lambda item: item["e"]["L"].pop(), "the events lead to 'surveying'"),
    "an older event": (
        CASES,
        "H#00001",
        lambda item: item["e"]["L"].pop(3),
        "the events 20 to 20 are missing",
    ),
    "the head": (CASES, "#", lambda item: item.update(x={"B": bytes(16)}), "the head differs"),
    "no head": (CASES, "#", lambda item: item.pop("x"), "the head differs"),
    "the status": (CASES, "#", lambda item: item.update(s={"S": "closed"}), "the status is 'closed'"),
    "the version": (CASES, "#", lambda item: item.update(v={"N": "9"}), "the version is 9"),
    "a note": (TEXTS, "N#n-resolve", say_otherwise, "the words of note n-resolve (event 48) were changed"),
    "a note's digest": (
        TEXTS,
        "N#n-resolve",
        lambda item: item.update(dg={"B": bytes(32)}),
        "the words of note n-resolve (event 48) were changed",
    ),
    "a note and its digest": (
        TEXTS,
        "N#n-resolve",
        say_otherwise_with_a_digest_that_fits,
        "the head differs",
    ),
    "a note that is no note": (
        TEXTS,
        "N#n-resolve",
        lambda item: item.update(z={"B": b"?"}),
        "the words of note n-resolve (event 48) cannot be read",
    ),
    "the citizen's words": (TEXTS, "T", say_otherwise, "or the citizen's own words, was changed"),
    "the order beside it": (CASES, "W#2", edit(1, "zhao", "zhou"), "the head differs"),
    "the status beside it": (
        CASES,
        "W#2",
        lambda item: item.update(s={"S": "cancelled"}),
        "the status is 'cancelled'",
    ),
}


@pytest.mark.parametrize("what", CHANGED)
def test_a_change_is_found_and_named(at_audit: Audit, life: StoredLife, what: str) -> None:
    table, sort_key, change, named = CHANGED[what]
    at_audit.change(table, sort_key, change)
    found = at_audit.verify()
    assert any(named in line for line in found), found
    assert all(line.startswith(f"{APPEAL}.{2 if sort_key == 'W#2' else 1}: ") for line in found)
    assert at_audit.verify("--appeal", APPEAL) == found


@pytest.mark.parametrize(
    ("table", "sort_key", "named"),
    [
        (CASES, "#", f"{APPEAL}.1: the case is missing"),
        (CASES, "H#00001", f"{APPEAL}.1: the events 1 to 20 are missing"),
        (CASES, "W#2", f"{APPEAL}.2: the order is missing"),
        (TEXTS, "T", f"{APPEAL}.1: the citizen's words are missing"),
        (TEXTS, "N#n-comment", f"{APPEAL}.1: the words of note n-comment (event 50) are missing"),
    ],
)
def test_what_was_removed_is_missed(
    at_audit: Audit, life: StoredLife, table: str, sort_key: str, named: str
) -> None:
    at_audit.drop(table, at_audit.item(table, sort_key))
    assert named in at_audit.verify()


def test_a_gap_in_a_very_long_history_is_found(at_audit: Audit, tables: Tables) -> None:
    life = StoredLife(tables).dispatched().acknowledged()
    for _ in range(2 * KEEP_EVENTS):
        life.reported()
    assert at_audit.verify() == []
    at_audit.drop(CASES, at_audit.item(CASES, "H#00021"))
    assert at_audit.verify() == [f"{APPEAL}.1: the events 21 to 40 are missing"]


def test_an_order_that_the_case_has_never_opened_is_found(at_audit: Audit, life: StoredLife) -> None:
    at_audit.put(CASES, at_audit.item(CASES, "W#2") | {"sk": {"S": "W#3"}})
    found = at_audit.verify()
    assert f"{APPEAL}.3: the case has never opened this order" in found
    assert any("the head differs" in line for line in found), "an order's number is part of its chain"


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_byte_is_changed_is_found(at_audit: Audit, life: StoredLife, data: st.DataObject) -> None:
    """In every stored part of the history: events, head, version, status, words and their digests."""
    parts = [(CASES, "#"), (CASES, "H#00001"), (CASES, "W#2"), (TEXTS, "T")]
    parts += [(TEXTS, f"N#{note}") for note in ("n-progress", "n-supplement", "n-comment")]
    table, sort_key = data.draw(st.sampled_from(parts))
    before = at_audit.item(table, sort_key)
    item = copy.deepcopy(before)
    flip(item, data)
    at_audit.put(table, item)
    try:
        found = at_audit.verify("--appeal", APPEAL)
    finally:
        at_audit.put(table, before)
    assert found or says_the_same(item, before)


def flip(item: Item, data: st.DataObject) -> None:
    """Change one byte of an attribute that holds history."""
    names = sorted(item.keys() & {"e", "x", "v", "s", "z", "dg"})
    attribute = item[data.draw(st.sampled_from(names))]
    if "L" in attribute:
        attribute = attribute["L"][data.draw(st.integers(0, len(attribute["L"]) - 1))]
    ((kind, content),) = attribute.items()
    if kind == "N":
        digits = [digit for digit in "0123456789" if digit != content[-1]]
        attribute["N"] = content[:-1] + data.draw(st.sampled_from(digits))
    elif kind == "S":
        place = data.draw(st.integers(0, len(content) - 1))
        others = st.characters(min_codepoint=32, max_codepoint=0x9FFF).filter(lambda c: c != content[place])
        attribute["S"] = content[:place] + data.draw(others) + content[place + 1 :]
    else:
        place = data.draw(st.integers(0, len(content) - 1))
        changed = bytearray(content)
        changed[place] ^= data.draw(st.integers(1, 255))
        attribute["B"] = bytes(changed)


def says_the_same(item: Item, before: Item) -> bool:
    """Compression has a few bits that mean nothing: its level in the header, what fills the last byte."""
    if "z" not in item or item["z"] == before["z"]:
        return False
    read = decode_words if item["sk"]["S"] == "T" else decode_note
    return bool(read(item) == read(before))


# --- sealed months ---------------------------------------------------------------------------------


def rewrite(at_audit: Audit) -> None:
    """What an administrator with every right would do: change an event and make the chain fit again."""
    item = at_audit.item(CASES, "#")
    item["e"]["L"][2]["S"] = item["e"]["L"][2]["S"].replace("990101001/zhang", "990101001/li")
    head = beginning(f"{APPEAL}.1", digest_of(decode_words(at_audit.item(TEXTS, "T"))))
    for event in decode_events(1, item):
        head = link(head, event)
    item["x"] = {"B": head}
    at_audit.put(CASES, item)


def test_a_month_is_sealed_once_and_the_same_again(at_audit: Audit, life: StoredLife) -> None:
    root = at_audit.seal()
    StoredLife(at_audit.tables, appeal_id=OTHER, at=datetime(2026, 4, 2, tzinfo=UTC)).dispatched()
    life.passing(days=40).swept()
    assert at_audit.seal() == root, "what came after the month is no part of it"
    assert at_audit.verify("--month", MONTH) == []
    assert at_audit.verify("--month", MONTH, "--appeal", APPEAL) == []


def test_a_seal_holds_every_order_to_which_something_happened_in_the_month(
    at_audit: Audit, tables: Tables
) -> None:
    StoredLife(tables).dispatched().until(NOON + timedelta(days=35)).acknowledged().asked(SideKind.ASSIST)
    StoredLife(tables, appeal_id=OTHER, at=NOON - timedelta(days=90)).dispatched()
    at_audit.seal("202603")
    at_audit.seal("202604")
    archive = Archive(boto3.client("s3"), "archive")
    sealed = {month: archive.load(month) for month in ("202603", "202604")}
    assert [[(row.order_id, row.version) for row in kept.seal.rows] for kept in sealed.values() if kept] == [
        [(f"{APPEAL}.1", 2)],
        [(f"{APPEAL}.1", 4), (f"{APPEAL}.2", 1)],
    ]


def test_a_history_that_was_rewritten_whole_is_found_by_the_seal(at_audit: Audit, tables: Tables) -> None:
    StoredLife(tables).dispatched().acknowledged()
    at_audit.seal()
    rewrite(at_audit)
    assert at_audit.verify() == [], "the chain alone cannot know"
    changed = f"{APPEAL}.1: the first 3 events are not those that were sealed with {MONTH}"
    assert at_audit.verify("--month", MONTH) == [changed]
    assert at_audit.run("seal", "--month", MONTH) == 1


def test_an_appeal_that_is_gone_or_was_slipped_in_is_found_by_the_seal(
    at_audit: Audit, tables: Tables
) -> None:
    StoredLife(tables).dispatched()
    at_audit.seal()
    at_audit.drop(CASES, at_audit.item(CASES, "#"))
    StoredLife(tables, appeal_id=OTHER).withdrawn()
    assert at_audit.verify("--month", MONTH) == [
        f"{APPEAL}.1: was sealed with {MONTH} and cannot be found or read",
        f"{OTHER}.1: was not there when {MONTH} was sealed",
    ]


def test_a_damaged_history_is_named_when_it_is_sealed_and_the_others_are_kept(
    at_audit: Audit, life: StoredLife, capsys: pytest.CaptureFixture[str]
) -> None:
    StoredLife(at_audit.tables, appeal_id=OTHER).withdrawn()
    at_audit.drop(TEXTS, at_audit.item(TEXTS, "T"))
    assert at_audit.run("seal", "--month", MONTH) == 1
    said = capsys.readouterr()
    assert "the citizen's words are missing" in said.err
    assert f"{MONTH} sealed with 2 orders" in said.out


def test_the_first_seal_counts_whatever_is_written_over_it(at_audit: Audit, tables: Tables) -> None:
    StoredLife(tables).dispatched().acknowledged()
    at_audit.seal()
    rewrite(at_audit)
    forged = Seal.of(MONTH, [Row(f"{APPEAL}.1", 3, at_audit.item(CASES, "#")["x"]["B"].hex())])
    boto3.client("s3").put_object(Bucket="archive", Key=f"seals/{MONTH}.jsonl.gz", Body=forged.packed())
    found = at_audit.verify("--month", MONTH)
    assert f"{MONTH}: the seal was written 2 times" in found
    assert any("are not those that were sealed" in line for line in found)


@pytest.mark.parametrize("place", [0, 1, 27, 40, 55, -30, -1])
def test_a_seal_that_was_changed_is_refused(
    at_audit: Audit, tables: Tables, place: int, capsys: pytest.CaptureFixture[str]
) -> None:
    StoredLife(tables).dispatched()
    plain = bytearray(gzip.decompress(Seal.of(MONTH, [Row(f"{APPEAL}.1", 2, "00" * 16)]).packed()))
    plain[place] ^= 1
    s3 = boto3.client("s3")
    s3.put_object(Bucket="archive", Key=f"seals/{MONTH}.jsonl.gz", Body=gzip.compress(bytes(plain)))
    assert at_audit.run("verify", "--month", MONTH) == 1
    assert "seals/202603.jsonl.gz" in capsys.readouterr().err


def test_a_month_that_is_not_over_or_was_never_sealed_is_refused(
    at_audit: Audit, capsys: pytest.CaptureFixture[str]
) -> None:
    assert at_audit.run("seal", "--month", f"{datetime.now(UTC):%Y%m}") == 1
    assert "can be sealed from" in capsys.readouterr().err
    assert at_audit.run("verify", "--month", "202512") == 1
    assert "202512 is not sealed" in capsys.readouterr().err
    for nonsense in ("2025", "202513", "march"):
        with pytest.raises(SystemExit):
            at_audit.run("seal", "--month", nonsense)


def test_a_month_begins_and_ends_in_the_citys_own_time() -> None:
    december = Month.named("202612", "Asia/Shanghai")
    assert december.start.astimezone(UTC).isoformat() == "2026-11-30T16:00:00+00:00"
    assert december.end.astimezone(UTC).isoformat() == "2026-12-31T16:00:00+00:00"


@given(st.lists(st.binary(max_size=4), min_size=1, max_size=20, unique=True), st.data())
def test_a_root_changes_with_every_line_its_place_and_their_number(
    lines: list[bytes], data: st.DataObject
) -> None:
    root = merkle_root(lines)
    place = data.draw(st.integers(0, len(lines) - 1))
    changed = [*lines[:place], lines[place] + b"!", *lines[place + 1 :]]
    assert len({root, merkle_root(changed), merkle_root([*lines, b""]), merkle_root(lines[:-1])}) == 4
    if len(lines) > 1:
        assert merkle_root(lines[::-1]) != root
