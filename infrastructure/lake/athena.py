"""Ask the lake in the cloud: start a query on Athena, wait for it, read the pages of its answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from infrastructure.lake.answers import Answer
from infrastructure.lake.questions import QuestionUnknown, facts_view
from infrastructure.ops.stack import Stack, StackUnknown

PATIENCE_S = 1800
"""Athena itself gives a query up after half an hour."""

_PAUSES_S = (0.2, 0.4, 0.8, 1.6, 3.0)
_VALUES: Mapping[str, Callable[[str], Any]] = {
    "tinyint": int,
    "smallint": int,
    "integer": int,
    "bigint": int,
    "double": float,
    "float": float,
    "real": float,
    "decimal": float,
    "boolean": lambda text: text == "true",
    "timestamp": datetime.fromisoformat,
}
_KEPT_AS = {"float": "double", "real": "double", "decimal": "double", "date": "date", "varchar": "varchar"}


class Athena:
    """Answers questions through the stack's own workgroup, which keeps and limits them."""

    def __init__(
        self, client: Any, database: str, workgroup: str, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._client = client
        self._where = {"QueryExecutionContext": {"Database": database}, "WorkGroup": workgroup}
        self._sleep = sleep
        self._has_view = False

    @classmethod
    def of(cls, stack: Stack) -> Athena:
        """The Athena of a deployed stack.

        Raises:
            StackUnknown: it was deployed without.
        """
        try:
            return cls(stack.client("athena"), stack["lake_database"], stack["lake_work_group"])
        except StackUnknown:
            raise StackUnknown("the stack has no Athena: deploy it with Analytics=athena") from None

    def ask(self, sql: str) -> Answer:
        """Run one SELECT.

        Raises:
            QuestionUnknown: Athena refused or gave up; the message is its own.
        """
        if not self._has_view:
            self._finish(f"CREATE OR REPLACE VIEW facts AS {facts_view()}")
            self._has_view = True
        pages = self._client.get_paginator("get_query_results").paginate(QueryExecutionId=self._finish(sql))
        kinds: list[tuple[str, str]] = []
        rows: list[list[Any]] = []
        for page in pages:
            found = page["ResultSet"]
            cells = [row["Data"] for row in found["Rows"]]
            if not kinds:
                kinds = [(each["Name"], each["Type"]) for each in found["ResultSetMetadata"]["ColumnInfo"]]
                cells = cells[1:]  # the first row repeats the names
            rows += [
                [_value(kind, cell) for (_, kind), cell in zip(kinds, row, strict=True)] for row in cells
            ]
        names = tuple(name for name, _ in kinds)
        return Answer(names, tuple(_KEPT_AS.get(kind, kind) for _, kind in kinds), rows)

    def _finish(self, sql: str) -> str:
        """Run a statement to its end; its id."""
        started: str = self._client.start_query_execution(QueryString=sql, **self._where)["QueryExecutionId"]
        waited = 0.0
        for turn in range(100_000):
            status = self._client.get_query_execution(QueryExecutionId=started)["QueryExecution"]["Status"]
            if status["State"] == "SUCCEEDED":
                return started
            if status["State"] in ("FAILED", "CANCELLED"):
                raise QuestionUnknown(f"Athena: {status.get('StateChangeReason', status['State'])}")
            if waited > PATIENCE_S:
                break
            pause = _PAUSES_S[min(turn, len(_PAUSES_S) - 1)]
            self._sleep(pause)
            waited += pause
        self._client.stop_query_execution(QueryExecutionId=started)
        raise QuestionUnknown(f"Athena: no answer after {PATIENCE_S // 60} minutes")


def _value(kind: str, cell: Mapping[str, str]) -> Any:
    text = cell.get("VarCharValue")
    return None if text is None else _VALUES.get(kind, str)(text)
