"""Cases with a past: a history of commands, stored as the functions store it.

Example:
    >>> life = Life(stack).dispatched().acknowledged()  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Self

from hotline.adapters.dynamodb.cases import DynamoDBCases
from hotline.adapters.dynamodb.texts import DynamoDBWords
from hotline.domain.actor import CITIZEN, SYSTEM, Actor, Role
from hotline.domain.appeal import AppealType, Contact, Note, Place, Words
from hotline.domain.calendar import Limit
from hotline.domain.case import Answers, Assignment, Case
from hotline.domain.confidential import HEADLINE, NOT_RELEASED, Statement, released
from hotline.domain.side_orders import SideKind, SideOrder
from hotline.domain.timekeeping import PolicyTimekeeper
from hotline.domain.tokens import key_hash
from tests.aws_stack import MotoStack

APPEAL = "000G40R40M30E209B"
TRACKING_KEY = "q7Yb0dZ2m4K1x9Vn3LrTcA"
AGENCY = "110101001"
DISTRICT_AGENCY = "110101"
HELPER = "traffic-police"
SERVICE = "road.lighting"
OFFICER = Actor(role=Role.AGENCY, subject="zhang", agency_id=AGENCY)
HELPING_OFFICER = Actor(role=Role.AGENCY, subject="zhao", agency_id=HELPER)
SUPERVISOR = Actor(role=Role.SUPERVISOR, subject="sun")
JUDGE = Actor(role=Role.ADJUDICATOR, subject="qian")
TEXT = "东华门街道南池子社区 12 号楼前路灯不亮，晚上很黑"


class Life:
    """One appeal and what has happened to it; every verb saves the case and lets a minute pass."""

    def __init__(
        self,
        stack: MotoStack,
        *,
        appeal_id: str = APPEAL,
        contact: bool = True,
        confidential: bool = False,
        about_agency: str | None = None,
        citizen_index: str | None = None,
    ) -> None:
        self._open(stack, appeal_id)
        case = Case.register(
            appeal_id=appeal_id,
            appeal_type=AppealType.COMPLAINT,
            channel="web",
            language="zh-CN",
            headline=HEADLINE if confidential else TEXT[:24],
            key_hash=key_hash(TRACKING_KEY),
            fingerprint=b"twelve bytes",
            citizen_index=citizen_index,
            confidential=confidential,
            about_agency=about_agency,
            tier="general",
            service_code=SERVICE,
            district="110101",
            subdistrict="110101001",
            emergency_numbers=(),
            command_id="register",
            by=CITIZEN,
            at=stack.clock(),
            timekeeper=self._timekeeper,
        )
        person = Contact(name="王女士", phone="13800138000") if contact else None
        words = Words(text=TEXT, place=Place(district="110101", subdistrict="110101001"), contact=person)
        if confidential:
            shown = released(NOT_RELEASED, "110101", "110101001")
            self._cases.register(case, shown, Statement(words=words, language="zh-CN"))
        else:
            self._cases.register(case, words)
        stack.clock.pass_(minutes=1)

    @classmethod
    def of(cls, stack: MotoStack, appeal_id: str) -> Self:
        """An appeal that somebody else has registered."""
        life = cls.__new__(cls)
        life._open(stack, appeal_id)
        return life

    def _open(self, stack: MotoStack, appeal_id: str) -> None:
        self._stack = stack
        tables = (stack.lookup(f"{name}Table", None) for name in ("Cases", "Texts", "Sealed"))
        self._cases = DynamoDBCases(stack.dynamodb, *tables)
        self._words = DynamoDBWords(stack.dynamodb, stack.lookup("TextsTable", None))
        self._timekeeper = PolicyTimekeeper.of(stack.directory)
        self._notes: list[Note] = []
        self.appeal_id = appeal_id

    @property
    def case(self) -> Case:
        """As it is stored now."""
        return self._cases.get(self.appeal_id)

    def referred(self) -> Self:
        return self._do("refer", ("service-unclear",), ("road.lighting",))

    def concluded(self) -> Self:
        """An operator has told the citizen the legal way instead."""
        by, told = Actor(role=Role.OPERATOR, subject="li"), self._note("请向法院起诉")
        return self._do("conclude", "legal_route", told, {"route": "litigation"}, by=by)

    def dispatched(self, agency_id: str = AGENCY) -> Self:
        assignment = Assignment(
            agency_id=agency_id,
            copy_to=DISTRICT_AGENCY,
            service_code=SERVICE,
            tier="general",
            district="110101",
            subdistrict="110101001",
            rule_id="city/road.lighting",
            catalogue_version=self._stack.directory.version,
            decided_by="given",
        )
        return self._do("dispatch", assignment, by=SYSTEM, timekeeper=self._timekeeper)

    def acknowledged(self) -> Self:
        return self._do("acknowledge", by=OFFICER)

    def contacted(self) -> Self:
        return self._do("record_contact", "phone", by=OFFICER)

    def returned(self) -> Self:
        note = self._note("不属于本街道")
        return self._do("return_", "not_our_duty", note, by=OFFICER, timekeeper=self._timekeeper)

    def resolved(self) -> Self:
        return self._do("resolve", self._note("已更换灯泡"), by=OFFICER)

    def supplemented(self) -> Self:
        return self._do("supplement", self._note("今天还是不亮"), by=CITIZEN)

    def withdrawn(self) -> Self:
        return self._do("withdraw", by=CITIZEN)

    def surveying(self) -> Self:
        return self._do("open_survey", "resolved", timekeeper=self._timekeeper)

    def late(self) -> Self:
        """Nobody does anything until the handling limit has passed and the sweep has said so."""
        self._stack.clock.at = self.case.clocks["handling"].due_at
        self._stack.clock.pass_(minutes=1)
        return self._fire()

    def nearly_late(self) -> Self:
        """Until the warning of the handling limit."""
        self._stack.clock.at = self.case.clocks["handling"].warn_at
        return self._fire()

    def upheld(self) -> Self:
        return self._do("uphold", self._note("属于本街道职责"), by=JUDGE, timekeeper=self._timekeeper)

    def urged(self) -> Self:
        return self._do("urge", self._note("请尽快办理"), by=SUPERVISOR)

    def merged(self, leader: Life) -> Self:
        """Handled together with another appeal from now on."""
        case, other = self.case, leader.case
        case.merge_into(other, by=SYSTEM, at=self._stack.clock(), command_id="merge")
        self._cases.save_together(case, other)
        return self

    # --- orders beside the lead order; each verb is about the latest one -----------------------------

    @property
    def part(self) -> SideOrder:
        """As it is stored now."""
        return self._cases.side(f"{self.appeal_id}.{self.case.sides + 1}")

    def asked(self, kind: str = "assist", agency_id: str = HELPER, by: Actor = OFFICER, **terms: Any) -> Self:
        note = self._note("请派人到现场核查")
        return self._do(
            "open_side",
            SideKind(kind),
            agency_id,
            by=by,
            timekeeper=self._timekeeper,
            note_id=note,
            terms=terms,
        )

    def summoned(self) -> Self:
        return self.asked("summons")

    def more_time_asked(self) -> Self:
        return self.asked("extension", "~supervisors/110101", amount=2, unit="days", told="phone")

    def hold_asked(self) -> Self:
        until = int((self._stack.clock() + timedelta(days=20)).timestamp())
        return self.asked("hold", "~supervisors/110101", until=until, told="phone")

    def part_acknowledged(self) -> Self:
        return self._beside(lambda side, now: side.acknowledge(by=HELPING_OFFICER, **now))

    def part_arrived(self) -> Self:
        return self._beside(lambda side, now: side.arrive(by=HELPING_OFFICER, **now))

    def part_staged(self) -> Self:
        note, clock = self._note("线路故障，需更换电缆"), self._timekeeper.start_side
        return self._beside(
            lambda side, now: side.report_stage(note, clock(side.kind, now["at"]), by=HELPING_OFFICER, **now)
        )

    def part_reported(self) -> Self:
        note = self._note("已修复线路")
        return self._beside(lambda side, now: side.report(note, by=HELPING_OFFICER, **now))

    def part_cancelled(self) -> Self:
        return self._beside(lambda side, now: side.cancel(by=OFFICER, **now))

    def part_nearly_late(self) -> Self:
        self._stack.clock.at = self.part.clock.warn_at
        return self._beside(lambda side, now: side.fire_timers(now["at"], command_id="sweep"))

    def part_late(self) -> Self:
        self._stack.clock.at = self.part.clock.due_at
        self._stack.clock.pass_(minutes=1)
        return self._beside(lambda side, now: side.fire_timers(now["at"], command_id="sweep"))

    def refused(self) -> Self:
        note = self._note("理由不充分")
        return self._beside(lambda side, now: side.decide(False, note, by=SUPERVISOR, **now))

    def granted(self) -> Self:
        """What was asked of the supervisors, in the same write as their decision."""
        note = self._note("同意")

        def decide(side: SideOrder, now: dict[str, Any]) -> None:
            side.decide(True, note, by=SUPERVISOR, **now)

        return self._beside(decide, self._grant)

    def resumed(self) -> Self:
        return self._do("resume", by=OFFICER, timekeeper=self._timekeeper)

    def _grant(self, case: Case, side: SideOrder, now: dict[str, Any]) -> None:
        given: dict[str, Any] = {"by": SUPERVISOR, "timekeeper": self._timekeeper, **now}
        if side.kind is SideKind.EXTENSION:
            case.extend(Limit(amount=side.terms["amount"], unit=side.terms["unit"]), side, **given)
        else:
            case.hold(self._stack.clock() + timedelta(days=20), side, **given)

    def _beside(
        self,
        act: Callable[[SideOrder, dict[str, Any]], object],
        then: Callable[[Case, SideOrder, dict[str, Any]], None] | None = None,
    ) -> Self:
        side, case = self.part, self.case
        now: dict[str, Any] = {"at": self._stack.clock(), "command_id": f"beside-{side.version}"}
        act(side, now)
        for note in self._notes:
            side.cite(note)
        if side.status.ended:
            case.end_side(side, by=SYSTEM, **now)
            if then is not None:
                then(case, side, now)
            self._cases.save(case)
        else:
            self._cases.save_side(side)
        self._stack.clock.pass_(minutes=1)
        return self

    # --- 访 survey ----------------------------------------------------------------------------------

    def answered(self, *, resolved: bool = True) -> Self:
        number = self.case.survey.number if self.case.survey else 0
        answers = Answers(contacted=True, resolved=resolved, satisfied=resolved)
        note = None if resolved else self._note("灯还是不亮")
        return self._do("answer_survey", number, answers, note, by=CITIZEN, timekeeper=self._timekeeper)

    def to_be_called(self) -> Self:
        """The message was not answered, and it is ten in the morning."""
        survey = self.case.survey
        assert survey is not None
        assert survey.call_at is not None
        self._stack.clock.at = survey.call_at
        self._fire()
        return self.at_ten()

    def to_be_verified(self) -> Self:
        """Somebody else asks once more, on the morning after."""
        self._do("verify_answer", timekeeper=self._timekeeper)
        return self.at_ten()

    def at_ten(self) -> Self:
        """Let time pass until ten on the next morning in Beijing."""
        self._stack.clock.at = self._stack.clock().replace(hour=2, minute=0) + timedelta(days=1)
        return self

    def _note(self, text: str) -> str:
        note_id = f"{self.case.version + 1:04d}-note"
        if any(note.note_id == note_id for note in self._notes):
            note_id += str(len(self._notes))
        note = Note(note_id=note_id, by="x", at=self._stack.clock(), text=text)
        self._notes.append(self._words.add_note(self.appeal_id, note))
        return note_id

    def _fire(self) -> Self:
        case = self.case
        assert case.fire_timers(self._stack.clock(), command_id="sweep", timekeeper=self._timekeeper)
        self._cases.save(case)
        return self

    def _do(self, verb: str, *arguments: Any, **named: Any) -> Self:
        case = self.case
        getattr(case, verb)(*arguments, at=self._stack.clock(), command_id=f"{verb}-{case.version}", **named)
        for each in (case, *case.changed_sides):
            for note in self._notes:
                each.cite(note)
        self._cases.save(case)
        self._stack.clock.pass_(minutes=1)
        return self
