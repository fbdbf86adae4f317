"""Notices: what citizens are told at each step (条例 Art 8, 13, 15, 23), in which words, at which hours.

Which event leads to which notice, and its words in both languages, is data of the city
(``notice_events.csv``, ``notices.csv``). A notice is kept as a record of codes and times: no phone, no
name, no words. Whom to write to and what to say is found again at the moment of sending, so a notice
that has waited for the morning tells how things stand in the morning.

Example:
    >>> placeholders_in("【12345热线】您的诉求{number}已派给{agency}") == {"number", "agency"}
    True
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from string import Formatter
from typing import TYPE_CHECKING, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field

from hotline.domain.appeal import Contact, Language
from hotline.domain.calendar import Limit, WorkCalendar
from hotline.domain.identifiers import spoken
from hotline.domain.lifecycle import Status
from hotline.domain.model import Frozen
from hotline.domain.phrases import SURVEY_MESSAGE
from hotline.domain.sla import Term

if TYPE_CHECKING:
    from hotline.domain.case import Case
    from hotline.domain.events import Envelope

Channel = Literal["sms", "email"]
LANGUAGES: tuple[Language, ...] = ("zh-CN", "en")

_COMMON = frozenset({"number", "service", "track"})
_HELD = _COMMON | {"agency", "due"}

PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    "AppealRegistered": _COMMON,
    "WorkOrderDispatched": _HELD,
    "WorkOrderRedispatched": _HELD,
    "ProgressReported": _HELD,
    "ExtensionGranted": _HELD,
    "WorkOrderHeld": _COMMON | {"agency", "until"},
    "WorkOrderResumed": _HELD,
    "WorkOrderResolved": _COMMON | {"agency"},
    "SurveyOpened": _COMMON | {"link", "expires"},
    "WorkOrderReopened": _HELD,
    "WorkOrderClosed": _COMMON,
    "AppealConcluded": _COMMON,
    "AppealMerged": _COMMON,
    "AppealUnmerged": _COMMON,
    "AppealWithdrawn": _COMMON,
}
"""The events that may lead to a notice, and what its text may have filled in."""

NEEDED: Mapping[str, frozenset[str]] = {
    "WorkOrderDispatched": frozenset({"agency"}),
    "ExtensionGranted": frozenset({"due"}),
    "WorkOrderHeld": frozenset({"until"}),
    "SurveyOpened": frozenset({"link"}),
}
"""What a notice about an event must say, besides the number of the appeal."""

_ENDINGS = frozenset({"WorkOrderClosed", "AppealWithdrawn", "AppealMerged"})
_OF_THE_HOLDER = frozenset({"WorkOrderDispatched", "WorkOrderRedispatched"})
_OVER = frozenset({Status.CLOSED, Status.WITHDRAWN, Status.MERGED})

LEASE = timedelta(minutes=2)
"""How long a worker may take for one notice before another may try."""

FIRST_WAIT = timedelta(minutes=2)
LONGEST_WAIT = timedelta(hours=1)
"""Waits between tries double from the first to the longest."""

STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "T", "TD", "退订", "取消"})
"""What people answer to a text message to get no more of them."""

_GSM_7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_7_EXTENDED = frozenset("^{}\\[~]|€\f")


def placeholders_in(text: str) -> set[str]:
    """The names between braces.

    Raises:
        ValueError: a brace without its partner, or more than a name between two of them.
    """
    names = set()
    for _, name, spec, conversion in Formatter().parse(text):
        if name is None:
            continue
        if spec or conversion or not name.isidentifier():
            raise ValueError(f"only a name may stand between braces, found {{{name}}}")
        names.add(name)
    return names


def sms_segments(text: str) -> int:
    """How many text messages a text is billed as (3GPP TS 23.038, 23.040).

    Example:
        >>> sms_segments("a" * 160), sms_segments("a" * 161), sms_segments("诉" * 70), sms_segments("诉" * 71)
        (1, 2, 1, 2)
    """
    if set(text) <= _GSM_7 | _GSM_7_EXTENDED:
        length, alone, joined = len(text) + sum(text.count(each) for each in _GSM_7_EXTENDED), 160, 153
    else:
        length, alone, joined = len(text.encode("utf-16-be")) // 2, 70, 67
    return 1 if length <= alone else -(-length // joined)


def asks_to_stop(text: str) -> bool:
    """Whether an answer to a text message means: no more of them.

    Example:
        >>> asks_to_stop(" stop "), asks_to_stop("退订"), asks_to_stop("不要停")
        (True, True, False)
    """
    return text.strip().strip("。.!！").upper() in STOP_WORDS


# ---- the city's data ------------------------------------------------------------------------------


class NoticeRule(Frozen):
    """Which notice an event leads to.

    ``to_informants``: whether confidential informants get it too (条例 Art 8: a text on a phone may be seen).
    """

    event: str
    notice: str
    on: bool
    to_informants: bool = False


class NoticeText(Frozen):
    """The words of a notice in one language; for one channel, or for every channel that has none of its own."""

    notice: str
    language: Language
    channel: Channel | None = None
    text: str


class NoticeBook(Frozen):
    """What citizens are told, and when.

    Attributes:
        hours: id of the calendar in whose open time notices go out; None for any time.
        retry_for: how long a notice that no supplier takes is tried again, before it is parked.

    A directory that was imported before there were notices has the survey's link only, as it was then.
    """

    rules: tuple[NoticeRule, ...] = (
        NoticeRule(event="SurveyOpened", notice="survey", on=True, to_informants=True),
    )
    texts: tuple[NoticeText, ...] = (
        NoticeText(notice="survey", language="zh-CN", text=SURVEY_MESSAGE.zh),
        NoticeText(notice="survey", language="en", text=SURVEY_MESSAGE.en),
    )
    hours: str | None = None
    retry_for: Term = Field(
        default_factory=lambda: Term(limit=Limit(amount=24, unit="hours"), calendar_id="24x7")
    )

    def rule_for(self, event: str) -> NoticeRule | None:
        """The rule of an event; None when nobody is told of it."""
        return next((rule for rule in self.rules if rule.event == event and rule.on), None)

    def text(self, notice: str, language: Language, channel: Channel) -> str:
        """The words of a notice, those for the channel first.

        Raises:
            KeyError: there are none; an import refuses such a folder.
        """
        for wanted in (channel, None):
            for each in self.texts:
                if (each.notice, each.language, each.channel) == (notice, language, wanted):
                    return each.text
        raise KeyError(notice)


class NoticeHours:
    """When notices go out; nobody is woken up by one."""

    def __init__(self, calendar: WorkCalendar | None) -> None:
        self._calendar = calendar

    def opens(self, at: datetime) -> datetime:
        """The first moment from ``at`` on at which a notice may go out; ``at`` itself in the daytime."""
        if self._calendar is None:
            return at
        return self._calendar.after(at, _ONE_SECOND) - _ONE_SECOND


_ONE_SECOND = timedelta(seconds=1)


# ---- one notice -----------------------------------------------------------------------------------


class NoticeState(StrEnum):
    """Where a notice is on its way."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    PARKED = "parked"
    """Given up after many tries, or in doubt: a person decides."""
    DROPPED = "dropped"
    """Nothing is owed any more: outdated, opted out, no contact."""


class Notice(Frozen):
    """One notice to one citizen about one event; it has one delivery key for ever.

    Attributes:
        key: what suppliers know it by, ``<notice>/<appeal>/<number>``.
        number: of the event; of the survey for its link.
        agency_id: whom the event was about; told about no other.
        supplier: who has it, or who alone may be tried next.
        shifted: whether it went to another supplier after a failed receipt; that happens once.
        reason: a code; why it is where it is.
        next_at: when it is to be tried next; only while it is on its way.
    """

    key: str
    appeal_id: str
    code: str
    event: str
    number: int
    agency_id: str | None = None
    state: NoticeState = NoticeState.QUEUED
    attempts: int = 0
    supplier: str | None = None
    shifted: bool = False
    reason: str | None = None
    created_at: datetime
    at: datetime
    next_at: datetime | None = None
    version: int = 0

    @classmethod
    def about(cls, envelope: Envelope, case: Case, rule: NoticeRule, at: datetime) -> Self | None:
        """What an event asks for; None when nobody is to be told, or it is too late."""
        if case.confidential and not rule.to_informants:
            return None
        number = int(envelope.event_id.rpartition(":")[2])
        code = rule.notice
        if envelope.name == "SurveyOpened":
            if case.survey is None:
                return None
            code, number = "survey", case.survey.number
        agency_id = envelope.data.get("agency") if envelope.name in _OF_THE_HOLDER else None
        notice = cls(
            key=f"{code}/{case.appeal_id}/{number}",
            appeal_id=case.appeal_id,
            code=rule.notice,
            event=envelope.name,
            number=number,
            agency_id=agency_id,
            created_at=at,
            at=at,
        )
        return notice if notice.still_true(case, at) else None

    def still_true(self, case: Case, at: datetime) -> bool:
        """Whether what it tells is still so."""
        if self.event == "SurveyOpened":
            survey = case.survey
            if case.status is not Status.SURVEYING or survey is None:
                return False
            return survey.number == self.number and survey.expires_at > at
        if self.event in _ENDINGS:
            return True
        if self.agency_id is not None and case.agency_id != self.agency_id:
            return False
        if self.event == "WorkOrderHeld" and case.status is not Status.ON_HOLD:
            return False
        return case.status not in _OVER

    # ------------------------------------------------------------------ its way

    def waiting(self, until: datetime) -> Self:
        """To be tried from that moment on."""
        return self._now(self.at, state=NoticeState.QUEUED, next_at=until)

    def taken(self, at: datetime) -> Self:
        """A worker has begun; if it dies, another may try when the lease is over."""
        return self._now(at, state=NoticeState.SENDING, attempts=self.attempts + 1, next_at=at + LEASE)

    def sent(self, supplier: str, at: datetime) -> Self:
        """A supplier has taken it."""
        return self._now(at, state=NoticeState.SENT, supplier=supplier, reason=None)

    def put_off(self, hours: NoticeHours, ends: datetime, at: datetime, *, only: str | None) -> Self:
        """Nobody has taken it: again after a wait that grows, never at night, at last not at all.

        Args:
            ends: when it has been tried for long enough.
            only: the supplier that may have it after all, and alone may be asked again.
        """
        if at >= ends:
            return self.parked("given-up", at)
        wait = min(FIRST_WAIT * 2 ** min(self.attempts - 1, 10), LONGEST_WAIT)
        again = hours.opens(at + wait)
        supplier = only or self.supplier
        reason = "unavailable"
        return self._now(at, state=NoticeState.QUEUED, next_at=again, supplier=supplier, reason=reason)

    def parked(self, reason: str, at: datetime) -> Self:
        """A person decides."""
        return self._now(at, state=NoticeState.PARKED, reason=reason)

    def refused(self, supplier: str | None, at: datetime) -> Self:
        """It can never be sent to this person by this supplier."""
        return self._now(at, state=NoticeState.FAILED, supplier=supplier, reason="refused")

    def dropped(self, reason: str, at: datetime) -> Self:
        """Nothing is owed any more."""
        return self._now(at, state=NoticeState.DROPPED, reason=reason)

    def requeued(self, at: datetime) -> Self:
        """A person lets a parked or failed one be tried again, from nothing, under its old key."""
        return self._now(
            at, state=NoticeState.QUEUED, next_at=at, attempts=0, supplier=None, reason=None, created_at=at
        )

    def received(self, supplier: str, delivered: bool, other: str | None, at: datetime) -> Self | None:
        """What a supplier's receipt makes of it; None when that is no news.

        A failure sends it to the other supplier, once. A late "delivered" counts, a late "failed" does not.

        Args:
            other: another supplier, if there is one.
        """
        if self.state is NoticeState.DELIVERED or supplier != (self.supplier or supplier):
            return None
        if delivered:
            return self._now(at, state=NoticeState.DELIVERED, supplier=supplier, reason=None)
        if self.state not in (NoticeState.SENT, NoticeState.SENDING):
            return None
        if other is None or self.shifted:
            return self._now(at, state=NoticeState.FAILED, supplier=supplier, reason="not-delivered")
        queued = self._now(at, state=NoticeState.QUEUED, next_at=at, supplier=other, reason="not-delivered")
        return queued.model_copy(update={"shifted": True})

    def _now(self, at: datetime, **changes: object) -> Self:
        standing = {"at": at, "next_at": None, "version": self.version + 1}
        return self.model_copy(update={**standing, **changes})


# ---- what it says ---------------------------------------------------------------------------------

_NO_SERVICE = {"zh-CN": "您反映的事项", "en": "your matter"}
_NO_AGENCY = {"zh-CN": "承办单位", "en": "the agency"}


class Surroundings(Frozen):
    """What a text needs besides the case: names in the reader's language, links, the city's IANA time zone."""

    language: Language
    timezone: str
    agency: str | None = None
    service: str | None = None
    link: str = ""
    track: str = ""


def values(case: Case, around: Surroundings) -> dict[str, str]:
    """Everything that a text may have filled in, as it is now."""
    clock = case.clocks.get("handling")
    return {
        "number": spoken(case.appeal_id),
        "service": around.service or _NO_SERVICE[around.language],
        "agency": around.agency or _NO_AGENCY[around.language],
        "due": _moment(clock.due_at if clock else None, around),
        "until": _moment(case.resumes_at, around),
        "expires": _moment(case.survey.expires_at if case.survey else None, around),
        "link": around.link,
        "track": around.track,
    }


def local_time(at: datetime, language: Language) -> str:
    """A moment as people read it in a text message.

    Example:
        >>> local_time(datetime(2026, 3, 6, 12), "zh-CN"), local_time(datetime(2026, 3, 6, 12), "en")
        ('3月6日12:00', '6 Mar 12:00')
    """
    time = f"{at.hour:02d}:{at.minute:02d}"
    return (
        f"{at.month}月{at.day}日{time}" if language == "zh-CN" else f"{at.day} {_MONTHS[at.month - 1]} {time}"
    )


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _moment(at: datetime | None, around: Surroundings) -> str:
    if at is None:
        return "—"
    return local_time(at.astimezone(ZoneInfo(around.timezone)), around.language)


def channel_of(contact: Contact) -> Channel:
    """How somebody is written to: by phone if there is one."""
    return "sms" if contact.phone else "email"
