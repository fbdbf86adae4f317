"""What confidential informants said, in a table of its own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from hotline.adapters.dynamodb.cases import DynamoDBCases
from hotline.adapters.dynamodb.sealed import DynamoDBSealed
from hotline.adapters.dynamodb.texts import DynamoDBWords
from hotline.domain.appeal import Contact, Note, Place, Words
from hotline.domain.confidential import NOT_RELEASED, Statement, released
from hotline.domain.errors import NotFound, Unavailable
from tests.adapters.conftest import Flaky, Tables
from tests.unit.builders import APPEAL, NOON, Life

STATEMENT = Statement(
    words=Words(
        text="隔壁工地每晚偷倒渣土",
        place=Place(district="110101", address_text="3 号楼对面", lat=39.9, long=116.4),
        fields={"pole": "7"},
        happened_at=NOON,
        contact=Contact(name="王女士", phone="13800138000"),
    ),
    language="en",
)
SHOWN = released(NOT_RELEASED, "110101", None)


def cases(client: Any) -> DynamoDBCases:
    return DynamoDBCases(client, "CasesTable", "TextsTable", "SealedTable")


def sealed(client: Any) -> DynamoDBSealed:
    return DynamoDBSealed(client, "SealedTable")


def register(client: Any) -> None:
    cases(client).register(Life(confidential=True).case, SHOWN, STATEMENT)


def counts(tables: Tables) -> list[int]:
    return [len(tables.items(table)) for table in ("CasesTable", "TextsTable", "SealedTable")]


def test_case_placeholder_and_statement_are_stored_together_in_one_call(tables: Tables, flaky: Flaky) -> None:
    register(flaky)
    assert [name for name, _ in flaky.calls] == ["transact_write_items"]
    assert counts(tables) == [1, 1, 1]
    assert sealed(tables.client).statement(APPEAL) == STATEMENT
    assert DynamoDBWords(tables.client, "TextsTable").words(APPEAL) == SHOWN


def test_a_registration_that_did_not_arrive_leaves_none_of_the_three(tables: Tables, flaky: Flaky) -> None:
    flaky.plan["transact_write_items"] = [("before", ReadTimeoutError(endpoint_url="x"))]
    with pytest.raises(Unavailable):
        register(flaky)
    assert counts(tables) == [0, 0, 0]


def test_registering_again_changes_nothing(tables: Tables) -> None:
    register(tables.client)
    other = STATEMENT.model_copy(update={"words": Words(text="另一份")})
    cases(tables.client).register(Life(confidential=True).case, SHOWN, other)
    assert sealed(tables.client).statement(APPEAL) == STATEMENT


def test_an_appeal_that_is_not_confidential_has_nothing_sealed(tables: Tables) -> None:
    cases(tables.client).register(Life().case, STATEMENT.words)
    assert counts(tables) == [1, 1, 0]
    with pytest.raises(NotFound):
        sealed(tables.client).statement(APPEAL)


def test_sealed_notes_are_no_notes_of_the_texts(tables: Tables) -> None:
    register(tables.client)
    notes = [
        Note(note_id=f"n{minutes}", by="citizen", at=NOON + timedelta(minutes=minutes), text="今晚又来了")
        for minutes in (3, 1)
    ]
    for note in notes:
        sealed(tables.client).add_note(APPEAL, note)
    assert sealed(tables.client).notes(APPEAL) == notes[::-1]
    assert DynamoDBWords(tables.client, "TextsTable").notes(APPEAL) == []


def test_released_words_take_the_place_of_the_placeholder_and_of_earlier_ones(tables: Tables) -> None:
    register(tables.client)
    words = DynamoDBWords(tables.client, "TextsTable")
    for text in ("辖区内有工地夜间倾倒渣土", "辖区内有工地夜间倾倒渣土，请联合检查"):
        words.release(APPEAL, released(text, "110101", "110101001"))
        assert words.words(APPEAL) == released(text, "110101", "110101001")
    assert sealed(tables.client).statement(APPEAL) == STATEMENT
