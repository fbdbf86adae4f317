"""Cases with a past: a history of commands, stored as the functions store it.

Example:
    >>> life = Life(stack).dispatched().acknowledged()  # doctest: +SKIP
"""

from __future__ import annotations

from typing import Any, Self

from hotline.adapters.dynamodb.cases import DynamoDBCases
from hotline.adapters.dynamodb.texts import DynamoDBWords
from hotline.domain.actor import CITIZEN, SYSTEM, Actor, Role
from hotline.domain.appeal import AppealType, Contact, Note, Place, Words
from hotline.domain.case import Answers, Assignment, Case
from hotline.domain.timekeeping import PolicyTimekeeper
from hotline.domain.tokens import key_hash
from tests.aws_stack import MotoStack

APPEAL = "000G40R40M30E209B"
TRACKING_KEY = "q7Yb0dZ2m4K1x9Vn3LrTcA"
AGENCY = "110101001"
DISTRICT_AGENCY = "110101"
SERVICE = "road.lighting"
OFFICER = Actor(role=Role.AGENCY, subject="zhang", agency_id=AGENCY)
TEXT = "东华门街道南池子社区 12 号楼前路灯不亮，晚上很黑"


class Life:
    """One appeal and what has happened to it; every verb saves the case and lets a minute pass."""

    def __init__(self, stack: MotoStack, *, appeal_id: str = APPEAL, contact: bool = True) -> None:
        self._stack = stack
        self._cases = DynamoDBCases(
            stack.dynamodb, stack.lookup("CasesTable", None), stack.lookup("TextsTable", None)
        )
        self._words = DynamoDBWords(stack.dynamodb, stack.lookup("TextsTable", None))
        self._timekeeper = PolicyTimekeeper(stack.directory.sla, stack.directory.calendars)
        self.appeal_id = appeal_id
        case = Case.register(
            appeal_id=appeal_id,
            appeal_type=AppealType.COMPLAINT,
            channel="web",
            language="zh-CN",
            headline=TEXT[:24],
            key_hash=key_hash(TRACKING_KEY),
            fingerprint=b"twelve bytes",
            citizen_index=None,
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
        self._cases.register(
            case, Words(text=TEXT, place=Place(district="110101", subdistrict="110101001"), contact=person)
        )
        stack.clock.pass_(minutes=1)

    @property
    def case(self) -> Case:
        """As it is stored now."""
        return self._cases.get(self.appeal_id)

    def referred(self) -> Self:
        return self._do("refer", ("service-unclear",), ("road.lighting",))

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

    def answered(self, *, resolved: bool = True) -> Self:
        number = self.case.survey.number if self.case.survey else 0
        answers = Answers(contacted=True, resolved=resolved, satisfied=resolved)
        note = None if resolved else self._note("灯还是不亮")
        return self._do("answer_survey", number, answers, note, by=CITIZEN, timekeeper=self._timekeeper)

    def _note(self, text: str) -> str:
        note_id = f"{self.case.version + 1:04d}-note"
        self._words.add_note(self.appeal_id, Note(note_id=note_id, by="x", at=self._stack.clock(), text=text))
        return note_id

    def _fire(self) -> Self:
        case = self.case
        assert case.fire_timers(self._stack.clock(), command_id="sweep", timekeeper=self._timekeeper)
        self._cases.save(case)
        return self

    def _do(self, verb: str, *arguments: Any, **named: Any) -> Self:
        case = self.case
        getattr(case, verb)(*arguments, at=self._stack.clock(), command_id=f"{verb}-{case.version}", **named)
        self._cases.save(case)
        self._stack.clock.pass_(minutes=1)
        return self
