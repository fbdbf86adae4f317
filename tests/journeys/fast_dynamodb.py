"""DynamoDB in a dictionary: just the calls and conditions that the stores make, at a thousand lives a minute.

``test_the_dictionary_answers_as_moto_does`` holds it against moto.
"""

from __future__ import annotations

import operator
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

Item = dict[str, Any]
Key = tuple[str, str]

_INDEXES = {
    "by_timer": ("tp", "ts"),
    "by_agency": ("ip", "is"),
    "by_citizen": ("cp", "at"),
    "by_place": ("pp", "at"),
    "by_due": ("dp", "ds"),
}
_BETWEEN = re.compile(r"(\S+) BETWEEN (:\w+) AND (:\w+)")
_CONTAINS = re.compile(r"contains\((\w+), (:\w+)\)?")
_SIZE = re.compile(r"size\((\w+)\) < (:\w+)")
_COMPARISON = re.compile(r"(\S+) (=|<|<=|>=) (:\w+)")
_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">=": operator.ge,
}


class FastDynamoDB:
    """Implements the part of the DynamoDB client that ``hotline.adapters.dynamodb`` uses."""

    def __init__(self, streamed: str) -> None:
        self.tables: dict[str, dict[Key, Item]] = defaultdict(dict)
        self._indexes: dict[tuple[str, str], dict[str, dict[Key, Item]]] = defaultdict(
            lambda: defaultdict(dict)
        )
        self._streamed = streamed
        self._records: list[dict[str, Any]] = []

    def records(self) -> list[dict[str, Any]]:
        """The stream so far, with binary values as bytes."""
        return self._records

    def items(self, table: str) -> list[Item]:
        """Every item of a table."""
        return list(self.tables[table].values())

    # ------------------------------------------------------------------ the client's calls

    def get_item(self, *, TableName: str, Key: Item, **_: Any) -> dict[str, Any]:
        item = self.tables[TableName].get(_key(Key))
        return {"Item": item} if item is not None else {}

    def put_item(
        self,
        *,
        TableName: str,
        Item: Item,
        ConditionExpression: str = "",
        ExpressionAttributeNames: Mapping[str, str] | None = None,
        ExpressionAttributeValues: Mapping[str, Item] | None = None,
        ReturnValuesOnConditionCheckFailure: str = "NONE",
    ) -> dict[str, Any]:
        old = self.tables[TableName].get(_key(Item))
        if not _holds(
            ConditionExpression, old, ExpressionAttributeNames or {}, ExpressionAttributeValues or {}
        ):
            raise _failed("PutItem", "ConditionalCheckFailedException", Item=old)
        self._write(TableName, Item)
        return {}

    def batch_get_item(self, *, RequestItems: Mapping[str, Any]) -> dict[str, Any]:
        found = {
            table: [item for key in wanted["Keys"] if (item := self.tables[table].get(_key(key))) is not None]
            for table, wanted in RequestItems.items()
        }
        return {"Responses": found, "UnprocessedKeys": {}}

    def batch_write_item(self, *, RequestItems: Mapping[str, Any]) -> dict[str, Any]:
        for table, requests in RequestItems.items():
            for request in requests:
                self._write(table, request["PutRequest"]["Item"])
        return {"UnprocessedItems": {}}

    def transact_write_items(self, *, TransactItems: list[Any], **_: Any) -> dict[str, Any]:
        checks = [self._allowed(write) for write in TransactItems]
        if not all(checks):
            reasons = [{"Code": "None" if fine else "ConditionalCheckFailed"} for fine in checks]
            raise _failed("TransactWriteItems", "TransactionCanceledException", CancellationReasons=reasons)
        for write in TransactItems:
            if "Put" in write:
                self._write(write["Put"]["TableName"], write["Put"]["Item"])
            else:
                self._add(**write["Update"])
        return {}

    def query(
        self,
        *,
        TableName: str,
        KeyConditionExpression: str,
        ExpressionAttributeValues: Mapping[str, Item],
        ExpressionAttributeNames: Mapping[str, str] | None = None,
        IndexName: str | None = None,
        Limit: int = 1_000_000,
        ExclusiveStartKey: Item | None = None,
        ScanIndexForward: bool = True,
        **_: Any,
    ) -> dict[str, Any]:
        partition_name, sort_name = _INDEXES[IndexName] if IndexName else ("pk", "sk")
        for placeholder, name in (ExpressionAttributeNames or {}).items():
            KeyConditionExpression = KeyConditionExpression.replace(placeholder, name)
        partition, *rest = _BETWEEN.sub(r"\1 >= \2 AND \1 <= \3", KeyConditionExpression).split(" AND ")
        value = ExpressionAttributeValues[partition.split(" = ")[1]]["S"]
        if IndexName:
            candidates = list(self._indexes[TableName, IndexName][value].values())
        else:
            candidates = [item for (pk, _), item in self.tables[TableName].items() if pk == value]
        chosen = [
            item for item in candidates if all(_sorts(rule, item, ExpressionAttributeValues) for rule in rest)
        ]
        chosen.sort(key=lambda item: (item[sort_name]["S"], _key(item)), reverse=not ScanIndexForward)
        if ExclusiveStartKey:
            chosen = [item for item in chosen if item[sort_name]["S"] > ExclusiveStartKey[sort_name]["S"]]
        answer: dict[str, Any] = {"Items": chosen[:Limit]}
        if len(chosen) > Limit:
            answer["LastEvaluatedKey"] = {
                name: chosen[Limit - 1][name] for name in {"pk", "sk", partition_name, sort_name}
            }
        return answer

    # ------------------------------------------------------------------ inside

    def _allowed(self, write: Mapping[str, Any]) -> bool:
        put = write.get("Put")
        if put is None:
            return True
        old = self.tables[put["TableName"]].get(_key(put["Item"]))
        names, values = (put.get(f"ExpressionAttribute{each}", {}) for each in ("Names", "Values"))
        return _holds(put.get("ConditionExpression", ""), old, names, values)

    def update_item(
        self,
        ConditionExpression: str = "",
        ReturnValues: str = "NONE",
        ReturnValuesOnConditionCheckFailure: str = "NONE",
        **update: Any,
    ) -> dict[str, Any]:
        key, table = _key(update["Key"]), self.tables[update["TableName"]]
        names, values = (update.get(f"ExpressionAttribute{each}") or {} for each in ("Names", "Values"))
        if not _holds(ConditionExpression, old := table.get(key), names, values):
            shown = old if ReturnValuesOnConditionCheckFailure == "ALL_OLD" else None
            raise _failed("UpdateItem", "ConditionalCheckFailedException", Item=shown)
        self._add(**update)
        return {"Attributes": table[key]} if ReturnValues == "ALL_NEW" else {}

    def _add(
        self,
        TableName: str,
        Key: Item,
        UpdateExpression: str,
        ExpressionAttributeValues: Mapping[str, Item],
        ExpressionAttributeNames: Mapping[str, str] | None = None,
    ) -> None:
        item = dict(self.tables[TableName].get(_key(Key), Key))
        put, _, added_to = UpdateExpression.rpartition("ADD ")
        for part in filter(None, put.removeprefix("SET ").strip().split(", ")):
            placeholder, value = part.split(" = ")
            name = (ExpressionAttributeNames or {}).get(placeholder, placeholder)
            item[name] = ExpressionAttributeValues[value]
        for part in added_to.split(", "):
            placeholder, value = part.split(" ")
            name = (ExpressionAttributeNames or {}).get(placeholder, placeholder)
            added = ExpressionAttributeValues[value]
            if "SS" in added:
                item[name] = {"SS": sorted({*item.get(name, {"SS": ()})["SS"], *added["SS"]})}
            else:
                item[name] = {"N": str(int(item.get(name, {"N": "0"})["N"]) + int(added["N"]))}
        self._write(TableName, item)

    def _write(self, table: str, item: Item) -> None:
        key, old = _key(item), self.tables[table].get(_key(item))
        self.tables[table][key] = item
        for name, (partition, _) in _INDEXES.items():
            index = self._indexes[table, name]
            if old and partition in old:
                index[old[partition]["S"]].pop(key, None)
            if partition in item:
                index[item[partition]["S"]][key] = item
        if table == self._streamed:
            images = {"Keys": {"pk": item["pk"], "sk": item["sk"]}, "NewImage": item}
            self._records.append(
                {
                    "eventID": f"record-{len(self._records)}",
                    "eventName": "MODIFY" if old else "INSERT",
                    "dynamodb": images | ({"OldImage": old} if old else {}),
                }
            )


def _key(item: Item) -> Key:
    return item["pk"]["S"], item["sk"]["S"]


def _plain(value: Item) -> Any:
    ((kind, content),) = value.items()
    return int(content) if kind == "N" else content


def _holds(condition: str, old: Item | None, names: Mapping[str, str], values: Mapping[str, Item]) -> bool:
    """Conditions joined by OR of conditions joined by AND, as our stores write them."""
    if not condition:
        return True
    return any(
        all(_term(term.strip("() "), old or {}, names, values) for term in way.split(" AND "))
        for way in condition.split(" OR ")
    )


def _term(term: str, old: Item, names: Mapping[str, str], values: Mapping[str, Item]) -> bool:
    if term.startswith("attribute_not_exists("):
        return term.removeprefix("attribute_not_exists(").rstrip(")") not in old
    if match := _CONTAINS.fullmatch(term):
        return values[match[2]]["S"] in old.get(match[1], {"SS": ()})["SS"]
    if match := _SIZE.fullmatch(term):
        return len(old.get(match[1], {"SS": ()})["SS"]) < _plain(values[match[2]])
    match = _COMPARISON.fullmatch(term)
    assert match is not None, f"a condition that this double does not know: {term}"
    name = names.get(match[1], match[1])
    return name in old and _OPERATORS[match[2]](_plain(old[name]), _plain(values[match[3]]))


def _sorts(rule: str, item: Item, values: Mapping[str, Item]) -> bool:
    if rule.startswith("begins_with("):
        name, value = rule.removeprefix("begins_with(").rstrip(")").split(", ")
        return bool(item[name]["S"].startswith(values[value]["S"]))
    return _term(rule, item, {}, values)


def _failed(operation: str, code: str, **facts: Any) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    return ClientError(
        answer | {name: value for name, value in facts.items() if value is not None}, operation
    )


def images(records: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every image in some stream records."""
    for record in records:
        yield from (
            record["dynamodb"][name] for name in ("OldImage", "NewImage") if name in record["dynamodb"]
        )
