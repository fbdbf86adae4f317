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
    RETURNED = "returned"
    RESOLVED = "resolved"
    SURVEYING = "surveying"
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
    OPEN_SURVEY = "open_survey"
    REOPEN = "reopen"
    CLOSE = "close"
    SUPPLEMENT = "supplement"
    WITHDRAW = "withdraw"


class ClockAction(StrEnum):
    """What a transition does to a clock; performed by ``Case`` in the order given."""

    STOP_DISPATCH = "stop dispatch"
    START_RESPONSE = "start response"
    STOP_RESPONSE = "stop response"
    START_HANDLING = "start handling"
    PAUSE_HANDLING = "pause handling"
    STOP_HANDLING = "stop handling"
    STOP_ALL = "stop all"


class Transition(NamedTuple):
    """One row of the table: the next status, the event it leaves, the clocks, who may do it."""

    to: Status
    event: str
    roles: frozenset[Role]
    clocks: tuple[ClockAction, ...] = ()


_SYSTEM = frozenset({Role.SYSTEM})
_DISPATCHERS = frozenset({Role.SYSTEM, Role.OPERATOR, Role.ADMIN})
_AGENCY = frozenset({Role.AGENCY})
_CITIZEN = frozenset({Role.CITIZEN})
_ASKED = frozenset({Role.CITIZEN, Role.SYSTEM})

_DISPATCHED = (ClockAction.STOP_DISPATCH, ClockAction.START_RESPONSE, ClockAction.START_HANDLING)
_OPEN = tuple(status for status in Status if not status.ended)

_ROWS: dict[tuple[Status, Command], Transition] = {
    # 派: the system decides by the duty catalogue, or an operator does.
    (Status.REGISTERED, Command.REFER): Transition(Status.REGISTERED, "DispatchReferred", _SYSTEM),
    (Status.REGISTERED, Command.DISPATCH): Transition(
        Status.DISPATCHED, "WorkOrderDispatched", _DISPATCHERS, _DISPATCHED
    ),
    (Status.RETURNED, Command.REDISPATCH): Transition(
        Status.DISPATCHED, "WorkOrderRedispatched", _DISPATCHERS, _DISPATCHED
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
            (ClockAction.STOP_RESPONSE, ClockAction.PAUSE_HANDLING),
        )
        for status in (Status.DISPATCHED, Status.ACKNOWLEDGED)
    },
    **{
        (status, Command.RECORD_CONTACT): Transition(
            Status.IN_PROGRESS, "CitizenContacted", _AGENCY, (ClockAction.STOP_RESPONSE,)
        )
        for status in (Status.ACKNOWLEDGED, Status.IN_PROGRESS)
    },
    **{
        (status, Command.REPORT_PROGRESS): Transition(status, "ProgressReported", _AGENCY)
        for status in (Status.ACKNOWLEDGED, Status.IN_PROGRESS, Status.SURVEYING)
    },
    (Status.IN_PROGRESS, Command.RESOLVE): Transition(
        Status.RESOLVED, "WorkOrderResolved", _AGENCY, (ClockAction.STOP_HANDLING,)
    ),
    # The limit passed, the citizen is being asked (条例 Art 23), and the agency still acts, late.
    (Status.SURVEYING, Command.RECORD_CONTACT): Transition(
        Status.SURVEYING, "CitizenContacted", _AGENCY, (ClockAction.STOP_RESPONSE,)
    ),
    (Status.SURVEYING, Command.RESOLVE): Transition(
        Status.SURVEYING, "WorkOrderResolved", _AGENCY, (ClockAction.STOP_HANDLING,)
    ),
    # 访: after the agency's "done", or when the handling limit has passed without it.
    **{
        (status, Command.OPEN_SURVEY): Transition(Status.SURVEYING, "SurveyOpened", _SYSTEM)
        for status in (Status.RESOLVED, Status.DISPATCHED, Status.ACKNOWLEDGED, Status.IN_PROGRESS)
    },
    (Status.SURVEYING, Command.CLOSE): Transition(
        Status.CLOSED, "WorkOrderClosed", _ASKED, (ClockAction.STOP_ALL,)
    ),
    (Status.SURVEYING, Command.REOPEN): Transition(
        Status.IN_PROGRESS, "WorkOrderReopened", _ASKED, (ClockAction.START_HANDLING,)
    ),
    # The citizen may add words or take the appeal back as long as it is open.
    **{(status, Command.SUPPLEMENT): Transition(status, "AppealSupplemented", _CITIZEN) for status in _OPEN},
    **{
        (status, Command.WITHDRAW): Transition(
            Status.WITHDRAWN, "AppealWithdrawn", _CITIZEN, (ClockAction.STOP_ALL,)
        )
        for status in _OPEN
    },
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
        command for command in Command if (row := TRANSITIONS.get((status, command))) and role in row.roles
    )
