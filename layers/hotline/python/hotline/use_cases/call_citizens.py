"""访: operators call the citizens who have not answered (回访, 条例 Art 23)."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Self

from pydantic import AwareDatetime, Field, model_validator

from hotline.domain.answers import OrderState
from hotline.domain.appeal import Note
from hotline.domain.calls import (
    LONGEST_WISH,
    Attempt,
    CallTimes,
    LanguageTag,
    attempts_of,
    speaks,
)
from hotline.domain.case import Answers, Case
from hotline.domain.errors import HotlineError, InvalidInput, NotFound, TransitionNotAllowed
from hotline.domain.model import Frozen
from hotline.domain.side_orders import HOPELESS, CallOutcome, SideCommand, SideKind, SideOrder, SideStatus
from hotline.domain.timekeeping import PolicyTimekeeper
from hotline.use_cases.change_case import Save, carry_out, save_case
from hotline.use_cases.notes import keep_note
from hotline.use_cases.verify_answers import compare_answers

if TYPE_CHECKING:
    from hotline.domain.actor import Actor
    from hotline.domain.directory import Directories, Directory
    from hotline.ports import Cases, WordsStore
    from hotline.ports import Clock as Now
    from hotline.use_cases.survey_citizens import AnswerSurvey

UNREACHABLE = "unreachable"
REACHED = "reached"

_MAY_WISH: frozenset[CallOutcome] = frozenset({"call_back", "language"})


class RecordAttempt(Frozen):
    """How a call ended that brought no answers.

    Attributes:
        wished_at: when the citizen wishes to be called, of ``call_back`` and ``language``.
        language: what the citizen speaks, of ``language``.

    Example:
        >>> RecordAttempt(outcome="language", language="yue").language
        'yue'
    """

    outcome: CallOutcome
    wished_at: AwareDatetime | None = None
    language: LanguageTag | None = None

    @model_validator(mode="after")
    def _says_what_belongs_to_the_outcome(self) -> Self:
        if (self.outcome == "language") != (self.language is not None):
            raise ValueError("language is needed with the outcome language, and only with it")
        if self.wished_at is not None and self.outcome not in _MAY_WISH:
            raise ValueError("wished_at goes with the outcomes call_back and language")
        return self


class CallState(OrderState):
    """What a command about a call led to.

    Attributes:
        claimed_until: so long the caller has it for their own.
        next_at: not before then again.
    """

    claimed_until: datetime | None = None
    next_at: datetime | None = None
    attempts: int = Field(default=0, description="Calls so far")


class LanguageNotSpoken(HotlineError):
    """The citizen needs a language or dialect that the operator's token does not list."""

    code = "language-not-spoken"
    title = "Another language is needed"
    status = 403

    def __init__(self, needed: str) -> None:
        super().__init__(
            f"该回访需要会“{needed}”的话务员",
            f"This call needs an operator who speaks {needed}",
            needed=needed,
        )


class TooEarlyToCall(HotlineError):
    """Citizens are not called at this hour, or this one not yet again."""

    code = "too-early-to-call"
    title = "Too early to call"
    status = 409

    def __init__(self, not_before: datetime) -> None:
        super().__init__(
            "未到可拨打时间", "The citizen may not be called yet", not_before=not_before.isoformat()
        )


def claim_call(
    order_id: str,
    *,
    by: Actor,
    command_id: str,
    expected_version: int | None,
    cases: Cases,
    directories: Directories,
    now: Now,
) -> SideOrder:
    """Take a call; nobody else may for as long as the policy says.

    Raises:
        NotFound: there is no such call.
        LanguageNotSpoken: the operator's token lists languages, and not this one.
        TooEarlyToCall: citizens are not called at this hour, or this one not yet again.
        TransitionNotAllowed: another operator has it, or has to make it; or it is not needed any more.
        VersionConflict: it is not at ``expected_version``.
    """
    directory = directories.current()
    lease = timedelta(minutes=directory.survey.calls.lease_minutes)

    def act(side: SideOrder, at: datetime) -> Save:
        _must_be_needed(side, SideCommand.CLAIM)
        needed = language_of(side)
        if by.languages and not speaks(by.languages, needed):
            raise LanguageNotSpoken(needed)
        if (not_before := CallTimes.of(directory).first_call(side)) > at:
            raise TooEarlyToCall(not_before)
        if (opens := CallTimes.of(directory).open_from(at)) > at:
            raise TooEarlyToCall(opens)
        side.claim(at + lease, by=by, at=at, command_id=command_id)
        return partial(cases.save_side, side)

    return carry_out(
        lambda: call_of(order_id, cases), command_id, act, now=now, expected_version=expected_version
    )


def record_attempt(
    order_id: str,
    command: RecordAttempt,
    *,
    by: Actor,
    command_id: str,
    expected_version: int | None,
    cases: Cases,
    directories: Directories,
    now: Now,
) -> SideOrder:
    """Say how a call ended without answers: it comes back to the list, or nobody calls any more.

    A citizen who cannot be reached can still answer by link, or number and key, until the survey expires.

    Raises:
        NotFound: there is no such call.
        InvalidInput: the citizen wishes a call after the survey expires, or too far ahead.
        TransitionNotAllowed: the caller has not taken the call; or it is not needed any more.
        VersionConflict: it is not at ``expected_version``.
    """
    directory = directories.current()

    def act(side: SideOrder, at: datetime) -> Save:
        _must_be_needed(side, SideCommand.ATTEMPT)
        case = cases.get(side.appeal_id)
        end, next_at = _what_follows(side, case, command, by, at, directory)
        if next_at is None:
            side.end_call(end, by=by, at=at, command_id=command_id)
            case.end_side(side, by=by, at=at, command_id=command_id)
            return partial(save_case, case, cases)
        side.attempt(command.outcome, next_at, by=by, at=at, command_id=command_id, language=command.language)
        return partial(cases.save_side, side)

    return carry_out(
        lambda: call_of(order_id, cases), command_id, act, now=now, expected_version=expected_version
    )


def answer_by_phone(
    order_id: str,
    answer: AnswerSurvey,
    *,
    by: Actor,
    command_id: str,
    expected_version: int | None,
    cases: Cases,
    words: WordsStore,
    directories: Directories,
    now: Now,
) -> SideOrder:
    """Take the citizen's word, said to an operator; of a second call compare it with the first.

    The call and what the answer leads to are saved in one transaction. Of a second call only the three
    answers are kept.

    Raises:
        NotFound: there is no such call.
        InvalidInput: a second call brings a comment.
        SurveyClosed: the survey has expired.
        TransitionNotAllowed: the caller has not taken the call; or the citizen has answered meanwhile.
        VersionConflict: it is not at ``expected_version``.
    """
    directory = directories.current()
    timekeeper = PolicyTimekeeper.of(directory)
    answers = Answers(contacted=answer.contacted, resolved=answer.resolved, satisfied=answer.satisfied)

    def act(side: SideOrder, at: datetime) -> Save:
        _must_be_needed(side, SideCommand.END_CALL)
        case = cases.get(side.appeal_id)
        if side.kind is SideKind.VERIFICATION:
            if answer.comment:
                raise InvalidInput.field(
                    "comment", "复核回访只记录三项回答", "a second call takes no comment"
                )
            compare_answers(case, side, answers, by=by, at=at, command_id=command_id, directory=directory)
            return partial(save_case, case, cases)
        note_id = command_id if answer.comment else None
        side.end_call(REACHED, by=by, at=at, command_id=command_id)
        case.end_side(side, by=by, at=at, command_id=command_id)
        case.answer_survey(
            side.terms["survey"],
            answers,
            note_id,
            at=at,
            command_id=command_id,
            by=by,
            timekeeper=timekeeper,
            how="phone",
        )
        if answer.comment:
            keep_note(case, Note(note_id=command_id, by="citizen", at=at, text=answer.comment), words)
        return partial(save_case, case, cases)

    return carry_out(
        lambda: call_of(order_id, cases), command_id, act, now=now, expected_version=expected_version
    )


def call_of(order_id: str, cases: Cases) -> SideOrder:
    """A call on the list, or one that was.

    Raises:
        NotFound: there is none of that number.
    """
    side = cases.side(order_id)
    if not side.kind.called:
        raise NotFound("call")
    return side


def call_state(side: SideOrder) -> CallState:
    """The short answer to a command."""
    return CallState(
        work_order_id=side.work_order_id,
        status=side.status.value,
        version=side.version,
        claimed_until=side.claimed_until,
        next_at=None if side.status.ended else side.next_at,
        attempts=side.attempts,
    )


def language_of(side: SideOrder) -> str:
    """The language or dialect that the call needs."""
    return str(side.terms["language"])


def _what_follows(
    side: SideOrder, case: Case, command: RecordAttempt, by: Actor, at: datetime, directory: Directory
) -> tuple[str, datetime | None]:
    """How the call ends if nobody calls again; and when somebody does."""
    if command.outcome in HOPELESS:
        return command.outcome, None
    times = CallTimes.of(directory)
    until = case.survey.expires_at if side.kind is SideKind.CALLBACK and case.survey else None
    attempts = [*attempts_of(side), Attempt(at, command.outcome, by.signature)]
    if times.is_unreachable(attempts):
        return UNREACHABLE, None
    if command.wished_at is not None:
        _must_be_possible(command.wished_at, at, until)
    next_at = times.next_call([attempt.at for attempt in attempts], at, wished=command.wished_at, until=until)
    return UNREACHABLE, next_at


def _must_be_possible(wished: datetime, at: datetime, until: datetime | None) -> None:
    last = min(until or at + LONGEST_WISH, at + LONGEST_WISH)
    if not at < wished < last:
        raise InvalidInput.field(
            "wished_at",
            f"须在现在之后、{last.isoformat()} 之前",
            f"must lie ahead, before {last.isoformat()}",
        )


def _must_be_needed(side: SideOrder, command: SideCommand) -> None:
    if side.status is SideStatus.CANCELLED:
        raise TransitionNotAllowed(
            side.status.value,
            command.value,
            "诉求人已自行作答，或回访已结束，无须再拨打",
            "The citizen has answered by the link, or the survey is over: no call is needed any more",
        )
