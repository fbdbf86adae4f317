"""The settings that policies.csv must hold, each with the check of its value."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import get_args

from hotline.domain.appeal import Channel
from hotline.ports import LISTED_AT_ONCE
from infrastructure.directory.rows import PolicyRow

_CLOCK_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")

Check = Callable[[PolicyRow], str | None]
"""Says what is wrong with a setting, or None."""


def _text(row: PolicyRow) -> str | None:
    return None if row.unit is None and row.calendar_id is None else "takes no unit and no calendar"


def _share(row: PolicyRow) -> str | None:
    try:
        return None if 0 <= float(row.value) <= 1 else "must be between 0 and 1"
    except ValueError:
        return f"must be a number between 0 and 1 (found {row.value!r})"


def _number(row: PolicyRow) -> str | None:
    if not (row.value.isdecimal() and int(row.value) <= 100):
        return f"must be a whole number from 0 to 100 (found {row.value!r})"
    return _text(row)


def _from_to(least: int, most: int) -> Check:
    def check(row: PolicyRow) -> str | None:
        if not (row.value.isdecimal() and least <= int(row.value) <= most):
            return f"must be a whole number from {least} to {most} (found {row.value!r})"
        return _text(row)

    return check


def _from_one_to(most: int) -> Check:
    return _from_to(1, most)


def _bands(row: PolicyRow) -> str | None:
    parts = [part.split("-") for part in row.value.split("|")]
    if all(len(part) == 2 and all(map(_CLOCK_TIME.fullmatch, part)) and part[0] < part[1] for part in parts):
        return _text(row)
    return f"must be parts of the day such as 09:00-12:00|14:00-18:00 (found {row.value!r})"


def _term(row: PolicyRow) -> str | None:
    if not (row.value.isdecimal() and int(row.value) > 0):
        return f"must be a whole number above 0 (found {row.value!r})"
    return None if row.unit and row.calendar_id else "needs a unit and a calendar_id"


def _one_of(*choices: str) -> Check:
    return lambda row: None if row.value in choices else f"must be one of {', '.join(choices)}"


NO_CHANNEL = "none"


def _channels(row: PolicyRow) -> str | None:
    known = get_args(Channel)
    if row.value != NO_CHANNEL and not set(row.value.split("|")) <= set(known):
        return f"must be {NO_CHANNEL}, or some of {'|'.join(known)} (found {row.value!r})"
    return _text(row)


POLICIES: dict[str, Check] = {
    "sla_version": _text,
    "default_service": _text,
    "classifier_threshold": _share,
    "classifier_margin": _share,
    "repeat_window_days": _from_one_to(365),
    "repeat_similarity": _share,
    "public_words_channels": _channels,
    "daily_quota_per_contact": _from_one_to(LISTED_AT_ONCE - 1),
    "codes_trust_days": _from_one_to(365),
    "codes_per_phone_day": _from_one_to(20),
    "codes_per_address_hour": _from_one_to(1_000),
    "codes_per_network_hour": _from_one_to(10_000),
    "codes_without_proof": _share,
    "codes_per_prefix_day": _from_one_to(10_000),
    "codes_per_city_day": _from_one_to(1_000_000),
    "codes_tries_per_phone_day": _from_one_to(50),
    "codes_tries_per_address_hour": _from_one_to(1_000),
    "codes_work_bits": _from_one_to(30),
    "suspicion_score": _from_one_to(100),
    "copy_similarity": _share,
    "mass_complaint_hours": _from_one_to(168),
    "survey_expiry": _term,
    "return_window": _term,
    "extension_count": _number,
    "extension_longest": _term,
    "hold_count": _number,
    "hold_longest": _term,
    "reopen_limit": _from_one_to(100),
    "call_attempts": _from_one_to(10),
    "call_gap": _term,
    "call_bands": _bands,
    "call_lease": _from_one_to(120),
    "call_calendar": _text,
    "verification_share": _share,
    "notice_hours": _text,
    "notice_retry_for": _term,
    "open_data_smallest": _from_to(3, 10),
    "open_data_after_days": _from_one_to(365),
    "unanswered_unresolved": _one_of("reopen", "close"),
}
"""Name of each setting → what it may hold (the meaning is told in the folder's README)."""
