"""What the desk says by a code: commands, events as colleagues call them, kinds of orders."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from hotline.domain.answers import OrderView
from hotline.domain.phrases import EVENT, SIDE_CLOSED, SIDE_OPENED, Phrase

COMMANDS = {
    "acknowledge": Phrase("签收", "Accept"),
    "record_contact": Phrase("登记已联系诉求人", "Record a contact with the citizen"),
    "arrive": Phrase("报到（已到现场）", "We are at the place"),
    "report_progress": Phrase("反馈进展", "Report progress"),
    "resolve": Phrase("办结", "Report it as done"),
    "report": Phrase("反馈办理结果", "Report the result"),
    "report_stage": Phrase("提交阶段性报告", "Give a stage report"),
    "request_assist": Phrase("请求协办", "Ask others to assist"),
    "summon": Phrase("吹哨", "Summon others to the place"),
    "cancel_assist": Phrase("撤回协办、吹哨", "Take back what was asked of others"),
    "request_extension": Phrase("申请延期", "Ask for more time"),
    "request_hold": Phrase("申请挂账", "Ask to put it on hold"),
    "resume": Phrase("结束挂账，恢复办理", "Go on before the review date"),
    "escalate": Phrase("提级研究", "Ask the superior for an opinion"),
    "return": Phrase("退单", "Return the order"),
    "request_review": Phrase("申请复核", "Ask for a review"),
    "cancel": Phrase("撤回请求", "Take the request back"),
}

KINDS = {
    "lead": Phrase("主办", "Lead"),
    "assist": Phrase("协办", "Assist"),
    "opinion": Phrase("会商", "Opinion"),
    "summons": Phrase("吹哨报到", "Summons"),
    "supervision": Phrase("督办", "Supervision"),
    "escalation": Phrase("提级", "Escalation"),
    "extension": Phrase("延期申请", "Extension"),
    "hold": Phrase("挂账申请", "Hold"),
    "callback": Phrase("回访", "Callback"),
    "verification": Phrase("复核回访", "Verification"),
    "review": Phrase("复核", "Review"),
}

CLOCKS = {
    "dispatch": Phrase("派单", "Dispatch"),
    "adjudication": Phrase("裁定", "Adjudication"),
    "response": Phrase("联系诉求人", "First contact"),
    "handling": Phrase("办结", "Done by"),
}

CHANNELS = {
    "phone": Phrase("电话", "By telephone"),
    "visit": Phrase("上门", "By a visit"),
    "message": Phrase("短信、消息", "By message"),
    "hotline": Phrase("由热线转达", "Passed on by the hotline"),
    "other": Phrase("其他方式", "In another way"),
}

EXCLUSIONS = {
    "": Phrase("（只用于剔除）", "(only for an exclusion)"),
    "outside_duties": Phrase("不属于政府职责", "Not a duty of the city"),
    "untrue": Phrase("诉求不属实", "Untrue"),
    "malicious": Phrase("恶意诉求", "Malicious"),
    "mass_complaint": Phrase("群体性集中投诉", "Mass complaint"),
    "force_majeure": Phrase("不可抗力", "Force majeure"),
    "wrong_dispatch": Phrase("派单错误", "Wrongly dispatched"),
    "system_fault": Phrase("系统故障", "A fault of the system"),
}
"""The reasons of an exclusion (剔除)."""

_OWN_WORDS = {
    "AppealSupplemented": Phrase("诉求人补充内容", "The citizen added information"),
    "AppealWithdrawn": Phrase("诉求人撤回诉求", "The citizen withdrew the appeal"),
    "WorkOrderReturned": Phrase("退单，等待裁定", "Returned, to be adjudicated"),
    "CitizenContacted": Phrase("已联系诉求人", "The citizen was contacted"),
    "WorkOrderResolved": Phrase("已反馈办理结果", "The result was reported"),
    "SurveyOpened": Phrase("开始回访诉求人", "The citizen is being surveyed"),
    "WorkOrderReopened": Phrase("诉求人反映未解决，退回继续办理", "Not solved, says the citizen: sent back"),
    "WorkOrderUrged": Phrase("收到催办", "Urged by the hotline"),
    "SurveyAnswerChanged": Phrase("诉求人更改评价", "The citizen changed the answer"),
    "DissatisfactionJudged": Phrase("不满意评价已复核", "The dissatisfaction was reviewed"),
    "CallAttempted": Phrase("热线回访未接通", "The hotline called in vain"),
}
"""Events that citizens read in other words."""


class Entry(NamedTuple):
    """One line of an order's story.

    Attributes:
        text: what somebody wrote then.
    """

    at: datetime
    phrase: Phrase
    by: str
    text: str
    kind: str


def story(order: OrderView) -> list[Entry]:
    """Everything that happened and everything that was written, in the order of time."""
    notes = {note.note_id: note for note in order.notes}
    told = []
    for event in order.events:
        note = notes.pop(str(event.facts.get("note", "")), None)
        text = note.text if note else ""
        told.append(Entry(event.at, _phrase(event.name, event.facts), event.actor, text, event.name))
    for note in notes.values():
        told.append(Entry(note.at, Phrase("补充说明", "Note"), note.by, note.text, "note"))
    return sorted(told, key=lambda entry: entry.at)


def _phrase(name: str, facts: Mapping[str, Any]) -> Phrase:
    kind = str(facts.get("kind", ""))
    if name == "SideOrderOpened" and kind in SIDE_OPENED:
        return SIDE_OPENED[kind]
    if name == "SideOrderClosed" and kind in SIDE_CLOSED:
        return SIDE_CLOSED[kind]
    return _OWN_WORDS.get(name) or EVENT.get(name) or Phrase(name, name)
