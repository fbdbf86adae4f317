"""Findings and copies on DynamoDB: sets that stay small, findings that only grow newer."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hotline.adapters.dynamodb.findings import DynamoDBFindings, DynamoDBTextCopies
from hotline.domain.signal_rules import KEPT
from hotline.domain.signals import Finding, Signal
from hotline.domain.text_copies import Shelves
from tests.adapters.conftest import Tables

NOW = datetime(2026, 5, 6, tzinfo=UTC)
MONTH, AGENCY = "202605", "110101001"


@pytest.fixture
def findings(tables: Tables) -> DynamoDBFindings:
    return DynamoDBFindings(tables.client, "ScorecardsTable")


@pytest.fixture
def copies(tables: Tables) -> DynamoDBTextCopies:
    return DynamoDBTextCopies(tables.client, "EffectsTable")


def finding(score: int, appeal_id: str = "A", number: int = 5) -> Finding:
    return Finding(
        appeal_id=appeal_id,
        number=number,
        agency_id=AGENCY,
        resolved_at=NOW,
        catalogue="2026-11-23-x",
        score=score,
        signals=(
            Signal(code="no_contact", value=0, threshold=1, weight=40, found=True),
            Signal(code="near_text", threshold=3, weight=25, found=False),
        ),
    )


def test_entries_on_any_of_the_shelves_are_given_back_and_the_same_again_is_one(
    copies: DynamoDBTextCopies,
) -> None:
    assert copies.enter(Shelves("k1", ("k2",)), "a", NOW) == {"a"}
    assert copies.enter(Shelves("k2", ("k3",)), "b", NOW) == {"b"}
    assert copies.enter(Shelves("k1", ("k2",)), "a", NOW) == copies.look(Shelves("k2", ("k1",))) == {"a", "b"}
    assert copies.look(Shelves("k3")) == set()


def test_a_full_set_takes_no_more_and_is_read_all_the_same(
    copies: DynamoDBTextCopies, tables: Tables
) -> None:
    for place in range(KEPT):
        copies.enter(Shelves("k"), f"e{place}", NOW)
    assert len(copies.enter(Shelves("k"), "one more", NOW)) == KEPT + 1
    assert len(copies.enter(Shelves("k"), "e0", NOW)) == KEPT
    (item,) = tables.items("EffectsTable")
    assert len(item["es"]["SS"]) == KEPT
    assert int(item["ttl"]["N"]) > NOW.timestamp()


def test_a_finding_is_replaced_by_a_later_one_and_never_by_an_earlier(findings: DynamoDBFindings) -> None:
    findings.keep_finding(MONTH, finding(40), version=6)
    findings.keep_finding(MONTH, finding(90), version=8)
    findings.keep_finding(MONTH, finding(40), version=7)
    assert findings.findings_of_month(MONTH, AGENCY) == [finding(90)]


def test_findings_are_read_by_month_and_by_order(findings: DynamoDBFindings) -> None:
    for kept in (finding(40), finding(50, "A", 12), finding(60, "B")):
        findings.keep_finding(MONTH, kept, version=20)
    assert len(findings.findings_of_month(MONTH, AGENCY)) == 3
    assert findings.findings_of_month("202604", AGENCY) == []
    wanted = [(MONTH, AGENCY, "A", number) for number in (5, 7, 12)]
    assert {each.number for each in findings.findings_about(wanted)} == {5, 12}
