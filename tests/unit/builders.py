"""Cases with a past, and a whole small hotline in memory.

Setup is a history of commands, never rows: what a test starts from is what the code can reach.

Example:
    >>> life = Life().dispatched().acknowledged()
    >>> life.case.status.value, life.names[-1]
    ('acknowledged', 'WorkOrderAcknowledged')
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Self

from hotline.domain.actor import CITIZEN, SYSTEM, Actor, Role
from hotline.domain.answers import Receipt
from hotline.domain.appeal import AppealType, Note, RegisterAppeal
from hotline.domain.calendar import Limit
from hotline.domain.case import Answers, Assignment, Case, Conclusion
from hotline.domain.events import Envelope
from hotline.domain.identifiers import keyed
from hotline.domain.orders import (
    Acknowledge,
    AgencyCommand,
    AgencyReply,
    RecordContact,
    ReportProgress,
    Resolve,
    ReturnGround,
    ReturnOrder,
)
from hotline.domain.side_orders import SideKind, SideOrder
from hotline.domain.timekeeping import PolicyTimekeeper
from hotline.domain.timers import bucket_of
from hotline.domain.tokens import Tokens, key_hash
from hotline.ports import Supplier
from hotline.use_cases.act_on_order import act_on_order
from hotline.use_cases.dispatch_appeals import dispatch_appeals
from hotline.use_cases.notify_citizens import Told, notify_citizens
from hotline.use_cases.publish_events import envelopes_of
from hotline.use_cases.register_appeal import register_appeal
from hotline.use_cases.send_due_notices import DueReport, send_due_notices
from hotline.use_cases.send_notices import NoticeDesk
from hotline.use_cases.survey_citizens import AnswerSurvey, answer_survey, open_surveys
from hotline.use_cases.sweep_clocks import SweepReport, sweep_clocks
from tests.unit.builders_directory import EAST, RIVERSIDE, FixedDirectory, tiny_directory, tiny_parts
from tests.unit.builders_sla import ROUND_THE_CLOCK, policy
from tests.unit.fakes import (
    FixedClock,
    MemoryBus,
    MemoryCases,
    MemoryDeliveries,
    MemoryMessenger,
    MemoryNotices,
    MemoryOptOuts,
    MemoryProofs,
    MemoryQueues,
    MemorySealed,
    MemoryTallies,
    MemoryWatermark,
    MemoryWords,
)

NOON = datetime(2026, 3, 6, 4, tzinfo=UTC)
"""Friday noon in Beijing."""

APPEAL = "000G40R40M30E209B"
AGENCY = RIVERSIDE
OFFICER = Actor(role=Role.AGENCY, subject="zhang", agency_id=AGENCY)
OPERATOR = Actor(role=Role.OPERATOR, subject="op-7")
SUPERVISOR = Actor(role=Role.SUPERVISOR, subject="su-1")
JUDGE = Actor(role=Role.ADJUDICATOR, subject="ju-1")
HELPER = "lamp-office"
TIMEKEEPER = PolicyTimekeeper(policy(), {"24x7": ROUND_THE_CLOCK})
SECRET_KEY = "q7Yb0dZ2m4K1x9Vn3LrTcA"

YES = Answers(contacted=True, resolved=True, satisfied=True)
NO = Answers(contacted=True, resolved=False, satisfied=False)


def assignment(agency_id: str = AGENCY, **changes: Any) -> Assignment:
    """A decision to give the order to an agency, with a copy to its district."""
    facts: dict[str, Any] = {
        "agency_id": agency_id,
        "copy_to": EAST,
        "service_code": "street.lamp",
        "tier": "general",
        "district": EAST,
        "subdistrict": RIVERSIDE,
        "rule_id": "city/street",
        "catalogue_version": "2026-11-23-tiny",
        "decided_by": "given",
    }
    return Assignment(**{**facts, **changes})


class Life:
    """A case in memory and what has happened to it; each verb takes a minute and saves."""

    def __init__(
        self, at: datetime = NOON, timekeeper: PolicyTimekeeper = TIMEKEEPER, **changes: Any
    ) -> None:
        self.now = at
        self.timekeeper = timekeeper
        self.sides: dict[int, SideOrder] = {}
        self._commands = count(1)
        facts: dict[str, Any] = {
            "appeal_id": APPEAL,
            "appeal_type": AppealType.COMPLAINT,
            "channel": "web",
            "language": "zh-CN",
            "headline": "楼前路灯不亮，晚上很黑",
            "key_hash": key_hash(SECRET_KEY),
            "fingerprint": b"twelve bytes",
            "citizen_index": None,
            "tier": "general",
            "service_code": None,
            "district": None,
            "subdistrict": None,
            "emergency_numbers": (),
        }
        self.case = Case.register(
            **{**facts, **changes}, command_id=self._command(), by=CITIZEN, at=at, timekeeper=timekeeper
        )
        self._keep()

    @property
    def names(self) -> list[str]:
        """What has happened, in order."""
        return [event.name for event in self.case.events]

    def passing(self, **duration: float) -> Self:
        """Let time pass: ``life.passing(days=7)``."""
        self.now += timedelta(**duration)
        return self

    def until(self, at: datetime) -> Self:
        """Let time pass up to a moment."""
        self.now = at
        return self

    def referred(self) -> Self:
        return self._do(self.case.refer, ["service-unknown"], [], at=self.now)

    def dispatched(self, given: Assignment | None = None, by: Actor = SYSTEM) -> Self:
        return self._do(self.case.dispatch, given or assignment(), by=by, timekeeper=self.timekeeper)

    def acknowledged(self, by: Actor = OFFICER) -> Self:
        return self._do(self.case.acknowledge, by=by)

    def returned(self, by: Actor = OFFICER) -> Self:
        return self._do(self.case.return_, "not_our_duty", "n-return", by=by, timekeeper=self.timekeeper)

    def contacted(self, by: Actor = OFFICER) -> Self:
        return self._do(self.case.record_contact, "phone", by=by)

    def reported(self, by: Actor = OFFICER) -> Self:
        return self._do(self.case.report_progress, "n-progress", by=by)

    def resolved(self, by: Actor = OFFICER) -> Self:
        return self._do(self.case.resolve, "n-resolve", by=by)

    def surveying(self) -> Self:
        """The agency's answer has led to a survey."""
        return self._do(self.case.open_survey, "resolved", timekeeper=self.timekeeper)

    def surveying_late(self) -> Self:
        """The limit has passed and led to a survey."""
        return self._do(self.case.open_survey, "limit", timekeeper=self.timekeeper)

    def answered(self, answers: Answers = YES, number: int = 1, note_id: str | None = None) -> Self:
        return self._do(
            self.case.answer_survey, number, answers, note_id, by=CITIZEN, timekeeper=self.timekeeper
        )

    def supplemented(self, by: Actor = CITIZEN) -> Self:
        return self._do(self.case.supplement, "n-supplement", by=by)

    def withdrawn(self, by: Actor = CITIZEN) -> Self:
        return self._do(self.case.withdraw, by=by)

    def upheld(self, by: Actor = JUDGE) -> Self:
        """The objection was not accepted."""
        return self._do(self.case.uphold, "n-uphold", by=by, timekeeper=self.timekeeper)

    def concluded(self, conclusion: Conclusion = "legal_route", by: Actor = OPERATOR) -> Self:
        """Not for handling (条例 Art 11)."""
        return self._do(self.case.conclude, conclusion, "n-conclude", {}, by=by)

    def asked(self, kind: SideKind, agency_id: str = HELPER, by: Actor = OFFICER, **terms: Any) -> Self:
        """Somebody is asked for something beside the lead order."""
        return self._do(
            self.case.open_side,
            kind,
            agency_id,
            by=by,
            timekeeper=self.timekeeper,
            note_id="n-asked",
            terms=terms,
        )

    def decided(self, granted: bool = True, by: Actor = SUPERVISOR) -> Self:
        """A supervisor decides about the request that is open, and it takes effect."""

        def decide(*, at: datetime, command_id: str) -> None:
            side = next(side for side in self.open_sides if side.kind.decided_by_supervisor)
            side.decide(granted, "n-decided", by=by, at=at, command_id=command_id)
            now: dict[str, Any] = {"by": by, "at": at, "command_id": command_id}
            self.case.end_side(side, **now)
            if granted and side.kind is SideKind.EXTENSION:
                limit = Limit.model_validate(side.terms)
                self.case.extend(limit, side, timekeeper=self.timekeeper, **now)
            elif granted:
                until = datetime.fromtimestamp(side.terms["until"], UTC)
                self.case.hold(until, side, timekeeper=self.timekeeper, **now)

        return self._do(decide)

    def reported_by(self, number: int = 2) -> Self:
        """Whoever was asked reports."""

        def report(*, at: datetime, command_id: str) -> None:
            side = self.sides[number]
            by = Actor(role=Role.AGENCY, subject="zhao", agency_id=side.agency_id)
            side.report("n-report", by=by, at=at, command_id=command_id)
            self.case.end_side(side, by=by, at=at, command_id=command_id)

        return self._do(report)

    @property
    def open_sides(self) -> list[SideOrder]:
        """The orders beside the lead order that have not ended."""
        return [side for side in self.sides.values() if not side.status.ended]

    def swept(self) -> Self:
        """A sweep comes by."""
        self.case.fire_timers(self.now, command_id=self._command(), timekeeper=self.timekeeper)
        self._keep()
        return self

    def _do(self, verb: Callable[..., None], *arguments: Any, **named: Any) -> Self:
        verb(*arguments, **{"at": self.now, "command_id": self._command(), **named})
        self._keep()
        return self.passing(minutes=1)

    def _keep(self) -> None:
        for side in self.case.changed_sides:
            self.sides[side.number] = side
        stored(self.case)

    def _command(self) -> str:
        return f"command-{next(self._commands)}"


def citing(case: Case) -> Case:
    """The case, ready to be stored: what its new events cite has been written down somewhere."""
    for changed in (case, *case.changed_sides):
        for event in changed.new_events:
            if note_id := event.facts.get("note"):
                changed.cite(Note(note_id=note_id, by=event.actor, at=event.at, text="words"))
    return case


def stored(case: Case) -> None:
    """What a store does to a case that it has taken."""
    citing(case).chain()
    case.mark_stored()


def in_progress(**changes: Any) -> Life:
    """Dispatched, acknowledged, and the citizen contacted."""
    return Life(**changes).dispatched().acknowledged().contacted()


def appeal(**changes: Any) -> RegisterAppeal:
    """What a citizen sends: a broken street lamp in 河边街道."""
    body: dict[str, Any] = {
        "type": "complaint",
        "text": "楼前路灯不亮，晚上很黑",
        "service_code": "street.noise",
        "place": {"subdistrict": RIVERSIDE},
        "contact": {"name": "王女士", "phone": "13800138000"},
    }
    return RegisterAppeal.model_validate({**body, **changes})


class Hotline:
    """All of it in memory over the tiny city; time passes when a test says so."""

    def __init__(self, parts: dict[str, Any] | None = None, at: datetime = NOON) -> None:
        self.clock = FixedClock(at)
        self.directories = FixedDirectory(tiny_directory(parts or tiny_parts()))
        self.tokens = Tokens(lambda purpose: keyed(b"a key of the tests", "key", purpose))
        self.words = MemoryWords()
        self.sealed = MemorySealed()
        self.cases = MemoryCases().with_words(self.words, self.sealed)
        self.deliveries = MemoryDeliveries()
        self.queues = MemoryQueues()
        self.notices = MemoryNotices()
        self.opt_outs = MemoryOptOuts()
        self.proofs = MemoryProofs()
        self.watermark = MemoryWatermark(bucket_of(at) - 1)
        self.tallies = MemoryTallies()
        self.bus = MemoryBus()
        self.messenger = MemoryMessenger()
        self.second = MemoryMessenger()
        self.with_second = False
        self._keys = count(1)
        self._minutes = count(1)
        self._secret_keys: dict[str, str] = {}

    # ------------------------------------------------------------------ 接派办访, as the functions do it

    def register(self, command: RegisterAppeal | None = None, key: str | None = "new") -> Receipt:
        """Register an appeal; under a new idempotency key if none is given.

        Without command and key each is another matter: the same words, about another minute.
        """
        minute = {"happened_at": NOON - timedelta(minutes=next(self._minutes))} if key == "new" else {}
        receipt = register_appeal(
            command or appeal(**minute),
            by=CITIZEN,
            caller="public",
            idempotency_key=f"key-{next(self._keys)}" if key == "new" else key,
            cases=self.cases,
            directories=self.directories,
            tokens=self.tokens,
            now=self.clock,
        )
        self._secret_keys[receipt.tracking_number] = receipt.secret_key
        return receipt

    def secret_key(self, appeal_id: str) -> str:
        """What the citizen was given with the receipt."""
        return self._secret_keys[appeal_id]

    def dispatch(self, *envelopes: Envelope) -> dict[str, Any]:
        """Let the dispatcher take a batch."""
        return dispatch_appeals(
            envelopes,
            cases=self.cases,
            lists=self.cases,
            words=self.words,
            directories=self.directories,
            now=self.clock,
        )

    def act(self, appeal_id: str, command: AgencyCommand, by: Actor = OFFICER, **named: Any) -> Case:
        """Let an officer act at the desk."""
        return act_on_order(
            appeal_id,
            command,
            by=by,
            command_id=named.pop("command_id", f"desk-{next(self._keys)}"),
            cases=self.cases,
            words=self.words,
            directories=self.directories,
            now=self.clock,
            **named,
        )

    def open_surveys(self, *envelopes: Envelope) -> dict[str, Any]:
        """Let the survey worker take a batch."""
        return open_surveys(envelopes, cases=self.cases, directories=self.directories, now=self.clock)

    def answer(self, token: str, command: AnswerSurvey) -> Any:
        """Let the citizen answer."""
        return answer_survey(
            token,
            command,
            cases=self.cases,
            words=self.words,
            sealed=self.sealed,
            directories=self.directories,
            tokens=self.tokens,
            now=self.clock,
        )

    @property
    def notice_desk(self) -> NoticeDesk:
        """What sending notices needs; with a second supplier if a test says so."""
        suppliers = (Supplier("first", self.messenger), Supplier("second", self.second))
        return NoticeDesk(
            cases=self.cases,
            words=self.words,
            sealed=self.sealed,
            notices=self.notices,
            opt_outs=self.opt_outs,
            suppliers=suppliers if self.with_second else suppliers[:1],
            directories=self.directories,
            tokens=self.tokens,
            pages="https://hotline.example",
            at_night=False,
            now=self.clock,
        )

    def notify(self, *envelopes: Envelope) -> Told:
        """Let the worker that tells citizens take a batch."""
        return notify_citizens(envelopes, self.notice_desk)

    def send_due(self, may_go_on: Callable[[], bool] = lambda: True) -> DueReport:
        """Let the sweep of notices come by."""
        return send_due_notices(self.notice_desk, may_go_on)

    def sweep(self, may_go_on: Callable[[], bool] = lambda: True) -> SweepReport:
        """Let a sweep come by."""
        return sweep_clocks(
            lists=self.cases,
            cases=self.cases,
            watermark=self.watermark,
            directories=self.directories,
            now=self.clock,
            may_go_on=may_go_on,
        )

    # ------------------------------------------------------------------ cases with a past

    def registered(self, command: RegisterAppeal | None = None) -> str:
        """The id of a registered appeal."""
        return self.register(command).tracking_number

    def dispatched(self, command: RegisterAppeal | None = None) -> str:
        """The id of an appeal that its sub-district has got."""
        appeal_id = self.registered(command)
        assert self.dispatch(self.event(appeal_id, "AppealRegistered")) == {}
        return appeal_id

    def in_progress(self, command: RegisterAppeal | None = None) -> str:
        """The id of an appeal whose citizen has been contacted."""
        appeal_id = self.dispatched(command)
        self.act(appeal_id, Acknowledge())
        self.act(appeal_id, RecordContact(channel="phone"))
        return appeal_id

    def resolved(self, command: RegisterAppeal | None = None) -> str:
        """The id of an appeal that the agency calls done."""
        appeal_id = self.in_progress(command)
        self.act(appeal_id, RESOLVE)
        return appeal_id

    def surveying(self, command: RegisterAppeal | None = None) -> str:
        """The id of an appeal whose citizen is being asked."""
        appeal_id = self.resolved(command)
        assert self.open_surveys(self.event(appeal_id, "WorkOrderResolved")) == {}
        return appeal_id

    def resolve_again(self, appeal_id: str) -> None:
        """The agency calls a reopened order done, and the citizen is asked again."""
        self.act(appeal_id, RESOLVE)
        assert self.open_surveys(self.event(appeal_id, "WorkOrderResolved")) == {}

    # ------------------------------------------------------------------ looking

    def case(self, appeal_id: str) -> Case:
        """As it is stored now."""
        return self.cases.get(appeal_id)

    def names(self, appeal_id: str) -> list[str]:
        """What has happened to an appeal, in order."""
        return [event.name for event in self.case(appeal_id).events]

    def events(self, since: int = 0) -> list[Envelope]:
        """What the bus would have carried, from a place in the stream on."""
        return [envelope for change in self.cases.changes[since:] for envelope in envelopes_of(change)]

    def event(self, appeal_id: str, name: str) -> Envelope:
        """The latest event of that name."""
        return [each for each in self.events() if each.appeal_id == appeal_id and each.name == name][-1]


ACKNOWLEDGE = Acknowledge()
CONTACT = RecordContact(channel="phone")
PROGRESS = ReportProgress(text="已派人查看")
RETURN = ReturnOrder(ground=ReturnGround.NOT_OUR_DUTY, text="属市政部门")
RESOLVE = Resolve(text="已更换灯泡", attachments=())


def reply(
    hotline: Hotline, appeal_id: str, action: AgencyCommand, command_id: str = "r-1", **changes: Any
) -> AgencyReply:
    """What an agency's system sends back about its order."""
    order = f"{appeal_id}.1"
    agency_id = changes.get("agency_id", AGENCY)
    body = {
        "schema": "hotline.reply/1",
        "work_order_id": order,
        "agency_id": agency_id,
        "reply_token": hotline.tokens.reply_token(order, agency_id),
        "command_id": command_id,
        "action": action.model_dump(),
    }
    return AgencyReply.model_validate({**body, **changes})


def without(events: Sequence[Envelope], *names: str) -> list[Envelope]:
    """The events that have other names."""
    return [event for event in events if event.name not in names]
