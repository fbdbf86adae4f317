"""The lives of clocks in words, for people in two languages, and as records for programs. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from hotline.domain.calendar import Limit
from hotline.domain.clock import Clock
from infrastructure.ops.clock_lives import ClockLife, Step
from infrastructure.ops.clock_segments import Segment, segments_of

Language = Literal["zh", "en"]

DayName = Callable[[str, str, date], str | None]
"""What a holiday is called: of a directory version, a calendar and a day."""

_WORDS: Mapping[str, tuple[str, str]] = {
    "open": ("工作时间", "open"),
    "make_up": ("调休上班", "make-up day"),
    "closed": ("非工作时间", "closed"),
    "weekend": ("周末", "weekend"),
    "holiday": ("节假日", "holiday"),
    "paused": ("暂停计时", "paused"),
    "started": ("开始计时", "starts"),
    "resumed": ("恢复计时", "goes on"),
    "extended": ("延期", "extended by"),
    "stopped": ("停止计时", "stops"),
    "WorkOrderReturned": ("退单", "returned"),
    "WorkOrderHeld": ("挂账", "on hold"),
    "minutes": ("分钟", "minutes"),
    "hours": ("小时", "hours"),
    "days": ("天", "days"),
    "h": ("小时", "h"),
    "min": ("分", "min"),
    "s": ("秒", "s"),
    "rule": ("依据", "rule"),
    "calendar": ("日历", "calendar"),
    "directory": ("目录版本", "directory"),
    "working_day": ("第 {} 个工作日", "working day {}"),
    "total": ("累计 {}", "total {}"),
    "due": ("到期", "due"),
    "left": ("暂停中，剩余 {}；暂停前到期时间", "paused with {} left; was due"),
    "as_stored": ("与工单所载一致", "as on the order"),
    "not_as_stored": ("与工单所载不一致，工单为", "NOT as on the order, which says"),
    "replaced": ("已被后来的时限取代", "replaced by a later one"),
    "tier_assumed": ("原等级未留存，按现等级推算", "its tier is not kept: the present one is assumed"),
    "provisional": (
        "暂定：推算时该年放假安排尚未公布，已载明的到期时间不变",
        "provisional: that year's holidays were not announced yet; what is printed on the order stands",
    ),
    "recorded": ("第 {} 号事件 {} 记载到期", "event {} {} has recorded"),
    "same": ("一致", "the same"),
    "other": ("不一致，应为 {}", "NOT the same: {}"),
    "trouble": ("无法重算：{}", "cannot be run again: {}"),
    "shared": ("属所并入诉求的工单，见该工单", "of the order that the appeal was merged into: see there"),
    "so_far": ("至今", "now"),
}
_WEEKDAYS: Mapping[Language, tuple[str, ...]] = {
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}


def record(life: ClockLife, day_name: DayName) -> dict[str, Any]:
    """A life for programs: local times with their offset, durations in seconds."""
    clock, stored = life.clock, life.stored
    told: dict[str, Any] = {"clock": life.kind, "equal": not life.differs, "replaced": stored is None}
    if life.trouble:
        told["trouble"] = life.trouble
    if clock is None:
        return told
    zone = _zone(life)

    def local(moment: datetime | None) -> str | None:
        return moment.astimezone(zone).isoformat() if moment else None

    return told | {
        "rule_id": clock.rule_id,
        "calendar_id": clock.calendar_id,
        "due_at": local(clock.due_at),
        "due_at_on_order": local(stored.due_at if stored else None),
        "remaining": _seconds(clock.remaining),
        "provisional": _provisional(life),
        "tier_assumed": life.tier_assumed,
        "steps": [
            {
                "at": local(step.event.at),
                "what": step.what,
                "event": step.event.name,
                "limit": step.limit.model_dump() if step.limit else None,
                "due_at": local(step.clock.due_at),
                "directory": step.directory,
            }
            for step in life.steps
        ],
        "segments": [
            {
                "start": local(each.start),
                "end": local(each.end),
                "state": each.state,
                "name": each.name,
                "open": _seconds(each.open_time),
                "total": _seconds(each.total),
                "working_day": each.working_day,
            }
            for each in _segments(life, day_name)
        ],
        "recorded": [
            {
                "event": each.event.number,
                "due_at": local(each.due_at),
                "equal": each.due_at == each.recomputed,
            }
            for each in life.recorded
        ],
    }


class Teller:
    """Tells lives in one language, in the time of their calendars."""

    def __init__(self, language: Language, day_name: DayName) -> None:
        self._language: Language = language
        self._day_name = day_name

    def lines(self, order_id: str, life: ClockLife) -> Iterator[str]:
        """What it is, each step and segment in time order, and what comes out."""
        yield self._head(order_id, life)
        if life.clock is not None:
            zone = _zone(life)
            steps = [(step.event.at, 0, self._step(step, zone)) for step in life.steps]
            segments = [
                (each.start, 1, self._segment(each, zone)) for each in _segments(life, self._day_name)
            ]
            yield from (line for *_, line in sorted(steps + segments, key=lambda row: row[:2]))
            yield f"  {self._outcome(life, life.clock, zone)}"
            if _provisional(life):
                yield f"  {self._word('provisional')}"
            yield from self._recorded(life, zone)
        if life.trouble:
            yield f"  {self._word('trouble').format(life.trouble)}"

    def shared(self, order_id: str, clock: Clock) -> str:
        """A clock that is another order's."""
        return f"{order_id}  {clock.kind}  {clock.rule_id}: {self._word('shared')}"

    def _head(self, order_id: str, life: ClockLife) -> str:
        clock = life.clock or life.stored
        parts = [order_id, life.kind]
        if clock is not None:
            limit = life.steps[0].limit if life.steps else None
            parts += [f"{self._word('rule')} {clock.rule_id}", *([self._limit(limit)] if limit else ())]
            parts += [f"{self._word('calendar')} {clock.calendar_id}"]
        parts += [self._word("replaced")] if life.stored is None else []
        parts += [self._word("tier_assumed")] if life.tier_assumed else []
        return "  ".join(parts)

    def _step(self, step: Step, zone: ZoneInfo) -> str:
        what = self._word(step.what)
        if step.what == "extended" and step.limit:
            what = f"{what} {self._limit(step.limit)}"
        decided = () if step.what == "stopped" else (f"{self._word('directory')} {step.directory}",)
        return "  ".join(("", self._time(step.event.at, zone), what, step.event.name, *decided))

    def _segment(self, segment: Segment, zone: ZoneInfo) -> str:
        until = self._time(segment.end, zone) if segment.end else self._word("so_far")
        state = self._word(segment.state)
        if segment.name:
            name = self._word(segment.name) if segment.state == "paused" else segment.name
            state = f"{state} ({name})"
        parts = ["", "", f"{self._time(segment.start, zone)} – {until}", state]
        if segment.open_time:
            parts.append(self._duration(segment.open_time))
            parts.append(self._word("total").format(self._duration(segment.total)))
        if segment.working_day:
            parts.append(self._word("working_day").format(segment.working_day))
        return "  ".join(parts)

    def _outcome(self, life: ClockLife, clock: Clock, zone: ZoneInfo) -> str:
        label, stored = self._word("due"), life.stored
        if clock.remaining is not None:
            label = self._word("left").format(self._duration(clock.remaining))
        text = f"{label} {self._time(clock.due_at, zone)}"
        if stored is None:
            return text
        if not life.differs:
            return f"{text}  {self._word('as_stored')}"
        text = f"{text}  {self._word('not_as_stored')} {self._time(stored.due_at, zone)}"
        return text if stored.remaining is None else f"{text} ({self._duration(stored.remaining)})"

    def _recorded(self, life: ClockLife, zone: ZoneInfo) -> Iterator[str]:
        for each in life.recorded:
            label = self._word("recorded").format(each.event.number, each.event.name)
            verdict = self._word("same")
            if each.due_at != each.recomputed:
                verdict = self._word("other").format(self._time(each.recomputed, zone))
            yield f"  {label} {self._time(each.due_at, zone)}  {verdict}"

    def _limit(self, limit: Limit) -> str:
        return f"{limit.amount} {self._word(limit.unit)}"

    def _word(self, name: str) -> str:
        zh, en = _WORDS.get(name, (name, name))
        return zh if self._language == "zh" else en

    def _time(self, moment: datetime, zone: ZoneInfo) -> str:
        """To the second only where it is not a whole minute."""
        local = moment.astimezone(zone)
        of_day = f"{local:%H:%M:%S}".removesuffix(":00")
        return f"{local:%Y-%m-%d} {_WEEKDAYS[self._language][local.weekday()]} {of_day}"

    def _duration(self, duration: timedelta) -> str:
        """Hours, minutes and seconds; a part that is nothing is not said."""
        hours, rest = divmod(int(duration.total_seconds()), 3600)
        parts = zip((hours, *divmod(rest, 60)), ("h", "min", "s"), strict=True)
        return " ".join(f"{number} {self._word(unit)}" for number, unit in parts if number) or "0"


def _segments(life: ClockLife, day_name: DayName) -> list[Segment]:
    version = life.steps[-1].directory
    return segments_of(life.steps, lambda calendar_id, day: day_name(version, calendar_id, day))


def _zone(life: ClockLife) -> ZoneInfo:
    return ZoneInfo(life.steps[0].calendar.timezone)


def _provisional(life: ClockLife) -> bool:
    last = next(step for step in reversed(life.steps) if step.what != "stopped")
    return last.calendar.is_provisional(last.clock.due_at)


def _seconds(duration: timedelta | None) -> int | None:
    return None if duration is None else int(duration.total_seconds())
