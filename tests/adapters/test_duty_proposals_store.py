"""Proposals in the directory table: each event counts once, and the directory beside them stays as it is."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from hotline.adapters.dynamodb.directory import DirectoryStore
from hotline.adapters.dynamodb.duty_proposals import DynamoDBDutyProposals
from hotline.domain.duty_proposals import Proposal
from hotline.domain.errors import Unavailable
from tests.adapters.conftest import Flaky, Tables
from tests.unit.builders_directory import tiny_parts

PROPOSAL = Proposal(against="city/street", service="street.noise", place="990101001", agency_id="lamp-office")
OTHER = PROPOSAL.model_copy(update={"place": "*"})


def store(client: Any) -> DynamoDBDutyProposals:
    return DynamoDBDutyProposals(client, "DirectoryTable")


def test_an_event_counts_once_for_its_month(tables: Tables) -> None:
    proposals = store(tables.client)
    for _ in range(2):
        proposals.support("202603", PROPOSAL, ["A:4", "B:4"])
    proposals.support("202603", PROPOSAL, ["B:4", "C:4"])
    proposals.support("202603", OTHER, ["D:4"])
    proposals.support("202604", PROPOSAL, ["E:4"])
    assert proposals.of_month("202603") == {PROPOSAL: 3, OTHER: 1}
    assert proposals.of_month("202604") == {PROPOSAL: 1}
    assert proposals.of_month("202605") == {}


def test_a_lost_acknowledgement_counts_nothing_twice(flaky: Flaky) -> None:
    flaky.plan["update_item"] = [("after", ReadTimeoutError(endpoint_url="dynamodb"))]
    proposals = store(flaky)
    with pytest.raises(Unavailable):
        proposals.support("202603", PROPOSAL, ["A:4"])
    proposals.support("202603", PROPOSAL, ["A:4"])
    assert proposals.of_month("202603") == {PROPOSAL: 1}


def test_a_month_of_many_is_read_to_its_end(tables: Tables, flaky: Flaky) -> None:
    for place in range(30):
        proposal = PROPOSAL.model_copy(update={"place": f"9901010{place:02d}"})
        store(tables.client).support("202603", proposal, ["A:4"])
    first = tables.client.query(
        TableName="DirectoryTable",
        KeyConditionExpression="pk = :month",
        ExpressionAttributeValues={":month": {"S": "P#202603"}},
        Limit=20,
    )
    flaky.plan["query"] = [first]
    assert len(store(flaky).of_month("202603")) == 30


def test_versions_of_the_directory_are_not_touched(tables: Tables) -> None:
    directory = DirectoryStore(tables.client, "DirectoryTable")
    directory.save("tiny", tiny_parts(), {})
    directory.activate("tiny")
    store(tables.client).support("202603", PROPOSAL, ["A:4"])
    assert (directory.current(), list(directory.versions())) == ("tiny", ["tiny"])
