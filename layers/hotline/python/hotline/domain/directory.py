"""The city as data: who there is, what people ask for, and who must handle what.

A :class:`Directory` is one imported version of the folder that city staff edit. Its parts are
plain JSON, checked once at import; here they become values only when somebody asks for them, so
that a function which needs the service catalogue never parses 7,535 communities.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, Protocol

from hotline.domain.appeal import AppealType
from hotline.domain.calendar import WorkCalendar
from hotline.domain.classifier import KeywordClassifier
from hotline.domain.code_limits import PhoneCodeLimits
from hotline.domain.emergencies import EmergencyWords
from hotline.domain.far_ends import FarEnd
from hotline.domain.gazetteer import BoundingBox, Gazetteer
from hotline.domain.model import Frozen
from hotline.domain.notices import Notice, NoticeBook, NoticeHours
from hotline.domain.open_data_policy import OpenDataPolicy
from hotline.domain.reply_templates import ReplyTemplate
from hotline.domain.scoring import Formula, formula_for
from hotline.domain.side_orders import SUPERVISORS
from hotline.domain.signal_rules import SignalPolicy
from hotline.domain.sla import SlaPolicy
from hotline.domain.survey_policy import SurveyPolicy

ANYWHERE = "*"
ANY_SERVICE = "*"
GROUP_PREFIX = "group:"
SUBDISTRICT_SEAT = "{subdistrict}"
DISTRICT_SEAT = "{district}"


class Level(StrEnum):
    """The five kinds of actors (条例 Art 5)."""

    CITY = "city"
    DISTRICT = "district"
    SUBDISTRICT = "subdistrict"
    DEPARTMENT = "department"
    UTILITY = "utility"


class City(Frozen):
    """The city itself: its statistical code, its names, its clock and its outline as a box."""

    code: str
    name_zh: str
    name_en: str
    timezone: str
    bounds: BoundingBox


class Jurisdiction(Frozen):
    """A place that somebody governs (属地): the city, a district or a sub-district.

    ``code`` is the code of the national statistics office: 6 digits for a district, 9 for a
    sub-district.
    """

    code: str
    name_zh: str
    name_en: str
    level: Level
    parent: str | None = None
    tile: tuple[int, int] | None = None
    """Row and column of a district on the tile map; without one it lies in the order of the codes."""


class Agency(Frozen):
    """A unit that handles appeals (承办单位)."""

    agency_id: str
    name_zh: str
    name_en: str
    level: Level
    jurisdiction: str
    parent: str | None = None
    languages: tuple[str, ...] = ("zh",)
    calendar_id: str
    score_group: str | None = None
    """Like agencies, with which it is compared; None: with nobody."""


class ScoreGroup(Frozen):
    """Agencies that are like enough to be compared (分级分类, 条例 Art 32)."""

    score_group: str
    name_zh: str
    name_en: str


class ServiceGroup(Frozen):
    """A shelf of the service catalogue."""

    group: str
    name_zh: str
    name_en: str


class FieldValue(Frozen):
    """One choice of a list field."""

    key: str
    name_zh: str
    name_en: str


class FieldSpec(Frozen):
    """A question that one service asks besides the common ones (GeoReport v2 *attribute*).

    ``datatype`` is one of string, number, datetime, text, singlevaluelist, multivaluelist.
    """

    code: str
    name_zh: str
    name_en: str
    datatype: str
    required: bool
    order: int
    values: tuple[FieldValue, ...] = ()


class Service(Frozen):
    """An entry of the service catalogue (事项分类)."""

    service_code: str
    name_zh: str
    name_en: str
    group: str
    keywords: tuple[str, ...]
    tier: str
    types: tuple[AppealType, ...]
    fields: tuple[FieldSpec, ...] = ()
    needs_contact: bool = False
    public: bool = True
    evidence_required: bool = False


class DutyRule(Frozen):
    """Who handles a service in a place.

    Attributes:
        service: a service code, ``group:<group>`` or ``*``.
        place: a sub-district code, a district code or ``*``.
        agency: an agency id, or ``{subdistrict}`` or ``{district}`` for whoever governs the place.
        effective_from: first local day on which the rule counts; None means always.
    """

    rule_id: str
    service: str
    place: str
    agency: str
    effective_from: date | None = None


class DutyCatalogue:
    """The dispatch catalogue (派单目录): the most specific rule in force wins.

    Place counts before service: a rule for the sub-district beats one for its district, which beats
    one for the whole city; among rules for the same place the service beats its group and the
    group beats ``*``. Of two rules for the same service and place the later ``effective_from``
    wins. Import refuses whatever is still ambiguous.
    """

    def __init__(self, rules: Iterable[DutyRule]) -> None:
        self.rules = tuple(rules)
        self._by_target: dict[tuple[str, str], list[DutyRule]] = {}
        for rule in sorted(self.rules, key=_newest_first):
            self._by_target.setdefault((rule.service, rule.place), []).append(rule)

    def rule_for(self, service: Service, places: Iterable[str], on: date) -> DutyRule | None:
        """Find the rule for a service, given the place's codes from the narrowest outwards.

        Example:
            ``rule_for(potholes, ("110105015", "110105"), on=date(2026, 11, 23))``
        """
        for place in (*places, ANYWHERE):
            for target in (service.service_code, GROUP_PREFIX + service.group, ANY_SERVICE):
                for rule in self._by_target.get((target, place), ()):
                    if rule.effective_from is None or rule.effective_from <= on:
                        return rule
        return None


def _newest_first(rule: DutyRule) -> int:
    return -rule.effective_from.toordinal() if rule.effective_from else 0


class Policies(Frozen):
    """Settings of the city that are neither a clock nor a rule of duty; every default is ours.

    Attributes:
        default_service: the service of an appeal that nobody could classify; its tier counts.
        classifier_threshold: confidence (0 to 1) below which a guess is not acted on.
        classifier_margin: lead over the second guess without which the first is not acted on.
        repeat_window_days: how far back repeats of an appeal are looked for.
        repeat_similarity: score (0 to 1) from which an earlier appeal is suggested as the same matter.
        daily_quota_per_contact: so many appeals of one contact a day are dispatched by the rules.
        phone_codes: how many codes by text message may go where.
        public_words_channels: channels whose people know that their words are published.
    """

    default_service: str
    classifier_threshold: float
    classifier_margin: float
    repeat_window_days: int = 30
    repeat_similarity: float = 0.6
    daily_quota_per_contact: int = 20
    phone_codes: PhoneCodeLimits = PhoneCodeLimits()
    public_words_channels: tuple[str, ...] = ("open311",)


class Directory:
    """One imported version of the directory.

    Args:
        version: id of the import that made it, such as ``2026-11-23-9f3c01ab``.
        part: gives the JSON of a part by name: ``core``, ``agencies``, ``duty``, ``gazetteer``.
        since: when the version was put in force, where that is known.
    """

    def __init__(self, version: str, part: Callable[[str], Any], since: datetime | None = None) -> None:
        self.version = version
        self.since = since
        self._part = part

    @cached_property
    def _core(self) -> Mapping[str, Any]:
        core: Mapping[str, Any] = self._part("core")
        return core

    @cached_property
    def _duty_part(self) -> Mapping[str, Any]:
        part: Mapping[str, Any] = self._part("duty")
        return part

    @cached_property
    def city(self) -> City:
        """The city."""
        row = self._core["city"]
        return City.model_construct(**{**row, "bounds": BoundingBox.model_construct(**row["bounds"])})

    @cached_property
    def jurisdictions(self) -> Mapping[str, Jurisdiction]:
        """Every place that somebody governs, by code."""
        return {row["code"]: _jurisdiction(row) for row in self._core["jurisdictions"]}

    @cached_property
    def groups(self) -> Mapping[str, ServiceGroup]:
        """The shelves of the catalogue, in the order of the file."""
        return {row["group"]: ServiceGroup.model_construct(**row) for row in self._core["groups"]}

    @cached_property
    def services(self) -> Mapping[str, Service]:
        """The service catalogue, in the order of the file."""
        return {row["service_code"]: _service(row) for row in self._core["services"]}

    @cached_property
    def policies(self) -> Policies:
        """Settings of the city."""
        return Policies.model_validate(self._core["policies"])

    @cached_property
    def sla(self) -> SlaPolicy:
        """The time limits."""
        return SlaPolicy.model_validate(self._core["sla"])

    @cached_property
    def survey(self) -> SurveyPolicy:
        """How citizens are asked."""
        return SurveyPolicy.model_validate(self._core.get("survey", {}))

    @cached_property
    def formulas(self) -> tuple[Formula, ...]:
        """Every formula for the three rates; a directory of before has one."""
        rows = self._core.get("formulas") or [self._core["formula"]]
        return tuple(Formula.model_validate(row) for row in rows)

    def formula_for(self, month: str) -> Formula:
        """The formula by which a month (yyyymm) is scored.

        Raises:
            LookupError: none had begun by then.
        """
        return formula_for(month, self.formulas)

    @cached_property
    def score_groups(self) -> Mapping[str, ScoreGroup]:
        """The groups of like agencies, in the order of the file."""
        rows = self._core.get("score_groups", ())
        return {row["score_group"]: ScoreGroup.model_construct(**row) for row in rows}

    @cached_property
    def notices(self) -> NoticeBook:
        """What citizens are told, and when."""
        return NoticeBook.model_validate(self._core.get("notices", {}))

    @cached_property
    def notice_hours(self) -> NoticeHours:
        """When notices go out."""
        return NoticeHours(self.calendars.get(self.notices.hours or ""))

    def gives_up_at(self, notice: Notice) -> datetime:
        """When a notice that no supplier takes has been tried for long enough."""
        term = self.notices.retry_for
        return self.calendars[term.calendar_id].due(notice.created_at, term.limit)

    @cached_property
    def reply_templates(self) -> tuple[ReplyTemplate, ...]:
        """Texts that the desk starts from, in the order of the file; none in a directory of before."""
        return tuple(ReplyTemplate.model_construct(**row) for row in self._core.get("reply_templates", ()))

    @cached_property
    def signals(self) -> SignalPolicy:
        """What makes an agency's "done" doubtful; nothing in a directory from before there were signals."""
        return SignalPolicy.model_validate(self._core.get("signals", {}))

    @cached_property
    def calendars(self) -> Mapping[str, WorkCalendar]:
        """The work calendars, by id."""
        calendars = (WorkCalendar.model_validate(row) for row in self._core["calendars"])
        return {calendar.calendar_id: calendar for calendar in calendars}

    @cached_property
    def emergency_words(self) -> EmergencyWords:
        """Words that call for 110, 119, 120 or 122."""
        return EmergencyWords(self._core["emergency_words"])

    @cached_property
    def classifier(self) -> KeywordClassifier:
        """The catalogue's own classifier: its keywords."""
        return KeywordClassifier({row["service_code"]: row["keywords"] for row in self._core["services"]})

    @cached_property
    def agencies(self) -> Mapping[str, Agency]:
        """Every agency, by id."""
        return {row["agency_id"]: _agency(row) for row in self._part("agencies")}

    @cached_property
    def far_ends(self) -> Mapping[str, FarEnd]:
        """The agencies whose own system speaks Open311, by id; none in a directory of before."""
        rows = self._core.get("open311_agencies", ())
        return {row["agency_id"]: FarEnd.model_validate(row) for row in rows}

    @cached_property
    def open_data(self) -> OpenDataPolicy:
        """What the city publishes; our defaults in a directory of before."""
        return OpenDataPolicy.model_validate(self._core.get("open_data", {}))

    @cached_property
    def duty(self) -> DutyCatalogue:
        """Who handles what, where."""
        return DutyCatalogue(_duty_rule(row) for row in self._duty_part["rules"])

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """Names of places within the city."""
        return Gazetteer(self._part("gazetteer"))

    def seat(self, jurisdiction: str) -> str | None:
        """The agency that governs a place, by the place's code; None when nobody is listed."""
        seats: Mapping[str, str] = self._duty_part["seats"]
        return seats.get(jurisdiction)

    def superior(self, agency_id: str, steps: int = 1) -> str | None:
        """The agency so many steps above: sub-district, district, city (条例 Art 20); None beyond the city."""
        above: str | None = agency_id
        for _ in range(steps):
            agency = self.agencies.get(above) if above else None
            above = agency.parent if agency else None
        return above

    def supervisors_of(self, district: str | None) -> str:
        """The inbox of those who decide about extensions and holds: a district's, or the city's."""
        return f"{SUPERVISORS}/{district or self.city.code}"

    def district_of(self, code: str | None) -> str | None:
        """The district that a place is in or is; None for the city and for unknown codes."""
        return next((each.code for each in self.within(code) if each.level is Level.DISTRICT), None)

    def within(self, code: str | None) -> tuple[Jurisdiction, ...]:
        """The places around a code, from the place itself to the city; empty when unknown.

        Example:
            ``[place.name_zh for place in directory.within("110105015")]`` gives
            ``["八里庄街道", "朝阳区", "北京市"]``.
        """
        place = self.jurisdictions.get(code) if code else None
        chain = []
        while place:
            chain.append(place)
            place = self.jurisdictions.get(place.parent) if place.parent else None
        return tuple(chain)


class Directories(Protocol):
    """Where functions get the directory in force."""

    def current(self) -> Directory:
        """The version in force; raises ``DirectoryMissing`` before the first import."""
        ...


def _jurisdiction(row: Mapping[str, Any]) -> Jurisdiction:
    tile = tuple(row["tile"]) if row.get("tile") else None
    return Jurisdiction.model_construct(**{**row, "level": Level(row["level"]), "tile": tile})


def _agency(row: Mapping[str, Any]) -> Agency:
    return Agency.model_construct(
        **{**row, "level": Level(row["level"]), "languages": tuple(row["languages"])}
    )


def _duty_rule(row: Mapping[str, Any]) -> DutyRule:
    starts = row["effective_from"]
    return DutyRule.model_construct(
        **{**row, "effective_from": date.fromisoformat(starts) if starts else None}
    )


def _service(row: Mapping[str, Any]) -> Service:
    return Service.model_construct(
        **{
            **row,
            "keywords": tuple(row["keywords"]),
            "types": tuple(AppealType(each) for each in row["types"]),
            "fields": tuple(_field(each) for each in row["fields"]),
        }
    )


def _field(row: Mapping[str, Any]) -> FieldSpec:
    values = tuple(FieldValue.model_construct(**each) for each in row["values"])
    return FieldSpec.model_construct(**{**row, "values": values})
