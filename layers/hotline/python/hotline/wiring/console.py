"""The operators' console: what ``functions/web/console_api.py`` runs with: what the APIs of the desk run with."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from hotline.adapters.aws import dynamodb
from hotline.adapters.dynamodb.effects import DynamoDBDeliveries
from hotline.domain.actor import Actor
from hotline.domain.answers import OrderPage, OrderView
from hotline.domain.dispatching import Dispatch, Referral
from hotline.settings import setting
from hotline.use_cases import read_orders
from hotline.wiring import calls, common, desk, repeats
from hotline.wiring.common import cases, directories, words

if TYPE_CHECKING:
    from hotline.domain.case import Case
    from hotline.domain.conclusions import Conclude
    from hotline.domain.directory import Directory
    from hotline.use_cases.adjudicate_return import Adjudicate
    from hotline.use_cases.assist_call import CallHints, WordsSoFar
    from hotline.use_cases.compare_appeals import Comparison
    from hotline.use_cases.compare_draft import CompareDraft, DraftComparison
    from hotline.use_cases.consult_agencies import Consult, OpinionView
    from hotline.use_cases.dispatch_by_operator import DispatchByOperator
    from hotline.use_cases.find_repeats import DraftAppeal, SimilarAppeal, SimilarAppeals
    from hotline.use_cases.list_members import Members
    from hotline.use_cases.look_up_caller import Caller, EarlierAppeals
    from hotline.use_cases.merge_appeals import MergeAppeal, UnmergeAppeal
    from hotline.use_cases.reveal_informant import Reveal, Revealed
    from hotline.use_cases.take_call import CallTaken, TakeCall

PAGE = 20
"""Rows of a list."""


def directory() -> Directory:
    """The directory in force."""
    return directories().current()


def now() -> datetime:
    """The present moment."""
    return common.now()


# ---- calls ------------------------------------------------------------------------------------


def look_up(caller: Caller, by: Actor) -> EarlierAppeals:
    """What a caller said before, on record."""
    return calls.look_up(caller, by)


def hints(words_so_far: WordsSoFar) -> CallHints:
    """What the rules make of the words so far."""
    return calls.hints(words_so_far)


def similar(draft: DraftAppeal) -> SimilarAppeals:
    """Appeals like what a caller is saying."""
    return repeats.similar_to_draft(draft)


def compare_draft(draft: CompareDraft) -> DraftComparison:
    """A caller's words beside an earlier appeal."""
    return calls.compare(draft)


def take(command: TakeCall, form_id: str, by: Actor) -> CallTaken:
    """Take a call down once per form, however often the form is sent."""
    return calls.take(command, f"console/{form_id}", by)


# ---- lists ------------------------------------------------------------------------------------


def queue(after: str | None) -> OrderPage:
    """The appeals that wait for an operator."""
    return desk.queue(PAGE, after)


def disputes(after: str | None) -> OrderPage:
    """The returned orders."""
    return desk.disputes(PAGE, after)


# ---- one order --------------------------------------------------------------------------------


def read(appeal_id: str, by: Actor) -> OrderView:
    """One order with everything about it."""
    return read_orders.read_order(
        appeal_id,
        by=by,
        cases=cases(),
        words=words(),
        deliveries=DynamoDBDeliveries(dynamodb(), setting("EFFECTS_TABLE")),
        directories=directories(),
    )


def candidates(appeal_id: str) -> Dispatch | Referral:
    """What the rules make of an appeal now."""
    return desk.candidates(appeal_id)


def opinions(appeal_id: str) -> tuple[OpinionView, ...]:
    """What agencies that were asked have said."""
    return desk.opinions(appeal_id)


def similar_to(appeal_id: str) -> tuple[SimilarAppeal, ...]:
    """Appeals like a registered one."""
    return repeats.similar_to_appeal(appeal_id).appeals


def members(appeal_id: str, by: Actor) -> Members:
    """The appeals that joined an order."""
    return repeats.members(appeal_id, by)


def compare(appeal_id: str, earlier_number: str) -> Comparison:
    """An appeal beside an earlier one."""
    return repeats.compare(appeal_id, earlier_number)


def dispatch(
    appeal_id: str, command: DispatchByOperator, by: Actor, command_id: str, expected_version: int | None
) -> Case:
    """Dispatch or redispatch by hand."""
    return desk.decide(appeal_id, command, by, command_id, expected_version)


def consult(
    appeal_id: str, command: Consult, by: Actor, command_id: str, expected_version: int | None
) -> Case:
    """Ask agencies whose duty it is."""
    return desk.consult(appeal_id, command, by, command_id, expected_version)


def conclude(
    appeal_id: str, command: Conclude, by: Actor, command_id: str, expected_version: int | None
) -> Case:
    """End an appeal without handling."""
    return desk.conclude(appeal_id, command, by, command_id, expected_version)


def adjudicate(
    appeal_id: str, command: Adjudicate, by: Actor, command_id: str, expected_version: int | None
) -> Case:
    """Decide about a returned order."""
    return desk.adjudicate(appeal_id, command, by, command_id, expected_version)


def merge(
    appeal_id: str, command: MergeAppeal, by: Actor, command_id: str, expected_version: int | None
) -> Case:
    """Let an appeal join another."""
    return repeats.merge(appeal_id, command, by, command_id, expected_version)


def unmerge(
    appeal_id: str, command: UnmergeAppeal, by: Actor, command_id: str, expected_version: int | None
) -> Case:
    """Take an appeal out of the order that it joined."""
    return repeats.unmerge(appeal_id, command, by, command_id, expected_version)


def reveal(appeal_id: str, command: Reveal, by: Actor) -> Revealed:
    """Show what an informant said, on record; imported when it happens, which is rare."""
    from hotline.wiring import reveal as revealing

    return revealing.reveal(appeal_id, command, by)
