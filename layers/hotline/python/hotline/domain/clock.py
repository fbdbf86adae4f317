"""A running time limit of one order, as a value.

Every operation returns a new clock and is told what time it is. Times are whole seconds of UTC.
The limit's last moment is in time: a clock stopped in the second of ``due_at`` is not late.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, Field

from hotline.domain.calendar import Limit, WorkCalendar, to_utc
from hotline.domain.model import Frozen
from hotline.domain.sla import ClockRule

ClockKind = Literal[
    "dispatch",
    "response",
    "handling",
    "adjudication",
    "assist",
    "opinion",
    "summons",
    "supervision",
    "escalation",
    "extension",
    "hold",
    "callback",
    "verification",
    "review",
]
"""The first three time the lead order, the fourth a dispute about it, the others an order beside it."""
Timer = Literal["warn", "breach"]
Packed = list[int | str | None]

_KINDS: dict[str, ClockKind] = {
    "d": "dispatch",
    "r": "response",
    "h": "handling",
    "j": "adjudication",
    "a": "assist",
    "o": "opinion",
    "m": "summons",
    "s": "supervision",
    "e": "escalation",
    "x": "extension",
    "w": "hold",
    "c": "callback",
    "v": "verification",
    "k": "review",
}
_LETTERS = {kind: letter for letter, kind in _KINDS.items()}
_OFFSETS = ("due_at", "warn_at", "stopped_at", "warned_at", "breached_at", "paused_at")
_SECOND = timedelta(seconds=1)


def _whole_second(moment: datetime) -> datetime:
    return to_utc(moment).replace(microsecond=0)


Moment = Annotated[AwareDatetime, AfterValidator(_whole_second)]


class ClockMisused(ValueError):
    """A clock was told something that its state excludes; the lifecycle should have refused first."""


class Clock(Frozen):
    """One watched limit: registered → dispatched, → first contact, or → resolved.

    Attributes:
        rule_id: the rule that set the limit, as printed on the order (条例 Art 13).
        due_at: the last second that is in time. While paused: what it was before the pause.
        warn_at: when the rule's fraction of the open time has passed.
        paused_at, remaining: since when it stands still, and the open time that was left then. A
            clock that is stopped while paused keeps both.
        warned_at, breached_at: when the sweep recorded it for this due time.

    Example:
        >>> calendar = WorkCalendar(calendar_id="24x7", kind="24x7", timezone="Asia/Shanghai")
        >>> rule = ClockRule(limit=Limit(amount=2, unit="hours"), calendar_id="24x7", warn_fraction="0.5")
        >>> noon = datetime(2026, 3, 6, 12, tzinfo=UTC)
        >>> clock = Clock.start("handling", "sla-1/emergency/handling", rule, calendar, noon)
        >>> clock.next_timer()
        (datetime.datetime(2026, 3, 6, 13, 0, tzinfo=datetime.timezone.utc), 'warn')
    """

    kind: ClockKind
    rule_id: str = Field(pattern=r"[^/]$")
    calendar_id: str
    started_at: Moment
    due_at: Moment
    warn_at: Moment
    paused_at: Moment | None = None
    remaining: timedelta | None = None
    stopped_at: Moment | None = None
    warned_at: Moment | None = None
    breached_at: Moment | None = None

    @classmethod
    def start(
        cls, kind: ClockKind, rule_id: str, rule: ClockRule, calendar: WorkCalendar, now: datetime
    ) -> Clock:
        """Start a clock under a rule.

        Raises:
            CalendarYearMissing: the due time depends on a year whose holidays are not known.
            ClockMisused: ``calendar`` is not the rule's.
        """
        _check_calendar(rule.calendar_id, calendar)
        now = _whole_second(now)
        due_at = calendar.due(now, rule.limit)
        seconds_before_warning = int(calendar.elapsed(now, due_at) // _SECOND * rule.warn_fraction)
        return cls(
            kind=kind,
            rule_id=rule_id,
            calendar_id=calendar.calendar_id,
            started_at=now,
            due_at=due_at,
            warn_at=calendar.after(now, timedelta(seconds=seconds_before_warning)),
        )

    def pause(self, now: datetime, calendar: WorkCalendar) -> Clock:
        """Stand still, and keep the open time that is left (none when the limit has passed).

        Raises:
            ClockMisused: the clock is stopped or paused, or the calendar is another one.
        """
        self._check_not_stopped("pause")
        if self.paused_at is not None:
            raise ClockMisused(f"cannot pause: clock {self.rule_id} is paused since {self.paused_at}")
        _check_calendar(self.calendar_id, calendar)
        now = _whole_second(now)
        return self._with(paused_at=now, remaining=calendar.elapsed(now, self.due_at))

    def resume(self, now: datetime, calendar: WorkCalendar) -> Clock:
        """Run on with the open time that was left; a limit that had passed stays passed.

        Raises:
            ClockMisused: the clock is stopped or not paused, or the calendar is another one.
            CalendarYearMissing: the due time depends on a year whose holidays are not known.
        """
        self._check_not_stopped("resume")
        if self.paused_at is None or self.remaining is None:
            raise ClockMisused(f"cannot resume: clock {self.rule_id} is not paused")
        _check_calendar(self.calendar_id, calendar)
        now = _whole_second(now)
        before_warning = calendar.elapsed(self.paused_at, self.warn_at)
        return self._with(
            due_at=calendar.after(now, self.remaining) if self.remaining else self.due_at,
            warn_at=calendar.after(now, before_warning) if before_warning else self.warn_at,
            paused_at=None,
            remaining=None,
        )

    def extend(self, limit: Limit, calendar: WorkCalendar) -> Clock:
        """Move the due time by ``limit``, counted from the present due time (条例 Art 15).

        The warning moves by the same open time, and the new due time is watched afresh: what was
        recorded about the old one stays in the case's events.

        Raises:
            ClockMisused: the clock is stopped, or the calendar is another one.
            CalendarYearMissing: the due time depends on a year whose holidays are not known.
        """
        self._check_not_stopped("extend")
        _check_calendar(self.calendar_id, calendar)
        due_at = calendar.due(self.due_at, limit)
        return self._with(
            due_at=due_at,
            warn_at=calendar.after(self.warn_at, calendar.elapsed(self.due_at, due_at)),
            remaining=calendar.elapsed(self.paused_at, due_at) if self.paused_at else None,
            warned_at=None,
            breached_at=None,
        )

    def stop(self, now: datetime) -> Clock:
        """Stop for good. The first stop counts: a second one changes nothing.

        A second contact with the citizen, or a withdrawal after the answer, is ordinary life, so a
        repeated stop is not an error.
        """
        return self if self.stopped_at else self._with(stopped_at=now)

    def warn(self, now: datetime) -> Clock:
        """Record the warning, once; the clock stays as it is when no warning is due.

        A sweep may therefore act on an index entry that the clock has meanwhile outrun.
        """
        if not self._runs_past(self.warn_at, now) or self.warned_at or self.breached_at:
            return self
        return self._with(warned_at=now)

    def breach(self, now: datetime) -> Clock:
        """Record that the limit has passed, once; the clock stays as it is when it has not."""
        if not self._runs_past(self.due_at, now) or self.breached_at:
            return self
        return self._with(breached_at=now)

    def breach_if_late(self, at: datetime) -> Clock:
        """Record the breach that an answer at that moment meets; the limit's last second is in time (F35)."""
        return self.breach(at) if self.late(at) else self

    @property
    def facts(self) -> dict[str, Any]:
        """The limit as events tell of it: which clock, and its due time in epoch seconds."""
        return {"clock": self.kind, "due_at": int(self.due_at.timestamp())}

    def next_timer(self) -> tuple[datetime, Timer] | None:
        """Say what a sweep must do next with this clock and when; None when there is nothing to wait for."""
        if self.stopped_at or self.paused_at or self.breached_at:
            return None
        return (self.due_at, "breach") if self.warned_at else (self.warn_at, "warn")

    def late(self, now: datetime) -> bool:
        """Tell whether the limit was or is exceeded, by the times alone.

        What was recorded by a sweep does not matter: an answer in time stays in time even when the
        sweep overtook it.
        """
        ended_at = self.paused_at or self.stopped_at or _whole_second(now)
        return ended_at > self.due_at

    def pack(self) -> Packed:
        """Write the clock as a short list of words and whole numbers.

        Kind by its letter · rule id, without the kind at its end · calendar · start in epoch
        seconds · then in seconds after the start: due, warning, stopped, warned, breached, paused ·
        remaining open seconds. Nulls at the end are left out.

        Example: ``["h", "sla-1/general/", "24x7", 1772798400, 604800, 483840]``
        """
        moments = (getattr(self, name) for name in _OFFSETS)
        spans = [None if moment is None else moment - self.started_at for moment in moments]
        seconds = [None if span is None else span // _SECOND for span in (*spans, self.remaining)]
        while seconds[-1] is None:
            seconds.pop()
        suffix = f"/{self.kind}"
        rule_id = self.rule_id.removesuffix(self.kind) if self.rule_id.endswith(suffix) else self.rule_id
        return [_LETTERS[self.kind], rule_id, self.calendar_id, int(self.started_at.timestamp()), *seconds]

    @classmethod
    def unpack(cls, packed: Sequence[Any]) -> Clock:
        """Read what ``pack`` wrote; numbers may come back as ``Decimal``, as DynamoDB gives them."""
        letter, rule_id, calendar_id, started, *seconds = packed
        started_at = datetime.fromtimestamp(int(started), UTC)
        spans = [None if number is None else timedelta(seconds=int(number)) for number in seconds]
        moments = {
            name: started_at + span for name, span in zip(_OFFSETS, spans, strict=False) if span is not None
        }
        return cls(
            kind=_KINDS[letter],
            rule_id=rule_id + _KINDS[letter] if rule_id.endswith("/") else rule_id,
            calendar_id=calendar_id,
            started_at=started_at,
            remaining=spans[len(_OFFSETS)] if len(spans) > len(_OFFSETS) else None,
            **moments,
        )

    def _with(self, **changes: Any) -> Clock:
        return type(self).model_validate({**self.__dict__, **changes})

    def _runs_past(self, moment: datetime, now: datetime) -> bool:
        return not (self.stopped_at or self.paused_at) and _whole_second(now) >= moment

    def _check_not_stopped(self, command: str) -> None:
        if self.stopped_at is not None:
            raise ClockMisused(f"cannot {command}: clock {self.rule_id} stopped at {self.stopped_at}")


def _check_calendar(calendar_id: str, calendar: WorkCalendar) -> None:
    if calendar.calendar_id != calendar_id:
        raise ClockMisused(f"the clock runs on calendar {calendar_id}, not {calendar.calendar_id}")
