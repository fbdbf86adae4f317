"""The tiny hotline with Beijing's signals, and an agency that answers as a test says."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from hotline.domain.actor import Actor
from hotline.domain.case import Case
from hotline.domain.events import Envelope
from hotline.domain.orders import Acknowledge, RecordContact, Resolve
from hotline.domain.signal_rules import SignalPolicy, SignalRule
from hotline.domain.signals import Finding, plain
from hotline.domain.tokens import SurveyRef
from hotline.use_cases.flag_mass_complaints import flag_mass_complaints
from hotline.use_cases.survey_citizens import AnswerSurvey
from hotline.use_cases.weigh_signals import weigh_signals
from infrastructure.directory.reading import Problems, _lines
from tests.unit.builders import OFFICER, Hotline, appeal
from tests.unit.builders_directory import BEIJING_FOLDER, tiny_parts
from tests.unit.fakes import MemoryEvidence, MemoryFindings, MemoryTextCopies

HONEST = (
    "河边街道路灯所已更换楼前三盏路灯的灯泡和一段电缆，今晚起恢复照明，请您晚上再看一下，"
    "路灯不亮可以拨打路灯所值班电话"
)
"""A reply that says something about the street lamp."""

EMPTY = "您好！您的来信已收悉，我单位高度重视，已转有关部门处理，感谢您对我们工作的关心、支持与理解！"
"""A reply that says nothing."""


@cache
def beijing_signals() -> SignalPolicy:
    """The rules and phrases of Beijing's folder, without the rest of it."""

    def rows(name: str) -> list[Any]:
        problems = Problems()
        text = (Path(BEIJING_FOLDER) / name).read_text(encoding="utf-8")
        read = [line.row for line in _lines(name, text, problems)]
        assert problems == []
        return read

    rules = tuple(SignalRule(**row.model_dump(exclude={"note"})) for row in rows("signals.csv"))
    return SignalPolicy(rules=rules, phrases=tuple(plain(row.phrase) for row in rows("stock_phrases.csv")))


class Supervised(Hotline):
    """A hotline whose results are weighed.

    Attributes:
        copies, findings: what the worker keeps; evidence: the pictures that agencies have uploaded.
    """

    def __init__(self, *, wants_pictures: bool = False, **changes: Any) -> None:
        parts = tiny_parts()
        for service in parts["core"]["services"]:
            service["evidence_required"] = wants_pictures
        policy = beijing_signals().model_copy(update=changes)
        parts["core"]["signals"] = policy.model_dump(mode="json")
        super().__init__(parts)
        self.copies = MemoryTextCopies()
        self.findings = MemoryFindings()
        self.evidence = MemoryEvidence()

    def given(self, **changes: Any) -> str:
        """The id of an appeal that its sub-district has got; each in words of its own."""
        minute = {"text": f"我家楼前第{next(self._minutes)}号路灯不亮，晚上很黑，老人出门容易摔倒"}
        return self.dispatched(appeal(**{**minute, **changes}))

    def done(
        self,
        text: str = HONEST,
        *,
        minutes: float = 60,
        by: Actor = OFFICER,
        pictures: tuple[str, ...] = (),
        **changes: Any,
    ) -> str:
        """The id of an appeal that the agency calls done with those words.

        Args:
            minutes: between the contact and the "done".
        """
        appeal_id = self.given(**changes)
        self.act(appeal_id, Acknowledge(), by)
        self.act(appeal_id, RecordContact(channel="phone"), by)
        self.clock.pass_(minutes=minutes)
        self.act(appeal_id, Resolve(text=text, attachments=pictures), by)
        return appeal_id

    def weigh(self, *envelopes: Envelope) -> dict[str, Any]:
        """Let the worker take a batch."""
        stores: dict[str, Any] = {
            "cases": self.cases,
            "words": self.words,
            "copies": self.copies,
            "directories": self.directories,
            "now": self.clock,
        }
        flagged = flag_mass_complaints(envelopes, lists=self.cases, **stores)
        return flagged | weigh_signals(envelopes, findings=self.findings, evidence=self.evidence, **stores)

    def weighed(self, appeal_id: str, name: str = "WorkOrderResolved") -> Finding | None:
        """What is found after the latest event of that name."""
        assert self.weigh(self.event(appeal_id, name)) == {}
        found = [each for _, each in self.findings.kept.values() if each.appeal_id == appeal_id]
        return max(found, key=lambda each: each.number, default=None)

    def answered(self, appeal_id: str, *, contacted: bool, resolved: bool) -> None:
        """The citizen is asked, and answers."""
        self.open_surveys(self.event(appeal_id, "WorkOrderResolved"))
        survey = self.case(appeal_id).survey
        assert survey is not None
        token = self.tokens.survey_token(SurveyRef(appeal_id, survey.number))
        self.answer(token, AnswerSurvey(contacted=contacted, resolved=resolved, satisfied=resolved))

    def reviews(self, appeal_id: str) -> list[dict[str, Any]]:
        """What reviewers were asked about an appeal."""
        case: Case = self.case(appeal_id)
        asked = self.cases.sides([f"{appeal_id}.{number}" for number in range(2, case.sides + 2)])
        return [side.terms for side in asked if side.kind == "review"]
