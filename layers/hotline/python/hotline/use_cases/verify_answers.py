"""访: of some answers another operator asks once more, to see whether they hold (复核回访)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from hotline.domain.actor import SYSTEM
from hotline.domain.errors import HotlineError, NotFound, TransitionNotAllowed, VersionConflict
from hotline.domain.timekeeping import PolicyTimekeeper
from hotline.domain.tokens import command_fingerprint
from hotline.use_cases.change_case import change_case

if TYPE_CHECKING:
    from hotline.domain.actor import Actor
    from hotline.domain.case import Answers, Case
    from hotline.domain.directory import Directories, Directory
    from hotline.domain.events import Envelope
    from hotline.domain.side_orders import SideOrder
    from hotline.domain.tokens import Tokens
    from hotline.ports import Cases
    from hotline.ports import Clock as Now

SIGNAL = "reverification"
"""Under which a reviewer sees that a second call has brought other answers."""


class VerificationOvertaken(HotlineError):
    """The case changed while the second call was being asked for; the message comes back."""

    code = "verification-overtaken"
    status = 409
    retryable = True

    def __init__(self) -> None:
        super().__init__("该件刚被更新，稍后重试", "The case has just changed; tried again later")


def verify_answers(
    envelopes: Sequence[Envelope], *, cases: Cases, directories: Directories, tokens: Tokens, now: Now
) -> dict[str, HotlineError]:
    """Put a share of the answered appeals on the list of calls once more.

    Which ones is a keyed hash of the number: nobody can choose or foresee it, and a message that comes
    twice chooses alike. What is not chosen costs neither a read nor a write.

    Returns:
        What failed, by event id.
    """
    share = directories.current().survey.verification_share
    chosen = [
        envelope
        for envelope in envelopes
        if envelope.data.get("outcome") == "answered" and tokens.in_sample(envelope.appeal_id, share)
    ]
    if not chosen:
        return {}
    loaded = cases.get_many([envelope.appeal_id for envelope in chosen])
    failed: dict[str, HotlineError] = {}
    for envelope in chosen:
        try:
            _ask_again(envelope, loaded, cases, directories, now)
        except TransitionNotAllowed:
            continue
        except HotlineError as error:
            failed[envelope.event_id] = error
    return failed


def compare_answers(
    case: Case,
    side: SideOrder,
    answers: Answers,
    *,
    by: Actor,
    at: datetime,
    command_id: str,
    directory: Directory,
) -> None:
    """End a second call with what it brought; nothing is saved yet.

    It never changes a score: other answers than those that count ask a reviewer to look, where an agency
    answers for the order.
    """
    agreed = answers.letters == case.last_answers
    outcome = "agreed" if agreed else "disagreed"
    side.end_call(outcome, by=by, at=at, command_id=command_id, answers=answers.letters)
    case.end_side(side, by=by, at=at, command_id=command_id)
    answered_for = case.agency_id is not None and not (case.merged_into or case.conclusion)
    if agreed or not answered_for or case.under_review("suspicion"):
        return
    case.ask_review(
        "suspicion",
        by=SYSTEM,
        at=at,
        command_id=command_id,
        timekeeper=PolicyTimekeeper.of(directory),
        terms={"score": directory.signals.review_score, "signals": [SIGNAL]},
    )


def _ask_again(
    envelope: Envelope, loaded: Mapping[str, Case], cases: Cases, directories: Directories, now: Now
) -> None:
    case = loaded.get(envelope.appeal_id)
    if case is None:
        raise NotFound("appeal")
    command_id = command_fingerprint("verify", envelope.event_id)
    timekeeper = PolicyTimekeeper.of(directories.current())

    def act(case: Case, at: datetime) -> None:
        case.verify_answer(at=at, command_id=command_id, timekeeper=timekeeper)

    try:
        change_case(case.appeal_id, command_id, act, cases=cases, now=now, loaded=case)
    except VersionConflict as error:
        raise VerificationOvertaken from error
