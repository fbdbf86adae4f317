"""From checked rows to the JSON parts that functions load."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hotline.domain.calendar import Limit, WorkCalendar
from hotline.domain.code_limits import PhoneCodeLimits
from hotline.domain.directory import Level
from hotline.domain.lexicon import normalise
from hotline.domain.phrases import Phrase
from hotline.domain.scoring import Formula
from hotline.domain.signal_rules import SignalPolicy, SignalRule
from hotline.domain.signals import plain
from hotline.domain.sla import Bound, ClockRule, Rung, SlaPolicy, Term, Tier
from hotline.domain.survey_policy import CallPolicy, SurveyPlan, SurveyPolicy
from infrastructure.directory.far_ends import pairs_of
from infrastructure.directory.naming import compile_names
from infrastructure.directory.notices import compile_notices
from infrastructure.directory.policies import NO_CHANNEL
from infrastructure.directory.reading import Folder
from infrastructure.directory.replies import compile_replies
from infrastructure.directory.rows import (
    AgencyRow,
    CityRow,
    ClockRuleRow,
    CommunityRow,
    DutyRow,
    EmergencyRow,
    FarEndRow,
    FieldRow,
    GroupRow,
    JurisdictionRow,
    PlaceNameRow,
    PolicyRow,
    RungRow,
    ScoreGroupRow,
    ServiceRow,
    SideRuleRow,
    SignalRow,
    StockPhraseRow,
    SurveyPlanRow,
    SurveyQuestionRow,
    TierRow,
)

_SEATS = {Level.CITY, Level.DISTRICT, Level.SUBDISTRICT}
_BOUNDS = {"south", "west", "north", "east"}
_SETS = ("closed_on", "opened_on", "years", "provisional_years")


def compile_parts(folder: Folder, calendars: Mapping[str, WorkCalendar]) -> dict[str, Any]:
    """Build the parts of a directory from rows that have passed every check.

    ``source`` holds the files themselves, so that an export gives back what was imported.
    """
    return {
        "core": _core(folder, calendars),
        "agencies": [line.row.model_dump(mode="json") for line in folder.rows(AgencyRow)],
        "duty": _duty(folder),
        "gazetteer": _gazetteer(folder),
        "source": dict(folder.texts),
    }


def _core(folder: Folder, calendars: Mapping[str, WorkCalendar]) -> dict[str, Any]:
    policies = {line.row.policy: line.row for line in folder.rows(PolicyRow)}
    city = folder.rows(CityRow)[0].row
    return {
        "city": {**city.model_dump(exclude=_BOUNDS), "bounds": city.model_dump(include=_BOUNDS)},
        "jurisdictions": [line.row.model_dump(mode="json") for line in folder.rows(JurisdictionRow)],
        "groups": [line.row.model_dump() for line in folder.rows(GroupRow)],
        "services": _services(folder),
        "policies": {
            "default_service": policies["default_service"].value,
            "classifier_threshold": float(policies["classifier_threshold"].value),
            "classifier_margin": float(policies["classifier_margin"].value),
            "repeat_window_days": int(policies["repeat_window_days"].value),
            "repeat_similarity": float(policies["repeat_similarity"].value),
            "daily_quota_per_contact": int(policies["daily_quota_per_contact"].value),
            "phone_codes": _phone_codes(policies).model_dump(),
            "public_words_channels": _channels(policies["public_words_channels"]),
        },
        "sla": _sla(folder, policies).model_dump(mode="json"),
        "survey": _survey(folder, policies).model_dump(mode="json"),
        "formulas": [line.row.model_dump(mode="json") for line in folder.rows(Formula)],
        "open_data": {
            "smallest": int(policies["open_data_smallest"].value),
            "after_days": int(policies["open_data_after_days"].value),
        },
        "open311_agencies": [_far_end(line.row) for line in folder.rows(FarEndRow)],
        "score_groups": [line.row.model_dump() for line in folder.rows(ScoreGroupRow)],
        "signals": _signals(folder, policies).model_dump(mode="json"),
        "notices": compile_notices(folder, policies).model_dump(mode="json"),
        "reply_templates": compile_replies(folder),
        "calendars": [_calendar(calendar) for calendar in calendars.values()],
        "emergency_words": {
            normalise(line.row.word): line.row.number or "" for line in folder.rows(EmergencyRow)
        },
    }


def _far_end(row: FarEndRow) -> dict[str, Any]:
    return {**row.model_dump(exclude={"services", "note"}), "services": dict(pairs_of(row.services))}


def _calendar(calendar: WorkCalendar) -> dict[str, Any]:
    """Dates in order: the same calendar must always give the same JSON."""
    row = calendar.model_dump(mode="json")
    return {**row, **{name: sorted(row[name]) for name in _SETS}}


def _services(folder: Folder) -> list[dict[str, Any]]:
    fields: dict[str, list[dict[str, Any]]] = {}
    for line in folder.rows(FieldRow):
        fields.setdefault(line.row.service_code, []).append(_field(line.row))
    services = []
    for service in folder.rows(ServiceRow):
        row = service.row.model_dump(mode="json", exclude={"keywords_zh", "keywords_en"})
        row["keywords"] = [*service.row.keywords_zh, *service.row.keywords_en]
        row["fields"] = sorted(fields.get(service.row.service_code, ()), key=lambda field: field["order"])
        services.append(row)
    return services


def _field(row: FieldRow) -> dict[str, Any]:
    values = []
    for value in row.values:
        key, _, names = value.partition("=")
        name_zh, _, name_en = names.partition("/")
        values.append({"key": key.strip(), "name_zh": name_zh.strip(), "name_en": name_en.strip()})
    return {**row.model_dump(exclude={"service_code", "values"}), "values": values}


def _channels(row: PolicyRow) -> list[str]:
    return [] if row.value == NO_CHANNEL else row.value.split("|")


def _phone_codes(policies: Mapping[str, PolicyRow]) -> PhoneCodeLimits:
    given = {name: policies[f"codes_{name}"].value for name in PhoneCodeLimits.model_fields}
    return PhoneCodeLimits.model_validate_strings(given)


def _sla(folder: Folder, policies: Mapping[str, PolicyRow]) -> SlaPolicy:
    rules: dict[str, dict[str, ClockRule]] = {}
    for line in folder.rows(ClockRuleRow):
        rules.setdefault(line.row.tier, {})[line.row.clock] = _clock_rule(line.row)
    return SlaPolicy.model_validate(
        {
            "version": policies["sla_version"].value,
            "tiers": [
                Tier.model_validate({"tier_id": line.row.tier, **rules[line.row.tier]})
                for line in folder.rows(TierRow)
            ],
            "survey_expiry": _term(policies["survey_expiry"]),
            "return_window": _term(policies["return_window"]),
            "unanswered_unresolved": policies["unanswered_unresolved"].value,
            "side_rules": {line.row.asked: _clock_rule(line.row) for line in folder.rows(SideRuleRow)},
            "ladders": _ladders(folder),
            "extensions": _bound(policies, "extension"),
            "holds": _bound(policies, "hold"),
        }
    )


def _survey(folder: Folder, policies: Mapping[str, PolicyRow]) -> SurveyPolicy:
    questions: dict[str, dict[str, Phrase]] = {}
    for row in (line.row for line in folder.rows(SurveyQuestionRow)):
        questions.setdefault(row.questions, {})[row.field] = Phrase(row.text_zh, row.text_en)
    return SurveyPolicy.model_validate(
        {
            "plans": {line.row.appeal_type: _plan(line.row) for line in folder.rows(SurveyPlanRow)},
            "questions": questions,
            "calls": CallPolicy(
                attempts=int(policies["call_attempts"].value),
                gap=_term(policies["call_gap"]),
                bands=tuple(policies["call_bands"].value.split("|")),
                calendar_id=policies["call_calendar"].value,
                lease_minutes=int(policies["call_lease"].value),
            ),
            "verification_share": float(policies["verification_share"].value),
            "reopen_limit": int(policies["reopen_limit"].value),
        }
    )


def _plan(row: SurveyPlanRow) -> SurveyPlan:
    return SurveyPlan.model_validate(
        {
            "trigger": row.trigger,
            "channels": row.channels,
            "call_after": _length(row.call_after, row.call_unit, row.call_calendar),
            "expiry": _length(row.expiry, row.expiry_unit, row.expiry_calendar),
            "change_window": _length(row.change_window, row.change_unit, row.change_calendar),
            "questions": row.questions,
        }
    )


def _length(amount: int | None, unit: str | None, calendar_id: str | None) -> Term | None:
    if amount is None:
        return None
    return Term.model_validate({"limit": {"amount": amount, "unit": unit}, "calendar_id": calendar_id})


def _clock_rule(row: ClockRuleRow | SideRuleRow) -> ClockRule:
    limit = Limit(amount=row.amount, unit=row.unit)
    return ClockRule.model_validate(
        {"limit": limit, "calendar_id": row.calendar_id, "warn_fraction": row.warn_fraction}
    )


def _ladders(folder: Folder) -> dict[str, list[Rung]]:
    ladders: dict[str, list[Rung]] = {}
    for row in sorted((line.row for line in folder.rows(RungRow)), key=lambda row: (row.tier, row.step)):
        after = Term(limit=Limit(amount=row.amount, unit=row.unit), calendar_id=row.calendar_id)
        ladders.setdefault(row.tier, []).append(Rung(rung=row.rung, since=row.since, after=after))
    return ladders


def _bound(policies: Mapping[str, PolicyRow], name: str) -> Bound:
    return Bound(count=int(policies[f"{name}_count"].value), longest=_term(policies[f"{name}_longest"]))


def _term(row: PolicyRow) -> Term:
    limit = {"amount": int(row.value), "unit": row.unit}
    return Term.model_validate({"limit": limit, "calendar_id": row.calendar_id})


def _signals(folder: Folder, policies: Mapping[str, PolicyRow]) -> SignalPolicy:
    rules = (line.row.model_dump(exclude={"note"}) for line in folder.rows(SignalRow))
    return SignalPolicy(
        rules=tuple(SignalRule.model_validate(rule) for rule in rules),
        phrases=tuple(plain(line.row.phrase) for line in folder.rows(StockPhraseRow)),
        review_score=int(policies["suspicion_score"].value),
        copy_similarity=float(policies["copy_similarity"].value),
        mass_hours=int(policies["mass_complaint_hours"].value),
    )


def _duty(folder: Folder) -> dict[str, Any]:
    return {
        "rules": [line.row.model_dump(mode="json") for line in folder.rows(DutyRow)],
        "seats": {
            line.row.jurisdiction: line.row.agency_id
            for line in folder.rows(AgencyRow)
            if line.row.level in _SEATS
        },
    }


def _gazetteer(folder: Folder) -> dict[str, Any]:
    return compile_names(
        (line.row for line in folder.rows(JurisdictionRow)),
        (line.row for line in folder.rows(CommunityRow)),
        (line.row for line in folder.rows(PlaceNameRow)),
    )
