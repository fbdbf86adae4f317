"""What the dashboard says by a code."""

from __future__ import annotations

from typing import Any

from hotline.domain.phrases import Phrase

DONE = {
    "urge": Phrase("已催办。", "The agency has been reminded."),
    "supervise": Phrase("已督办，承办单位须书面答复。", "The agency has to answer in writing."),
    "escalate": Phrase("已提级，请上级单位研究。", "The superior has been asked."),
    "grant": Phrase("已同意，承办单位和诉求人会收到通知。", "Granted; agency and citizen are told."),
    "refuse": Phrase("已答复不同意，原时限不变。", "Refused; the limit stays as it is."),
}
"""After a form, by the code in ``?done=``."""

ACTS = {
    "urge": Phrase("催办", "Urge"),
    "supervise": Phrase("督办", "Supervise"),
    "escalate": Phrase("提级", "Escalate"),
}

KINDS = {
    "lead": Phrase("主办", "lead"),
    "assist": Phrase("协办", "assist"),
    "opinion": Phrase("会商意见", "opinion"),
    "summons": Phrase("吹哨报到", "summons"),
    "adjudication": Phrase("退单裁定", "adjudication"),
    "supervision": Phrase("督办答复", "supervision"),
    "escalation": Phrase("提级意见", "escalation"),
    "extension": Phrase("延期申请", "extension"),
    "hold": Phrase("挂账申请", "hold"),
    "callback": Phrase("电话回访", "callback"),
    "verification": Phrase("复核回访", "second call"),
    "review": Phrase("复核", "review"),
}
"""What an order is among those of its appeal."""

CLOCKS = {
    "dispatch": Phrase("派单时限", "Dispatch"),
    "adjudication": Phrase("裁定时限", "Adjudication"),
    "response": Phrase("响应时限", "Response"),
    "handling": Phrase("办理时限", "Handling"),
}

BANDS = {
    "ahead": Phrase("领先", "Ahead"),
    "typical": Phrase("持平", "Typical"),
    "behind": Phrase("落后", "Behind"),
    "not_enough_cases": Phrase("样本不足", "Not enough cases"),
}
"""Against the group taken together; colours of chips follow."""

BAND_CHIPS = {"ahead": "good", "typical": "plain", "behind": "late", "not_enough_cases": "plain"}

UNITS = {
    "minutes": Phrase("分钟", "minutes"),
    "hours": Phrase("小时", "hours"),
    "days": Phrase("天", "days"),
}

TOLD = {
    "phone": Phrase("电话", "by telephone"),
    "visit": Phrase("上门", "in person"),
    "message": Phrase("短信", "by message"),
    "other": Phrase("其他方式", "otherwise"),
}

ROLES = {
    "citizen": Phrase("诉求人", "citizen"),
    "system": Phrase("系统", "system"),
    "operator": Phrase("话务员", "operator"),
    "agency": Phrase("承办单位", "agency"),
    "adjudicator": Phrase("裁定员", "adjudicator"),
    "supervisor": Phrase("督办员", "supervisor"),
    "admin": Phrase("管理员", "administrator"),
    "auditor": Phrase("审计员", "auditor"),
}

EVENTS = {
    "AppealRegistered": Phrase("受理", "Registered"),
    "EmergencyHandedOff": Phrase("提示拨打紧急电话", "Emergency numbers shown"),
    "DispatchReferred": Phrase("转人工派单", "Left to an operator"),
    "WorkOrderDispatched": Phrase("派单", "Dispatched"),
    "WorkOrderRedispatched": Phrase("改派", "Given to another agency"),
    "WorkOrderAcknowledged": Phrase("签收", "Accepted"),
    "WorkOrderReturned": Phrase("退单", "Returned"),
    "ReturnUpheld": Phrase("退单未获支持", "Return refused"),
    "CitizenContacted": Phrase("联系诉求人", "Citizen contacted"),
    "ProgressReported": Phrase("办理进展", "Progress"),
    "WorkOrderResolved": Phrase("办结", "Done"),
    "ExtensionGranted": Phrase("同意延期", "More time granted"),
    "WorkOrderHeld": Phrase("挂账", "On hold"),
    "WorkOrderResumed": Phrase("恢复办理", "Resumed"),
    "WorkOrderUrged": Phrase("催办", "Urged"),
    "SideOrderOpened": Phrase("发起", "Asked"),
    "SideOrderClosed": Phrase("结束", "Ended"),
    "ClockWarned": Phrase("临近时限", "Limit is near"),
    "ClockBreached": Phrase("超过时限", "Limit has passed"),
    "SurveyOpened": Phrase("开始回访", "Survey opened"),
    "SurveyAnswerChanged": Phrase("修改评价", "Answer changed"),
    "WorkOrderReopened": Phrase("重新办理", "Sent back"),
    "WorkOrderClosed": Phrase("归档", "Closed"),
    "AppealSupplemented": Phrase("补充诉求", "Supplemented"),
    "AppealWithdrawn": Phrase("撤回", "Withdrawn"),
    "AppealConcluded": Phrase("直接答复", "Answered by the hotline"),
    "ConclusionContested": Phrase("对答复有异议", "Answer contested"),
    "ExcludedFromAssessment": Phrase("剔除考核", "Left out of the assessment"),
    "DissatisfactionJudged": Phrase("不满意复核", "Dissatisfaction judged"),
}
"""An event in a word; others are shown by their name in the catalogue."""


def event(name: str, facts: dict[str, Any]) -> Phrase:
    """What happened, with what it was about.

    Example:
        >>> event("SideOrderOpened", {"kind": "assist"}).zh, event("ClockBreached", {"clock": "handling"}).en
        ('发起协办', 'Limit has passed: Handling')
    """
    said = EVENTS.get(name, Phrase(name, name))
    about = KINDS.get(str(facts.get("kind"))) or CLOCKS.get(str(facts.get("clock")))
    return Phrase(f"{said.zh}{about.zh}", f"{said.en}: {about.en}") if about else said
