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
    "on_hold": Phrase("因客观原因暂缓办理，到期自动恢复", "On hold for now; it resumes on the review date"),
    "merged": Phrase("已并入同类诉求一并办理", "Handled together with another appeal on the same matter"),
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
    "ReturnUpheld": Phrase(
        "承办单位的异议未获支持，继续办理", "The agency's objection was not accepted; it goes on"
    ),
    "AppealConcluded": Phrase("热线已答复", "The hotline has answered"),
    "ConclusionContested": Phrase(
        "您对答复有异议，热线重新处理", "You disagreed; the hotline looks at it again"
    ),
    "ExtensionGranted": Phrase("经批准延长办理时限", "The time limit was extended, with approval"),
    "WorkOrderHeld": Phrase("经批准暂缓办理，到期复核", "Put on hold with approval, until a review date"),
    "WorkOrderResumed": Phrase("恢复办理", "Handling goes on"),
    "WorkOrderUrged": Phrase("热线已催办", "The hotline has urged the agency"),
    "AppealMerged": Phrase("已与同类诉求合并办理", "Joined with another appeal on the same matter"),
    "AppealJoined": Phrase("另有诉求并入一并办理", "Another appeal on the same matter joined"),
    "AppealLeft": Phrase("并入的诉求已分开办理", "A joined appeal is handled on its own again"),
    "AppealUnmerged": Phrase("恢复单独办理", "Handled on its own again"),
    "SurveyAnswerChanged": Phrase("您更改了评价", "You changed your answer"),
    "ExcludedFromAssessment": Phrase(
        "经复核不计入考核", "After a review it does not count in the assessment"
    ),
    "DissatisfactionJudged": Phrase(
        "热线复核了您的不满意评价", "The hotline has reviewed your dissatisfaction"
    ),
    "CallClaimed": Phrase("话务员正在致电", "An operator is calling"),
    "CallAttempted": Phrase("热线曾致电未能接通", "The hotline has tried to call you"),
    "InformantRevealed": Phrase("热线工作人员查看了保密信息", "Hotline staff looked at confidential data"),
    "SideOrderOpened": Phrase("已请其他单位参与", "Another office was asked to take part"),
    "SideOrderClosed": Phrase("其他单位已反馈", "Another office has answered"),
    "SideOrderAsked": Phrase("已请其他单位参与", "Another office was asked to take part"),
    "SideOrderAcknowledged": Phrase("参与单位已签收", "The other office accepted it"),
    "SideOrderArrived": Phrase("参与单位已到场", "The other office has arrived"),
    "SideOrderStageReported": Phrase("参与单位提交阶段性报告", "The other office gave a stage report"),
    "SideOrderDone": Phrase("参与单位已反馈", "The other office has answered"),
    "SideOrderCancelled": Phrase("已取消对其他单位的请求", "The request to the other office was withdrawn"),
    "SideOrderWarned": Phrase("参与单位时限临近", "The other office's limit is near"),
    "SideOrderBreached": Phrase("参与单位已超时限", "The other office's limit has passed"),
}

CONCLUDED = {
    "answered_at_once": Phrase("热线已直接答复", "The hotline has answered"),
    "legal_route": Phrase("热线已告知法定途径", "The hotline has told you the legal way"),
    "no_new_facts": Phrase(
        "同一事项没有新的事实或理由，已告知办理情况",
        "The same matter without new facts: you were told how it stands",
    ),
    "secret": Phrase(
        "涉及秘密或隐私，热线已说明", "It touches secrets or privacy; the hotline has explained"
    ),
    "outside_duties": Phrase(
        "不属于政府职责，已告知市场或社会途径",
        "Not a duty of the city; the hotline has told you where to turn",
    ),
    "dissuaded": Phrase(
        "不符合法律或公序良俗，热线已劝导", "Against the law or public order; you were advised"
    ),
    "emergency_handoff": Phrase(
        "已转紧急救助部门处置", "Handed to the emergency service, which has taken it"
    ),
}
"""The hotline's own answers (条例 Art 11), by conclusion."""

CONCLUDED_STATUS = {
    "resolved": Phrase("热线已答复，即将回访", "The hotline has answered; we will ask you"),
}
"""Where a status reads differently when no agency handled the appeal."""

CONCLUDED_QUESTIONS = {
    "contacted": Phrase(
        "您是否收到并看明白热线的答复？", "Did you get the hotline's answer, and is it clear?"
    ),
    "resolved": Phrase("您是否认可这一答复？", "Do you accept it?"),
    "satisfied": Phrase("您对热线的处理是否满意？", "Are you satisfied with how the hotline dealt with it?"),
}

SIDE_OPENED = {
    "assist": Phrase("已请协办单位参与", "Another agency was asked to assist"),
    "opinion": Phrase("正在会商由哪个单位办理", "Agencies are being asked whose duty it is"),
    "summons": Phrase("已请有关部门到场", "Departments were called to the place"),
    "supervision": Phrase("热线已督办", "The hotline has demanded a written answer of the agency"),
    "escalation": Phrase("已提请上级单位研究", "The superior agency was asked to study it"),
    "extension": Phrase("承办单位申请延长办理时限", "The agency asks for more time"),
    "hold": Phrase("承办单位申请暂缓办理", "The agency asks to put it on hold"),
    "callback": Phrase("热线将致电回访", "The hotline will call you about the result"),
}
SIDE_CLOSED = {
    "assist": Phrase("协办单位已反馈", "The assisting agency has reported"),
    "opinion": Phrase("会商单位已提出意见", "An agency has given its opinion"),
    "summons": Phrase("到场部门已反馈", "The department that was called has reported"),
    "supervision": Phrase("承办单位已答复督办", "The agency has answered the demand"),
    "escalation": Phrase("上级单位已提出意见", "The superior agency has given its opinion"),
}
"""What citizens read of orders beside the lead order, by what is asked."""

REQUEST_REFUSED = Phrase("申请未获批准，按原时限办理", "The request was refused; the limit stays as it was")

RETURN_GROUNDS = {
    "not_our_duty": Phrase("不属于本单位职责", "Not our duty"),
    "not_our_area": Phrase("不属于本单位辖区", "Not in our area"),
    "outside_unit": Phrase(
        "属于市域外或中央单位等其他单位", "The duty of a body outside the city's agencies"
    ),
    "incomplete": Phrase("要素不全，无法办理", "Too incomplete to be handled"),
}
"""The grounds on which an agency may return an order (条例 Art 12: duty and jurisdiction)."""

LIKENESS = {
    "text": Phrase("文字相似度 {percent}%", "{percent} % of the wording is alike"),
    "citizen": Phrase("同一诉求人", "The same citizen"),
    "place": Phrase("同一街道（乡镇）", "The same sub-district"),
    "service": Phrase("同一事项", "The same service"),
    "time": Phrase("时间相近（{percent}%）", "Close in time ({percent} %)"),
}
"""Why two appeals may be on the same matter, for the operator who decides."""

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

CODE_MESSAGE = Phrase(
    "【12345热线】验证码{code}，10分钟内有效，用于查看您自己的诉求。热线工作人员不会向您索要，请勿告诉任何人。",
    "[12345 hotline] Your code is {code}, valid for 10 minutes, to see your own appeals. Nobody from the hotline"
    " will ask you for it.",
)

CODE_ASKED = Phrase(
    "如果近期用这个号码登记过诉求，验证码短信会在一分钟内发出，10分钟内有效。没有收到的，请核对号码，一分钟后重试；"
    "同一号码每天只能获取几次。",
    "If an appeal was registered with this number lately, a code is on its way and valid for 10 minutes. If none comes,"
    " check the number and try again after a minute; one number can ask for only a few codes a day.",
)
"""The same for every number: nobody is told whether it has appeals."""
