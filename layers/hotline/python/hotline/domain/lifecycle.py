"""The lifecycle of a case, as one table that people and code read alike.

``TRANSITIONS`` maps (status, command) to what follows. Every pair of the full product is either in
it or refused with ``TransitionNotAllowed``. Lateness is an event of a clock, never a status.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from hotline.domain.actor import Role
from hotline.domain.errors import Forbidden, TransitionNotAllowed


class StatusType(StrEnum):
    """What screens, rates and Open311 look at instead of the single statuses."""

    WAITING = "waiting"
    WORKING = "working"
    ANSWERED = "answered"
    ENDED = "ended"


class Status(StrEnum):
    REGISTERED = "registered"
    DISPATCHED = "dispatched"
    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    RETURNED = "returned"
    RESOLVED = "resolved"
    SURVEYING = "surveying"
    MERGED = "merged"
    """Handled together with another appeal; its citizen keeps number, notices and survey."""
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"

    @property
    def type(self) -> StatusType:
        """The status type of this status."""
        return _TYPES[self]

    @property
    def ended(self) -> bool:
        """Whether nothing can happen any more."""
        return self.type is StatusType.ENDED


_TYPES = {
    Status.REGISTERED: StatusType.WAITING,
    Status.DISPATCHED: StatusType.WAITING,
    Status.RETURNED: StatusType.WAITING,
    Status.ACKNOWLEDGED: StatusType.WORKING,
    Status.IN_PROGRESS: StatusType.WORKING,
    Status.ON_HOLD: StatusType.WORKING,
    Status.MERGED: StatusType.WORKING,
    Status.RESOLVED: StatusType.ANSWERED,
    Status.SURVEYING: StatusType.ANSWERED,
    Status.CLOSED: StatusType.ENDED,
    Status.WITHDRAWN: StatusType.ENDED,
}


class Command(StrEnum):
    REFER = "refer"
    DISPATCH = "dispatch"
    ACKNOWLEDGE = "acknowledge"
    RETURN = "return"
    REDISPATCH = "redispatch"
    RECORD_CONTACT = "record_contact"
    REPORT_PROGRESS = "report_progress"
    RESOLVE = "resolve"
    CONCLUDE = "conclude"
    UPHOLD = "uphold"
    GRANT_EXTENSION = "grant_extension"
    HOLD = "hold"
    RESUME = "resume"
    REQUEST_ASSIST = "request_assist"
    CONSULT = "consult"
    SUMMON = "summon"
    REQUEST_EXTENSION = "request_extension"
    REQUEST_HOLD = "request_hold"
    URGE = "urge"
    SUPERVISE = "supervise"
    ESCALATE = "escalate"
    END_SIDE = "end_side"
    OPEN_SURVEY = "open_survey"
    CALL = "call"
    VERIFY = "verify"
    REQUEST_REVIEW = "request_review"
    EXCLUDE = "exclude"
    JUDGE = "judge"
    CHANGE_ANSWER = "change_answer"
    REOPEN = "reopen"
    CONTEST = "contest"
    CLOSE = "close"
    MERGE = "merge"
    JOIN = "join"
    UNMERGE = "unmerge"
    LEAVE = "leave"
    REVEAL = "reveal"
    SUPPLEMENT = "supplement"
    WITHDRAW = "withdraw"


class ClockAction(StrEnum):
    """What a transition does to a clock; performed by ``Case`` in the order given."""

    START_DISPATCH = "start dispatch"
    STOP_DISPATCH = "stop dispatch"
    START_ADJUDICATION = "start adjudication"
    STOP_ADJUDICATION = "stop adjudication"
    START_RESPONSE = "start response"
    STOP_RESPONSE = "stop response"
    START_HANDLING = "start handling"
    PAUSE_HANDLING = "pause handling"
    RESUME_HANDLING = "resume handling"
    STOP_HANDLING = "stop handling"
    STOP_ALL = "stop all"


class Transition(NamedTuple):
    """One row of the table: the next status, the event it leaves, the clocks, who may do it."""

    to: Status
    event: str
    roles: frozenset[Role]
    clocks: tuple[ClockAction, ...] = ()


_SYSTEM = frozenset({Role.SYSTEM})
_DESK = frozenset({Role.OPERATOR, Role.ADMIN})
_DISPATCHERS = _DESK | {Role.SYSTEM}
_JUDGES = frozenset({Role.ADJUDICATOR, Role.ADMIN})
_SUPERVISORS = frozenset({Role.SUPERVISOR, Role.ADMIN})
_AGENCY = frozenset({Role.AGENCY})
_CITIZEN = frozenset({Role.CITIZEN})
_JOINERS = _DISPATCHERS | _CITIZEN
"""Whoever sees that two are one matter: operators, the rules for equal words, or the citizen of the later one."""
_CITIZENS_WORD = _CITIZEN | _DESK
"""By link, by number and key, or said to an operator who has called (条例 Art 23)."""
_ASKED = _CITIZENS_WORD | _SYSTEM
_REVIEWERS = _JUDGES | _SUPERVISORS
"""Never the agency whose order it is (条例 Art 32)."""

_DISPATCHED = (ClockAction.STOP_DISPATCH, ClockAction.START_RESPONSE, ClockAction.START_HANDLING)
_OPEN = tuple(status for status in Status if not status.ended)
_UNDECIDED = (Status.REGISTERED, Status.RETURNED)
_WORKED_ON = (Status.ACKNOWLEDGED, Status.IN_PROGRESS)
_HELD = (Status.DISPATCHED, *_WORKED_ON)
"""An agency holds the order and its limits run."""
_AFTER_DISPATCH = (*_HELD, Status.ON_HOLD, Status.RESOLVED, Status.SURVEYING)
"""An agency answers for the order, which is open."""


def _everywhere(
    statuses: tuple[Status, ...], command: Command, event: str, roles: frozenset[Role]
) -> dict[tuple[Status, Command], Transition]:
    """The same row for several statuses, which it leaves as they are."""
    return {(status, command): Transition(status, event, roles) for status in statuses}


_ROWS: dict[tuple[Status, Command], Transition] = {
    # 派: the system decides by the duty catalogue, or an operator does.
    (Status.REGISTERED, Command.REFER): Transition(Status.REGISTERED, "DispatchReferred", _SYSTEM),
    (Status.REGISTERED, Command.DISPATCH): Transition(
        Status.DISPATCHED, "WorkOrderDispatched", _DISPATCHERS, _DISPATCHED
    ),
    # Hard cases are discussed first (会商, 条例 Art 12); some appeals are not for handling (Art 11).
    **_everywhere(_UNDECIDED, Command.CONSULT, "SideOrderOpened", _DESK | _JUDGES),
    **{
        (status, Command.CONCLUDE): Transition(
            Status.RESOLVED, "AppealConcluded", _DESK | _JUDGES, (ClockAction.STOP_ALL,)
        )
        for status in _UNDECIDED
    },
    # An objection to duty or jurisdiction is decided: another agency, or the same one (Art 12).
    (Status.RETURNED, Command.REDISPATCH): Transition(
        Status.DISPATCHED,
        "WorkOrderRedispatched",
        _DISPATCHERS | _JUDGES,
        (ClockAction.STOP_ADJUDICATION, *_DISPATCHED),
    ),
    (Status.RETURNED, Command.UPHOLD): Transition(
        Status.DISPATCHED,
        "ReturnUpheld",
        _JUDGES,
        (ClockAction.STOP_ADJUDICATION, ClockAction.START_RESPONSE, ClockAction.RESUME_HANDLING),
    ),
    # 办: only the agency that holds the order.
    (Status.DISPATCHED, Command.ACKNOWLEDGE): Transition(
        Status.ACKNOWLEDGED, "WorkOrderAcknowledged", _AGENCY
    ),
    **{
        (status, Command.RETURN): Transition(
            Status.RETURNED,
            "WorkOrderReturned",
            _AGENCY,
            (ClockAction.STOP_RESPONSE, ClockAction.PAUSE_HANDLING, ClockAction.START_ADJUDICATION),
        )
        for status in (Status.DISPATCHED, Status.ACKNOWLEDGED)
    },
    **{
        (status, Command.RECORD_CONTACT): Transition(
            Status.IN_PROGRESS, "CitizenContacted", _AGENCY, (ClockAction.STOP_RESPONSE,)
        )
        for status in _WORKED_ON
    },
    **_everywhere(
        (*_WORKED_ON, Status.ON_HOLD, Status.SURVEYING), Command.REPORT_PROGRESS, "ProgressReported", _AGENCY
    ),
    (Status.IN_PROGRESS, Command.RESOLVE): Transition(
        Status.RESOLVED, "WorkOrderResolved", _AGENCY, (ClockAction.STOP_HANDLING,)
    ),
    # Others are asked for their part: assists, summons (Art 14, 16), superiors (Art 20), supervisors (Art 15).
    **_everywhere(_HELD, Command.REQUEST_ASSIST, "SideOrderOpened", _AGENCY | _DESK | _SUPERVISORS),
    **_everywhere(_WORKED_ON, Command.SUMMON, "SideOrderOpened", _AGENCY),
    **_everywhere(_WORKED_ON, Command.REQUEST_EXTENSION, "SideOrderOpened", _AGENCY),
    (Status.IN_PROGRESS, Command.REQUEST_HOLD): Transition(Status.IN_PROGRESS, "SideOrderOpened", _AGENCY),
    **_everywhere(_OPEN, Command.END_SIDE, "SideOrderClosed", frozenset(Role) - _CITIZEN - {Role.AUDITOR}),
    # 延期, 挂账: decided by a supervisor, told to the citizen (Art 15).
    **_everywhere(_WORKED_ON, Command.GRANT_EXTENSION, "ExtensionGranted", _SUPERVISORS),
    (Status.IN_PROGRESS, Command.HOLD): Transition(
        Status.ON_HOLD, "WorkOrderHeld", _SUPERVISORS, (ClockAction.PAUSE_HANDLING,)
    ),
    (Status.ON_HOLD, Command.RECORD_CONTACT): Transition(
        Status.ON_HOLD, "CitizenContacted", _AGENCY, (ClockAction.STOP_RESPONSE,)
    ),
    (Status.ON_HOLD, Command.RESUME): Transition(
        Status.IN_PROGRESS,
        "WorkOrderResumed",
        _SUPERVISORS | _AGENCY | _SYSTEM,
        (ClockAction.RESUME_HANDLING,),
    ),
    # 督: the three rungs, by the sweep or by a supervisor; an agency may ask its superior itself (Art 20).
    **_everywhere((*_HELD, Status.SURVEYING), Command.URGE, "WorkOrderUrged", _SUPERVISORS | _DISPATCHERS),
    **_everywhere((*_HELD, Status.SURVEYING), Command.SUPERVISE, "SideOrderOpened", _SUPERVISORS | _SYSTEM),
    **_everywhere(
        (*_HELD, Status.SURVEYING), Command.ESCALATE, "SideOrderOpened", _SUPERVISORS | _SYSTEM | _AGENCY
    ),
    # The limit passed, the citizen is being asked (条例 Art 23), and the agency still acts, late.
    (Status.SURVEYING, Command.RECORD_CONTACT): Transition(
        Status.SURVEYING, "CitizenContacted", _AGENCY, (ClockAction.STOP_RESPONSE,)
    ),
    (Status.SURVEYING, Command.RESOLVE): Transition(
        Status.SURVEYING, "WorkOrderResolved", _AGENCY, (ClockAction.STOP_HANDLING,)
    ),
    # 并单: one order for several appeals; each keeps its number and its survey (Art 11(3), 国办函〔2025〕66号).
    **{
        (status, Command.MERGE): Transition(Status.MERGED, "AppealMerged", _JOINERS, (ClockAction.STOP_ALL,))
        for status in (*_UNDECIDED, *_HELD)
    },
    **_everywhere((*_UNDECIDED, *_HELD, Status.ON_HOLD), Command.JOIN, "AppealJoined", _JOINERS),
    **_everywhere(_OPEN, Command.LEAVE, "AppealLeft", _ASKED | _DESK),
    (Status.MERGED, Command.UNMERGE): Transition(
        Status.REGISTERED, "AppealUnmerged", _DISPATCHERS, (ClockAction.START_DISPATCH,)
    ),
    # What a reviewer decides with reasons, never the agency: 剔除, and whether a dissatisfaction is reasonable.
    **_everywhere(
        (*_AFTER_DISPATCH, Status.CLOSED),
        Command.REQUEST_REVIEW,
        "SideOrderOpened",
        _SYSTEM | _AGENCY | _DESK | _REVIEWERS,
    ),
    (Status.CLOSED, Command.END_SIDE): Transition(
        Status.CLOSED, "SideOrderClosed", frozenset(Role) - _CITIZEN - {Role.AUDITOR}
    ),
    **_everywhere((*_AFTER_DISPATCH, Status.CLOSED), Command.EXCLUDE, "ExcludedFromAssessment", _REVIEWERS),
    **_everywhere((*_AFTER_DISPATCH, Status.CLOSED), Command.JUDGE, "DissatisfactionJudged", _REVIEWERS),
    # 访: after "done", when the handling limit has passed without it, or when the joint order is done.
    **{
        (status, Command.OPEN_SURVEY): Transition(Status.SURVEYING, "SurveyOpened", _SYSTEM)
        for status in (Status.RESOLVED, *_HELD, Status.MERGED)
    },
    (Status.SURVEYING, Command.CLOSE): Transition(
        Status.CLOSED, "WorkOrderClosed", _ASKED, (ClockAction.STOP_ALL,)
    ),
    (Status.SURVEYING, Command.REOPEN): Transition(
        Status.IN_PROGRESS, "WorkOrderReopened", _ASKED, (ClockAction.START_HANDLING,)
    ),
    # What was concluded without handling goes back to the operators when the citizen disagrees.
    (Status.SURVEYING, Command.CONTEST): Transition(
        Status.REGISTERED, "ConclusionContested", _CITIZENS_WORD, (ClockAction.START_DISPATCH,)
    ),
    # Who does not answer the message is called; of those who answered some are called again.
    (Status.SURVEYING, Command.CALL): Transition(Status.SURVEYING, "SideOrderOpened", _SYSTEM),
    (Status.CLOSED, Command.VERIFY): Transition(Status.CLOSED, "SideOrderOpened", _SYSTEM),
    # For a while the citizen may answer otherwise.
    (Status.CLOSED, Command.CHANGE_ANSWER): Transition(Status.CLOSED, "SurveyAnswerChanged", _CITIZENS_WORD),
    (Status.CLOSED, Command.REOPEN): Transition(
        Status.IN_PROGRESS, "WorkOrderReopened", _CITIZENS_WORD, (ClockAction.START_HANDLING,)
    ),
    (Status.CLOSED, Command.CONTEST): Transition(
        Status.REGISTERED, "ConclusionContested", _CITIZENS_WORD, (ClockAction.START_DISPATCH,)
    ),
    # "Not resolved" taken back in time; or judged an unreasonable dissatisfaction.
    (Status.IN_PROGRESS, Command.CLOSE): Transition(
        Status.CLOSED, "WorkOrderClosed", _CITIZENS_WORD | _REVIEWERS, (ClockAction.STOP_ALL,)
    ),
    # The citizen may add words or take the appeal back as long as it is open.
    **_everywhere(_OPEN, Command.SUPPLEMENT, "AppealSupplemented", _CITIZEN),
    **{
        (status, Command.WITHDRAW): Transition(
            Status.WITHDRAWN, "AppealWithdrawn", _CITIZEN, (ClockAction.STOP_ALL,)
        )
        for status in _OPEN
    },
    # Every look at a confidential informant is an event, even after the end.
    **_everywhere(tuple(Status), Command.REVEAL, "InformantRevealed", _DESK | _SUPERVISORS),
}

TRANSITIONS: Mapping[tuple[Status, Command], Transition] = MappingProxyType(_ROWS)


def transition(status: Status, command: Command, role: Role) -> Transition:
    """Look a command up.

    Raises:
        TransitionNotAllowed: the status does not know the command.
        Forbidden: it does, but not from this role.

    Example:
        >>> transition(Status.DISPATCHED, Command.ACKNOWLEDGE, Role.AGENCY).to
        <Status.ACKNOWLEDGED: 'acknowledged'>
    """
    row = TRANSITIONS.get((status, command))
    if row is None:
        raise TransitionNotAllowed(status.value, command.value)
    if role not in row.roles:
        raise Forbidden(role.value, command.value)
    return row


def commands_for(status: Status, role: Role) -> tuple[Command, ...]:
    """What a role may do now; screens and order messages show exactly this."""
    return tuple(
        command
        for command in Command
        if command not in _CONSEQUENCES and (row := TRANSITIONS.get((status, command))) and role in row.roles
    )


_CONSEQUENCES = frozenset(
    {
        Command.END_SIDE,
        Command.JOIN,
        Command.LEAVE,
        Command.EXCLUDE,
        Command.JUDGE,
        Command.CLOSE,
        Command.REOPEN,
        Command.CONTEST,
        Command.CHANGE_ANSWER,
    }
)
"""What follows from a command to another order, a review, a survey or a call; nobody gives these."""
