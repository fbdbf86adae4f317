"""The citizens' words, contacts and notes: a table of their own, without a stream.

No function that only moves cases may read it, and nothing of it reaches a stream or an index.
The words are compressed: 400 Chinese characters fit one write unit. What confidential informants
say has the same form in another table; ``sealed.py`` reads that one.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from hotline.adapters.aws import translate_errors
from hotline.adapters.dynamodb import keys
from hotline.adapters.dynamodb.batches import get_all
from hotline.adapters.dynamodb.conditions import condition_failed, item_found
from hotline.domain.appeal import Contact, Note, Words
from hotline.domain.errors import NotFound
from hotline.domain.history import digest_of

if TYPE_CHECKING:
    from hotline.domain.confidential import Statement

Item = dict[str, dict[str, Any]]


def encode_words(appeal_id: str, words: Words) -> Item:
    """Words compressed in one attribute, the contact in another: erasure removes just that."""
    said = words.model_dump(mode="json", exclude={"contact"}, exclude_none=True, exclude_defaults=True)
    item = keys.typed(keys.words_key(appeal_id)) | {"z": {"B": _pack(said)}}
    if words.contact is not None:
        item["ct"] = {"S": words.contact.model_dump_json(exclude_none=True)}
    return item


def decode_words(item: Item) -> Words:
    """The words of an item; a contact that was erased is simply absent."""
    contact = Contact.model_validate_json(item["ct"]["S"]) if "ct" in item else None
    return Words.model_validate({**_unpack(item["z"]["B"]), "contact": contact})


def encode_statement(appeal_id: str, statement: Statement) -> Item:
    """An informant's words, for the sealed table, with the language to write back in."""
    return encode_words(appeal_id, statement.words) | {"l": {"S": statement.language}}


def encode_note(appeal_id: str, note: Note) -> Item:
    """A note, and the digest that the history holds of it: an erasure removes just ``z``."""
    body: dict[str, Any] = {"by": note.by, "at": int(note.at.timestamp()), "text": note.text}
    if note.attachments:
        body["attachments"] = list(note.attachments)
    key = keys.typed(keys.note_key(appeal_id, note.note_id))
    return key | {"z": {"B": _pack(body)}, "dg": {"B": digest_of(note)}}


class DynamoDBNotes:
    """Implements ``ports.Notes``."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def add_note(self, appeal_id: str, note: Note) -> Note:
        """Keep a note once; its id comes from the command, so a retried command finds it there."""
        try:
            with translate_errors("dynamodb"):
                self._client.put_item(
                    TableName=self._table,
                    Item=encode_note(appeal_id, note),
                    ConditionExpression="attribute_not_exists(pk)",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except ClientError as error:
            if not condition_failed(error) or (kept := item_found(error)) is None:
                raise
            return decode_note(kept)
        return note

    def notes(self, appeal_id: str) -> list[Note]:
        """Every note of an appeal, oldest first; without those whose words were erased.

        Consistently: a note is written before the event that cites it, and read because of it.
        """
        found: list[Note] = []
        names: dict[str, Any] = {}
        while True:
            with translate_errors("dynamodb"):
                answer = self._client.query(
                    TableName=self._table,
                    KeyConditionExpression="pk = :pk AND begins_with(sk, :note)",
                    ExpressionAttributeValues={
                        ":pk": {"S": keys.words_key(appeal_id)["pk"]},
                        ":note": {"S": "N#"},
                    },
                    ConsistentRead=True,
                    **names,
                )
            found += [decode_note(item) for item in answer["Items"] if "z" in item]
            if "LastEvaluatedKey" not in answer:
                return sorted(found, key=lambda note: note.at)
            names["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _said(self, appeal_id: str) -> Item:
        """The item of what was said at registration."""
        with translate_errors("dynamodb"):
            answer = self._client.get_item(
                TableName=self._table, Key=keys.typed(keys.words_key(appeal_id)), ConsistentRead=True
            )
        if "Item" not in answer:
            raise NotFound("appeal")
        item: Item = answer["Item"]
        return item


class DynamoDBWords(DynamoDBNotes):
    """Implements ``ports.WordsStore``."""

    def words(self, appeal_id: str) -> Words:
        """The citizen's own words."""
        return decode_words(self._said(appeal_id))

    def words_of(self, appeal_ids: Sequence[str]) -> dict[str, Words]:
        """The words of several appeals in one call."""
        wanted = [keys.words_key(appeal_id) for appeal_id in dict.fromkeys(appeal_ids)]
        items = get_all(self._client, self._table, wanted)
        return {item["pk"]["S"][2:]: decode_words(item) for item in items}

    def notes_of(self, cited: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Note]:
        """Several notes in one call, by appeal and note; without those whose words were erased."""
        wanted = [keys.note_key(*each) for each in dict.fromkeys(cited)]
        items = get_all(self._client, self._table, wanted)
        kept = (item for item in items if "z" in item)
        return {(item["pk"]["S"][2:], item["sk"]["S"][2:]): decode_note(item) for item in kept}

    def release(self, appeal_id: str, words: Words) -> None:
        """Put released words; only confidential reports have any, so no citizen's own are lost."""
        with translate_errors("dynamodb"):
            self._client.put_item(TableName=self._table, Item=encode_words(appeal_id, words))


def decode_note(item: Item) -> Note:
    """The note of an item that still holds its words."""
    body = _unpack(item["z"]["B"])
    return Note(
        note_id=item["sk"]["S"][2:],
        by=body["by"],
        at=datetime.fromtimestamp(body["at"], UTC),
        text=body["text"],
        attachments=tuple(body.get("attachments", ())),
    )


def _pack(value: Mapping[str, Any]) -> bytes:
    return zlib.compress(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), 6)


def _unpack(packed: Any) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(zlib.decompress(bytes(packed)))
    return value
