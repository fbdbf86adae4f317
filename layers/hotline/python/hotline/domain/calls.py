"""When a citizen is called, and by whom (回访, 条例 Art 23); the numbers are those of ``CallPolicy``.

A citizen who does not answer is called again in another part of the day: who is at work in the morning
may be at home in the evening.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import StringConstraints

from hotline.domain.calendar import Window, WorkCalendar, to_utc
from hotline.domain.side_orders import CallOutcome, SideKind, SideOrder
from hotline.domain.survey_policy import CallPolicy

if TYPE_CHECKING:
    from hotline.domain.directory import Directory

LANGUAGE = r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}$"
LanguageTag = Annotated[str, StringConstraints(pattern=LANGUAGE, max_length=35)]
"""A language or dialect (BCP 47): ``zh-CN``, ``yue``, ``zh-cmn-sichuan``."""

LONGEST_WISH = timedelta(days=14)
"""How far ahead a citizen may wish to be called, where no survey expires before."""

UNANSWERED: frozenset[str] = frozenset({"no_answer", "busy"})
"""Calls after which a citizen may count as unreachable; after the others somebody has spoken."""

_SECOND = timedelta(seconds=1)
_LOOK_AHEAD = timedelta(days=31)
_REGION_LENGTH = 2


class Attempt(NamedTuple):
    """One call that brought no answers."""

    at: datetime
    outcome: CallOutcome
    by: str


def attempts_of(side: SideOrder) -> tuple[Attempt, ...]:
    """The calls so far, oldest first."""
    return tuple(
        Attempt(event.at, event.facts["outcome"], event.actor)
        for event in side.events
        if event.name == "CallAttempted"
    )


class CallTimes:
    """When citizens may be called, by the policy and the calendars in force.

    Args:
        timezone: IANA name of the zone in which the policy's parts of the day are meant.
    """

    def __init__(self, policy: CallPolicy, calendars: Mapping[str, WorkCalendar], timezone: str) -> None:
        self._calendar = calendars[policy.calendar_id]
        self._gap = calendars[policy.gap.calendar_id], policy.gap.limit
        self._zone = ZoneInfo(timezone)
        self._bands = tuple(Window.parse(band) for band in policy.bands)
        self._attempts = policy.attempts

    @classmethod
    def of(cls, directory: Directory) -> CallTimes:
        """By one version of the city's directory."""
        return cls(directory.survey.calls, directory.calendars, directory.city.timezone)

    def open_from(self, at: datetime) -> datetime:
        """The first moment from then on at which citizens may be called at all."""
        return self._calendar.after(at, _SECOND) - _SECOND

    def first_call(self, side: SideOrder) -> datetime:
        """From when a call on the list may be made; whoever has just answered is left alone for a while."""
        asked = side.events[0].at
        if side.next_at is None and side.kind is SideKind.VERIFICATION:
            asked = self._after_gap(asked)
        return self.open_from(side.next_at or asked)

    def next_call(
        self,
        attempts: Sequence[datetime],
        now: datetime,
        *,
        wished: datetime | None = None,
        until: datetime | None = None,
    ) -> datetime | None:
        """When to call again: in the part of the day that was tried least, not before the gap has passed.

        A citizen's own wish stands above gap and parts of the day; nothing stands above the calendar.

        Args:
            attempts: when the citizen was called, the last call included.
            until: when the survey expires.

        Returns:
            None when no such moment is left before ``until``.
        """
        if wished is not None:
            return _before(until, self.open_from(max(wished, now)))
        earliest = max(now, self._after_gap(max(attempts))) if attempts else now
        tried = Counter(band for at in attempts for band in self._bands_at(at))
        for times in sorted({tried[band] for band in self._bands}):
            bands = [band for band in self._bands if tried[band] == times]
            if (found := self._first_in(bands, earliest, until)) is not None:
                return found
        return _before(until, self.open_from(earliest))

    def is_unreachable(self, attempts: Sequence[Attempt]) -> bool:
        """Whether the citizen was called in vain as often as the policy asks for, at different hours.

        Calls in the same part of the day are one and the same "not at home": as many parts must have been
        tried as there are, or as there are calls. Twice the calls are enough whenever they were made.
        """
        vain = [attempt.at for attempt in attempts if attempt.outcome in UNANSWERED]
        parts = {tuple(self._bands_at(at)) for at in vain}
        enough = len(parts) >= min(self._attempts, len(self._bands)) or len(vain) >= 2 * self._attempts
        return len(vain) >= self._attempts and enough

    def _after_gap(self, at: datetime) -> datetime:
        calendar, limit = self._gap
        return calendar.due(at, limit)

    def _bands_at(self, at: datetime) -> list[Window]:
        local = to_utc(at).astimezone(self._zone)
        minute = local.hour * 60 + local.minute
        return [band for band in self._bands if band.opens <= minute < band.closes]

    def _first_in(
        self, bands: Sequence[Window], earliest: datetime, until: datetime | None
    ) -> datetime | None:
        last = min(until or earliest + _LOOK_AHEAD, earliest + _LOOK_AHEAD)
        for opens, closes in self._stretches(bands, earliest, last):
            if (open_time := next(self._calendar.open_between(opens, closes), None)) is not None:
                return open_time[0]
        return None

    def _stretches(
        self, bands: Sequence[Window], earliest: datetime, last: datetime
    ) -> Iterator[tuple[datetime, datetime]]:
        """What of the bands lies between two moments, in order."""
        day = to_utc(earliest).astimezone(self._zone).date()
        while self._moment(day, 0) < last:
            for band in sorted(bands, key=lambda each: each.opens):
                opens = max(earliest, self._moment(day, band.opens))
                closes = min(last, self._moment(day, band.closes))
                if opens < closes:
                    yield opens, closes
            day += timedelta(days=1)

    def _moment(self, day: date, minute: int) -> datetime:
        wall_time = datetime.combine(day, time()) + timedelta(minutes=minute)
        return wall_time.replace(tzinfo=self._zone).astimezone(UTC)


def _before(until: datetime | None, at: datetime) -> datetime | None:
    return at if until is None or at < until else None


def speaks(languages: Sequence[str], needed: str) -> bool:
    """Whether one of the languages is the one needed; a dialect is spoken by who names it.

    Example:
        >>> speaks(["zh", "yue"], "zh-CN"), speaks(["zh-CN"], "zh-cmn-sichuan")
        (True, False)
    """
    return _without_region(needed) in {_without_region(each) for each in languages}


def _without_region(tag: str) -> str:
    first, *rest = tag.lower().split("-")
    return "-".join([first, *(part for part in rest if len(part) != _REGION_LENGTH)])
