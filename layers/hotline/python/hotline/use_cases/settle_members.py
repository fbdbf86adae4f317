"""并单: what becomes of the appeals that are handled together with one, when that one is done or taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from hotline.domain.actor import SYSTEM
from hotline.domain.case import Case
from hotline.domain.directory import Directories
from hotline.domain.errors import HotlineError, NotFound, VersionConflict
from hotline.domain.events import Envelope
from hotline.domain.lifecycle import Status
from hotline.domain.timekeeping import PolicyTimekeeper
from hotline.domain.tokens import command_fingerprint
from hotline.ports import Cases
from hotline.ports import Clock as Now
from hotline.use_cases.change_case import change_case
from hotline.use_cases.whole_story import whole_story

_SAVED_TOGETHER = 25


class MemberBusy(HotlineError):
    """A member changed just then; the message comes back and goes on where it stopped."""

    code = "member-busy"
    status = 409
    retryable = True

    def __init__(self) -> None:
        super().__init__(
            "并入的诉求刚被更新，稍后重试", "A joined appeal has just changed; tried again later"
        )


def settle_members(
    envelopes: Sequence[Envelope], *, cases: Cases, directories: Directories, now: Now
) -> dict[str, HotlineError]:
    """Ask every member, or let them go.

    When the joint order is resolved, concluded or closed, each citizen whose appeal is handled with it
    is asked for the own word. When the leading appeal is taken back, its members go back to the
    operators. A member that is taken back leaves its leader.

    Returns:
        What failed, by event id.
    """
    loaded = cases.get_many([envelope.appeal_id for envelope in envelopes])
    timekeeper = PolicyTimekeeper.of(directories.current())
    failed: dict[str, HotlineError] = {}
    for envelope in envelopes:
        try:
            _settle(envelope, loaded, timekeeper, cases=cases, now=now)
        except HotlineError as error:
            failed[envelope.event_id] = error
    return failed


def members_of(leader: Case, cases: Cases) -> list[str]:
    """Who has joined and not left again, by the leader's own story: no index that lags behind is asked."""
    members: dict[str, None] = {}
    for event in whole_story(leader, cases):
        if event.name == "AppealJoined":
            members[event.facts["member"]] = None
        elif event.name == "AppealLeft":
            members.pop(event.facts["member"], None)
    return list(members)


def _settle(
    envelope: Envelope,
    loaded: Mapping[str, Case],
    timekeeper: PolicyTimekeeper,
    *,
    cases: Cases,
    now: Now,
) -> None:
    case = loaded.get(envelope.appeal_id)
    if case is None:
        raise NotFound("appeal")
    command_id = command_fingerprint("joint", envelope.event_id)
    if envelope.name != "AppealWithdrawn":
        if _is_done(case):
            _each_member(
                case,
                lambda member: member.open_joint_survey(
                    case, at=now(), command_id=command_id, timekeeper=timekeeper
                ),
                cases,
            )
    elif case.merged_into is None:
        _each_member(
            case,
            lambda member: member.unmerge(
                case, by=SYSTEM, at=now(), command_id=command_id, timekeeper=timekeeper
            ),
            cases,
        )
    else:
        _leave(case, command_id, cases=cases, now=now)


def _is_done(leader: Case) -> bool:
    """Whether there is still a result to ask about; the leader's citizen may have sent the order back."""
    return leader.resolved_at is not None or leader.status is Status.CLOSED


def _each_member(leader: Case, act: Callable[[Case], None], cases: Cases) -> None:
    """Let every member that is still handled with the leader act; some are saved together, all or none."""
    for chunk in _chunks(members_of(leader, cases)):
        joined = [
            case
            for case in cases.get_many(chunk).values()
            if case.status is Status.MERGED and case.merged_into == leader.appeal_id
        ]
        for member in joined:
            act(member)
        try:
            if joined:
                cases.save_together(*joined)
        except VersionConflict as error:
            raise MemberBusy from error


def _leave(member: Case, command_id: str, *, cases: Cases, now: Now) -> None:
    if member.merged_into is None:
        return
    change_case(
        member.merged_into,
        command_id,
        lambda leader, at: leader.let_go(member.appeal_id, by=SYSTEM, at=at, command_id=command_id),
        cases=cases,
        now=now,
    )


def _chunks(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), _SAVED_TOGETHER):
        yield ids[start : start + _SAVED_TOGETHER]
