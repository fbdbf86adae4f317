"""Live a case from registration to its last correction, through the commands that the functions use.

Only people are simulated: every event, clock and correction is what ``Case`` makes of their commands.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from hotline.domain.actor import CITIZEN, SYSTEM, Actor, Role
from hotline.domain.appeal import AppealType
from hotline.domain.case import Answers, Assignment, Case
from hotline.domain.directory import Directory, Service
from hotline.domain.events import Envelope, Event
from hotline.domain.identifiers import tracking_number
from hotline.domain.lifecycle import Status
from hotline.domain.side_orders import SideKind, SideOrder
from hotline.domain.timekeeping import PolicyTimekeeper
from infrastructure.simulation import words
from infrastructure.simulation.agencies import Played
from infrastructure.simulation.courses import Course, Letters

ASSISTED = 0.03
"""Share of orders for which the lead asks another agency to assist (条例 Art 14)."""
_IGNORED = 0.15
"""Share of those assists that nobody ever reports on."""

_SHORT = 0.1
"""Share of honest replies that say it in one sentence."""
_STOCK = 0.02
"""Share of honest replies that are nothing but stock phrases."""
_AT_ONCE = 0.03
"""Share of honest contacts that come with the work done already."""
_JUST_IN_TIME = 0.01
"""Share of honest orders done within the last minutes."""
_WITHOUT_PICTURES = 0.03
"""Share of honest replies whose pictures were forgotten."""

_REVIEWER = Actor(role=Role.ADJUDICATOR, subject="simulated")
_MINUTE = timedelta(minutes=1)
_SECOND = timedelta(seconds=1)
_WORDS = b"simulated"
_NOTE = "simulated"


class World(NamedTuple):
    """What lives have in common."""

    directory: Directory
    timekeeper: PolicyTimekeeper
    services: Sequence[Service]
    helpers: Sequence[str]

    @classmethod
    def of(cls, directory: Directory) -> World:
        """The world of a directory, never imported anywhere."""
        services = [each for each in directory.services.values() if each.public]
        return cls(directory, PolicyTimekeeper.of(directory), services, sorted(directory.agencies))


class Life:
    """One case of one agency.

    Attributes:
        case: the case, for whoever wants to look at it.
        text: what the citizen wrote; ``replies``: what the agency answered, by note.
        pictures: how many came with the replies.
    """

    case: Case
    text: words.Text

    def __init__(self, world: World, played: Played, course: Course, chosen: random.Random) -> None:
        self._world = world
        self._played = played
        self._course = course
        self._chosen = chosen
        self._keeper = world.timekeeper
        self._officer = Actor(role=Role.AGENCY, subject="simulated", agency_id=played.agency_id)
        self._commands = 0
        self.replies: dict[str, str] = {}
        self.pictures = int(chosen.random() >= (0.5 if course.cheat else _WITHOUT_PICTURES))

    @property
    def sides(self) -> list[SideOrder]:
        """Every order beside the lead order."""
        return self.case.changed_sides

    @property
    def histories(self) -> Iterator[tuple[str, Sequence[Event]]]:
        """Every order's id with its events: the lead order's, and those beside it."""
        yield self.case.appeal_id, self.case.events
        for side in self.sides:
            yield side.work_order_id, side.events

    @property
    def envelopes(self) -> Iterator[Envelope]:
        """Every event as the bus would carry it."""
        for order_id, events in self.histories:
            for event in events:
                yield Envelope(
                    event_id=f"{order_id}:{event.number}",
                    name=event.name,
                    occurred_at=event.at,
                    correlation_id=self.case.appeal_id,
                    causation_id=event.command_id,
                    actor=event.actor,
                    data=event.facts,
                )

    def live(self, registered_at: datetime) -> Case:
        """From registration to the last correction."""
        self._register(registered_at)
        at = self._handle(self._dispatch(registered_at))
        at = self._converse(at)
        at = self._correct(at)
        self._cancel_idle(at)
        return self.case

    # ------------------------------------------------------------------ 接, 派

    def _register(self, at: datetime) -> None:
        service = self._chosen.choice(self._world.services)
        self.text = words.appeal(service, self._chosen)
        self.case = Case.register(
            appeal_id=tracking_number(self._chosen.randbytes(10)),
            appeal_type=AppealType.COMPLAINT,
            channel="web",
            language="zh-CN",
            headline=service.name_zh,
            key_hash=_WORDS,
            fingerprint=_WORDS,
            citizen_index=None,
            tier=service.tier,
            service_code=service.service_code,
            district=self._district,
            subdistrict=None,
            emergency_numbers=(),
            by=CITIZEN,
            timekeeper=self._keeper,
            **self._now(at),
        )

    def _dispatch(self, at: datetime) -> datetime:
        at = self._later(at, timedelta(minutes=30))
        assignment = Assignment(
            agency_id=self._played.agency_id,
            service_code=self.case.service_code or "",
            tier=self.case.tier,
            district=self._district,
            rule_id="simulated",
            catalogue_version=self._world.directory.version,
            decided_by="given",
        )
        self.case.dispatch(assignment, by=SYSTEM, timekeeper=self._keeper, **self._now(at))
        return at

    @property
    def _district(self) -> str | None:
        return self._played.district if self._played.district.isdigit() else None

    # ------------------------------------------------------------------ 办

    def _handle(self, dispatched_at: datetime) -> datetime:
        """From "seen" to "done"; the moments are the course's, measured by the clocks themselves."""
        course, clocks = self._course, self.case.clocks
        respond = clocks["response"].due_at - dispatched_at
        if course.contacted_in_time:
            contacted_at = dispatched_at + self._part(0.1, 0.9) * respond
        else:
            contacted_at = clocks["response"].due_at + self._part(0.02, 0.2) * respond + _SECOND
        done_at = self._done_at(contacted_at, clocks["handling"].due_at)
        if course.cheat == "skipped_contact":
            done_at = contacted_at + 20 * _SECOND
        elif course.cheat is None and course.handled_in_time and self._chosen.random() < _AT_ONCE:
            done_at = min(contacted_at + 2 * _MINUTE, done_at)
        self._do("acknowledge", dispatched_at + self._part(0.1, 0.9) * (contacted_at - dispatched_at))
        self._do("record_contact", contacted_at, "phone")
        self._assist(contacted_at, done_at)
        return self._resolve(done_at)

    def _done_at(self, contacted_at: datetime, due_at: datetime) -> datetime:
        if self._course.cheat == "last_minute":
            return max(contacted_at, due_at - self._part(0.05, 1) * _MINUTE - _SECOND)
        if self._course.handled_in_time and self._chosen.random() < _JUST_IN_TIME:
            return max(contacted_at, due_at - self._part(0.1, 5) * _MINUTE - _SECOND)
        if self._course.handled_in_time:
            return contacted_at + self._part(0.1, 0.98) * (due_at - contacted_at) - _SECOND
        return due_at + self._part(0.1, 1) * timedelta(hours=40)

    def _assist(self, asked_at: datetime, done_at: datetime) -> None:
        """Another agency does its part, or does not; both sides are counted (条例 Art 33)."""
        if self._chosen.random() >= ASSISTED or asked_at >= done_at or self._asking():
            return
        helper = self._chosen.choice(self._world.helpers)
        if helper == self._played.agency_id:
            return
        at = asked_at + self._part(0, 0.2) * (done_at - asked_at)
        self._sweep(at)
        if self._asking():
            return
        side = self._open_side(SideKind.ASSIST, helper, at)
        if self._chosen.random() < _IGNORED:
            return
        at += self._part(0.1, 0.9) * (done_at - at)
        self._sweep(at)
        officer = Actor(role=Role.AGENCY, subject="simulated", agency_id=helper)
        side.report(_NOTE, by=officer, **self._now(at))
        self.case.end_side(side, by=SYSTEM, **self._now(at))

    def _open_side(self, kind: SideKind, agency_id: str, at: datetime) -> SideOrder:
        return self.case.open_side(
            kind, agency_id, by=self._officer, timekeeper=self._keeper, **self._now(at)
        )

    def _resolve(self, at: datetime) -> datetime:
        note_id = f"done-{len(self.replies) + 1}"
        manner = self._manner()
        self.replies[note_id] = words.reply(self.text, manner, self._played.agency_id, self._chosen)
        self._do("resolve", at, note_id, without_assists=True)
        return at

    def _manner(self) -> words.Manner:
        drawn = self._chosen.random()
        if self._course.cheat == "copied_reply":
            return "copied"
        return "stock" if drawn < _STOCK else "short" if drawn < _STOCK + _SHORT else "honest"

    # ------------------------------------------------------------------ 访

    def _converse(self, at: datetime) -> datetime:
        """Ask until the citizen is content, or silent."""
        for word in self._course.words:
            at = self._ask(at)
            at = self._hear(word, at)
            if word is not None and word[1] == "n":
                at = self._handle_again(at)
        return at

    def _ask(self, at: datetime) -> datetime:
        at += self._part(0.1, 1) * _MINUTE
        if self.case.status is Status.RESOLVED:
            self._sweep(at)
            self.case.open_survey("resolved", timekeeper=self._keeper, **self._now(at))
        return at

    def _hear(self, word: Letters | None, at: datetime) -> datetime:
        survey = self.case.survey
        assert survey is not None
        if word is None:
            self._sweep(survey.expires_at + _SECOND)
            return survey.expires_at + _SECOND
        at += self._part(0.02, 0.9) * (survey.expires_at - at)
        self._answer(word, at)
        return at

    def _answer(self, word: Letters, at: datetime) -> None:
        survey = self.case.survey
        assert survey is not None
        self._sweep(at)
        contacted, resolved, satisfied = (letter == "y" for letter in word)
        answers = Answers(contacted=contacted, resolved=resolved, satisfied=satisfied)
        self.case.answer_survey(
            survey.number, answers, None, by=CITIZEN, timekeeper=self._keeper, **self._now(at)
        )

    def _handle_again(self, at: datetime) -> datetime:
        """The citizen has sent it back: done again within the new limit."""
        begun = at
        at += self._part(0.1, 0.8) * (self.case.clocks["handling"].due_at - at)
        self._do("record_contact", at - self._part(0.1, 0.9) * (at - begun), "phone")
        return self._resolve(at)

    # ------------------------------------------------------------------ 复核

    def _correct(self, at: datetime) -> datetime:
        """What citizens and reviewers do after the closing."""
        at += self._part(0.1, 1) * timedelta(hours=20)
        match self._course.correction:
            case "changed" | "sent_back":
                word = self._other_word()
                self._answer(word, at)
                if word[1] == "n":
                    at = self._hear(None, self._ask(self._handle_again(at)))
            case "excluded":
                self._review("exclusion", "granted", at, {"reason": "force_majeure"})
            case "judged":
                self._review("dissatisfaction", "unreasonable", at, {})
        at += self._part(0.1, 1) * timedelta(hours=20)
        if self.case.under_review("dissatisfaction"):
            self._review("dissatisfaction", "reasonable", at, {})
        return at

    def _other_word(self) -> Letters:
        last = self._course.words[-1]
        assert last is not None
        if self._course.correction == "sent_back":
            return f"{last[0]}nn"
        return last[:2] + ("n" if last[2] == "y" else "y")

    def _review(self, about: Any, verdict: Any, at: datetime, terms: dict[str, Any]) -> None:
        if not self.case.under_review(about):
            self.case.ask_review(
                about, by=SYSTEM, timekeeper=self._keeper, note_id=_NOTE, terms=terms, **self._now(at)
            )
        number = next(
            number
            for number, side in self.case.open_sides.items()
            if side.kind is SideKind.REVIEW and side.agency_id.endswith(about)
        )
        side = next(each for each in self.sides if each.number == number)
        self.case.judge(
            side, verdict, _NOTE, by=_REVIEWER, timekeeper=self._keeper, **self._now(at + _MINUTE)
        )

    def _cancel_idle(self, at: datetime) -> None:
        idle = set(self.case.idle_sides())
        if idle:
            sides = [side for side in self.sides if side.number in idle]
            self.case.cancel_idle(sides, **self._now(at))

    # ------------------------------------------------------------------ inside

    def _asking(self) -> bool:
        """Whether the limit has passed and the citizen is being asked already (条例 Art 23)."""
        return self.case.status is Status.SURVEYING

    def _do(self, command: str, at: datetime, *what: Any, **how: Any) -> None:
        self._sweep(at)
        if command != "acknowledge" or self.case.status is Status.DISPATCHED:
            getattr(self.case, command)(*what, by=self._officer, **how, **self._now(at))

    def _sweep(self, until: datetime) -> None:
        """What the sweep does each minute, and what follows from a limit that has passed."""
        while (timer := self.case.next_timer()) is not None and timer.at <= until:
            at = min(timer.at + self._part(0, 1) * _MINUTE, until)
            if not self.case.fire_timers(at, timekeeper=self._keeper, command_id=self._next_command()):
                return
            handling = self.case.clocks.get("handling")
            if self.case.status in _HELD and handling is not None and handling.breached_at is not None:
                self.case.open_survey("limit", timekeeper=self._keeper, **self._now(at))

    def _later(self, at: datetime, most: timedelta) -> datetime:
        return at + self._part(0.05, 1) * most

    def _part(self, low: float, high: float) -> float:
        return self._chosen.uniform(low, high)

    def _now(self, at: datetime) -> dict[str, Any]:
        return {"at": at.replace(microsecond=0), "command_id": self._next_command()}

    def _next_command(self) -> str:
        self._commands += 1
        return str(self._commands)


_HELD = frozenset({Status.DISPATCHED, Status.ACKNOWLEDGED, Status.IN_PROGRESS})
