"""The words: kept whole, compressed, apart."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hotline.adapters.dynamodb.texts import DynamoDBWords, decode_words, encode_words
from hotline.domain.appeal import Contact, Note, Place, Words
from hotline.domain.errors import NotFound
from hotline.domain.history import digest_of
from tests.adapters.conftest import Flaky, Tables
from tests.unit.builders import APPEAL, NOON

WORDS = Words(
    text="𠮷野家门口的路灯坏了 💡\n第二行",
    place=Place(district="110101", subdistrict="110101001", address_text="3 号楼", lat=39.9, long=116.4),
    fields={"pole": "7", "colour": ["white", "yellow"]},
    happened_at=NOON,
    contact=Contact(name="王女士", phone="13800138000", email="wang@example.com"),
)


def store(client: Any) -> DynamoDBWords:
    return DynamoDBWords(client, "TextsTable")


def put(tables: Tables, words: Words, appeal_id: str = APPEAL) -> None:
    tables.client.put_item(TableName="TextsTable", Item=encode_words(appeal_id, words))


def note(note_id: str, text: str = "已更换灯泡", minutes: int = 0) -> Note:
    at = NOON + timedelta(minutes=minutes)
    return Note(note_id=note_id, by="agency:110101001/zhang", at=at, text=text, attachments=("a01-x",))


@pytest.mark.parametrize("words", [WORDS, Words(text="x"), Words(text="x", place=Place(district="110101"))])
def test_words_come_back_as_they_were_said(tables: Tables, words: Words) -> None:
    put(tables, words)
    assert store(tables.client).words(APPEAL) == words
    assert store(tables.client).words_of([APPEAL, "nobody", APPEAL]) == {APPEAL: words}


def test_words_that_are_not_there_are_not_found(tables: Tables) -> None:
    with pytest.raises(NotFound):
        store(tables.client).words(APPEAL)


def test_an_erased_contact_leaves_the_words(tables: Tables) -> None:
    item = encode_words(APPEAL, WORDS)
    del item["ct"]
    assert decode_words(item) == WORDS.model_copy(update={"contact": None})
    assert b"13800138000" not in bytes(item["z"]["B"])


def test_four_hundred_characters_fit_one_write_unit() -> None:
    text = "".join(chr(0x4E00 + (place * 37) % 2500) for place in range(400))
    item = encode_words(APPEAL, Words(text=text))
    assert (
        sum(len(name) + len(str(next(iter(value.values())))) for name, value in item.items() if name != "z")
        < 40
    )
    assert len(item["z"]["B"]) <= 1024 - 40


def test_notes_come_back_in_the_order_of_their_time(tables: Tables) -> None:
    words = store(tables.client)
    for each in (note("zz", minutes=0), note("aa", minutes=5), note("mm", minutes=3)):
        words.add_note(APPEAL, each)
    put(tables, WORDS)
    assert [each.note_id for each in words.notes(APPEAL)] == ["zz", "mm", "aa"]
    assert words.notes(APPEAL)[0] == note("zz")


def test_the_same_note_again_changes_nothing(tables: Tables) -> None:
    words = store(tables.client)
    assert words.add_note(APPEAL, note("n")) == note("n")
    assert words.add_note(APPEAL, note("n", text="etwas anderes", minutes=9)) == note("n")
    assert words.notes(APPEAL) == [note("n")]


def test_a_note_keeps_its_digest_when_its_words_are_erased(tables: Tables) -> None:
    store(tables.client).add_note(APPEAL, note("n"))
    (item,) = tables.items("TextsTable")
    assert bytes(item["dg"]["B"]) == digest_of(note("n"))
    del item["z"]
    tables.client.put_item(TableName="TextsTable", Item=item)
    assert store(tables.client).notes(APPEAL) == []


def test_more_notes_than_a_page_are_all_read(tables: Tables, flaky: Flaky) -> None:
    words = store(tables.client)
    for number in range(3):
        words.add_note(APPEAL, note(f"n{number}", minutes=number))
    key = {"pk": {"S": f"A#{APPEAL}"}, "sk": {"S": "N#n0"}}
    first = tables.client.get_item(TableName="TextsTable", Key=key)["Item"]
    flaky.plan["query"] = [{"Items": [first], "LastEvaluatedKey": key}]
    assert [each.note_id for each in store(flaky).notes(APPEAL)] == ["n0", "n1", "n2"]
    assert flaky.calls[1][1]["ExclusiveStartKey"] == key


def test_what_an_event_cites_is_read_consistently(tables: Tables, flaky: Flaky) -> None:
    put(tables, WORDS)
    store(flaky).words(APPEAL)
    store(flaky).notes(APPEAL)
    store(flaky).words_of([APPEAL])
    (_, single), (_, notes), (_, many) = flaky.calls
    assert single["ConsistentRead"]
    assert notes["ConsistentRead"]
    assert many["RequestItems"]["TextsTable"]["ConsistentRead"]
