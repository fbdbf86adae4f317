"""The tables of ``template.yaml`` on moto."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from hotline.adapters import aws
from tests.template import load


class Tables:
    """A DynamoDB client over every table of the template; tables are named by their logical names."""

    def __init__(self) -> None:
        self.client = aws.dynamodb()
        for name, properties in load().of_type("AWS::DynamoDB::Table").items():
            made = {
                key: properties[key]
                for key in ("KeySchema", "AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes")
                if key in properties
            }
            self.client.create_table(TableName=name, **made)

    def items(self, table: str) -> list[dict[str, Any]]:
        """Every item of a table."""
        found: list[dict[str, Any]] = self.client.scan(TableName=table)["Items"]
        return found


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> Iterator[Tables]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "cn-north-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        aws.forget_clients()
        yield Tables()
    aws.forget_clients()


class Flaky:
    """A client whose calls go wrong on demand: ``flaky.plan["put_item"]`` lists what happens, call by call.

    ``before`` raises in place of the call; ``after`` makes the call and raises then, as when an
    acknowledgement is lost. Calls that have no plan left are simply made; ``calls`` lists all.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self.plan: dict[str, list[tuple[str, Exception] | dict[str, Any]]] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Any:
        def call(**arguments: Any) -> Any:
            self.calls.append((name, arguments))
            planned = self.plan.get(name)
            what = planned.pop(0) if planned else None
            if isinstance(what, dict):
                return what
            if what is not None and what[0] == "before":
                raise what[1]
            answer = getattr(self._client, name)(**arguments)
            if what is not None:
                raise what[1]
            return answer

        return call


@pytest.fixture
def flaky(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> Flaky:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    return Flaky(tables.client)
