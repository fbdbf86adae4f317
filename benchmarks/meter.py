"""Count what the SDK does: calls, and the request units that DynamoDB answers with.

The meter listens on the botocore session that the functions use, so nothing of theirs is changed:
``provide-client-params`` asks DynamoDB for its consumed capacity, ``after-call`` reads the answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from hotline.adapters import aws

WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem"})


@dataclass(frozen=True)
class Call:
    """One call of the SDK that was answered."""

    step: str
    service: str
    operation: str
    units: Mapping[str, float] = field(default_factory=dict)
    """Request units by table or ``table/index``; empty for other services than DynamoDB."""

    @property
    def writes(self) -> bool:
        """Whether its units are write request units."""
        return self.operation in WRITES


class Meter:
    """Every call of the functions' clients, by the step that was being taken.

    Args:
        by_rule: compute the units of reads from what they returned, by DynamoDB's documented rule,
            for emulators that answer with a constant.
    """

    def __init__(self, by_rule: bool = False) -> None:
        self.calls: list[Call] = []
        self._by_rule = by_rule
        self._step = "-"

    @contextmanager
    def listening(self) -> Iterator[Meter]:
        """Count from here on, with new clients; the old ones are dropped at the end too."""
        aws.forget_clients()
        session = aws._session()
        session.register("provide-client-params.dynamodb", _ask_for_units)
        session.register("after-call", self._note)
        try:
            yield self
        finally:
            aws.forget_clients()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Book the calls made inside under ``name``."""
        outer, self._step = self._step, name
        try:
            yield
        finally:
            self._step = outer

    def forget(self) -> None:
        """Start counting at nothing again."""
        self.calls.clear()

    def count(self, step: str | None = None) -> int:
        """How many calls a step made, or all of them."""
        return sum(1 for call in self.calls if step in (None, call.step))

    def operations(self) -> Counter[str]:
        """How often each operation was called, such as ``dynamodb.PutItem``."""
        return Counter(f"{call.service}.{call.operation}" for call in self.calls)

    def write_units(self, step: str | None = None) -> float:
        """Write request units of a step, or of all."""
        return sum(
            sum(call.units.values()) for call in self.calls if call.writes and step in (None, call.step)
        )

    def read_units(self, step: str | None = None) -> float:
        """Read request units of a step, or of all."""
        return sum(
            sum(call.units.values()) for call in self.calls if not call.writes and step in (None, call.step)
        )

    def _note(self, http_response: Any, parsed: Mapping[str, Any], model: Any, **_: Any) -> None:
        if http_response.status_code < 300:
            service = model.service_model.service_name
            units = _units(parsed.get("ConsumedCapacity"))
            if self._by_rule and service == "dynamodb" and model.name in _READS:
                units = {"by rule": _READS[model.name](parsed)}
            self.calls.append(Call(self._step, service, model.name, units))


def query_units(items: Sequence[Mapping[str, Any]]) -> float:
    """Read request units of an eventually consistent query: half of one for each 4 KB, together.

    Example:
        >>> query_units([{"pk": {"S": "x" * 3000}}] * 2)
        1.0
    """
    return max(1, -(-sum(item_size(item) for item in items) // 4096)) / 2


def _get_units(parsed: Mapping[str, Any]) -> float:
    """One for each 4 KB: single items are read consistently."""
    return -(-item_size(parsed["Item"]) // 4096) if "Item" in parsed else 1


def _batch_units(parsed: Mapping[str, Any]) -> float:
    """Half of one for each 4 KB of each item."""
    return sum(-(-item_size(item) // 4096) / 2 for items in parsed["Responses"].values() for item in items)


_READS: Mapping[str, Callable[[Mapping[str, Any]], float]] = {
    "GetItem": _get_units,
    "BatchGetItem": _batch_units,
    "Query": lambda parsed: query_units(parsed["Items"]),
}


def item_size(item: Mapping[str, Mapping[str, Any]]) -> int:
    """Bytes of an item as DynamoDB bills them (names, values, three bytes and one per element of a list).

    Example:
        >>> item_size({"pk": {"S": "A"}, "v": {"N": "1795472086"}, "e": {"L": [{"S": "xy"}]}})
        17
    """
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return (len(content.strip("-")) + 1) // 2 + 1
        case "L":
            return 3 + sum(1 + _value_size(each) for each in content)
        case "M":
            return 3 + sum(1 + len(name.encode()) + _value_size(each) for name, each in content.items())
    return len(content) if kind == "B" else 1


def _ask_for_units(params: dict[str, Any], model: Any, **_: Any) -> dict[str, Any] | None:
    if "ReturnConsumedCapacity" not in model.input_shape.members:
        return None
    return {**params, "ReturnConsumedCapacity": "INDEXES"}


def _units(consumed: Any) -> dict[str, float]:
    """Units by table and index, from one answer's ``ConsumedCapacity`` (an object, or a list of them)."""
    units: Counter[str] = Counter()
    for each in consumed if isinstance(consumed, list) else [consumed] if consumed else []:
        table = each["TableName"]
        indexes = {
            name: used["CapacityUnits"]
            for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes")
            for name, used in each.get(kind, {}).items()
        }
        units[table] += each["CapacityUnits"] - sum(indexes.values())
        for name, used in indexes.items():
            units[f"{table}/{name}"] += used
    return {name: used for name, used in units.items() if used}
