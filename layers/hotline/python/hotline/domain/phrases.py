"""What citizens read about their appeal: plain sentences, zh-CN first."""

from __future__ import annotations

from typing import NamedTuple


class Phrase(NamedTuple):
    """One sentence in both languages."""

    zh: str
    en: str


STATUS = {
    "registered": Phrase("已受理，正在派单", "Registered, being assigned"),
    "dispatched": Phrase("已派单，等待承办单位签收", "Assigned, waiting for the agency to accept"),
    "acknowledged": Phrase("承办单位已签收", "The agency has accepted it"),
    "in_progress": Phrase("正在办理", "Being handled"),
    "returned": Phrase("正在重新派单", "Being assigned to another agency"),
    "resolved": Phrase("承办单位已答复，即将回访", "The agency says it is done; we will ask you"),
    "surveying": Phrase("等待您的评价", "Waiting for your answer to the survey"),
    "closed": Phrase("已办结", "Closed"),
    "withdrawn": Phrase("已撤回", "Withdrawn"),
}

EVENT = {
    "AppealRegistered": Phrase("诉求已登记", "Appeal registered"),
    "EmergencyHandedOff": Phrase("已提示拨打紧急电话", "Told to call the emergency line"),
    "AppealSupplemented": Phrase("您补充了内容", "You added information"),
    "AppealWithdrawn": Phrase("您撤回了诉求", "You withdrew the appeal"),
    "DispatchReferred": Phrase("转人工派单", "An operator is assigning it"),
    "WorkOrderDispatched": Phrase("已派给承办单位", "Assigned to an agency"),
    "WorkOrderRedispatched": Phrase("已改派承办单位", "Assigned to another agency"),
    "WorkOrderAcknowledged": Phrase("承办单位已签收", "The agency accepted it"),
    "WorkOrderReturned": Phrase("承办单位退回，正在重新派单", "The agency returned it; being assigned again"),
    "CitizenContacted": Phrase("承办单位已与您联系", "The agency contacted you"),
    "ProgressReported": Phrase("办理进展", "Progress"),
    "WorkOrderResolved": Phrase("承办单位已答复", "The agency reported the result"),
    "ClockWarned": Phrase("临近办理时限", "The time limit is near"),
    "ClockBreached": Phrase("已超过办理时限", "The time limit has passed"),
    "SurveyOpened": Phrase("请您评价办理情况", "You were asked about the result"),
    "WorkOrderReopened": Phrase("已退回承办单位继续办理", "Sent back to the agency"),
    "WorkOrderClosed": Phrase("诉求已办结", "Appeal closed"),
}

QUESTIONS = {
    "contacted": Phrase("承办单位是否与您联系？", "Did the agency contact you?"),
    "resolved": Phrase("您反映的问题是否解决？", "Is the problem solved?"),
    "satisfied": Phrase("您对办理情况是否满意？", "Are you satisfied with how it was handled?"),
}

EMERGENCY = Phrase(
    "如遇危险，请立即拨打 {numbers}，不要等待本热线处理。",
    "If anyone is in danger call {numbers} now; do not wait for this hotline.",
)

SURVEY_MESSAGE = Phrase(
    "【12345热线】您的诉求{number}已有办理结果，请评价：{link}",
    "[12345 hotline] Please tell us how appeal {number} was handled: {link}",
)
