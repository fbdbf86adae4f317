"""One model per file of a directory folder: its columns, what they may hold, what may be empty.

A list in a cell is written with ``|`` between its items. Lines whose first cell begins with ``#``
are notes.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from hotline.domain.appeal import AppealType
from hotline.domain.directory import Level
from hotline.domain.gazetteer import DISTRICT_DIGITS
from hotline.domain.reply_templates import ReplyCommand
from hotline.domain.scoring import Formula
from hotline.domain.signal_rules import SignalRule
from hotline.domain.sla import SideRule
from hotline.domain.survey_policy import Channel, Question, Trigger


def _items(cell: Any) -> Any:
    return tuple(item.strip() for item in cell.split("|") if item.strip()) if isinstance(cell, str) else cell


List = Annotated[tuple[str, ...], BeforeValidator(_items)]
TileStep = Annotated[int, Field(ge=1, le=40)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,39}$")]
ServiceCode = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,39}$")]
JurisdictionCode = Annotated[str, Field(pattern=rf"^(\d{{{DISTRICT_DIGITS}}}|\d{{9}})$")]
Name = Annotated[str, Field(max_length=120)]
Tile = Annotated[tuple[TileStep, TileStep], BeforeValidator(_items)]


class Row(BaseModel):
    """A line of a file; a column that is not listed is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CityRow(Row):
    """city.csv: one line. The box is in degrees of WGS 84."""

    code: JurisdictionCode
    name_zh: Name
    name_en: Name
    timezone: str
    south: float = Field(ge=-90, le=90)
    west: float = Field(ge=-180, le=180)
    north: float = Field(ge=-90, le=90)
    east: float = Field(ge=-180, le=180)


class JurisdictionRow(Row):
    """jurisdictions.csv: the city, its districts, their sub-districts."""

    code: JurisdictionCode
    name_zh: Name
    name_en: Name
    level: Literal[Level.CITY, Level.DISTRICT, Level.SUBDISTRICT]
    parent: JurisdictionCode | None = None
    tile: Tile | None = None
    """Row and column on the tile map of the dashboard, from the upper left corner."""


class AgencyRow(Row):
    """agencies.csv: everybody who can be given a work order."""

    agency_id: Slug
    name_zh: Name
    name_en: Name
    level: Level
    jurisdiction: JurisdictionCode
    parent: Slug | None = None
    languages: Annotated[tuple[Literal["zh", "en"], ...], BeforeValidator(_items), Field(min_length=1)]
    calendar_id: Slug
    score_group: Slug | None = None


class FarEndRow(Row):
    """open311_agencies.csv: agencies that are reached by their own Open311 endpoint. Never with its key.

    ``services``: ``ours=theirs`` with ``|`` between; ``*=theirs`` for every other service.
    """

    agency_id: Slug
    endpoint: Annotated[str, Field(max_length=200)]
    format: Literal["json", "xml"] = "json"
    jurisdiction_id: Annotated[str, Field(max_length=100)] | None = None
    services: Annotated[List, Field(min_length=1)]
    poll_minutes: int = Field(default=15, ge=5, le=1440)
    list_limit: int | None = Field(default=None, ge=1, le=1000)
    updates: bool = False
    contact: bool = False
    reference_field: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,60}$")] | None = None
    note: str = ""


class ScoreGroupRow(Row):
    """score_groups.csv: agencies that are like enough to be compared with each other."""

    score_group: Slug
    name_zh: Name
    name_en: Name


class GroupRow(Row):
    """service_groups.csv: the shelves of the catalogue."""

    group: Slug
    name_zh: Name
    name_en: Name


class ServiceRow(Row):
    """services.csv: what people ask for."""

    service_code: ServiceCode
    group: Slug
    name_zh: Name
    name_en: Name
    tier: Slug
    types: Annotated[tuple[AppealType, ...], BeforeValidator(_items), Field(min_length=1)]
    needs_contact: bool
    public: bool
    evidence_required: bool
    keywords_zh: List = ()
    keywords_en: List = ()


class FieldRow(Row):
    """service_fields.csv: questions that a service asks besides the common ones.

    ``values`` of a list field: ``key=中文/English`` with ``|`` between.
    """

    service_code: ServiceCode
    order: int = Field(ge=1)
    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    datatype: Literal["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]
    required: bool
    name_zh: Name
    name_en: Name
    values: List = ()


class DutyRow(Row):
    """duty_rules.csv: who handles a service in a place."""

    rule_id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9/.-]{1,59}$")]
    service: Annotated[str, Field(pattern=r"^(\*|(group:)?[a-z0-9][a-z0-9.-]*)$")]
    place: Annotated[str, Field(pattern=r"^(\*|\d{6}|\d{9})$")]
    agency: Annotated[str, Field(pattern=r"^(\{(sub)?district\}|[a-z0-9][a-z0-9-]*)$")]
    effective_from: date | None = None


class TierRow(Row):
    """sla_tiers.csv: classes of matters."""

    tier: Slug
    name_zh: Name
    name_en: Name


class ClockRuleRow(Row):
    """sla_clock_rules.csv: a limit for one clock of one tier."""

    tier: Slug
    clock: Literal["dispatch", "response", "handling", "reopen"]
    amount: int = Field(gt=0)
    unit: Literal["minutes", "hours", "days"]
    calendar_id: Slug
    warn_fraction: Annotated[str, Field(pattern=r"^0\.\d{1,2}$")]


class SideRuleRow(Row):
    """sla_side_rules.csv: limits of disputes and of what is asked of others beside the lead order."""

    asked: SideRule
    amount: int = Field(gt=0)
    unit: Literal["minutes", "hours", "days"]
    calendar_id: Slug
    warn_fraction: Annotated[str, Field(pattern=r"^0\.\d{1,2}$")]
    note: str = ""


class RungRow(Row):
    """sla_ladders.csv: a step of a tier's escalation ladder and when it is taken."""

    tier: Slug
    step: int = Field(gt=0, le=20)
    rung: Literal["urge", "supervise", "escalate"]
    since: Literal["warn", "breach"]
    amount: int = Field(gt=0)
    unit: Literal["minutes", "hours", "days"]
    calendar_id: Slug
    note: str = ""


class SurveyPlanRow(Row):
    """survey_plans.csv: how the citizens of a type of appeals are asked; ``*`` for the other types.

    ``channels`` in their order, ``message|phone|web``. An empty length of time: nobody calls, or as
    ``survey_expiry`` in policies.csv says.
    """

    appeal_type: AppealType | Literal["*"]
    trigger: Trigger
    channels: Annotated[tuple[Channel, ...], BeforeValidator(_items), Field(min_length=1)]
    call_after: int | None = Field(default=None, gt=0)
    call_unit: Literal["minutes", "hours", "days"] | None = None
    call_calendar: Slug | None = None
    expiry: int | None = Field(default=None, gt=0)
    expiry_unit: Literal["minutes", "hours", "days"] | None = None
    expiry_calendar: Slug | None = None
    change_window: int = Field(gt=0)
    change_unit: Literal["minutes", "hours", "days"]
    change_calendar: Slug
    questions: Slug


class SurveyQuestionRow(Row):
    """survey_questions.csv: the wording of one of the three questions, in both languages."""

    questions: Slug
    field: Question
    text_zh: Annotated[str, Field(min_length=2, max_length=120)]
    text_en: Annotated[str, Field(min_length=2, max_length=200)]


class CalendarRow(Row):
    """calendars.csv: when offices are open.

    ``windows`` are local times, ``09:00-12:00|13:00-18:00``. ``weekday_windows`` says where a weekday
    (1 Monday to 7 Sunday) differs, ``5=09:00-12:00|5=13:00-16:00|6=``: Fridays until four, Saturdays never.
    """

    calendar_id: Slug
    name_zh: Name
    name_en: Name
    kind: Literal["24x7", "daily", "statutory"]
    windows: List = ()
    weekday_windows: List = ()


class CalendarDayRow(Row):
    """calendar_days.csv: days that differ from the published holidays, or years not yet published."""

    calendar_id: Slug
    date: date
    day: Literal["open", "closed"]
    note: str = ""


class CalendarYearRow(Row):
    """calendar_years.csv: years whose holidays calendar_days.csv holds in full."""

    calendar_id: Slug
    year: int = Field(ge=2000, le=2100)
    source: str = Field(min_length=4)


class PolicyRow(Row):
    """policies.csv: settings; ``unit`` and ``calendar_id`` only for lengths of time."""

    policy: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    value: str
    unit: Literal["minutes", "hours", "days"] | None = None
    calendar_id: Slug | None = None
    note: str = ""


class EmergencyRow(Row):
    """emergency_words.csv: a word and the number it calls for; no number makes it an exception."""

    word: Annotated[str, Field(min_length=2)]
    number: Literal["110", "119", "120", "122"] | None = None
    note: str = ""


class SignalRow(SignalRule):
    """signals.csv: what makes an agency's "done" doubtful, and what it is worth."""

    note: str = ""


class StockPhraseRow(Row):
    """stock_phrases.csv: what official replies say whatever the matter; a single character is a filler."""

    phrase: Annotated[str, Field(max_length=60)]
    note: str = ""


class NoticeEventRow(Row):
    """notice_events.csv: which notice an event leads to, and whether it does at present."""

    event: Annotated[str, Field(pattern=r"^[A-Z][A-Za-z]+$")]
    notice: Slug
    on: bool
    to_informants: bool
    note: str = ""


class NoticeRow(Row):
    """notices.csv: the words of a notice; without a channel for whichever has none of its own."""

    notice: Slug
    language: Literal["zh-CN", "en"]
    channel: Literal["sms", "email"] | None = None
    text: Annotated[str, Field(min_length=2, max_length=600)]


class ReplyTemplateRow(Row):
    """reply_templates.csv: a text that the desk starts from, for one command; what is in 【】 is written by hand."""

    code: Slug
    command: ReplyCommand
    name_zh: Annotated[str, Field(max_length=40)]
    name_en: Annotated[str, Field(max_length=60)]
    text_zh: Annotated[str, Field(min_length=2, max_length=1000)]
    text_en: Annotated[str, Field(min_length=2, max_length=2000)]
    note: str = ""


class CommunityRow(Row):
    """gazetteer.csv: a community or village and the jurisdiction it belongs to."""

    community_code: Annotated[str, Field(pattern=r"^\d{12}$")]
    name: Name
    place: JurisdictionCode


class PlaceNameRow(Row):
    """places.csv: other names of places; without codes, words that contain a name and mean no place."""

    name: Annotated[str, Field(min_length=2)]
    codes: List = ()
    note: str = ""


FILES: dict[str, type[BaseModel]] = {
    "city.csv": CityRow,
    "jurisdictions.csv": JurisdictionRow,
    "agencies.csv": AgencyRow,
    "open311_agencies.csv": FarEndRow,
    "service_groups.csv": GroupRow,
    "services.csv": ServiceRow,
    "service_fields.csv": FieldRow,
    "duty_rules.csv": DutyRow,
    "sla_tiers.csv": TierRow,
    "sla_clock_rules.csv": ClockRuleRow,
    "sla_side_rules.csv": SideRuleRow,
    "sla_ladders.csv": RungRow,
    "survey_plans.csv": SurveyPlanRow,
    "survey_questions.csv": SurveyQuestionRow,
    "formulas.csv": Formula,
    "score_groups.csv": ScoreGroupRow,
    "calendars.csv": CalendarRow,
    "calendar_days.csv": CalendarDayRow,
    "calendar_years.csv": CalendarYearRow,
    "policies.csv": PolicyRow,
    "notice_events.csv": NoticeEventRow,
    "notices.csv": NoticeRow,
    "reply_templates.csv": ReplyTemplateRow,
    "emergency_words.csv": EmergencyRow,
    "signals.csv": SignalRow,
    "stock_phrases.csv": StockPhraseRow,
    "gazetteer.csv": CommunityRow,
    "places.csv": PlaceNameRow,
}
"""Every file of a directory folder; the formulas of the rates need no other model than their own."""

OPTIONAL = frozenset({"reply_templates.csv"})
"""Files that a folder may leave out: there are none of its rows then."""
