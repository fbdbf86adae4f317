"""Who is signed in with a browser (sessions table).

Example::

    pk B#q7Yb0dZ2m4K1x9Vn3LrTcA   sk #   v 3   r agency   u zhang   a 110101001   n 张伟
    b 1767225600   c 1767225780   s 1767225800   g <sealed>   ttl 1767268800

The first key is a hash of what the browser holds. ``g`` is the issuer's refresh token, sealed for this item.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from hotline.adapters.aws import translate_errors
from hotline.adapters.dynamodb import keys
from hotline.adapters.dynamodb.conditions import condition_failed
from hotline.domain.actor import Actor, Role
from hotline.domain.sessions import Session

Item = dict[str, dict[str, Any]]


class DynamoDBSessions:
    """Implements ``ports.Sessions``.

    Args:
        longest: after which an item is forgotten, whatever became of it.
    """

    def __init__(self, client: Any, table: str, longest: timedelta) -> None:
        self._client = client
        self._table = table
        self._longest = longest

    def find_session(self, key: str) -> Session | None:
        """Read one item, consistently: whoever has signed out is out."""
        with translate_errors("dynamodb"):
            answer = self._client.get_item(
                TableName=self._table, Key=keys.typed(keys.browser_session_key(key)), ConsistentRead=True
            )
        return _session(key, answer["Item"]) if "Item" in answer else None

    def keep_session(self, session: Session, *, seen_version: int | None) -> bool:
        """Put the item if its version is the one that was seen."""
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        if seen_version is not None:
            condition = {
                "ConditionExpression": "#v = :seen",
                "ExpressionAttributeNames": {"#v": "v"},
                "ExpressionAttributeValues": {":seen": {"N": str(seen_version)}},
            }
        try:
            with translate_errors("dynamodb"):
                self._client.put_item(TableName=self._table, Item=self._item(session), **condition)
        except ClientError as error:
            if not condition_failed(error):
                raise
            return False
        return True

    def end_session(self, key: str) -> None:
        """Delete the item."""
        with translate_errors("dynamodb"):
            self._client.delete_item(TableName=self._table, Key=keys.typed(keys.browser_session_key(key)))

    def _item(self, session: Session) -> Item:
        who = session.principal
        optional: Item = {
            "a": {"S": who.agency_id or ""},
            "d": {"S": who.district or ""},
            "l": {"S": " ".join(who.languages)},
            "n": {"S": session.name},
        }
        item: Item = {
            **keys.typed(keys.browser_session_key(session.key)),
            "v": {"N": str(session.version)},
            "r": {"S": who.role.value},
            "u": {"S": who.subject},
            **{name: value for name, value in optional.items() if value["S"]},
            "b": _at(session.began_at),
            "c": _at(session.checked_at),
            "s": _at(session.seen_at),
            "ttl": _at(session.began_at + self._longest),
        }
        if session.sealed_grant:
            item["g"] = {"B": session.sealed_grant}
        if session.checking_since:
            item["k"] = _at(session.checking_since)
        return item


def _session(key: str, item: Item) -> Session:
    return Session(
        key=key,
        principal=Actor(
            role=Role(item["r"]["S"]),
            subject=item["u"]["S"],
            agency_id=_text(item, "a") or None,
            district=_text(item, "d") or None,
            languages=tuple(_text(item, "l").split()),
        ),
        name=_text(item, "n"),
        began_at=_moment(item["b"]),
        checked_at=_moment(item["c"]),
        seen_at=_moment(item["s"]),
        sealed_grant=bytes(item["g"]["B"]) if "g" in item else b"",
        checking_since=_moment(item["k"]) if "k" in item else None,
        version=int(item["v"]["N"]),
    )


def _text(item: Item, name: str) -> str:
    return str(item[name]["S"]) if name in item else ""


def _at(moment: datetime) -> dict[str, str]:
    return {"N": str(int(moment.timestamp()))}


def _moment(value: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(int(value["N"]), UTC)
