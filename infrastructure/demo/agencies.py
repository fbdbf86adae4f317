"""The simulated agencies: they take what is on their queues and answer on the replies queue.

They may be killed at any point: what they do next follows from the message, from what the stack says and from
the run's script, and whatever they send carries the same id when it is sent again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from hotline.domain.errors import InvalidInput, SidesOpen
from infrastructure.demo.acts import ACKNOWLEDGE, CONTACT, RESOLVE, resolve, takes_course
from infrastructure.demo.agenda import Rounds
from infrastructure.demo.casework import SPACING_S, Casework, command_of
from infrastructure.demo.evidence import PICTURE
from infrastructure.demo.habits import Course, Entry
from infrastructure.demo.hotline import AgencyQueues, Hotline
from infrastructure.demo.journal import Journal
from infrastructure.demo.script import Script

Json = dict[str, Any]


class Agencies:
    """All agencies of the city. They handle whatever is on their queues, whoever filed it."""

    def __init__(
        self,
        hotline: Hotline,
        queues: AgencyQueues,
        journal: Journal,
        rounds: Rounds,
        script: Script,
        casework: Casework,
    ) -> None:
        self._hotline = hotline
        self._queues = queues
        self._journal = journal
        self._rounds = rounds
        self._script = script
        self._casework = casework

    def work(self, agency_id: str) -> list[Json]:
        """Take in what waits on one agency's queue, answer it, then delete it; the messages."""
        received = self._queues.receive(agency_id)
        messages = [json.loads(each["Body"]) for each in received]
        if received:
            self._journal.received(messages, agency_id)
            self._journal.keep([each for each in messages if self._is_delicate(each)], agency_id)
            self._queues.reply([reply for message in messages for reply in self._replies(message)])
            self._queues.delete(agency_id, received)
        self._rounds.polled(agency_id, found=bool(received))
        return messages

    def _is_delicate(self, message: Json) -> bool:
        """Whether the account will want to see what exactly the agency was told."""
        mine = self._script.plan_of(message["appeal_id"]).entry is Entry.CONFIDENTIAL
        return mine or bool(message.get("confidential"))

    def _replies(self, message: Json) -> Iterator[tuple[Json, int]]:
        """The replies to one message, each with the seconds that SQS holds it back."""
        work_order_id, agency_id = message["work_order_id"], message["agency_id"]
        again = AGAIN if message["kind"] == "reply_refused" else ""
        for number, action in enumerate(self._actions(message)):
            reply = {
                "schema": "hotline.reply/1",
                "work_order_id": work_order_id,
                "agency_id": agency_id,
                "reply_token": self._journal.reply_token(work_order_id, agency_id),
                "command_id": f"{_short(message['message_id'])}/{number}{again}",
                "officer": "demo",
                "action": action,
            }
            yield reply, number * SPACING_S

    def _actions(self, message: Json) -> Sequence[Json]:
        match message["kind"]:
            case "dispatched":
                return self._take_on(message)
            case "return_upheld":
                return [ACKNOWLEDGE, CONTACT, RESOLVE]
            case "reopened":
                return [CONTACT, RESOLVE_AGAIN]
            case "reply_refused":
                return self._after_refusal(message)
            case asked if asked in ASKED and message.get("reply_token"):
                return self._do_a_part(message)
        self._casework.stir(message["appeal_id"])
        return []

    def _take_on(self, message: Json) -> Sequence[Json]:
        """Handle an order, follow its course, or return it: only ever the first agency does."""
        order, number = message["work_order_id"], message["appeal_id"]
        self._script.wait_for(number, datetime.fromisoformat(message["occurred_at"]))
        plan = self._script.plan_of(number)
        self._rounds.expect(message["agency_id"][:6])  # a sub-district's district gets a copy
        if takes_course(plan, message["agency_id"]):
            self._casework.follow(number)
            return []
        if plan.course is Course.RETURNED and self._journal.first_order(order) == message["message_id"]:
            return [RETURN]
        reports = self._script.habits.reports_progress(self._script.seed, order)
        done = resolve(number, message.get("text"))
        return [ACKNOWLEDGE, CONTACT, *([PROGRESS] if reports else []), done]

    def _do_a_part(self, message: Json) -> Sequence[Json]:
        """Answer what is asked beside somebody's order, some after a stage report."""
        actions = ASKED[message["kind"]]
        staged = self._script.habits.reports_stages(self._script.seed, message["appeal_id"])
        if message["kind"] in STAGED and staged:
            return [*actions[:-1], REPORT_STAGE, actions[-1]]
        return actions

    def _after_refusal(self, message: Json) -> Sequence[Json]:
        """Do what is left to do: with what was asked for, else by the order's status."""
        problem, command_id = message["refused"]["problem"], message["refused"]["command_id"]
        if message.get("side"):
            return [] if command_id.endswith(AGAIN) else LEFT_BESIDE.get(message["status"], [])
        command = command_of(command_id)
        if command not in (None, "resolve"):
            self._casework.give_up(message["appeal_id"])
            return []
        if problem == InvalidInput.code:
            attachment = self._hotline.upload_evidence(message["appeal_id"], message["agency_id"], PICTURE)
            return [{**RESOLVE, "attachments": [attachment]}] if attachment else []
        if problem == SidesOpen.code:
            return [WITHOUT_ASSISTS]
        return [] if command else LEFT_TO_DO.get(message["status"], [])


PROGRESS: Json = {"command": "report_progress", "text": "已派员到现场查看。 Somebody is on site."}
RESOLVE_AGAIN: Json = {"command": "resolve", "text": "已再次上门处理。 Dealt with once more, on site."}
WITHOUT_ASSISTS: Json = {
    "command": "resolve",
    "text": "本单位职责已办结，协办单位后续反馈。 Our duty is done; the others will report.",
    "without_assists": True,
}
RETURN: Json = {"command": "return", "ground": "not_our_duty", "text": "不属于我单位职责。 Not our duty."}
ARRIVE: Json = {"command": "arrive"}
REPORT: Json = {"command": "report", "text": "本单位职责部分已办理。 Our part is done."}
REPORT_STAGE: Json = {"command": "report_stage", "text": "部分工作需待配件到货。 Some parts are on order."}
OPINION: Json = {"command": "report", "text": "属于属地职责，建议派属地。 It is the district's duty."}

ASKED: Mapping[str, Sequence[Json]] = {
    "assist": [ACKNOWLEDGE, REPORT],
    "summons": [ACKNOWLEDGE, ARRIVE, REPORT],
    "supervision": [ACKNOWLEDGE, REPORT],
    "escalation": [ACKNOWLEDGE, REPORT],
    "opinion": [OPINION],
}
"""What an agency does that is asked for something beside the lead order."""

STAGED = frozenset({"assist", "summons"})

LEFT_TO_DO: Mapping[str, Sequence[Json]] = {
    "dispatched": [ACKNOWLEDGE, CONTACT, RESOLVE],
    "acknowledged": [CONTACT, RESOLVE],
    "in_progress": [RESOLVE],
}
"""After a refused reply, by the order's status. Otherwise nothing: the order is over or elsewhere."""

LEFT_BESIDE: Mapping[str, Sequence[Json]] = {
    "acknowledged": [REPORT],
    "arrived": [REPORT],
}
"""The same for what was asked beside it; nothing that was refused twice is tried a third time."""

AGAIN = "/again"
"""Ends the id of a reply that follows on a refusal."""


def _short(message_id: str) -> str:
    """Stands for a message in the ids of the replies to it; a refusal's id contains that of what it refuses."""
    return hashlib.blake2b(message_id.encode(), digest_size=12).hexdigest()
