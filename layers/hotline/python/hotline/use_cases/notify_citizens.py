"""Tell citizens what has happened to their appeals, by the contact that was left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from hotline.domain.case import Case
from hotline.domain.errors import HotlineError, NotFound
from hotline.domain.events import Envelope
from hotline.domain.notices import Notice, NoticeRule
from hotline.use_cases.send_notices import NoticeDesk, Reader


class BeingSent(HotlineError):
    """Another worker is sending this message, or died at it; tried again when its lease is over."""

    code = "being-sent"
    status = 409
    retryable = True

    def __init__(self) -> None:
        super().__init__("消息正在发送", "This message is being sent by another worker")


class Told(NamedTuple):
    """What became of a batch of events: the notices, and by event id what is to come back."""

    notices: list[Notice]
    failed: dict[str, HotlineError]


def notify_citizens(envelopes: Sequence[Envelope], desk: NoticeDesk) -> Told:
    """Send the notices that events call for, or keep them for the morning; each event and citizen once.

    A batch costs one read of its cases and one of their contacts, an event of which nobody is told none.
    What no supplier takes now is kept and tried by the sweep: the event is done with.
    """
    told = Told([], {})
    rules = desk.directory.notices
    wanted = {each.event_id: rule for each in envelopes if (rule := rules.rule_for(each.name))}
    if not wanted:
        return told
    asking = [each for each in envelopes if each.event_id in wanted]
    cases = desk.cases.get_many(list(dict.fromkeys(each.appeal_id for each in asking)))
    readers = desk.readers(cases.values())
    for envelope in asking:
        try:
            notice = _tell(envelope, wanted[envelope.event_id], cases, readers, desk)
        except HotlineError as error:
            told.failed[envelope.event_id] = error
        else:
            told.notices.extend([notice] if notice else [])
    return told


def _tell(
    envelope: Envelope,
    rule: NoticeRule,
    cases: Mapping[str, Case],
    readers: Mapping[str, Reader],
    desk: NoticeDesk,
) -> Notice | None:
    case = cases.get(envelope.appeal_id)
    if case is None:
        raise NotFound("appeal")
    at = desk.now()
    notice = Notice.about(envelope, case, rule, at)
    if notice is None or case.appeal_id not in readers or not _by_message(notice, case, desk):
        return None
    opens = desk.hours.opens(at)
    if opens > at:
        waiting = notice.waiting(opens)
        desk.notices.queue_notice(waiting)
        return waiting
    taken = notice.taken(at)
    started = desk.notices.begin_notice(taken)
    if started == "busy":
        raise BeingSent
    return desk.send(taken, case, readers[case.appeal_id]) if started == "mine" else None


def _by_message(notice: Notice, case: Case, desk: NoticeDesk) -> bool:
    """Whether the city asks about this type of appeal by message at all (``survey_plans.csv``)."""
    if notice.event != "SurveyOpened":
        return True
    return "message" in desk.directory.survey.plan(case.appeal_type.value).channels
