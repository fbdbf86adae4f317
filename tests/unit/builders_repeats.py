"""Appeals that say the same, and what operators and workers do with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hotline.domain.actor import CITIZEN, Actor
from hotline.domain.case import Case
from hotline.domain.events import Envelope
from hotline.use_cases.change_case import change_case
from hotline.use_cases.compare_appeals import Comparison, compare_appeals
from hotline.use_cases.deliver_orders import TOLD, deliver_orders
from hotline.use_cases.dispatch_by_operator import DispatchByOperator, dispatch_by_operator
from hotline.use_cases.find_repeats import DraftAppeal, SimilarAppeal, similar_to_appeal, similar_to_draft
from hotline.use_cases.follow_appeal import supplement_appeal, track_appeal
from hotline.use_cases.merge_appeals import MergeAppeal, UnmergeAppeal, merge_appeal, unmerge_appeal
from hotline.use_cases.settle_members import settle_members
from tests.unit.builders import AGENCY, OPERATOR, Hotline

ENDINGS = {"WorkOrderResolved", "AppealConcluded", "WorkOrderClosed", "AppealWithdrawn"}
"""What the rule in front of the worker lets through, of joint appeals."""


def merge(hotline: Hotline, member: str, into: str, by: Actor = OPERATOR, **named: Any) -> Case:
    """An operator joins two appeals."""
    return merge_appeal(
        member,
        MergeAppeal(into=into, text="同一路灯"),
        **{"by": by, "command_id": f"merge-{member[:4]}", "expected_version": None, **named},
        cases=hotline.cases,
        words=hotline.words,
        now=hotline.clock,
    )


def unmerge(hotline: Hotline, member: str, by: Actor = OPERATOR, **named: Any) -> Case:
    """An operator takes them apart."""
    return unmerge_appeal(
        member,
        UnmergeAppeal(text="不是同一路灯"),
        **{"by": by, "command_id": f"unmerge-{member[:4]}", "expected_version": None, **named},
        cases=hotline.cases,
        words=hotline.words,
        directories=hotline.directories,
        now=hotline.clock,
    )


def decide(hotline: Hotline, appeal_id: str, **command: Any) -> Case:
    """An operator dispatches what the rules could not."""
    return dispatch_by_operator(
        appeal_id,
        DispatchByOperator(
            **{"agency_id": AGENCY, "service_code": "street.noise", "subdistrict": AGENCY} | command
        ),
        by=OPERATOR,
        command_id="decide",
        expected_version=None,
        cases=hotline.cases,
        words=hotline.words,
        directories=hotline.directories,
        now=hotline.clock,
    )


def settle(hotline: Hotline, *envelopes: Envelope) -> dict[str, Any]:
    """Let the worker take a batch."""
    return settle_members(envelopes, cases=hotline.cases, directories=hotline.directories, now=hotline.clock)


def settle_all(hotline: Hotline) -> dict[str, Any]:
    """Let the worker take everything that the bus would have brought it so far."""
    return settle(
        hotline, *(each for each in hotline.events() if each.name in ENDINGS and "joint" in each.data)
    )


def deliver(hotline: Hotline, *envelopes: Envelope) -> dict[str, Any]:
    """Let the deliverer take a batch."""
    return deliver_orders(
        envelopes,
        cases=hotline.cases,
        words=hotline.words,
        deliveries=hotline.deliveries,
        queues=hotline.queues,
        directories=hotline.directories,
        tokens=hotline.tokens,
        now=hotline.clock,
    )


def deliver_all(hotline: Hotline) -> dict[str, Any]:
    """Let the deliverer take everything that the bus would have brought it so far."""
    return deliver(hotline, *(each for each in hotline.events() if each.name in TOLD))


def similar(hotline: Hotline, appeal_id: str) -> Sequence[SimilarAppeal]:
    """What an operator is shown beside an appeal."""
    return similar_to_appeal(
        appeal_id,
        cases=hotline.cases,
        lists=hotline.cases,
        words=hotline.words,
        directories=hotline.directories,
        now=hotline.clock,
    ).appeals


def similar_draft(hotline: Hotline, **body: Any) -> Sequence[SimilarAppeal]:
    """What an operator is shown while a caller is still speaking."""
    return similar_to_draft(
        DraftAppeal.model_validate(body),
        cases=hotline.cases,
        lists=hotline.cases,
        words=hotline.words,
        directories=hotline.directories,
        tokens=hotline.tokens,
        now=hotline.clock,
    ).appeals


def compare(hotline: Hotline, later: str, earlier: str) -> Comparison:
    """What an operator is shown of two appeals."""
    return compare_appeals(
        later,
        earlier,
        cases=hotline.cases,
        words=hotline.words,
        directories=hotline.directories,
        tokens=hotline.tokens,
    )


def track(hotline: Hotline, appeal_id: str) -> Any:
    """What the citizen is shown."""
    return track_appeal(
        appeal_id,
        hotline.secret_key(appeal_id),
        cases=hotline.cases,
        words=hotline.words,
        sealed=hotline.sealed,
        directories=hotline.directories,
        tokens=hotline.tokens,
        now=hotline.clock,
    )


def supplement(hotline: Hotline, appeal_id: str, text: str) -> Case:
    """The citizen adds words."""
    return supplement_appeal(
        appeal_id,
        hotline.secret_key(appeal_id),
        text,
        f"supplement-{text}",
        cases=hotline.cases,
        words=hotline.words,
        sealed=hotline.sealed,
        now=hotline.clock,
    )


def withdraw(hotline: Hotline, appeal_id: str) -> Case:
    """The citizen takes it back."""
    return change_case(
        appeal_id,
        "withdraw",
        lambda case, at: case.withdraw(by=CITIZEN, at=at, command_id="withdraw"),
        cases=hotline.cases,
        now=hotline.clock,
    )
