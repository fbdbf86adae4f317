"""What the operators' console says by a code; all other sentences stand in its templates."""

from __future__ import annotations

from hotline.domain.phrases import Phrase
from web.phrases import LABELS as CITIZENS_LABELS

LABELS = {
    **CITIZENS_LABELS,
    "phone": Phrase("来电号码", "Caller's number"),
    "text": Phrase("反映内容", "What the caller says"),
    "spoken": Phrase("回访语言或方言", "Language to call back in"),
    "about_agency": Phrase("被举报单位", "Agency reported on"),
    "service_other": Phrase("其他事项", "Another topic"),
    "place.address_text": Phrase("地点", "Place"),
    "contact.name": Phrase("称呼", "Name"),
    "agency_id": Phrase("承办单位", "Agency"),
    "agency_other": Phrase("其他单位", "Another agency"),
    "assist_agency_ids": Phrase("协办单位", "Assisting agencies"),
    "agency_ids": Phrase("会商单位", "Agencies to ask"),
    "reasons": Phrase("派单理由和分工", "Reasons, and who does what"),
    "released_text": Phrase("转述内容", "The matter in your words"),
    "question": Phrase("需要会商的问题", "The question"),
    "why": Phrase("理由", "Reasons"),
    "reason": Phrase("查看原因", "Why you must see it"),
    "into": Phrase("并入哪一件", "Number of the other appeal"),
    "verdict": Phrase("结论", "Verdict"),
    "outcome": Phrase("通话结果", "How the call ended"),
    "wished_at": Phrase("约定时间", "Time agreed"),
    "language": Phrase("需要的语言或方言", "Language needed"),
    "contacted": Phrase("是否联系", "Contacted"),
    "resolved": Phrase("是否解决", "Solved"),
    "satisfied": Phrase("是否满意", "Satisfied"),
    "month": Phrase("月份", "Month"),
    "answer.outcome": Phrase("答复方式", "Kind of answer"),
    "answer.text": Phrase("答复内容", "What was told"),
    "answer.knowledge_ref": Phrase("知识库条目", "Knowledge entry"),
    "answer.route": Phrase("法定途径", "Legal way"),
    "answer.told": Phrase("告知途径", "Where to turn"),
    "answer.passed_to": Phrase("已转告单位", "Agency told"),
    "answer.law": Phrase("依据条款", "Provision"),
    "answer.number": Phrase("已转接", "Transferred to"),
    "answer.reference": Phrase("对方接警编号或接线人", "Their ticket, or who took it"),
    "answer.acknowledged": Phrase("对方已接收", "They have taken over"),
    "answer.same_as": Phrase("原诉求编号", "Number of the earlier appeal"),
    "answer.comparison_id": Phrase("比对", "Comparison"),
}

OUTCOMES = {
    "answered_at_once": Phrase("直接答复（第十一条）", "Answered at once (Art 11)"),
    "legal_route": Phrase("告知法定途径（第十一条二）", "Told the legal way (Art 11(2))"),
    "no_new_facts": Phrase("同一事项，告知进度（第十一条三）", "Same matter, told how it stands (Art 11(3))"),
    "secret": Phrase("涉密或隐私，已说明（第十一条四）", "Secret or private, explained (Art 11(4))"),
    "outside_duties": Phrase("非政府职责，告知途径（第十一条五）", "Not a duty of the city (Art 11(5))"),
    "dissuaded": Phrase(
        "违法违背公序良俗，劝导（第十一条六）", "Against law or order, dissuaded (Art 11(6))"
    ),
    "emergency_handoff": Phrase("已转接紧急电话（第十一条一）", "Handed to an emergency line (Art 11(1))"),
}

ROUTES = {
    "litigation": Phrase("诉讼", "Court"),
    "arbitration": Phrase("仲裁", "Arbitration"),
    "discipline": Phrase("纪检监察", "Discipline inspection"),
    "reconsideration": Phrase("行政复议", "Administrative reconsideration"),
    "disclosure": Phrase("政府信息公开", "Disclosure of information"),
    "petition": Phrase("信访", "Petition"),
}

TOLD = {"market": Phrase("市场途径", "The market"), "social": Phrase("社会途径", "Social bodies")}

REASONS = {
    "service-unknown": Phrase("识别不出事项", "The topic is not recognised"),
    "service-unclear": Phrase("事项不明确", "The topic is not clear"),
    "place-unknown": Phrase("地点不明", "The place is unknown"),
    "place-ambiguous": Phrase("地点有歧义", "The place can be several"),
    "no-duty-rule": Phrase("派单目录没有规定", "The duty catalogue has no rule"),
    "no-agency": Phrase("目录中没有对应单位", "There is no such agency"),
    "confidential": Phrase("保密举报，须人工转述", "Confidential: to be put into your words"),
    "quota": Phrase("同一联系方式当日诉求较多", "Many appeals of this contact today"),
}

ACTIONS = {
    "dispatch": Phrase("派单", "Dispatch"),
    "consult": Phrase("会商", "Consult"),
    "conclude": Phrase("直接答复", "Answer"),
    "adjudicate": Phrase("裁定", "Decide"),
    "merge": Phrase("并单", "Join"),
    "unmerge": Phrase("撤销并单", "Take apart"),
    "reveal": Phrase("查看保密原件", "See the original"),
}

VERDICTS = {
    "uphold": Phrase("维持原派单", "Uphold the dispatch"),
    "redirect": Phrase("改派", "Redirect"),
    "designate": Phrase("指定承办（不得再退）", "Designate (cannot be returned)"),
    "granted": Phrase("同意剔除", "Leave it out"),
    "refused": Phrase("不同意剔除", "It counts"),
    "reasonable": Phrase("不满意有理", "The dissatisfaction is reasonable"),
    "unreasonable": Phrase("不满意无理", "It is not reasonable"),
    "confirmed": Phrase("确认虚假办结", "Confirmed"),
    "dismissed": Phrase("排除嫌疑", "Dismissed"),
}

SUBJECTS = {
    "exclusion": Phrase("剔除申请", "Exclusions"),
    "dissatisfaction": Phrase("不满意评价", "Dissatisfactions"),
    "suspicion": Phrase("疑似虚假办结", "Suspicions"),
}

CALLS = {"callback": Phrase("回访", "Callback"), "verification": Phrase("复核回访", "Second call")}

KINDS = {
    "assist": Phrase("协办", "Assist"),
    "opinion": Phrase("会商", "Opinion"),
    "summons": Phrase("吹哨", "Summons"),
    "supervision": Phrase("督办", "Written demand"),
    "escalation": Phrase("提级", "Escalation"),
    "extension": Phrase("延期申请", "Request for more time"),
    "hold": Phrase("挂账申请", "Request for a hold"),
    "callback": CALLS["callback"],
    "verification": CALLS["verification"],
    "review": Phrase("复核", "Review"),
}
"""Orders beside the lead order."""

ATTEMPTS = {
    "no_answer": Phrase("无人接听", "No answer"),
    "busy": Phrase("占线", "Busy"),
    "call_back": Phrase("约定再拨", "Asked to be called again"),
    "language": Phrase("需要其他语言或方言", "Needs another language"),
    "wrong_number": Phrase("号码有误", "Wrong number"),
    "no_number": Phrase("空号或停机", "No such number"),
    "refused": Phrase("拒绝回访", "Wants no call"),
}

LANGUAGES = {
    "zh-CN": Phrase("普通话", "Mandarin"),
    "en": Phrase("英语", "English"),
    "yue": Phrase("粤语", "Cantonese"),
    "wuu": Phrase("吴语", "Wu"),
    "nan": Phrase("闽南语", "Southern Min"),
    "zh-cmn-sichuan": Phrase("四川话", "Sichuanese"),
    "bo": Phrase("藏语", "Tibetan"),
    "ug": Phrase("维吾尔语", "Uyghur"),
    "mn": Phrase("蒙古语", "Mongolian"),
}
"""What operators are offered; a token may list any other tag (BCP 47)."""

DONE = {
    "dispatched": Phrase("已派单。", "Dispatched."),
    "consulted": Phrase("已发出会商。", "The agencies have been asked."),
    "concluded": Phrase("已直接答复，将回访诉求人。", "Answered; the citizen will be asked."),
    "adjudicated": Phrase("已裁定。", "Decided."),
    "merged": Phrase("已并单。", "Joined."),
    "unmerged": Phrase("已撤销并单，回到待派单。", "Taken apart; it waits for dispatch again."),
    "judged": Phrase("结论已记录。", "The verdict is recorded."),
    "claimed": Phrase("已领取，请拨打。", "The call is yours now."),
    "attempted": Phrase("已记录本次呼叫。", "The call is recorded."),
    "answered": Phrase("回访结果已记录。", "The answers are recorded."),
}

CHANGED = Phrase(
    "在您填写期间，这一件有了变化。下面是最新情况，您写的内容还在；请核对后再次提交。",
    "It has changed while you were writing. Below it is as it stands now, with what you wrote; look and send again.",
)
NOT_NOW = Phrase("现在不能这样做：", "This cannot be done now: ")
COMPARE_AGAIN = Phrase(
    "比对之后内容有了变化，请重新比对。", "Something has changed since the comparison; compare again."
)
SENT_BEFORE = Phrase(
    "这张表单已登记过另一件。核对后再次提交将登记为新的一件。",
    "This form has registered another call. Send again to register this one as new.",
)
BUSY = Phrase("系统繁忙，请稍后再次提交；内容还在。", "Busy; send again in a moment. What you typed is kept.")
