"""Cases with a past that really lie in the tables, words and notes included."""

from __future__ import annotations

from typing import Any, Self

from hotline.adapters.dynamodb.cases import DynamoDBCases
from hotline.adapters.dynamodb.sealed import DynamoDBSealed
from hotline.adapters.dynamodb.texts import DynamoDBWords
from hotline.domain.appeal import Note, Place, Words
from hotline.domain.case import Case
from hotline.domain.confidential import Statement, released
from hotline.domain.side_orders import SideOrder
from hotline.use_cases.notes import keep_note
from tests.adapters.conftest import Tables
from tests.unit.builders import NOON, Life

WORDS = Words(
    text="楼前路灯不亮，晚上很黑",
    place=Place(district="990101", lat=39.9, long=116.4),
    fields={"pole": "7", "colour": ["white", "yellow"]},
    happened_at=NOON,
)


class StoredLife(Life):
    """One appeal and what has happened to it, each step saved as the use cases save it."""

    def __init__(self, tables: Tables, **changes: Any) -> None:
        self._cases = DynamoDBCases(tables.client, "CasesTable", "TextsTable", "SealedTable")
        self.words = DynamoDBWords(tables.client, "TextsTable")
        self.sealed = DynamoDBSealed(tables.client, "SealedTable")
        super().__init__(**changes)

    def released(self) -> Self:
        """An operator has written what agencies may read of a confidential report."""
        self.words.release(self.case.appeal_id, released("某处路灯不亮", "990101", None))
        return self

    def _keep(self) -> None:
        orders: list[Case | SideOrder] = [self.case, *self.case.changed_sides]
        for order in orders:
            for event in order.new_events:
                if note_id := event.facts.get("note"):
                    said = Note(note_id=note_id, by=event.actor, at=event.at, text="已派人查看，明日更换灯泡")
                    informants = self.case.confidential and event.actor == "citizen"
                    keep_note(order, said, self.sealed if informants else self.words)
        for side in self.case.changed_sides:
            self.sides[side.number] = side
        if self.case.loaded_version:
            self._cases.save(self.case)
        elif self.case.confidential:
            statement = Statement(words=WORDS, language="en")
            self._cases.register(self.case, released("（内容保密）", None, None), statement)
        else:
            self._cases.register(self.case, WORDS)
