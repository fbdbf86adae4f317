"""How citizens are asked, as versioned data (回访, 条例 Art 23).

The law says when (the handling limit has passed) and by what (phone, text message, web). Everything else
here is the operator's own choice; what a repository ships is its own default and no city's rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Self

from pydantic import Field, model_validator

from hotline.domain.calendar import Limit
from hotline.domain.model import Frozen
from hotline.domain.phrases import CONCLUDED_QUESTIONS, QUESTIONS, Phrase
from hotline.domain.sla import Term

ANY_TYPE = "*"
Trigger = Literal["resolution", "limit", "both"]
"""When the citizen is asked: after the agency's "done", when the limit passes (Art 23), or whichever is first."""
Channel = Literal["message", "phone", "web"]
CHANNELS: tuple[Channel, ...] = ("message", "phone", "web")
"""In the one order in which they are tried: a link costs nobody's time, a call only the silent."""
Question = Literal["contacted", "resolved", "satisfied"]
QUESTION_FIELDS: tuple[Question, ...] = ("contacted", "resolved", "satisfied")
ABOUT_HANDLING = "handling"
ABOUT_CONCLUSION = "conclusion"
"""The questions about the hotline's own answer, whatever the type of the appeal."""


def _hours(amount: int) -> Term:
    return Term(limit=Limit(amount=amount, unit="hours"), calendar_id="24x7")


def in_order(channels: Sequence[Channel]) -> bool:
    """Whether these are some of ``CHANNELS``, each once and in their order.

    Example:
        >>> in_order(("message", "web")), in_order(("phone", "message")), in_order(("web", "web"))
        (True, False, False)
    """
    return tuple(channels) == tuple(each for each in CHANNELS if each in channels)


class SurveyPlan(Frozen):
    """How the citizens of one type of appeals are asked.

    Attributes:
        trigger: when they are asked.
        channels: which of ``CHANNELS``, in their order: a link by message, a call, the web page (by number and
            key: always open).
        call_after: how long the message may stay unanswered before an operator calls; None: nobody calls.
        expiry: how long the survey stays open; None: as ``SlaPolicy.survey_expiry`` says.
        change_window: how long an answer can be changed.
        questions: which wording of the three questions.

    Example:
        >>> SurveyPlan().channels
        ('message', 'phone', 'web')
    """

    trigger: Trigger = "both"
    channels: tuple[Channel, ...] = CHANNELS
    call_after: Term | None = None
    expiry: Term | None = None
    change_window: Term = Field(default_factory=lambda: _hours(24))
    questions: str = ABOUT_HANDLING

    @model_validator(mode="after")
    def _channels_come_in_their_order(self) -> Self:
        if not in_order(self.channels):
            raise ValueError(f"channels are some of {', '.join(CHANNELS)}, each once and in that order")
        return self

    @model_validator(mode="after")
    def _calls_are_among_the_channels(self) -> Self:
        if self.call_after is not None and "phone" not in self.channels:
            raise ValueError("call_after needs the channel phone")
        return self

    def asks(self, trigger: Literal["resolution", "limit"]) -> bool:
        """Whether the citizen is asked then."""
        return self.trigger in ("both", trigger)


class CallPolicy(Frozen):
    """How operators call.

    Attributes:
        attempts: after so many calls without an answer, at different hours, the citizen counts as unreachable.
        gap: so long after a call nobody calls again.
        bands: parts of the day in local time; the next call is made in one that was not tried yet.
        calendar_id: when citizens may be called at all.
        lease_minutes: so long an operator has a call for their own.
    """

    attempts: int = Field(default=3, ge=1, le=10)
    gap: Term = Field(default_factory=lambda: _hours(2))
    bands: tuple[str, ...] = ("09:00-12:00", "14:00-18:00", "18:00-20:00")
    calendar_id: str = "24x7"
    lease_minutes: int = Field(default=15, ge=1, le=120)


_OUR_WORDING: Mapping[str, Mapping[Question, Phrase]] = {
    ABOUT_HANDLING: {field: QUESTIONS[field] for field in QUESTION_FIELDS},
    ABOUT_CONCLUSION: {field: CONCLUDED_QUESTIONS[field] for field in QUESTION_FIELDS},
}


class SurveyPolicy(Frozen):
    """The whole of it.

    Attributes:
        plans: by type of appeal; ``*`` for the types that have none of their own.
        questions: wordings of the three questions, by the name that plans use.
        verification_share: share of the answered surveys that another operator asks about once more.
        reopen_limit: which "not resolved" on the same order brings in the superior and a reviewer.
    """

    plans: Mapping[str, SurveyPlan] = Field(default_factory=lambda: {ANY_TYPE: SurveyPlan()})
    questions: Mapping[str, Mapping[Question, Phrase]] = Field(default_factory=lambda: _OUR_WORDING)
    calls: CallPolicy = Field(default_factory=CallPolicy)
    verification_share: float = Field(default=0.0, ge=0, le=1)
    reopen_limit: int = Field(default=2, ge=1, le=100)

    def plan(self, appeal_type: str) -> SurveyPlan:
        """How the citizens of a type are asked."""
        return self.plans.get(appeal_type) or self.plans[ANY_TYPE]

    def wording(self, appeal_type: str, *, concluded: bool) -> Mapping[Question, Phrase]:
        """The three questions about an agency's handling, or about the hotline's own answer."""
        return self.questions[ABOUT_CONCLUSION if concluded else self.plan(appeal_type).questions]
